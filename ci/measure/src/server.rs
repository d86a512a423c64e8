//! Starts and stops what is measured: ours and the peer, each with the fake device in front.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io};

use tempfile::TempDir;

use crate::clock;
use crate::frames::{self, FramesError, Show};
use crate::http::{self, HttpError};
use crate::link::Door;

/// A server that does not listen after this is broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// Real-time priorities: what is measured stays below what measures.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Priority {
    Server = 10,
    Viewers = 11,
}

/// Which program is measured, and how it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    OursTls,
    Peer,
}

/// Everything that a measurement needs on this machine.
pub(crate) struct Kit {
    farseat: PathBuf,
    shim: PathBuf,
    /// Pictures, settings, accounts, frame times; gone at the end.
    folder: TempDir,
    priorities: bool,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    #[error("prepare {}", path.display())]
    Prepare { path: PathBuf, source: io::Error },
    #[error("find a free port")]
    Port(#[source] io::Error),
    #[error("start {program}")]
    Start { program: String, source: io::Error },
    #[error("{program} does not listen at {at}; its last words: {log:?}")]
    Deaf {
        program: String,
        at: SocketAddr,
        log: String,
    },
    #[error(transparent)]
    Frames(#[from] FramesError),
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// Where a server listens.
#[derive(Debug, Clone, Copy)]
struct Listens {
    plain: SocketAddr,
    tls: Option<SocketAddr>,
}

/// A running server; stopped on drop.
pub(crate) struct Server {
    child: Child,
    program: String,
    log: PathBuf,
    listens: Listens,
    pub(crate) spawned_ns: u64,
    /// The shim's file with the frame times.
    pub(crate) ready: PathBuf,
}

impl Kit {
    /// Draws the pictures; `farseat` and `shim` have been built.
    pub(crate) fn prepare(farseat: &Path, shim: &Path) -> Result<Self, ServerError> {
        let folder = TempDir::new().map_err(|source| ServerError::Prepare {
            path: std::env::temp_dir(),
            source,
        })?;
        frames::write_all(folder.path())?;
        let priorities = Command::new("chrt")
            .args(["-r", "10", "true"])
            .stderr(Stdio::null())
            .status();
        let priorities = priorities.is_ok_and(|status| status.success());
        let kit = Kit {
            farseat: farseat.to_owned(),
            shim: shim.to_owned(),
            folder,
            priorities,
        };
        kit.make_account()?;
        Ok(kit)
    }

    /// Claims the seat, which always lets itself be claimed, and gives its account to ours.
    fn make_account(&self) -> Result<(), ServerError> {
        let mut seat = self.spawn_seat()?;
        seat.wait_until_it_listens()?;
        http::sign_in(seat.listens.plain)?;
        let accounts = |owner: &str| self.folder.path().join(owner).join("accounts.json");
        let path = accounts("ours");
        let copied = fs::create_dir_all(self.folder.path().join("ours"))
            .and_then(|()| fs::copy(accounts("seat"), &path));
        copied
            .map(drop)
            .map_err(|source| ServerError::Prepare { path, source })
    }

    /// Whether real-time priorities are allowed here.
    pub(crate) fn has_priorities(&self) -> bool {
        self.priorities
    }

    /// Where the peer's program is, if it is installed.
    pub(crate) fn peer_version() -> Option<String> {
        let output = Command::new("ustreamer").arg("--version").output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A command that runs `program` with the priority, where that is allowed.
    pub(crate) fn command(&self, priority: Priority, program: &Path) -> Command {
        if !self.priorities {
            return Command::new(program);
        }
        let mut command = Command::new("chrt");
        command
            .arg("-r")
            .arg((priority as u8).to_string())
            .arg(program);
        command
    }

    /// Starts a side without waiting for it.
    pub(crate) fn spawn(&self, side: Side, show: Show) -> Result<Server, ServerError> {
        if side == Side::Peer {
            self.spawn_peer(show)
        } else {
            self.spawn_ours(show)
        }
    }

    /// Starts our web face and console in front of a HID port that records (`seat`).
    pub(crate) fn spawn_seat(&self) -> Result<Server, ServerError> {
        let [plain, tls] = [free_address()?, free_address()?];
        let me = std::env::current_exe().map_err(|source| ServerError::Start {
            program: "seat".into(),
            source,
        })?;
        let mut command = self.command(Priority::Server, &me);
        command
            .arg("seat")
            .args(["--plain", &plain.to_string(), "--tls", &tls.to_string()]);
        command
            .arg("--records")
            .arg(self.folder.path().join("ready"));
        command.arg("--data").arg(self.folder.path().join("seat"));
        self.start(
            command,
            "seat",
            Show::StillJpeg,
            Listens {
                plain,
                tls: Some(tls),
            },
        )
    }

    fn spawn_ours(&self, show: Show) -> Result<Server, ServerError> {
        let [plain, tls] = [free_address()?, free_address()?];
        let settings = self.folder.path().join("ours/settings.toml");
        let text = format!("[web]\nloopback = \"{plain}\"\nhttps = \"{tls}\"\nhttp = \"off\"\n");
        let prepared = fs::create_dir_all(settings.with_file_name(""))
            .and_then(|()| fs::write(&settings, text));
        prepared.map_err(|source| ServerError::Prepare {
            path: settings.clone(),
            source,
        })?;
        let mut command = self.command(Priority::Server, &self.farseat);
        command.arg("serve").arg("--config").arg(settings);
        self.start(
            command,
            "farseat",
            show,
            Listens {
                plain,
                tls: Some(tls),
            },
        )
    }

    /// Debian's defaults, but one worker for raw pictures (two make it slower) and identical
    /// frames dropped when there are any: the peer at its best. No `--desired-fps`: it looks for
    /// new frames on a timer, which that option locks to the camera's beat, so that the phase of
    /// the start would decide the whole round.
    fn spawn_peer(&self, show: Show) -> Result<Server, ServerError> {
        let at = free_address()?;
        let mut command = self.command(Priority::Server, Path::new("ustreamer"));
        command.args(["--device", "/dev/video0", "--resolution", "1920x1080"]);
        command.args(["--host", "127.0.0.1", "--port", &at.port().to_string()]);
        match show {
            Show::Jpeg => command.args(["--format", "MJPEG"]),
            Show::StillJpeg => command.args(["--format", "MJPEG", "--drop-same-frames", "30"]),
            Show::Raw | Show::RawScrolling => command.args(["--format", "YUYV", "--workers", "1"]),
        };
        self.start(
            command,
            "ustreamer",
            show,
            Listens {
                plain: at,
                tls: None,
            },
        )
    }

    fn start(
        &self,
        mut command: Command,
        program: &str,
        show: Show,
        listens: Listens,
    ) -> Result<Server, ServerError> {
        let ready = self.folder.path().join("ready");
        let log = self.folder.path().join(program).with_extension("log");
        let output = fs::File::create(&log).and_then(|file| Ok((file.try_clone()?, file)));
        let (out, err) = output.map_err(|source| ServerError::Prepare {
            path: log.clone(),
            source,
        })?;
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        self.plug_in(&mut command, show, &ready);
        let (program, spawned_ns) = (program.to_owned(), clock::now());
        match command.spawn() {
            Ok(child) => Ok(Server {
                child,
                program,
                log,
                listens,
                spawned_ns,
                ready,
            }),
            Err(source) => Err(ServerError::Start { program, source }),
        }
    }

    /// Puts the fake device in front of a program.
    fn plug_in(&self, command: &mut Command, show: Show, ready: &Path) {
        let pictures: Vec<_> = show
            .files(self.folder.path())
            .iter()
            .map(|picture| picture.display().to_string())
            .collect();
        command
            .env("LD_PRELOAD", &self.shim)
            .env("BENCH_READY", ready)
            .env("BENCH_FORMAT", show.format())
            .env("BENCH_FRAMES", pictures.join(":"));
        if show == Show::StillJpeg {
            command.env("BENCH_STILL", "1");
        }
    }

    /// How a viewer gets in: ours wants a session, the peer does not.
    pub(crate) fn door(&self, server: &Server, side: Side) -> Result<Door, ServerError> {
        if side == Side::Peer {
            return Ok(Door {
                at: server.listens.plain,
                cookie: None,
                ca: None,
            });
        }
        let cookie = Some(http::sign_in(server.listens.plain)?);
        match server.listens.tls {
            Some(at) if side == Side::OursTls => {
                let path = self.folder.path().join("ca.crt");
                let text = http::ca_certificate(server.listens.plain)?;
                fs::write(&path, text).map_err(|source| ServerError::Prepare {
                    path: path.clone(),
                    source,
                })?;
                Ok(Door {
                    at,
                    cookie,
                    ca: Some(path),
                })
            }
            _ => Ok(Door {
                at: server.listens.plain,
                cookie,
                ca: None,
            }),
        }
    }
}

impl Server {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it accepts connections; returns when it did.
    pub(crate) fn wait_until_it_listens(&mut self) -> Result<u64, ServerError> {
        let started = Instant::now();
        while TcpStream::connect(self.listens.plain).is_err() {
            let has_ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            if has_ended || started.elapsed() > PATIENCE {
                return Err(ServerError::Deaf {
                    program: self.program.clone(),
                    at: self.listens.plain,
                    log: self.last_words(),
                });
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(clock::now())
    }
}

impl Server {
    /// The end of what it wrote to its log.
    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().last().unwrap_or_default().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already, which is just as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> Result<SocketAddr, ServerError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(ServerError::Port)?;
    listener.local_addr().map_err(ServerError::Port)
}
