//! The `demo` command: a simulated cloud, the real agent and a bot in one process, and what the bot sees.
//!
//! The agent is the one of `run`, with a configuration made up here. First comes one with a wrong password; then the
//! play has four acts: a start that succeeds at the second attempt, every row of CONTRACT section 5, a connection
//! that is lost and replaced, and a stop. The exit code tells whether every event was seen.

mod stage;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use miniserde::json::Value;

use super::rows::{CONNECTION_ROWS, LIFE, ROWS, Row};
use super::subscriber::{Event, Subscriber};
use super::value;
use super::{Cloud, Fault, Kind};
use crate::agent::Wake;
use crate::cli::exit;
use crate::signals::{self, Signal};
use stage::Stage;

/// How long any one event may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// Columns of a terminal that an event's document may take.
const DOCUMENT_COLUMNS: usize = 96;

/// How the demo runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Stay after the acts, for a bot of the user's own, until a signal comes.
    pub keep: bool,
}

/// What stopped the demo, in words.
type Outcome<T> = Result<T, String>;

/// Runs the demo; the value is the exit code.
pub fn run(options: Options) -> u8 {
    let seen = Seen::default();
    match play(options, &seen) {
        Ok(()) => seen.summary(),
        Err(reason) => {
            say(&format!("\nthe demo ended early: {reason}"));
            seen.summary();
            exit::ROLE_DIED
        }
    }
}

fn play(options: Options, seen: &Seen) -> Outcome<()> {
    let cloud = Cloud::start(super::Options::default()).map_err(|error| error.to_string())?;
    act("an agent with a wrong password: it does not try twice");
    rejected(&cloud, seen)?;
    act("an agent with the right one: it signs in when the cloud lets it");
    let unavailable = Kind::Status { status: 503, retry_after: Some("1".to_owned()) };
    cloud.fault(Fault::once("getBasicLogin", unavailable));
    let stage = Stage::set()?;
    let bot = seen.subscribe(&stage)?;
    let mut play = stage.play(&cloud, true)?;
    signals::forward(play.inbox()).map_err(|error| error.to_string())?;
    wait(&bot, "rainbow_onready", 1)?;
    wait(&bot, "rainbow_onconnectioncreated", 1)?;
    act("the cloud calls back: every row of the table of events (id, timestamp and userId not shown)");
    for row in &ROWS {
        send(&cloud, &bot, row)?;
    }
    act("the cloud ends the connection; the agent makes another");
    cloud.terminate().ok_or("the agent has no connection")?;
    wait(&bot, "rainbow_onready", 2)?;
    wait(&bot, "rainbow_onconnectioncreated", 2)?;
    if options.keep {
        act("your turn, until Ctrl-C");
        say(&format!("events            {}   subscribe a bot of your own", stage.zmq()));
        say(&format!("simulated cloud   {}   POST /sim/message makes somebody write", cloud.url()));
        say(&format!("agent's listener  {}", play.webhook()));
        play.wait();
    } else {
        act("the agent is stopped");
    }
    play.stop();
    wait(&bot, "zmq-stop", 1)
}

/// Sends the row's callback and waits for its events.
fn send(cloud: &Cloud, bot: &Subscriber, row: &Row) -> Outcome<()> {
    let from = bot.count();
    cloud.callback_with(row.callback, row.over).ok_or("the agent has no connection")?;
    for name in row.events {
        bot.wait_for(name, from, PATIENCE).ok_or_else(|| format!("/{} made no {name}", row.callback))?;
    }
    Ok(())
}

fn rejected(cloud: &Cloud, seen: &Seen) -> Outcome<()> {
    let stage = Stage::set()?;
    let bot = seen.subscribe(&stage)?;
    let code = stage.play(cloud, false)?.stop_by_itself();
    wait(&bot, "rainbow_onfailed", 1)?;
    wait(&bot, "zmq-stop", 1)?;
    if code == exit::REJECTED { Ok(()) } else { Err(format!("the agent ended with code {code}")) }
}

fn wait(bot: &Subscriber, name: &str, count: usize) -> Outcome<()> {
    let enough = |events: &[Event]| events.iter().filter(|event| event.name == name).count() >= count;
    if bot.wait(PATIENCE, enough) { Ok(()) } else { Err(format!("{name} did not come")) }
}

/// The events that the bot has seen, and when the demo began.
#[derive(Clone)]
struct Seen {
    began: Instant,
    counts: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { began: Instant::now(), counts: Arc::default() }
    }
}

impl Seen {
    fn subscribe(&self, stage: &Stage) -> Outcome<Subscriber> {
        let seen = self.clone();
        Subscriber::connect_with(stage.zmq(), move |event| seen.note(event))
    }

    fn note(&self, event: &Event) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(event.name.clone()).or_default() += 1;
        let time = self.began.elapsed().as_secs_f64();
        say(&format!("{time:7.3} s  {:<39} {}", event.name, shortened(&event.document)));
    }

    /// The last line; good only if no event is missing.
    fn summary(&self) -> u8 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = ROWS.iter().chain(&CONNECTION_ROWS).flat_map(|row| row.events).copied();
        let mut expected: Vec<&str> = rows.chain(LIFE).collect();
        expected.sort_unstable();
        expected.dedup();
        let missing: Vec<&str> =
            expected.iter().copied().filter(|name| !counts.contains_key(*name)).collect();
        let total: usize = counts.values().sum();
        let names = expected.len() - missing.len();
        let time = self.began.elapsed().as_secs_f64();
        say(&format!("\n{total} events under {names} of {} names in {time:.1} s", expected.len()));
        if missing.is_empty() {
            return exit::GOOD;
        }
        say(&format!("missing: {}", missing.join(", ")));
        exit::ROLE_DIED
    }
}

fn act(title: &str) {
    say(&format!("\n-- {title}"));
}

/// A line on standard output. A reader that has gone away is no reason to stop early.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A document's beginning, on one line. What is the same in every callback (CONTRACT section 4) is left out.
fn shortened(document: &str) -> String {
    let document = match value::parse(document) {
        Some(Value::Object(mut members)) => {
            members.retain(|name, _| !matches!(name.as_str(), "id" | "timestamp" | "userId"));
            value::document(&Value::Object(members))
        }
        _ => document.to_owned(),
    };
    match document.char_indices().nth(DOCUMENT_COLUMNS) {
        Some((end, _)) => format!("{}…", document.get(..end).unwrap_or_default()),
        None => document,
    }
}

/// Asks an agent to stop, as a signal would.
fn ask_to_stop(inbox: &mpsc::Sender<Wake>) {
    // An agent that has ended already needs no asking.
    let _ = inbox.send(Wake::Signal(Signal::Stop));
}
