//! A role: a named thread whose end is always noticed.
//!
//! A role that ends by itself, or panics, sends a [`Notice`] to the main thread, which then stops the process in
//! order (exit code 70). During an orderly stop the same notices are expected and ignored.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};
use std::{fmt, io};

/// How a role's thread ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Its body returned.
    Returned,
    /// Its body panicked; the place is in the log.
    Panicked,
}

/// Tells that a role has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// The role and thread name.
    pub role: &'static str,
    /// How it ended.
    pub end: End,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.end {
            End::Returned => "ended",
            End::Panicked => "panicked",
        };
        write!(f, "the role `{}` {how}", self.role)
    }
}

/// Where notices go; cheap to clone.
#[derive(Debug, Clone)]
pub struct Deaths<T: From<Notice> + Send + 'static>(mpsc::Sender<T>);

impl<T: From<Notice> + Send + 'static> Deaths<T> {
    /// Notices arrive in this inbox, as values of the owner's own enum.
    pub fn to(inbox: mpsc::Sender<T>) -> Deaths<T> {
        Deaths(inbox)
    }

    /// Starts a role with a small stack (`stack` bytes): the agent runs on machines that count their memory.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn spawn(
        &self,
        role: &'static str,
        stack: usize,
        body: impl FnOnce() + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        let inbox = self.0.clone();
        Builder::new().name(role.to_owned()).stack_size(stack).spawn(move || {
            // The role's state dies with it: nobody looks at it after a panic, so unwind safety is not at stake.
            let end = match catch_unwind(AssertUnwindSafe(body)) {
                Ok(()) => End::Returned,
                Err(_) => End::Panicked,
            };
            // A main thread that has gone needs no notice.
            let _ = inbox.send(Notice { role, end }.into());
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: impl FnOnce() + Send + 'static, expected: End) {
        let (sender, inbox) = mpsc::channel::<Notice>();
        let thread = Deaths::to(sender).spawn("probe", 64 * 1024, body).expect("a thread");
        assert_eq!(inbox.recv(), Ok(Notice { role: "probe", end: expected }));
        thread.join().expect("a panic stays in its role");
    }

    #[test]
    fn every_end_is_noticed() {
        check(|| {}, End::Returned);
        check(|| std::panic::resume_unwind(Box::new("on purpose")), End::Panicked);
    }
}
