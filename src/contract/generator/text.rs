//! Trees back to JSON text: compact, or laid out for people.

use std::fmt::Write;

use crate::json::{self, Node, Value};

const WIDTH: usize = 110;

/// The tree on one line without spaces.
pub(crate) fn compact(node: &Node) -> String {
    let mut out = String::new();
    line(node, &mut out, ",", ":");
    out
}

/// The tree over lines: what fits on a line stays on it.
pub(crate) fn pretty(node: &Node) -> String {
    let mut out = String::new();
    lay_out(node, 0, 0, &mut out);
    out.push('\n');
    out
}

/// A JSON string literal.
pub(crate) fn quote(text: &str) -> String {
    let mut out = Vec::new();
    json::quote_into(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn line(node: &Node, out: &mut String, comma: &str, colon: &str) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(number),
        Value::String(string) => out.push_str(&quote(string)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { comma });
                line(item, out, comma, colon);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, member) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { comma });
                out.push_str(&quote(&member.name));
                out.push_str(colon);
                line(&member.node, out, comma, colon);
            }
            out.push('}');
        }
    }
}

fn lay_out(node: &Node, indent: usize, before: usize, out: &mut String) {
    let mut whole = String::new();
    line(node, &mut whole, ", ", ": ");
    let count = node.as_array().map_or(0, <[Node]>::len) + node.as_object().map_or(0, <[json::Member]>::len);
    if count == 0 || indent + before + whole.len() < WIDTH {
        out.push_str(&whole);
        return;
    }
    let inner = indent + 1;
    let (open, close) = if node.as_array().is_some() { ('[', ']') } else { ('{', '}') };
    out.push(open);
    for index in 0..count {
        // Writing into a String cannot fail.
        let _ = write!(out, "{}\n{:inner$}", if index == 0 { "" } else { "," }, "");
        if let Some(item) = node.as_array().and_then(|items| items.get(index)) {
            lay_out(item, inner, 0, out);
        }
        if let Some(member) = node.as_object().and_then(|members| members.get(index)) {
            let name = quote(&member.name);
            let _ = write!(out, "{name}: ");
            lay_out(&member.node, inner, name.len() + 2, out);
        }
    }
    let _ = write!(out, "\n{:indent$}{close}", "");
}
