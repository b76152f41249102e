//! One reading of a body against a schema: bytes in, findings out, no tree between.
//!
//! Syntax and contract are checked in the same pass. Only combinators (`allOf`, `anyOf`, `oneOf`, `not`:
//! [`super::branches`]) read a value again; what that may cost in all is bounded by [`FUEL_PER_BYTE`], and how deep
//! they may nest by [`MAX_NESTED`]. A finding is an offset and a rule; [`mod@super::check`] words it.

use super::object;
use super::rule::{Finding, Rule};
use super::schema::{ArrayRules, Schema, StringRules, Types};
use super::{equality, number};
use crate::json::SyntaxError;
use crate::json::scan::{Cursor, Token};

/// Most places of drift that one body reports; more would only say the same again.
pub(super) const MAX_DRIFT: usize = 32;

/// How many bytes may be read again for each byte of the body.
pub(super) const FUEL_PER_BYTE: u64 = 100;

/// Fuel that every body has, so that small ones do not run short of a wide schema.
pub(super) const FUEL_BASE: u64 = 16 * 1024;

/// Most combinators inside each other, along one path through the body. With [`crate::json::MAX_DEPTH`] it bounds the
/// stack: a schema that refers to itself takes 80 KiB at most in a release build (384 KiB in a debug build), one that
/// does not takes a few.
pub(super) const MAX_NESTED: usize = 64;

/// Why a reading ends before the end. It travels boxed: what is passed up through every level stays a word then, and
/// so does what it takes of the stack.
pub(crate) enum Stop {
    /// The text is not JSON.
    Syntax(SyntaxError),
    /// A rule is broken that the mode does not let pass. A branch may fail so; another is tried then.
    Broken(Finding),
    /// The bounds of the work are reached. No branch is tried after that.
    Exhausted(Finding),
}

impl From<SyntaxError> for Box<Stop> {
    #[cold]
    fn from(error: SyntaxError) -> Box<Stop> {
        Box::new(Stop::Syntax(error))
    }
}

/// The state of a reading.
pub(crate) struct Walk<'a> {
    pub(super) cursor: Cursor<'a>,
    /// Whether the rules that tolerance lets pass are hard.
    pub(super) strict: bool,
    /// What was let pass, [`MAX_DRIFT`] at most.
    pub(super) drift: Vec<Finding>,
    /// How much was let pass.
    pub(super) soft: usize,
    /// Containers around the cursor.
    pub(super) depth: usize,
    /// Combinators around the cursor.
    pub(super) nested: usize,
    /// Bytes that may still be read again.
    pub(super) fuel: u64,
    /// Up to where the reading is paid for.
    pub(super) paid: usize,
}

impl<'a> Walk<'a> {
    /// Before the body's value.
    pub(crate) fn open(body: &'a [u8], strict: bool) -> Result<Walk<'a>, SyntaxError> {
        let cursor = Cursor::open(body)?;
        let fuel = FUEL_BASE.saturating_add(FUEL_PER_BYTE.saturating_mul(body.len() as u64));
        Ok(Walk { cursor, strict, drift: Vec::new(), soft: 0, depth: 0, nested: 0, fuel, paid: 0 })
    }

    /// The whole body.
    pub(crate) fn document(&mut self, schema: &Schema) -> Result<(), Box<Stop>> {
        self.value(schema)?;
        Ok(self.cursor.end()?)
    }

    /// What was let pass.
    pub(crate) fn drift(&self) -> &[Finding] {
        &self.drift
    }

    /// The value at the cursor, and the cursor past it.
    #[inline]
    pub(super) fn value(&mut self, schema: &Schema) -> Result<(), Box<Stop>> {
        if schema.combines() { self.combined(schema) } else { self.plain(schema) }
    }

    /// The value at the cursor against the keywords of the schema itself, without its combinators.
    pub(super) fn plain(&mut self, schema: &Schema) -> Result<(), Box<Stop>> {
        let start = self.cursor.at;
        match self.cursor.peek() {
            Some(b'"') => {
                self.expect(schema, Types::STRING, "string")?;
                let token = self.cursor.string()?;
                if let Some(rules) = schema.string {
                    self.string(rules, token)?;
                }
            }
            Some(b'{') => {
                self.expect(schema, Types::OBJECT, "object")?;
                match schema.object {
                    Some(rules) => object::object(self, rules)?,
                    None => self.cursor.skip(self.depth)?,
                }
            }
            Some(b'[') => {
                self.expect(schema, Types::ARRAY, "array")?;
                match schema.array {
                    Some(rules) => self.array(rules)?,
                    None => self.cursor.skip(self.depth)?,
                }
            }
            Some(b'-' | b'0'..=b'9') => self.number(schema)?,
            Some(b't') => {
                self.expect(schema, Types::BOOLEAN, "boolean")?;
                self.cursor.literal("true")?;
            }
            Some(b'f') => {
                self.expect(schema, Types::BOOLEAN, "boolean")?;
                self.cursor.literal("false")?;
            }
            Some(b'n') => {
                self.expect(schema, Types::NULL, "null")?;
                self.cursor.literal("null")?;
            }
            _ => self.cursor.scalar()?,
        }
        if schema.allowed.is_empty() { Ok(()) } else { self.allowed(schema.allowed, start) }
    }

    /// `type`.
    #[inline]
    fn expect(&self, schema: &Schema, found: Types, name: &'static str) -> Result<(), Box<Stop>> {
        if schema.types == Types::ANY || schema.types.has(found) {
            return Ok(());
        }
        hard(self.cursor.at, Rule::Type(schema.types, name))
    }

    #[inline(never)]
    fn number(&mut self, schema: &Schema) -> Result<(), Box<Stop>> {
        let start = self.cursor.at;
        self.cursor.number()?;
        let any = schema.types == Types::ANY || schema.types.has(Types::NUMBER);
        if any && schema.number.is_none() {
            return Ok(());
        }
        let text = self.since(start);
        let whole = schema.types.has(Types::INTEGER) && number::is_integer(text);
        if !(any || whole) {
            return hard(start, Rule::Type(schema.types, "number"));
        }
        let Some(rules) = schema.number else { return Ok(()) };
        for rule in number::broken(text, rules).into_iter().flatten() {
            self.soft(start, rule)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn string(&mut self, rules: &StringRules, token: Token) -> Result<(), Box<Stop>> {
        let length = token.characters(self.cursor.text());
        if length < rules.min_length {
            self.soft(token.start - 1, Rule::MinLength(rules.min_length))?;
        }
        match rules.max_length {
            Some(most) if length > most => self.soft(token.start - 1, Rule::MaxLength(most)),
            _ => Ok(()),
        }
    }

    fn array(&mut self, rules: &ArrayRules) -> Result<(), Box<Stop>> {
        let start = self.cursor.at;
        self.cursor.room(self.depth)?;
        self.depth += 1;
        let mut count: u64 = 0;
        let mut items = Vec::new();
        let mut more = self.cursor.enter(b']');
        while more {
            count += 1;
            let begin = self.cursor.at;
            match rules.items {
                Some(schema) => self.value(schema)?,
                None => self.cursor.skip(self.depth)?,
            }
            if rules.unique {
                items.push((begin, self.cursor.at));
            }
            more = self.cursor.more(b']')?;
        }
        self.depth -= 1;
        if count < rules.min_items {
            self.soft(start, Rule::MinItems(rules.min_items))?;
        }
        if let Some(most) = rules.max_items
            && count > most
        {
            self.soft(start, Rule::MaxItems(most))?;
        }
        if items.len() > 1 {
            self.spend(start, equality::COST * (self.cursor.at - start))?;
            if !equality::unique(self.cursor.text(), &items) {
                self.soft(start, Rule::Unique)?;
            }
        }
        Ok(())
    }

    /// `enum`, for the value that begins at `start` and ends at the cursor.
    #[inline(never)]
    fn allowed(&mut self, allowed: &'static [&'static str], start: usize) -> Result<(), Box<Stop>> {
        let text = self.since(start);
        if allowed.iter().any(|one| one.as_bytes() == text) {
            return Ok(());
        }
        if equality::may_be_spelt_otherwise(text) {
            self.spend(start, equality::COST * text.len())?;
            if equality::is_one_of(text, allowed) {
                return Ok(());
            }
        }
        self.soft(start, Rule::Enum(allowed))
    }

    /// The bytes from `start` to the cursor.
    #[inline]
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.cursor.text().get(start..self.cursor.at).unwrap_or_default()
    }

    /// A rule that only strictness enforces.
    #[cold]
    pub(super) fn soft(&mut self, at: usize, rule: Rule) -> Result<(), Box<Stop>> {
        if self.strict {
            return hard(at, rule);
        }
        self.soft += 1;
        if self.drift.len() < MAX_DRIFT {
            self.drift.push(Finding { at, rule });
        }
        Ok(())
    }

    /// Pays for work beyond the first reading.
    pub(super) fn spend(&mut self, at: usize, bytes: usize) -> Result<(), Box<Stop>> {
        match self.fuel.checked_sub(bytes as u64) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => exhausted(at),
        }
    }
}

/// A rule that no mode lets pass.
#[cold]
pub(super) fn hard<T>(at: usize, rule: Rule) -> Result<T, Box<Stop>> {
    Err(Box::new(Stop::Broken(Finding { at, rule })))
}

/// The bounds of the work are reached.
#[cold]
pub(super) fn exhausted<T>(at: usize) -> Result<T, Box<Stop>> {
    Err(Box::new(Stop::Exhausted(Finding { at, rule: Rule::Exhausted })))
}
