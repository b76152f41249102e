//! What the cloud does otherwise than its documents say: told once per place, counted always.
//!
//! The listener and the session report what [`super::check()`] let through. Pointers hold names that a remote may
//! choose, so the table of what was told is bounded, and what is logged is shortened and escaped.

use super::Violation;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Most different deviations that are told one by one. After that they are only counted.
pub const MAX_TOLD: usize = 256;

/// Longest pointer that is told whole, in characters.
const MAX_POINTER: usize = 120;

/// Counts a deviation found at `place` (`callback message`, `messageIndex 200`), and logs it the first time.
pub fn report(place: &str, violation: &Violation) {
    match TABLE.note(place, violation) {
        Note::First(what) => log::warn!(target: "contract", "drift: {what}"),
        Note::Last => log::warn!(
            target: "contract",
            "drift: {MAX_TOLD} different deviations so far; further ones are counted, not logged"
        ),
        Note::Known => {}
    }
}

/// Deviations reported since the start.
pub fn total() -> u64 {
    TABLE.count.load(Ordering::Relaxed)
}

static TABLE: Table = Table { count: AtomicU64::new(0), told: Mutex::new(None) };

struct Table {
    count: AtomicU64,
    /// What was told, made with the first report. One entry more than [`MAX_TOLD`]: the table is full and said so.
    told: Mutex<Option<HashSet<Box<str>>>>,
}

/// What is to be said about a deviation.
#[derive(Debug, PartialEq, Eq)]
enum Note {
    /// This, for it is new.
    First(Box<str>),
    /// That no more will be said.
    Last,
    /// Nothing.
    Known,
}

impl Table {
    fn note(&self, place: &str, violation: &Violation) -> Note {
        self.count.fetch_add(1, Ordering::Relaxed);
        let what: Box<str> = format!("{place}: {}: {}", shown(&violation.pointer), violation.rule).into();
        // A thread that panicked here left a set that is still sound.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = told.get_or_insert_default();
        if told.len() > MAX_TOLD || told.contains(&what) {
            return Note::Known;
        }
        told.insert(what.clone());
        if told.len() > MAX_TOLD { Note::Last } else { Note::First(what) }
    }
}

/// A pointer fit for a log line: no control characters, no more than [`MAX_POINTER`] characters.
fn shown(pointer: &str) -> String {
    if pointer.is_empty() {
        return "the document".to_owned();
    }
    let mut shown: String = pointer.chars().take(MAX_POINTER).flat_map(char::escape_debug).collect();
    if pointer.chars().nth(MAX_POINTER).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(pointer: &str, rule: &str) -> Violation {
        Violation { pointer: pointer.to_owned(), rule: rule.to_owned() }
    }

    fn table() -> Table {
        Table { count: AtomicU64::new(0), told: Mutex::new(None) }
    }

    #[test]
    fn each_place_pointer_and_rule_is_told_once_and_counted_always() {
        let table = table();
        let check = |place: &str, pointer: &str, rule: &str, expected: Option<&str>| {
            let note = table.note(place, &violation(pointer, rule));
            assert_eq!(note, expected.map_or(Note::Known, |what| Note::First(what.into())));
        };
        check("callback receipt", "/receipt/event", "enum", Some("callback receipt: /receipt/event: enum"));
        check("callback receipt", "/receipt/event", "enum", None);
        check("callback receipt", "/receipt/event", "other", Some("callback receipt: /receipt/event: other"));
        check("callback receipt", "/receipt/entity", "enum", Some("callback receipt: /receipt/entity: enum"));
        check("callback error", "", "enum", Some("callback error: the document: enum"));
        check("callback receipt", "/receipt/event", "enum", None);
        assert_eq!(table.count.load(Ordering::Relaxed), 6);
    }

    #[test]
    fn the_table_is_bounded() {
        let table = table();
        let notes: Vec<Note> = (0..MAX_TOLD + 50)
            .map(|index| table.note("place", &violation(&format!("/{index}"), "rule")))
            .collect();
        assert!(notes[..MAX_TOLD].iter().all(|note| matches!(note, Note::First(_))));
        assert_eq!(notes[MAX_TOLD], Note::Last);
        assert!(notes[MAX_TOLD + 1..].iter().all(|note| *note == Note::Known));
        assert_eq!(table.count.load(Ordering::Relaxed), (MAX_TOLD + 50) as u64);
    }

    #[test]
    fn names_that_a_remote_chose_cannot_forge_log_lines() {
        assert_eq!(shown("/a\nERROR \u{1b}[0m\u{202e}"), "/a\\nERROR \\u{1b}[0m\\u{202e}");
        assert_eq!(shown(&"é".repeat(500)), "é".repeat(MAX_POINTER) + "…");
    }

    #[test]
    fn reports_of_many_threads_are_all_counted() {
        let before = total();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..100).for_each(|_| report("test", &violation("/x", "rule"))));
            }
        });
        assert!(total() >= before + 400);
    }
}
