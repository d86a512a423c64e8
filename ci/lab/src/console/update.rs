//! The operator's part of an update: `docs/updates.md`, by the document.

use std::io;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Answer, Console};
use crate::PATIENCE;

/// Between two looks: the interface has no news to wait for.
const LOOK: Duration = Duration::from_millis(100);
/// A whole update on a busy machine.
const UPDATE: Duration = PATIENCE.saturating_mul(15);

impl Console {
    /// How the updates stand.
    #[track_caller]
    #[must_use]
    pub fn update(&self) -> Value {
        match self.expect(200, "GET", "/api/v1/update", None) {
            Ok(answer) => answer.json(),
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits until the updates stand like this.
    #[track_caller]
    pub fn wait_update(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + UPDATE;
        loop {
            let update = self.update();
            if wanted(&update) {
                return update;
            }
            assert!(Instant::now() < deadline, "no {what}: {update}");
            std::thread::sleep(LOOK);
        }
    }

    /// Waits until the job has ended, well or not.
    #[track_caller]
    pub fn wait_job(&self) -> Value {
        let ended = |update: &Value| {
            let stage = update["job"]["stage"].as_str();
            matches!(stage, Some("installed" | "failed" | "canceled"))
        };
        self.wait_update("end of the job", ended)["job"].clone()
    }

    /// Sends a bundle, from byte `from` on, and waits for the answer.
    ///
    /// # Errors
    /// There is none: the connection has ended.
    pub fn upload(&self, bundle: &[u8], from: usize, restart: bool) -> io::Result<Answer> {
        let restart = if restart { "yes" } else { "no" };
        let path = format!("/api/v1/update/bundle?restart={restart}");
        let part = (from, bundle.len());
        let sent = self.route.put(&path, &self.cookie, part, &bundle[from..]);
        self.runtime.block_on(sent)
    }

    /// Sends only the bytes from `from` to `to`, and hangs up.
    ///
    /// # Errors
    /// The appliance hangs up first.
    pub fn upload_part(&self, bundle: &[u8], from: usize, to: usize) -> io::Result<()> {
        let part = (from, bundle.len());
        let path = "/api/v1/update/bundle?restart=no";
        let sent = self
            .route
            .put_part(path, &self.cookie, part, &bundle[from..to]);
        self.runtime.block_on(sent)
    }

    /// Has the appliance fetch a bundle.
    #[track_caller]
    pub fn fetch(&self, url: &str, restart: bool) {
        let wish = json!({"url": url, "restart": restart});
        if let Err(error) = self.expect(202, "POST", "/api/v1/update/url", Some(wish)) {
            panic!("{error}");
        }
    }

    /// Has it start the other slot on trial.
    #[track_caller]
    pub fn order_trial(&self) {
        if let Err(error) = self.expect(202, "POST", "/api/v1/update/trial", None) {
            panic!("{error}");
        }
    }
}
