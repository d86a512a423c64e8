use std::net::Ipv4Addr;
use std::path::PathBuf;

use super::dhcp::{HARDWARE, answer};
use super::*;
use crate::lan::{
    Addressing, Announcement, Asking, Cidr, Clock, Correction, HardwareAddress, Interface, Link,
    News, Packet,
};
use crate::settings::{Method, Settings, StaticAddress};

/// A drawn network, whose DHCP server gives 10.0.2.15.
struct Drawn(mpsc::Sender<News>);

impl Interface for Drawn {
    fn configure(&mut self, wanted: &Addressing) {
        let cidr = |(address, prefix): (Ipv4Addr, u8)| Cidr {
            address: address.into(),
            prefix,
        };
        let addresses = wanted.address.into_iter().map(cidr).collect();
        self.0.try_send(News::Addresses(addresses)).expect("room");
    }

    fn allow_ipv6(&mut self, _allowed: bool) {}

    fn send(&mut self, packet: &Packet) {
        let Packet::Dhcp { message, .. } = packet else {
            return;
        };
        let discover = message.windows(3).any(|part| part == [53, 1, 1]);
        let message = answer(message, if discover { 2 } else { 5 }, &[]);
        let news = News::Received(Packet::Dhcp {
            message,
            server: None,
        });
        self.0.try_send(news).expect("room");
    }

    fn set_host_name(&mut self, _name: &str) {}

    fn announce(&mut self, announcement: Option<&Announcement>) {
        if let Some(announcement) = announcement {
            let news = News::Announced(announcement.name.clone());
            self.0.try_send(news).expect("room");
        }
    }
}

const PLACE: Place<'_> = Place {
    port: 443,
    seed: 7,
    data: None,
};

struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> std::time::SystemTime {
        std::time::SystemTime::UNIX_EPOCH
    }

    fn correct(&mut self, _correction: Correction) -> std::io::Result<()> {
        Ok(())
    }

    fn ask(&self, _server: &str, _dns: &[std::net::IpAddr]) -> Asking {
        Box::pin(std::future::pending())
    }
}

struct Case {
    network: Network,
    status: watch::Receiver<Status>,
    store: Store,
    folder: tempfile::TempDir,
}

impl Case {
    async fn new() -> Case {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::load(&folder.path().join("settings.toml")).expect("settings");
        let (up, news) = mpsc::channel(64);
        let link = Link {
            index: 2,
            name: "eth0".to_owned(),
            hardware_address: HardwareAddress(HARDWARE),
            carrier: true,
            wireless: false,
        };
        up.try_send(News::Link(Some(link))).expect("room");
        let cable = NetworkCable {
            interface: Box::new(Drawn(up)),
            news,
            clock: Box::new(NoClock),
        };
        let network = Network::start(cable, store.clone(), &PLACE);
        let mut case = Case {
            status: network.status(),
            network,
            store,
            folder,
        };
        case.until(|status| status.label.is_some()).await;
        case
    }

    async fn until(&mut self, wanted: impl Fn(&Status) -> bool) -> Status {
        let reached = self.status.wait_for(|status| wanted(status)).await;
        reached.expect("the service runs").clone()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("settings.toml")
    }

    fn wish(&self, name: &str) -> Wish {
        let mut wish = Wish::of(&self.store.current());
        name.clone_into(&mut wish.name);
        wish.network.method = Method::Static;
        wish.network.address = StaticAddress::parse("10.0.2.50/24");
        wish
    }
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_the_lease() {
    let case = Case::new().await;
    let status = case.status.borrow().clone();
    assert_eq!(status.source, Source::Dhcp);
    assert_eq!(status.addresses[0].to_string(), "10.0.2.15/24");
    assert_eq!(status.label.as_deref(), Some("farseat"));
    let left = status.lease_ends.expect("a lease") - Instant::now();
    assert!(left > Duration::from_secs(3590), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_change_is_in_force_at_once_and_written_when_confirmed() {
    let mut case = Case::new().await;
    let left = case.network.change(case.wish("attic")).await;
    assert_eq!(left.expect("on trial"), PATIENCE);
    case.until(|status| status.source == Source::Static).await;
    assert!(!case.file().exists(), "nothing is written yet");
    assert!(case.network.is_called("Attic") && case.network.is_called("farseat"));
    case.network.confirm().await.expect("confirmed");
    let again = Store::load(&case.file()).expect("load").current();
    assert_eq!(Wish::of(&again), case.wish("attic"));
    assert_eq!(case.network.shown().confirm_until, None);
    tokio::time::sleep(PATIENCE * 2).await;
    assert_eq!(case.status.borrow().source, Source::Static);
    assert!(!case.network.is_called("farseat"));
}

#[tokio::test(start_paused = true)]
async fn a_change_that_nobody_confirms_is_undone_after_a_minute() {
    let mut case = Case::new().await;
    let begun = Instant::now();
    case.network
        .change(case.wish("attic"))
        .await
        .expect("on trial");
    case.until(|status| status.source == Source::Static).await;
    let status = case.until(|status| status.source == Source::Dhcp).await;
    assert_eq!(begun.elapsed().as_secs(), 60);
    assert_eq!(status.names, ["farseat"]);
    assert_eq!(
        case.network.confirm().await.unwrap_err().to_string(),
        NotPending.to_string()
    );
    assert!(!case.file().exists());
}

#[tokio::test(start_paused = true)]
async fn a_change_is_taken_back_when_asked_to() {
    let mut case = Case::new().await;
    case.network
        .change(case.wish("attic"))
        .await
        .expect("on trial");
    case.until(|status| status.source == Source::Static).await;
    assert_eq!(case.network.revert().await, Ok(()));
    case.until(|status| status.source == Source::Dhcp).await;
    assert_eq!(case.network.revert().await, Err(NotPending));
}

#[tokio::test(start_paused = true)]
async fn a_second_change_has_to_wait_for_the_first() {
    let case = Case::new().await;
    case.network
        .change(case.wish("attic"))
        .await
        .expect("on trial");
    let second = case.network.change(case.wish("cellar")).await;
    assert!(matches!(second, Err(ChangeError::Pending)));
}

#[tokio::test(start_paused = true)]
async fn a_change_that_is_not_allowed_changes_nothing() {
    let case = Case::new().await;
    let refused = case.network.change(case.wish("no name")).await;
    let Err(ChangeError::NotAllowed(problem)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(problem.key, "device.name");
    assert_eq!(case.network.shown().confirm_until, None);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_cannot_be_written_is_not_kept() {
    let mut case = Case::new().await;
    let folder = case.folder.path().to_owned();
    case.network
        .change(case.wish("attic"))
        .await
        .expect("on trial");
    std::fs::remove_dir_all(folder).expect("remove");
    let refused = case.network.confirm().await;
    assert!(
        matches!(refused, Err(ConfirmError::Settings(_))),
        "{refused:?}"
    );
    case.until(|status| status.source == Source::Dhcp && status.names == ["farseat"])
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_changed_elsewhere_is_taken_over() {
    let mut case = Case::new().await;
    case.store
        .change(|settings| settings.device.name = "claimed".to_owned())
        .expect("change");
    case.until(|status| status.label.as_deref() == Some("claimed"))
        .await;
}

#[tokio::test]
async fn somebody_elses_network_is_left_alone() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let store = Store::load(&folder.path().join("settings.toml")).expect("settings");
    let network = Network::unmanaged(store);
    assert!(!network.is_managed());
    let wish = Wish::of(&Settings::default());
    assert!(matches!(
        network.change(wish).await,
        Err(ChangeError::NotManaged)
    ));
    assert_eq!(network.revert().await, Err(NotPending));
    assert!(network.is_called("farseat"));
}
