//! The agent's life: roles started in order, watched, and stopped in reverse order.
//!
//! The main thread owns nothing but this sequence. Start: publisher, listener, callback URL, reactions, session.
//! Stop: session, reactions, listener, publisher, all before [`STOP_TIME`] is over.

mod cloud_roles;
mod start_error;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::cli::exit;
use crate::config::{Config, Endpoint, Secret};
use crate::events::{Life, Outcome};
use crate::relay::Relay;
use crate::role::{self, Deaths};
use crate::session::Ended;
use crate::signals::{self, Signal};
use crate::{callback_url, publisher, session, tunnel, webhook};
use cloud_roles::CloudRoles;
pub use start_error::StartError;

/// From the stop signal to the end of the process: shorter than any supervisor's patience.
const STOP_TIME: Duration = Duration::from_millis(4_500);
/// What the session and the reactions may take of it.
const CLOUD_STOP_TIME: Duration = Duration::from_millis(3_000);
/// What a session may take to make room for another one: all the while nobody sees a stop signal.
const REPLACE_TIME: Duration = Duration::from_millis(1_000);
/// What the listener may take of it to answer the requests under way.
const LISTENER_STOP_TIME: Duration = Duration::from_millis(500);
/// Where an `ngrok` on this machine tells its public URL.
const NGROK_API: &str = "http://127.0.0.1:4040";

/// What the main thread wakes on.
#[derive(Debug)]
pub enum Wake {
    /// An operator's signal.
    Signal(Signal),
    /// A role has ended.
    Ended(role::Notice),
    /// The tunnel has a public URL, or another one.
    Tunnel(String),
}

impl From<Signal> for Wake {
    fn from(signal: Signal) -> Wake {
        Wake::Signal(signal)
    }
}

impl From<role::Notice> for Wake {
    fn from(notice: role::Notice) -> Wake {
        Wake::Ended(notice)
    }
}

/// Runs the agent until it is stopped by a signal or gives up; the value is the exit code.
pub fn run(config: Config) -> u8 {
    let (inbox, wakes) = mpsc::channel();
    let started =
        signals::forward(inbox.clone()).map_err(StartError::from).and_then(|()| start(config, inbox));
    let mut running = match started {
        Ok(running) => running,
        Err(error) => {
            crate::logging::fatal(&error.to_string());
            return error.exit();
        }
    };
    let code = running.watch(&wakes);
    running.stop();
    code
}

/// A started agent. Whoever holds it watches its inbox, and stops it.
#[derive(Debug)]
pub struct Running {
    config: Config,
    token: Option<Secret>,
    deaths: Deaths<Wake>,
    inbox: Sender<Wake>,
    publisher: publisher::Sender,
    publisher_thread: JoinHandle<()>,
    zmq_endpoint: String,
    listener: webhook::Running,
    tunnel: Option<tunnel::Handle>,
    /// Absent in relay mode.
    cloud: Option<CloudRoles>,
}

/// Starts every role. What ends or changes by itself is told to `inbox`; see [`Running::watch`].
///
/// # Errors
/// [`StartError`]; the process is expected to end with it.
pub fn start(config: Config, inbox: Sender<Wake>) -> Result<Running, StartError> {
    let deaths = Deaths::to(inbox.clone());
    let token = callback_url::token(&config.callback_token, &config.state_dir)?;
    let publisher = publisher::bind(&config.zmq)?;
    let listener = webhook::bind(&config.webhook)?;
    let zmq_endpoint = publisher.endpoint().to_owned();
    let (publisher, publisher_thread) = publisher.start(&deaths)?;
    let cloud =
        config.account.as_ref().map(|account| CloudRoles::start(account, &config, &deaths)).transpose()?;
    let relay = Relay::new(
        &callback_url::whole(url_before_tunnel(&config.endpoint), token.as_ref()),
        token.as_ref().map(Secret::expose),
        config.validate,
        publisher.clone(),
        cloud.as_ref().map(CloudRoles::observer),
    );
    let listener = listener.start(Arc::new(relay), &deaths)?;
    log::info!(target: "agent", "listening on {}, publishing on {zmq_endpoint}", listener.local_addr());
    publisher.life(Life::Started, &Outcome::Success);
    let mut running = Running {
        config,
        token,
        deaths,
        inbox,
        publisher,
        publisher_thread,
        zmq_endpoint,
        listener,
        tunnel: None,
        cloud,
    };
    running.find_callback_url()?;
    Ok(running)
}

/// The part of the callback URL that is known at the start; a tunnel's has a host of its own and no path.
fn url_before_tunnel(endpoint: &Endpoint) -> &str {
    match endpoint {
        Endpoint::ReverseProxy { url } => url,
        Endpoint::Ngrok { .. } => "",
    }
}

impl Running {
    /// Where the listener listens.
    pub fn webhook_address(&self) -> SocketAddr {
        self.listener.local_addr()
    }

    /// Where bots subscribe.
    pub fn zmq_endpoint(&self) -> &str {
        &self.zmq_endpoint
    }

    /// Serves wake-ups until the agent is to end; the value is the exit code.
    pub fn watch(&mut self, wakes: &Receiver<Wake>) -> u8 {
        // The inbox cannot close: this side holds a sender of it.
        while let Ok(wake) = wakes.recv() {
            match wake {
                Wake::Signal(Signal::Stop) => {
                    log::info!(target: "agent", "stopping");
                    return exit::GOOD;
                }
                Wake::Signal(Signal::Reload) => self.reload(),
                Wake::Tunnel(url) => {
                    if let Err(error) = self.use_url(&url) {
                        log::error!(target: "agent", "{error}");
                        return error.exit();
                    }
                }
                Wake::Ended(notice) => match self.verdict(notice) {
                    Some(code) => return code,
                    None => log::debug!(target: "agent", "{notice}, as it was told to"),
                },
            }
        }
        exit::ROLE_DIED
    }

    /// The exit code that the end of a role means; `None` where the role was told to end.
    fn verdict(&mut self, notice: role::Notice) -> Option<u8> {
        let session = self.cloud.as_mut().filter(|_| notice.role == session::ROLE);
        match session.map(CloudRoles::session_noticed) {
            Some(Some(Ended::Stopped)) => None,
            Some(Some(Ended::Rejected)) => Some(exit::REJECTED),
            _ => {
                log::error!(target: "agent", "{notice}: stopping");
                Some(exit::ROLE_DIED)
            }
        }
    }

    /// Ends every role in the reverse order of its start.
    pub fn stop(self) {
        let start = Instant::now();
        let deadline = start + STOP_TIME;
        let tunnel = self.tunnel.map(tunnel::Handle::stop);
        if let Some(cloud) = self.cloud {
            cloud.stop(start + CLOUD_STOP_TIME);
        }
        if let Some(tunnel) = tunnel {
            // A panic has been noticed already.
            let _ = tunnel.join();
        }
        if !self.listener.stop((Instant::now() + LISTENER_STOP_TIME).min(deadline)) {
            log::warn!(target: "agent", "a webhook connection did not end in time");
        }
        self.publisher.life(Life::Stopped, &Outcome::Success);
        self.publisher.close();
        // The publisher only empties its inbox; a panic of it has been noticed.
        let _ = self.publisher_thread.join();
        log::info!(target: "agent", "stopped after {} ms", start.elapsed().as_millis());
    }

    fn reload(&self) {
        match self.listener.reload_certificates() {
            Ok(()) => log::info!(target: "agent", "certificates are up to date"),
            Err(error) => log::error!(target: "agent", "the old certificates stay in use: {error}"),
        }
    }

    fn find_callback_url(&mut self) -> Result<(), StartError> {
        match self.config.endpoint.clone() {
            Endpoint::ReverseProxy { url } => self.use_url(&url),
            Endpoint::Ngrok { port, .. } => {
                let inbox = self.inbox.clone();
                // The main thread lives as long as this role.
                let found = move |url| drop(inbox.send(Wake::Tunnel(url)));
                self.tunnel = Some(tunnel::start(NGROK_API, port, found, &self.deaths)?);
                Ok(())
            }
        }
    }

    /// Tells the URL and starts a session with it, in place of an older one.
    fn use_url(&mut self, base: &str) -> Result<(), StartError> {
        let url = callback_url::whole(base, self.token.as_ref());
        match callback_url::announce(&url) {
            Ok(file) => log::info!(target: "agent", "the callback URL is in {}", file.display()),
            // Bots that read the file suffer, the others do not.
            Err(error) => log::error!(target: "agent", "{error}"),
        }
        match &mut self.cloud {
            Some(cloud) => cloud.start_session(url, self.token.clone(), &self.publisher, &self.deaths),
            None => Ok(()),
        }
    }
}
