//! The contract with the cloud: schemas, operations and callbacks as the swagger states them, and their checks.

mod branches;
pub mod check;
pub mod drift;
mod equality;
mod number;
mod object;
pub mod operation;
mod pointer;
mod rule;
pub mod schema;
mod walk;

pub use check::{Refusal, Violation, check};

/// `validate` (DESIGN decision 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The whole contract is enforced.
    Strict,
    /// Syntax, types and required fields are enforced; the rest is drift.
    Tolerant,
    /// Only the JSON is checked.
    Off,
}
