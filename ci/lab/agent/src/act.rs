//! Carries out one request.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::process;

use farseat_lab_agent::{Command, Report, Request};
use rustix::process::{Pid, Signal, kill_process};

use crate::air::Air;
use crate::input::Inputs;
use crate::{ROOT, guest, sys};

pub(crate) fn answer(request: Request, inputs: &Inputs, air: &mut Option<Air>) -> Report {
    match act(request.command, inputs, air) {
        Ok(value) => Report::Done {
            id: request.id,
            value,
        },
        Err(error) => Report::Failed {
            id: request.id,
            error: error.to_string(),
        },
    }
}

fn act(command: Command, inputs: &Inputs, air: &mut Option<Air>) -> io::Result<String> {
    match command {
        Command::Read { path } => Ok(String::from_utf8_lossy(&fs::read(own(&path))?).into_owned()),
        Command::Write { path, text } => {
            OpenOptions::new()
                .write(true)
                .open(own(&path))?
                .write_all(text.as_bytes())?;
            Ok(String::new())
        }
        Command::List { path } => list(&own(&path)),
        Command::Link { path } => Ok(fs::read_link(own(&path))?.to_string_lossy().into_owned()),
        Command::Led { led, on } => inputs.set_led(led, on).map(|()| String::new()),
        Command::Held => inputs.held(),
        Command::Control {
            path,
            control,
            value,
        } => {
            let node = OpenOptions::new().read(true).write(true).open(own(&path))?;
            sys::set_control(&node, control, value).map(|()| String::new())
        }
        Command::Signal { pid, signal } => {
            let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
            let pid = Pid::from_raw(pid).ok_or_else(invalid)?;
            kill_process(pid, Signal::from_named_raw(signal).ok_or_else(invalid)?)?;
            Ok(String::new())
        }
        Command::Call { call } => Ok(sys::refusal(call)?.to_string()),
        Command::KernelLog => sys::kernel_log(),
        Command::Freeze { pid } => sys::freeze(pid).map(|()| String::new()),
        Command::Run { argv } => run(&argv),
        Command::AccessPoint { configuration } => {
            *air = Some(Air::access_point(&configuration)?);
            Ok(String::new())
        }
        Command::Knock { address } => {
            let address = address.parse().map_err(io::Error::other)?;
            let air = air.as_ref().ok_or(io::ErrorKind::NotFound)?;
            air.knock(address).map(|()| String::new())
        }
        Command::Visit {
            name,
            password,
            address,
        } => {
            let address = address.parse().map_err(io::Error::other)?;
            guest::visit(&name, &password, address)
        }
    }
}

/// The agent's own mount of a kernel file system.
fn own(path: &str) -> String {
    // The appliance's own mount: there is one, and the folder is below /sys.
    if path.starts_with("/sys/kernel/security") {
        return path.into();
    }
    for (seen, mounted) in [
        ("/sys/kernel/config", "/config"),
        ("/proc", "/proc"),
        ("/sys", "/sys"),
        ("/dev", "/dev"),
    ] {
        if let Some(rest) = path.strip_prefix(seen) {
            return format!("{ROOT}{mounted}{rest}");
        }
    }
    path.into()
}

fn list(path: &str) -> io::Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names.join("\n"))
}

fn run(argv: &[String]) -> io::Result<String> {
    let (program, arguments) = argv
        .split_first()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let output = process::Command::new(program).args(arguments).output()?;
    let code = output
        .status
        .code()
        .map_or_else(|| "killed".into(), |code| code.to_string());
    Ok(format!(
        "{code}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}
