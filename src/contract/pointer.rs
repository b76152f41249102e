//! JSON pointers (RFC 6901) from offsets. The walk carries no path along; the few places that are reported are
//! found again here, in one pass over the body.

use crate::json::SyntaxError;
use crate::json::scan::{Cursor, Token};
use crate::json::write::unescape;
use std::borrow::Cow;
use std::fmt::Write;

/// The pointer of the value that begins at the offset `at` of a valid body, and of its member `missing` if given.
pub(crate) fn of(body: &[u8], at: usize, missing: Option<&str>) -> String {
    let mut pointer = String::new();
    // The offset comes from a walk over the same bytes; on others the root is the honest answer.
    for step in steps(body, at).unwrap_or_default() {
        match step {
            // Writing to a String cannot fail.
            Step::Item(index) => drop(write!(pointer, "/{index}")),
            Step::Member(token) => push(&mut pointer, &name(token, body)),
        }
    }
    if let Some(name) = missing {
        push(&mut pointer, name);
    }
    pointer
}

fn name<'a>(token: Token, body: &'a [u8]) -> Cow<'a, str> {
    let raw = token.raw(body);
    if token.escaped { Cow::Owned(unescape(raw)) } else { String::from_utf8_lossy(raw) }
}

/// One reference token: `~` and `/` are escaped.
fn push(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

/// From a container into one of its elements.
enum Step {
    Item(usize),
    Member(Token),
}

/// The way from the root to the value that begins at `target`.
fn steps(body: &[u8], target: usize) -> Result<Vec<Step>, SyntaxError> {
    let mut cursor = Cursor::over(body);
    let mut way = Vec::new();
    cursor.space();
    while cursor.at < target {
        match cursor.peek() {
            Some(open @ (b'{' | b'[')) => {
                let object = open == b'{';
                if cursor.enter(if object { b'}' } else { b']' }) {
                    way.push(if object { Step::Member(cursor.key()?) } else { Step::Item(0) });
                    continue;
                }
            }
            _ => cursor.scalar()?,
        }
        next(&mut cursor, &mut way)?;
    }
    Ok(way)
}

/// From the end of a value to the next one in the text, which may lie further out.
fn next(cursor: &mut Cursor<'_>, way: &mut Vec<Step>) -> Result<(), SyntaxError> {
    while let Some(step) = way.last_mut() {
        match step {
            Step::Item(index) if cursor.more(b']')? => {
                *index += 1;
                return Ok(());
            }
            Step::Member(token) if cursor.more(b'}')? => {
                *token = cursor.key()?;
                return Ok(());
            }
            _ => drop(way.pop()),
        }
    }
    Ok(())
}
