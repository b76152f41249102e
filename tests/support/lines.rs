//! The lines that a process writes, collected by a thread.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

#[derive(Default)]
struct Shared {
    lines: Mutex<Vec<String>>,
    arrived: Condvar,
}

/// Lines so far, and more to come.
pub(crate) struct Lines(Arc<Shared>);

impl Lines {
    /// Collects what `source` gives until its end.
    pub(crate) fn of(source: impl Read + Send + 'static) -> Lines {
        let shared = Arc::new(Shared::default());
        let inner = shared.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(source).split(b'\n') {
                let Ok(line) = line else { return };
                inner.lines.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
                inner.arrived.notify_all();
            }
        });
        Lines(shared)
    }

    /// All lines so far.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lines.lock().unwrap().clone()
    }

    /// The first line of which `find` makes something, waited for.
    pub(crate) fn wait_for<T>(&self, patience: Duration, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        let found = |lines: &[String]| lines.iter().find_map(|line| find(line));
        let lines = self.0.lines.lock().unwrap();
        let (lines, _) =
            self.0.arrived.wait_timeout_while(lines, patience, |lines| found(lines).is_none()).unwrap();
        found(&lines)
    }

    /// Waits for a line that contains `part`.
    pub(crate) fn wait_for_part(&self, part: &str, patience: Duration) -> bool {
        self.wait_for(patience, |line| line.contains(part).then_some(())).is_some()
    }
}
