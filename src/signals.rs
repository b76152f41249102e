//! Signals as values: one thread that waits for them and hands them to the main thread's inbox.
//!
//! The first SIGTERM or SIGINT asks for an orderly stop; the second ends the process at once, here, whatever the
//! main thread is doing. SIGHUP asks for a reload. Handlers are installed before anything else is started, so that
//! a signal during the start is not lost.

use std::io;
use std::process;
use std::sync::mpsc;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

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

/// Installs the handlers and forwards signals to `inbox`.
///
/// # Errors
/// When the system refuses a handler or a thread.
pub fn forward<T: From<Signal> + Send + 'static>(inbox: mpsc::Sender<T>) -> io::Result<()> {
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
    thread::Builder::new().name("signals".to_owned()).stack_size(STACK).spawn(body).map(drop)
}
