//! The command line: which command runs, with what, and how the process ends.
//!
//! The commands and options are tables in [`command`]. Results go to standard output, everything else to standard
//! error; the exit codes are in [`exit`].

mod check;
pub mod command;
pub mod exit;
mod help;
mod nearest;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::config::{self, ConfigError, Environment};
use crate::contract;
use crate::signals;
use command::{Invocation, Usage};
pub use nearest::nearest;

/// Where a configuration is looked for when none is named: where the starter kit has it, then the system's.
const DEFAULT_FILES: [&str; 2] = ["config/config.json", "/etc/rainbow-s2s-agent/config.json"];

/// Runs the program; the arguments are those after its name. The value is the exit code.
pub fn main(arguments: Vec<OsString>) -> u8 {
    match command::parse(arguments) {
        Err(Usage(what)) => {
            complain(&format!("{what}\nrainbow-s2s-agent --help tells more"));
            exit::USAGE
        }
        Ok(Invocation::Help(command)) => print(&help::text(command)),
        Ok(Invocation::Version) => print(&help::version()),
        Ok(Invocation::Swagger("docs")) => print(contract::API_DOCUMENT),
        // The table of words holds no third one.
        Ok(Invocation::Swagger(_)) => print(contract::WEBHOOK_DOCUMENT),
        Ok(Invocation::Demo { keep }) => demo(keep),
        Ok(Invocation::Check { config }) => check(config),
        Ok(Invocation::Run { config }) => run(config),
    }
}

fn run(config: Option<PathBuf>) -> u8 {
    if let Err(error) = signals::outlive_hangup() {
        complain(&format!("the system refuses a signal handler: {error}"));
        return exit::ROLE_DIED;
    }
    let environment = Environment::of_process();
    let loaded = match find(config, &environment).and_then(|path| config::load(&path, &environment)) {
        Ok(loaded) => loaded,
        Err(error) => return refuse(&error),
    };
    crate::logging::init(&loaded.config.logs);
    for warning in &loaded.warnings {
        log::warn!(target: "config", "{warning}");
    }
    crate::agent::run(loaded.config)
}

fn check(config: Option<PathBuf>) -> u8 {
    let environment = Environment::of_process();
    let path = match find(config, &environment) {
        Ok(path) => path,
        Err(error) => return refuse(&error),
    };
    match config::load(&path, &environment) {
        Ok(loaded) => {
            let report = check::report(&path, &loaded);
            let printed = print(&report.text);
            for problem in &report.problems {
                complain(problem);
            }
            if report.exit == exit::GOOD { printed } else { report.exit }
        }
        Err(error) => refuse(&error),
    }
}

#[cfg(feature = "demo")]
fn demo(keep: bool) -> u8 {
    crate::sim::demo::run(crate::sim::demo::Options { keep })
}

#[cfg(not(feature = "demo"))]
fn demo(_keep: bool) -> u8 {
    complain("this program was built without the demo; build it with the Cargo feature `demo`");
    exit::USAGE
}

/// The configuration file: the one that was named, else the first default that exists.
fn find(named: Option<PathBuf>, environment: &Environment) -> Result<PathBuf, ConfigError> {
    if let Some(path) = named.or_else(|| environment.path("RAINBOW_CONFIG")) {
        return Ok(path);
    }
    let found = DEFAULT_FILES.iter().map(Path::new).find(|path| path.exists());
    found.map(Path::to_owned).ok_or_else(|| ConfigError {
        problems: vec![format!(
            "no configuration file: there is neither {}; name one with --config FILE or $RAINBOW_CONFIG",
            DEFAULT_FILES.join(" nor ")
        )],
        warnings: Vec::new(),
    })
}

fn refuse(error: &ConfigError) -> u8 {
    for warning in &error.warnings {
        complain(&format!("warning: {warning}"));
    }
    for problem in &error.problems {
        complain(problem);
    }
    exit::CONFIGURATION
}

/// A line on standard error. Nothing is left to do when that fails.
fn complain(what: &str) {
    let _ = std::io::stderr().write_all(format!("rainbow-s2s-agent: {what}\n").as_bytes());
}

/// A result on standard output. A reader that has seen enough (`… | head`) is no failure.
fn print(text: &str) -> u8 {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => exit::GOOD,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => exit::GOOD,
        Err(error) => {
            complain(&format!("cannot write to standard output: {error}"));
            exit::IO
        }
    }
}
