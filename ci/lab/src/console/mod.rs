//! The operator's side: a client that claims the appliance, logs in and opens its sockets.
//!
//! It speaks docs/protocol.md from the document, not from the appliance's code, so that a mistake there is seen here.

mod control;
mod http;
mod socket;
mod update;
mod video;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::json;
use tokio::runtime::Handle;

pub use self::control::{Control, Controlled, Event};
pub use self::http::Answer;
use self::http::{Question, Route};
pub use self::video::{Frame, Seen, Video};
use crate::PATIENCE;
use crate::picture::Pixels;

/// Between two tries to reach an appliance that still boots: a refused connection is no event to wait for.
const RETRY: Duration = Duration::from_millis(50);

/// Whose appliance it is, and by which name its certificate speaks.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// The account.
    pub user: &'static str,
    /// Its password.
    pub password: &'static str,
    /// The name in the certificate.
    pub host: &'static str,
}

impl Owner {
    /// Who claims what nobody owns.
    const LAB: Self = Self {
        user: "lab",
        password: "correct horse battery staple",
        host: "farseat.local",
    };

    fn account(&self) -> serde_json::Value {
        json!({"username": self.user, "password": self.password})
    }
}

/// A session with the appliance. A clone shares the session.
#[derive(Clone)]
pub struct Console {
    runtime: Handle,
    route: Route,
    owner: Owner,
    cookie: String,
}

impl Console {
    /// Waits until the appliance answers, trusts its authority, claims it unless it is ours already, and logs in.
    ///
    /// # Errors
    /// What went wrong, in the appliance's words.
    pub fn claim(address: SocketAddr, runtime: Handle) -> io::Result<Self> {
        let mut console = Self::reach(address, runtime, Owner::LAB)?;
        let state = console.expect(200, "GET", "/api/v1/state", None)?.json();
        if state["claim"] != "done" {
            let account = console.owner.account();
            console.expect(204, "POST", "/api/v1/claim", Some(account))?;
        }
        console.log_in()?;
        Ok(console)
    }

    /// Waits until the appliance answers, trusts its authority, and logs in as somebody who owns it already.
    ///
    /// # Errors
    /// What went wrong, in the appliance's words.
    pub fn of_owner(address: SocketAddr, runtime: Handle, owner: Owner) -> io::Result<Self> {
        let mut console = Self::reach(address, runtime, owner)?;
        console.log_in()?;
        Ok(console)
    }

    fn reach(address: SocketAddr, runtime: Handle, owner: Owner) -> io::Result<Self> {
        let mut console = Self {
            runtime,
            route: Route::trusting(address),
            owner,
            cookie: String::new(),
        };
        console.trust()?;
        Ok(console)
    }

    /// The appliance is called so for good: it has another authority, which is trusted from now on.
    ///
    /// # Errors
    /// The appliance does not tell.
    pub fn trust_as(&mut self, host: &'static str) -> io::Result<()> {
        self.owner.host = host;
        self.trust()
    }

    fn trust(&mut self) -> io::Result<()> {
        let trusting = Route::trusting(self.route.address);
        let pem = self
            .runtime
            .block_on(wait_for_answer(&trusting, "/ca.crt"))?;
        let authority = CertificateDer::from_pem_slice(&pem.body).map_err(io::Error::other)?;
        let name = ServerName::try_from(self.owner.host).map_err(io::Error::other)?;
        self.route = trusting.verified(authority, name)?;
        Ok(())
    }

    /// Logs in (again): sessions end with the process that keeps them.
    ///
    /// # Errors
    /// The appliance refuses.
    pub fn log_in(&mut self) -> io::Result<()> {
        let account = self.owner.account();
        let answer = self.expect(204, "POST", "/api/v1/session", Some(account))?;
        let cookie = answer
            .header("set-cookie")
            .and_then(|cookie| cookie.split(';').next());
        self.cookie = cookie
            .ok_or_else(|| io::Error::other("no cookie after the login"))?
            .to_owned();
        Ok(())
    }

    /// The appliance answers at another address from now on.
    pub(crate) fn follow(&mut self, address: SocketAddr) {
        self.route.address = address;
    }

    /// Waits until the appliance answers (again).
    ///
    /// # Errors
    /// It does not.
    pub fn wait_until_up(&self) -> io::Result<()> {
        self.runtime
            .block_on(wait_for_answer(&self.route, "/api/v1/state"))
            .map(|_| ())
    }

    /// One request with the session's cookie.
    ///
    /// # Errors
    /// The appliance does not answer.
    pub fn ask(
        &self,
        method: &'static str,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> io::Result<Answer> {
        let cookie = (!self.cookie.is_empty()).then(|| self.cookie.clone());
        self.runtime.block_on(self.route.ask(&Question {
            method,
            path: path.into(),
            cookie,
            body,
        }))
    }

    fn expect(
        &self,
        status: u16,
        method: &'static str,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> io::Result<Answer> {
        let answer = self.ask(method, path, body)?;
        if answer.status == status {
            return Ok(answer);
        }
        let words = String::from_utf8_lossy(&answer.body).into_owned();
        Err(io::Error::other(format!(
            "{method} {path} answers {} {words}",
            answer.status
        )))
    }

    /// Asks for this until the answer fits: from outside there is no event to wait for.
    #[track_caller]
    pub fn wait_answer(&self, what: &str, path: &str, fits: impl Fn(&serde_json::Value) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            let last = match self.ask("GET", path, None) {
                Ok(answer) => answer.json(),
                Err(error) => panic!("{what}: {error}"),
            };
            if fits(&last) {
                return;
            }
            assert!(Instant::now() < end, "{what}: not in time; last {last}");
        }
    }

    /// The appliance's status report.
    #[track_caller]
    #[must_use]
    pub fn status(&self) -> serde_json::Value {
        match self.expect(200, "GET", "/api/v1/status", None) {
            Ok(answer) => answer.json(),
            Err(error) => panic!("{error}"),
        }
    }

    /// One fresh picture.
    ///
    /// # Errors
    /// The appliance's words when there is none.
    pub fn snapshot(&self) -> io::Result<Pixels> {
        let answer = self.expect(200, "GET", "/api/v1/snapshot.jpg", None)?;
        Pixels::from_jpeg(&answer.body).map_err(io::Error::other)
    }

    /// Changes settings.
    #[track_caller]
    pub fn set(&self, settings: serde_json::Value) {
        let answer = self.ask("PATCH", "/api/v1/settings", Some(settings));
        match answer {
            Ok(answer) if answer.status / 100 == 2 => {}
            other => panic!("the settings are refused: {other:?}"),
        }
    }

    /// Opens the video socket.
    #[track_caller]
    #[must_use]
    pub fn video(&self) -> Video {
        self.video_as("")
    }

    /// The same, by somebody who asks for H.264.
    #[track_caller]
    #[must_use]
    pub fn video_in_h264(&self) -> Video {
        self.video_as("?codec=h264")
    }

    #[track_caller]
    fn video_as(&self, wishes: &str) -> Video {
        let path = format!("/api/v1/video{wishes}");
        match Video::open(&self.runtime, &self.route, &self.cookie, &path) {
            Ok(video) => video,
            Err(error) => panic!("open the video socket: {error}"),
        }
    }

    /// Opens the control socket.
    #[track_caller]
    #[must_use]
    pub fn control(&self) -> Control {
        match Control::open(&self.runtime, &self.route, &self.cookie) {
            Ok(control) => control,
            Err(error) => panic!("open the control socket: {error}"),
        }
    }
}

/// Waits until an appliance at this address answers, claimed or not.
///
/// # Errors
/// It does not.
pub async fn wait_until_up(address: SocketAddr) -> io::Result<()> {
    wait_for_answer(&Route::trusting(address), "/ca.crt")
        .await
        .map(|_| ())
}

async fn wait_for_answer(route: &Route, path: &str) -> io::Result<Answer> {
    let deadline = Instant::now() + PATIENCE * 2;
    loop {
        let question = Question {
            method: "GET",
            path: path.into(),
            ..Question::default()
        };
        match route.ask(&question).await {
            Ok(answer) if answer.status == 200 => return Ok(answer),
            Ok(answer) => {
                return Err(io::Error::other(format!(
                    "{path} answers {}",
                    answer.status
                )));
            }
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
}
