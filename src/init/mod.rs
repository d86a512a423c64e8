//! PID 1: the whole story of a boot, in the order in which it happens.
//!
//! ```text
//! kernel ─▶ mount ─▶ tell it what to forbid ─▶ seal the root ─▶ device nodes ─▶ links ─▶ start `serve`, `speak` ─▶ find the card ─▶ its owner's markers
//!        ─▶ data folder ─▶ preseed ─▶ boot report ─▶ watchdog ─▶ reconcile the slots ─▶ `serve` may use the data
//!        ─▶ supervise it ─▶ stop it
//!        ─▶ reboot, on trial or not, or power off
//! ```
//!
//! `serve` starts this early because it has much to do that needs no data; it reads the data folder only when it is told
//! that the folder is there. It has no privileges: the few things that need some it asks of init, as [`errands`]; and no
//! sockets: who goes out for it is an [`envoy`].
//!
//! Called by `main` when the process is number 1, and refuses to be any other. Uses std, rustix, the numbers of libc
//! and `slot` only, has one thread, listens on nothing and reads nothing from the network; it calls the page, to see that
//! it answers. A step that fails
//! is told to the kernel's log and the boot goes on: a device without a picture or an address
//! can still say what is wrong, a kernel panic cannot.

mod card;
mod cgroup;
mod children;
mod data;
mod detached;
mod ears;
mod envoy;
mod errands;
mod firmware;
mod klog;
mod knock;
mod links;
mod mounts;
mod nodes;
mod radio;
mod report;
mod selector;
mod shutdown;
mod slots;
mod supervise;
mod supervisor;
mod sysctl;
mod watchdog;

use std::process::ExitCode;

use card::Card;
use data::Wish;
use ears::Ears;
use envoy::{Envoy, Role};
use klog::Log;
use report::Report;
use selector::{Found, Marker};
use slots::Slots;
use supervise::Early;
use watchdog::Watchdog;

/// The user and the group of `serve`; nobody else has this number.
pub const SERVE: u32 = 100;
/// The same of what fetches for it.
pub const FETCH: u32 = 101;
/// The same of what speaks on the wired link for it.
pub const SPEAK: u32 = 102;
/// The same of what joins wireless networks ...
pub const RADIO: u32 = 103;
/// ... which sees this folder and no other ...
pub const RADIO_FOLDER: &str = "/run/wifi";
/// ... and is this program.
pub const RADIO_PROGRAM: &str = "/wpa_supplicant";
/// `serve` exits with this when it cannot work with the content of the data folder (EX_CONFIG of
/// sysexits.h) ...
pub const DATA_UNUSABLE: u8 = 78;
/// ... and leaves a sentence here that says why.
pub const REFUSAL: &str = "/run/farseat/refusal.txt";
/// `serve` notes here where the pointer holds a button, for the `serve` that comes after it.
pub const HELD: &str = "/run/farseat/held";

/// Boots the machine; returns only when it refuses to.
pub fn run() -> ExitCode {
    let process = std::process::id();
    if process != 1 {
        eprintln!(
            "farseat: init is the role of process 1, and this is process {process}; try `farseat serve`"
        );
        return ExitCode::from(2);
    }
    let mounted = mounts::mount_all();
    let log = Log::open();
    log.note(&format!(
        "farseat {} starts as init",
        env!("CARGO_PKG_VERSION")
    ));
    log.failures(mounted);
    log.failures(sysctl::set_all());
    let ears = Ears::open(&log);
    log.failures(mounts::seal_root().err());
    log.failures(nodes::give_all());
    log.failures(links::raise_all());
    log.failures(links::open_ports().err());
    log.failures(cgroup::prepare().err());
    log.failures(report::make_folder().err());
    let early = Early {
        serve: children::start_serve(),
        speaker: Envoy::ahead(Role::Speak, &log),
    };
    let (report, card) = prepare_data(&ears, &log);
    log.note(&report.sentence());
    log.failures(report.write().err());
    // What came while the card was waited for.
    log.failures(nodes::give_all());
    shutdown::take_ctrl_alt_del(&log);
    let watchdog = Watchdog::open();
    log.say(if watchdog.is_some() {
        "the watchdog is armed"
    } else {
        "no watchdog"
    });
    let mut slots = Slots::open(card, &report, &log);
    let order = slots
        .boot(&log)
        .unwrap_or_else(|| supervise::supervise(&log, ears, watchdog, report, slots, early));
    shutdown::carry_out(order, &log)
}

/// From the card to a data folder that can be written. After this, nothing reads the card but
/// through that folder, for an update, or for a bundle that its owner has put there.
fn prepare_data(ears: &Ears, log: &Log) -> (Report, Option<Card>) {
    let card = card::find(ears.uevents(), firmware::has_card());
    let found = card.as_ref().map_or_else(Found::default, |card| {
        let (found, failure) = selector::look(card);
        log.failures(failure);
        found
    });
    let data = data::prepare(card.as_ref(), wish(&found), log);
    if let Some(card) = &card {
        finish(card, &found, &data, log);
    }
    log.failures(data::give());
    let report = Report {
        data,
        booted: firmware::booted(),
        rescue: found.rescue && !found.factory_reset,
        factory_reset: found.factory_reset,
    };
    (report, card)
}

/// Whoever asks for both wants the data gone, and the rescue afterwards.
fn wish(found: &Found) -> Wish {
    match (found.factory_reset, found.rescue) {
        (true, _) => Wish::Forget,
        (false, true) => Wish::Leave,
        (false, false) => Wish::Keep,
    }
}

/// What is to be done on the first partition once the data folder is there.
fn finish(card: &Card, found: &Found, data: &data::Prepared, log: &Log) {
    // A reset that did not come about is tried again at the next boot.
    if found.factory_reset && data.state == data::State::New {
        log.note("factory reset: the data partition is as new");
        log.failures(selector::remove(card, Marker::FactoryReset).err());
    }
    if found.preseed && !found.rescue {
        log.failures(selector::apply_preseed(card, data.state == data::State::Memory).err());
    }
    if found.bundle {
        log.note("there is a bundle on the card's first partition");
        log.failures(selector::leave_readable(card).err());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn init_refuses_to_be_any_other_process() {
        assert_ne!(std::process::id(), 1);
        assert_eq!(run(), ExitCode::from(2));
    }

    #[test]
    fn a_reset_goes_before_a_rescue() {
        let found = |factory_reset, rescue| Found {
            factory_reset,
            rescue,
            ..Found::default()
        };
        assert_eq!(wish(&found(false, false)), Wish::Keep);
        assert_eq!(wish(&found(false, true)), Wish::Leave);
        assert_eq!(wish(&found(true, true)), Wish::Forget);
    }
}
