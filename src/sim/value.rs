//! JSON values of the simulated cloud: building them in a line, and reading a member by its path.
//!
//! The agent itself never publishes from such values; only the simulation does.

use miniserde::json::{Array, Number, Object, Value};

/// A string.
pub fn text(value: impl Into<String>) -> Value {
    Value::String(value.into())
}

/// A whole number.
pub fn number(value: i64) -> Value {
    Value::Number(Number::I64(value))
}

/// A list.
pub fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(items.into_iter().collect::<Array>())
}

/// An object.
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Object>())
}

/// The member at `path`, one name a level.
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| match value {
        Value::Object(members) => members.get(*name),
        _ => None,
    })
}

/// The string at `path`.
pub fn text_at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    match at(value, path)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// The whole number at `path`.
pub fn number_at(value: &Value, path: &[&str]) -> Option<u64> {
    match at(value, path)? {
        Value::Number(Number::U64(number)) => Some(*number),
        Value::Number(Number::I64(number)) => u64::try_from(*number).ok(),
        _ => None,
    }
}

/// Sets a member of an object; anything else stays as it is.
pub fn set(value: &mut Value, name: &str, member: Value) {
    if let Value::Object(members) = value {
        members.insert(name.to_owned(), member);
    }
}

/// Reads a document; `None` when it is not JSON.
pub fn parse(document: &str) -> Option<Value> {
    miniserde::json::from_str(document).ok()
}

/// The document of a value, compact.
pub fn document(value: &Value) -> String {
    miniserde::json::to_string(value)
}
