//! Reads parameters, and finds the JSON among the media types of a body.

use super::document::{At, Dialect, Error};
use super::model::{Location, Parameter, Place};
use super::names;
use super::schema::Reader;

/// A parameter in the path, the query or a header.
pub(crate) fn parameter(at: &At<'_>, reader: &mut Reader<'_>, operation: &str) -> Result<Parameter, Error> {
    const SWAGGER2: [&str; 5] = ["name", "in", "description", "required", "allowEmptyValue"];
    let name = at.need("name")?.string()?;
    let place = at.need("in")?;
    let location = match place.string()? {
        "path" => Location::Path,
        "query" => Location::Query,
        "header" => Location::Header,
        other => {
            return Err(place.error(
                format!("parameters in `{other}` are not supported"),
                "use path, query or header, and JSON for bodies",
            ));
        }
    };
    let required = at.get("required").map_or(Ok(false), |required| required.boolean())?;
    if location == Location::Path && !required {
        return Err(
            at.error(format!("the path parameter `{name}` is not required"), "add `\"required\": true`")
        );
    }
    let type_name = format!("{operation}{}", names::pascal(name));
    let schema = if at.document.dialect == Dialect::Swagger2 {
        reader.read_parameter(at, &type_name, &SWAGGER2)?
    } else {
        open_api_members(at, location)?;
        reader.read(&at.need("schema")?, Place::Named(type_name))?
    };
    // Boolean, integer, number, string: what a path, a query and a header can carry as text.
    if reader.model.schema(schema).types & !(2 | 4 | 8 | 16) != 0 || reader.model.schema(schema).types == 0 {
        return Err(at.error(
            format!("the parameter `{name}` is not a string, a number or a boolean"),
            "give it such a type",
        ));
    }
    if !reader.model.schema(schema).is_plain() {
        reader.model.schema_mut(schema).shared = true;
    }
    Ok(Parameter { name: name.to_owned(), location, required, summary: at.text("description")?, schema })
}

/// What bears on the text of an OpenAPI 3.0 parameter besides its schema.
fn open_api_members(at: &At<'_>, location: Location) -> Result<(), Error> {
    let style = if location == Location::Query { "form" } else { "simple" };
    for (member, value) in at.members()? {
        let fine = match member {
            "name" | "in" | "description" | "required" | "schema" | "example" | "examples" | "deprecated"
            | "explode" | "allowEmptyValue" => true,
            "style" => value.string()? == style,
            "allowReserved" => !value.boolean()?,
            _ => member.starts_with("x-"),
        };
        if !fine {
            return Err(value.error(
                format!("`{member}` is not supported here"),
                format!("leave it out: parameters have a `schema` and the style `{style}`"),
            ));
        }
    }
    Ok(())
}

/// The entry of a `content` that holds for JSON: of several the one that names it most closely.
pub(crate) fn json_content<'a>(content: &At<'a>) -> Result<At<'a>, Error> {
    let entries = content.members()?.into_iter().filter_map(|(name, at)| Some((closeness(name)?, at)));
    entries.min_by_key(|(closeness, _)| *closeness).map(|(_, at)| at).ok_or_else(|| {
        content.error("no application/json among the media types", "the agent speaks JSON alone: add it")
    })
}

pub(crate) fn is_json(media_type: &str) -> bool {
    closeness(media_type).is_some()
}

/// How closely a media type or range names JSON, the closest first; nothing where it does not.
fn closeness(media_type: &str) -> Option<usize> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    ["application/json", "application/*", "*/*"].iter().position(|known| essence.eq_ignore_ascii_case(known))
}
