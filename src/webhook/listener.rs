//! The listener's life: bound, started, stopped.
//!
//! What the rest of the agent sees. The accept thread is in `accept`, a connection's life in `connection`.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};

use super::Service;
use super::accept::{Accepted, Accepting};
use super::counters::{Budget, Counters};
use super::descriptors;
use super::head::HeadLimits;
use super::pool::Pool;
use super::table::Table;
use super::tls::{Tls, TlsError};
use crate::config;
use crate::role::{Deaths, Notice};

/// The role that accepts, as its thread and its notices bear it.
const ROLE: &str = "webhook-accept";
/// Its stack: it refuses and hands over, and never reads more than it throws away.
const STACK: usize = 128 * 1024;
/// Connections the kernel completes before they are accepted.
const BACKLOG: i32 = 1024;
/// What large requests may hold together: without a bound, every connection could bring a body of the largest
/// size at the same time, which is more than a small machine has.
const LARGE: usize = 16 * 1024 * 1024;
/// But so many of the largest size at least.
const LARGE_BODIES: usize = 4;
/// After the stop's deadline, what a thread has whose socket was just shut.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What all threads of the listener share.
pub(crate) struct Shared {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) limits: config::Limits,
    pub(crate) head_limits: HeadLimits,
    pub(crate) table: Table,
    pub(crate) counters: Counters,
    /// What requests may hold beyond a connection's first buffer, all together.
    pub(crate) large: Budget,
    pub(crate) stopping: AtomicBool,
    pub(crate) tls: Option<Tls>,
}

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

    /// Starts to accept and serve. The end of the thread that accepts is noticed by `deaths`.
    ///
    /// # Errors
    /// [`BindError::Thread`].
    pub fn start<T>(self, service: Arc<dyn Service>, deaths: &Deaths<T>) -> Result<Running, BindError>
    where
        T: From<Notice> + Send + 'static,
    {
        let Listener { socket, address, tls, limits, places } = self;
        let shared = Arc::new(Shared {
            service,
            head_limits: HeadLimits { bytes: limits.head_bytes, fields: limits.headers },
            table: Table::new(places, limits.connections_per_peer, &limits.trusted_proxies),
            counters: Counters::default(),
            large: Budget::new(LARGE.max(LARGE_BODIES * limits.body_bytes.saturating_add(limits.head_bytes))),
            stopping: AtomicBool::new(false),
            tls,
            limits,
        });
        let socket = Arc::new(socket);
        let pool = Pool::new();
        let accepting = Accepting::new(Arc::clone(&shared), Arc::clone(&socket), Arc::clone(&pool));
        let thread = deaths.spawn(ROLE, STACK, move || accepting.run()).map_err(BindError::Thread)?;
        log::info!(target: "webhook", "listens on {address}, up to {places} connections");
        Ok(Running {
            shared,
            socket: Mutex::new(Some(socket)),
            pool,
            thread: Mutex::new(Some(thread)),
            address,
        })
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
