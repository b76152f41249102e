//! Whether a body keeps the contract: [`check`], what it reports, and how it refuses.
//!
//! The listener and the session ask; the answer is a refusal with its place, or the body's drift, which is usually
//! empty and then costs no allocation. The reading itself is `walk.rs`'s. What is done about drift is
//! [`super::drift`]'s.

use super::Mode;
use super::pointer;
use super::rule::Finding;
use super::schema::Schema;
use super::walk::{Stop, Walk};
use crate::json::{self, SyntaxError};
use std::fmt;

/// One place of a body where the contract is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer of the value (RFC 6901; the root is empty). A missing field is named by the pointer it would have.
    pub pointer: String,
    /// What the contract asks there: `required`, `expected string, found number`. Never holds the body's content.
    pub rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = if self.pointer.is_empty() { "the document" } else { &self.pointer };
        write!(formatter, "{pointer}: {}", self.rule)
    }
}

/// Why a body is not accepted. `Display` is the reason alone; [`Refusal::pointer`] is the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The body is not JSON. This wins over every violation, wherever it stands.
    Syntax {
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What was expected and what was found.
        reason: String,
    },
    /// The first violation that the mode does not let pass.
    Broken(Violation),
}

impl Refusal {
    /// The place of a violation; `None` for a body that is not JSON.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Refusal::Syntax { .. } => None,
            Refusal::Broken(violation) => Some(&violation.pointer),
        }
    }

    fn syntax(error: SyntaxError, body: &[u8]) -> Refusal {
        let (line, column) = error.position(body);
        Refusal::Syntax { line, column, reason: error.explain(body) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Syntax { line, column, reason } => {
                write!(formatter, "not JSON at line {line}, column {column}: {reason}")
            }
            Refusal::Broken(violation) => formatter.write_str(&violation.rule),
        }
    }
}

impl std::error::Error for Refusal {}

/// Checks a body against a schema.
///
/// `Ok` holds the drift: what is outside the contract and yet let through, 32 places at most.
///
/// - [`Mode::Strict`]: every keyword is enforced, nothing is drift.
/// - [`Mode::Tolerant`]: syntax, `type` and `required` are enforced. The other keywords are drift, except that some
///   branch of `anyOf` and `oneOf` must hold, strictly or else with its own drift.
/// - [`Mode::Off`]: syntax only.
///
/// An `integer` is a number written without a fraction part whose value is whole: `1e3` and `10e-1` are, `1.0` and
/// `1e-1` are not. Numbers are compared exactly, lengths count code points, equality is that of JSON values. Each of
/// several members of one name is checked, and any of them satisfies `required`.
///
/// The work is bounded by the body's size, whatever the schema: where alternatives multiply beyond that, the body is
/// refused with a rule that says so.
pub fn check(schema: &Schema, body: &[u8], mode: Mode) -> Result<Vec<Violation>, Refusal> {
    if mode == Mode::Off {
        return json::check(body).map(|()| Vec::new()).map_err(|error| Refusal::syntax(error, body));
    }
    let mut walk = match Walk::open(body, mode == Mode::Strict) {
        Ok(walk) => walk,
        Err(error) => return Err(Refusal::syntax(error, body)),
    };
    let finding = match walk.document(schema) {
        Ok(()) => return Ok(walk.drift().iter().map(|finding| violation(finding, body)).collect()),
        Err(stop) => match *stop {
            Stop::Syntax(error) => return Err(Refusal::syntax(error, body)),
            Stop::Broken(finding) | Stop::Exhausted(finding) => finding,
        },
    };
    // The walk ended early: what follows may not even be JSON.
    json::check(body).map_err(|error| Refusal::syntax(error, body))?;
    Err(Refusal::Broken(violation(&finding, body)))
}

fn violation(finding: &Finding, body: &[u8]) -> Violation {
    let pointer = pointer::of(body, finding.at, finding.rule.missing());
    Violation { pointer, rule: finding.rule.to_string() }
}

#[cfg(test)]
mod branching;
#[cfg(test)]
mod suite;
#[cfg(test)]
mod tests;
