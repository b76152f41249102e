//! JSON texts made from JSON texts: compact, quoted, canonical, unescaped.

use super::number::canonical_number;
use super::scan::special;
use super::{Member, Node, Value, parse};

/// Appends a valid document without the white space outside its strings; nothing else changes.
pub fn compact_into(valid: &[u8], out: &mut Vec<u8>) {
    out.reserve(valid.len());
    let mut kept = 0;
    let mut at = 0;
    while let Some(&byte) = valid.get(at) {
        match byte {
            b'"' => at = after_string(valid, at + 1),
            b' ' | b'\n' | b'\r' | b'\t' => {
                out.extend_from_slice(valid.get(kept..at).unwrap_or_default());
                while let Some(b' ' | b'\n' | b'\r' | b'\t') = valid.get(at) {
                    at += 1;
                }
                kept = at;
            }
            _ => at += 1,
        }
    }
    out.extend_from_slice(valid.get(kept..).unwrap_or_default());
}

/// The offset after the closing quote of a string whose content begins at `at`.
#[inline]
fn after_string(valid: &[u8], mut at: usize) -> usize {
    loop {
        at = special(valid, at);
        match valid.get(at) {
            Some(b'"') | None => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

/// Appends the text as a JSON string; only `"`, `\` and control characters are escaped.
pub fn quote_into(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    // Room for the escapes that a JSON document of the usual density needs, so that one allocation serves.
    out.reserve(bytes.len() + bytes.len() / 4 + 2);
    out.push(b'"');
    let mut kept = 0;
    loop {
        let at = special(bytes, kept);
        out.extend_from_slice(bytes.get(kept..at).unwrap_or_default());
        let Some(&byte) = bytes.get(at) else { break };
        escape_into(byte, out);
        kept = at + 1;
    }
    out.push(b'"');
}

#[inline]
fn escape_into(byte: u8, out: &mut Vec<u8>) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x09 => b't',
        0x0A => b'n',
        0x0C => b'f',
        0x0D => b'r',
        _ => {
            let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// One text for all spellings of a value: names sorted (the last of duplicates), no white space, one form of each
/// number and of each character. Two valid documents are equal values exactly when these texts are equal.
///
/// A text that is not JSON comes back as it is.
pub fn canonical(valid: &[u8]) -> String {
    let mut out = Vec::with_capacity(valid.len());
    match parse(valid) {
        Ok(node) => canonical_into(&node, &mut out),
        Err(_) => out.extend_from_slice(valid),
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends the canonical text of a value. Recursion ends at [`super::MAX_DEPTH`], which the tree cannot exceed.
pub(crate) fn canonical_into(node: &Node, out: &mut Vec<u8>) {
    match &node.value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => out.extend_from_slice(canonical_number(number.as_bytes()).as_bytes()),
        Value::String(string) => quote_into(string, out),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                canonical_into(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => members_into(members, out),
    }
}

fn members_into(members: &[Member], out: &mut Vec<u8>) {
    let mut sorted: Vec<&Member> = members.iter().collect();
    // Stable: of equal names the last of the text stays last.
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    out.push(b'{');
    let mut first = true;
    for (index, member) in sorted.iter().enumerate() {
        if sorted.get(index + 1).is_some_and(|next| next.name == member.name) {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        quote_into(&member.name, out);
        out.push(b':');
        canonical_into(&member.node, out);
    }
    out.push(b'}');
}

/// What the bytes between the quotes of a valid string mean.
pub(crate) fn unescape(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        let plain = rest.iter().position(|&byte| byte == b'\\').unwrap_or(rest.len());
        let (before, escape) = rest.split_at(plain);
        out.push_str(&String::from_utf8_lossy(before));
        let Some(&letter) = escape.get(1) else { return out };
        let mut length = 2;
        out.push(match letter {
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = unit(escape, 2);
                length = 6;
                if matches!(high, 0xD800..=0xDBFF) {
                    length = 12;
                    let low = unit(escape, 8);
                    let code = 0x1_0000 + ((high & 0x3FF) << 10) + (low & 0x3FF);
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                } else {
                    char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
            }
            other => char::from(other),
        });
        rest = escape.get(length..).unwrap_or_default();
    }
}

/// The four hexadecimal digits at `at`.
fn unit(escape: &[u8], at: usize) -> u32 {
    let digits = escape.get(at..at + 4).unwrap_or_default();
    digits.iter().fold(0, |unit, &byte| unit * 16 + char::from(byte).to_digit(16).unwrap_or(0))
}
