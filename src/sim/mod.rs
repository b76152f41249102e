//! A Rainbow cloud in one process: for the `demo` command, and for tests that need more than one answer.
//!
//! A real HTTP server on loopback with the whole of CONTRACT sections 2 to 4: sign-in with both headers checked,
//! tokens that live and are renewed a counted number of times, the account's lock, the seventeen operations of the
//! S2S portal with memory, and all twelve callbacks, sent to the callback URLs of the connections that were made.
//! It commits faults on request and records what it was asked. `Cloud` controls it in process; [`control`] is the
//! same over HTTP.
//!
//! It leaves out: TLS, more than one account, what the real cloud does about permissions, and retries of callbacks.

pub mod account;
pub mod callbacks;
mod clock;
pub mod control;
mod courier;
pub mod demo;
mod door;
pub mod fault;
mod hub;
mod operations;
pub mod record;
mod reply;
mod routes;
pub mod rows;
mod server;
pub mod subscriber;
pub mod value;
pub mod world;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use account::{Credentials, Policy};
pub use door::Door;
pub use fault::{Drift, Fault, Kind};
use hub::Hub;
pub use record::{Call, Delivery};
use world::{Connection, Receipt, World};

/// How the cloud is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its port on loopback; `0` lets the system choose.
    pub port: u16,
    /// The account and the application that may sign in.
    pub credentials: Credentials,
    /// Lives of tokens and of the lock.
    pub policy: Policy,
    /// Whether the peer answers the bot's messages.
    pub peer_answers: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 0,
            credentials: Credentials {
                login: "bot@sim.invalid".to_owned(),
                password: "Sim-Passw0rd!".to_owned(),
                app_id: "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(),
                app_secret: "Sim-AppSecr3t-8b1a9953c4611296".to_owned(),
            },
            policy: Policy {
                token_life: Duration::from_secs(3_600),
                max_renew: 5,
                lock_after: 5,
                lock_time: Duration::from_secs(3_600),
            },
            peer_answers: true,
        }
    }
}

/// The cloud could not be started.
#[derive(Debug)]
pub struct StartError(io::Error);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the simulated cloud cannot listen on loopback: {}", self.0)
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// A running cloud; stopped when dropped.
pub struct Cloud {
    hub: Arc<Hub>,
    server: Arc<tiny_http::Server>,
    kept: server::Kept,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Cloud {
    /// Starts a cloud; it takes calls when this returns.
    ///
    /// # Errors
    /// The port is in use, or there is no loopback.
    pub fn start(options: Options) -> Result<Cloud, StartError> {
        let server = tiny_http::Server::http((Ipv4Addr::LOCALHOST, 0))
            .map_err(|error| StartError(io::Error::other(error.to_string())))?;
        let inner = server.server_addr().to_ip();
        let inner = inner.ok_or_else(|| StartError(io::Error::other("the server has no address")))?;
        let door = Door::open(options.port).map_err(StartError)?;
        door.lead_to(inner);
        let address = door.address();
        let authority = account::Authority::new(options.credentials, options.policy);
        let hub = Arc::new(Hub::new(authority, World::new(options.peer_answers), door));
        let (server, kept) = (Arc::new(server), server::Kept::default());
        let work = (server.clone(), hub.clone(), kept.clone());
        let thread = std::thread::Builder::new()
            .name("sim-cloud".into())
            .spawn(move || server::serve(&work.0, &work.1, &work.2))
            .map_err(StartError)?;
        Ok(Cloud { hub, server, kept, address, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to write as `rainbow.host`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All calls so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.hub.record.calls()
    }

    /// The calls of one operation so far.
    pub fn calls_of(&self, operation: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.operation == operation).collect()
    }

    /// Waits until `operation` has been called `count` times in all; `false` when `patience` ends first.
    pub fn wait_for(&self, operation: &str, count: usize, patience: Duration) -> bool {
        let seen = |calls: &[Call]| calls.iter().filter(|call| call.operation == operation).count();
        self.hub.record.wait_for_calls(patience, |calls| seen(calls) >= count)
    }

    /// Waits until `enough` holds of the calls; `false` when `patience` ends first.
    pub fn wait_for_calls(&self, patience: Duration, enough: impl Fn(&[Call]) -> bool) -> bool {
        self.hub.record.wait_for_calls(patience, enough)
    }

    /// The callbacks that were sent so far, in the order in which they were answered.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.hub.record.deliveries()
    }

    /// Waits until `enough` holds of the deliveries; `false` when `patience` ends first.
    pub fn wait_for_deliveries(&self, patience: Duration, enough: impl Fn(&[Delivery]) -> bool) -> bool {
        self.hub.record.wait_for_deliveries(patience, enough)
    }

    /// Forgets the calls and deliveries so far.
    pub fn clear_record(&self) {
        self.hub.record.clear();
    }

    /// A fault is due from now on, behind those that wait.
    pub fn fault(&self, fault: Fault) {
        self.hub.state().plan.add(fault);
    }

    /// No fault is due any more. Calls that hang go on to hang.
    pub fn clear_faults(&self) {
        self.hub.state().plan.clear();
    }

    /// Holds back all calls that come from now on, until `release`. They are not recorded before.
    pub fn hold(&self) {
        self.hub.state().holding = true;
    }

    /// Does the calls that were held back, in the order in which they came, and holds back no more.
    pub fn release(&self) {
        server::release(&self.hub, &self.kept);
    }

    /// A restart of the cloud: tokens and connections are forgotten, nobody is told.
    pub fn forget(&self) {
        self.hub.forget();
    }

    /// All tokens expire now.
    pub fn expire(&self) {
        self.hub.state().authority.expire();
    }

    /// Locks the account.
    pub fn lock(&self) {
        self.hub.state().authority.lock(Instant::now());
    }

    /// Changes lives and counts; tokens already given keep theirs.
    pub fn set_policy(&self, change: impl FnOnce(&mut Policy)) {
        change(&mut self.hub.state().authority.policy);
    }

    /// How many tokens would be accepted now.
    pub fn valid_tokens(&self) -> usize {
        self.hub.state().authority.valid_tokens(Instant::now())
    }

    /// Every token that was ever given, so that a test can look for them where they must not be.
    pub fn issued_tokens(&self) -> Vec<String> {
        self.hub.state().authority.issued().to_vec()
    }

    /// Refuses new connections and closes those that are there.
    pub fn down(&self) {
        self.hub.door().close();
    }

    /// Listens again, on the same port.
    ///
    /// # Errors
    /// Another program took the port.
    pub fn up(&self) -> io::Result<()> {
        self.hub.door().reopen()
    }

    /// The connections that exist.
    pub fn connections(&self) -> Vec<Connection> {
        self.hub.state().world.connections.clone()
    }

    /// A connection of another program of the same account; no callback is sent for it.
    pub fn add_connection(&self, resource: &str, callback_url: &str) -> Connection {
        self.hub.state().world.connect(resource, callback_url)
    }

    /// The receipts that the bot sent.
    pub fn receipts(&self) -> Vec<Receipt> {
        self.hub.state().world.receipts.clone()
    }

    /// Sends a callback filled with everyday values to the newest connection; `None`: there is none.
    pub fn callback(&self, name: &str) -> Option<String> {
        self.hub.callback(name, None, None)
    }

    /// The same, with members of the JSON object `over` in the place of the sample's.
    pub fn callback_with(&self, name: &str, over: &str) -> Option<String> {
        self.hub.callback(name, value::parse(over).as_ref(), None)
    }

    /// Sends a callback with any body.
    pub fn raw_callback(&self, name: &str, body: &str) -> Option<String> {
        self.hub.raw_callback(name, body, None)
    }

    /// The peer writes a message.
    pub fn peer_writes(&self, body: &str) -> Option<String> {
        self.hub.peer_writes(None, body)
    }

    /// A new room invites the bot; answers the room's identifier.
    pub fn invite(&self, name: &str) -> Option<String> {
        self.hub.invite(name)
    }

    /// Terminates the newest connection and tells the bot.
    pub fn terminate(&self) -> Option<String> {
        self.hub.terminate(None)
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        self.hub.door().close();
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = server::Waiting::default();
        self.hub.stop_courier();
    }
}
