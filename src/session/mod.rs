//! The session: signs in, keeps token and connection alive, and tells bots about it.
//!
//! One thread owns it. `machine` decides, `calls` talks to the cloud, this file is the loop between them and the
//! handle for others: the agent starts and stops it, the relay passes on what the cloud says about the connection.
//! Token and connection are shared with other roles through [`crate::cloud::Account`].

mod calls;
pub mod machine;
mod outcome;
pub mod own;
pub mod step;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::cloud::backoff::Jitter;
use crate::cloud::{Account, CALL_TIME, Client, Error};
use crate::publisher;
use crate::role::{Deaths, Notice};
use calls::Calls;
use machine::Machine;
pub use own::{Identity, resource};
use step::{Action, Event, Task};
pub use step::{Ended, Pace};

/// The role's name, as its thread and its notices bear it.
pub const ROLE: &str = "session";
/// Stack of the session's thread: TLS handshakes and one answer at a time.
const STACK: usize = 512 * 1024;
/// Messages that may wait. More of them say nothing new, so what does not fit is dropped.
const INBOX: usize = 16;
/// How long a call under way may go on after the stop was asked for.
const INTERRUPT_AFTER: Duration = Duration::from_millis(700);

/// What a session is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where token and connection are shared.
    pub account: Account,
    /// What the connection is created with, and how earlier ones are recognised.
    pub identity: Identity,
    /// Where its events go.
    pub publisher: publisher::Sender,
    /// How fast it acts.
    pub pace: Pace,
}

/// What reaches the session from outside.
#[derive(Debug)]
enum Message {
    /// A callback says that this connection (where it named one) is lost.
    Lost(Option<String>),
    /// Another role's call was refused.
    Suspect,
    /// Look at the stop flag.
    Wake,
}

/// What session and handle share.
#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    ended: Mutex<Option<Ended>>,
    over: Condvar,
}

impl Shared {
    fn end(&self, how: Ended) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.get_or_insert(how);
        self.over.notify_all();
    }

    /// Waits for the end, at most until `deadline`.
    fn wait(&self, deadline: Instant) -> Option<Ended> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let left = deadline.saturating_duration_since(Instant::now());
        let waited = self.over.wait_timeout_while(ended, left, |ended| ended.is_none());
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Tells how the session ended even when its thread panics.
struct Verdict(Arc<Shared>);

impl Drop for Verdict {
    fn drop(&mut self) {
        self.0.end(Ended::Died);
    }
}

/// The running session.
#[derive(Debug)]
pub struct Handle {
    inbox: SyncSender<Message>,
    shared: Arc<Shared>,
    client: Client,
    thread: JoinHandle<()>,
}

/// Passes on what callbacks say about the connection; cheap to clone, never blocks.
#[derive(Debug, Clone)]
pub struct Watcher(SyncSender<Message>);

impl Watcher {
    /// A `/connection` callback was received: the connection's id, and its state as the cloud named it.
    pub fn callback_seen(&self, connection: Option<&str>, state: &str) {
        if matches!(state, "unavailable" | "terminated") {
            // A full inbox holds reason enough to look after the connection.
            let _ = self.0.try_send(Message::Lost(connection.map(str::to_owned)));
        }
    }
}

/// Starts the session on its own thread. Its end is noticed by `deaths`; [`Handle::ended`] tells why.
///
/// # Errors
/// When the system has no thread to give.
pub fn start<T>(parts: Parts, deaths: &Deaths<T>) -> io::Result<Handle>
where
    T: From<Notice> + Send + 'static,
{
    let Parts { account, identity, publisher, pace } = parts;
    let (inbox, messages) = sync_channel(INBOX);
    let suspects = inbox.clone();
    account.listen(Box::new(move |change| {
        if change == crate::cloud::account::Change::Suspect {
            let _ = suspects.try_send(Message::Suspect);
        }
    }));
    let shared = Arc::new(Shared::default());
    // On connections of its own, so that the stop interrupts nobody else.
    let client = account.client().separate(CALL_TIME);
    let session = Session {
        machine: Machine::new(pace, Jitter::from_system(), Instant::now()),
        calls: Calls::new(account, client.clone(), identity),
        publisher,
        messages,
        shared: Arc::clone(&shared),
        stop_taken: false,
    };
    let verdict = Verdict(Arc::clone(&shared));
    let thread = deaths.spawn(ROLE, STACK, move || {
        let verdict = verdict;
        verdict.0.end(session.run());
    })?;
    Ok(Handle { inbox, shared, client, thread })
}

impl Handle {
    /// For the relay.
    pub fn watcher(&self) -> Watcher {
        Watcher(self.inbox.clone())
    }

    /// Why the session ended; `None` while it runs.
    pub fn ended(&self) -> Option<Ended> {
        *self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the session to end: no new attempt is made, the connection is deleted and the token given back.
    pub fn ask_to_stop(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // A full inbox is being emptied: the flag is seen without this message.
        let _ = self.inbox.try_send(Message::Wake);
    }

    /// Stops the session and waits for its end, at most until `deadline`. A call that hangs is interrupted; what
    /// cannot be interrupted (a name being resolved) is left to the end of the process, with `None`.
    pub fn stop(self, deadline: Instant) -> Option<Ended> {
        self.ask_to_stop();
        let patience = Instant::now() + INTERRUPT_AFTER;
        if self.shared.wait(patience.min(deadline)).is_none() {
            self.client.interrupt();
        }
        let ended = self.shared.wait(deadline);
        match ended {
            // It has said its last word; what is left of the thread is its return.
            Some(_) => drop(self.thread.join()),
            None => log::warn!(target: "session", "still waiting for the cloud: left behind"),
        }
        ended
    }
}

/// The thread's own state.
struct Session {
    machine: Machine,
    calls: Calls,
    publisher: publisher::Sender,
    messages: Receiver<Message>,
    shared: Arc<Shared>,
    stop_taken: bool,
}

impl Session {
    fn run(mut self) -> Ended {
        let mut event = Event::Woken;
        loop {
            let failed = failure_of(&event).is_some();
            let actions = self.machine.step(event, Instant::now());
            event = Event::Woken;
            for action in actions {
                match action {
                    Action::Publish(life, outcome) => self.publisher.life(life, &outcome),
                    Action::ForgetToken => self.calls.forget_token(),
                    Action::ForgetConnection => self.calls.forget_connection(),
                    Action::Call(task) => event = self.call(&task),
                    Action::Wait(until) => event = self.wait(until, failed),
                    Action::End(ended) => return ended,
                }
            }
        }
    }

    /// A stop takes the place of any call but the last ones.
    fn call(&mut self, task: &Task) -> Event {
        if *task != Task::SayGoodbye && self.take_stop() {
            return Event::Stop;
        }
        let event = self.calls.carry_out(task);
        let Some(error) = failure_of(&event) else { return event };
        // The stop has interrupted it: that is no news, and nobody's failure.
        if self.take_stop() {
            return Event::Stop;
        }
        log::warn!(target: "session", "cannot {task}: {error}");
        event
    }

    fn wait(&mut self, until: Instant, failed: bool) -> Event {
        if self.take_stop() {
            return Event::Stop;
        }
        let left = until.saturating_duration_since(Instant::now());
        if failed {
            log::info!(target: "session", "the next attempt is in {:.1} s", left.as_secs_f64());
        }
        match self.messages.recv_timeout(left) {
            Ok(Message::Lost(id)) if self.calls.is_ours(id.as_deref()) => Event::Lost,
            Ok(Message::Suspect) => Event::Suspect,
            Ok(_) if self.take_stop() => Event::Stop,
            Ok(_) | Err(RecvTimeoutError::Timeout) => Event::Woken,
            // The account's listener keeps a sender for as long as the session has the account.
            Err(RecvTimeoutError::Disconnected) => Event::Stop,
        }
    }

    /// Whether the stop has been asked for and the machine does not know yet.
    fn take_stop(&mut self) -> bool {
        let taken = !self.stop_taken && self.shared.stop.load(Ordering::SeqCst);
        self.stop_taken |= taken;
        taken
    }
}

fn failure_of(event: &Event) -> Option<&Error> {
    match event {
        Event::SignedIn(Err(error)) | Event::Renewed(Err(error)) => Some(error),
        Event::Cleaned(Err(error)) | Event::Created(Err(error)) | Event::Checked(Err(error)) => Some(error),
        Event::PresenceSent(Err(error)) | Event::Rooms(Err(error)) | Event::Joined(Err(error)) => Some(error),
        _ => None,
    }
}
