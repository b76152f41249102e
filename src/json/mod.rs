//! JSON as RFC 8259 writes it, read strictly: the one reader of callbacks, answers, configuration and swagger.
//!
//! [`check`] and [`parse`] accept the same texts: UTF-8 without a byte order mark, no lone surrogates, no control
//! characters in strings, at most [`MAX_DEPTH`] containers inside each other, nothing after the value. Numbers
//! keep their text, so none is too large or too precise. Duplicate names are accepted and kept in order;
//! where one value is asked for, the last wins.
//!
//! `std` only and no path outside this folder: the build script compiles these files as well. What a document
//! must contain is the contract's business, not this module's.

mod error;
pub(crate) mod number;
pub(crate) mod scan;
mod tree;
pub(crate) mod write;

pub use error::SyntaxError;
pub use tree::{Member, Node, Value, parse};
use write::unescape;
pub use write::{canonical, compact_into, quote_into};

use scan::Cursor;
use std::borrow::Cow;

/// Most containers inside each other; one more is a syntax error.
pub const MAX_DEPTH: usize = 128;

/// Whether the text is one JSON value: a single pass that builds nothing.
pub fn check(text: &[u8]) -> Result<(), SyntaxError> {
    let mut cursor = Cursor::open(text)?;
    cursor.skip(0)?;
    cursor.end()
}

/// The string at `path` (member names from the root) in a document that [`check`] has accepted, unescaped.
///
/// `None` when a name is missing, what it names is not a string, or the text is not JSON after all.
pub fn pluck<'a>(valid: &'a [u8], path: &[&str]) -> Option<Cow<'a, str>> {
    let mut cursor = Cursor::over(valid);
    cursor.space();
    cursor.at = find(&mut cursor, path, 0)?;
    if cursor.peek() != Some(b'"') {
        return None;
    }
    let token = cursor.string().ok()?;
    let raw = token.raw(valid);
    if token.escaped {
        return Some(Cow::Owned(unescape(raw)));
    }
    std::str::from_utf8(raw).ok().map(Cow::Borrowed)
}

/// Where the value at `path` below the cursor's value begins; the cursor goes past the latter, in one reading.
fn find(cursor: &mut Cursor<'_>, path: &[&str], depth: usize) -> Option<usize> {
    let start = cursor.at;
    let Some((name, inner)) = path.split_first() else {
        cursor.skip(depth).ok()?;
        return Some(start);
    };
    if cursor.peek() != Some(b'{') {
        cursor.skip(depth).ok()?;
        return None;
    }
    let mut found = None;
    let mut more = cursor.enter(b'}');
    while more {
        let key = cursor.key().ok()?;
        if key.is(cursor.text(), name) {
            found = find(cursor, inner, depth + 1);
        } else {
            cursor.skip(depth + 1).ok()?;
        }
        more = cursor.more(b'}').ok()?;
    }
    found
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod battery;
