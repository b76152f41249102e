//! A bot's end of the wire: a SUB socket that decodes frames as bots of the starter kit do (CONTRACT section 6).
//!
//! The demo prints with it, the tests count with it. It decodes by hand and on purpose not by the agent's own code.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the thread looks whether it is to end.
const TURN_MS: i32 = 50;

/// How soon a connection is tried again; shorter than libzmq's default, so that an agent's first event is seen.
const RETRY_MS: i32 = 5;

/// An event as a bot has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Frame 1.
    pub name: String,
    /// Frame 2, decoded.
    pub document: String,
    /// How many frames the message had; bots rely on two.
    pub frames: usize,
}

#[derive(Default)]
struct Inbox {
    events: Mutex<Vec<Event>>,
    arrived: Condvar,
    ending: AtomicBool,
}

/// A running subscriber; ended when dropped.
pub struct Subscriber {
    inbox: Arc<Inbox>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").finish_non_exhaustive()
    }
}

impl Subscriber {
    /// Subscribes to everything at `endpoint`; the publisher may come later.
    ///
    /// # Errors
    /// The endpoint is none, or there is no socket or thread to be had.
    pub fn connect(endpoint: &str) -> Result<Subscriber, String> {
        Subscriber::connect_with(endpoint, |_| {})
    }

    /// The same, with each event told to `tell` as it arrives.
    ///
    /// # Errors
    /// As `connect`.
    pub fn connect_with(
        endpoint: &str,
        tell: impl FnMut(&Event) + Send + 'static,
    ) -> Result<Subscriber, String> {
        let refused = |error: zmq::Error| format!("cannot subscribe to {endpoint}: {error}");
        let context = zmq::Context::new();
        let socket = context.socket(zmq::SUB).map_err(refused)?;
        let set_up = || {
            socket.set_linger(0)?;
            socket.set_rcvhwm(0)?;
            socket.set_rcvtimeo(TURN_MS)?;
            socket.set_reconnect_ivl(RETRY_MS)?;
            socket.set_subscribe(b"")?;
            socket.connect(endpoint)
        };
        set_up().map_err(refused)?;
        let inbox = Arc::new(Inbox::default());
        let shared = inbox.clone();
        let thread = std::thread::Builder::new()
            .name("sim-bot".into())
            .spawn(move || receive(&socket, &shared, tell))
            .map_err(|error| format!("cannot subscribe: {error}"))?;
        Ok(Subscriber { inbox, thread: Some(thread) })
    }

    /// All events so far, in order.
    pub fn events(&self) -> Vec<Event> {
        self.inbox.lock().clone()
    }

    /// How many events have arrived.
    pub fn count(&self) -> usize {
        self.inbox.lock().len()
    }

    /// Waits until `enough` holds of the events; `false` when `patience` ends first.
    pub fn wait(&self, patience: Duration, enough: impl Fn(&[Event]) -> bool) -> bool {
        let waited =
            self.inbox.arrived.wait_timeout_while(self.inbox.lock(), patience, |events| !enough(events));
        let (_events, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        !timeout.timed_out()
    }

    /// Waits for the event `name` behind the first `from` events.
    pub fn wait_for(&self, name: &str, from: usize, patience: Duration) -> Option<Event> {
        let find = |events: &[Event]| events.iter().skip(from).find(|event| event.name == name).cloned();
        if self.wait(patience, |events| find(events).is_some()) { find(&self.inbox.lock()) } else { None }
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.inbox.ending.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn receive(socket: &zmq::Socket, inbox: &Inbox, mut tell: impl FnMut(&Event)) {
    while !inbox.ending.load(Ordering::SeqCst) {
        match socket.recv_multipart(0) {
            Ok(frames) => {
                let frame = |index: usize| frames.get(index).map(Vec::as_slice).unwrap_or_default();
                let event = Event {
                    name: String::from_utf8_lossy(frame(0)).into_owned(),
                    document: decode(frame(1)),
                    frames: frames.len(),
                };
                tell(&event);
                inbox.lock().push(event);
                inbox.arrived.notify_all();
            }
            Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => {}
            Err(error) => {
                log::error!(target: "sim", "the subscriber ends: {error}");
                return;
            }
        }
    }
}

/// What the vendor's Java sample does with frame 2: the first and the last byte are cut, `\\` becomes `\`, every
/// other backslash is dropped. A frame that is no JSON string is the document itself (`zmq.encoding: "json"`).
fn decode(frame: &[u8]) -> String {
    let [b'"', inner @ .., b'"'] = frame else {
        return String::from_utf8_lossy(frame).into_owned();
    };
    let mut plain = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'\\' {
            plain.push(byte);
        } else if let Some(&next) = bytes.next() {
            plain.push(next);
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_decoded_as_the_java_sample_does() {
        for (frame, document) in [
            (r#""{\"a\":1}""#, r#"{"a":1}"#),
            (r#""{\"a\":\"say \\\"hi\\\", \\\\o/\"}""#, r#"{"a":"say \"hi\", \\o/"}"#),
            (r#"{"a":1}"#, r#"{"a":1}"#),
            ("", ""),
        ] {
            assert_eq!(decode(frame.as_bytes()), document);
        }
    }

    #[test]
    fn a_publisher_that_comes_later_is_found() {
        let context = zmq::Context::new();
        let publisher = context.socket(zmq::PUB).unwrap();
        publisher.bind("tcp://127.0.0.1:*").unwrap();
        let endpoint = publisher.get_last_endpoint().unwrap().unwrap();
        let subscriber = Subscriber::connect(&endpoint).unwrap();
        // A subscription takes its time: what is sent before it is lost, so it is sent until it arrives.
        let seen = (0..500).any(|_| {
            publisher.send_multipart(["rainbow_onready", r#""{}""#], 0).unwrap();
            subscriber.wait_for("rainbow_onready", 0, Duration::from_millis(20)).is_some()
        });
        assert!(seen);
        assert_eq!(
            subscriber.events()[0],
            Event { name: "rainbow_onready".into(), document: "{}".into(), frames: 2 }
        );
    }
}
