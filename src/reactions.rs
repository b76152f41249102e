//! Reactions: what the agent itself does about a callback, off the way of the event.
//!
//! The relay hands over received messages (to acknowledge) and invitations (to accept) without waiting; one thread
//! makes the calls with the session's token. The queue is bounded: when it is full the newest reaction is dropped,
//! said and counted. Trouble of the cloud is waited out a bounded number of times; a stop drops what still waits.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{fmt, io};

use crate::cloud::account::Change;
use crate::cloud::backoff::{Backoff, Jitter};
use crate::cloud::{Account, Error, api};
use crate::logging::Limited;
use crate::role::{Deaths, Notice};

/// Reactions that may wait.
pub const QUEUE: usize = 1024;
/// Attempts of one reaction before it is given up.
pub const ATTEMPTS: u32 = 6;
/// Stack of the thread: a TLS handshake and one answer.
const STACK: usize = 512 * 1024;
/// How long a call under way may go on after the stop was asked for.
const INTERRUPT_AFTER: Duration = Duration::from_millis(300);

static FULL: Limited = Limited::new(Duration::from_secs(10));
static GIVEN_UP: Limited = Limited::new(Duration::from_secs(10));

/// What reactions are made of.
#[derive(Debug)]
pub struct Parts {
    /// With the session's token.
    pub account: Account,
    /// Between attempts.
    pub backoff: Backoff,
    /// Reactions that may wait; see [`QUEUE`].
    pub queue: usize,
}

/// How many reactions ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Carried out.
    pub done: u64,
    /// The cloud did not accept them, or not in [`ATTEMPTS`] attempts.
    pub given_up: u64,
    /// Not taken, because the queue was full.
    pub dropped: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Job {
    /// Acknowledge a message: delivered, then read.
    Receipts { conversation: String, message: String, delivered: bool },
    /// Join a room.
    Join { room: String },
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Job::Receipts { message, .. } => write!(f, "acknowledging the message {message}"),
            Job::Join { room } => write!(f, "joining the room {room}"),
        }
    }
}

#[derive(Debug)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
    done: AtomicU64,
    given_up: AtomicU64,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Counts the times that token and connection were there anew.
    ready: u64,
    stopping: bool,
    over: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits while `idle` holds, at most for `time`.
    fn wait(&self, time: Duration, idle: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_timeout_while(self.lock(), time, |state| idle(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The way into the queue; cheap to clone, never blocks.
#[derive(Debug, Clone)]
pub struct Inbox(Arc<Queue>);

impl Inbox {
    /// A message was received: it is acknowledged as delivered and as read.
    pub fn received(&self, conversation: &str, message: &str) {
        let (conversation, message) = (conversation.to_owned(), message.to_owned());
        self.put(Job::Receipts { conversation, message, delivered: false });
    }

    /// An invitation was received: the room is joined.
    pub fn invited(&self, room: &str) {
        self.put(Job::Join { room: room.to_owned() });
    }

    /// How many reactions ended how, up to now.
    pub fn counters(&self) -> Counters {
        let queue = &self.0;
        Counters {
            done: queue.done.load(Ordering::Relaxed),
            given_up: queue.given_up.load(Ordering::Relaxed),
            dropped: queue.dropped.load(Ordering::Relaxed),
        }
    }

    fn put(&self, job: Job) {
        let queue = &self.0;
        let mut state = queue.lock();
        if state.stopping {
            return;
        }
        if state.jobs.len() >= queue.capacity {
            drop(state);
            queue.dropped.fetch_add(1, Ordering::Relaxed);
            if let Some(suppressed) = FULL.pass() {
                let waiting = queue.capacity;
                log::error!(target: "reactions", "{waiting} reactions wait for the cloud already: {job} is dropped \
                    ({suppressed} more since the last such line)");
            }
            return;
        }
        state.jobs.push_back(job);
        drop(state);
        queue.changed.notify_all();
    }
}

/// The running thread.
#[derive(Debug)]
pub struct Handle {
    inbox: Inbox,
    account: Account,
    thread: JoinHandle<()>,
}

/// Starts the thread.
///
/// # Errors
/// When the system has no thread to give.
pub fn start<T>(parts: Parts, deaths: &Deaths<T>) -> io::Result<Handle>
where
    T: From<Notice> + Send + 'static,
{
    let Parts { account, backoff, queue } = parts;
    let queue = Arc::new(Queue {
        state: Mutex::default(),
        changed: Condvar::new(),
        capacity: queue,
        done: AtomicU64::new(0),
        given_up: AtomicU64::new(0),
        dropped: AtomicU64::new(0),
    });
    let told = Arc::clone(&queue);
    account.listen(Box::new(move |change| {
        if change == Change::Ready {
            told.update(|state| state.ready += 1);
        }
    }));
    let worker = Worker {
        queue: Arc::clone(&queue),
        account: account.clone(),
        backoff,
        jitter: Jitter::from_system(),
    };
    let thread = deaths.spawn("reactions", STACK, move || worker.run())?;
    Ok(Handle { inbox: Inbox(queue), account, thread })
}

impl Handle {
    /// For the relay.
    pub fn inbox(&self) -> Inbox {
        self.inbox.clone()
    }

    /// Stops the thread, at most until `deadline`; a call that hangs is interrupted. Tells whether it has ended.
    pub fn stop(self, deadline: Instant) -> bool {
        let queue = &self.inbox.0;
        queue.update(|state| state.stopping = true);
        let left = deadline.saturating_duration_since(Instant::now());
        let over = queue.wait(INTERRUPT_AFTER.min(left), |state| !state.over).over;
        if !over {
            self.account.interrupt();
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let over = queue.wait(left, |state| !state.over).over || self.thread.is_finished();
        if over {
            // It has returned or is about to; a panic has been noticed by its own way.
            let _ = self.thread.join();
        } else {
            log::warn!(target: "reactions", "still waiting for the cloud: left behind");
        }
        over
    }
}

struct Worker {
    queue: Arc<Queue>,
    account: Account,
    backoff: Backoff,
    jitter: Jitter,
}

/// Says that the thread is over, even when it panics.
struct Over(Arc<Queue>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.update(|state| state.over = true);
    }
}

impl Worker {
    fn run(mut self) {
        let _over = Over(Arc::clone(&self.queue));
        while let Some(job) = self.next() {
            self.work(job);
        }
        let left = self.queue.lock().jobs.len();
        if left > 0 {
            log::warn!(target: "reactions", "{left} reactions were still waiting at the stop and are dropped");
        }
    }

    fn next(&self) -> Option<Job> {
        // Without a deadline: an inbox that stays empty costs nothing.
        let idle = |state: &mut State| state.jobs.is_empty() && !state.stopping;
        let waited = self.queue.changed.wait_while(self.queue.lock(), idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.stopping { None } else { state.jobs.pop_front() }
    }

    /// Until the job is done, given up, or the agent stops.
    fn work(&mut self, mut job: Job) {
        let mut failures = 0;
        loop {
            let ready = self.queue.lock().ready;
            let Some(connection) = self.account.connection() else {
                if self.wait_signed_in(ready, Duration::MAX) {
                    continue;
                } else {
                    return;
                };
            };
            let Err(error) = self.attempt(&mut job, &connection) else {
                self.queue.done.fetch_add(1, Ordering::Relaxed);
                log::debug!(target: "reactions", "{job}: done");
                return;
            };
            if self.queue.lock().stopping {
                return;
            }
            // What was not found beneath a connection that has been replaced may be there beneath the new one.
            let replaced = || self.account.connection().as_deref() != Some(connection.as_str());
            let session = matches!(error, Error::Expired | Error::SignedOut | Error::Gone) || replaced();
            failures += 1;
            if failures >= ATTEMPTS || !(session || error.is_transient()) {
                self.give_up(&job, &error, failures);
                return;
            }
            let pause = self.backoff.after(failures, &mut self.jitter);
            let on = if session {
                // The session looks after it, which is sooner or later than a pause.
                self.wait_signed_in(ready, pause)
            } else {
                self.wait(error.retry_after().unwrap_or(pause))
            };
            if !on {
                return;
            }
        }
    }

    fn attempt(&mut self, job: &mut Job, connection: &str) -> Result<(), Error> {
        let account = &mut self.account;
        match job {
            Job::Receipts { conversation, message, delivered } => {
                if !*delivered {
                    api::message_received_receipt(account, connection, conversation, message).map(drop)?;
                    *delivered = true;
                }
                api::message_read_receipt(account, connection, conversation, message).map(drop)
            }
            Job::Join { room } => api::room_join(account, connection, room).map(drop),
        }
    }

    fn give_up(&self, job: &Job, error: &Error, attempts: u32) {
        self.queue.given_up.fetch_add(1, Ordering::Relaxed);
        if let Some(suppressed) = GIVEN_UP.pass() {
            log::warn!(target: "reactions", "{job} is given up after {attempts} attempts: {error} \
                ({suppressed} more since the last such line)");
        }
    }

    /// Waits until somebody has signed in since `ready` was counted, or for `time`; false at the stop.
    fn wait_signed_in(&self, ready: u64, time: Duration) -> bool {
        !self.queue.wait(time, |state| state.ready == ready && !state.stopping).stopping
    }

    /// Waits for `time`; false at the stop.
    fn wait(&self, time: Duration) -> bool {
        !self.queue.wait(time, |state| !state.stopping).stopping
    }
}
