//! The webhook's own OpenAPI 3.0 document: what the cloud posts, told from the side that receives it.

use std::collections::BTreeSet;

use super::document::{At, Document, Error};
use super::model::{Callback, Model};
use super::names;
use super::text::{self, quote};
use crate::json::{self, Node, Value};

const DESCRIPTION: &str = "What the Rainbow cloud posts to the callback URL of a connection, and what the agent \
    answers. The URL is the callback URL itself; its path may hold a secret.";

/// The document as text.
pub(crate) fn document(model: &Model, source: &Document) -> Result<String, Error> {
    let mut paths = Vec::new();
    let mut schemas = Vec::new();
    let mut referenced = BTreeSet::new();
    for callback in &model.callbacks {
        let Some(post) = source.find(&callback.pointer) else { continue };
        let body = post.need("requestBody")?.follow()?;
        let media = super::parameter::json_content(&body.need("content")?)?;
        let schema = media.need("schema")?;
        collect(schema.node, &mut referenced);
        let name = format!("Cb{}", names::pascal(&callback.name));
        schemas.push(format!("{}:{}", quote(&name), text::compact(schema.node)));
        paths.push(path(callback, &post, &name, &mut referenced)?);
    }
    let components = components(source, schemas, referenced)?;
    let version = source.find("/info/version").and_then(|at| at.node.as_str()).unwrap_or("1");
    let whole = format!(
        "{{\"openapi\":\"3.0.3\",\"info\":{{\"title\":\"Rainbow S2S webhook\",\"version\":{},\"description\":{}}},\
         \"servers\":[{{\"url\":\"/\"}}],\"paths\":{{{}}},\"components\":{{\"schemas\":{{{components}}}}}}}",
        quote(version),
        quote(DESCRIPTION),
        paths.join(","),
    );
    let node = json::parse(whole.as_bytes()).map_err(|error| {
        source.root().error(format!("the webhook's document: {error}"), "mend the generator")
    })?;
    Ok(text::pretty(&node))
}

fn path(
    callback: &Callback,
    post: &At<'_>,
    schema: &str,
    referenced: &mut BTreeSet<String>,
) -> Result<String, Error> {
    let mut parameters = Vec::new();
    for at in post.get("parameters").map_or(Ok(Vec::new()), |list| list.items())? {
        // Parameters that are referred to are written out: they may lie anywhere.
        let at = at.follow()?;
        collect(at.node, referenced);
        parameters.push(text::compact(at.node));
    }
    let parameters = if parameters.is_empty() {
        String::new()
    } else {
        format!("\"parameters\":[{}],", parameters.join(","))
    };
    let error = "{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Refusal\"}}}";
    let refusal = |status: &str, text: &str| {
        format!("\"{status}\":{{\"description\":{},\"content\":{error}}}", quote(text))
    };
    Ok(format!(
        "{}:{{\"post\":{{\"operationId\":{},\"summary\":{},{parameters}\"requestBody\":{{\"required\":true,\
         \"content\":{{\"application/json\":{{\"schema\":{{\"$ref\":{}}},\"example\":{}}}}}}},\"responses\":{{\
         \"200\":{{\"description\":\"The event was taken over.\",\"content\":{{\"application/json\":\
         {{\"schema\":{{\"type\":\"object\"}}}}}}}},{},{}}}}}}}",
        quote(&format!("/{}", callback.name)),
        quote(&callback.operation_id),
        quote(&callback.summary),
        quote(&format!("#/components/schemas/{schema}")),
        callback.example,
        refusal("400", "The body breaks the contract."),
        refusal("503", "The event cannot be taken over now: post it again after Retry-After."),
    ))
}

/// The callbacks' schemas and every component they refer to, however far.
fn components(
    source: &Document,
    mut schemas: Vec<String>,
    mut open: BTreeSet<String>,
) -> Result<String, Error> {
    let mut done = BTreeSet::new();
    while let Some(reference) = open.pop_first() {
        if !done.insert(reference.clone()) {
            continue;
        }
        let place = reference.strip_prefix('#').unwrap_or_default();
        let name = place.strip_prefix("/components/schemas/").filter(|name| !name.contains(['/', '%']));
        let (Some(name), Some(at)) = (name, source.find(place)) else {
            return Err(source.root().error(
                format!("a callback refers to `{reference}`"),
                "let callbacks refer to `#/components/schemas/…` alone",
            ));
        };
        let name = name.replace("~1", "/").replace("~0", "~");
        if name == "Refusal" || schemas.iter().any(|known| known.starts_with(&format!("{}:", quote(&name)))) {
            return Err(at.error(
                format!("the webhook's document has a schema `{name}` of its own"),
                "give this one another name",
            ));
        }
        collect(at.node, &mut open);
        schemas.push(format!("{}:{}", quote(&name), text::compact(at.node)));
    }
    schemas.push(
        "\"Refusal\":{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\
         \"error\":{\"type\":\"string\",\"description\":\"What is wrong with the request.\"},\
         \"pointer\":{\"type\":\"string\",\"description\":\"Where, as a JSON pointer into the body.\"}}}"
            .to_owned(),
    );
    Ok(schemas.join(","))
}

/// Every `$ref` of a schema or a parameter; a property may be called like a keyword, and examples hold anything.
fn collect(node: &Node, references: &mut BTreeSet<String>) {
    match &node.value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        Value::Object(members) => {
            for member in members {
                match (&*member.name, &member.node.value) {
                    ("$ref", Value::String(reference)) => {
                        references.insert(reference.clone());
                    }
                    ("properties", Value::Object(properties)) => {
                        properties.iter().for_each(|property| collect(&property.node, references));
                    }
                    ("example" | "examples" | "default" | "enum", _) => {}
                    _ => collect(&member.node, references),
                }
            }
        }
        _ => {}
    }
}
