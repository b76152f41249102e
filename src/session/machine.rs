//! The session's decisions: what happened and what time it is go in, what to do comes out.
//!
//! Pure: no socket, no clock, no log. The thread in `session` carries the actions out one after the other and
//! feeds the outcomes back. Two tracks share the one thread: the token (renew at half its life, sign in when that
//! is refused or used up) and the connection (create, set up, watch, replace).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::outcome::failure;
use super::step::{Action, Ended, Event, Pace, Task};
use crate::cloud::Error;
use crate::cloud::backoff::{Backoff, Jitter};
use crate::events::{Life, Outcome};

mod outcomes;
#[cfg(test)]
mod tests;

/// Part of a time by which it varies, so that a fleet of agents does not act in step.
const SPREAD: f64 = 0.1;
/// Checks of the connection that fail one after the other before it counts as lost.
const MISSES: u32 = 2;
/// Joins that are tried again, of all rooms of one set-up together.
const JOIN_RETRIES: u32 = 5;

/// How far the connection is.
#[derive(Debug, PartialEq, Eq)]
enum Phase {
    SignIn,
    /// There was a connection: is it alive?
    Verify,
    Clean,
    Create,
    Presence,
    Rooms,
    Join(VecDeque<String>),
    Ready,
}

/// What bots know of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Never,
    Up,
    Down,
}

#[derive(Debug)]
struct Lease {
    expires: Instant,
    renew_at: Instant,
    renewable: bool,
    /// No call has been accepted with it yet.
    fresh: bool,
}

/// The state of the session.
#[derive(Debug)]
pub struct Machine {
    pace: Pace,
    jitter: Jitter,
    lease: Option<Lease>,
    phase: Phase,
    /// A connection was created and is not known to be gone.
    connection: bool,
    link: Link,
    /// `rainbow_onready` was published for this connection.
    ready: bool,
    /// Attempts that failed since the connection was last seen alive.
    failures: u32,
    renew_failures: u32,
    misses: u32,
    join_retries: u32,
    /// The connection was seen alive after it was ready.
    proven: bool,
    /// A 404 beneath the connection has made us look whether it is alive.
    doubted: bool,
    /// `rainbow_onreconnecting` was published for this attempt.
    announced: bool,
    /// Nothing is attempted before.
    hold: Option<Instant>,
    /// No sign-in is attempted before.
    locked: Option<Instant>,
    watch_at: Instant,
    ending: Option<Ended>,
    goodbye_said: bool,
}

impl Machine {
    /// A session that is to begin at `now`.
    pub fn new(pace: Pace, jitter: Jitter, now: Instant) -> Machine {
        Machine {
            pace,
            jitter,
            lease: None,
            phase: Phase::SignIn,
            connection: false,
            link: Link::Never,
            ready: false,
            failures: 0,
            renew_failures: 0,
            misses: 0,
            join_retries: 0,
            proven: false,
            doubted: false,
            announced: false,
            hold: None,
            locked: None,
            watch_at: now,
            ending: None,
            goodbye_said: false,
        }
    }

    /// Takes in what happened and says what to do. Nothing depends on an earlier `Call` having been carried out:
    /// one may be left undone for a [`Event::Stop`].
    pub fn step(&mut self, event: Event, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Woken => {}
            Event::SignedIn(Ok(grant)) => self.signed_in(grant, now),
            Event::Renewed(Ok(grant)) => self.granted(grant, now, false),
            Event::SignedIn(Err(error)) => self.sign_in_failed(&error, now, &mut actions),
            Event::Renewed(Err(error)) => self.renewal_failed(&error, now, &mut actions),
            Event::Cleaned(outcome) => self.cleaned(outcome, now, &mut actions),
            Event::Created(outcome) => self.created(outcome, now, &mut actions),
            Event::Checked(outcome) if self.phase == Phase::Ready => self.watched(outcome, now, &mut actions),
            Event::Checked(outcome) => self.verified(outcome, now, &mut actions),
            Event::PresenceSent(outcome) => {
                let outcome = outcome.map(|()| Phase::Rooms);
                self.set_up(outcome, Phase::Rooms, now, &mut actions);
            }
            Event::Rooms(outcome) => {
                let outcome = outcome.map(|rooms| Phase::Join(rooms.into()));
                self.set_up(outcome, Phase::Join(VecDeque::new()), now, &mut actions);
            }
            Event::Joined(outcome) => self.joined(outcome, now, &mut actions),
            Event::SaidGoodbye => self.goodbye_said = true,
            Event::Lost => self.called_lost(now),
            Event::Suspect => self.watch_at = now,
            Event::Stop => self.ending = self.ending.or(Some(Ended::Stopped)),
        }
        self.plan(now, &mut actions);
        actions
    }

    /// How to go on from here.
    fn plan(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if let Some(ended) = self.ending {
            let goodbye = self.lease.is_some() && !self.goodbye_said;
            actions.push(if goodbye { Action::Call(Task::SayGoodbye) } else { Action::End(ended) });
            return;
        }
        if self.lease.as_ref().is_some_and(|lease| lease.expires <= now) {
            self.drop_token(actions);
        }
        if let Some(lease) = self.lease.as_ref().filter(|lease| lease.renew_at <= now) {
            actions.push(Action::Call(if lease.renewable { Task::Renew } else { Task::SignIn }));
            return;
        }
        if self.phase == Phase::Join(VecDeque::new()) {
            self.become_ready(now, actions);
        }
        let locked = self.locked.filter(|_| self.lease.is_none());
        let watch = (self.phase == Phase::Ready).then_some(self.watch_at);
        let begin = [self.hold, locked, watch].into_iter().flatten().max().unwrap_or(now);
        if begin > now {
            if self.lease.is_none() {
                self.lose(&Error::SignedOut, actions);
            }
            let renewal = self.lease.as_ref().map(|lease| lease.renew_at.min(lease.expires));
            actions.push(Action::Wait(renewal.map_or(begin, |renewal| renewal.min(begin))));
            return;
        }
        self.hold = None;
        if self.link == Link::Down && !self.announced {
            self.announced = true;
            actions.push(Action::Publish(Life::Reconnecting, Outcome::Success));
        }
        actions.push(Action::Call(self.next_task()));
    }

    fn next_task(&self) -> Task {
        match &self.phase {
            Phase::SignIn => Task::SignIn,
            Phase::Verify | Phase::Ready => Task::Check,
            Phase::Clean => Task::Clean,
            Phase::Create => Task::Create,
            Phase::Presence => Task::SendPresence,
            Phase::Rooms => Task::ListRooms,
            // An empty queue has become `Ready` before this is asked; to look at the connection does no harm.
            Phase::Join(rooms) => rooms.front().map_or(Task::Check, |room| Task::Join(room.clone())),
        }
    }
}

/// The steps that several outcomes share.
impl Machine {
    /// Deals with the errors that concern the token rather than the call.
    fn refused(&mut self, error: &Error, now: Instant, actions: &mut Vec<Action>) -> bool {
        match error {
            Error::Rejected { .. } => self.give_up(error, actions),
            Error::Locked => {
                self.drop_token(actions);
                self.lock(error, now, actions);
            }
            Error::Expired | Error::SignedOut => {
                let fresh = self.lease.as_ref().is_some_and(|lease| lease.fresh);
                self.drop_token(actions);
                // A token that was never accepted is no reason to hurry to the next one.
                if fresh {
                    self.fail(error, now, actions);
                }
            }
            _ => return false,
        }
        true
    }

    fn give_up(&mut self, error: &Error, actions: &mut Vec<Action>) {
        self.lose(error, actions);
        actions.push(Action::Publish(Life::ConnectionError, failure(error)));
        actions.push(Action::Publish(Life::Failed, failure(error)));
        self.ending = self.ending.or(Some(Ended::Rejected));
    }

    fn lock(&mut self, error: &Error, now: Instant, actions: &mut Vec<Action>) {
        let over = now + self.pace.lock + self.jitter.up_to(self.pace.lock.mul_f64(SPREAD / 10.0));
        self.locked = Some(over);
        if let Some(lease) = &mut self.lease {
            lease.renewable = false;
            lease.renew_at = over;
        } else {
            self.lose(error, actions);
        }
        actions.push(Action::Publish(Life::ConnectionError, failure(error)));
        self.announced = false;
    }

    fn drop_token(&mut self, actions: &mut Vec<Action>) {
        self.lease = None;
        self.phase = Phase::SignIn;
        actions.push(Action::ForgetToken);
    }

    /// An attempt to connect has failed.
    fn fail(&mut self, error: &Error, now: Instant, actions: &mut Vec<Action>) {
        self.lose(error, actions);
        actions.push(Action::Publish(Life::ConnectionError, failure(error)));
        self.failures += 1;
        self.announced = false;
        self.hold = Some(now + self.wait(error));
    }

    fn wait(&mut self, error: &Error) -> Duration {
        let Backoff { cap, .. } = self.pace.backoff;
        match error {
            _ if error.retry_after().is_some() => error.retry_after().unwrap_or_default(),
            // Somebody has to change something first.
            Error::Status { .. } | Error::Contract { .. } if !error.is_transient() => {
                self.jitter.around(cap, SPREAD)
            }
            _ => self.pace.backoff.after(self.failures, &mut self.jitter),
        }
    }

    /// Something was refused that the connection can do without.
    fn do_without(&self, error: &Error, actions: &mut Vec<Action>) {
        let Outcome::Failure { code, label, msg } = failure(error) else { return };
        let msg = format!("cannot {}: {msg}", self.next_task());
        actions.push(Action::Publish(Life::Error, Outcome::Failure { code, label, msg }));
    }

    /// The connection is known to be no more.
    fn gone(&mut self, error: &Error, now: Instant, actions: &mut Vec<Action>) {
        // One that vanishes before it was ever seen alive would vanish again.
        if self.link == Link::Up && !self.proven {
            self.failures += 1;
            self.hold = Some(now + self.pace.backoff.after(self.failures, &mut self.jitter));
        }
        self.lose(error, actions);
        self.connection = false;
        actions.push(Action::ForgetConnection);
        self.phase = Phase::Clean;
    }

    /// Bots are told of the loss, once.
    fn lose(&mut self, error: &Error, actions: &mut Vec<Action>) {
        if self.link == Link::Up {
            actions.push(Action::Publish(Life::Disconnected, failure(error)));
            self.link_down();
        }
    }

    fn link_down(&mut self) {
        self.link = Link::Down;
        self.ready = false;
        self.announced = false;
    }

    /// A call with the token, on the connection, was answered well.
    fn alive(&mut self) {
        self.misses = 0;
        if let Some(lease) = &mut self.lease {
            lease.fresh = false;
        }
    }

    fn connected(&mut self, actions: &mut Vec<Action>) {
        self.link = Link::Up;
        self.announced = false;
        self.proven = false;
        self.doubted = false;
        self.begin_set_up();
        actions.push(Action::Publish(Life::Connected, Outcome::Success));
    }

    fn begin_set_up(&mut self) {
        self.phase = Phase::Presence;
        self.join_retries = JOIN_RETRIES;
    }

    fn become_ready(&mut self, now: Instant, actions: &mut Vec<Action>) {
        self.ready = true;
        self.watch_later(now);
        actions.push(Action::Publish(Life::Ready, Outcome::Success));
    }

    fn watch_later(&mut self, now: Instant) {
        self.phase = Phase::Ready;
        self.watch_at = now + self.jitter.around(self.pace.watch, SPREAD);
    }
}
