//! Objects: the properties a schema names, those it requires, and those it does not know.

use super::rule::Rule;
use super::schema::{Additional, ObjectRules, Property};
use super::walk::{Stop, Walk, hard};
use crate::json::scan::{Cursor, Token};
use crate::json::write::unescape;

/// The object at the cursor.
pub(super) fn object(walk: &mut Walk<'_>, rules: &ObjectRules) -> Result<(), Box<Stop>> {
    let start = walk.cursor.at;
    walk.cursor.room(walk.depth)?;
    walk.depth += 1;
    let mut seen = Seen::default();
    let mut next = 0;
    let mut more = walk.cursor.enter(b'}');
    while more {
        let key = walk.cursor.key()?;
        match find(walk.cursor, key, rules.properties, next) {
            Some((index, property)) => {
                seen.insert(index);
                next = index + 1;
                walk.value(property.schema)?;
            }
            None => unnamed(walk, key, rules, &mut seen)?,
        }
        more = walk.cursor.more(b'}')?;
    }
    walk.depth -= 1;
    required(&seen, rules, start)?;
    if rules.min_properties > 0 || rules.max_properties.is_some() {
        count(walk, rules, start)?;
    }
    Ok(())
}

/// The named property that a key means. Bodies keep the order of the contract more often than not, so the property
/// after the last one found is tried first.
#[inline]
fn find<'s>(
    cursor: Cursor<'_>,
    key: Token,
    properties: &'s [Property],
    next: usize,
) -> Option<(usize, &'s Property)> {
    if key.escaped {
        let name = unescape(key.raw(cursor.text()));
        return position(properties, name.as_bytes());
    }
    let raw = key.raw(cursor.text());
    match properties.get(next) {
        Some(property) if property.name.as_bytes() == raw => Some((next, property)),
        _ => position(properties, raw),
    }
}

fn position<'s>(properties: &'s [Property], name: &[u8]) -> Option<(usize, &'s Property)> {
    properties.iter().enumerate().find(|(_, property)| property.name.as_bytes() == name)
}

/// A member that is not among the named properties.
#[inline(never)]
fn unnamed(walk: &mut Walk<'_>, key: Token, rules: &ObjectRules, seen: &mut Seen) -> Result<(), Box<Stop>> {
    for (index, name) in rules.required.iter().enumerate() {
        if key.is(walk.cursor.text(), name) {
            seen.insert(rules.properties.len() + index);
        }
    }
    match rules.additional {
        Additional::Schema(schema) => return walk.value(schema),
        Additional::Refused => walk.soft(walk.cursor.at, Rule::Additional)?,
        Additional::Allowed => {}
    }
    Ok(walk.cursor.skip(walk.depth)?)
}

#[inline(never)]
fn required(seen: &Seen, rules: &ObjectRules, start: usize) -> Result<(), Box<Stop>> {
    for (index, property) in rules.properties.iter().enumerate() {
        if property.required && !seen.has(index) {
            return hard(start, Rule::Required(property.name));
        }
    }
    for (index, name) in rules.required.iter().enumerate() {
        if !seen.has(rules.properties.len() + index) {
            return hard(start, Rule::Required(name));
        }
    }
    Ok(())
}

/// `minProperties` and `maxProperties`, of the object that begins at `start` and ends at the cursor. Members of one
/// name are one property, so the names are collected in a second reading.
#[inline(never)]
fn count(walk: &mut Walk<'_>, rules: &ObjectRules, start: usize) -> Result<(), Box<Stop>> {
    walk.spend(start, walk.cursor.at - start)?;
    let mut cursor = walk.cursor;
    cursor.at = start;
    let mut names = Vec::new();
    let mut more = cursor.enter(b'}');
    while more {
        let key = cursor.key()?;
        names.push(unescape(key.raw(cursor.text())));
        cursor.skip(walk.depth + 1)?;
        more = cursor.more(b'}')?;
    }
    names.sort_unstable();
    names.dedup();
    let count = names.len() as u64;
    if count < rules.min_properties {
        walk.soft(start, Rule::MinProperties(rules.min_properties))?;
    }
    match rules.max_properties {
        Some(most) if count > most => walk.soft(start, Rule::MaxProperties(most)),
        _ => Ok(()),
    }
}

/// Which properties an object has, by their index: bits, in one word for the first 64.
#[derive(Default)]
struct Seen {
    low: u64,
    high: Vec<u64>,
}

impl Seen {
    #[inline]
    fn insert(&mut self, index: usize) {
        if index < 64 {
            self.low |= 1 << index;
            return;
        }
        let word = index / 64 - 1;
        if self.high.len() <= word {
            self.high.resize(word + 1, 0);
        }
        if let Some(bits) = self.high.get_mut(word) {
            *bits |= 1 << (index % 64);
        }
    }

    #[inline]
    fn has(&self, index: usize) -> bool {
        let bits = if index < 64 { self.low } else { self.high.get(index / 64 - 1).copied().unwrap_or(0) };
        bits >> (index % 64) & 1 == 1
    }
}
