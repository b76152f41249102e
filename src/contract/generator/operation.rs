//! Reads operations: paths, parameters, bodies and answers of both dialects.

use super::document::{At, Dialect, Document, Error};
use super::model::{Id, Location, Model, Operation, Parameter, Response, Security};
use super::names;
use super::parameter::{is_json, json_content, parameter};
use super::schema::Reader;
use super::text;

const METHODS: [&str; 4] = ["get", "put", "post", "delete"];

/// What is read of a document: everything, or the operations with these paths.
pub(crate) enum Selection {
    /// Every operation.
    All,
    /// `GET` and one of these paths; a path that is missing stops the build.
    Get(&'static [&'static str]),
}

/// Reads the selected operations of a document.
pub(crate) fn read(document: &Document, reader: &mut Reader<'_>, selection: &Selection) -> Result<(), Error> {
    let root = document.root();
    let base = base_path(&root)?;
    let paths = root.need("paths")?;
    let mut found = Vec::new();
    for (path, item) in paths.members()? {
        if path.starts_with("x-") {
            continue;
        }
        let full = format!("{base}{path}");
        let wanted = match selection {
            Selection::All => true,
            Selection::Get(paths) => paths.contains(&full.as_str()),
        };
        if wanted {
            found.push(full.clone());
            path_item(&root, &item.follow()?, &full, reader, selection)?;
        }
    }
    if let Selection::Get(wanted) = selection
        && let Some(missing) = wanted.iter().find(|path| !found.iter().any(|found| found == *path))
    {
        return Err(paths.error(format!("`GET {missing}` is missing"), "the agent calls it: add it"));
    }
    Ok(())
}

/// What stands before every path.
fn base_path(root: &At<'_>) -> Result<String, Error> {
    if root.document.dialect == Dialect::Swagger2 {
        return Ok(root.text("basePath")?.trim_end_matches('/').to_owned());
    }
    let Some(servers) = root.get("servers") else { return Ok(String::new()) };
    let Some(first) = servers.items()?.into_iter().next() else { return Ok(String::new()) };
    let url = first.need("url")?;
    let text = url.string()?;
    if text.contains('{') {
        return Err(url.error("variables in a server's URL are not supported", "write the URL out"));
    }
    let after_host = match text.split_once("//") {
        Some((_, rest)) => rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or_default(),
        None => text,
    };
    Ok(after_host.trim_end_matches('/').to_owned())
}

fn path_item(
    root: &At<'_>,
    item: &At<'_>,
    path: &str,
    reader: &mut Reader<'_>,
    selection: &Selection,
) -> Result<(), Error> {
    for (name, at) in item.members()? {
        match name {
            "parameters" | "summary" | "description" => {}
            _ if name.starts_with("x-") => {}
            "servers" => return Err(at.error("servers of one path are not supported", "leave them out")),
            method if METHODS.contains(&method) => {
                if method == "get" || matches!(selection, Selection::All) {
                    let operation = Source { root, item, at: &at, path, method }.read(reader)?;
                    let known = &reader.model.operations;
                    if known.iter().any(|known| names::snake(&known.name) == names::snake(&operation.name)) {
                        let id = at.get("operationId").unwrap_or(at);
                        return Err(id.error(
                            format!("there is another operation `{}`", operation.name),
                            "give each operation its own operationId",
                        ));
                    }
                    reader.model.operations.push(operation);
                }
            }
            _ => {
                return Err(
                    at.error(format!("`{name}` is not supported here"), "use get, put, post or delete")
                );
            }
        }
    }
    Ok(())
}

/// An operation in its document.
struct Source<'s, 'a> {
    root: &'s At<'a>,
    item: &'s At<'a>,
    at: &'s At<'a>,
    path: &'s str,
    method: &'s str,
}

impl Source<'_, '_> {
    fn read(&self, reader: &mut Reader<'_>) -> Result<Operation, Error> {
        for (name, at) in self.at.members()? {
            let known = match name {
                "tags" | "summary" | "description" | "externalDocs" | "operationId" | "parameters"
                | "responses" | "deprecated" | "security" => true,
                "requestBody" | "callbacks" => at.document.dialect == Dialect::OpenApi3,
                "consumes" | "produces" | "schemes" => at.document.dialect == Dialect::Swagger2,
                _ => name.starts_with("x-"),
            };
            if !known {
                return Err(at.error(format!("`{name}` of an operation is not supported"), "leave it out"));
            }
        }
        let id = self.at.need("operationId")?;
        let name = names::camel(id.string()?);
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(id.error("this operationId gives no name", "begin it with a letter"));
        }
        let (parameters, form) = self.parameters(reader, &name)?;
        let body = match form {
            Some(body) => Some(body),
            None => self.body(reader, &name)?,
        };
        let responses = self.responses(reader, &name)?;
        let summary = self.at.text("summary")?;
        let operation = Operation {
            method: self.method.to_ascii_uppercase(),
            path: self.path.to_owned(),
            summary: if summary.is_empty() { name.clone() } else { summary },
            description: self.at.text("description")?,
            security: self.security()?,
            name,
            parameters,
            body,
            responses,
        };
        self.check_path(&operation)?;
        Ok(operation)
    }

    /// Those of the path first, then the others in the order of the file; and the body, where Swagger 2.0 has it.
    fn parameters(&self, reader: &mut Reader<'_>, name: &str) -> Result<(Vec<Parameter>, Option<Id>), Error> {
        let mut read: Vec<(Parameter, bool)> = Vec::new();
        let mut body = None;
        for (own, list) in [(false, self.item.get("parameters")), (true, self.at.get("parameters"))] {
            for at in list.map_or(Ok(Vec::new()), |list| list.items())? {
                let at = at.follow()?;
                if at.document.dialect == Dialect::Swagger2 && at.need("in")?.string()? == "body" {
                    self.speaks_json("consumes")?;
                    if body.is_some() {
                        return Err(at.error("there is another body already", "an operation has one body"));
                    }
                    body = Some(reader.read_shared(&at.need("schema")?, &format!("{name}Body"))?);
                    continue;
                }
                let parameter = parameter(&at, reader, name)?;
                let same = |(known, _): &(Parameter, bool)| {
                    known.name == parameter.name && known.location == parameter.location
                };
                if read.iter().any(|known| same(known) && known.1 == own) {
                    return Err(
                        at.error(format!("`{}` is declared twice", parameter.name), "keep one of them")
                    );
                }
                // What the operation declares takes the place of what its path declares.
                read.retain(|known| !same(known));
                read.push((parameter, own));
            }
        }
        let mut parameters: Vec<Parameter> = read.into_iter().map(|(parameter, _)| parameter).collect();
        parameters.sort_by_key(|parameter| parameter.location != Location::Path);
        Ok((parameters, body))
    }

    fn body(&self, reader: &mut Reader<'_>, name: &str) -> Result<Option<Id>, Error> {
        let Some(at) = self.at.get("requestBody") else { return Ok(None) };
        let at = at.follow()?;
        let schema = json_content(&at.need("content")?)?.need("schema")?;
        reader.read_shared(&schema, &format!("{name}Body")).map(Some)
    }

    fn responses(&self, reader: &mut Reader<'_>, name: &str) -> Result<Vec<Response>, Error> {
        let list = self.at.need("responses")?;
        let mut responses: Vec<Response> = Vec::new();
        for (status, at) in list.members()? {
            if status.starts_with("x-") {
                continue;
            }
            let digits = status.len() == 3 && status.bytes().all(|digit| digit.is_ascii_digit());
            let range = matches!(status, "default" | "1XX" | "3XX" | "4XX" | "5XX");
            if !digits && !range {
                return Err(
                    at.error(format!("`{status}` is not a status"), "write three digits, or `default`")
                );
            }
            let response = self.response(reader, status, &at.follow()?, &format!("{name}Answer"))?;
            let earlier = responses.iter().filter(|known| known.status.starts_with('2'));
            if status.starts_with('2') && earlier.clone().any(|known| known.payload != response.payload) {
                return Err(at.error(
                    "two successes with different bodies",
                    "give all successes one schema: a function has one answer type",
                ));
            }
            responses.push(response);
        }
        if !responses.iter().any(|response| response.status.starts_with('2')) {
            return Err(list.error("no success is declared", "add one, such as `200`"));
        }
        Ok(responses)
    }

    fn response(
        &self,
        reader: &mut Reader<'_>,
        status: &str,
        at: &At<'_>,
        name: &str,
    ) -> Result<Response, Error> {
        let mut example = None;
        let schema = if at.document.dialect == Dialect::Swagger2 {
            let examples = at.get("examples").and_then(|examples| examples.get("application/json"));
            example = examples.map(|at| text::compact(at.node));
            at.get("schema")
        } else if let Some(content) = at.get("content").filter(|at| at.node.as_object() != Some(&[])) {
            let media = json_content(&content)?;
            example = media.get("example").map(|at| text::compact(at.node));
            media.get("schema")
        } else {
            None
        };
        let schema = match schema {
            Some(schema) => {
                if at.document.dialect == Dialect::Swagger2 {
                    self.speaks_json("produces")?;
                }
                Some(reader.read_shared(&schema, name)?)
            }
            None => None,
        };
        let payload = schema.map(|id| unwrapped(reader.model, id));
        if let Some(payload) = payload {
            reader.model.schema_mut(payload).shared = true;
        }
        Ok(Response { status: status.to_owned(), summary: at.text("description")?, schema, payload, example })
    }

    /// `consumes` or `produces` of the operation, or of the whole file.
    fn speaks_json(&self, name: &str) -> Result<(), Error> {
        let Some(list) = self.at.get(name).or_else(|| self.root.get(name)) else { return Ok(()) };
        for item in list.items()? {
            if is_json(item.string()?) {
                return Ok(());
            }
        }
        Err(list.error("no application/json among the media types", "the agent speaks JSON alone: add it"))
    }

    fn security(&self) -> Result<Security, Error> {
        let Some(list) = self.at.get("security").or_else(|| self.root.get("security")) else {
            return Ok(Security::None);
        };
        let schemes = if list.document.dialect == Dialect::Swagger2 {
            self.root.get("securityDefinitions")
        } else {
            self.root.get("components").and_then(|components| components.get("securitySchemes"))
        };
        let requirements = list.items()?;
        for requirement in &requirements {
            let names = requirement.members()?;
            let [(name, _)] = names.as_slice() else {
                if names.is_empty() {
                    return Ok(Security::None);
                }
                continue;
            };
            let scheme = schemes.as_ref().and_then(|schemes| schemes.get(name));
            let scheme = scheme.ok_or_else(|| {
                requirement.error(format!("the security scheme `{name}` is not declared"), "declare it")
            })?;
            if let Some(known) = scheme_kind(&scheme.follow()?)? {
                return Ok(known);
            }
        }
        if requirements.is_empty() {
            return Ok(Security::None);
        }
        Err(list.error("none of these security schemes is supported", "use HTTP basic or a bearer token"))
    }

    /// Every `{name}` is a parameter of the path, and the other way round.
    fn check_path(&self, operation: &Operation) -> Result<(), Error> {
        let mut named = Vec::new();
        for part in self.path.split('{').skip(1) {
            let Some((name, _)) = part.split_once('}') else {
                return Err(self.item.error("`{` without `}` in the path", "close it"));
            };
            named.push(name);
        }
        let declared =
            || operation.parameters.iter().filter(|parameter| parameter.location == Location::Path);
        if let Some(missing) = named.iter().find(|name| !declared().any(|known| known.name == **name)) {
            return Err(self.at.error(
                format!("`{{{missing}}}` of the path is not declared"),
                "declare it among the parameters, in `path`",
            ));
        }
        if let Some(extra) = declared().find(|known| !named.contains(&known.name.as_str())) {
            return Err(self.at.error(
                format!("the path has no `{{{}}}`", extra.name),
                "add it to the path, or take the parameter away",
            ));
        }
        Ok(())
    }
}

fn scheme_kind(scheme: &At<'_>) -> Result<Option<Security>, Error> {
    let text = |name: &str| scheme.text(name).map(|text| text.to_ascii_lowercase());
    Ok(match (scheme.need("type")?.string()?, text("scheme")?.as_str()) {
        ("basic", _) | ("http", "basic") => Some(Security::Basic),
        ("http", "bearer") => Some(Security::Bearer),
        ("apiKey", _) if text("in")? == "header" && text("name")? == "authorization" => {
            Some(Security::Bearer)
        }
        _ => None,
    })
}

/// An answer of the form `{"data": …}` and nothing else is a wrapper: what counts is inside.
fn unwrapped(model: &Model, id: Id) -> Id {
    let schema = model.schema(id);
    match schema.object.properties.as_slice() {
        [only] if only.name == "data" && schema.beside().next().is_none() => only.schema,
        _ => id,
    }
}
