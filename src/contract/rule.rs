//! The rules of a schema that a body can break, small enough to carry around and worded only when one is reported.

use super::schema::Types;
use std::fmt;

/// A broken rule and the offset of the value that breaks it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finding {
    /// Where the value begins; for a missing member, where its object begins.
    pub(crate) at: usize,
    /// What it breaks.
    pub(crate) rule: Rule,
}

/// A broken rule.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    /// `type`: what is allowed, what was found.
    Type(Types, &'static str),
    /// `required`: the missing name.
    Required(&'static str),
    /// `enum`.
    Enum(&'static [&'static str]),
    /// `minimum`, excluded or not.
    Minimum(&'static str, bool),
    /// `maximum`, excluded or not.
    Maximum(&'static str, bool),
    /// `multipleOf`.
    MultipleOf(&'static str),
    /// `minLength`.
    MinLength(u64),
    /// `maxLength`.
    MaxLength(u64),
    /// `minItems`.
    MinItems(u64),
    /// `maxItems`.
    MaxItems(u64),
    /// `uniqueItems`.
    Unique,
    /// `additionalProperties: false`.
    Additional,
    /// `minProperties`.
    MinProperties(u64),
    /// `maxProperties`.
    MaxProperties(u64),
    /// No branch of `anyOf` holds.
    AnyOf,
    /// No branch of `oneOf` holds.
    OneOf,
    /// Several branches of `oneOf` hold.
    OneOfSeveral,
    /// `not`.
    Not,
    /// The check would cost more than the body's size allows.
    Exhausted,
}

impl Rule {
    /// The name that is missing, if that is the rule.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        if let Rule::Required(name) = self { Some(name) } else { None }
    }
}

/// Most values of an `enum` that a message lists.
const LISTED: usize = 12;

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Rule::Type(types, found) => {
                formatter.write_str("expected ")?;
                list(types, formatter)?;
                write!(formatter, ", found {found}")
            }
            Rule::Required(_) => formatter.write_str("required"),
            Rule::Enum(allowed) => {
                let listed = allowed.get(..LISTED).unwrap_or(allowed);
                write!(formatter, "not one of {}", listed.join(", "))?;
                if listed.len() < allowed.len() { formatter.write_str(", …") } else { Ok(()) }
            }
            Rule::Minimum(bound, false) => write!(formatter, "less than {bound}"),
            Rule::Minimum(bound, true) => write!(formatter, "not greater than {bound}"),
            Rule::Maximum(bound, false) => write!(formatter, "greater than {bound}"),
            Rule::Maximum(bound, true) => write!(formatter, "not less than {bound}"),
            Rule::MultipleOf(factor) => write!(formatter, "not a multiple of {factor}"),
            Rule::MinLength(bound) => write!(formatter, "shorter than {bound} characters"),
            Rule::MaxLength(bound) => write!(formatter, "longer than {bound} characters"),
            Rule::MinItems(bound) => write!(formatter, "fewer than {bound} items"),
            Rule::MaxItems(bound) => write!(formatter, "more than {bound} items"),
            Rule::Unique => formatter.write_str("two items are equal"),
            Rule::Additional => formatter.write_str("not a property of the contract"),
            Rule::MinProperties(bound) => write!(formatter, "fewer than {bound} properties"),
            Rule::MaxProperties(bound) => write!(formatter, "more than {bound} properties"),
            Rule::AnyOf => formatter.write_str("holds for no branch of anyOf"),
            Rule::OneOf => formatter.write_str("holds for no branch of oneOf"),
            Rule::OneOfSeveral => formatter.write_str("holds for several branches of oneOf"),
            Rule::Not => formatter.write_str("holds for what not excludes"),
            Rule::Exhausted => formatter.write_str("needs more checks than its size allows"),
        }
    }
}

/// `string or null`.
fn list(types: Types, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let names = [
        (Types::BOOLEAN, "boolean"),
        (Types::INTEGER, "integer"),
        (Types::NUMBER, "number"),
        (Types::STRING, "string"),
        (Types::ARRAY, "array"),
        (Types::OBJECT, "object"),
        (Types::NULL, "null"),
    ];
    let mut first = true;
    for (_, name) in names.into_iter().filter(|(one, _)| types.has(*one)) {
        if !first {
            formatter.write_str(" or ")?;
        }
        first = false;
        formatter.write_str(name)?;
    }
    Ok(())
}
