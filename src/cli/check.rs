//! The `check` command: what can be verified without starting anything or signing in.
//!
//! The ports are tried with the very functions that a start uses, and given back at once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::exit;
use crate::config::{Account, CallbackToken, Config, Encoding, Endpoint, Loaded, Logs};
use crate::contract::Mode;
use crate::webhook::{self, BindError};

/// What was found, for people, and how the process ends.
pub(super) struct Report {
    /// The configuration as it holds, without secrets, and every warning.
    pub(super) text: String,
    /// What forbids a start.
    pub(super) problems: Vec<String>,
    /// The exit code.
    pub(super) exit: u8,
}

/// Verifies a loaded configuration against this machine.
pub(super) fn report(path: &Path, loaded: &Loaded) -> Report {
    let config = &loaded.config;
    let mut report = Report { text: String::new(), problems: Vec::new(), exit: exit::GOOD };
    report.row("configuration", &path.display().to_string());
    match &config.account {
        None => report.row("cloud", "none: relay mode does not sign in"),
        Some(account) => report.account(account),
    }
    report.row("callback URL", &callback(config));
    report.bindings(config);
    report.row("validation", validation(config.validate));
    report.row(
        "receipts",
        if config.send_read_receipt { "received and read are sent" } else { "none are sent" },
    );
    report.folder("state", &config.state_dir, exit::CONFIGURATION);
    report.logs(&config.logs);
    for warning in &loaded.warnings {
        report.text.push_str(&format!("warning: {warning}\n"));
    }
    if report.problems.is_empty() {
        report.text.push_str("good: nothing found that would keep the agent from starting\n");
    }
    report
}

impl Report {
    fn row(&mut self, name: &str, value: &str) {
        self.text.push_str(&format!("{name:<14} {value}\n"));
    }

    /// A wrong configuration tells more than a busy port: the supervisor need not try again.
    fn refuse(&mut self, problem: String, code: u8) {
        self.problems.push(problem);
        self.exit = self.exit.max(code);
    }

    fn account(&mut self, account: &Account) {
        self.row("cloud", &account.host);
        self.row("account", &format!("{}, password given (not shown)", account.login));
        self.row("application", &format!("{}, secret given (not shown)", account.app_id));
        let proxy = account.proxy.as_ref().map_or("none", |url| {
            // What stands before the last @ is a user name and password.
            url.expose().rsplit(['@', '/']).next().unwrap_or("given")
        });
        self.row("proxy", proxy);
        match account.ca_file.as_deref().map(|path| (path, roots(path))) {
            None => self.row("trusted roots", "built in"),
            Some((path, Ok(count))) => self.row("trusted roots", &format!("{count} of {}", path.display())),
            Some((path, Err(reason))) => {
                self.row("trusted roots", &format!("{}, CANNOT be read", path.display()));
                self.refuse(reason, exit::CONFIGURATION);
            }
        }
    }

    /// Both are held until both are tried: they might be the same.
    fn bindings(&mut self, config: &Config) {
        let listener = webhook::bind(&config.webhook);
        let scheme = if config.webhook.tls.is_some() { "https" } else { "http" };
        let place = SocketAddr::new(config.webhook.host, config.webhook.port);
        let free = if place.port() == 0 { " (a free port)" } else { "" };
        self.row("listener", &format!("{scheme}://{place}{free}, {}", bound(listener.is_ok())));
        match &listener {
            Ok(_) => {}
            Err(BindError::Tls(error)) => self.refuse(error.to_string(), exit::CONFIGURATION),
            Err(error) => self.refuse(error.to_string(), exit::UNAVAILABLE),
        }
        let publisher = crate::publisher::bind(&config.zmq);
        let encoding = match config.zmq.encoding {
            Encoding::StarterKit => "frame 2 as the starter kit's",
            Encoding::Json => "frame 2 is the plain document",
        };
        self.row("events", &format!("{}, {encoding}, {}", config.zmq.endpoint, bound(publisher.is_ok())));
        if let Err(error) = &publisher {
            self.refuse(error.to_string(), exit::UNAVAILABLE);
        }
    }

    /// A folder that the agent writes to; it is made at the start where it is missing.
    fn folder(&mut self, name: &str, folder: &Path, code: u8) {
        match writable(folder) {
            Ok(state) => self.row(name, &format!("{}, {state}", folder.display())),
            Err(reason) => {
                self.row(name, &format!("{}, CANNOT be written", folder.display()));
                self.refuse(reason, code);
            }
        }
    }

    fn logs(&mut self, logs: &Logs) {
        let console = if logs.console { "on standard error" } else { "not on standard error" };
        self.row("log", &format!("{} and worse, {console}", logs.level.as_str().to_lowercase()));
        if let Some(folder) = &logs.file {
            // The agent starts without its log files, so this is no more than told.
            let state = writable(folder).unwrap_or_else(|reason| format!("warning: {reason}"));
            let most = u64::from(logs.max_files).saturating_mul(logs.max_bytes) / 1024;
            self.row("log files", &format!("{}, {most} KiB at most, {state}", folder.display()));
        }
    }
}

/// How many certificates a file of roots holds.
fn roots(path: &Path) -> Result<usize, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(list) if list.is_empty() => {
            Err(format!("{}: no certificate in it; it must hold PEM", path.display()))
        }
        Ok(list) => Ok(list.len()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn bound(good: bool) -> &'static str {
    if good { "can be bound" } else { "CANNOT be bound" }
}

fn callback(config: &Config) -> String {
    let token = match &config.callback_token {
        CallbackToken::Auto => "with a token of the agent's own",
        CallbackToken::Fixed(_) => "with your token (not shown)",
        CallbackToken::Off => "without a token",
    };
    match &config.endpoint {
        Endpoint::ReverseProxy { url } => format!("{url} {token}"),
        Endpoint::Ngrok { proto, port } => format!("as ngrok tells it for {proto} {port}, {token}"),
    }
}

fn validation(mode: Mode) -> &'static str {
    match mode {
        Mode::Strict => "strict: the whole contract is enforced",
        Mode::Tolerant => "tolerant: types and required fields are enforced, the rest is reported",
        Mode::Off => "off: only the JSON is checked",
    }
}

/// Whether a folder can be written or made, decided at the nearest folder that exists.
fn writable(folder: &Path) -> Result<String, String> {
    let mut at: PathBuf = folder.to_owned();
    while !at.exists() {
        if !at.pop() || at.as_os_str().is_empty() {
            at = PathBuf::from(".");
        }
    }
    if !at.is_dir() {
        return Err(format!("{} is not a folder", at.display()));
    }
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    match rustix::fs::access(&at, access) {
        Ok(()) if at == folder => Ok("writable".into()),
        Ok(()) => Ok("will be made".into()),
        Err(error) => Err(format!(
            "{} may not be written by this user: {error}; change its owner, or name another folder",
            at.display()
        )),
    }
}
