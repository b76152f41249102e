//! A door: an address on loopback that passes connections on, unread, to where it leads.
//!
//! One stands in front of the cloud's HTTP server, because a server library keeps its sockets to itself, and the
//! faults of a network happen to sockets: connections refused, closed, reset, and all of them at once. Another
//! stands in front of an agent as its reverse proxy: its address is known before the agent has a port.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The two halves of one passed-on connection.
struct Pair {
    front: TcpStream,
    back: TcpStream,
    reset: AtomicBool,
}

/// Connections by the port that the server sees them come from.
type Pairs = Arc<Mutex<HashMap<u16, Arc<Pair>>>>;

/// Where the door leads to.
type Target = Arc<Mutex<Option<SocketAddr>>>;

/// The door; closed when dropped.
pub struct Door {
    address: SocketAddr,
    target: Target,
    pairs: Pairs,
    open: Option<Opened>,
}

struct Opened {
    closing: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Door {
    /// Opens on loopback at `port` (`0`: any). It leads nowhere yet: connections are closed at once.
    ///
    /// # Errors
    /// The port is in use.
    pub fn open(port: u16) -> io::Result<Door> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let mut door = Door { address, target: Target::default(), pairs: Pairs::default(), open: None };
        door.accept(listener)?;
        Ok(door)
    }

    /// Passes new connections on to `target`.
    pub fn lead_to(&self, target: SocketAddr) {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = Some(target);
    }

    /// Where clients connect to; the same after `close` and `reopen`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Refuses new connections and closes those that are there.
    pub fn close(&mut self) {
        if let Some(opened) = self.open.take() {
            opened.closing.store(true, Ordering::SeqCst);
            // Wakes the thread from its accept.
            drop(TcpStream::connect(self.address));
            let _ = opened.thread.join();
        }
        for pair in lock(&self.pairs).values() {
            pair.close();
        }
    }

    /// Listens on the same address again.
    ///
    /// # Errors
    /// Another program took the port.
    pub fn reopen(&mut self) -> io::Result<()> {
        if self.open.is_none() {
            self.accept(TcpListener::bind(self.address)?)?;
        }
        Ok(())
    }

    /// Closes the connection that the server knows by `port`, in order (FIN).
    pub fn close_one(&self, port: u16) {
        if let Some(pair) = lock(&self.pairs).get(&port) {
            pair.close();
        }
    }

    /// Takes no more from the client, so that the server sees its end and closes once its answer is written.
    pub fn end_one(&self, port: u16) {
        if let Some(pair) = lock(&self.pairs).get(&port) {
            let _ = pair.front.shutdown(Shutdown::Read);
        }
    }

    /// Resets the connection that the server knows by `port` (RST).
    pub fn reset_one(&self, port: u16) {
        if let Some(pair) = lock(&self.pairs).remove(&port) {
            pair.reset();
        }
    }

    fn accept(&mut self, listener: TcpListener) -> io::Result<()> {
        let closing = Arc::new(AtomicBool::new(false));
        let (flag, pairs, target) = (closing.clone(), self.pairs.clone(), self.target.clone());
        let thread = std::thread::Builder::new().name("sim-door".into()).spawn(move || {
            for front in listener.incoming() {
                if flag.load(Ordering::SeqCst) {
                    break;
                }
                let target = *target.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(target) = target else { continue };
                if let Err(error) = front.and_then(|front| pass_on(front, target, &pairs)) {
                    log::warn!(target: "sim", "a connection could not be passed on: {error}");
                }
            }
        })?;
        self.open = Some(Opened { closing, thread });
        Ok(())
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.close();
    }
}

impl Pair {
    fn close(&self) {
        let _ = self.front.shutdown(Shutdown::Both);
        let _ = self.back.shutdown(Shutdown::Both);
    }

    /// With a linger time of zero, closing the last descriptor sends RST. No FIN may go before it, so the
    /// threads are woken by ends of the halves that the client does not see.
    fn reset(&self) {
        self.reset.store(true, Ordering::SeqCst);
        if let Err(error) = rustix::net::sockopt::set_socket_linger(&self.front, Some(Duration::ZERO)) {
            log::warn!(target: "sim", "a connection is closed, not reset: {error}");
        }
        let _ = self.front.shutdown(Shutdown::Read);
        let _ = self.back.shutdown(Shutdown::Both);
    }
}

fn pass_on(front: TcpStream, target: SocketAddr, pairs: &Pairs) -> io::Result<()> {
    let back = TcpStream::connect(target)?;
    let port = back.local_addr()?.port();
    front.set_nodelay(true)?;
    back.set_nodelay(true)?;
    let pair = Arc::new(Pair { front, back, reset: AtomicBool::new(false) });
    lock(pairs).insert(port, pair.clone());
    let inward = pair.clone();
    let named = |name: &str| std::thread::Builder::new().name(name.into());
    named("sim-in").spawn(move || {
        let _ = io::copy(&mut &inward.front, &mut &inward.back);
        let _ = inward.back.shutdown(Shutdown::Write);
    })?;
    let pairs = pairs.clone();
    named("sim-out").spawn(move || {
        let _ = io::copy(&mut &pair.back, &mut &pair.front);
        if !pair.reset.load(Ordering::SeqCst) {
            let _ = pair.front.shutdown(Shutdown::Both);
        }
        lock(&pairs).remove(&port);
    })?;
    Ok(())
}

fn lock(pairs: &Pairs) -> MutexGuard<'_, HashMap<u16, Arc<Pair>>> {
    pairs.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn the_door_passes_closes_resets_and_opens_again() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut door = Door::open(0).unwrap();
        let mut byte = [0];
        assert_eq!(
            TcpStream::connect(door.address()).unwrap().read(&mut byte).unwrap(),
            0,
            "it leads nowhere"
        );
        door.lead_to(server.local_addr().unwrap());
        let connect = || {
            let mut client = TcpStream::connect(door.address()).unwrap();
            client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            client.write_all(b"x").unwrap();
            let mut inside = server.accept().unwrap().0;
            let mut byte = [0];
            inside.read_exact(&mut byte).unwrap();
            assert_eq!(&byte, b"x");
            (client, inside)
        };

        let (mut client, inside) = connect();
        door.close_one(inside.peer_addr().unwrap().port());
        assert_eq!(client.read(&mut byte).unwrap(), 0, "closed in order");

        let (mut client, inside) = connect();
        door.reset_one(inside.peer_addr().unwrap().port());
        assert_eq!(client.read(&mut byte).unwrap_err().kind(), io::ErrorKind::ConnectionReset);

        let (mut client, _inside) = connect();
        door.close();
        assert_eq!(client.read(&mut byte).unwrap(), 0, "closed with the door");
        assert!(TcpStream::connect(door.address()).is_err(), "refused while the door is closed");
        door.reopen().unwrap();
        TcpStream::connect(door.address()).unwrap();
    }
}
