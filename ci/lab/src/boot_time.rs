//! How long a boot takes, seen from outside: from the moment at which the processor starts.
//!
//! The clock starts when QEMU lets the virtual processor go, with kernel and initramfs in its memory, as the board's
//! firmware leaves them. Used by `ci/bench boot`; never by a test, as time under emulation is the build machine's.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use farseat_firmware::slot::firmware::Reset;
use farseat_lab_agent::Report;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use crate::PATIENCE;
use crate::artifacts::{ArtifactError, Artifacts};
use crate::card::board::{Beside, Board, BoardError};
use crate::card::{Card, CardError};
use crate::console::{Seen, wait_until_up};
use crate::dongle::mjpeg_dongle;
use crate::lab::{Lab, LabError};
use crate::machine::Parts;
use crate::picture::{Colour, Picture};
use crate::qmp::QmpError;

const HTTPS: u16 = 443;
const HTTP: u16 = 80;
/// Between two tries to reach a machine that still boots.
const SPACING: Duration = Duration::from_millis(10);
/// A try that was made too early is answered by nobody.
const TRY: Duration = Duration::from_millis(300);

/// A boot could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum TimeError {
    /// No card, or nothing on it.
    #[error("measure a boot")]
    Card(#[from] CardError),
    /// The board does not start.
    #[error("measure a boot")]
    Board(#[from] BoardError),
    /// The bare machine does not start.
    #[error("measure a bare boot")]
    Lab(#[from] LabError),
    /// The bare machine's program is missing.
    #[error("measure a bare boot")]
    Artifacts(#[from] ArtifactError),
    /// The machine cannot be let go.
    #[error("start the processor")]
    Qmp(#[from] QmpError),
    /// It does not answer.
    #[error("wait for an answer")]
    Io(#[from] io::Error),
    /// Something else has not come.
    #[error("wait for {0}")]
    Missed(&'static str),
}

/// What one boot of the appliance took.
#[derive(Debug, Clone, Copy)]
pub struct Seats {
    /// Until the target has found its keyboard.
    pub keyboard: Duration,
    /// Until an operator who logs in as soon as that is possible has the first picture.
    pub picture: Duration,
}

/// Until a program that only opens a socket answers, with the card's own kernel and command line.
///
/// # Errors
/// It does not answer.
pub fn bare(card: &Card) -> Result<Duration, TimeError> {
    let system = card.load(Reset::default())?;
    let parts = Parts {
        kernel: system.kernel.path(),
        initramfs: &Artifacts::build()?.bare()?,
        command_line: &system.command_line,
        clock: None,
        card: Some(system.inserted(card)),
        paused: true,
    };
    let (mut lab, _firmware) = Lab::start(&parts, "boot-bare")?;
    let address = lab.qmp().forwarded(HTTPS)?;
    let start = Instant::now();
    lab.qmp().go()?;
    lab.runtime().block_on(first_answer(address, b""))?;
    Ok(start.elapsed())
}

/// Until the image, exactly as it is on the card, answers over HTTPS: at the first boot of a fresh copy, and at the next.
///
/// # Errors
/// It does not answer.
pub fn appliance(card: &Card) -> Result<[Duration; 2], TimeError> {
    let copy = Card::copy_of(&card.disk().path())?;
    let mut board = Board::prepare("boot-time", &copy, Beside::Nothing)?;
    let first = until_https(&mut board)?;
    board.power_cycle(|_| {})?;
    let later = until_https(&mut board)?;
    Ok([first, later])
}

fn until_https(board: &mut Board) -> Result<Duration, TimeError> {
    let (http, https) = (board.qmp().forwarded(HTTP)?, board.qmp().forwarded(HTTPS)?);
    let start = Instant::now();
    board.qmp().go()?;
    board.runtime().block_on(async {
        // A cheap question first: a handshake that comes too early costs the machine time.
        first_answer(
            http,
            b"GET / HTTP/1.1\r\nHost: farseat.local\r\nConnection: close\r\n\r\n",
        )
        .await?;
        wait_until_up(https).await
    })?;
    Ok(start.elapsed())
}

/// Until the target and an operator have what they want, on a board that was claimed before.
///
/// # Errors
/// They have not.
pub fn seats(board: &mut Board) -> Result<Seats, TimeError> {
    board.power_cycle(|_| {})?;
    let start = Instant::now();
    board.qmp().go()?;
    board
        .dongle()
        .plug(mjpeg_dongle(), Picture::Solid(Colour::GREEN))?;
    let is_keyboard = |report: &Report| matches!(report, Report::Found { keyboard: true, .. });
    let keyboard = board
        .target()
        .reports()
        .wait(PATIENCE, is_keyboard)
        .map_err(|_| TimeError::Missed("the keyboard"))
        .map(|_| start.elapsed())?;
    board.console().wait_until_up()?;
    board.console().log_in()?;
    let video = board.console().video();
    video
        .news()
        .wait(PATIENCE, |seen| matches!(seen, Seen::Frame(_)))
        .map_err(|_| TimeError::Missed("a picture"))?;
    Ok(Seats {
        keyboard,
        picture: start.elapsed(),
    })
}

/// A board for [`seats`]: claimed, switched off.
///
/// # Errors
/// It does not boot.
pub fn claimed(card: &Card) -> Result<Board, TimeError> {
    let copy = Card::copy_of(&card.disk().path())?;
    let mut board = Board::prepare("boot-seats", &copy, Beside::Agent)?;
    board.qmp().go()?;
    board.console();
    Ok(board)
}

/// Asks until there is an answer. Tries overlap: one that came too early may wait for seconds.
async fn first_answer(address: SocketAddr, question: &'static [u8]) -> io::Result<()> {
    let asking = async {
        let mut tries = JoinSet::new();
        let mut next = interval(SPACING);
        loop {
            tokio::select! {
                _ = next.tick() => {
                    tries.spawn(timeout(TRY, ask(address, question)));
                }
                Some(Ok(Ok(Ok(())))) = tries.join_next() => return,
            }
        }
    };
    Ok(timeout(PATIENCE, asking).await?)
}

async fn ask(address: SocketAddr, question: &[u8]) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(question).await?;
    stream.read_u8().await.map(|_| ())
}
