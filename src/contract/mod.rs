//! The contract with the cloud: schemas, operations and callbacks as the swagger states them, and their checks.

mod branches;
pub mod check;
pub mod drift;
mod equality;
mod generated;
#[cfg(test)]
mod generator;
mod number;
mod object;
pub mod operation;
mod pointer;
mod rule;
pub mod schema;
mod walk;

pub use check::{Refusal, Violation, check};
pub use generated::{API_DOCUMENT, CALLBACKS, OPERATIONS, WEBHOOK_DOCUMENT, operations};

/// The callback with this name: the last segment of its path.
pub fn callback(name: &str) -> Option<&'static operation::Callback> {
    CALLBACKS.iter().find(|callback| callback.name == name)
}

/// The operation with this name, for example `connectionCreate`.
pub fn operation(name: &str) -> Option<&'static operation::Operation> {
    OPERATIONS.iter().copied().find(|operation| operation.name == name)
}

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
