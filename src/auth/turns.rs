//! Turns at hashing. One argon2id takes 19 MiB and a core for a while, and a Pi has other work to do: at most two run at
//! once, and nobody waits long for a turn.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Passwords hashed at once.
const AT_ONCE: usize = 2;
/// How long a login waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Turns {
    free: Arc<Semaphore>,
    /// How often argon2 has run.
    #[cfg(test)]
    pub(super) runs: Arc<std::sync::atomic::AtomicUsize>,
}

impl Turns {
    pub(super) fn new() -> Turns {
        Turns {
            free: Arc::new(Semaphore::new(AT_ONCE)),
            #[cfg(test)]
            runs: Arc::default(),
        }
    }

    /// Runs `work` on a blocking thread when it is its turn: `None` when no turn comes in time, `Some(None)` when the
    /// work itself fails. Who asks may go away: the turn ends with the work, not with them.
    pub(super) async fn take<T: Send + 'static, E: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Option<Option<T>> {
        #[cfg(test)]
        let work = super::password::counted(self.runs.clone(), work);
        let turn = tokio::time::timeout(PATIENCE, self.free.clone().acquire_owned());
        let turn = turn.await.ok()?.ok()?;
        let done = spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        Some(done.await.ok().and_then(Result::ok))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use tokio::sync::mpsc;

    use super::*;

    /// Work that says that it runs, and runs until it is told.
    struct Work {
        started: mpsc::UnboundedReceiver<()>,
        starts: mpsc::UnboundedSender<()>,
    }

    impl Work {
        fn new() -> Work {
            let (starts, started) = mpsc::unbounded_channel();
            Work { started, starts }
        }

        fn one(&self) -> (impl FnOnce() -> Result<(), ()> + use<>, Sender<()>) {
            let (end, ends) = channel();
            let starts = self.starts.clone();
            let work = move || {
                starts.send(()).map_err(drop)?;
                ends.recv().map_err(drop)
            };
            (work, end)
        }
    }

    #[tokio::test]
    async fn two_run_at_once_and_the_third_waits() {
        let (turns, mut work) = (Arc::new(Turns::new()), Work::new());
        let mut ends = Vec::new();
        let mut runs = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let (one, end) = work.one();
            ends.push(end);
            let turns = turns.clone();
            runs.spawn(async move { turns.take(one).await });
        }
        work.started.recv().await.expect("the first");
        work.started.recv().await.expect("the second");
        assert_eq!(turns.free.available_permits(), 0);
        assert!(work.started.try_recv().is_err(), "the third waits");
        for end in ends {
            end.send(()).expect("it is waited for");
        }
        work.started.recv().await.expect("the third");
        while let Some(done) = runs.join_next().await {
            assert_eq!(done.expect("no panic"), Some(Some(())));
        }
    }

    #[tokio::test]
    async fn a_caller_who_hangs_up_gives_no_turn_back_before_the_work_is_done() {
        let (turns, mut work) = (Turns::new(), Work::new());
        let (one, end) = work.one();
        tokio::select! {
            _ = turns.take(one) => panic!("it cannot be done"),
            started = work.started.recv() => started.expect("it runs"),
        }
        assert_eq!(turns.free.available_permits(), AT_ONCE - 1);
        end.send(()).expect("it is waited for");
        let all = turns.free.acquire_many(AT_ONCE as u32).await;
        drop(all.expect("both turns are free again"));
    }
}
