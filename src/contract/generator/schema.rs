//! Reads schema objects of OpenAPI 3.0 and Swagger 2.0.
//!
//! Every keyword that bears on JSON is taken into the model or stops the build. Annotations pass: `title`,
//! `description`, `default`, `example`, `deprecated`, `externalDocs`, `xml`, `format` and `x-…`. `pattern` is
//! refused: the two dialects of regular expressions in use (ECMA's, and the one of a matcher that fits here)
//! are not the same, and a rule that holds almost always is worse than none.

use std::collections::HashMap;

use super::document::{At, Dialect, Document, Error};
use super::model::{Additional, Id, LengthRules, Model, Place, Property, Schema, type_bit};
use super::text;
use crate::json;

/// Reads the schemas of one document into the model.
pub(crate) struct Reader<'m> {
    pub(crate) model: &'m mut Model,
    by_pointer: HashMap<String, Id>,
}

impl<'m> Reader<'m> {
    pub(crate) fn new(model: &'m mut Model) -> Reader<'m> {
        Reader { model, by_pointer: HashMap::new() }
    }

    /// The schema at `at`, or the one that it refers to.
    pub(crate) fn read(&mut self, at: &At<'_>, place: Place) -> Result<Id, Error> {
        at.members()?;
        if at.get("$ref").is_none() {
            return self.object(at, place, &[]);
        }
        for (name, sibling) in at.members()? {
            if name != "$ref" && !is_annotation(name) {
                return Err(sibling.error(
                    format!("`{name}` beside $ref would be ignored"),
                    "move it into the schema that is referred to, or join both with allOf",
                ));
            }
        }
        let target = at.follow()?;
        let name = target.name();
        let id = self.object(&target, Place::Named(name), &[])?;
        self.model.schema_mut(id).shared = true;
        Ok(id)
    }

    /// A schema that is a body: it gets a name and a table of its own.
    pub(crate) fn read_shared(&mut self, at: &At<'_>, name: &str) -> Result<Id, Error> {
        let id = self.read(at, Place::Named(name.to_owned()))?;
        self.model.schema_mut(id).shared = true;
        Ok(id)
    }

    /// A Swagger 2.0 parameter: a schema among members that are not its own.
    pub(crate) fn read_parameter(&mut self, at: &At<'_>, name: &str, others: &[&str]) -> Result<Id, Error> {
        self.object(at, Place::Named(name.to_owned()), others)
    }

    fn object(&mut self, at: &At<'_>, place: Place, others: &[&str]) -> Result<Id, Error> {
        if let Some(&known) = self.by_pointer.get(&at.pointer) {
            return Ok(known);
        }
        let members = at.members()?;
        // Known by its pointer before its parts are read, so that a part may refer to it.
        let id = self.model.add(Schema::new(place, &at.pointer));
        self.by_pointer.insert(at.pointer.clone(), id);
        for (name, value) in members {
            if others.contains(&name) {
                continue;
            }
            let known = self.annotation(id, name, &value)?
                || self.scalar_rule(id, name, &value)?
                || self.container_rule(id, name, &value)?
                || self.branches(id, name, &value)?;
            if !known {
                return Err(refused(name, &value, at.document.dialect));
            }
        }
        self.whole(id, at)?;
        Ok(id)
    }

    fn annotation(&mut self, id: Id, name: &str, at: &At<'_>) -> Result<bool, Error> {
        let schema = self.model.schema_mut(id);
        match name {
            "description" => schema.summary = at.string()?.to_owned(),
            "title" => {
                at.string()?;
            }
            "format" => schema.format = at.string()?.to_owned(),
            "example" => schema.example = Some(text::compact(at.node)),
            "deprecated" => {
                at.boolean()?;
            }
            "externalDocs" | "xml" => {
                at.members()?;
            }
            // `false` is what holds without them.
            "readOnly" | "writeOnly" => {
                if at.boolean()? {
                    return Err(refused(name, at, at.document.dialect));
                }
            }
            _ => return Ok(is_annotation(name)),
        }
        Ok(true)
    }

    fn scalar_rule(&mut self, id: Id, name: &str, at: &At<'_>) -> Result<bool, Error> {
        let schema = self.model.schema_mut(id);
        match name {
            "type" => schema.types |= read_type(at)?,
            "nullable" if at.document.dialect == Dialect::OpenApi3 => {
                schema.types |= u8::from(at.boolean()?);
            }
            "enum" => schema.allowed = read_enum(at)?,
            // The booleans may stand before the bound they belong to, so the bound's text comes when it comes.
            "minimum" => schema.number.minimum.get_or_insert_default().0 = at.number()?.to_owned(),
            "maximum" => schema.number.maximum.get_or_insert_default().0 = at.number()?.to_owned(),
            "exclusiveMinimum" => schema.number.minimum.get_or_insert_default().1 = exclusive(at)?,
            "exclusiveMaximum" => schema.number.maximum.get_or_insert_default().1 = exclusive(at)?,
            "multipleOf" => schema.number.multiple_of = Some(divisor(at)?),
            "minLength" => schema.string.min = Some(at.count()?),
            "maxLength" => schema.string.max = Some(at.count()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn container_rule(&mut self, id: Id, name: &str, at: &At<'_>) -> Result<bool, Error> {
        match name {
            "items" => {
                if at.node.as_array().is_some() {
                    return Err(
                        at.error("a list of items' schemas is not OpenAPI", "write one schema for all")
                    );
                }
                let items = self.read(at, Place::Within(id, "Item".to_owned()))?;
                self.model.schema_mut(id).array.items = Some(items);
            }
            "minItems" => self.model.schema_mut(id).array.length.min = Some(at.count()?),
            "maxItems" => self.model.schema_mut(id).array.length.max = Some(at.count()?),
            "uniqueItems" => self.model.schema_mut(id).array.unique = at.boolean()?,
            "properties" => {
                let mut properties = Vec::new();
                for (name, at) in at.members()? {
                    let schema = self.read(&at, Place::Within(id, name.to_owned()))?;
                    let beside = at.text("description")?;
                    let own = &self.model.schema(schema).summary;
                    let summary = if beside.is_empty() { own.clone() } else { beside };
                    properties.push(Property { name: name.to_owned(), schema, summary });
                }
                self.model.schema_mut(id).object.properties = properties;
            }
            "required" => self.model.schema_mut(id).object.required = read_required(at)?,
            "additionalProperties" => {
                let additional = match at.node.as_bool() {
                    Some(true) => Additional::Allowed,
                    Some(false) => Additional::Refused,
                    None if at.node.as_object().is_none() => {
                        return Err(at.unexpected("a boolean or a schema"));
                    }
                    None => Additional::Schema(self.read(at, Place::Within(id, "Value".to_owned()))?),
                };
                self.model.schema_mut(id).object.additional = additional;
            }
            "minProperties" => self.model.schema_mut(id).object.count.min = Some(at.count()?),
            "maxProperties" => self.model.schema_mut(id).object.count.max = Some(at.count()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `allOf` and, in OpenAPI 3.0 alone, `anyOf`, `oneOf` and `not`.
    fn branches(&mut self, id: Id, name: &str, at: &At<'_>) -> Result<bool, Error> {
        let later = at.document.dialect == Dialect::OpenApi3;
        let suffix = match name {
            "allOf" => "Part",
            "anyOf" | "oneOf" if later => "Choice",
            "not" if later => {
                let not = self.read(at, Place::Within(id, "Not".to_owned()))?;
                self.model.schema_mut(id).not = Some(not);
                return Ok(true);
            }
            _ => return Ok(false),
        };
        let items = at.items()?;
        if items.is_empty() {
            return Err(at.error(format!("`{name}` is empty"), "name at least one schema, or leave it out"));
        }
        let mut ids = Vec::new();
        for item in &items {
            ids.push(self.read(item, Place::Within(id, suffix.to_owned()))?);
        }
        let schema = self.model.schema_mut(id);
        match name {
            "allOf" => schema.all_of = ids,
            "anyOf" => schema.any_of = ids,
            _ => schema.one_of = ids,
        }
        Ok(true)
    }

    /// Rules between the keywords of one schema.
    fn whole(&self, id: Id, at: &At<'_>) -> Result<(), Error> {
        let schema = self.model.schema(id);
        for (bound, keyword) in [(&schema.number.minimum, "minimum"), (&schema.number.maximum, "maximum")] {
            if bound.as_ref().is_some_and(|(text, _)| text.is_empty()) {
                return Err(at.error(
                    format!("the bound is called exclusive, but there is no `{keyword}`"),
                    format!("add `{keyword}`"),
                ));
            }
        }
        if schema.types == 1 {
            let nullable = at.get("nullable").unwrap_or_else(|| at.clone());
            return Err(
                nullable.error("`nullable` has no effect without `type`", "write the `type` beside it")
            );
        }
        if at.get("type").is_some_and(|kind| kind.node.as_str() == Some("array")) && at.get("items").is_none()
        {
            return Err(at.error("an array without `items`", "add `items`; `{}` allows every item"));
        }
        Ok(())
    }
}

/// Refuses schemas that apply themselves to the same value again: checking them would never end.
pub(crate) fn check_progress(model: &Model, document: &Document) -> Result<(), Error> {
    // 0 not seen, 1 being followed, 2 done. Every id is an index into the model's schemas, and so into this.
    let mut state = vec![0u8; model.schemas.len()];
    for start in 0..model.schemas.len() {
        let mut stack = vec![(Id(start), false)];
        while let Some((id, done)) = stack.pop() {
            if done {
                state[id.0] = 2;
                continue;
            }
            match state[id.0] {
                0 => {
                    state[id.0] = 1;
                    stack.push((id, true));
                    stack.extend(
                        model.schema(id).beside().filter(|next| state[next.0] != 2).map(|next| (next, false)),
                    );
                }
                1 => {
                    let pointer = &model.schema(id).pointer;
                    let at = document.find(pointer).unwrap_or_else(|| document.root());
                    return Err(at.error(
                        "this schema contains itself without a property or an item in between",
                        "break the circle of allOf, anyOf, oneOf, not and $ref",
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn is_annotation(name: &str) -> bool {
    const ANNOTATIONS: [&str; 8] =
        ["title", "description", "default", "example", "deprecated", "externalDocs", "xml", "format"];
    ANNOTATIONS.contains(&name) || name.starts_with("x-")
}

fn refused(name: &str, at: &At<'_>, dialect: Dialect) -> Error {
    let advice = match name {
        "pattern" => "leave it out: regular expressions are not supported",
        "discriminator" => "leave it out: oneOf with enums of one value says the same",
        "readOnly" | "writeOnly" => "leave it out: write one schema for requests and one for answers",
        "nullable" | "anyOf" | "oneOf" | "not" => "Swagger 2.0 does not have it: use OpenAPI 3.0",
        "const" => "write an enum of one value",
        _ => "leave it out, or call it `x-…` if it says nothing about the JSON",
    };
    let version = if dialect == Dialect::Swagger2 { "a Swagger 2.0" } else { "an OpenAPI 3.0" };
    at.error(format!("the keyword `{name}` is not supported in {version} schema"), advice)
}

fn read_type(at: &At<'_>) -> Result<u8, Error> {
    match at.node.as_str() {
        Some(name) if name != "null" => type_bit(name).ok_or_else(|| {
            at.error(
                format!("`{name}` is not a type"),
                "use boolean, integer, number, string, array or object",
            )
        }),
        _ => Err(at.error(
            format!("expected the name of one type, found {}", text::compact(at.node)),
            "write one type; `nullable` allows null in OpenAPI 3.0",
        )),
    }
}

fn read_enum(at: &At<'_>) -> Result<Vec<String>, Error> {
    let mut allowed = Vec::new();
    for item in at.items()? {
        let value = json::canonical(text::compact(item.node).as_bytes());
        if allowed.contains(&value) {
            return Err(item.error(format!("the enum has {value} twice"), "keep one of them"));
        }
        allowed.push(value);
    }
    if allowed.is_empty() {
        return Err(at.error("an empty enum allows nothing", "name the values, or leave it out"));
    }
    Ok(allowed)
}

fn read_required(at: &At<'_>) -> Result<Vec<String>, Error> {
    if at.node.as_bool().is_some() {
        return Err(at.error(
            "expected an array of names, found boolean",
            "name the property in the `required` of the object that holds it",
        ));
    }
    let mut names: Vec<String> = Vec::new();
    for item in at.items()? {
        let name = item.string()?.to_owned();
        if names.contains(&name) {
            return Err(item.error(format!("`{name}` is required twice"), "keep one of them"));
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(at.error("`required` is empty", "name a property, or leave it out"));
    }
    Ok(names)
}

fn exclusive(at: &At<'_>) -> Result<bool, Error> {
    if at.node.as_number().is_some() {
        return Err(at.error(
            "expected a boolean, found number",
            "OpenAPI 3.0 and Swagger 2.0 take `minimum` or `maximum` with a boolean beside it",
        ));
    }
    at.boolean()
}

fn divisor(at: &At<'_>) -> Result<String, Error> {
    let number = at.number()?;
    let digits = number.split(['e', 'E']).next().unwrap_or_default();
    if number.starts_with('-') || !digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        return Err(at.error(format!("multipleOf is {number}"), "write a number greater than 0"));
    }
    Ok(number.to_owned())
}

impl LengthRules {
    pub(crate) fn is_empty(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }
}
