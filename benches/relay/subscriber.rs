//! A ZeroMQ subscriber that counts events and, where they carry a time, keeps their ages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use crate::server::{Folder, Server, wait_until};
use crate::{Outcome, load};

/// What stands before the time in the message's id.
const MARK: &[u8] = b"414da884c7c7-";

pub(crate) struct Subscriber {
    stop: Arc<AtomicBool>,
    received: Arc<AtomicU64>,
    thread: thread::JoinHandle<Vec<u64>>,
}

impl Subscriber {
    pub(crate) fn start(folder: &Folder, epoch: Instant) -> Outcome<Subscriber> {
        let socket = zmq::Context::new().socket(zmq::SUB)?;
        socket.set_rcvhwm(1_000_000)?;
        socket.set_subscribe(b"rainbow_onmessage")?;
        socket.set_rcvtimeo(50)?;
        socket.connect(&format!("ipc://{}/events", folder.path().display()))?;
        let (stop, received) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, count) = (stop.clone(), received.clone());
        let thread = thread::spawn(move || {
            let mut ages = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let Ok(topic) = socket.recv_msg(0) else { continue };
                let Ok(payload) = socket.recv_msg(0) else { continue };
                let now = u64::try_from(epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
                assert_eq!(&*topic, b"rainbow_onmessagereceived");
                count.fetch_add(1, Ordering::Relaxed);
                if let Some(sent) = sent_at(&payload).filter(|&sent| sent > 0) {
                    ages.push(now - sent);
                }
            }
            ages
        });
        Ok(Subscriber { stop, received, thread })
    }

    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Returns once events arrive: a PUB socket does not tell when a subscription has reached it.
    pub(crate) fn join_stream(&self, server: &Server) -> Outcome<()> {
        let mut stream = load::connect(server.address)?;
        let (message, mut buffer) = (load::request(server, 0), [0; 4096]);
        wait_until(|| load::exchange(&mut stream, &message, &mut buffer).is_ok() && self.received() > 0)
    }

    /// The ages in nanoseconds, in the order of arrival.
    pub(crate) fn finish(self) -> Outcome<Vec<u64>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the subscriber panicked".into())
    }
}

fn sent_at(payload: &[u8]) -> Option<u64> {
    let at = payload.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    std::str::from_utf8(payload.get(at..at + 20)?).ok()?.parse().ok()
}
