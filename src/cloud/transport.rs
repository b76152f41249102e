//! What every connection to the cloud shares: time-outs, roots of trust, the proxy.
//!
//! The way out is decided once, when the client is made: there is one host to reach, so `NO_PROXY` is answered
//! here and ureq is told to use a proxy or not.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use crate::config::Account;

/// A whole call, from the name's resolution to the last byte of the answer.
pub const CALL_TIME: Duration = Duration::from_secs(15);
/// Resolving the cloud's name.
const RESOLVE_TIME: Duration = Duration::from_secs(5);
/// TCP and TLS handshakes, and the proxy's answer.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Longest silence of a cloud that has a request to answer.
const ANSWER_TIME: Duration = Duration::from_secs(12);
/// Idle connections are given up before the usual server does it.
const IDLE_TIME: Duration = Duration::from_secs(15);
/// A file of roots larger than this is not one.
const MAX_ROOTS_BYTES: u64 = 4 * 1024 * 1024;
/// How the agent names itself in `User-Agent`.
const USER_AGENT: &str = concat!("rainbow-s2s-agent/", env!("CARGO_PKG_VERSION"));

/// The client cannot be made from this configuration.
#[derive(Debug)]
pub enum SetupError {
    /// `rainbow.host` is not a URL of http or https.
    Host {
        /// As configured.
        host: String,
    },
    /// The file of roots cannot be read.
    Roots {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The proxy's URL; it is not shown, for it may hold a password.
    Proxy {
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetupError::Host { host } => {
                write!(f, "`rainbow.host` is not an http or https URL: \"{host}\"")
            }
            SetupError::Roots { path, reason } => write!(
                f,
                "cannot use {} as roots of trust (`rainbow.ca_file` or SSL_CERT_FILE): {reason}",
                path.display()
            ),
            SetupError::Proxy { reason } => {
                write!(
                    f,
                    "cannot use the proxy (`proxy` or HTTPS_PROXY; its URL is not shown here): {reason}"
                )
            }
        }
    }
}

impl std::error::Error for SetupError {}

/// The settings of every agent this process makes.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    tls: TlsConfig,
    proxy: Option<Proxy>,
}

impl Transport {
    /// Reads roots and proxy.
    pub(crate) fn new(account: &Account) -> Result<Transport, SetupError> {
        let not_a_host = || SetupError::Host { host: account.host.clone() };
        let uri: Uri = account.host.parse().map_err(|_| not_a_host())?;
        let (Some("http" | "https"), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(not_a_host());
        };
        let roots = match &account.ca_file {
            Some(path) => roots(path)?,
            None => RootCerts::WebPki,
        };
        let proxy = match &account.proxy {
            Some(url) if !is_direct(host, &account.no_proxy) => Some(proxy(url.expose())?),
            _ => None,
        };
        Ok(Transport { tls: TlsConfig::builder().root_certs(roots).build(), proxy })
    }

    /// An agent whose calls take no longer than `whole`.
    pub(crate) fn agent(&self, whole: Duration) -> Agent {
        let config: Config = Agent::config_builder()
            .http_status_as_error(false)
            // Credentials and tokens go to the configured host and nowhere else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(USER_AGENT)
            .tls_config(self.tls.clone())
            .proxy(self.proxy.clone())
            .max_idle_connections(2)
            .max_idle_age(IDLE_TIME)
            .timeout_global(Some(whole))
            .timeout_resolve(Some(RESOLVE_TIME.min(whole)))
            .timeout_connect(Some(CONNECT_TIME.min(whole)))
            .timeout_send_request(Some(CONNECT_TIME.min(whole)))
            .timeout_send_body(Some(CONNECT_TIME.min(whole)))
            .timeout_recv_response(Some(ANSWER_TIME.min(whole)))
            .timeout_recv_body(Some(ANSWER_TIME.min(whole)))
            .build();
        Agent::new_with_config(config)
    }
}

fn roots(path: &Path) -> Result<RootCerts, SetupError> {
    let fail = |reason: String| SetupError::Roots { path: path.to_owned(), reason };
    let size = std::fs::metadata(path).map_err(|error| fail(error.to_string()))?.len();
    if size > MAX_ROOTS_BYTES {
        return Err(fail(format!("{size} bytes are too many")));
    }
    let pem = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(fail(error.to_string())),
        }
    }
    if certificates.is_empty() {
        return Err(fail("no certificate in PEM form (-----BEGIN CERTIFICATE-----) in it".into()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

fn proxy(url: &str) -> Result<Proxy, SetupError> {
    if url.to_ascii_lowercase().starts_with("socks") {
        return Err(SetupError::Proxy {
            reason: "SOCKS is not supported, only http:// and https:// proxies",
        });
    }
    // ureq reads a port that is no number as none at all.
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = host.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
    let sound = port.is_none_or(|port| port.parse::<u16>().is_ok());
    Proxy::new(url).ok().filter(|_| sound).ok_or(SetupError::Proxy {
        reason: "not a URL of the form http://user:password@host:port (a `%` in the password is written %25)",
    })
}

/// Whether `host` is reached without the proxy. An entry is `*`, a name (which covers its subdomains, with or
/// without a leading dot or `*.`), an address, or a range of addresses (`10.0.0.0/8`); a port is ignored.
fn is_direct(host: &str, no_proxy: &[String]) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    no_proxy.iter().map(|entry| entry.trim().to_ascii_lowercase()).any(|entry| match address {
        _ if entry == "*" => true,
        Some(address) => covers(&entry, address),
        None => {
            let name = entry.trim_start_matches("*.").trim_start_matches('.');
            let name = name.split(':').next().unwrap_or(name);
            !name.is_empty()
                && host.strip_suffix(name).is_some_and(|head| head.is_empty() || head.ends_with('.'))
        }
    })
}

fn covers(entry: &str, address: IpAddr) -> bool {
    let plain = |text: &str| text.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let Some((network, bits)) = entry.split_once('/') else {
        let without_port = entry.rsplit_once(':').and_then(|(head, _)| plain(head));
        return plain(entry) == Some(address) || without_port == Some(address);
    };
    let (Some(network), Ok(bits)) = (plain(network), bits.parse::<u32>()) else { return false };
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u128::from(network.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let host_bits = width - bits.min(width);
    network.checked_shr(host_bits).unwrap_or(0) == address.checked_shr(host_bits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_entries() {
        let check = |entry: &str, host: &str, direct: bool| {
            assert_eq!(is_direct(host, &[entry.to_owned()]), direct, "NO_PROXY={entry} {host}");
        };
        check("*", "openrainbow.com", true);
        check("openrainbow.com", "openrainbow.com", true);
        check("openrainbow.com", "sandbox.OpenRainbow.com", true);
        check(".openrainbow.com", "sandbox.openrainbow.com", true);
        check("*.openrainbow.com:443", "sandbox.openrainbow.com", true);
        check("rainbow.com", "openrainbow.com", false);
        check("", "openrainbow.com", false);
        check(".", "openrainbow.com", false);
        check("127.0.0.1", "127.0.0.1", true);
        check("127.0.0.1:8080", "127.0.0.1", true);
        check("10.0.0.0/8", "10.9.8.7", true);
        check("10.0.0.0/8", "11.9.8.7", false);
        check("0.0.0.0/0", "11.9.8.7", true);
        check("10.0.0.0/99", "10.0.0.0", true);
        check("fd00::/8", "[fd12::1]", true);
        check("::/0", "[fd12::1]", true);
        check("fd00::/8", "10.0.0.1", false);
        check("::1", "[::1]", true);
    }

    fn account() -> Account {
        Account {
            host: "https://openrainbow.com".into(),
            login: "bot@example.com".into(),
            password: crate::config::Secret::new("p"),
            app_id: "app".into(),
            app_secret: crate::config::Secret::new("s"),
            ca_file: None,
            proxy: None,
            no_proxy: Vec::new(),
        }
    }

    #[test]
    fn a_bad_setup_is_refused_without_showing_a_password() {
        let check = |change: fn(&mut Account), part: &str| {
            let mut account = account();
            change(&mut account);
            let shown = Transport::new(&account).expect_err(part).to_string();
            assert!(shown.contains(part) && !shown.contains("hunter2"), "{shown}");
        };
        check(|account| account.host = "openrainbow.com".into(), "rainbow.host");
        check(|account| account.host = "ftp://openrainbow.com".into(), "rainbow.host");
        check(|account| account.proxy = Some(secret("socks5://u:hunter2@h:1")), "SOCKS");
        check(
            |account| account.proxy = Some(secret("http://u:hunter2@h:port/")),
            "http://user:password@host",
        );
        check(|account| account.ca_file = Some("/nonexistent/roots.pem".into()), "/nonexistent/roots.pem");
        check(|account| account.ca_file = Some("/etc/passwd".into()), "no certificate");
        assert!(Transport::new(&account()).is_ok());
    }

    fn secret(text: &str) -> crate::config::Secret {
        crate::config::Secret::new(text)
    }
}
