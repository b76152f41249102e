//! The log: which lines are written, and to where.
//!
//! Every role logs through the `log` facade under its own target. Lines go to standard error, in the form of
//! `simple_logger`, and to rotated files. What a line holds is made safe here: control characters are escaped, so
//! that no remote forges a line, and lines of other crates below `info` are never written, for they may show headers.

mod console;
mod file;
mod filter;
mod limited;

use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use log::{Log, Metadata, Record};

use crate::config::Logs;
use console::Console;
use file::LogFile;
use filter::Filter;
pub use limited::Limited;

/// A line is cut at this many bytes: an error of a remote may quote what it was sent.
const MAX_LINE: usize = 8 * 1024;

/// Whether lines are shown on standard error, for [`fatal`].
static ON_CONSOLE: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Set while this thread writes a line, so that a panic on the way does not ask for another one.
    static WRITING: Cell<bool> = const { Cell::new(false) };
}

/// Starts logging as configured; `RUST_LOG` wins over the level. The first call counts.
pub fn init(logs: &Logs) {
    let (filter, unknown) = Filter::new(logs.level, std::env::var("RUST_LOG").ok().as_deref());
    let most = filter.most();
    let file = logs.file.as_deref().map(|folder| LogFile::new(folder, logs.max_bytes, logs.max_files));
    let console = logs.console.then(Console::new);
    let logger = Logger { filter, console, file: file.map(Mutex::new) };
    if log::set_boxed_logger(Box::new(logger)).is_err() {
        return;
    }
    log::set_max_level(most);
    ON_CONSOLE.store(logs.console, Ordering::Relaxed);
    std::panic::set_hook(Box::new(tell_panic));
    for part in unknown {
        log::warn!(target: "config", "RUST_LOG: {part:?} is not understood; use level or target=level, with commas between");
    }
}

/// Tells why the process ends: in the log, and on standard error even where the console is off.
pub fn fatal(message: &str) {
    log::error!(target: "agent", "{message}");
    if !ON_CONSOLE.load(Ordering::Relaxed) {
        // Nothing is left to do when standard error is gone.
        let _ = std::io::Write::write_fmt(
            &mut std::io::stderr(),
            format_args!("rainbow-s2s-agent: {}\n", escaped(message)),
        );
    }
}

/// A panic is logged by its place alone: its text may quote a message's body.
fn tell_panic(info: &std::panic::PanicHookInfo<'_>) {
    if WRITING.get() {
        return;
    }
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("unnamed");
    match info.location() {
        Some(place) => {
            log::error!(target: "agent", "panic in thread {name} at {}:{}", place.file(), place.line())
        }
        None => log::error!(target: "agent", "panic in thread {name}"),
    }
}

struct Logger {
    filter: Filter,
    console: Option<Console>,
    file: Option<Mutex<LogFile>>,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.filter.allows(metadata.target(), metadata.level(), true)
    }

    fn log(&self, record: &Record<'_>) {
        // Roles choose their own targets, so only the module tells whose line it is.
        let ours = record.module_path().is_some_and(|path| path.starts_with(env!("CARGO_CRATE_NAME")));
        if !self.filter.allows(record.target(), record.level(), ours) || WRITING.replace(true) {
            return;
        }
        let message = escaped(&record.args().to_string());
        let target = escaped(record.target());
        let failure = self.file.as_ref().and_then(|file| {
            let line = format!(
                "{} {:<5} [{target}] {message}\n",
                timestamp(SystemTime::now()),
                record.level().as_str()
            );
            file.lock().unwrap_or_else(PoisonError::into_inner).write(&line)
        });
        if let Some(console) = &self.console {
            console.write(record.level(), &target, &message);
            if let Some(failure) = failure {
                console.write(log::Level::Error, "agent", &escaped(&failure));
            }
        }
        WRITING.set(false);
    }

    fn flush(&self) {}
}

/// A message as one line: control characters and what reorders text on a terminal are escaped, and it is cut.
fn escaped(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for character in message.chars() {
        let reorders =
            matches!(character, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}');
        if character.is_control() || reorders {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
        if out.len() > MAX_LINE {
            let _ = write!(out, "… (cut, {} bytes in all)", message.len());
            break;
        }
    }
    out
}

/// A time as RFC 3339 in UTC with milliseconds: `2024-02-29T23:59:59.999Z`.
pub fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Civil date from days, counted in eras of 400 years that begin on 1 March 0000.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

#[cfg(test)]
#[path = "logging/tests.rs"]
mod tests;
