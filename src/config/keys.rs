//! Every key of the configuration file, once: its path, what it may hold, its default and what it means.
//!
//! The reader, the messages, the suggestions for misspelt keys and the README's table all come from [`TABLE`].

/// One key.
#[derive(Debug)]
pub struct Key {
    /// Dotted path from the root of the document.
    pub path: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// What holds when it is absent.
    pub default: Fallback,
    /// One line for the operator.
    pub meaning: &'static str,
    /// The environment variable that wins over the file; `<variable>_FILE` names a file that holds the value.
    pub variable: Option<&'static str>,
}

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text that is never shown.
    Secret,
    /// `true` or `false`.
    Switch,
    /// One of these words; the second list maps other spellings to them.
    Choice(&'static [&'static str], &'static [(&'static str, &'static str)]),
    /// A whole number within bounds, both included.
    Count(u64, u64),
    /// IP addresses.
    Addresses,
}

/// What holds when a key is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing: the key is optional, or asked for where it is needed.
    None,
    /// This value, written as it would be in the environment.
    Is(&'static str),
    /// Decided from other things, told in words.
    Told(&'static str),
}

use Fallback::{Is, None as Nothing, Told};
use Kind::{Addresses, Choice, Count, Secret, Switch, Text};

macro_rules! keys {
    ($($name:ident $path:literal $kind:expr, $default:expr, $variable:expr, $meaning:literal;)*) => {
        $(#[doc = concat!("`", $path, "`: ", $meaning, ".")]
        pub const $name: &Key =
            &Key { path: $path, kind: $kind, default: $default, meaning: $meaning, variable: $variable };)*
        /// All of them, in the order in which they are told.
        pub const TABLE: &[&Key] = &[$($name),*];
    };
}

const PROTOCOLS: Kind = Choice(&["http", "https"], &[]);
const LEVELS: Kind = Choice(
    &["off", "error", "warn", "info", "debug", "trace"],
    // Words of the starter kit's own logger.
    &[("warning", "warn"), ("verbose", "debug"), ("internal", "debug"), ("silly", "trace")],
);

keys! {
    HOST "rainbow.host" Text, Is("sandbox"), None,
        "the cloud: `official`, `sandbox`, a URL, or a host name (https)";
    MODE "rainbow.mode" Choice(&["bot", "relay"], &[("s2s", "bot")]), Is("bot"), None,
        "`bot` signs in; `relay` only receives callbacks and publishes, for bots that sign in by themselves";
    CA_FILE "rainbow.ca_file" Text, Told("`$SSL_CERT_FILE`, else the built-in roots"), None,
        "PEM file of the roots to trust, for a private cloud";
    RECONNECT_FIRST "rainbow.reconnect.first_ms" Count(10, 60_000), Is("2000"), None,
        "milliseconds before the second attempt to reach the cloud; doubled after each failure, with jitter";
    RECONNECT_CAP "rainbow.reconnect.cap_ms" Count(10, 3_600_000), Is("60000"), None,
        "most milliseconds between two attempts";
    WATCH_SECONDS "rainbow.watch_seconds" Count(1, 86_400), Is("60"), None,
        "seconds between two looks at the connection";
    LOGIN "credentials.login" Text, Nothing, Some("RAINBOW_LOGIN"),
        "the bot's account";
    PASSWORD "credentials.password" Secret, Nothing, Some("RAINBOW_PASSWORD"),
        "its password";
    APP_ID "application.appID" Text, Nothing, Some("RAINBOW_APP_ID"),
        "the application's identifier";
    APP_SECRET "application.appSecret" Secret, Nothing, Some("RAINBOW_APP_SECRET"),
        "the application's secret key";
    PROXY "proxy" Secret, Told("`$HTTPS_PROXY`, but for the hosts of `$NO_PROXY`"), None,
        "URL of the HTTP proxy on the way to the cloud, `http://user:password@host:port`; or the five keys below";
    PROXY_HOST "proxy.host" Text, Nothing, None,
        "the proxy's host; empty for none";
    PROXY_PORT "proxy.port" Count(1, 65535), Is("80"), None,
        "the proxy's port";
    PROXY_PROTOCOL "proxy.protocol" PROTOCOLS, Is("http"), None,
        "how the proxy itself is spoken to";
    PROXY_USER "proxy.user" Text, Nothing, None,
        "user name at the proxy";
    PROXY_PASSWORD "proxy.password" Secret, Nothing, None,
        "password at the proxy";
    CONSOLE_LOGS "logs.enableConsoleLogs" Switch, Is("true"), None,
        "log to standard error";
    FILE_LOGS "logs.enableFileLogs" Switch, Is("false"), None,
        "log to files under `logs.file.path`";
    LOG_PATH "logs.file.path" Text, Is("/var/tmp/rainbowsdk/"), None,
        "folder of the log files";
    LOG_LEVEL "logs.file.level" LEVELS, Is("info"), None,
        "least severity that is logged, on the console too; `$RUST_LOG` wins";
    LOG_MAX_BYTES "logs.file.max_bytes" Count(16_384, 1_073_741_824), Is("1048576"), None,
        "size at which a log file is rotated";
    LOG_MAX_FILES "logs.file.max_files" Count(1, 100), Is("5"), None,
        "log files kept, the current one included";
    SEND_READ_RECEIPT "im.sendReadReceipt" Switch, Is("true"), None,
        "acknowledge each received message to its sender";
    ENDPOINT "rainbow_notification_service.endpoint" Choice(&["ngrok", "reverse_proxy", "default"], &[]),
        Is("default"), None,
        "how the cloud reaches the listener; `default` is ngrok, http, 8080";
    NGROK_PROTO "rainbow_notification_service.ngrok.proto" PROTOCOLS, Is("http"), None,
        "what the tunnel exposes";
    NGROK_PORT "rainbow_notification_service.ngrok.port" Count(1, 65535), Is("8080"), None,
        "the port that the tunnel exposes";
    REVERSE_PROXY_URL "rainbow_notification_service.reverse_proxy.url" Text, Nothing, None,
        "the public URL that your reverse proxy forwards to the listener; asked for with `reverse_proxy`";
    LISTEN_HOST "rainbow_notification_service.sdkrouter.host" Text,
        Told("`127.0.0.1` behind a tunnel, else `0.0.0.0`"), None,
        "address the webhook listener binds to";
    LISTEN_PORT "rainbow_notification_service.sdkrouter.port" Count(0, 65535), Is("8080"), Some("PORT"),
        "port of the webhook listener; 0 lets the system choose";
    LISTEN_PROTOCOL "rainbow_notification_service.sdkrouter.protocol" PROTOCOLS, Is("http"), Some("SERVER_PROTO"),
        "what the webhook listener speaks; `https` needs the certificates";
    TLS_KEY "rainbow_notification_service.sdkrouter.certificates.key" Text, Nothing, None,
        "private key, PEM; relative to the configuration file's folder, else to `appdir`";
    TLS_CERT "rainbow_notification_service.sdkrouter.certificates.cert" Text, Nothing, None,
        "certificate chain, PEM; relative to the configuration file's folder, else to `appdir`";
    CONNECTIONS "rainbow_notification_service.sdkrouter.limits.connections" Count(1, 65_536), Is("256"), None,
        "connections at once";
    PER_PEER "rainbow_notification_service.sdkrouter.limits.connections_per_peer" Count(1, 65_536), Is("64"), None,
        "connections at once from one public address";
    TRUSTED_PROXIES "rainbow_notification_service.sdkrouter.limits.trusted_proxies" Addresses, Is(""), None,
        "addresses that `connections_per_peer` does not hold for";
    HEAD_BYTES "rainbow_notification_service.sdkrouter.limits.head_bytes" Count(1024, 1_048_576), Is("16384"), None,
        "bytes of a request line and its headers";
    HEADERS "rainbow_notification_service.sdkrouter.limits.headers" Count(8, 1000), Is("100"), None,
        "header fields of a request";
    BODY_BYTES "rainbow_notification_service.sdkrouter.limits.body_bytes" Count(1024, 67_108_864), Is("1048576"), None,
        "bytes of a request's body";
    HEAD_SECONDS "rainbow_notification_service.sdkrouter.limits.head_seconds" Count(1, 300), Is("10"), None,
        "from the first byte of a head to its last";
    BODY_SECONDS "rainbow_notification_service.sdkrouter.limits.body_seconds" Count(1, 300), Is("20"), None,
        "from the end of the head to the last byte of the body";
    IDLE_SECONDS "rainbow_notification_service.sdkrouter.limits.idle_seconds" Count(1, 3600), Is("75"), None,
        "how long a kept connection may wait for its next request";
    WRITE_SECONDS "rainbow_notification_service.sdkrouter.limits.write_seconds" Count(1, 300), Is("10"), None,
        "for one write of an answer";
    ZMQ_HOST "rainbow_notification_service.zmq.host" Text, Is("127.0.0.1"), None,
        "address of the PUB socket; `*` for all. Everyone who can reach it reads the events";
    ZMQ_PORT "rainbow_notification_service.zmq.port" Count(0, 65535), Is("3000"), None,
        "port of the PUB socket; 0 lets the system choose";
    ZMQ_ENDPOINT "rainbow_notification_service.zmq.endpoint" Text, Nothing, None,
        "a whole ZeroMQ endpoint instead of host and port, for example `ipc:///run/rainbow/events`";
    ZMQ_ENCODING "rainbow_notification_service.zmq.encoding" Choice(&["starterkit", "json"], &[]), Is("starterkit"), None,
        "frame 2: `starterkit` is a JSON string that holds the document, `json` the document itself";
    ZMQ_HIGH_WATER_MARK "rainbow_notification_service.zmq.high_water_mark" Count(1, 1_000_000), Is("1000"), None,
        "events kept for one slow subscriber; when they are this many, all wait for it, at most a second";
    ZMQ_QUEUE "rainbow_notification_service.zmq.queue" Count(16, 1_000_000), Is("1024"), None,
        "events that wait for the publisher before the cloud is answered 503";
    CALLBACK_TOKEN "callback_token" Secret, Is("auto"), None,
        "path segment added to the callback URL: `auto` makes one and keeps it, `off` adds none, or 16 to 128 characters of your own";
    VALIDATE "validate" Choice(&["strict", "tolerant", "off"], &[]), Is("tolerant"), None,
        "how much of the contract a callback must keep";
    STATE_DIR "state_dir" Text,
        Told("`$STATE_DIRECTORY`, else `$XDG_STATE_HOME/rainbow-s2s-agent`, else `~/.local/state/rainbow-s2s-agent`"), None,
        "folder for what must survive a restart; a relative path starts at the configuration file's folder, as all do";
    APPDIR "appdir" Text, Nothing, None,
        "second folder in which relative certificate files are looked for";
}

/// The object that older files have at the top level.
pub const TOP_LEVEL_ZMQ: &str = "zmq";
/// Where it belongs.
pub const NESTED_ZMQ: &str = "rainbow_notification_service.zmq";

/// The key at a path.
pub fn at(path: &str) -> Option<&'static Key> {
    TABLE.iter().copied().find(|key| key.path == path)
}

/// Whether some key lies below a path: its value may be an object.
pub fn is_section(path: &str) -> bool {
    TABLE.iter().any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// What to say about a key that is in no table: the one probably meant.
pub fn suggestion(path: &str) -> Option<String> {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let names = children(parent);
    if let Some(near) = crate::cli::nearest(name, names.iter().copied()) {
        return Some(format!("did you mean {near}?"));
    }
    let mut elsewhere = TABLE.iter().filter(|key| key.path.rsplit('.').next() == Some(name));
    if let Some(key) = elsewhere.next() {
        return Some(format!("it is known as {}", key.path));
    }
    if is_section_name(name) {
        return TABLE.iter().find_map(|key| {
            let end = key.path.find(&format!(".{name}."))?;
            Some(format!("it is known as {}.{name}", &key.path[..end]))
        });
    }
    let leaves = TABLE.iter().filter_map(|key| key.path.rsplit('.').next());
    let near = crate::cli::nearest(name, leaves)?;
    let key = TABLE.iter().find(|key| key.path.rsplit('.').next() == Some(near))?;
    Some(format!("did you mean {}?", key.path))
}

/// The names directly below a path.
fn children(parent: &str) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for key in TABLE {
        let below = match parent {
            "" => Some(key.path),
            _ => key.path.strip_prefix(parent).and_then(|rest| rest.strip_prefix('.')),
        };
        if let Some(name) = below.and_then(|rest| rest.split('.').next())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

fn is_section_name(name: &str) -> bool {
    TABLE.iter().any(|key| key.path.contains(&format!(".{name}.")))
}

impl Kind {
    /// What is allowed, in words.
    pub fn allowed(self) -> String {
        match self {
            Text | Secret => "a text in double quotes".into(),
            Switch => "true or false".into(),
            Count(min, max) => format!("a whole number from {min} to {max}"),
            Addresses => "IP addresses, as a list of texts".into(),
            Choice(words, _) => match words.split_last() {
                Some((last, [])) => format!("\"{last}\""),
                Some((last, rest)) => format!("\"{}\" or \"{last}\"", rest.join("\", \"")),
                None => String::new(),
            },
        }
    }
}

/// The README's configuration table, as Markdown.
pub fn markdown() -> String {
    let mut out = String::from("| key | allowed | default | meaning |\n|---|---|---|---|\n");
    for key in TABLE {
        let default = match key.default {
            Nothing => "none".to_owned(),
            Is("") => "`[]`".to_owned(),
            Is(value) => format!("`{value}`"),
            Told(words) => words.to_owned(),
        };
        let allowed = match key.kind {
            Text | Secret => "text".to_owned(),
            Switch => "`true`, `false`".to_owned(),
            Count(min, max) => format!("{min} to {max}"),
            Addresses => "list of IP addresses".to_owned(),
            Choice(words, _) => format!("`{}`", words.join("`, `")),
        };
        let variable = key.variable.map(|name| format!("; `${name}` wins")).unwrap_or_default();
        out.push_str(&format!("| {} | {allowed} | {default} | {}{variable} |\n", key.path, key.meaning));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_is_told_twice_and_only_the_proxy_is_both_a_value_and_a_section() {
        for (at, key) in TABLE.iter().enumerate() {
            assert!(TABLE[at + 1..].iter().all(|other| other.path != key.path), "{}", key.path);
            assert!(key.path == "proxy" || !is_section(key.path), "{}", key.path);
            assert!(!key.meaning.ends_with('.'), "{}", key.path);
        }
    }

    #[test]
    fn a_wrong_key_is_told_what_was_probably_meant() {
        let check =
            |path: &str, expected: Option<&str>| assert_eq!(suggestion(path).as_deref(), expected, "{path}");
        check("application.appId", Some("did you mean appID?"));
        check("credentials.pasword", Some("did you mean password?"));
        check("rainbow_notification_service.sdkrouter.prot", Some("did you mean port?"));
        check("login", Some("it is known as credentials.login"));
        check("sdkrouter", Some("it is known as rainbow_notification_service.sdkrouter"));
        check("rainbow_notification_service.sdkrouter.max_bytes", Some("it is known as logs.file.max_bytes"));
        check("logs.level", Some("it is known as logs.file.level"));
        check("im.sendreadreciept", Some("did you mean sendReadReceipt?"));
        check("holiday", None);
    }
}
