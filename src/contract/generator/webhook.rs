//! The webhook's own OpenAPI 3.0 document: what the cloud posts, told from the side that receives it.

use super::carry::Carrier;
use super::document::{At, Document, Error};
use super::model::{Callback, Model};
use super::names;
use super::text::{self, quote};
use crate::json::{self, Value};

const DESCRIPTION: &str = "What the Rainbow cloud posts to the callback URL of a connection, and what the agent \
    answers. The URL is the callback URL itself; its path may hold a secret.";

/// The document as text.
pub(crate) fn document(model: &Model, source: &Document) -> Result<String, Error> {
    let mut paths = Vec::new();
    let mut carrier = Carrier::new(source);
    let refusal = carrier.reserve("Refusal");
    for callback in &model.callbacks {
        let item = callback.pointer.strip_suffix("/post").and_then(|pointer| source.find(pointer));
        let Some(item) = item else { continue };
        let body = item.need("post")?.need("requestBody")?.follow()?;
        let media = super::parameter::json_content(&body.need("content")?)?;
        let name = format!("Cb{}", names::pascal(&callback.name));
        carrier.carry(&media.need("schema")?, &name)?;
        paths.push(path(callback, &item, [&name, &refusal], &mut carrier)?);
    }
    let mut schemas = carrier.write()?;
    schemas.push(format!(
        "{}:{{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{{\
         \"error\":{{\"type\":\"string\",\"description\":\"What is wrong with the request.\"}},\
         \"pointer\":{{\"type\":\"string\",\"description\":\"Where, as a JSON pointer into the body.\"}}}}}}",
        quote(&refusal),
    ));
    let components = schemas.join(",");
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
    item: &At<'_>,
    [schema, refusal]: [&str; 2],
    carrier: &mut Carrier<'_>,
) -> Result<String, Error> {
    let mut parameters = Vec::new();
    // Parameters that are referred to are written out, without their examples, which may lie anywhere too.
    for at in super::callback::parameters(item)? {
        let mut parameter = carrier.schema(at.node)?;
        if let Value::Object(members) = &mut parameter.value {
            members.retain(|member| member.name != "examples");
        }
        parameters.push(text::compact(&parameter));
    }
    let parameters = if parameters.is_empty() {
        String::new()
    } else {
        format!("\"parameters\":[{}],", parameters.join(","))
    };
    let error = format!(
        "{{\"application/json\":{{\"schema\":{{\"$ref\":{}}}}}}}",
        quote(&format!("#/components/schemas/{refusal}"))
    );
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
