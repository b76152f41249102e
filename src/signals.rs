//! Signals as values: one thread that waits for them and hands them to the main thread's inbox.
//!
//! The first SIGTERM or SIGINT asks for an orderly stop; the second ends the process at once, here, whatever the
//! main thread is doing. SIGHUP asks for a reload. Handlers are installed before anything else is started, so that
//! a signal during the start is not lost; SIGHUP, whose default is to end the process, is taken over even before the
//! configuration is read.

use std::io;
use std::process;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, mpsc};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::role::{Deaths, Notice};

/// Stack of the signals' thread.
const STACK: usize = 64 * 1024;

/// What an operator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

/// From here on SIGHUP does not end the process. Before [`forward`] there is nothing that could be reloaded.
///
/// # Errors
/// When the system refuses a handler.
pub fn outlive_hangup() -> io::Result<()> {
    flag::register(SIGHUP, Arc::new(AtomicBool::new(false))).map(drop)
}

/// Installs the handlers and forwards signals to `inbox`.
///
/// # Errors
/// When the system refuses a handler or a thread.
pub fn forward<T>(inbox: mpsc::Sender<T>) -> io::Result<()>
where
    T: From<Signal> + From<Notice> + Send + 'static,
{
    let deaths = Deaths::to(inbox.clone());
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let body = move || {
        let mut stopping = false;
        for number in signals.forever() {
            let signal = if number == SIGHUP { Signal::Reload } else { Signal::Stop };
            if signal == Signal::Stop && std::mem::replace(&mut stopping, true) {
                log::warn!(target: "agent", "second stop signal: ending at once");
                process::exit(128 + number);
            }
            if inbox.send(signal.into()).is_err() {
                return;
            }
        }
    };
    deaths.spawn("signals", STACK, body).map(drop)
}
