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
        .filter(|name| !name.is_empty() && !name.contains(['{', '}', '?', '#', '/', ' ']))
        .ok_or_else(|| {
            item.error(
                format!("`{expression}` does not end with a callback's name"),
                "write `{$request.body#/callback_url}/name`",
            )
        })?;
    if reader.model.callbacks.iter().any(|known| known.name == name) {
        return Err(item.error(format!("there is another callback `{name}`"), "give each its own name"));
    }
    let item = item.follow()?;
    if let Some((other, at)) =
        item.members()?.into_iter().find(|(name, _)| *name != "post" && !name.starts_with("x-"))
    {
        return Err(at.error(format!("`{other}` is not supported in a callback"), "callbacks are posted"));
    }
    let post = item.need("post")?;
    let mut headers = Vec::new();
    for at in post.get("parameters").map_or(Ok(Vec::new()), |list| list.items())? {
        let header = parameter(&at.follow()?, reader, &names::camel(name))?;
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

/// A JSON text after this schema, from the examples in it where they have the right type.
///
/// Bounds are not looked at: it shows what a body looks like, where the file has no example of its own.
fn sample(model: &Model, id: Id) -> String {
    // A schema may contain itself more than once: what is left out when this is used up are only members.
    let mut budget = 400;
    sample_within(model, id, &mut budget)
}

fn sample_within(model: &Model, id: Id, budget: &mut usize) -> String {
    let schema = model.schema(id);
    if let Some(example) = own_example(schema) {
        return example;
    }
    if let Some(first) = schema.allowed.first() {
        return first.clone();
    }
    let Some(left) = budget.checked_sub(1) else { return "null".to_owned() };
    *budget = left;
    match schema.types & !1 {
        2 => return "false".to_owned(),
        4 | 8 => return "0".to_owned(),
        16 => return "\"\"".to_owned(),
        32 => {
            let items = schema.array.items.filter(|_| *budget > 0);
            return format!(
                "[{}]",
                items.map(|items| sample_within(model, items, budget)).unwrap_or_default()
            );
        }
        _ => {}
    }
    let mut members = Vec::new();
    for property in &schema.object.properties {
        if schema.object.required.contains(&property.name) || *budget > 0 {
            let value = sample_within(model, property.schema, budget);
            members.push(format!("{}:{value}", text::quote(&property.name)));
        }
    }
    let branch = schema.all_of.first().or(schema.any_of.first()).or(schema.one_of.first());
    match branch.filter(|_| members.is_empty()) {
        Some(&branch) => sample_within(model, branch, budget),
        None => format!("{{{}}}", members.join(",")),
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
