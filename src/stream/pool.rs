//! Encoding threads, one fewer than there are cores: the capture thread is the last of them.
//!
//! Jobs are handed in while the frame is still being compared; [`Pool::finish`] helps with what
//! is left and returns when all is done. Never blocks a worker on anything but its queue.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::video::strips::{Encoded, Job};

pub(super) struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// A job came in, or the pool closes.
    work: Condvar,
    /// A worker finished a job.
    done: Condvar,
}

/// Bounded by the jobs of one frame, because the capture thread finishes each frame before the
/// next.
#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Jobs that a worker has taken and not finished.
    taken: usize,
    done: Vec<Encoded>,
    closed: bool,
}

impl Pool {
    /// Starts so many threads. Fewer if the system refuses; none is enough to work.
    pub(super) fn start(workers: usize) -> Pool {
        let shared = Arc::new(Shared::default());
        let threads = (0..workers).map_while(|number| {
            let shared = Arc::clone(&shared);
            let thread = std::thread::Builder::new().name(format!("jpeg-{number}"));
            let started = thread.spawn(move || shared.work());
            started
                .inspect_err(|error| log::warn!("start an encoding thread: {error}"))
                .ok()
        });
        let threads = threads.collect();
        Pool { shared, threads }
    }

    /// As many threads as leave one core to the caller.
    pub(super) fn for_all_cores() -> Pool {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Pool::start(cores - 1)
    }

    pub(super) fn hand_in(&self, job: Job) {
        self.shared.lock().jobs.push_back(job);
        self.shared.work.notify_one();
    }

    /// Works until every job that was handed in is done; gives each result to `put`.
    pub(super) fn finish(&self, mut put: impl FnMut(Encoded)) {
        let mut queue = self.shared.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                put(job.encode());
                queue = self.shared.lock();
            } else if !queue.done.is_empty() {
                let done = std::mem::take(&mut queue.done);
                drop(queue);
                done.into_iter().for_each(&mut put);
                queue = self.shared.lock();
            } else if queue.taken > 0 {
                queue = self
                    .shared
                    .done
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            } else {
                return;
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
        for thread in self.threads.drain(..) {
            // A worker that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// The queue is whole even if a thread panicked: it is changed in single steps.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut queue = self.lock();
        while !queue.closed {
            let Some(job) = queue.jobs.pop_front() else {
                queue = self
                    .work
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            queue.taken += 1;
            drop(queue);
            let done = job.encode();
            queue = self.lock();
            queue.taken -= 1;
            queue.done.push(done);
            self.done.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::strips::Strips;
    use crate::video::{Mode, PixelFormat};

    fn encode(workers: usize, frames: &[Vec<u8>], mode: &Mode) -> Vec<bytes::Bytes> {
        let pool = Pool::start(workers);
        let mut strips = Strips::new(mode, 70).unwrap();
        let picture = |frame: &Vec<u8>| {
            strips.take_in(frame, &mut |job| pool.hand_in(job)).unwrap();
            pool.finish(|done| strips.put(done));
            strips.join()
        };
        frames.iter().map(picture).collect()
    }

    #[test]
    fn any_number_of_threads_makes_the_same_pictures() {
        let mode = Mode {
            width: 640,
            height: 480,
            fps: 30.0,
            format: PixelFormat::Yuyv,
            stride: 1280,
        };
        let frame = |seed: usize| (0..1280 * 480).map(|i| (i * seed % 253) as u8).collect();
        let frames: Vec<Vec<u8>> = (1..20).map(frame).collect();
        let alone = encode(0, &frames, &mode);
        assert_eq!(encode(1, &frames, &mode), alone);
        assert_eq!(encode(4, &frames, &mode), alone);
    }

    #[test]
    fn a_pool_without_jobs_finishes_at_once() {
        Pool::start(2).finish(|_| panic!("nothing was handed in"));
    }
}
