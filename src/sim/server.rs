//! The sockets of the questions port: loopback only, eight clients, lines of at most 1 KiB.
//!
//! Tasks hold the machine weakly, so that the port never keeps a target running; when the target
//! goes, so do they.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::SimError;
use super::input::Input;
use super::machine::Machine;
use super::questions::{Condition, Question, refuse, tell};

const MAX_CLIENTS: usize = 8;
const MAX_LINE: u64 = 1024;

/// Opens the port.
pub(super) fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), SimError> {
    if !address.ip().is_loopback() {
        return Err(SimError::NotLoopback(address));
    }
    let open = || {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        Ok((TcpListener::from_std(listener)?, bound))
    };
    open().map_err(|source| SimError::Listen { address, source })
}

/// Answers until the target is gone.
pub(super) async fn serve(
    listener: TcpListener,
    machine: Weak<Machine>,
    mut steps: watch::Receiver<u64>,
) {
    let places = Arc::new(Semaphore::new(MAX_CLIENTS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = gone(&mut steps) => return,
        };
        let (mut stream, _) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => return log::error!("questions port: {error}"),
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            // Best effort: the client sees the connection close either way.
            let _ = say(&mut stream, &refuse("too many clients")).await;
            continue;
        };
        let machine = Weak::clone(&machine);
        let mut steps = steps.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = talk(stream, machine, steps.clone()) => {}
                () = gone(&mut steps) => {}
            }
            drop(place);
        });
    }
}

/// Ends when the machine does.
async fn gone(steps: &mut watch::Receiver<u64>) {
    while steps.changed().await.is_ok() {}
}

/// Answers one client's lines in turn until it hangs up or talks too long.
async fn talk(
    stream: TcpStream,
    machine: Weak<Machine>,
    mut steps: watch::Receiver<u64>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        let length = (&mut stream)
            .take(MAX_LINE + 1)
            .read_until(b'\n', &mut line)
            .await?;
        if length == 0 {
            return Ok(());
        }
        if line.pop_if(|last| *last == b'\n').is_none() {
            return say(stream.get_mut(), &refuse("a line has at most 1024 bytes")).await;
        }
        let answer = answer(&String::from_utf8_lossy(&line), &machine, &mut steps).await;
        say(stream.get_mut(), &answer).await?;
    }
}

async fn say(stream: &mut TcpStream, answer: &Value) -> std::io::Result<()> {
    stream.write_all(format!("{answer}\n").as_bytes()).await
}

async fn answer(line: &str, machine: &Weak<Machine>, steps: &mut watch::Receiver<u64>) -> Value {
    let question = match Question::parse(line) {
        Ok(question) => question,
        Err(error) => return refuse(&error.to_string()),
    };
    match question {
        Question::Wait(time, condition) => {
            let held = timeout(time, until(&condition, machine, steps)).await;
            held.unwrap_or_else(|_| ask(machine, |machine| look(machine, &condition).1))
        }
        Question::Tell(fact) => ask(machine, |machine| machine.look(|pc| tell(pc, fact))),
        Question::Pull(lever) => ask(machine, |machine| match machine.step(Input::Lever(lever)) {
            Ok(()) => serde_json::json!({ "ok": true }),
            Err(error) => refuse(&error.to_string()),
        }),
    }
}

fn ask(machine: &Weak<Machine>, ask: impl FnOnce(&Machine) -> Value) -> Value {
    machine
        .upgrade()
        .map_or_else(|| refuse("the target is gone"), |machine| ask(&machine))
}

/// Whether the condition holds, and the answer to give if nothing more is waited for.
fn look(machine: &Machine, condition: &Condition) -> (bool, Value) {
    machine.look(|computer| {
        let holds = condition.holds(computer);
        let mut answer = tell(computer, condition.fact());
        if !holds {
            answer["ok"] = false.into();
            answer["error"] = "time limit".into();
        }
        (holds, answer)
    })
}

/// The answer at the moment when the condition holds.
async fn until(
    condition: &Condition,
    machine: &Weak<Machine>,
    steps: &mut watch::Receiver<u64>,
) -> Value {
    loop {
        steps.mark_unchanged();
        let (holds, answer) = match machine.upgrade() {
            Some(machine) => look(&machine, condition),
            None => return refuse("the target is gone"),
        };
        if holds || steps.changed().await.is_err() {
            return answer;
        }
    }
}
