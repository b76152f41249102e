//! What the operator decided, after file, environment and credentials have been merged and checked.
//!
//! Plain data: every role takes the part it needs. Every key is described once, in [`keys`]; reading and checking
//! is [`mod@load`]'s.

mod account;
mod address;
mod environment;
pub mod keys;
mod load;
mod problem;
mod source;
#[cfg(test)]
mod tests;
mod values;

pub use environment::Environment;
pub use load::{Loaded, load};
pub use problem::ConfigError;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The whole configuration (CONTRACT section 7 and the optional keys of the README).
#[derive(Debug, Clone)]
pub struct Config {
    /// The cloud and the account; `None` in `relay` mode.
    pub account: Option<Account>,
    /// `rainbow.reconnect` and `rainbow.watch_seconds`.
    pub pace: Pace,
    /// Levels and sinks of the log.
    pub logs: Logs,
    /// `im.sendReadReceipt`.
    pub send_read_receipt: bool,
    /// How the cloud reaches the listener.
    pub endpoint: Endpoint,
    /// `callback_token`.
    pub callback_token: CallbackToken,
    /// `validate`.
    pub validate: crate::contract::Mode,
    /// The webhook listener.
    pub webhook: Webhook,
    /// The PUB socket.
    pub zmq: Zmq,
    /// `state_dir`.
    pub state_dir: PathBuf,
}

/// `rainbow.reconnect` and `rainbow.watch_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Before the second attempt to reach the cloud.
    pub first: Duration,
    /// Most between two attempts.
    pub cap: Duration,
    /// Between two looks at the connection.
    pub watch: Duration,
}

/// `rainbow`, `credentials` and `application`.
#[derive(Debug, Clone)]
pub struct Account {
    /// Scheme, host and port without a trailing slash: `https://openrainbow.com`.
    pub host: String,
    /// `credentials.login`.
    pub login: String,
    /// `credentials.password`.
    pub password: Secret,
    /// `application.appID`.
    pub app_id: String,
    /// `application.appSecret`.
    pub app_secret: Secret,
    /// `rainbow.ca_file`, or `SSL_CERT_FILE`: PEM roots instead of the built-in ones.
    pub ca_file: Option<PathBuf>,
    /// The vendor SDK's `proxy` key, or `HTTPS_PROXY`: a URL; may carry a password, so a secret.
    pub proxy: Option<Secret>,
    /// `NO_PROXY`: hosts that are reached directly.
    pub no_proxy: Vec<String>,
}

/// A value that never shows itself: `Debug` prints `<secret>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(value.into())
    }

    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<secret>")
    }
}

/// `logs`.
#[derive(Debug, Clone)]
pub struct Logs {
    /// `enableConsoleLogs`: lines on standard error.
    pub console: bool,
    /// `enableFileLogs` with `logs.file.path`: the folder for rotated files.
    pub file: Option<PathBuf>,
    /// `logs.file.level`; `RUST_LOG` wins over it.
    pub level: log::LevelFilter,
    /// `logs.file.max_bytes`: size of one log file.
    pub max_bytes: u64,
    /// `logs.file.max_files`: rotated files kept, the current one included.
    pub max_files: u32,
}

/// `rainbow_notification_service.endpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// `reverse_proxy`: the URL as it was written.
    ReverseProxy {
        /// `reverse_proxy.url`.
        url: String,
    },
    /// `ngrok` and `default`: the tunnel's program exposes this.
    Ngrok {
        /// `ngrok.proto`.
        proto: String,
        /// `ngrok.port`.
        port: u16,
    },
}

/// `callback_token`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackToken {
    /// Made once, kept in `state_dir`.
    Auto,
    /// The operator's own.
    Fixed(Secret),
    /// None.
    Off,
}

/// `rainbow_notification_service.sdkrouter`.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// `sdkrouter.host`.
    pub host: IpAddr,
    /// `sdkrouter.port`; `0` lets the system choose.
    pub port: u16,
    /// PEM files where `sdkrouter.protocol` is `https`.
    pub tls: Option<TlsFiles>,
    /// Bounds of the listener.
    pub limits: Limits,
}

/// `sdkrouter.certificates`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Private key, PEM.
    pub key: PathBuf,
    /// Certificate chain, PEM.
    pub cert: PathBuf,
}

/// `sdkrouter.limits`: what one peer may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address that is not loopback, private or named in `trusted_proxies`.
    pub connections_per_peer: usize,
    /// Addresses that may hold as many connections as they like: the reverse proxy.
    pub trusted_proxies: Vec<IpAddr>,
    /// Bytes of a request line and its headers.
    pub head_bytes: usize,
    /// Header fields of a request.
    pub headers: usize,
    /// Bytes of a body, after chunks are joined.
    pub body_bytes: usize,
    /// From the first byte of a head to its last.
    pub head_time: Duration,
    /// From the end of the head to the last byte of the body.
    pub body_time: Duration,
    /// How long a kept connection may wait for the next request.
    pub idle_time: Duration,
    /// For one write of an answer.
    pub write_time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 256,
            connections_per_peer: 64,
            trusted_proxies: Vec::new(),
            head_bytes: 16 * 1024,
            headers: 100,
            body_bytes: 1024 * 1024,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(20),
            idle_time: Duration::from_secs(75),
            write_time: Duration::from_secs(10),
        }
    }
}

/// `rainbow_notification_service.zmq`.
#[derive(Debug, Clone)]
pub struct Zmq {
    /// `tcp://127.0.0.1:3000`, or `zmq.endpoint`.
    pub endpoint: String,
    /// `zmq.encoding`.
    pub encoding: Encoding,
    /// `zmq.high_water_mark`: events kept for one slow subscriber before it loses the newest.
    pub high_water_mark: i32,
    /// `zmq.queue`: events that wait for the publisher; when they are this many, the cloud is answered 503.
    pub queue: usize,
}

/// How frame 2 is written (CONTRACT section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// A JSON string whose content is the document.
    StarterKit,
    /// The document itself.
    Json,
}
