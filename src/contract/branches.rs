//! `allOf`, `anyOf`, `oneOf` and `not`: the same value read again, once a branch, on bounded fuel.

use super::rule::{Finding, Rule};
use super::schema::Schema;
use super::walk::{MAX_DRIFT, MAX_NESTED, Stop, Walk, exhausted, hard};

/// How a branch went, when the reading can go on.
enum Outcome {
    /// It holds without a finding.
    Holds,
    /// It holds, and this was let pass.
    Drifts(Drift),
    /// It does not hold.
    Fails,
}

/// What one branch let pass.
struct Drift {
    findings: Vec<Finding>,
    count: usize,
}

impl Walk<'_> {
    /// The value at the cursor against a schema that has combinators.
    pub(super) fn combined(&mut self, schema: &Schema) -> Result<(), Box<Stop>> {
        let start = self.cursor.at;
        if self.nested == MAX_NESTED {
            return exhausted(start);
        }
        self.nested += 1;
        self.plain(schema)?;
        let end = self.cursor.at;
        for part in schema.all_of {
            self.turn(start)?;
            self.value(part)?;
        }
        if !schema.any_of.is_empty() {
            self.any_of(schema.any_of, start)?;
        }
        if !schema.one_of.is_empty() {
            self.one_of(schema.one_of, start)?;
        }
        if let Some(excluded) = schema.not {
            self.not(excluded, start)?;
        }
        self.turn(end)?;
        self.nested -= 1;
        Ok(())
    }

    /// The first branch that holds without drift, else the first that holds.
    fn any_of(&mut self, branches: &[&Schema], start: usize) -> Result<(), Box<Stop>> {
        let mut second_best = None;
        for branch in branches {
            match self.branch(branch, start)? {
                Outcome::Holds => return Ok(()),
                Outcome::Drifts(drift) => second_best = second_best.or(Some(drift)),
                Outcome::Fails => {}
            }
        }
        self.settle(second_best, start, Rule::AnyOf)
    }

    /// As [`Walk::any_of`], and no second branch may hold without drift.
    fn one_of(&mut self, branches: &[&Schema], start: usize) -> Result<(), Box<Stop>> {
        let mut holding: usize = 0;
        let mut second_best = None;
        for branch in branches {
            match self.branch(branch, start)? {
                Outcome::Holds => holding += 1,
                Outcome::Drifts(drift) => second_best = second_best.or(Some(drift)),
                Outcome::Fails => {}
            }
        }
        match holding {
            0 => self.settle(second_best, start, Rule::OneOf),
            1 => Ok(()),
            _ => self.soft(start, Rule::OneOfSeveral),
        }
    }

    fn not(&mut self, excluded: &Schema, start: usize) -> Result<(), Box<Stop>> {
        let strict = std::mem::replace(&mut self.strict, true);
        let outcome = self.branch(excluded, start);
        self.strict = strict;
        match outcome? {
            Outcome::Fails => Ok(()),
            Outcome::Holds | Outcome::Drifts(_) => self.soft(start, Rule::Not),
        }
    }

    /// No branch holds without drift: takes over the drift of one that holds with it.
    fn settle(&mut self, second_best: Option<Drift>, start: usize, rule: Rule) -> Result<(), Box<Stop>> {
        let Some(drift) = second_best else { return hard(start, rule) };
        self.soft += drift.count;
        let room = MAX_DRIFT.saturating_sub(self.drift.len());
        self.drift.extend(drift.findings.into_iter().take(room));
        Ok(())
    }

    /// Reads the value at `start` against one branch and leaves no trace of it but the fuel.
    fn branch(&mut self, branch: &Schema, start: usize) -> Result<Outcome, Box<Stop>> {
        self.turn(start)?;
        let (kept, soft) = (self.drift.len(), self.soft);
        let (depth, nested) = (self.depth, self.nested);
        let result = self.value(branch);
        self.depth = depth;
        self.nested = nested;
        let findings = self.drift.split_off(kept);
        let count = std::mem::replace(&mut self.soft, soft) - soft;
        match result {
            Ok(()) if count == 0 => Ok(Outcome::Holds),
            Ok(()) => Ok(Outcome::Drifts(Drift { findings, count })),
            Err(stop) if matches!(*stop, Stop::Broken(_)) => Ok(Outcome::Fails),
            Err(stop) => Err(stop),
        }
    }

    /// Puts the cursor to `at`, after paying for what it has read since the last turn.
    fn turn(&mut self, at: usize) -> Result<(), Box<Stop>> {
        // A turn costs something even where nothing was read, or an idle recursion would be free.
        self.spend(at, self.cursor.at.saturating_sub(self.paid) + 8)?;
        self.cursor.at = at;
        self.paid = at;
        Ok(())
    }
}
