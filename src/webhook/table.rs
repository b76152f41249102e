//! The connections that are open: who may have one, and which idle one makes room for another.
//!
//! The accept thread admits, the workers mark idle and busy with one atomic each, and whoever needs room shuts
//! the socket of an idle connection, which wakes its worker. A connection in the middle of a request is never
//! taken: its deadlines bound it.

use std::net::{IpAddr, Ipv6Addr, Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

const BUSY: u64 = 0;
const CLOSING: u64 = 1;
/// Idle states are this and more: milliseconds since the table was made.
const IDLE: u64 = 2;

/// One connection as others see it.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) stream: TcpStream,
    address: IpAddr,
    state: AtomicU64,
}

impl Slot {
    /// A byte has come. `false`: the connection has just been chosen to make room.
    pub(crate) fn begin(&self) -> bool {
        self.state
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| (now != CLOSING).then_some(BUSY))
            .is_ok()
    }

    /// Waits for nothing but the peer's leave: the first to go when room is needed.
    pub(crate) fn linger(&self) {
        let _closing = self
            .state
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| (now != CLOSING).then_some(IDLE));
    }

    /// Closes it if it is idle still in the state that was seen.
    fn close_idle(&self, seen: u64) -> bool {
        let idle = seen >= IDLE
            && self.state.compare_exchange(seen, CLOSING, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if idle {
            self.shut();
        }
        idle
    }

    fn shut(&self) {
        // It fails when the peer has gone already, which is as good.
        let _gone = self.stream.shutdown(Shutdown::Both);
    }
}

/// Why a connection is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// All places are taken by busy connections.
    Full,
    /// This address has as many as one address may.
    Peer,
}

/// All open connections.
#[derive(Debug)]
pub(crate) struct Table {
    slots: Mutex<Vec<Arc<Slot>>>,
    places: usize,
    places_per_peer: usize,
    trusted: Vec<IpAddr>,
    since: Instant,
}

impl Table {
    pub(crate) fn new(places: usize, places_per_peer: usize, trusted: &[IpAddr]) -> Table {
        Table {
            slots: Mutex::new(Vec::with_capacity(places.min(256))),
            places,
            places_per_peer,
            trusted: trusted.iter().map(IpAddr::to_canonical).collect(),
            since: Instant::now(),
        }
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Arc<Slot>>> {
        // Nothing panics while it is held; should that ever change, the list itself is still whole.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Places in all.
    pub(crate) fn places(&self) -> usize {
        self.places
    }

    /// Connections open now.
    pub(crate) fn open(&self) -> usize {
        self.slots().len()
    }

    /// Gives the connection a place, the longest idle one's if there is no other. On success the second value
    /// tells whether one was closed for it.
    pub(crate) fn admit(
        &self,
        stream: TcpStream,
        address: IpAddr,
    ) -> Result<(Arc<Slot>, bool), (NoPlace, TcpStream)> {
        let address = network_of(address.to_canonical());
        let mut slots = self.slots();
        if self.is_capped(address)
            && slots.iter().filter(|slot| slot.address == address).count() >= self.places_per_peer
        {
            return Err((NoPlace::Peer, stream));
        }
        let closed = slots.len() >= self.places;
        if closed && !close_longest_idle(&mut slots) {
            return Err((NoPlace::Full, stream));
        }
        let slot = Arc::new(Slot { stream, address, state: AtomicU64::new(self.idle_now()) });
        slots.push(Arc::clone(&slot));
        Ok((slot, closed))
    }

    /// Frees a descriptor, if any connection is idle.
    pub(crate) fn make_room(&self) -> bool {
        close_longest_idle(&mut self.slots())
    }

    /// The connection now waits for its next request.
    pub(crate) fn idle(&self, slot: &Slot) {
        let now = self.idle_now();
        let _closing = slot
            .state
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |state| (state != CLOSING).then_some(now));
    }

    pub(crate) fn remove(&self, slot: &Arc<Slot>) {
        let mut slots = self.slots();
        if let Some(place) = slots.iter().position(|other| Arc::ptr_eq(other, slot)) {
            slots.swap_remove(place);
        }
    }

    /// At the stop: the idle ones at once.
    pub(crate) fn close_idle(&self) {
        for slot in self.slots().iter() {
            slot.close_idle(slot.state.load(Ordering::SeqCst));
        }
    }

    /// At the stop's deadline: all of them.
    pub(crate) fn close_all(&self) {
        self.slots().iter().for_each(|slot| slot.shut());
    }

    fn idle_now(&self) -> u64 {
        let since = self.since.elapsed();
        IDLE + since.as_secs() * 1000 + u64::from(since.subsec_millis())
    }

    fn is_capped(&self, address: IpAddr) -> bool {
        let near = match address {
            IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
        };
        !near && !self.trusted.iter().any(|trusted| network_of(*trusted) == address)
    }
}

/// Takes the longest idle connection out of the list and closes it.
fn close_longest_idle(slots: &mut Vec<Arc<Slot>>) -> bool {
    loop {
        let states = slots.iter().map(|slot| slot.state.load(Ordering::SeqCst)).enumerate();
        let Some((place, seen)) = states.filter(|(_, state)| *state >= IDLE).min_by_key(|(_, state)| *state)
        else {
            return false;
        };
        // Between look and grasp it may have become busy; then another one is looked for.
        if slots.get(place).is_some_and(|slot| slot.close_idle(seen)) {
            slots.swap_remove(place);
            return true;
        }
    }
}

/// One IPv6 customer has a /64: all its addresses count as one.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) if v6.is_loopback() => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn streams(count: usize) -> Vec<TcpStream> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let address = listener.local_addr().expect("address");
        (0..count).map(|_| TcpStream::connect(address).expect("connect")).collect()
    }

    #[test]
    fn the_longest_idle_makes_room_and_busy_ones_stay() {
        let table = Table::new(2, 2, &[]);
        let here: IpAddr = "127.0.0.1".parse().expect("address");
        let mut streams = streams(4).into_iter();
        let mut admit = || table.admit(streams.next().expect("stream"), here);
        let (first, _) = admit().expect("place");
        let (second, closed) = admit().expect("place");
        assert!(!closed && first.begin());
        let (third, closed) = admit().expect("the second's place");
        assert!(closed && !second.begin() && table.open() == 2);
        assert!(third.begin());
        assert!(matches!(admit(), Err((NoPlace::Full, _))));
        table.remove(&second);
        table.remove(&first);
        assert_eq!(table.open(), 1);
    }

    #[test]
    fn who_is_capped() {
        let trusted = ["203.0.113.7".parse().expect("address"), "2001:db8:1::7".parse().expect("address")];
        let table = Table::new(10, 1, &trusted);
        for (address, capped) in [
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("192.168.1.1", false),
            ("172.16.0.1", false),
            ("169.254.0.1", false),
            ("::1", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("::ffff:10.0.0.1", false),
            ("203.0.113.7", false),
            ("::ffff:203.0.113.7", false),
            ("203.0.113.8", true),
            ("172.32.0.1", true),
            ("2001:db8::1", true),
            ("2001:db8:1::7", false),
        ] {
            let address: IpAddr = address.parse().expect("address");
            assert_eq!(table.is_capped(network_of(address.to_canonical())), capped, "{address}");
        }
        let mut streams = streams(3).into_iter();
        let mut admit = |address: &str| {
            table.admit(streams.next().expect("stream"), address.parse().expect("address")).map(|_| ())
        };
        assert!(admit("2001:db8::1").is_ok());
        assert!(matches!(admit("2001:db8::2"), Err((NoPlace::Peer, _))), "one /64 counts as one address");
        assert!(admit("2001:db8:0:1::1").is_ok());
    }
}
