//! What each outcome means for the session: the part of the machine that reads errors.

use std::time::Instant;

use super::{JOIN_RETRIES, Lease, Link, MISSES, Machine, Phase, SPREAD};
use crate::cloud::Error;
use crate::session::step::{Action, Grant};

impl Machine {
    pub(super) fn granted(&mut self, grant: Grant, now: Instant, fresh: bool) {
        let renew_at = now + self.jitter.around(grant.life / 2, SPREAD);
        let Grant { life, renewable } = grant;
        self.lease = Some(Lease { expires: now + life, renew_at, renewable, fresh });
        self.renew_failures = 0;
    }

    pub(super) fn signed_in(&mut self, grant: Grant, now: Instant) {
        self.granted(grant, now, true);
        self.locked = None;
        match self.phase {
            Phase::SignIn if self.connection => self.phase = Phase::Verify,
            Phase::SignIn => self.phase = Phase::Clean,
            // The connection should have outlived the old token: see whether it did.
            Phase::Ready => self.watch_at = now,
            _ => {}
        }
    }

    pub(super) fn sign_in_failed(&mut self, error: &Error, now: Instant, actions: &mut Vec<Action>) {
        match error {
            Error::Rejected { .. } => self.give_up(error, actions),
            Error::Locked => self.lock(error, now, actions),
            // The old token is good for a while yet: nobody needs to know.
            _ if self.lease.is_some() => self.retry_renewal(error, now),
            _ => self.fail(error, now, actions),
        }
    }

    pub(super) fn renewal_failed(&mut self, error: &Error, now: Instant, actions: &mut Vec<Action>) {
        match error {
            Error::Rejected { .. } => self.give_up(error, actions),
            Error::Locked => self.lock(error, now, actions),
            _ if error.is_transient() => self.retry_renewal(error, now),
            _ => {
                if let Some(lease) = &mut self.lease {
                    lease.renewable = false;
                    lease.renew_at = now;
                }
            }
        }
    }

    pub(super) fn retry_renewal(&mut self, error: &Error, now: Instant) {
        self.renew_failures += 1;
        let wait = self.pace.backoff.after(self.renew_failures, &mut self.jitter);
        // The cloud's word outlives the token: a sign-in would be just another call.
        self.hold = error.retry_after().map(|patience| now + patience).max(self.hold);
        if let Some(lease) = &mut self.lease {
            // Several attempts fit into what is left of the token, unless the cloud asks for patience.
            let left = lease.expires.saturating_duration_since(now);
            let soon = wait.min(left / 3).max(self.pace.backoff.first / 4);
            lease.renew_at = now + error.retry_after().unwrap_or(soon).min(left);
        }
    }

    pub(super) fn cleaned(&mut self, outcome: Result<(), Error>, now: Instant, actions: &mut Vec<Action>) {
        match outcome {
            Err(error) if self.refused(&error, now, actions) => {}
            Err(error) if error.is_transient() => self.fail(&error, now, actions),
            // What cannot be listed cannot be cleaned; the new connection is what counts.
            Ok(()) | Err(_) => self.phase = Phase::Create,
        }
    }

    pub(super) fn created(&mut self, outcome: Result<(), Error>, now: Instant, actions: &mut Vec<Action>) {
        match outcome {
            Ok(()) => {
                self.connection = true;
                self.alive();
                self.connected(actions);
            }
            Err(error) if self.refused(&error, now, actions) => {}
            Err(error) => {
                // It may have been created all the same, with the answer lost on the way.
                self.phase = Phase::Clean;
                self.fail(&error, now, actions);
            }
        }
    }

    /// The connection was looked at because of a doubt, or after a new sign-in.
    pub(super) fn verified(&mut self, outcome: Result<(), Error>, now: Instant, actions: &mut Vec<Action>) {
        match outcome {
            Ok(()) => {
                self.alive();
                match (self.link, self.ready) {
                    (Link::Up, true) => self.watch_later(now),
                    (Link::Up, false) => self.begin_set_up(),
                    _ => self.connected(actions),
                }
            }
            Err(error) if self.refused(&error, now, actions) => {}
            Err(error) if error.is_transient() => self.fail(&error, now, actions),
            Err(error) => self.gone(&error, now, actions),
        }
    }

    /// The connection was looked at because it was time to.
    pub(super) fn watched(&mut self, outcome: Result<(), Error>, now: Instant, actions: &mut Vec<Action>) {
        match outcome {
            Ok(()) => {
                self.alive();
                self.proven = true;
                self.failures = 0;
                self.watch_later(now);
            }
            Err(error) if self.refused(&error, now, actions) => {}
            Err(error @ Error::Gone) => self.gone(&error, now, actions),
            Err(error @ Error::Status { status: 429, .. }) => {
                self.watch_at = now + error.retry_after().unwrap_or_default().max(self.pace.watch);
            }
            Err(error) if error.is_transient() => {
                self.misses += 1;
                self.failures = self.failures.max(1);
                let again = now + self.wait(&error);
                if self.misses < MISSES {
                    self.watch_at = again;
                } else {
                    self.lose(&error, actions);
                    self.phase = Phase::Verify;
                    self.hold = Some(again);
                }
            }
            Err(_) => self.watch_later(now),
        }
    }

    /// The outcome of a step between connected and ready; `skip` is where to go on without it.
    pub(super) fn set_up(
        &mut self,
        outcome: Result<Phase, Error>,
        skip: Phase,
        now: Instant,
        actions: &mut Vec<Action>,
    ) {
        match outcome {
            Ok(next) => {
                self.alive();
                self.phase = next;
            }
            Err(error) if self.refused(&error, now, actions) => {}
            Err(error) if error.is_transient() => {
                self.phase = Phase::Verify;
                self.fail(&error, now, actions);
            }
            Err(Error::Status { status: 404, .. }) if !self.doubted => {
                self.doubted = true;
                self.phase = Phase::Verify;
            }
            Err(error) => {
                // An account without conversations is told so by 404 (CONTRACT section 3).
                if !(self.phase == Phase::Rooms && matches!(error, Error::Status { status: 404, .. })) {
                    self.do_without(&error, actions);
                }
                self.phase = skip;
            }
        }
    }

    pub(super) fn joined(&mut self, outcome: Result<(), Error>, now: Instant, actions: &mut Vec<Action>) {
        if let Err(error) = &outcome {
            if self.refused(error, now, actions) {
                return;
            }
            if error.is_transient() && self.join_retries > 0 {
                self.join_retries -= 1;
                let wait = self.pace.backoff.after(JOIN_RETRIES - self.join_retries, &mut self.jitter);
                self.hold = Some(now + error.retry_after().unwrap_or(wait));
                return;
            }
            self.do_without(error, actions);
        }
        if let Phase::Join(rooms) = &mut self.phase {
            rooms.pop_front();
        }
    }

    /// The callback itself has told the bots.
    pub(super) fn called_lost(&mut self, now: Instant) {
        if self.link != Link::Up {
            return;
        }
        self.link_down();
        if self.lease.is_some() {
            self.phase = Phase::Verify;
        }
        self.failures += 1;
        let wait = self.pace.backoff.after(self.failures, &mut self.jitter);
        self.hold = Some(now + wait);
    }
}
