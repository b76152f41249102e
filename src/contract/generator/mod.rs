//! From swagger files to tables, a typed client, the webhook's own OpenAPI document and the API documentation.
//!
//! The build script compiles this folder and `json` by path and calls [`generate`]; the library compiles it for
//! its tests alone. It reads no environment and writes no file: texts in, texts out. The output uses
//! `contract::{schema, operation}` and `cloud::api`, which hold everything that is the same for all files.

mod amendments;
mod callback;
mod carry;
mod client;
mod document;
mod markdown;
mod model;
mod names;
mod operation;
mod parameter;
mod rust;
mod schema;
mod tables;
mod text;
mod types;
mod webhook;

#[cfg(test)]
mod broken;
#[cfg(test)]
mod carried;
#[cfg(test)]
mod files;
#[cfg(test)]
mod golden;

pub(crate) use document::Error;
use document::{At, Document};
use model::{Model, Place};
use operation::Selection;
use schema::Reader;
use std::path::{Path, PathBuf};

/// One swagger file: what errors call it, and its bytes.
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a [u8],
}

/// What the build writes.
#[derive(Debug)]
pub(crate) struct Output {
    /// Schemas, operations and callbacks as statics.
    pub(crate) tables: String,
    /// Request and answer types, and a function an operation.
    pub(crate) client: String,
    /// The OpenAPI document of the webhook.
    pub(crate) webhook: String,
    /// The documentation in Markdown.
    pub(crate) docs: String,
    /// Unused parts of the files that would have stopped the build if they were used.
    pub(crate) warnings: Vec<Error>,
}

/// Of the authentication portal only these are called.
const AUTHENTICATION: [&str; 4] = [
    "/api/rainbow/authentication/v1.0/login",
    "/api/rainbow/authentication/v1.0/renew",
    "/api/rainbow/authentication/v1.0/validator",
    "/api/rainbow/authentication/v1.0/logout",
];

/// What the agent calls; a file without one of them cannot be built from.
const CALLED: [&str; 21] = [
    "getBasicLogin",
    "getRenew",
    "getApiRainbowAuthenticationV10Validator",
    "getLogout",
    "connectionCreate",
    "connectionIndex",
    "connectionShow",
    "connectionDelete",
    "conversationCreate",
    "conversationIndex",
    "conversationShow",
    "conversationDelete",
    "conversationChatstate",
    "messageCreate",
    "messageIndex",
    "messageDeleteAll",
    "messageReceivedReceipt",
    "messageReadReceipt",
    "presenceShow",
    "presenceUpdate",
    "roomJoin",
];

/// Where the contract has its callbacks.
const CALLBACKS: &str = "/paths/~1api~1rainbow~1ucs~1v1.0~1connections/post/callbacks";

/// Where the two files are in a folder, ours or the vendor's layout: authentication first.
pub(crate) fn locate(folder: &Path) -> [PathBuf; 2] {
    let pick = |ours: &str, vendors: &str| {
        let vendors = folder.join(vendors);
        if vendors.is_file() { vendors } else { folder.join(ours) }
    };
    [pick("authentication.json", "rainbow_authent_portal/swagger.json"), pick("s2s.json", "s2s/openapi.json")]
}

/// Reads both files whole and writes everything.
pub(crate) fn generate(authentication: &File<'_>, s2s: &File<'_>) -> Result<Output, Error> {
    let mut model = Model::default();
    let first = read(authentication, &Selection::Get(&AUTHENTICATION), &mut model)?;
    let second = read(s2s, &Selection::All, &mut model)?;
    for name in CALLED {
        if !model.operations.iter().any(|operation| operation.name == name) {
            let document = if name.starts_with("get") { &first } else { &second };
            let paths = document.find("/paths").unwrap_or_else(|| document.root());
            return Err(paths.error(format!("there is no operation `{name}`"), "the agent calls it: add it"));
        }
    }
    if model.callbacks.is_empty() {
        let place = [CALLBACKS, CALLBACKS.trim_end_matches("/callbacks")]
            .iter()
            .find_map(|pointer| second.find(pointer))
            .unwrap_or_else(|| second.root());
        return Err(place.error("there are no callbacks", "add them to the operation connectionCreate"));
    }
    write(model, &second)
}

/// Amends and reads one file.
fn read(file: &File<'_>, selection: &Selection, model: &mut Model) -> Result<Document, Error> {
    let mut document = Document::parse(file.name, file.text)?;
    model.amended.extend(amendments::apply(&mut document)?);
    let mut reader = Reader::new(model);
    operation::read(&document, &mut reader, selection)?;
    callback::read(&document, &mut reader)?;
    schema::check_progress(reader.model, &document)?;
    if matches!(selection, Selection::All) {
        unused(&document.root(), &mut reader);
    }
    Ok(document)
}

/// Components that nothing refers to are read too, but only warned about: nothing will be checked by them.
fn unused(root: &At<'_>, reader: &mut Reader<'_>) {
    let components = root.get("components").and_then(|components| components.get("schemas"));
    let Some(components) = components.or_else(|| root.get("definitions")) else { return };
    let result = components.members().map(|members| {
        for (name, at) in members {
            if let Err(error) = reader.read(&at, Place::Named(name.to_owned())) {
                reader.model.warnings.push(error);
            }
        }
    });
    reader.model.warnings.extend(result.err());
}

fn write(model: Model, s2s: &Document) -> Result<Output, Error> {
    let names = rust::Names::new(&model);
    let webhook = webhook::document(&model, s2s)?;
    let tables = tables::write(&model, &names);
    let client = client::write(&model, &names);
    let docs = markdown::write(&model, &names);
    Ok(Output { tables, client, webhook, docs, warnings: model.warnings })
}
