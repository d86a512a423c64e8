//! The lab's agent: a small static program that sits in the virtual machine beside the appliance.
//!
//! As process 1 (`rdinit=/lab-init`) it is a one-line shim: it starts itself once more as an ordinary child and then
//! *becomes* the appliance with `exec`, so the unchanged `farseat` binary is process 1 and merely has one child that it
//! did not start.
//! As the child it mounts `/proc`, `/sys`, `/dev` and configfs once more in a folder of its own (the kernel keeps one
//! instance of each, so both see the same nodes) and needs nothing from the appliance, not even to have booted.

mod act;
mod air;
mod guest;
mod input;
mod nl80211;
mod port;
mod sys;

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use farseat_lab_agent::Report;

/// Where the agent sees the kernel's file systems.
const ROOT: &str = "/lab";
/// Where the harness has put this program.
const OWN: &str = "/lab-init";
/// Before everybody else: setpriority(2).
const FIRST: i32 = -20;
/// The appliance, where it is in its image too.
const APPLIANCE: &str = "/init";

fn main() -> ExitCode {
    let ended = if std::process::id() == 1 {
        become_the_appliance()
    } else {
        serve()
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lab agent: {error}");
            ExitCode::FAILURE
        }
    }
}

fn become_the_appliance() -> std::io::Result<()> {
    Command::new(OWN).arg("agent").spawn()?;
    Err(Command::new(APPLIANCE).exec())
}

fn serve() -> std::io::Result<()> {
    mount_own_view()?;
    // The kernel keeps some twenty keys for who reads a keyboard, and drops them all when there are more.
    rustix::process::setpriority_process(None, FIRST)?;
    let mut port = port::Port::open()?;
    let mut inputs = input::Inputs::watch()?;
    let mut air = None;
    port.report(&Report::Ready)?;
    for report in inputs.rescan()? {
        port.report(&report)?;
    }
    loop {
        let ready = inputs.wait(&port)?;
        for report in inputs.collect(&ready)? {
            port.report(&report)?;
        }
        if ready.port {
            for request in port.requests()? {
                let answer = match request {
                    Ok(request) => act::answer(request, &inputs, &mut air),
                    Err(error) => Report::Failed {
                        id: 0,
                        error: error.to_string(),
                    },
                };
                port.report(&answer)?;
            }
        }
    }
}

fn mount_own_view() -> std::io::Result<()> {
    for (kind, folder) in [
        ("proc", "proc"),
        ("sysfs", "sys"),
        ("devtmpfs", "dev"),
        ("configfs", "config"),
    ] {
        let folder = format!("{ROOT}/{folder}");
        rustix::mount::mount(
            kind,
            &folder,
            kind,
            rustix::mount::MountFlags::empty(),
            None,
        )?;
    }
    Ok(())
}
