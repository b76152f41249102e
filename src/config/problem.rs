//! What is wrong with a configuration, in words that an operator can act on.
//!
//! The decision is always the same (exit code 78, nothing is started), so there is one kind of error.

use std::fmt;

/// Why there is no configuration: every problem that was found, and the warnings found on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Each names the place, what was found, and what is allowed; one or more lines.
    pub problems: Vec<String>,
    /// What would have been warned of: a misspelt key is often why another one is missing.
    pub warnings: Vec<String>,
}

impl ConfigError {
    /// A single problem.
    pub(super) fn one(problem: String) -> ConfigError {
        ConfigError { problems: vec![problem], warnings: Vec::new() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for ConfigError {}
