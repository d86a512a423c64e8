//! What the lab's agent and the harness say to each other: one JSON object a line, both ways.
//!
//! The agent runs inside the virtual machine beside the unchanged appliance and is the target's side of the cables:
//! it reports what the target's input devices say and carries out what a target's operating system could do to its
//! USB port. The harness (crate `farseat-lab`) is the only other speaker. The agent knows paths and bytes only; what a
//! path means is the harness' business.

use serde::{Deserialize, Serialize};

/// From the harness to the agent. Every request is answered by exactly one [`Report::Done`] or [`Report::Failed`] with
/// its `id`, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the harness, repeated in the answer.
    pub id: u64,
    /// What to do.
    #[serde(flatten)]
    pub command: Command,
}

/// What the agent can do. Paths below `/proc`, `/sys` and `/dev` are taken as seen by the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Read a small text file; the answer's `value` is its content.
    Read { path: String },
    /// Write `text` to a file that exists, in one write as sysfs and configfs want it.
    Write { path: String, text: String },
    /// The names in a folder, one a line.
    List { path: String },
    /// Where a symbolic link points.
    Link { path: String },
    /// Set an LED of the target's keyboard, as its operating system does. `led` is a code of `linux/input-event-codes.h`.
    Led { led: u16, on: bool },
    /// Which keys and buttons the target's kernel takes for held; the answer's `value` has a line for each: the device and the
    /// code.
    Held,
    /// Set a V4L2 control of a video node.
    Control {
        path: String,
        control: u32,
        value: i32,
    },
    /// Send a signal number to a process.
    Signal { pid: i32, signal: i32 },
    /// Stop a process as a debugger does: the one way to hang process 1, which no signal stops.
    Freeze { pid: i32 },
    /// Try a system call that this kernel should not have; the answer's `value` is the error number that it gave, or 0.
    Call { call: Forbidden },
    /// The kernel's own log, all that is left of it; the answer's `value` are its lines.
    KernelLog,
    /// Run a program to its end; the answer's `value` is its exit code on the first line, then what it printed.
    Run { argv: Vec<String> },
    /// Put up an access point on the second radio, in a network of its own, once: hostapd's configuration.
    AccessPoint { configuration: String },
    /// Call an address and port by TCP from that network, through the air.
    Knock { address: String },
    /// Join the appliance's own network with the third radio, once, from a network of its own, ask for an address, and call this
    /// one by TCP from there. The answer's `value` is the address that was given, then the numbers of the options that came with it.
    Visit {
        name: String,
        password: String,
        address: String,
    },
}

/// System calls that a locked kernel refuses to everybody, the agent (root) included. All arguments are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forbidden {
    IoUringSetup,
    KexecLoad,
    KexecFileLoad,
    Bpf,
    PerfEventOpen,
    Userfaultfd,
    InitModule,
    /// `unshare` with CLONE_NEWUSER.
    NewUserNamespace,
}

/// From the agent to the harness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "kebab-case")]
pub enum Report {
    /// The agent runs. First line, once.
    Ready,
    /// The target has found an input device. A keyboard is one with lights.
    Found {
        node: String,
        name: String,
        keyboard: bool,
    },
    /// The target has lost an input device.
    Lost { node: String, name: String },
    /// An event of an input device: the three numbers of `struct input_event`.
    Input {
        node: String,
        name: String,
        kind: u16,
        code: u16,
        value: i32,
    },
    /// A request was carried out.
    Done { id: u64, value: String },
    /// A request was not carried out, and why.
    Failed { id: u64, error: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_flat_object() {
        let line = r#"{"id":7,"command":"led","led":1,"on":true}"#;
        let request: Request = serde_json::from_str(line).unwrap();
        assert_eq!(
            request,
            Request {
                id: 7,
                command: Command::Led { led: 1, on: true }
            }
        );
        assert_eq!(serde_json::to_string(&request).unwrap(), line);
    }

    #[test]
    fn an_input_report_carries_the_three_numbers_of_the_event() {
        let report = Report::Input {
            node: "event0".into(),
            name: "Keyboard".into(),
            kind: 1,
            code: 30,
            value: 1,
        };
        let line =
            r#"{"report":"input","node":"event0","name":"Keyboard","kind":1,"code":30,"value":1}"#;
        assert_eq!(serde_json::to_string(&report).unwrap(), line);
    }
}
