//! What the listener has seen, counted since its start.
//!
//! Relaxed atomics: each figure is right, two of them need not be of the same instant.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::answer::STATUSES;

/// A counter that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Its value now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bytes that large requests hold together.
#[derive(Debug)]
pub(crate) struct Budget(AtomicUsize);

impl Budget {
    pub(crate) fn new(bytes: usize) -> Budget {
        Budget(AtomicUsize::new(bytes))
    }

    /// Takes all of it or nothing.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    pub(crate) fn give(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The listener's counters.
#[derive(Debug, Default)]
pub struct Counters {
    /// Connections taken from the listening socket, refused ones included.
    pub accepted: Counter,
    /// Connections refused because all places were taken by busy ones, or a thread could not be had.
    pub refused_full: Counter,
    /// Connections refused because their address holds as many as one may.
    pub refused_peer: Counter,
    /// Requests refused because large ones held all the memory set aside for them.
    pub refused_memory: Counter,
    /// Idle connections closed to make room.
    pub closed_for_room: Counter,
    /// Failures of `accept`, a lack of file descriptors above all.
    pub accept_failures: Counter,
    /// Requests whose head was read and understood.
    pub requests: Counter,
    /// Panics of the service caught in a connection.
    pub panics: Counter,
    /// Heads that were not complete in time.
    pub head_timeouts: Counter,
    /// Bodies that were not complete in time.
    pub body_timeouts: Counter,
    /// Kept connections closed for being idle.
    pub idle_timeouts: Counter,
    /// Answers that the peer did not take in time.
    pub write_timeouts: Counter,
    /// TLS connections that failed: no handshake, or a broken record.
    pub tls_failures: Counter,
    statuses: [Counter; STATUSES.len()],
    other_statuses: Counter,
}

impl Counters {
    pub(crate) fn answered(&self, status: u16) {
        let place = STATUSES.iter().position(|(code, _)| *code == status);
        place.and_then(|place| self.statuses.get(place)).unwrap_or(&self.other_statuses).add();
    }

    /// Answers by status code, those that occurred; 0 stands for statuses without a name here.
    pub fn statuses(&self) -> Vec<(u16, u64)> {
        let named = STATUSES.iter().zip(&self.statuses).map(|((code, _), counter)| (*code, counter.get()));
        let mut all: Vec<_> = named.chain([(0, self.other_statuses.get())]).collect();
        all.retain(|(_, count)| *count > 0);
        all.sort_unstable();
        all
    }
}
