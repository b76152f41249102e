//! The harness of the integration tests: the real binary between a simulated cloud and a bot.
//!
//! Everything is waited for with a deadline and on a condition variable; nothing sleeps. Ports are the system's
//! choice: a door stands in front of the agent as its reverse proxy, so that the callback URL can be written
//! into the configuration before the agent has a port.
// Each test file uses its own part of this.
#![allow(dead_code)]

pub(crate) mod folder;
pub(crate) mod lines;
pub(crate) mod poster;
pub(crate) mod process;

use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use miniserde::json::Value;
use rainbow_s2s_agent::sim::subscriber::{Event, Subscriber};
use rainbow_s2s_agent::sim::value::{at, document, object, parse, set, text};
use rainbow_s2s_agent::sim::{self, Cloud, Door};

use folder::Folder;
use lines::Lines;
use poster::Poster;
use process::Process;

/// How long anything may take before a test fails. Long, because it only matters when something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Part of the harness's own callbacks, by which it knows that the bot is attached.
const MARKER: &str = "harness-marker";

/// How an agent is to be started.
pub(crate) struct Setup {
    /// The configuration file, as JSON.
    pub(crate) config: Value,
    /// Variables of the environment.
    pub(crate) environment: Vec<(&'static str, String)>,
}

impl Setup {
    /// A bot of `cloud`'s account; the callback URL and the ZeroMQ endpoint are filled in at the start.
    pub(crate) fn of(cloud: &Cloud) -> Setup {
        let known = sim::Options::default().credentials;
        let mut setup = Setup::relay();
        // What takes seconds in life takes a fraction of one here.
        let quick =
            r#"{"rainbow":{"mode":"bot","reconnect":{"first_ms":100,"cap_ms":400},"watch_seconds":1}}"#;
        setup.with(quick);
        let account = object([
            ("rainbow", object([("host", text(cloud.url()))])),
            ("credentials", object([("login", text(known.login)), ("password", text(known.password))])),
            ("application", object([("appID", text(known.app_id)), ("appSecret", text(known.app_secret))])),
        ]);
        lay_over(&mut setup.config, account);
        setup
    }

    /// An agent without an account.
    pub(crate) fn relay() -> Setup {
        let config = r#"{
            "rainbow": {"mode": "relay"},
            "logs": {"enableConsoleLogs": true, "enableFileLogs": false, "file": {"level": "debug"}},
            "im": {"sendReadReceipt": false},
            "rainbow_notification_service": {
                "endpoint": "reverse_proxy",
                "sdkrouter": {"host": "127.0.0.1", "port": 0, "protocol": "http"}
            }
        }"#;
        Setup { config: parse(config).unwrap(), environment: Vec::new() }
    }

    /// Lays a JSON object over the configuration, member by member.
    pub(crate) fn with(&mut self, over: &str) -> &mut Setup {
        lay_over(&mut self.config, parse(over).unwrap());
        self
    }

    /// Keeps the state in a folder that outlives the agent.
    pub(crate) fn state(&mut self, folder: &Folder) -> &mut Setup {
        set(&mut self.config, "state_dir", text(folder.path("state").display().to_string()));
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(&mut self, name: &'static str, value: &str) -> &mut Setup {
        self.environment.push((name, value.to_owned()));
        self
    }
}

fn lay_over(config: &mut Value, over: Value) {
    let Value::Object(members) = over else { panic!("not an object: {over:?}") };
    for (name, member) in members {
        match at(config, &[&name]).cloned() {
            Some(mut known @ Value::Object(_)) if matches!(member, Value::Object(_)) => {
                lay_over(&mut known, member);
                set(config, &name, known);
            }
            _ => set(config, &name, member),
        }
    }
}

/// A running agent with a bot attached; killed when dropped.
pub(crate) struct Agent {
    /// The bot.
    pub(crate) bot: Subscriber,
    /// Standard error, line by line.
    pub(crate) log: Lines,
    /// Standard output, line by line.
    pub(crate) out: Lines,
    /// The agent's listener.
    pub(crate) webhook: SocketAddr,
    process: Process,
    door: Door,
    folder: Folder,
}

impl Agent {
    /// Starts the binary; the cloud holds its calls back until the bot is attached, so that no event is missed.
    pub(crate) fn start(cloud: &Cloud, setup: &Setup) -> Agent {
        cloud.hold();
        let agent = Agent::start_alone(setup);
        cloud.release();
        agent
    }

    /// Starts the binary without holding anything back.
    pub(crate) fn start_alone(setup: &Setup) -> Agent {
        let folder = Folder::new();
        let door = Door::open(0).unwrap();
        let endpoint = format!("ipc://{}", folder.path("events").display());
        let bot = Subscriber::connect(&endpoint).unwrap();
        let mut config = setup.config.clone();
        let url = format!("http://{}/hook", door.address());
        if at(&config, &["state_dir"]).is_none() {
            set(&mut config, "state_dir", text(folder.path("state").display().to_string()));
        }
        let own = object([(
            "rainbow_notification_service",
            object([
                ("reverse_proxy", object([("url", text(url))])),
                ("zmq", object([("endpoint", text(endpoint))])),
            ]),
        )]);
        lay_over(&mut config, own);
        let file = folder.path("config.json");
        write_private(&file, &document(&config));
        let mut command = Command::new(env!("CARGO_BIN_EXE_rainbow-s2s-agent"));
        command.arg("run").arg("--config").arg(&file).env_clear().env("TMPDIR", folder.path(""));
        command.envs(setup.environment.iter().map(|(name, value)| (name, value)));
        let (process, out, log) = Process::start(command);
        let mut agent =
            Agent { bot, log, out, webhook: SocketAddr::from(([127, 0, 0, 1], 0)), process, door, folder };
        agent.webhook = agent.listening_on();
        agent.door.lead_to(agent.webhook);
        agent.attach();
        agent
    }

    /// The address in the agent's own line.
    fn listening_on(&self) -> SocketAddr {
        let find = |line: &str| {
            let (_, rest) = line.split_once("listening on ")?;
            let address = rest.trim_start_matches("http://").trim_start_matches("https://");
            let end =
                address.find(|c: char| !(c.is_ascii_digit() || ".:[]".contains(c))).unwrap_or(address.len());
            address.get(..end)?.parse().ok()
        };
        self.log.wait_for(PATIENCE, find).unwrap_or_else(|| panic!("no listening address\n{}", self.report()))
    }

    /// Waits until what is published reaches the bot.
    fn attach(&self) {
        let path = self.callback_path("presence");
        let mut poster = Poster::connect(self.webhook);
        let begin = Instant::now();
        while !self.bot.wait(Duration::from_millis(20), |events| events.iter().any(is_marker)) {
            assert!(begin.elapsed() < PATIENCE, "the bot cannot be attached\n{}", self.report());
            let body = format!(
                r#"{{"id":"h","timestamp":"2018-08-23T08:52:04Z","presence":{{"from":"{MARKER}"}}}}"#
            );
            let (status, answer) = poster.post(&path, &body);
            assert_eq!(status, 200, "{answer}\n{}", self.report());
        }
    }

    /// What the agent printed as its callback URL.
    pub(crate) fn callback_url(&self) -> String {
        let found = self.out.wait_for(PATIENCE, |line| line.contains("http").then(|| line.trim().to_owned()));
        let line = found.unwrap_or_else(|| panic!("no callback URL\n{}", self.report()));
        line.get(line.find("http").unwrap()..).unwrap().to_owned()
    }

    /// The path of a callback.
    pub(crate) fn callback_path(&self, name: &str) -> String {
        let url = self.callback_url();
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        format!("/{}/{name}", path.trim_end_matches('/'))
    }

    /// Posts a callback to the listener; status and body of the answer.
    pub(crate) fn post(&self, name: &str, body: &str) -> (u16, String) {
        Poster::connect(self.webhook).post(&self.callback_path(name), body)
    }

    /// The events so far without the harness's own.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.bot.events().into_iter().filter(|event| !is_marker(event)).collect()
    }

    /// Their names.
    pub(crate) fn names(&self) -> Vec<String> {
        self.events().into_iter().map(|event| event.name).collect()
    }

    /// How often an event has been seen.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.events().iter().filter(|event| event.name == name).count()
    }

    /// Waits until the event has been seen `count` times in all; the last of them.
    pub(crate) fn expect(&self, name: &str, count: usize) -> Event {
        let wanted = |event: &&Event| event.name == name && !is_marker(event);
        let enough = |events: &[Event]| events.iter().filter(wanted).count() >= count;
        assert!(self.bot.wait(PATIENCE, enough), "{name} was not seen {count} times\n{}", self.report());
        self.events().into_iter().filter(|event| event.name == name).nth(count - 1).unwrap()
    }

    /// Waits until the cloud was called.
    pub(crate) fn expect_calls(&self, cloud: &Cloud, operation: &str, count: usize) {
        if !cloud.wait_for(operation, count, PATIENCE) {
            panic!("{operation} was not called {count} times\n{}\n{}", told(cloud), self.report());
        }
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.process.signal(rustix::process::Signal::TERM);
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        self.process.signal(signal);
    }

    /// Waits for the end: the exit code, or minus the signal that ended it, and how long that took.
    pub(crate) fn wait_end(&self, patience: Duration) -> (i32, Duration) {
        let begin = Instant::now();
        match self.process.wait(patience) {
            Ok(code) => (code, begin.elapsed()),
            Err(RecvTimeoutError::Timeout) => panic!("it does not end\n{}", self.report()),
            Err(RecvTimeoutError::Disconnected) => panic!("its end was waited for before"),
        }
    }

    /// SIGTERM, then the end.
    pub(crate) fn stop(&self) -> (i32, Duration) {
        self.terminate();
        self.wait_end(PATIENCE)
    }

    /// A path in the agent's own folder.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path(name)
    }

    /// What a failed test shows.
    pub(crate) fn report(&self) -> String {
        let events: Vec<String> =
            self.events().iter().map(|event| format!("{} {}", event.name, event.document)).collect();
        format!(
            "-- standard output\n{}\n-- standard error\n{}\n-- events\n{}",
            self.out.all().join("\n"),
            self.log.all().join("\n"),
            events.join("\n"),
        )
    }
}

/// The calls that a cloud has seen, for messages.
pub(crate) fn told(cloud: &Cloud) -> String {
    let calls = cloud.calls();
    let line = |call: &sim::Call| format!("{} -> {}", call.operation, call.status);
    format!("-- calls\n{}", calls.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// The operations called so far, in order.
pub(crate) fn operations(cloud: &Cloud) -> Vec<&'static str> {
    cloud.calls().iter().map(|call| call.operation).collect()
}

fn is_marker(event: &Event) -> bool {
    event.document.contains(MARKER)
}

fn write_private(path: &std::path::Path, content: &str) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
    file.write_all(content.as_bytes()).unwrap();
}
