//! Records in the audit log what happens at the console and to updates, whoever caused it: who is in
//! control, and how an install ended.
//!
//! Sees the latest state only: of hand-overs within a moment, the last.

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Services;
use crate::audit::{Audit, Note, What};
use crate::console::ConsoleState;
use crate::update;

/// Watches until the task is aborted.
pub(super) fn start(services: &Services) -> JoinHandle<()> {
    let audit = services.audit.clone();
    let console = services.console.state();
    let update = services.update.status();
    tokio::spawn(async move {
        tokio::join!(
            watch_control(console, audit.clone()),
            watch_updates(update, audit)
        );
    })
}

async fn watch_control(mut states: watch::Receiver<ConsoleState>, audit: Audit) {
    let mut known = None;
    loop {
        let now = states.borrow_and_update().controller.clone();
        if now != known {
            let previous = known.map(|previous| previous.name);
            let note = match (&now, previous) {
                (Some(now), from) => (What::ControlTaken, Some(now.name.clone()), from),
                (None, from) => (What::ControlGiven, from, None),
            };
            let (what, who, from) = note;
            let detail = from.map_or_else(String::new, |from| format!("from {from}"));
            record(&audit, what, who, detail);
            known = now;
        }
        if states.changed().await.is_err() {
            return;
        }
    }
}

async fn watch_updates(mut states: watch::Receiver<update::Status>, audit: Audit) {
    let mut told = None;
    loop {
        let over = {
            let status = states.borrow_and_update();
            let job = status.job.as_ref();
            job.filter(|job| job.stage.is_over() && told != Some(job.id))
                .cloned()
        };
        if let Some(job) = over {
            told = Some(job.id);
            let version = job
                .release
                .map_or_else(String::new, |release| release.version);
            let (what, detail) = match job.error {
                None => (What::UpdateDone, version),
                Some(error) => (What::UpdateRefused, format!("{version}: {error}")),
            };
            record(&audit, what, None, detail);
        }
        if states.changed().await.is_err() {
            return;
        }
    }
}

fn record(audit: &Audit, what: What, who: Option<String>, detail: String) {
    audit.record(Note {
        what,
        who,
        address: None,
        detail,
    });
}
