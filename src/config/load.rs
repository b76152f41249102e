//! From the file and the environment to a [`Config`]: what the values mean together.
//!
//! Who wins: an environment variable, then the file its `_FILE` form names, then systemd's credential, then the
//! configuration file. `SSL_CERT_FILE` and `HTTPS_PROXY` are the machine's, not the agent's: there the file wins.

use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::account::is_placeholder;
use super::environment::Environment;
use super::keys::{self, Key};
use super::source::Source;
use super::values::{Values, shown};
use super::{
    CallbackToken, Config, ConfigError, Encoding, Endpoint, Limits, Logs, Pace, Secret, TlsFiles, Webhook,
    Zmq, address,
};
use crate::contract::Mode;

/// A configuration and what the operator should know about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What holds.
    pub config: Config,
    /// One line each, with the place.
    pub warnings: Vec<String>,
}

/// Reads the file, lets the environment win, and checks everything that can be checked without starting.
///
/// # Errors
/// Every problem found, each with its place and what is allowed.
pub fn load(path: &Path, environment: &Environment) -> Result<Loaded, ConfigError> {
    let source = Source::read(path)?;
    let folder = source.folder();
    let mut loader = Loader { values: Values::gather(&source, environment), environment, folder };
    loader.warn_of_readers(&source);
    let relay = loader.values.word(keys::MODE) == "relay";
    let endpoint = loader.endpoint();
    let webhook = loader.webhook(&endpoint);
    let config = Config {
        account: if relay { None } else { Some(loader.account()) },
        logs: loader.logs(),
        pace: loader.pace(),
        send_read_receipt: loader.values.switch(keys::SEND_READ_RECEIPT),
        callback_token: loader.callback_token(),
        validate: match loader.values.word(keys::VALIDATE) {
            "strict" => Mode::Strict,
            "off" => Mode::Off,
            _ => Mode::Tolerant,
        },
        zmq: loader.zmq(),
        state_dir: loader.state_dir(),
        endpoint,
        webhook,
    };
    let Values { problems, warnings, .. } = loader.values;
    if problems.is_empty() {
        Ok(Loaded { config, warnings })
    } else {
        Err(ConfigError { problems, warnings })
    }
}

/// What the values are made of, and what is found on the way.
pub(super) struct Loader<'a> {
    pub(super) values: Values,
    pub(super) environment: &'a Environment,
    folder: PathBuf,
}

impl Loader<'_> {
    fn logs(&mut self) -> Logs {
        let values = &self.values;
        let folder = values.text(keys::LOG_PATH).map(|path| self.folder.join(path));
        Logs {
            console: values.switch(keys::CONSOLE_LOGS),
            file: folder.filter(|_| values.switch(keys::FILE_LOGS)),
            // The table allows the facade's own words only.
            level: values.word(keys::LOG_LEVEL).parse().unwrap_or(log::LevelFilter::Info),
            max_bytes: values.count(keys::LOG_MAX_BYTES),
            max_files: u32::try_from(values.count(keys::LOG_MAX_FILES)).unwrap_or(u32::MAX),
        }
    }

    fn pace(&mut self) -> Pace {
        let milliseconds = |key| Duration::from_millis(self.values.count(key));
        let (first, cap) = (milliseconds(keys::RECONNECT_FIRST), milliseconds(keys::RECONNECT_CAP));
        if cap < first {
            self.values.refuse(keys::RECONNECT_CAP, "must be no less than rainbow.reconnect.first_ms");
        }
        let watch = self.values.seconds(keys::WATCH_SECONDS);
        Pace { first, cap, watch }
    }

    fn endpoint(&mut self) -> Endpoint {
        match self.values.word(keys::ENDPOINT) {
            "reverse_proxy" => Endpoint::ReverseProxy { url: self.reverse_proxy() },
            "default" => Endpoint::Ngrok { proto: "http".into(), port: 8080 },
            _ => {
                let proto = self.values.word(keys::NGROK_PROTO).to_owned();
                Endpoint::Ngrok { proto, port: self.values.port(keys::NGROK_PORT) }
            }
        }
    }

    fn reverse_proxy(&mut self) -> String {
        const LIKE: &str =
            "must be the public URL that your proxy forwards, such as \"https://bot.example/rainbow\"";
        let Some(url) = self.values.text(keys::REVERSE_PROXY_URL).map(str::to_owned) else {
            self.values.refuse(
                keys::REVERSE_PROXY_URL,
                &format!("is missing, and endpoint is \"reverse_proxy\"; {LIKE}"),
            );
            return String::new();
        };
        match address::HttpUrl::parse(&url) {
            Err(reason) => {
                self.values
                    .refuse(keys::REVERSE_PROXY_URL, &format!("found {}: {reason}; {LIKE}", shown(&url)));
            }
            Ok(parsed) if !parsed.secure && !parsed.is_loopback() => {
                self.values.warn(
                    keys::REVERSE_PROXY_URL,
                    "http lets everyone on the way read and forge callbacks; use https",
                );
            }
            Ok(_) => {}
        }
        url
    }

    fn webhook(&mut self, endpoint: &Endpoint) -> Webhook {
        let behind_a_tunnel = matches!(endpoint, Endpoint::Ngrok { .. });
        let default = if behind_a_tunnel { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
        let mut host = IpAddr::V4(default);
        if let Some(text) = self.values.text(keys::LISTEN_HOST).map(str::to_owned) {
            match address::listening(&text) {
                Ok(address) => host = address,
                Err(reason) => {
                    let what =
                        format!("found {}: {reason}; must be an address of this machine", shown(&text));
                    self.values.refuse(keys::LISTEN_HOST, &what);
                }
            }
        }
        let port = self.values.port(keys::LISTEN_PORT);
        let protocol = self.values.word(keys::LISTEN_PROTOCOL).to_owned();
        if let Endpoint::Ngrok { proto, port: exposed } = endpoint
            && (proto.as_str(), *exposed) != (protocol.as_str(), port)
        {
            let what = format!(
                "the tunnel exposes {proto} {exposed}, but the listener is {protocol} {port}; make them equal"
            );
            self.values.warn(keys::LISTEN_PORT, &what);
        }
        let tls = if protocol == "https" { self.tls() } else { None };
        Webhook { host, port, tls, limits: self.limits() }
    }

    fn tls(&mut self) -> Option<TlsFiles> {
        let key = self.certificate(keys::TLS_KEY);
        let cert = self.certificate(keys::TLS_CERT);
        let (key, cert) = (key?, cert?);
        if std::fs::metadata(&key).is_ok_and(|meta| meta.permissions().mode() & 0o007 != 0) {
            let at = key.display();
            self.values
                .warnings
                .push(format!("{at}: the private key may be read by everyone; run: chmod 600 {at}"));
        }
        Some(TlsFiles { key, cert })
    }

    fn certificate(&mut self, key: &'static Key) -> Option<PathBuf> {
        let found = match self.values.text(key) {
            None => Err("is missing, and the listener's protocol is \"https\"; name a PEM file".to_owned()),
            Some(text) => self.existing(text),
        };
        found.map_err(|what| self.values.refuse(key, &what)).ok()
    }

    /// A file relative to the configuration's folder, else to `appdir`.
    pub(super) fn existing(&self, text: &str) -> Result<PathBuf, String> {
        let first = self.folder.join(text);
        if first.is_file() {
            return Ok(first);
        }
        let second = self.values.text(keys::APPDIR).map(|appdir| self.folder.join(appdir).join(text));
        match second.filter(|path| *path != first) {
            Some(path) if path.is_file() => Ok(path),
            Some(path) => Err(format!("no file at {}, nor at {}", first.display(), path.display())),
            None => Err(format!("no file at {}", first.display())),
        }
    }

    fn limits(&self) -> Limits {
        let values = &self.values;
        Limits {
            connections: values.size(keys::CONNECTIONS),
            connections_per_peer: values.size(keys::PER_PEER),
            trusted_proxies: values.addresses(keys::TRUSTED_PROXIES),
            head_bytes: values.size(keys::HEAD_BYTES),
            headers: values.size(keys::HEADERS),
            body_bytes: values.size(keys::BODY_BYTES),
            head_time: values.seconds(keys::HEAD_SECONDS),
            body_time: values.seconds(keys::BODY_SECONDS),
            idle_time: values.seconds(keys::IDLE_SECONDS),
            write_time: values.seconds(keys::WRITE_SECONDS),
        }
    }

    fn callback_token(&mut self) -> CallbackToken {
        let text = self.values.word(keys::CALLBACK_TOKEN).to_owned();
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        match text.as_str() {
            "" | "auto" => CallbackToken::Auto,
            "off" => {
                let what = "off lets everyone who finds the listener send events; \"auto\" keeps them out";
                self.values.warn(keys::CALLBACK_TOKEN, what);
                CallbackToken::Off
            }
            own if (16..=128).contains(&own.len()) && own.bytes().all(unreserved) => {
                CallbackToken::Fixed(Secret::new(own))
            }
            _ => {
                let what = "must be \"auto\", \"off\", or 16 to 128 of the characters A-Z a-z 0-9 - . _ ~";
                self.values.refuse(keys::CALLBACK_TOKEN, what);
                CallbackToken::Auto
            }
        }
    }

    fn zmq(&mut self) -> Zmq {
        let values = &self.values;
        let (key, text, bound) = match values.text(keys::ZMQ_ENDPOINT) {
            Some(text) => (keys::ZMQ_ENDPOINT, text.to_owned(), address::zmq_endpoint(text)),
            None => {
                let text = values.word(keys::ZMQ_HOST);
                (keys::ZMQ_HOST, text.to_owned(), address::zmq(text, values.port(keys::ZMQ_PORT)))
            }
        };
        let endpoint = match bound {
            Ok((endpoint, open)) => {
                if open {
                    let what = format!(
                        "{endpoint} can be reached from other machines, and everyone who connects reads the events; prefer 127.0.0.1 or ipc://"
                    );
                    self.values.warn(key, &what);
                }
                endpoint
            }
            Err(reason) => {
                self.values.refuse(key, &format!("found {}: {reason}", shown(&text)));
                String::new()
            }
        };
        Zmq {
            endpoint,
            encoding: if self.values.word(keys::ZMQ_ENCODING) == "json" {
                Encoding::Json
            } else {
                Encoding::StarterKit
            },
            high_water_mark: i32::try_from(self.values.count(keys::ZMQ_HIGH_WATER_MARK)).unwrap_or(i32::MAX),
            queue: self.values.size(keys::ZMQ_QUEUE),
        }
    }

    fn state_dir(&mut self) -> PathBuf {
        if let Some(text) = self.values.text(keys::STATE_DIR) {
            return self.folder.join(text);
        }
        // systemd lists several folders with colons; the first one is the service's own.
        if let Some(list) = self.environment.path("STATE_DIRECTORY") {
            let first = list.to_str().and_then(|list| list.split(':').next()).map(PathBuf::from);
            return first.unwrap_or(list);
        }
        let absolute = |name: &str| self.environment.path(name).filter(|path| path.is_absolute());
        // The base directory specification has relative paths ignored.
        if let Some(base) = absolute("XDG_STATE_HOME") {
            return base.join("rainbow-s2s-agent");
        }
        if let Some(home) = absolute("HOME") {
            return home.join(".local/state/rainbow-s2s-agent");
        }
        self.values.refuse(keys::STATE_DIR, "has no default here, for HOME is not set; name a folder");
        PathBuf::new()
    }

    /// A file that others can read should hold no secret.
    fn warn_of_readers(&mut self, source: &Source) {
        let secrets =
            [keys::PASSWORD, keys::APP_SECRET, keys::PROXY, keys::PROXY_PASSWORD, keys::CALLBACK_TOKEN];
        let holds_secrets = secrets.iter().any(|key| self.values.text_in_file(key).is_some_and(is_secret));
        if source.mode & 0o077 != 0 && holds_secrets {
            let at = source.path.display();
            self.values.warnings.push(format!(
                "{at}: holds secrets and may be read by others (mode {:04o}); run: chmod 600 {at}",
                source.mode
            ));
        }
    }
}

/// Whether a value of a secret key gives something away.
fn is_secret(value: &str) -> bool {
    !matches!(value, "" | "auto" | "off") && !is_placeholder(value)
}
