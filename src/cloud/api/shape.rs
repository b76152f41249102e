//! How generated types are written and read: what is the same for all of them.

use std::borrow::Cow;

use miniserde::json::{Number, Object, Value};
use miniserde::ser::{Fragment, Map, Serialize};

use crate::cloud::Error;
use crate::contract::operation::Operation;

/// Made from a JSON value, leniently.
pub(crate) trait Read: Sized {
    /// `None` when the value has another type.
    fn read(value: &Value) -> Option<Self>;
}

/// The answer of an operation; of a struct every field may be missing, but it must be an object or nothing at all.
pub(crate) fn answer<T: Read>(operation: &'static Operation, value: &Value) -> Result<T, Error> {
    T::read(value).ok_or_else(|| Error::Answer {
        operation: operation.name,
        reason: format!("{} is not what it returns", kind(value)),
    })
}

/// The member of an object, if it is there, not null, and of the right type.
pub(crate) fn field<T: Read>(object: &Object, name: &str) -> Option<T> {
    match object.get(name)? {
        Value::Null => None,
        value => T::read(value),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Read for String {
    fn read(value: &Value) -> Option<Self> {
        if let Value::String(text) = value { Some(text.clone()) } else { None }
    }
}

impl Read for bool {
    fn read(value: &Value) -> Option<Self> {
        if let Value::Bool(flag) = value { Some(*flag) } else { None }
    }
}

impl Read for f64 {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Number(Number::U64(number)) => Some(*number as f64),
            Value::Number(Number::I64(number)) => Some(*number as f64),
            Value::Number(Number::F64(number)) => Some(*number),
            _ => None,
        }
    }
}

impl Read for i64 {
    fn read(value: &Value) -> Option<Self> {
        // Every whole number below this is exact in an f64, and fits.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match value {
            Value::Number(Number::U64(number)) => i64::try_from(*number).ok(),
            Value::Number(Number::I64(number)) => Some(*number),
            Value::Number(Number::F64(number)) if number.fract() == 0.0 && number.abs() <= EXACT => {
                Some(*number as i64)
            }
            _ => None,
        }
    }
}

impl Read for Value {
    fn read(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl<T: Read> Read for Box<T> {
    fn read(value: &Value) -> Option<Self> {
        T::read(value).map(Box::new)
    }
}

impl<T: Read> Read for Vec<T> {
    /// Items of another type are left out.
    fn read(value: &Value) -> Option<Self> {
        if let Value::Array(items) = value { Some(items.iter().filter_map(T::read).collect()) } else { None }
    }
}

/// The members of an object that is being written.
#[derive(Default)]
pub(crate) struct Fields<'a> {
    members: Vec<(&'static str, &'a dyn Serialize)>,
}

impl<'a> Fields<'a> {
    /// A member that is always there.
    pub(crate) fn required(&mut self, name: &'static str, value: &'a dyn Serialize) {
        self.members.push((name, value));
    }

    /// A member that is left out when there is no value.
    pub(crate) fn optional<T: Serialize>(&mut self, name: &'static str, value: &'a Option<T>) {
        self.members.extend(value.as_ref().map(|value| (name, value as &dyn Serialize)));
    }

    /// The object.
    pub(crate) fn finish(self) -> Fragment<'a> {
        Fragment::Map(Box::new(Members(self.members.into_iter())))
    }
}

struct Members<'a>(std::vec::IntoIter<(&'static str, &'a dyn Serialize)>);

impl Map for Members<'_> {
    fn next(&mut self) -> Option<(Cow<'_, str>, &dyn Serialize)> {
        self.0.next().map(|(name, value)| (Cow::Borrowed(name), value))
    }
}
