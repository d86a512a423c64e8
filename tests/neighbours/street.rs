//! A street: one switch, a house for each appliance, perhaps a DHCP server. Houses are network namespaces.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use farseat::device::lan;
use farseat::lan::{Asking, Clock, Correction};
use farseat::net::{Network, Place, Status};
use farseat::settings::Store;

const SETTINGS: &str = "FARSEAT_TEST_SETTINGS";

/// What an appliance said of itself last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    pub(crate) up: bool,
    pub(crate) source: String,
    pub(crate) addresses: String,
    pub(crate) label: String,
    pub(crate) names: String,
}

/// What the whole street last said, by house.
type Voices = Arc<(Mutex<BTreeMap<String, Told>>, Condvar)>;

/// Ends everything that it started.
pub(crate) struct Street {
    name: String,
    voices: Voices,
    houses: Vec<String>,
    server: Option<Child>,
    folder: tempfile::TempDir,
}

impl Street {
    /// `None`, said aloud, when this machine does not let us.
    pub(crate) fn new(name: &str) -> Option<Street> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: namespaces need root");
            return None;
        }
        let street = Street {
            // Bridges have at most 15 letters.
            name: format!("fs{}{name}", std::process::id() % 10_000),
            voices: Voices::default(),
            houses: Vec::new(),
            server: None,
            folder: tempfile::tempdir().expect("temporary folder"),
        };
        let main = street.space("main");
        run("ip", &["netns", "add", &main]);
        street.inside("main", "ip", &["link", "set", "lo", "up"]);
        street.inside(
            "main",
            "ip",
            &[
                "link",
                "add",
                "switch",
                "type",
                "bridge",
                "mcast_snooping",
                "0",
            ],
        );
        street.inside("main", "ip", &["link", "set", "switch", "up"]);
        Some(street)
    }

    fn space(&self, house: &str) -> String {
        format!("{}-{house}", self.name)
    }

    fn inside(&self, house: &str, program: &str, arguments: &[&str]) {
        let space = self.space(house);
        let words = [&["netns", "exec", &space, program], arguments].concat();
        run("ip", &words);
    }

    /// A house with a cable to the switch, and an appliance in it.
    pub(crate) fn move_in(&mut self, house: &str, network: &str) -> Appliance {
        let (main, space) = (self.space("main"), self.space(house));
        run("ip", &["netns", "add", &space]);
        self.houses.push(house.to_owned());
        run(
            "ip",
            &[
                "-n", &main, "link", "add", house, "type", "veth", "peer", "name", "lan0", "netns",
                &space,
            ],
        );
        self.inside("main", "ip", &["link", "set", house, "master", "switch"]);
        self.plug_cable(house);
        let settings = self.folder.path().join(format!("{house}.toml"));
        let text = format!("[network]\n{network}\n[time]\nservers = []\n");
        std::fs::write(&settings, text).expect("settings");
        Appliance::start(&space, settings, house, &self.voices)
    }

    pub(crate) fn pull_cable(&self, house: &str) {
        self.inside("main", "ip", &["link", "set", house, "down"]);
    }

    pub(crate) fn plug_cable(&self, house: &str) {
        self.inside("main", "ip", &["link", "set", house, "up"]);
    }

    /// One server, for this network and no other.
    pub(crate) fn serve_dhcp(&mut self, network: &str) {
        self.end_server();
        self.inside("main", "ip", &["address", "flush", "dev", "switch"]);
        let own = format!("{network}.254/24");
        self.inside("main", "ip", &["address", "add", &own, "dev", "switch"]);
        let range = format!("--dhcp-range={network}.10,{network}.99,120");
        let leases = self.folder.path().join(format!("{network}.leases"));
        let leases = format!("--dhcp-leasefile={}", leases.display());
        let arguments = [
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--port=0",
            "--interface=switch",
            "--bind-dynamic",
            "--dhcp-authoritative",
            "--no-ping",
            "--user=root",
            "--pid-file",
            &range,
            &leases,
        ];
        let server = Command::new("ip")
            .args(["netns", "exec", &self.space("main"), "dnsmasq"])
            .args(arguments)
            .stderr(Stdio::null())
            .spawn();
        self.server = Some(server.expect("dnsmasq starts"));
    }

    /// Waits until what all of them last said fits together.
    #[track_caller]
    pub(crate) fn wait(&self, patience: Duration, fits: impl Fn(&BTreeMap<String, Told>) -> bool) {
        wait(&self.voices, patience, |told| fits(told).then_some(()));
    }

    fn end_server(&mut self) {
        if let Some(mut server) = self.server.take() {
            // `ip netns exec` becomes the server: this is its own process.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Drop for Street {
    fn drop(&mut self) {
        self.end_server();
        for house in self.houses.iter().map(String::as_str).chain(["main"]) {
            let _ = Command::new("ip")
                .args(["netns", "delete", &self.space(house)])
                .status();
        }
    }
}

fn run(program: &str, arguments: &[&str]) {
    let done = Command::new(program).args(arguments).output();
    let done = done.unwrap_or_else(|error| panic!("run {program}: {error}"));
    let words = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{program} {arguments:?}: {words}");
}

/// A running appliance; it ends with its standard input.
pub(crate) struct Appliance {
    process: Child,
    _input: ChildStdin,
    house: String,
    voices: Voices,
}

impl Appliance {
    fn start(space: &str, settings: PathBuf, house: &str, voices: &Voices) -> Appliance {
        let this = env::current_exe().expect("this program");
        let mut process = Command::new("ip")
            .args(["netns", "exec", space, "unshare", "--uts"])
            .arg(this)
            .args(["--ignored", "--exact", "appliance", "--nocapture"])
            .env(SETTINGS, settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("start an appliance");
        let input = process.stdin.take().expect("piped");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let (tell, speaker) = (Arc::clone(voices), house.to_owned());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some(now) = parse(&line) {
                    let mut told = tell.0.lock().unwrap_or_else(PoisonError::into_inner);
                    told.insert(speaker.clone(), now);
                    tell.1.notify_all();
                }
            }
        });
        Appliance {
            process,
            _input: input,
            house: house.to_owned(),
            voices: Arc::clone(voices),
        }
    }

    #[track_caller]
    pub(crate) fn wait(&self, patience: Duration, fits: impl Fn(&Told) -> bool) -> Told {
        wait(&self.voices, patience, |told| {
            told.get(&self.house).filter(|now| fits(now)).cloned()
        })
    }
}

#[track_caller]
fn wait<T>(
    voices: &Voices,
    patience: Duration,
    find: impl Fn(&BTreeMap<String, Told>) -> Option<T>,
) -> T {
    let end = Instant::now() + patience;
    let mut told = voices.0.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some(found) = find(&told) {
            return found;
        }
        let left = end.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "it did not come to that; last: {told:?}");
        let waited = voices.1.wait_timeout(told, left);
        told = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `status up|source|addresses|label|names`.
fn parse(line: &str) -> Option<Told> {
    let rest = &line[line.find("status ")? + 7..];
    let parts: Vec<&str> = rest.split('|').collect();
    let [up, source, addresses, label, names] = parts[..] else {
        return None;
    };
    Some(Told {
        up: up == "true",
        source: source.to_owned(),
        addresses: addresses.to_owned(),
        label: label.to_owned(),
        names: names.to_owned(),
    })
}

/// The appliance in its house: the network service on the real link, until standard input closes.
pub(crate) fn live_here() {
    env_logger::init();
    let settings = env::var_os(SETTINGS).expect("started by a test");
    let store = Store::load(settings.as_ref()).expect("settings");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime");
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    runtime.block_on(async {
        let mut cable = lan::open(Some("lan0")).expect("the link");
        // The namespaces share this machine's clock.
        cable.clock = Box::new(NoClock);
        let place = Place {
            port: 443,
            seed: std::process::id().into(),
            data: None,
        };
        let network = Network::start(cable, store, &place);
        let mut status = network.status();
        loop {
            let line = line(&status.borrow_and_update());
            let mut out = std::io::stdout().lock();
            writeln!(out, "{line}").expect("the test listens");
            drop(out);
            status.changed().await.expect("the service runs");
        }
    });
}

/// IPv4 only: the kernel makes the others when it likes.
fn line(status: &Status) -> String {
    let addresses = status
        .addresses
        .iter()
        .filter(|cidr| cidr.address.is_ipv4());
    let addresses: Vec<_> = addresses.map(ToString::to_string).collect();
    format!(
        "status {}|{:?}|{}|{}|{}",
        status.link.as_ref().is_some_and(|link| link.carrier),
        status.source,
        addresses.join(","),
        status.label.as_deref().unwrap_or_default(),
        status.names.join(",")
    )
}

struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn correct(&mut self, _correction: Correction) -> std::io::Result<()> {
        Ok(())
    }

    fn ask(&self, _server: &str, _dns: &[IpAddr]) -> Asking {
        Box::pin(std::future::pending())
    }
}
