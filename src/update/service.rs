//! The one task that owns the job: takes wishes, hears init, moves the job, publishes the status.
//!
//! ```text
//! IDLE ──upload, url, channel, card──▶ JOB ──installed──▶ IDLE ──trial──▶ RESTARTING ──init says no──▶ IDLE
//!   ▲                                   │                   ▲  (by itself when that was ordered)
//!   └──────failed, canceled─────────────┘                   └── any wish
//! ```

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};

use super::address::Address;
use super::error::UpdateError;
use super::job::{self, Talk};
use super::maintenance::{Maintenance, looked};
use super::source::Source;
use super::status::{Job, Origin, Report, Stage, Status, Unavailable};
use super::upload::{Sending, Upload};
use super::web::Web;
use super::{Line, Order, Place};
use crate::slot::line::{News, Wish};
use crate::slot::refusal::Refusal;

pub(super) type Answer<T> = oneshot::Sender<Result<T, UpdateError>>;

/// What a face asks for, and where the answer goes.
pub(super) enum Command {
    Upload(Sending, Order, Answer<u32>),
    Resume(Sending, Answer<u32>),
    Url(Address, Order, Answer<u32>),
    Check(Answer<()>),
    Channel(Order, Answer<u32>),
    Cancel(Answer<()>),
    Trial(String, Answer<()>),
}

impl Command {
    /// Who is gone needs no answer.
    fn refuse(self, why: UpdateError) {
        let _ = match self {
            Command::Upload(_, _, answer)
            | Command::Resume(_, answer)
            | Command::Url(_, _, answer)
            | Command::Channel(_, answer) => answer.send(Err(why)).map_err(drop),
            Command::Check(answer) | Command::Cancel(answer) | Command::Trial(_, answer) => {
                answer.send(Err(why)).map_err(drop)
            }
        };
    }
}

/// News that wait for the job: two blocks on the way, and progress that it is about to read.
const NEWS: usize = 64;
/// Init refuses a trial at once, or begins to restart the machine.
const TRIAL_PATIENCE: Duration = Duration::from_millis(500);

/// Init answers within a block's work.
const SETTLE: Duration = Duration::from_secs(5);

/// A job under way.
struct Running {
    work: Pin<Box<dyn Future<Output = Result<(), UpdateError>> + Send>>,
    news: mpsc::Sender<News>,
    order: Order,
    /// Where a continued upload goes.
    connections: Option<mpsc::Sender<Sending>>,
}

/// An order to start the other slot that may still be refused.
struct Ordered {
    until: Instant,
    answer: Option<Answer<()>>,
}

pub(super) struct Service {
    line: Line,
    pub(super) place: Place,
    pub(super) status: watch::Sender<Status>,
    pub(super) maintenance: Maintenance,
    running: Option<Running>,
    ordered: Option<Ordered>,
    jobs: u32,
}

impl Service {
    pub(super) fn new(line: Line, place: Place, status: watch::Sender<Status>) -> Service {
        Service {
            line,
            maintenance: Maintenance::new(place.seed),
            place,
            status,
            running: None,
            ordered: None,
            jobs: 0,
        }
    }

    /// Runs until nobody holds a handle.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            tokio::select! {
                news = self.line.hear.recv() => match news {
                    Some(news) => self.hear(news),
                    None => return self.lost(commands).await,
                },
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                done = work(&mut self.running) => self.end(done).await,
                look = looked(&mut self.maintenance.looking) => self.take_look(look),
                () = tokio::time::sleep_until(self.maintenance.next) => self.maintain().await,
                () = due(self.ordered.as_ref().map(|ordered| ordered.until)) => self.restart(),
            }
        }
    }

    fn hear(&mut self, news: News) {
        self.status
            .send_if_modified(|status| !std::mem::replace(&mut status.heard, true));
        match news {
            News::Slots(slots) => {
                self.status.send_modify(|status| {
                    status.slots = Ok(slots);
                    status.restarting = false;
                });
            }
            News::Refused(Refusal::NoCard) => self.cannot(Unavailable::Refused(Refusal::NoCard)),
            News::Refused(refusal) if self.running.is_none() => self.refused(refusal),
            news => self.pass(news),
        }
    }

    /// To the job. It reads all the time when init has much to say.
    fn pass(&mut self, news: News) {
        if let Some(running) = &self.running
            && let Err(error) = running.news.try_send(news)
        {
            log::error!("news of the card are lost: {error}");
        }
    }

    /// Nothing is under way, so it is the trial that is refused.
    fn refused(&mut self, refusal: Refusal) {
        let ordered = self.ordered.take();
        if let Some(answer) = ordered.and_then(|ordered| ordered.answer) {
            let _ = answer.send(Err(refusal.into()));
        }
        log::warn!("audit: update: the other slot is not started: {refusal}");
        self.status.send_modify(|status| {
            status.restarting = false;
            if let Some(job) = &mut status.job
                && job.restart
                && job.stage == Stage::Installed
            {
                job.error = Some(refusal.into());
            }
        });
    }

    fn cannot(&mut self, why: Unavailable) {
        self.status.send_modify(|status| status.slots = Err(why));
        self.pass(News::Refused(Refusal::NoCard));
    }

    async fn obey(&mut self, command: Command) {
        // A caller that is gone needs no answer.
        match command {
            Command::Upload(sending, order, answer) => {
                let _ = answer.send(self.upload(sending, order).await);
            }
            Command::Resume(sending, answer) => {
                let _ = answer.send(self.resume(sending));
            }
            Command::Url(address, order, answer) => {
                let _ = answer.send(self.fetch(Origin::Url, address, order));
            }
            Command::Check(answer) => self.look(Some(answer)),
            Command::Channel(order, answer) => {
                let _ = answer.send(self.install_latest(order));
            }
            Command::Cancel(answer) => {
                let canceled = self.cancel(UpdateError::Canceled).await;
                let _ = answer.send(canceled);
            }
            Command::Trial(user, answer) => self.trial(&user, answer).await,
        }
    }

    async fn upload(&mut self, sending: Sending, order: Order) -> Result<u32, UpdateError> {
        if self.waits_for().is_some() {
            self.cancel(UpdateError::Superseded).await?;
        }
        self.must_be_free()?;
        let (connect, connections) = mpsc::channel(1);
        let report = Report(self.status.clone());
        let source = Upload::new(sending, connections, report);
        let id = self.begin(Origin::Upload, order, source);
        if let Some(running) = &mut self.running {
            running.connections = Some(connect);
        }
        Ok(id)
    }

    pub(super) fn fetch(
        &mut self,
        origin: Origin,
        address: Address,
        order: Order,
    ) -> Result<u32, UpdateError> {
        self.must_be_free()?;
        log::info!("update: fetching {address}");
        let source = Web::new(self.place.fetch.clone(), address);
        Ok(self.begin(origin, order, source))
    }

    fn resume(&mut self, sending: Sending) -> Result<u32, UpdateError> {
        let wanted = self.waits_for();
        let running = self.running.as_ref();
        let connect = running.and_then(|running| running.connections.as_ref());
        let connect = connect.ok_or(UpdateError::Range { wanted: None })?;
        if wanted.is_some_and(|wanted| sending.at > wanted) {
            return Err(UpdateError::Range { wanted });
        }
        let taken = connect.try_send(sending);
        taken.map_err(|_| UpdateError::Superseded)?;
        Report(self.status.clone()).edit(|job| job.resume_at = None);
        Ok(self.jobs)
    }

    /// The byte at which an interrupted upload goes on.
    fn waits_for(&self) -> Option<u64> {
        let status = self.status.borrow();
        status.job.as_ref().and_then(|job| job.resume_at)
    }

    pub(super) fn must_be_free(&self) -> Result<(), UpdateError> {
        let status = self.status.borrow();
        if let Err(why) = status.slots {
            return Err(UpdateError::Unavailable(why));
        }
        if status.restarting || self.ordered.is_some() {
            return Err(UpdateError::Restarting);
        }
        match self.running {
            Some(_) => Err(Refusal::Busy.into()),
            None => Ok(()),
        }
    }

    pub(super) fn begin(&mut self, origin: Origin, order: Order, source: impl Source) -> u32 {
        self.jobs += 1;
        let job = Job {
            id: self.jobs,
            origin,
            stage: Stage::Opening,
            release: None,
            done: 0,
            of: 0,
            fetched: 0,
            size: None,
            resume_at: None,
            restart: order.restart,
            error: None,
        };
        self.status.send_modify(|status| status.job = Some(job));
        let (news, hear) = mpsc::channel(NEWS);
        let talk = Talk {
            say: self.line.say.clone(),
            hear,
            running: self.status.borrow().running(),
        };
        let report = Report(self.status.clone());
        self.running = Some(Running {
            work: Box::pin(job::install(source, talk, report, self.place.keys.clone())),
            news,
            order,
            connections: None,
        });
        self.jobs
    }

    /// The job has come to its end by itself.
    async fn end(&mut self, done: Result<(), UpdateError>) {
        let Some(running) = self.running.take() else {
            return;
        };
        self.close(&running.order, done.as_ref().err());
        if done.is_err() {
            self.settle().await;
        }
        if done.is_ok() && running.order.restart {
            self.order(None).await;
        }
    }

    async fn cancel(&mut self, why: UpdateError) -> Result<(), UpdateError> {
        let running = self.running.take().ok_or(Refusal::NotBusy)?;
        self.close(&running.order, Some(&why));
        self.settle().await;
        Ok(())
    }

    /// Ends what init may still do for a job that is over, and passes over what it says of it: the next job hears only
    /// what is its own.
    async fn settle(&mut self) {
        self.say(Wish::Cancel).await;
        self.say(Wish::Ask).await;
        self.hear_slots().await;
    }

    /// Passes over everything until the next word of how the slots stand.
    async fn hear_slots(&mut self) {
        while let Ok(Some(news)) = timeout(SETTLE, self.line.hear.recv()).await {
            if matches!(news, News::Slots(_)) {
                return self.hear(news);
            }
        }
    }

    /// Publishes a job's end, and puts it into the log.
    fn close(&mut self, order: &Order, error: Option<&UpdateError>) {
        self.status.send_modify(|status| {
            let Some(job) = &mut status.job else { return };
            job.stage = match error {
                None => Stage::Installed,
                Some(UpdateError::Canceled | UpdateError::Superseded) => Stage::Canceled,
                Some(_) => Stage::Failed,
            };
            job.error = error.cloned();
            if error.is_none() {
                job.done = job.of;
            }
            job.resume_at = None;
            let version = job.release.as_ref().map_or("?", |release| &release.version);
            let (user, source) = (&order.user, job.origin.word());
            match error {
                None => log::info!("audit: update user={user} source={source} version={version} outcome=installed"),
                Some(error) => log::warn!(
                    "audit: update user={user} source={source} version={version} outcome={}: {error}",
                    error.code()
                ),
            }
        });
    }

    async fn trial(&mut self, user: &str, answer: Answer<()>) {
        if let Err(error) = self.must_be_free() {
            let _ = answer.send(Err(error));
            return;
        }
        log::info!("audit: update user={user} starts the other slot on trial");
        self.order(Some(answer)).await;
    }

    async fn order(&mut self, answer: Option<Answer<()>>) {
        self.status.send_modify(|status| status.restarting = true);
        self.say(Wish::Trial).await;
        self.ordered = Some(Ordered {
            until: Instant::now() + TRIAL_PATIENCE,
            answer,
        });
    }

    /// Nobody has refused.
    fn restart(&mut self) {
        if let Some(answer) = self.ordered.take().and_then(|ordered| ordered.answer) {
            let _ = answer.send(Ok(()));
        }
    }

    async fn say(&mut self, wish: Wish<'_>) {
        if self.line.say.send(wish.print()).await.is_err() {
            log::error!("the line to init is gone");
        }
    }

    /// Init is gone; what is asked is answered all the same.
    async fn lost(mut self, mut commands: mpsc::Receiver<Command>) {
        log::error!("the line to init has ended: no updates");
        if let Some(running) = self.running.take() {
            self.close(
                &running.order,
                Some(&UpdateError::Unavailable(Unavailable::Lost)),
            );
        }
        self.status
            .send_modify(|status| status.slots = Err(Unavailable::Lost));
        while let Some(command) = commands.recv().await {
            command.refuse(UpdateError::Unavailable(Unavailable::Lost));
        }
    }
}

/// What becomes of the job that is under way, if one is.
async fn work(running: &mut Option<Running>) -> Result<(), UpdateError> {
    match running {
        Some(running) => running.work.as_mut().await,
        None => std::future::pending().await,
    }
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
