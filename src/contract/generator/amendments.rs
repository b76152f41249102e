//! What the published files lack and the cloud is known to take or to send.
//!
//! Applied to whichever file is built, where the file does not say it already; each is listed in the API
//! documentation with its reason.

use super::document::{At, Document, Error};
use super::model::Amended;
use super::text;
use crate::json::{self, Node, Value};

/// A change to a document.
struct Amendment {
    /// What is changed.
    pointer: &'static str,
    change: Change,
    reason: &'static str,
}

enum Change {
    /// One more value of an enum.
    EnumValue(&'static str),
    /// The schema, or another one, which is added beside it under this name.
    Alternative(&'static str, &'static str),
    /// Parameters of an operation, those whose names it lacks.
    Parameters(&'static str),
}

const MESSAGES: &str =
    "/paths/~1api~1rainbow~1ucs~1v1.0~1connections~1{cnxId}~1conversations~1{cvId}~1messages/get";

const AMENDMENTS: [Amendment; 3] = [
    Amendment {
        pointer: "/components/schemas/Presence/properties/show/enum",
        change: Change::EnumValue("\"\""),
        reason: "an empty `show` is how a client says that it is online",
    },
    Amendment {
        pointer: "/components/schemas/Messages",
        change: Change::Alternative(
            "MessagePage",
            r##"{"type": "object", "description": "One page of the history.", "properties": {
              "total_count": {"type": "string", "description": "How many messages there are, as text."},
              "messages": {"type": "array", "description": "The messages of this page.",
                "items": {"$ref": "#/components/schemas/Message"}},
              "_links": {"type": "object", "description": "Where the neighbouring pages are.", "properties": {
                "prev": {"type": "string", "description": "Path of the page before this one."},
                "next": {"type": "string", "description": "Path of the page after this one."}}}}}"##,
        ),
        reason: "the schema is a list, the cloud answers with a page",
    },
    Amendment {
        pointer: MESSAGES,
        change: Change::Parameters(
            r#"[{"name": "before", "in": "query", "schema": {"type": "integer"},
                 "description": "Only messages older than this, in microseconds since 1970."},
                {"name": "after", "in": "query", "schema": {"type": "integer"},
                 "description": "Only messages newer than this, in microseconds since 1970."},
                {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1},
                 "description": "How many messages at most."}]"#,
        ),
        reason: "the pages of the history are asked for by these",
    },
];

/// Applies what fits the document; what was changed is returned.
pub(crate) fn apply(document: &mut Document) -> Result<Vec<Amended>, Error> {
    let mut made = Vec::new();
    for amendment in &AMENDMENTS {
        let Some(at) = document.find(amendment.pointer) else { continue };
        let Some((node, change)) = changed(&at, &amendment.change)? else { continue };
        if let Some(place) = node_mut(&mut document.root, amendment.pointer) {
            *place = node;
            if let Change::Alternative(name, schema) = amendment.change {
                add_sibling(document, amendment.pointer, name, schema)?;
            }
            let pointer = amendment.pointer.to_owned();
            // The documents are part of the binary, which is no place for the folders of the machine it was built on.
            let file = document.file.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            made.push(Amended { file, pointer, change, reason: amendment.reason });
        }
    }
    Ok(made)
}

/// The value with the change and what was done, or nothing where the file says it already.
fn changed(at: &At<'_>, change: &Change) -> Result<Option<(Node, String)>, Error> {
    let mut node = at.node.clone();
    match change {
        Change::EnumValue(value) => {
            let Value::Array(items) = &mut node.value else { return Ok(None) };
            if items.iter().any(|item| text::compact(item) == *value) {
                return Ok(None);
            }
            items.push(ours(at, value)?);
            Ok(Some((node, format!("the value `{value}` added"))))
        }
        Change::Alternative(name, _) => {
            if node.as_object().is_none() || node.get("anyOf").is_some() {
                return Ok(None);
            }
            let (start, end) = (node.start, node.end);
            let reference = ours(at, &format!(r##"{{"$ref": "#/components/schemas/{name}"}}"##))?;
            let choices = Node { value: Value::Array(vec![node, reference]), start, end };
            let member = json::Member { name: "anyOf".to_owned(), name_start: start, node: choices };
            let node = Node { value: Value::Object(vec![member]), start, end };
            Ok(Some((node, format!("`{name}` added as a second form"))))
        }
        Change::Parameters(parameters) => with_parameters(at, &ours(at, parameters)?),
    }
}

/// The operation with those of `wanted` that it has no parameter of the same name for.
fn with_parameters(at: &At<'_>, wanted: &Node) -> Result<Option<(Node, String)>, Error> {
    let mut items = Vec::new();
    let mut known = Vec::new();
    let (mut start, mut end) = (at.node.start, at.node.end);
    if let Some(list) = at.get("parameters") {
        (start, end) = (list.node.start, list.node.end);
        for parameter in list.items()? {
            known.push(parameter.follow()?.text("name")?);
            items.push(parameter.node.clone());
        }
    }
    let mut added = Vec::new();
    for parameter in wanted.as_array().unwrap_or_default() {
        let name = parameter.get("name").and_then(Node::as_str).unwrap_or_default();
        if !known.iter().any(|known| known == name) {
            added.push(name);
            items.push(parameter.clone());
        }
    }
    let mut node = at.node.clone();
    let Value::Object(members) = &mut node.value else { return Ok(None) };
    if added.is_empty() {
        return Ok(None);
    }
    let list = Node { value: Value::Array(items), start, end };
    members.retain(|member| member.name != "parameters");
    members.push(json::Member { name: "parameters".to_owned(), name_start: start, node: list });
    Ok(Some((node, format!("the query parameters {} added", added.join(", ")))))
}

/// Adds a schema to the components unless one has that name.
fn add_sibling(document: &mut Document, pointer: &str, name: &str, schema: &str) -> Result<(), Error> {
    let Some((parent, _)) = pointer.rsplit_once('/') else { return Ok(()) };
    let Some(at) = document.find(parent) else { return Ok(()) };
    if at.get(name).is_some() {
        return Ok(());
    }
    let node = ours(&at, schema)?;
    if let Some(Value::Object(members)) = node_mut(&mut document.root, parent).map(|node| &mut node.value) {
        members.push(json::Member { name: name.to_owned(), name_start: node.start, node });
    }
    Ok(())
}

/// Our own text as a tree whose places are those of what it changes: errors then point into the file.
fn ours(at: &At<'_>, text: &str) -> Result<Node, Error> {
    let mut node = json::parse(text.as_bytes())
        .map_err(|error| at.error(format!("the amendment is no JSON: {error}"), "mend the generator"))?;
    fn place(node: &mut Node, start: usize, end: usize) {
        (node.start, node.end) = (start, end);
        match &mut node.value {
            Value::Array(items) => items.iter_mut().for_each(|item| place(item, start, end)),
            Value::Object(members) => members.iter_mut().for_each(|member| {
                member.name_start = start;
                place(&mut member.node, start, end);
            }),
            _ => {}
        }
    }
    place(&mut node, at.node.start, at.node.end);
    Ok(node)
}

/// As [`Document::find`], to change what stands there; the pointers here pass through objects alone.
fn node_mut<'n>(root: &'n mut Node, pointer: &str) -> Option<&'n mut Node> {
    let mut node = root;
    for token in pointer.split('/').skip(1) {
        let name = token.replace("~1", "/").replace("~0", "~");
        let Value::Object(members) = &mut node.value else { return None };
        node = members.iter_mut().find(|member| member.name == name).map(|member| &mut member.node)?;
    }
    Some(node)
}
