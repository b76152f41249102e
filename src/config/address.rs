//! URLs and hosts of the configuration: parsed as far as a decision needs it, and refused with the reason.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};

/// The cloud that `"official"` means.
const OFFICIAL: &str = "https://openrainbow.com";
/// The cloud that `"sandbox"` means.
const SANDBOX: &str = "https://sandbox.openrainbow.com";

/// The parts of an http(s) URL without user, query or fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HttpUrl<'a> {
    /// Scheme is `https`.
    pub(super) secure: bool,
    /// Name, IPv4 address, or IPv6 address in brackets.
    pub(super) host: &'a str,
    /// The port, if it is written.
    pub(super) port: Option<u16>,
    /// Empty, or starts with `/`.
    pub(super) path: &'a str,
}

impl<'a> HttpUrl<'a> {
    /// Reads a URL; the error says what is wrong with it.
    pub(super) fn parse(url: &'a str) -> Result<HttpUrl<'a>, &'static str> {
        if url.starts_with('<') {
            return Err("this is still the template's placeholder");
        }
        if url.bytes().any(|byte| byte <= b' ' || byte == 0x7F || b"\"<>\\^`{|}".contains(&byte)) {
            return Err("it has a blank or another character that no URL holds");
        }
        let (scheme, rest) = url.split_once("://").ok_or("it does not start with https:// or http://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err("it does not start with https:// or http://"),
        };
        if rest.contains('#') {
            return Err("it has a fragment (#…)");
        }
        if rest.contains('?') {
            return Err("it has a query (?…)");
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("it has a user name or password");
        }
        let (host, port) = host_and_port(authority)?;
        Ok(HttpUrl { secure, host, port, path })
    }

    /// Whether the URL leads to this machine.
    pub(super) fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => bare.eq_ignore_ascii_case("localhost") || bare.ends_with(".localhost"),
        }
    }

    /// Scheme, host and port.
    pub(super) fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{}{port}", self.host.to_ascii_lowercase())
    }
}

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port`.
pub(super) fn host_and_port(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    let bracket = if authority.starts_with('[') { authority.find(']').map(|at| at + 1) } else { None };
    let (host, rest) = authority.split_at(bracket.or_else(|| authority.find(':')).unwrap_or(authority.len()));
    check_host(host)?;
    let port = match rest.strip_prefix(':') {
        None if rest.is_empty() => None,
        None => return Err("its host is not a name or an address"),
        Some(digits) => match digits.parse::<u16>() {
            Ok(port) if port > 0 && digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(port),
            _ => return Err("its port is not a number from 1 to 65535"),
        },
    };
    Ok((host, port))
}

fn check_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("it has no host");
    }
    if !host.is_ascii() {
        return Err("its host is not ASCII; write an international name in its xn-- form");
    }
    if let Some(inner) = host.strip_prefix('[') {
        let inner = inner.strip_suffix(']').unwrap_or("");
        return inner.parse::<Ipv6Addr>().map(|_| ()).map_err(|_| "its host is not a name or an address");
    }
    // RFC 1123 names, with the underscore that containers' names have.
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.len() > 253 || !name.split('.').all(label) {
        return Err("its host is not a name or an address");
    }
    Ok(())
}

/// `rainbow.host` as scheme, host and port, and whether what is sent there could be read on the way.
pub(super) fn cloud(text: &str) -> Result<(String, bool), &'static str> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("official") {
        return Ok((OFFICIAL.into(), false));
    }
    if text.eq_ignore_ascii_case("sandbox") {
        return Ok((SANDBOX.into(), false));
    }
    if text.contains("://") {
        let url = HttpUrl::parse(text)?;
        if !matches!(url.path, "" | "/") {
            return Err("it has a path; the cloud is named by scheme and host only");
        }
        return Ok((url.origin(), !url.secure && !url.is_loopback()));
    }
    if text.starts_with('<') {
        return Err("this is still the template's placeholder");
    }
    let text = text.strip_suffix('/').unwrap_or(text);
    let (host, port) = host_and_port(text)?;
    Ok((HttpUrl { secure: true, host, port, path: "" }.origin(), false))
}

/// The URL of a proxy, with its user and password percent-encoded.
pub(super) fn proxy(
    protocol: &str,
    host: &str,
    port: u16,
    user: Option<&str>,
    password: Option<&str>,
) -> String {
    let user = match (user, password) {
        (None, None) => String::new(),
        (user, None) => format!("{}@", percent_encoded(user.unwrap_or(""))),
        (user, Some(password)) => {
            format!("{}:{}@", percent_encoded(user.unwrap_or("")), percent_encoded(password))
        }
    };
    format!("{protocol}://{user}{host}:{port}")
}

/// Checks a proxy's URL and completes it; the error never shows it, for it may hold a password.
pub(super) fn proxy_url(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    // curl and most others take `host:port` for an HTTP proxy.
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let (scheme, rest) = whole.split_once("://").unwrap_or(("", &whole));
    if scheme.to_ascii_lowercase().starts_with("socks") {
        return Err("SOCKS proxies are not supported; name an http:// or https:// proxy");
    }
    let authority = rest.split('/').next().unwrap_or("");
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (format!("{user}@"), host),
        None => (String::new(), authority),
    };
    if user.bytes().any(|byte| byte <= b' ' || byte >= 0x7F) {
        return Err("its user name or password must be percent-encoded");
    }
    let bare = format!("{scheme}://{host}");
    let url = HttpUrl::parse(&bare)?;
    let port = url.port.unwrap_or(if url.secure { 443 } else { 80 });
    Ok(format!("{}://{user}{}:{port}", scheme.to_ascii_lowercase(), url.host))
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The address that a listening host stands for: `*`, an address, or a name of this machine.
pub(super) fn listening(host: &str) -> Result<IpAddr, String> {
    let host = host.trim();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if bare == "*" {
        return Ok(Ipv4Addr::UNSPECIFIED.into());
    }
    if let Ok(address) = bare.parse() {
        return Ok(address);
    }
    // Without asking a resolver: it may know only ::1, and the starter kit's bots connect to 127.0.0.1.
    if bare.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    check_host(bare).map_err(str::to_owned)?;
    let resolved =
        (bare, 0).to_socket_addrs().map_err(|error| format!("this name has no address: {error}"))?;
    let mut addresses: Vec<IpAddr> = resolved.map(|address| address.ip()).collect();
    addresses.sort_by_key(IpAddr::is_ipv6);
    addresses.first().copied().ok_or_else(|| "this name has no address".to_owned())
}

/// The ZeroMQ endpoint for a host and port, and whether other machines can reach it.
pub(super) fn zmq(host: &str, port: u16) -> Result<(String, bool), String> {
    // libzmq binds to addresses and interfaces but resolves no names; port * is the system's choice.
    let port = if port == 0 { "*".to_owned() } else { port.to_string() };
    let host = host.trim();
    if host == "*" {
        return Ok((format!("tcp://*:{port}"), true));
    }
    if is_interface(host) {
        return Ok((format!("tcp://{host}:{port}"), host != "lo"));
    }
    Ok(match listening(host)? {
        IpAddr::V4(address) => (format!("tcp://{address}:{port}"), !address.is_loopback()),
        IpAddr::V6(address) => (format!("tcp://[{address}]:{port}"), !address.is_loopback()),
    })
}

fn is_interface(name: &str) -> bool {
    let plain = !name.is_empty() && !name.contains('/') && !name.starts_with('.');
    plain && std::path::Path::new("/sys/class/net").join(name).exists()
}

/// Checks `zmq.endpoint`, and whether other machines can reach it.
pub(super) fn zmq_endpoint(text: &str) -> Result<(String, bool), String> {
    const FORMS: &str = "it must be tcp://host:port or ipc:///path";
    // The address of a Unix socket has room for this many bytes.
    const MAX_IPC_PATH: usize = 107;
    let text = text.trim();
    if let Some(path) = text.strip_prefix("ipc://") {
        return match path {
            "" => Err(FORMS.into()),
            "*" => Err("it names no path; bots need to know one".into()),
            _ if path.len() > MAX_IPC_PATH => Err(format!("its path is longer than {MAX_IPC_PATH} bytes")),
            _ if path.contains('\0') => Err("its path has a NUL".into()),
            _ => Ok((text.to_owned(), false)),
        };
    }
    let rest = text.strip_prefix("tcp://").ok_or(FORMS)?;
    let (host, port) = rest.rsplit_once(':').ok_or(FORMS)?;
    let port = match port {
        "*" => 0,
        digits => digits.parse::<u16>().map_err(|_| "its port is not a number from 0 to 65535".to_owned())?,
    };
    zmq(host, port)
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
