//! From an operation and its arguments to what is sent: everything is checked against the contract first.

use crate::contract::operation::{Location, Operation, Parameter};
use crate::contract::schema::Types;
use crate::contract::{self, Mode, Refusal};
use crate::json;

use super::Error;

/// The path and query of `operation`, arguments checked and percent-encoded.
pub(crate) fn target(operation: &Operation, arguments: &[(&str, &str)]) -> Result<String, Error> {
    let known = |name: &str| {
        let mut parameters = operation.parameters.iter();
        parameters.find(|parameter| parameter.name == name && parameter.location != Location::Header)
    };
    for (name, value) in arguments {
        let Some(parameter) = known(name) else {
            return Err(broken(name, format!("{} has no such parameter", operation.name)));
        };
        check_argument(parameter, value)?;
    }
    let argument = |name: &str| arguments.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let mut target = String::with_capacity(operation.path.len() + 64);
    for (index, segment) in operation.path.split('/').enumerate() {
        if index > 0 {
            target.push('/');
        }
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => {
                let value = argument(name).ok_or_else(|| broken(name, "required".into()))?;
                encode_into(value, &mut target);
            }
            None => target.push_str(segment),
        }
    }
    let mut separator = '?';
    for parameter in operation.parameters.iter().filter(|parameter| parameter.location == Location::Query) {
        match argument(parameter.name) {
            Some(value) => {
                target.push(separator);
                separator = '&';
                encode_into(parameter.name, &mut target);
                target.push('=');
                encode_into(value, &mut target);
            }
            None if parameter.required => return Err(broken(parameter.name, "required".into())),
            None => {}
        }
    }
    Ok(target)
}

/// The body's bytes, if `operation` has one.
pub(crate) fn body(
    operation: &Operation,
    body: Option<&dyn miniserde::Serialize>,
) -> Result<Option<String>, Error> {
    match (operation.body, body) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(broken("", format!("{} takes no body", operation.name))),
        (Some(_), None) => Err(broken("", "a body is required".into())),
        (Some(schema), Some(body)) => {
            let text = miniserde::json::to_string(body);
            match contract::check(schema, text.as_bytes(), Mode::Strict) {
                Ok(_) => Ok(Some(text)),
                Err(Refusal::Broken(violation)) => Err(broken(&violation.pointer, violation.rule)),
                Err(refusal) => Err(broken("", refusal.to_string())),
            }
        }
    }
}

fn check_argument(parameter: &Parameter, value: &str) -> Result<(), Error> {
    let in_path = parameter.location == Location::Path;
    // An empty or dot segment would name another resource.
    if in_path && matches!(value, "" | "." | "..") {
        return Err(broken(parameter.name, format!("\"{value}\" is not a path segment")));
    }
    let types = parameter.schema.types;
    let literal = types != Types::ANY && !types.has(Types::STRING);
    let mut text = Vec::with_capacity(value.len() + 2);
    if literal {
        text.extend_from_slice(value.as_bytes());
    } else {
        json::quote_into(value, &mut text);
    }
    match contract::check(parameter.schema, &text, Mode::Strict) {
        Ok(_) => Ok(()),
        Err(Refusal::Broken(violation)) => Err(broken(parameter.name, violation.rule)),
        Err(refusal) => Err(broken(parameter.name, refusal.to_string())),
    }
}

fn broken(pointer: &str, rule: String) -> Error {
    Error::Contract { pointer: pointer.to_owned(), rule }
}

/// Everything but the unreserved characters of RFC 3986 is written `%XX`.
fn encode_into(value: &str, out: &mut String) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // A nibble is below 16.
            out.extend(['%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(name: &str) -> &'static Operation {
        contract::operation(name).expect(name)
    }

    #[test]
    fn targets_are_encoded_and_checked() {
        let check = |name: &str, arguments: &[(&str, &str)], expected: Result<&str, &str>| {
            let found = target(operation(name), arguments);
            match expected {
                Ok(expected) => assert_eq!(found.as_deref(), Ok(expected)),
                Err(pointer) => match found {
                    Err(Error::Contract { pointer: found, .. }) => assert_eq!(found, pointer),
                    other => panic!("{name} {arguments:?}: {other:?}"),
                },
            }
        };
        let base = "/api/rainbow/ucs/v1.0/connections";
        check("connectionIndex", &[], Ok(base));
        check("connectionShow", &[("id", "a-b_c.1~")], Ok(&format!("{base}/a-b_c.1~")));
        check("connectionShow", &[("id", "a/../b?c#d %")], Ok(&format!("{base}/a%2F..%2Fb%3Fc%23d%20%25")));
        check("connectionShow", &[("id", "\u{e9}")], Ok(&format!("{base}/%C3%A9")));
        for bad in ["", ".", ".."] {
            check("connectionShow", &[("id", bad)], Err("id"));
        }
        check("connectionShow", &[], Err("id"));
        check("connectionShow", &[("id", "1"), ("more", "2")], Err("more"));
        let state = |state| [("cnxId", "1"), ("cvId", "2"), ("state", state)];
        check(
            "conversationChatstate",
            &state("paused"),
            Ok(&format!("{base}/1/conversations/2/chatstate/paused")),
        );
        check("conversationChatstate", &state("asleep"), Err("state"));
    }

    #[test]
    fn bodies_are_checked_whole() {
        use miniserde::json::{Value, from_str};
        let check = |name: &str, text: Option<&str>, pointer: Option<&str>| {
            let value: Option<Value> = text.map(|text| from_str(text).expect(text));
            let found = body(operation(name), value.as_ref().map(|value| value as &dyn miniserde::Serialize));
            match (found, pointer) {
                (Ok(sent), None) => assert_eq!(sent.as_deref(), text),
                (Err(Error::Contract { pointer: found, .. }), Some(pointer)) => assert_eq!(found, pointer),
                (found, _) => panic!("{name} {text:?}: {found:?}"),
            }
        };
        check("connectionCreate", Some(r#"{"connection":{"callback_url":"https://b"}}"#), None);
        check("connectionCreate", Some(r#"{"connection":{}}"#), Some("/connection/callback_url"));
        check(
            "connectionCreate",
            Some(r#"{"connection":{"callback_url":1}}"#),
            Some("/connection/callback_url"),
        );
        check("connectionCreate", None, Some(""));
        check("connectionDelete", Some("{}"), Some(""));
        check("connectionDelete", None, None);
        // What makes a bot online is not in the published enumeration.
        check("presenceUpdate", Some(r#"{"presence":{"show":"","status":""}}"#), None);
        check("presenceUpdate", Some(r#"{"presence":{"show":"busy"}}"#), Some("/presence/show"));
    }
}
