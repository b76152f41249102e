//! The `check` command: what can be verified without starting anything or signing in.

use std::path::Path;

use super::exit;
use crate::config::Loaded;

/// What was found, for people, and how the process ends.
pub(super) struct Report {
    pub(super) text: String,
    pub(super) exit: u8,
}

/// Verifies a loaded configuration against this machine.
pub(super) fn report(path: &Path, loaded: &Loaded) -> Report {
    let warnings: String = loaded.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
    Report { text: format!("{}: good\n{warnings}", path.display()), exit: exit::GOOD }
}
