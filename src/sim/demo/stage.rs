//! What an agent of the demo stands on: a temporary folder, an address for the cloud, one for bots, a configuration.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::super::clock;
use super::super::{Cloud, Door, Options};
use super::{Outcome, ask_to_stop};
use crate::agent::{self, Wake};
use crate::cli::exit;
use crate::config::{
    Account, CallbackToken, Config, Encoding, Endpoint, Limits, Logs, Pace, Secret, Webhook, Zmq,
};
use crate::contract::Mode;

/// Removed with all that is in it when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            log::warn!(target: "sim", "{} is left behind: {error}", self.0.display());
        }
    }
}

/// The place; one for each agent.
pub(super) struct Stage {
    folder: Folder,
    door: Door,
    zmq: String,
}

impl Stage {
    /// Makes a folder that nobody else may enter, opens the public address, finds a port for the events.
    pub(super) fn set() -> Outcome<Stage> {
        let path = std::env::temp_dir().join(format!("rainbow-demo-{}", clock::hex(&clock::random::<8>())));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| format!("cannot make {}: {error}", path.display()))?;
        let folder = Folder(path);
        let door = Door::open(0).map_err(|error| format!("cannot listen on loopback: {error}"))?;
        // Free a moment ago; the bot has to know it before the agent is there.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let free = free.map_err(|error| format!("no port is free: {error}"))?;
        Ok(Stage { folder, door, zmq: format!("tcp://{free}") })
    }

    /// Where the cloud reaches the agent.
    pub(super) fn public_url(&self) -> String {
        format!("http://{}", self.door.address())
    }

    /// Where bots subscribe.
    pub(super) fn zmq(&self) -> &str {
        &self.zmq
    }

    /// Starts an agent that knows the password, or one that does not.
    pub(super) fn play(&self, cloud: &Cloud, password: bool) -> Outcome<Play> {
        let (inbox, wakes) = mpsc::channel();
        let config = config(cloud, password, self.public_url(), &self.zmq, &self.folder.0);
        crate::logging::init(&config.logs);
        let mut running = agent::start(config, inbox.clone()).map_err(|error| error.to_string())?;
        let webhook = running.webhook_address();
        self.door.lead_to(webhook);
        let work = move || {
            let code = running.watch(&wakes);
            running.stop();
            code
        };
        let thread = std::thread::Builder::new().name("demo-agent".into()).spawn(work);
        Ok(Play { inbox, webhook, thread: Some(thread.map_err(|error| error.to_string())?) })
    }
}

/// An agent at work; stopped when dropped.
pub(super) struct Play {
    inbox: mpsc::Sender<Wake>,
    webhook: SocketAddr,
    thread: Option<JoinHandle<u8>>,
}

impl Play {
    /// What the agent's main thread wakes on.
    pub(super) fn inbox(&self) -> mpsc::Sender<Wake> {
        self.inbox.clone()
    }

    /// Where its listener is.
    pub(super) fn webhook(&self) -> SocketAddr {
        self.webhook
    }

    /// Waits until it has ended, because of a signal or by itself.
    pub(super) fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    /// Stops it in order.
    pub(super) fn stop(self) {
        drop(self);
    }

    /// Waits until it ends by itself; its exit code.
    pub(super) fn stop_by_itself(mut self) -> u8 {
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or(exit::ROLE_DIED)
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            ask_to_stop(&self.inbox);
            let _ = thread.join();
        }
    }
}

fn config(cloud: &Cloud, password: bool, url: String, zmq: &str, folder: &Path) -> Config {
    let known = Options::default().credentials;
    let account = Account {
        host: cloud.url(),
        login: known.login,
        password: Secret::new(if password { known.password.as_str() } else { "a wrong one" }),
        app_id: known.app_id,
        app_secret: Secret::new(known.app_secret),
        ca_file: None,
        proxy: None,
        no_proxy: Vec::new(),
    };
    Config {
        account: Some(account),
        logs: Logs {
            console: true,
            file: None,
            level: log::LevelFilter::Error,
            max_bytes: 1 << 20,
            max_files: 2,
        },
        send_read_receipt: true,
        endpoint: Endpoint::ReverseProxy { url },
        callback_token: CallbackToken::Auto,
        validate: Mode::Tolerant,
        webhook: Webhook {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            tls: None,
            limits: Limits::default(),
        },
        zmq: Zmq {
            endpoint: zmq.to_owned(),
            encoding: Encoding::StarterKit,
            high_water_mark: 1_000,
            queue: 1_000,
        },
        state_dir: folder.join("state"),
        // The waits of a real cloud are shortened, for somebody is watching.
        pace: Pace {
            first: Duration::from_millis(800),
            cap: Duration::from_secs(2),
            watch: Duration::from_secs(60),
        },
    }
}
