//! The listening socket and the thread that accepts: admission, refusal, and no end but the stop.
//!
//! It never waits for a peer, and no failure of `accept` ends it: without file descriptors it closes an idle
//! connection, refuses what waits through a descriptor kept in reserve, and pauses a moment.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::net::sockopt::{self, Timeout};
use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

use super::answer::{DateCache, Refusal, write_refusal};
use super::connection::{self, Buffers};
use super::counters::Counters;
use super::descriptors;
use super::head::HeadLimits;
use super::pool::{Pool, Work};
use super::seldom::Seldom;
use super::table::{NoPlace, Slot, Table};
use super::tls::{Tls, TlsError};
use super::Service;
use crate::config;

/// Connections the kernel completes before they are accepted.
const BACKLOG: i32 = 1024;
/// The pause after a failure that the next `accept` would meet again.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a refused peer has to read why, and how many are given that at once.
const REFUSED_TIME: Duration = Duration::from_secs(1);
const REFUSED: usize = 8;
/// `Retry-After` of a refusal for lack of room.
const RETRY_AFTER: u32 = 5;
/// After the stop's deadline, what a thread has whose socket was just shut.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Why the listener cannot be set up.
#[derive(Debug)]
pub enum BindError {
    /// The address cannot be listened on.
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Certificate or key.
    Tls(TlsError),
    /// A thread could not be had.
    Thread(io::Error),
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BindError::Address { address, source } => {
                write!(f, "cannot listen on {address}: {source}")?;
                match source.kind() {
                    ErrorKind::AddrInUse => f.write_str("; another program does, set sdkrouter.port or PORT"),
                    ErrorKind::PermissionDenied => f.write_str("; ports below 1024 need a privilege"),
                    ErrorKind::AddrNotAvailable => f.write_str("; this machine does not have sdkrouter.host"),
                    _ => Ok(()),
                }
            }
            BindError::Tls(error) => error.fmt(f),
            BindError::Thread(error) => write!(f, "cannot start the listener's thread: {error}"),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BindError::Address { source, .. } | BindError::Thread(source) => Some(source),
            BindError::Tls(error) => Some(error),
        }
    }
}

/// What all threads of the listener share.
pub(crate) struct Shared {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) limits: config::Limits,
    pub(crate) head_limits: HeadLimits,
    pub(crate) table: Table,
    pub(crate) counters: Counters,
    pub(crate) stopping: AtomicBool,
    pub(crate) tls: Option<Tls>,
}

/// A socket that listens; nobody is served before [`Listener::start`].
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    limits: config::Limits,
    places: usize,
}

/// Opens the listening socket and reads certificate and key.
///
/// # Errors
/// [`BindError`] names the address or the file, and what is wrong with it.
pub fn bind(config: &config::Webhook) -> Result<Listener, BindError> {
    let tls = config.tls.as_ref().map(Tls::load).transpose().map_err(BindError::Tls)?;
    let wished = SocketAddr::new(config.host, config.port);
    let failed = |source| BindError::Address { address: wished, source };
    let socket = listening_socket(&wished).map_err(|error| failed(error.into()))?;
    let address = socket.local_addr().map_err(failed)?;
    let limits = config.limits.clone();
    let places = descriptors::fit_connections(limits.connections);
    Ok(Listener { socket, address, tls, limits, places })
}

fn listening_socket(address: &SocketAddr) -> rustix::io::Result<TcpListener> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // A restart must not wait for the last run's connections to be forgotten.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        sockopt::set_ipv6_v6only(&socket, false)?;
    }
    net::bind(&socket, address)?;
    net::listen(&socket, BACKLOG)?;
    Ok(TcpListener::from(socket))
}

impl Listener {
    /// Where it listens: with port 0, the port that the system chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it will hold at once, after fitting to the limit on open files.
    pub fn connections(&self) -> usize {
        self.places
    }

    /// Starts to accept and serve.
    ///
    /// # Errors
    /// [`BindError::Thread`].
    pub fn start(self, service: Arc<dyn Service>) -> Result<Running, BindError> {
        let Listener { socket, address, tls, limits, places } = self;
        let shared = Arc::new(Shared {
            service,
            head_limits: HeadLimits { bytes: limits.head_bytes, fields: limits.headers },
            table: Table::new(places, limits.connections_per_peer, &limits.trusted_proxies),
            counters: Counters::default(),
            stopping: AtomicBool::new(false),
            tls,
            limits,
        });
        let socket = Arc::new(socket);
        let pool = Pool::new();
        let accepting = Accepting {
            shared: Arc::clone(&shared),
            socket: Arc::clone(&socket),
            pool: Arc::clone(&pool),
            refused: VecDeque::new(),
            reserve: reserve(),
            date: DateCache::new(),
        };
        let thread = thread::Builder::new()
            .name("webhook-accept".to_owned())
            .stack_size(128 * 1024)
            .spawn(move || accepting.run())
            .map_err(BindError::Thread)?;
        log::info!(target: "webhook", "listens on {address}, up to {places} connections");
        Ok(Running { shared, socket: Mutex::new(Some(socket)), pool, thread: Mutex::new(Some(thread)), address })
    }
}

/// A listener at work.
pub struct Running {
    shared: Arc<Shared>,
    socket: Mutex<Option<Arc<TcpListener>>>,
    pool: Arc<Pool<Accepted>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    address: SocketAddr,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Running {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What it has counted.
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// Connections open now.
    pub fn open(&self) -> usize {
        self.shared.table.open()
    }

    /// How many connections it holds at once.
    pub fn connections(&self) -> usize {
        self.shared.table.places()
    }

    /// Reads certificate and key again, for new connections; without TLS it does nothing.
    ///
    /// # Errors
    /// What is wrong with the files; the certificate in use stays.
    pub fn reload_certificates(&self) -> Result<(), TlsError> {
        self.shared.tls.as_ref().map_or(Ok(()), Tls::reload)
    }

    /// Takes no new connection, closes the idle ones, lets requests under way be answered until `deadline`, cuts
    /// off the rest, and joins the threads. Returns whether every thread has ended.
    pub fn stop(&self, deadline: Instant) -> bool {
        self.shared.stopping.store(true, Ordering::SeqCst);
        let take_thread = || self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(socket) = self.socket.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Wakes the accept thread, which sees the flag.
            let _woken = net::shutdown(&socket, net::Shutdown::Both);
        }
        if let Some(thread) = take_thread() {
            drop(thread.join());
        }
        self.pool.stop();
        self.shared.table.close_idle();
        if self.pool.join(deadline) {
            return true;
        }
        self.shared.table.close_all();
        let ended = self.pool.join(Instant::now() + LAST_WORDS);
        if !ended {
            log::warn!(target: "webhook", "a request still runs after the stop's deadline");
        }
        ended
    }
}

/// A connection on its way to a worker.
struct Accepted {
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

struct Accepting {
    shared: Arc<Shared>,
    socket: Arc<TcpListener>,
    pool: Arc<Pool<Accepted>>,
    /// Refused peers that are given a moment to read why.
    refused: VecDeque<(TcpStream, Instant)>,
    reserve: Option<File>,
    date: DateCache,
}

impl Accepting {
    fn run(mut self) {
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
                static FULL: Seldom = Seldom::new();
                if let Some(more) = FULL.pass() {
                    let places = self.shared.table.places();
                    log::warn!(target: "webhook", "refused {peer}: all {places} connections are busy ({more} more since)");
                }
                return self.refuse(stream);
            }
            Err((NoPlace::Peer, stream)) => {
                self.shared.counters.refused_peer.add();
                static PEER: Seldom = Seldom::new();
                if let Some(more) = PEER.pass() {
                    log::warn!(target: "webhook", "refused {peer}: too many connections of one address ({more} more since)");
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
            static THREAD: Seldom = Seldom::new();
            if let Some(more) = THREAD.pass() {
                log::error!(target: "webhook", "no thread for a connection: {error} ({more} more since)");
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
        static FAILED: Seldom = Seldom::new();
        if let Some(more) = FAILED.pass() {
            log::warn!(target: "webhook", "cannot accept: {error} ({more} more since)");
        }
        self.refused.clear();
        if self.shared.table.make_room() {
            self.shared.counters.closed_for_room.add();
        }
        // With the reserve given up, one that waits can at least be told; otherwise it would wait for nothing.
        if self.reserve.take().is_some() {
            if let Ok((stream, _)) = self.nonblocking_accept() {
                self.shared.counters.accepted.add();
                self.shared.counters.refused_full.add();
                self.refuse(stream);
                self.refused.clear();
            }
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
        let served = catch_unwind(AssertUnwindSafe(|| connection::serve(shared, slot, job.peer, &mut buffers)));
        if served.is_err() {
            shared.counters.panics.add();
            log::error!(target: "webhook", "a connection's thread panicked; the connection is closed");
        }
    })
}
