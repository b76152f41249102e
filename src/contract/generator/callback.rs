//! Reads the callbacks of the operations, and makes an example body where the file has none.

use super::document::{At, Dialect, Document, Error};
use super::model::{Callback, Id, Location, Model};
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
    let example = media.get("example").map(|at| text::compact(at.node));
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

/// A JSON text of this schema, from the examples in it where they have the right type.
pub(crate) fn sample(model: &Model, id: Id) -> String {
    let mut depth = 0;
    sample_within(model, id, &mut depth)
}

fn sample_within(model: &Model, id: Id, depth: &mut usize) -> String {
    const DEEPEST: usize = 16;
    let schema = model.schema(id);
    let parsed = schema.example.as_deref().and_then(|example| json::parse(example.as_bytes()).ok());
    let allowed =
        |text: &str| schema.allowed.is_empty() || schema.allowed.contains(&json::canonical(text.as_bytes()));
    if let (Some(example), Some(node)) = (&schema.example, parsed) {
        let bit = super::model::type_bit(node.kind()).unwrap_or_default();
        // A whole number is a number in JSON's eyes.
        let bit = if bit == 8 { 4 | 8 } else { bit };
        let scalar = bit & (32 | 64) == 0;
        if scalar && schema.types & bit != 0 && allowed(example) {
            return example.clone();
        }
    }
    if let Some(first) = schema.allowed.first() {
        return first.clone();
    }
    *depth += 1;
    let out = match schema.types & !1 {
        2 => "false".to_owned(),
        4 | 8 => "0".to_owned(),
        16 => "\"\"".to_owned(),
        32 => match schema.array.items.filter(|_| *depth < DEEPEST) {
            Some(items) => format!("[{}]", sample_within(model, items, depth)),
            None => "[]".to_owned(),
        },
        _ if *depth < DEEPEST && !schema.object.properties.is_empty() => {
            let members = schema.object.properties.iter().map(|property| {
                format!("{}:{}", text::quote(&property.name), sample_within(model, property.schema, depth))
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        _ => schema.all_of.first().or(schema.any_of.first()).or(schema.one_of.first()).map_or_else(
            || "{}".to_owned(),
            |&branch| if *depth < DEEPEST { sample_within(model, branch, depth) } else { "{}".to_owned() },
        ),
    };
    *depth -= 1;
    out
}
