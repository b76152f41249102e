//! One session, played step by step in a table.

use super::super::*;
use crate::session::step::Grant;

/// One session, played step by step.
pub(super) struct Play {
    machine: Machine,
    pub(super) now: Instant,
    pub(super) until: Instant,
}

pub(super) const HOUR: Grant = Grant { life: Duration::from_secs(3600), renewable: true };

impl Play {
    pub(super) fn new() -> Play {
        let now = Instant::now();
        Play { machine: Machine::new(Pace::default(), Jitter::seeded(42), now), now, until: now }
    }

    /// Steps, and tells the actions in short words.
    pub(super) fn step(&mut self, event: Event) -> String {
        let actions = self.machine.step(event, self.now);
        let (last, before) = actions.split_last().expect("an action at least");
        assert!(before.iter().all(|a| !matches!(a, Action::Call(_) | Action::Wait(_) | Action::End(_))));
        if let Action::Wait(until) = last {
            assert!(*until > self.now, "a wait for the past would spin");
            self.until = *until;
        }
        actions.iter().map(told).collect::<Vec<_>>().join(", ")
    }

    /// A table of events and what each is answered with. `Woken` is stepped at the time that was waited for.
    pub(super) fn check(&mut self, table: Vec<(Event, &str)>) -> &mut Play {
        for (row, (event, expected)) in table.into_iter().enumerate() {
            let told = format!("row {row}: {event:?}");
            if matches!(event, Event::Woken) {
                self.now = self.until;
            }
            assert_eq!(self.step(event), expected, "{told}");
        }
        self
    }

    /// The main path, up to `rainbow_onready`.
    pub(super) fn ready(grant: Grant) -> Play {
        let mut play = Play::new();
        play.check(vec![
            (Event::Woken, "SignIn"),
            (Event::SignedIn(Ok(grant)), "Clean"),
            (Event::Cleaned(Ok(())), "Create"),
            (Event::Created(Ok(())), "Connected, SendPresence"),
            (Event::PresenceSent(Ok(())), "ListRooms"),
            (Event::Rooms(Ok(vec!["a".into(), "b".into()])), "Join(\"a\")"),
            (Event::Joined(Ok(())), "Join(\"b\")"),
            (Event::Joined(Ok(())), "Ready, wait"),
        ]);
        play
    }

    pub(super) fn wait(&self) -> Duration {
        self.until - self.now
    }
}

fn told(action: &Action) -> String {
    match action {
        Action::Publish(life, Outcome::Success) => format!("{life:?}"),
        Action::Publish(life, Outcome::Failure { code, label, .. }) => format!("{life:?} {code} {label}"),
        Action::Call(task) => format!("{task:?}"),
        Action::Wait(_) => "wait".into(),
        other => format!("{other:?}"),
    }
}

pub(super) fn network() -> Error {
    Error::Network { reason: "connection refused".into() }
}

pub(super) fn status(status: u16, retry_after: Option<u64>) -> Error {
    let retry_after = retry_after.map(Duration::from_secs);
    Error::Status { status, code: None, message: String::new(), retry_after }
}

pub(super) fn rejected() -> Error {
    Error::Rejected { code: 401_500, message: "Unauthorized".into() }
}
