//! Tests on whole files: ours build, and what is written of them is complete.

use std::path::Path;

use super::{Error, File, Output, generate, locate};
use crate::json;

/// Our own files, whatever this crate was built from.
pub(super) fn ours() -> [String; 2] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/swagger");
    locate(&folder).map(|path| std::fs::read_to_string(path).expect("our swagger file"))
}

pub(super) fn build(authentication: &str, s2s: &str) -> Result<Output, Error> {
    generate(
        &File { name: "authentication.json", text: authentication.as_bytes() },
        &File { name: "s2s.json", text: s2s.as_bytes() },
    )
}

#[test]
fn our_files_build_without_a_warning() {
    let [authentication, s2s] = ours();
    let output = build(&authentication, &s2s).expect("our files build");
    assert_eq!(output.warnings, []);
    // A file is read the same way each time: what a build writes must not change without a cause.
    assert_eq!(output.tables, build(&authentication, &s2s).expect("again").tables);
    assert_eq!(output.client.matches("\npub fn ").count(), 22, "21 operations, one of them with options");
    assert!(output.webhook.len() + output.docs.len() < 64 * 1024, "the documents are part of the binary");
}

#[test]
fn the_webhook_document_has_a_path_and_a_schema_for_every_callback() {
    let [authentication, s2s] = ours();
    let output = build(&authentication, &s2s).expect("our files build");
    let document = json::parse(output.webhook.as_bytes()).expect("the document is JSON");
    let at = |path: &[&str]| path.iter().try_fold(&document, |node, name| node.get(name));
    assert_eq!(at(&["openapi"]).and_then(json::Node::as_str), Some("3.0.3"));
    assert_eq!(at(&["paths"]).and_then(json::Node::as_object).map(<[_]>::len), Some(12));
    let post = ["paths", "/chat-state", "post"];
    assert_eq!(
        at(&post).and_then(|post| post.get("operationId")).and_then(json::Node::as_str),
        Some("chatStateNotificationReceived")
    );
    assert!(at(&["components", "schemas", "CbChatState", "properties", "chatstate"]).is_some());
    for component in ["Attachment", "Content", "Refusal"] {
        assert!(at(&["components", "schemas", component]).is_some(), "{component}");
    }
    assert_eq!(
        at(&["paths", "/message", "post", "parameters"]).and_then(json::Node::as_array).map(<[_]>::len),
        Some(1),
        "x-resource"
    );
}

#[test]
fn the_documentation_names_every_operation_callback_and_amendment() {
    let [authentication, s2s] = ours();
    let docs = build(&authentication, &s2s).expect("our files build").docs;
    for heading in ["### messageDeleteAll\n", "### /room-state\n", "### Attachment\n", "## Amendments\n"] {
        assert!(docs.contains(heading), "{heading}");
    }
    assert!(docs.contains("`/components/schemas/Presence/properties/show/enum`"));
    assert!(docs.contains("`format` is an annotation and not enforced"));
}

#[test]
fn either_layout_of_a_folder_is_found() {
    let folder = std::env::temp_dir().join(format!("swagger-layout-{}", std::process::id()));
    assert_eq!(locate(&folder), [folder.join("authentication.json"), folder.join("s2s.json")]);
    std::fs::create_dir_all(folder.join("s2s")).expect("a folder");
    std::fs::write(folder.join("s2s/openapi.json"), "{}").expect("a file");
    assert_eq!(locate(&folder), [folder.join("authentication.json"), folder.join("s2s/openapi.json")]);
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}
