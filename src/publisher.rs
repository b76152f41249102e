//! The publisher: owns the ZeroMQ context and the PUB socket, and sends what its inbox holds.
//!
//! Nothing is dropped in silence. While a subscriber has no room, the publisher waits for it, for a moment, and the
//! senders wait for the publisher. A subscriber that is stuck for longer loses events, and that is said.
//!
//! Webhook threads append encoded events to the inbox; the publisher takes all of it at once. It is woken at once
//! when it sleeps, and under load it naps between batches instead of being woken for every event.

use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fmt, io};

use crate::config::{Encoding, Zmq};
use crate::events::{self, Frames, Life, Outcome, Route};
use crate::logging::Limited;
use crate::role::{Deaths, Notice};

/// Stack of the publisher's thread; it only copies buffers.
const STACK: usize = 128 * 1024;
/// Bytes that may wait in the inbox, whatever their number.
const INBOX_BYTES: usize = 16 * 1024 * 1024;
/// How long one event waits for a subscriber that is full, before that subscriber loses it.
const SUBSCRIBER_MS: i32 = 1_000;
/// How long a sender waits for room. Longer than [`SUBSCRIBER_MS`], so that one stuck bot does not make the cloud
/// hear 503 and cost the other bots their events.
const ROOM_TIME: Duration = Duration::from_millis(2_000);
/// An inbox buffer larger than this is given back to the system after a burst.
const KEPT_BYTES: usize = 1024 * 1024;
/// A batch of at least this many events means load: the next ones may gather for [`NAP`].
const BUSY_BATCH: usize = 16;
/// How long events gather under load.
const NAP: Duration = Duration::from_micros(1000);
/// How long the first events wait for bots that were there before the agent: they try to connect every 100 ms, and
/// a PUB socket sends to nobody else. Without it `rainbow_onstarted` would reach no one.
const SETTLE: Duration = Duration::from_millis(150);
/// What an unfinished ZeroMQ handshake may take.
const HANDSHAKE_MS: i32 = 5_000;
/// Silence after which a subscriber is asked for a sign of life, and how long it may take to answer.
const HEARTBEAT_MS: i32 = 15_000;
/// How long the socket keeps sending to slow subscribers after the stop.
const LINGER_MS: i32 = 300;
/// Subscribers send subscriptions only; anything longer is an attack.
const MAX_INCOMING_BYTES: i64 = 64 * 1024;

static STUCK: Limited = Limited::new(Duration::from_secs(10));

/// The PUB socket could not be bound.
#[derive(Debug)]
pub struct BindError {
    endpoint: String,
    source: zmq::Error,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BindError { endpoint, source } = self;
        let advice = match source {
            zmq::Error::EADDRINUSE => {
                "another program, or another agent, holds it: stop that or change `zmq.port`"
            }
            zmq::Error::EADDRNOTAVAIL | zmq::Error::ENODEV => {
                "this machine has no such address: change `zmq.host`"
            }
            zmq::Error::EACCES => "no permission: choose a port above 1023, or a folder this user may write",
            zmq::Error::EINVAL | zmq::Error::EPROTONOSUPPORT => {
                "not an endpoint: `tcp://HOST:PORT` and `ipc://PATH` are allowed"
            }
            _ => "see `zmq` in the configuration",
        };
        write!(f, "cannot bind the ZeroMQ publisher to {endpoint}: {source}; {advice}")
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The inbox is full; nothing was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// A bound socket that is not yet served.
pub struct Publisher {
    // Dropped before the context, which waits for it.
    socket: zmq::Socket,
    _context: zmq::Context,
    endpoint: String,
    sender: Sender,
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Binds the PUB socket, with a bound on everything a subscriber may do.
///
/// # Errors
/// [`BindError`] names the endpoint and what to do.
pub fn bind(config: &Zmq) -> Result<Publisher, BindError> {
    let fail = |source| BindError { endpoint: config.endpoint.clone(), source };
    let context = zmq::Context::new();
    let mut socket = context.socket(zmq::PUB).map_err(fail)?;
    let mut set = || {
        zmq_nodrop::set(&mut socket, true)?;
        socket.set_sndtimeo(SUBSCRIBER_MS)?;
        socket.set_linger(LINGER_MS)?;
        socket.set_sndhwm(config.high_water_mark)?;
        socket.set_maxmsgsize(MAX_INCOMING_BYTES)?;
        socket.set_handshake_ivl(HANDSHAKE_MS)?;
        socket.set_heartbeat_ivl(HEARTBEAT_MS)?;
        socket.set_heartbeat_timeout(HEARTBEAT_MS)?;
        socket.set_heartbeat_ttl(2 * HEARTBEAT_MS)?;
        socket.set_ipv6(config.endpoint.starts_with("tcp://["))?;
        // libzmq removes a socket file without asking who serves it.
        match config.endpoint.strip_prefix("ipc://") {
            Some(path) if UnixStream::connect(path).is_ok() => Err(zmq::Error::EADDRINUSE),
            _ => socket.bind(&config.endpoint),
        }
    };
    set().map_err(fail)?;
    let endpoint = match socket.get_last_endpoint() {
        Ok(Ok(endpoint)) => endpoint,
        _ => config.endpoint.clone(),
    };
    let inbox = Inbox {
        waiting: Mutex::default(),
        filled: Condvar::new(),
        emptied: Condvar::new(),
        capacity: config.queue,
    };
    let sender = Sender { inbox: Arc::new(inbox), encoding: config.encoding };
    Ok(Publisher { socket, _context: context, endpoint, sender })
}

impl Publisher {
    /// The endpoint as bound: with the port that the system chose, where the configuration left it open.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Serves the inbox on its own thread until [`Sender::close`].
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start<T>(self, deaths: &Deaths<T>) -> io::Result<(Sender, JoinHandle<()>)>
    where
        T: From<Notice> + Send + 'static,
    {
        let sender = self.sender.clone();
        let thread = deaths.spawn("publisher", STACK, move || self.serve())?;
        Ok((sender, thread))
    }

    fn serve(mut self) {
        let inbox = Arc::clone(&self.sender.inbox);
        let mut batch = Batch::default();
        std::thread::sleep(SETTLE);
        while inbox.take(&mut batch) {
            for (topic, payload) in batch.events() {
                self.send(topic, payload);
            }
            if batch.ends.len() >= BUSY_BATCH {
                std::thread::sleep(NAP);
            }
        }
    }

    /// A full subscriber is waited for, then dropped for. What else fails here is a defect or the end of memory.
    fn send(&mut self, topic: &[u8], payload: &[u8]) {
        let mut sent = self.socket.send(topic, zmq::SNDMORE);
        if sent == Err(zmq::Error::EAGAIN) {
            if let Some(suppressed) = STUCK.pass() {
                log::error!(target: "publisher", "a subscriber takes no events: it loses some until it has caught up \
                    (and {suppressed} more since the last line); see to that bot, or raise `zmq.high_water_mark`");
            }
            // At the stop there is no more waiting for anybody.
            let patient = !self.sender.inbox.lock().closed;
            sent = zmq_nodrop::set(&mut self.socket, false);
            sent = sent.and_then(|()| self.socket.send(topic, zmq::SNDMORE));
            sent = sent.and(zmq_nodrop::set(&mut self.socket, patient));
        }
        // Room for the first frame is room for the second: libzmq counts whole messages.
        if let Err(error) = sent.and_then(|()| self.socket.send(payload, 0)) {
            let topic = String::from_utf8_lossy(topic);
            log::error!(target: "publisher", "the event {topic} was not sent: {error}");
        }
    }
}

/// The way into the publisher's inbox; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sender {
    inbox: Arc<Inbox>,
    encoding: Encoding,
}

impl Sender {
    /// How frame 2 is to be encoded for this socket.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Hands over one encoded payload under all names of its route, or nothing. Where there is no room it waits a
    /// moment, which slows the senders down to what the publisher can do.
    ///
    /// # Errors
    /// [`Full`] when the inbox still has no room for all of them, or when the publisher has been closed.
    pub fn send(&self, route: &Route, payload: &[u8]) -> Result<(), Full> {
        let events = route.topics().count();
        let mut waiting = self.inbox.lock();
        if !self.inbox.has_room(&waiting, events, payload) {
            waiting = self.inbox.wait_for_room(waiting, events, payload);
        }
        if waiting.closed || !self.inbox.has_room(&waiting, events, payload) {
            return Err(Full);
        }
        for topic in route.topics() {
            waiting.batch.push(topic.as_bytes(), payload);
        }
        self.inbox.wake(waiting);
        Ok(())
    }

    /// Publishes an event of the agent's own life. These are few, so a full inbox takes them all the same.
    pub fn life(&self, event: Life, outcome: &Outcome) {
        log::info!(target: "publisher", "{}{}", event.topic(), Shown(outcome));
        self.always(&events::life(event, outcome, self.encoding));
    }

    /// Sends the starter kit's `zmq-stop`, then ends the publisher once its inbox is empty.
    pub fn close(&self) {
        self.always(&events::zmq_stop(self.encoding));
        let mut waiting = self.inbox.lock();
        waiting.closed = true;
        self.inbox.wake(waiting);
    }

    fn always(&self, frames: &Frames) {
        let mut waiting = self.inbox.lock();
        waiting.batch.push(frames.topic.as_bytes(), &frames.payload);
        self.inbox.wake(waiting);
    }
}

/// An outcome as the log shows it: nothing for a success.
struct Shown<'a>(&'a Outcome);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Outcome::Success => Ok(()),
            Outcome::Failure { code, label, msg } => write!(f, ": {label} ({code}): {msg}"),
        }
    }
}

#[derive(Debug)]
struct Inbox {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    emptied: Condvar,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    batch: Batch,
    /// The publisher sleeps until it is woken; a nap is not a sleep.
    asleep: bool,
    closed: bool,
    /// Senders that wait for room.
    held_up: usize,
}

impl Inbox {
    /// A panic cannot leave the batch half changed in a way that matters: `ends` is pushed last.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_room(&self, waiting: &Waiting, events: usize, payload: &[u8]) -> bool {
        waiting.batch.ends.len() + events <= self.capacity
            && waiting.batch.bytes.len() + events * payload.len() <= INBOX_BYTES
    }

    /// Waits until the publisher has taken what is there, at most for [`ROOM_TIME`].
    fn wait_for_room<'a>(
        &self,
        mut waiting: MutexGuard<'a, Waiting>,
        events: usize,
        payload: &[u8],
    ) -> MutexGuard<'a, Waiting> {
        waiting.held_up += 1;
        let full = |waiting: &mut Waiting| !waiting.closed && !self.has_room(waiting, events, payload);
        let waited = self.emptied.wait_timeout_while(waiting, ROOM_TIME, full);
        let (mut waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        waiting.held_up -= 1;
        waiting
    }

    fn wake(&self, mut waiting: MutexGuard<'_, Waiting>) {
        let asleep = std::mem::replace(&mut waiting.asleep, false);
        drop(waiting);
        if asleep {
            self.filled.notify_one();
        }
    }

    /// Waits for events and takes them all; false when the inbox is closed and empty.
    fn take(&self, batch: &mut Batch) -> bool {
        batch.clear();
        let mut waiting = self.lock();
        while waiting.batch.ends.is_empty() && !waiting.closed {
            waiting.asleep = true;
            waiting = self.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.asleep = false;
        std::mem::swap(&mut waiting.batch, batch);
        if waiting.held_up > 0 {
            self.emptied.notify_all();
        }
        !batch.ends.is_empty()
    }
}

/// Events side by side in one buffer: two swapped buffers serve all of them without an allocation each.
#[derive(Debug, Default)]
struct Batch {
    bytes: Vec<u8>,
    /// Where each topic and each payload ends.
    ends: Vec<(usize, usize)>,
}

impl Batch {
    fn push(&mut self, topic: &[u8], payload: &[u8]) {
        self.bytes.extend_from_slice(topic);
        let topic_end = self.bytes.len();
        self.bytes.extend_from_slice(payload);
        self.ends.push((topic_end, self.bytes.len()));
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        if self.bytes.capacity() > KEPT_BYTES {
            *self = Batch::default();
        }
    }

    fn events(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|&(_, end)| end));
        starts.zip(&self.ends).map(|(start, &(topic_end, end))| {
            // `ends` are positions that `push` reached in order.
            (&self.bytes[start..topic_end], &self.bytes[topic_end..end])
        })
    }
}

#[cfg(test)]
mod tests;
