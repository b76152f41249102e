//! A JSON text as a tree with the places of its values, for swagger, configuration and canonical texts.

use super::scan::{Cursor, Token};
use super::{SyntaxError, unescape};

/// A value and where it stands in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset after its last byte.
    pub end: usize,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Node>),
    /// An object: its members in the order of the text, duplicates kept.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name, unescaped.
    pub name: String,
    /// Offset of the name's opening quote.
    pub name_start: usize,
    /// The value.
    pub node: Node,
}

impl Node {
    /// The member called `name`, if this is an object that has one; the last of several.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.as_object()?.iter().rev().find(|member| member.name == name).map(|member| &member.node)
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(string) = &self.value { Some(string) } else { None }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(flag) = self.value { Some(flag) } else { None }
    }

    /// The number's text, if it is one.
    pub fn as_number(&self) -> Option<&str> {
        if let Value::Number(number) = &self.value { Some(number) } else { None }
    }

    /// The items, if it is an array.
    pub fn as_array(&self) -> Option<&[Node]> {
        if let Value::Array(items) = &self.value { Some(items) } else { None }
    }

    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&[Member]> {
        if let Value::Object(members) = &self.value { Some(members) } else { None }
    }

    /// `null`, `boolean`, `number`, `string`, `array` or `object`.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }
}

/// The tree of a text.
pub fn parse(text: &[u8]) -> Result<Node, SyntaxError> {
    let mut cursor = Cursor::open(text)?;
    let node = tree(&mut cursor)?;
    cursor.end()?;
    Ok(node)
}

/// A container that is not closed yet.
struct Open {
    start: usize,
    /// The name of the member that this container is, when it lies in an object.
    name: Option<(usize, Token)>,
    content: Content,
}

enum Content {
    Items(Vec<Node>),
    Members(Vec<Member>),
}

/// The value at the cursor, with a stack of its own: the thread's stack does not grow with the text's depth.
fn tree(cursor: &mut Cursor<'_>) -> Result<Node, SyntaxError> {
    let mut stack: Vec<Open> = Vec::new();
    let mut name = None;
    loop {
        let start = cursor.at;
        let (content, inside) = match cursor.peek() {
            Some(b'{') => {
                cursor.room(stack.len())?;
                (Some(Content::Members(Vec::new())), cursor.enter(b'}'))
            }
            Some(b'[') => {
                cursor.room(stack.len())?;
                (Some(Content::Items(Vec::new())), cursor.enter(b']'))
            }
            _ => (None, false),
        };
        let mut value = match content {
            Some(content) if inside => {
                let object = matches!(content, Content::Members(_));
                stack.push(Open { start, name, content });
                name = if object { Some(named(cursor)?) } else { None };
                continue;
            }
            Some(Content::Members(members)) => Value::Object(members),
            Some(Content::Items(items)) => Value::Array(items),
            None => scalar(cursor)?,
        };
        let mut start = start;
        // The value is complete: into its container, and on with the next one, or close that as well.
        loop {
            let node = Node { value, start, end: cursor.at };
            let Some(open) = stack.last_mut() else { return Ok(node) };
            if add(open, node, name, cursor)? {
                name = match open.content {
                    Content::Members(_) => Some(named(cursor)?),
                    Content::Items(_) => None,
                };
                break;
            }
            let Some(closed) = stack.pop() else { return cursor.fail("expected a value") };
            start = closed.start;
            name = closed.name;
            value = match closed.content {
                Content::Items(items) => Value::Array(items),
                Content::Members(members) => Value::Object(members),
            };
        }
    }
}

/// Puts a complete value into its container; whether another element follows.
fn add(
    open: &mut Open,
    node: Node,
    name: Option<(usize, Token)>,
    cursor: &mut Cursor<'_>,
) -> Result<bool, SyntaxError> {
    match (&mut open.content, name) {
        (Content::Members(members), Some((name_start, token))) => {
            members.push(Member { name: unescape(token.raw(cursor.text())), name_start, node });
            cursor.more(b'}')
        }
        // A member always has its name; this is an array's item.
        (Content::Members(_), None) => cursor.more(b'}'),
        (Content::Items(items), _) => {
            items.push(node);
            cursor.more(b']')
        }
    }
}

fn named(cursor: &mut Cursor<'_>) -> Result<(usize, Token), SyntaxError> {
    let start = cursor.at;
    Ok((start, cursor.key()?))
}

fn scalar(cursor: &mut Cursor<'_>) -> Result<Value, SyntaxError> {
    let start = cursor.at;
    match cursor.peek() {
        Some(b'"') => {
            let token = cursor.string()?;
            return Ok(Value::String(unescape(token.raw(cursor.text()))));
        }
        Some(b't') => return cursor.literal("true").map(|()| Value::Bool(true)),
        Some(b'f') => return cursor.literal("false").map(|()| Value::Bool(false)),
        Some(b'n') => return cursor.literal("null").map(|()| Value::Null),
        _ => cursor.scalar()?,
    }
    let written = cursor.text().get(start..cursor.at).unwrap_or_default();
    Ok(Value::Number(String::from_utf8_lossy(written).into_owned()))
}
