//! The threads that serve connections: one each, kept a while for the next connection.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a thread waits for another connection before it ends.
const SPARE_TIME: Duration = Duration::from_secs(10);
/// A TLS handshake, a check of a deeply nested body and this listener's own frames fit several times. Only what
/// is touched becomes resident.
const STACK: usize = 256 * 1024;

/// A pool of threads for jobs of type `J`.
pub(crate) struct Pool<J> {
    state: Mutex<State<J>>,
    wake: Condvar,
    ended: Condvar,
}

struct State<J> {
    queue: VecDeque<J>,
    waiting: usize,
    running: usize,
    named: u64,
    stopping: bool,
    handles: Vec<JoinHandle<()>>,
}

/// What a thread does: made once a thread, called once a job.
pub(crate) type Work<J> = Box<dyn FnMut(J) + Send>;

impl<J: Send + 'static> Pool<J> {
    pub(crate) fn new() -> Arc<Pool<J>> {
        let state = State {
            queue: VecDeque::new(),
            waiting: 0,
            running: 0,
            named: 0,
            stopping: false,
            handles: Vec::new(),
        };
        Arc::new(Pool { state: Mutex::new(state), wake: Condvar::new(), ended: Condvar::new() })
    }

    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the job to a waiting thread, or to a new one which `work` equips.
    ///
    /// # Errors
    /// There is no thread to be had; the job is dropped.
    pub(crate) fn run(self: &Arc<Self>, job: J, work: impl FnOnce() -> Work<J>) -> io::Result<()> {
        let mut state = self.state();
        if state.waiting > state.queue.len() {
            state.queue.push_back(job);
            self.wake.notify_one();
            return Ok(());
        }
        state.handles.retain(|handle| !handle.is_finished());
        state.named += 1;
        let (pool, mut work) = (Arc::clone(self), work());
        let thread = thread::Builder::new().name(format!("webhook-{}", state.named)).stack_size(STACK);
        let handle = thread.spawn(move || {
            let _gone = Gone(&pool);
            work(job);
            while let Some(job) = pool.next() {
                work(job);
            }
        })?;
        state.running += 1;
        state.handles.push(handle);
        Ok(())
    }

    fn next(&self) -> Option<J> {
        let mut state = self.state();
        let until = Instant::now() + SPARE_TIME;
        state.waiting += 1;
        let job = loop {
            if let Some(job) = state.queue.pop_front() {
                break Some(job);
            }
            let left = until.saturating_duration_since(Instant::now());
            if state.stopping || left.is_zero() {
                break None;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        state.waiting -= 1;
        job
    }

    /// Lets waiting threads end, and all others after their job.
    pub(crate) fn stop(&self) {
        self.state().stopping = true;
        self.wake.notify_all();
    }

    /// Waits for all threads to end, `until` at the latest. `false`: some still run.
    pub(crate) fn join(&self, until: Instant) -> bool {
        let mut state = self.state();
        while state.running > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let handles = std::mem::take(&mut state.handles);
        drop(state);
        // All have counted themselves out already; what panicked has been reported by its connection.
        handles.into_iter().for_each(|handle| drop(handle.join()));
        true
    }
}

/// Counts its thread out, whichever way it ends.
struct Gone<'a, J: Send + 'static>(&'a Pool<J>);

impl<J: Send + 'static> Drop for Gone<'_, J> {
    fn drop(&mut self) {
        self.0.state().running -= 1;
        self.0.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn threads_are_reused_and_joined() {
        let pool = Pool::<u32>::new();
        let (done, results) = mpsc::channel();
        for job in 0..10u32 {
            let done = done.clone();
            let work = move || -> Work<u32> {
                Box::new(move |job| {
                    done.send((job, thread::current().name().map(str::to_owned))).expect("receiver")
                })
            };
            pool.run(job, work).expect("thread");
            let (finished, name) = results.recv().expect("result");
            assert_eq!(finished, job);
            assert!(name.is_some_and(|name| name.starts_with("webhook-")));
            // The next job comes when the thread waits again, so that reuse is certain.
            while pool.state().waiting == 0 {
                thread::yield_now();
            }
        }
        assert_eq!(pool.state().named, 1);
        pool.stop();
        assert!(pool.join(Instant::now() + Duration::from_secs(10)));
    }
}
