//! The thread that accepts: admission, refusal, and no end but the stop.
//!
//! It never waits for a peer, and no failure of `accept` ends it: without file descriptors it closes an idle
//! connection, refuses what waits through a descriptor kept in reserve, and pauses a moment.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::{self, Timeout};

use super::answer::{DateCache, RETRY_AFTER, Refusal, write_refusal};
use super::connection::{self, Buffers};
use super::listener::Shared;
use super::pool::{Pool, Work};
use super::table::{NoPlace, Slot};
use crate::logging::Limited;

/// The pause after a failure that the next `accept` would meet again.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a refused peer has to read why, and how many are given that at once.
const REFUSED_TIME: Duration = Duration::from_secs(1);
const REFUSED: usize = 8;
/// Between two log lines of one kind that peers can cause.
const QUIET: Duration = Duration::from_secs(60);

/// A connection on its way to a worker.
pub(crate) struct Accepted {
    slot: Arc<Slot>,
    peer: SocketAddr,
    shared: Arc<Shared>,
}

impl Drop for Accepted {
    fn drop(&mut self) {
        self.shared.table.remove(&self.slot);
    }
}

/// A descriptor to give up when there is none left, so that a peer can be accepted and refused.
fn reserve() -> Option<File> {
    File::open("/dev/null").ok()
}

/// The accept thread's own.
pub(crate) struct Accepting {
    shared: Arc<Shared>,
    socket: Arc<TcpListener>,
    pool: Arc<Pool<Accepted>>,
    /// Refused peers that are given a moment to read why.
    refused: VecDeque<(TcpStream, Instant)>,
    reserve: Option<File>,
    date: DateCache,
}

impl Accepting {
    pub(crate) fn new(shared: Arc<Shared>, socket: Arc<TcpListener>, pool: Arc<Pool<Accepted>>) -> Accepting {
        let (refused, reserve, date) = (VecDeque::new(), reserve(), DateCache::new());
        Accepting { shared, socket, pool, refused, reserve, date }
    }

    /// Accepts until the stop.
    pub(crate) fn run(mut self) {
        let mut waits = None;
        while !self.shared.stopping.load(Ordering::SeqCst) {
            let wait = (!self.refused.is_empty()).then_some(REFUSED_TIME / 4);
            if wait != waits && sockopt::set_socket_timeout(&self.socket, Timeout::Recv, wait).is_ok() {
                waits = wait;
            }
            match self.socket.accept() {
                Ok((stream, peer)) => {
                    self.shared.counters.accepted.add();
                    self.admit(stream, peer);
                }
                Err(_) if self.shared.stopping.load(Ordering::SeqCst) => break,
                Err(error) => self.failed(&error),
            }
            self.drop_refused();
        }
    }

    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let (slot, closed) = match self.shared.table.admit(stream, peer.ip()) {
            Ok(admitted) => admitted,
            Err((NoPlace::Full, stream)) => {
                self.shared.counters.refused_full.add();
                static FULL: Limited = Limited::new(QUIET);
                if let Some(more) = FULL.pass() {
                    let places = self.shared.table.places();
                    log::warn!(target: "webhook", "refused {peer}: all {places} connections are busy ({more} more since the last such line)");
                }
                return self.refuse(stream);
            }
            Err((NoPlace::Peer, stream)) => {
                self.shared.counters.refused_peer.add();
                static PEER: Limited = Limited::new(QUIET);
                if let Some(more) = PEER.pass() {
                    log::warn!(target: "webhook", "refused {peer}: too many connections of one address ({more} more since the last such line)");
                }
                return self.refuse(stream);
            }
        };
        if closed {
            self.shared.counters.closed_for_room.add();
        }
        let job = Accepted { slot, peer, shared: Arc::clone(&self.shared) };
        if let Err(error) = self.pool.run(job, worker) {
            self.shared.counters.refused_full.add();
            static THREAD: Limited = Limited::new(QUIET);
            if let Some(more) = THREAD.pass() {
                log::error!(target: "webhook", "no thread for a connection: {error} ({more} more since the last such line)");
            }
        }
    }

    /// 503 as far as it fits without waiting; over TLS there is nothing that could be said without a handshake.
    fn refuse(&mut self, stream: TcpStream) {
        if self.shared.tls.is_some() || stream.set_nonblocking(true).is_err() {
            return;
        }
        let mut out = Vec::with_capacity(256);
        let refusal = Refusal::new(503, "too many connections");
        write_refusal(&mut out, refusal, Some(RETRY_AFTER), &mut self.date);
        let said = (&stream).write(&out).is_ok() && stream.shutdown(Shutdown::Write).is_ok();
        self.shared.counters.answered(refusal.status);
        if said {
            if self.refused.len() == REFUSED {
                self.refused.pop_front();
            }
            self.refused.push_back((stream, Instant::now() + REFUSED_TIME));
        }
    }

    /// Takes in what refused peers send, so that no reset destroys their answer, and lets go of them.
    fn drop_refused(&mut self) {
        let now = Instant::now();
        let mut scratch = [0; 4096];
        self.refused.retain(|(stream, until)| {
            let mut reader = stream;
            let waits = match reader.read(&mut scratch) {
                Ok(length) => length > 0,
                Err(error) => error.kind() == ErrorKind::WouldBlock,
            };
            waits && now < *until
        });
    }

    fn failed(&mut self, error: &io::Error) {
        match error.kind() {
            // The time-out set above, a signal, or a peer that was gone before it was accepted.
            ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::ConnectionAborted => return,
            _ => {}
        }
        self.shared.counters.accept_failures.add();
        static FAILED: Limited = Limited::new(QUIET);
        if let Some(more) = FAILED.pass() {
            log::warn!(target: "webhook", "cannot accept: {error} ({more} more since the last such line)");
        }
        self.refused.clear();
        if self.shared.table.make_room() {
            self.shared.counters.closed_for_room.add();
        }
        // With the reserve given up, one that waits can at least be told; otherwise it would wait for nothing.
        if self.reserve.take().is_some()
            && let Ok((stream, _)) = self.nonblocking_accept()
        {
            self.shared.counters.accepted.add();
            self.shared.counters.refused_full.add();
            self.refuse(stream);
            self.refused.clear();
        }
        self.reserve = reserve();
        thread::sleep(PAUSE);
    }

    fn nonblocking_accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.socket.set_nonblocking(true)?;
        let accepted = self.socket.accept();
        self.socket.set_nonblocking(false)?;
        accepted
    }
}

/// What a worker's thread does with each connection.
fn worker() -> Work<Accepted> {
    let mut buffers = Buffers::new();
    Box::new(move |job: Accepted| {
        let (shared, slot) = (&job.shared, &job.slot);
        // Buffers hold bytes only and are emptied before each connection, so they are sound after an unwind.
        let served =
            catch_unwind(AssertUnwindSafe(|| connection::serve(shared, slot, job.peer, &mut buffers)));
        if served.is_err() {
            shared.counters.panics.add();
            log::error!(target: "webhook", "a connection's thread panicked; the connection is closed");
        }
    })
}
