//! A bound on lines that a remote can trigger.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lets one line pass in each period, and counts the others.
///
/// ```
/// use rainbow_s2s_agent::logging::Limited;
/// static REFUSED: Limited = Limited::new(std::time::Duration::from_secs(60));
/// if let Some(suppressed) = REFUSED.pass() {
///     log::warn!(target: "webhook", "refused a request ({suppressed} more since the last such line)");
/// }
/// ```
#[derive(Debug)]
pub struct Limited {
    period: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    last: Option<Instant>,
    suppressed: u64,
}

impl Limited {
    /// One line in each `period`.
    pub const fn new(period: Duration) -> Limited {
        Limited { period, state: Mutex::new(State { last: None, suppressed: 0 }) }
    }

    /// Whether a line may be written now: then how many were not since the last one.
    pub fn pass(&self) -> Option<u64> {
        self.pass_at(Instant::now())
    }

    fn pass_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = state.last.is_some_and(|last| now.saturating_duration_since(last) < self.period);
        if waits {
            state.suppressed = state.suppressed.saturating_add(1);
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suppressed_are_counted() {
        let limited = Limited::new(Duration::from_secs(10));
        let start = Instant::now();
        let at = |seconds: u64| limited.pass_at(start + Duration::from_secs(seconds));
        assert_eq!(at(0), Some(0));
        assert_eq!(at(1), None);
        assert_eq!(at(9), None);
        assert_eq!(at(10), Some(2));
        assert_eq!(at(11), None);
        assert_eq!(at(30), Some(1));
        assert_eq!(at(50), Some(0));
    }
}
