//! Reads the callbacks of the operations, and makes an example body where the file has none.

use super::document::{At, Dialect, Document, Error};
use super::model::{Callback, Id, Location, Model, Schema};
use super::names;
use super::parameter::{json_content, parameter};
use super::schema::Reader;
use super::text;
use crate::json;

/// Reads the callbacks of every operation of the document.
pub(crate) fn read(document: &Document, reader: &mut Reader<'_>) -> Result<(), Error> {
    if document.dialect == Dialect::Swagger2 {
        return Ok(());
    }
    for (path, item) in document.root().need("paths")?.members()? {
        if path.starts_with("x-") {
            continue;
        }
        for (_, operation) in item.follow()?.members()? {
            let callbacks =
                if operation.node.as_object().is_some() { operation.get("callbacks") } else { None };
            for (_, at) in callbacks.map_or(Ok(Vec::new()), |at| at.members())? {
                callback(&at.follow()?, reader)?;
            }
        }
    }
    Ok(())
}

fn callback(at: &At<'_>, reader: &mut Reader<'_>) -> Result<(), Error> {
    let members: Vec<_> = at.members()?.into_iter().filter(|(name, _)| !name.starts_with("x-")).collect();
    let [(expression, item)] = members.as_slice() else {
        return Err(at.error("a callback has one URL", "write each callback under a name of its own"));
    };
    let name = expression
        .strip_prefix("{$request.body#/")
        .and_then(|rest| rest.split_once("}/"))
        .map(|(_, name)| name)
        .filter(|name| is_served(name))
        .ok_or_else(|| {
            item.error(
                format!("`{expression}` does not end with a callback's name"),
                "write `{$request.body#/callback_url}/name`, of letters, digits, `-`, `_` and `/`",
            )
        })?;
    if let Some(known) =
        reader.model.callbacks.iter().find(|known| names::camel(&known.name) == names::camel(name))
    {
        return Err(
            item.error(format!("there is another callback `{}`", known.name), "give each a name of its own")
        );
    }
    let item = item.follow()?;
    const KNOWN: [&str; 4] = ["post", "parameters", "summary", "description"];
    if let Some((other, at)) =
        item.members()?.into_iter().find(|(name, _)| !KNOWN.contains(name) && !name.starts_with("x-"))
    {
        return Err(at.error(format!("`{other}` is not supported in a callback"), "callbacks are posted"));
    }
    let post = item.need("post")?;
    let mut headers = Vec::new();
    for at in parameters(&item)? {
        let header = parameter(&at, reader, &names::camel(name))?;
        if header.location != Location::Header {
            return Err(at.error("a callback's parameters are headers", "leave it out"));
        }
        headers.push(header);
    }
    let media = json_content(&post.need("requestBody")?.follow()?.need("content")?)?;
    let schema = reader.read_shared(&media.need("schema")?, &format!("Cb{}", names::pascal(name)))?;
    let first =
        media.get("examples").and_then(|list| list.members().ok()?.first()?.1.follow().ok()?.get("value"));
    let example = media.get("example").or(first).map(|at| text::compact(at.node));
    let written = post.text("summary")?;
    let first = post.text("description")?;
    let summary =
        [written, first, reader.model.schema(schema).summary.clone(), format!("The callback /{name}.")];
    reader.model.callbacks.push(Callback {
        operation_id: format!("{}NotificationReceived", names::camel(name)),
        summary: summary.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
        pointer: post.pointer.clone(),
        example: example.unwrap_or_else(|| sample(reader.model, schema)),
        name: name.to_owned(),
        headers,
        schema,
    });
    Ok(())
}

/// Whether the listener takes callbacks under this name (the relay reads it off the request's path).
fn is_served(name: &str) -> bool {
    const LONGEST: usize = 64;
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let segment = |segment: &str| !segment.is_empty() && segment.bytes().all(letter);
    name.len() <= LONGEST && name.split('/').all(segment)
}

/// The parameters of a path with one `post`: those of the path that the operation does not replace, then its own.
pub(crate) fn parameters<'a>(item: &At<'a>) -> Result<Vec<At<'a>>, Error> {
    let list = |at: &At<'a>| -> Result<Vec<At<'a>>, Error> {
        let list = at.get("parameters").map_or(Ok(Vec::new()), |list| list.items())?;
        list.iter().map(At::follow).collect()
    };
    let own = list(&item.need("post")?)?;
    let mut all = list(item)?;
    let key = |at: &At<'_>| Ok::<_, Error>((at.text("name")?.to_ascii_lowercase(), at.text("in")?));
    let replaced = own.iter().map(key).collect::<Result<Vec<_>, _>>()?;
    all.retain(|at| !key(at).is_ok_and(|key| replaced.contains(&key)));
    all.extend(own);
    Ok(all)
}

/// A JSON text after this schema, from the examples in it where they have the right type.
///
/// Bounds are not looked at: it shows what a body looks like, where the file has no example of its own.
fn sample(model: &Model, id: Id) -> String {
    // What is left out when this is used up are only members that need not be there.
    Sample { model, within: Vec::new(), budget: 400 }.of(id)
}

struct Sample<'m> {
    model: &'m Model,
    /// The schemas around this one: none is put into itself, where it need not be.
    within: Vec<Id>,
    budget: usize,
}

impl Sample<'_> {
    fn of(&mut self, id: Id) -> String {
        let schema = self.model.schema(id);
        if let Some(example) = own_example(schema) {
            return example;
        }
        if let Some(first) = schema.allowed.first() {
            return first.clone();
        }
        // A schema that requires itself holds for no body at all: whatever stands here is as good.
        if self.within.contains(&id) {
            return "null".to_owned();
        }
        self.budget = self.budget.saturating_sub(1);
        self.within.push(id);
        let sample = match schema.types & !1 {
            2 => "false".to_owned(),
            4 | 8 => "0".to_owned(),
            16 => "\"\"".to_owned(),
            32 => {
                let items = schema.array.items.filter(|&items| self.may_hold(items));
                format!("[{}]", items.map(|items| self.of(items)).unwrap_or_default())
            }
            _ => self.object(schema),
        };
        self.within.pop();
        sample
    }

    fn object(&mut self, schema: &Schema) -> String {
        let mut members = Vec::new();
        for property in &schema.object.properties {
            if schema.object.required.contains(&property.name) || self.may_hold(property.schema) {
                members.push(format!("{}:{}", text::quote(&property.name), self.of(property.schema)));
            }
        }
        let branch = schema.all_of.first().or(schema.any_of.first()).or(schema.one_of.first());
        match branch.filter(|_| members.is_empty()) {
            Some(&branch) => self.of(branch),
            None => format!("{{{}}}", members.join(",")),
        }
    }

    /// Whether there is room for a value that need not be there.
    fn may_hold(&self, id: Id) -> bool {
        self.budget > 0 && !self.within.contains(&id)
    }
}

/// The example of a schema of one value, if it is an example of that schema: published files have others too.
fn own_example(schema: &Schema) -> Option<String> {
    let example = schema.example.as_deref()?;
    let bit = match json::parse(example.as_bytes()).ok()?.value {
        json::Value::Bool(_) => 2,
        json::Value::Number(number) if number.contains(['.', 'e', 'E']) => 8,
        json::Value::Number(_) => 4 | 8,
        json::Value::String(_) => 16,
        _ => return None,
    };
    let allowed = schema.allowed.is_empty() || schema.allowed.contains(&json::canonical(example.as_bytes()));
    (schema.types & bit != 0 && allowed).then(|| example.to_owned())
}
