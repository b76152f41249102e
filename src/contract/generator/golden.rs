//! Golden pairs: a small swagger file in `tests/golden/*.json`, and the Rust that is written of it beside it.
//!
//! The Rust is compared with what the generator writes, compiled here, and used. After a change that is meant,
//! `UPDATE_GOLDEN=1 cargo test golden` writes it anew: read the difference before it is committed.

use std::path::Path;

use miniserde::json::Value;

use super::model::Model;
use super::operation::Selection;
use super::{File, client, read, rust, tables};
use crate::cloud::{Call, Error};
use crate::contract::operation::{Operation, Security};
use crate::contract::schema::Schema;
use crate::contract::{Mode, check};

/// Compiles a golden file as the crate compiles the build's output.
macro_rules! golden {
    ($module:ident, $file:literal) => {
        #[allow(
            dead_code,
            unused_imports,
            missing_docs,
            unreachable_pub,
            reason = "compiled for some of its parts"
        )]
        mod $module {
            use miniserde::json::Value;
            use miniserde::ser::{Fragment, Serialize};

            use crate::cloud::api::shape::{Fields, Read, answer, field};
            use crate::cloud::{Call, Error};

            include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/", $file));
        }
    };
}

golden!(rules, "rules.rs");
golden!(composed, "composed.rs");
golden!(recursive, "recursive.rs");
golden!(swagger2, "swagger2.rs");
golden!(names, "names.rs");

#[test]
fn what_is_written_is_the_golden_text() {
    for name in ["rules", "composed", "recursive", "swagger2", "names"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let file = format!("{name}.json");
        let text = std::fs::read(folder.join(&file)).expect("the swagger file");
        let mut model = Model::default();
        let file = File { name: &file, text: &text };
        read(&file, &Selection::All, &mut model).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(model.warnings, []);
        let names = rust::Names::new(&model);
        let written = format!("{}\n{}", tables::write(&model, &names), client::write(&model, &names));
        let golden = folder.join(format!("{name}.rs"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &written).expect("the golden file");
        }
        let expected = std::fs::read_to_string(&golden).expect("the golden file");
        assert!(expected == written, "{} is not what is written of {name}.json", golden.display());
    }
}

/// What the strict check says, as `pointer: rule`; empty if nothing.
fn strict(schema: &Schema, body: &str) -> String {
    match check(schema, body.as_bytes(), Mode::Strict) {
        Ok(drift) => drift.iter().map(|found| format!("drift {}", found.pointer)).collect(),
        Err(crate::contract::Refusal::Broken(found)) => format!("{}: {}", found.pointer, found.rule),
        Err(syntax) => syntax.to_string(),
    }
}

fn body(operation: &Operation) -> &'static Schema {
    operation.body.expect("a body")
}

#[test]
fn every_rule_of_a_schema_holds() {
    let schema = body(&rules::operations::READING_CREATE);
    let check = |body: &str, place: Option<&str>| {
        let told = strict(schema, body);
        match place {
            Some(place) => assert!(told.starts_with(&format!("{place}: ")), "{body}: {told}"),
            None => assert_eq!(told, "", "{body}"),
        }
    };
    let with = |members: &str| format!(r#"{{"sensor":"a","value":1,"signature":"%"{members}}}"#);
    check(&with(""), None);
    check(&with(r#","count":null,"unit":"\u00b0C","tags":["a","b"],"place":{"type":{"a":1}}"#), None);
    check(r#"{"sensor":"a","value":1,"more":"%"}"#, Some("/signature"));
    check(r#"{"sensor":"123456789","value":1,"signature":"%"}"#, Some("/sensor"));
    check(r#"{"sensor":"a","value":125.5,"signature":"%"}"#, Some("/value"));
    check(r#"{"sensor":"a","value":0.7,"signature":"%"}"#, Some("/value"));
    check(r#"{"sensor":"a","value":null,"signature":"%"}"#, Some("/value"));
    check(&with(r#","count":-1"#), Some("/count"));
    check(&with(r#","count":0"#), None);
    check(&with(r#","tags":["a","a"]"#), Some("/tags"));
    check(&with(r#","place":{"type":"hall"}"#), Some("/place/type"));
    check(&with(r#","place":{"kind":"room"}"#), Some("/place/kind"));
    check(&with(r#","other":"K""#), Some("/other"));
    check(&with(r#","a":"%","b":"%","c":"%","d":"%","e":"%","f":"%","g":"%""#), Some(""));
}

#[test]
fn composed_schemas_hold() {
    let schema = body(&composed::operations::THING_CREATE);
    let check = |body: &str, fine: bool| assert_eq!(strict(schema, body).is_empty(), fine, "{body}");
    check(r#"{"name":"lamp","state":"on"}"#, true);
    check(r#"{"name":"lamp","state":{"level":3}}"#, true);
    check(r#"{"name":"lamp","state":"dim"}"#, false);
    check(r#"{"name":"lamp"}"#, false);
    check(r#"{"state":"on"}"#, false);
    check(r#"{"name":"lamp","state":1,"forbidden":1}"#, false);
}

#[test]
fn recursive_schemas_hold_at_every_depth() {
    let schema = body(&recursive::operations::TREE_UPDATE);
    assert_eq!(strict(schema, r#"{"label":"a","next":{"children":[{"by name":{"x":{"label":"b"}}}]}}"#), "");
    let told = strict(schema, r#"{"next":{"children":[{},{"by name":{"x":{"label":7}}}]}}"#);
    assert!(told.starts_with("/next/children/1/by name/x/label: "), "{told}");
    let told = strict(schema, r#"{"matrix":[[],[[],[1]]]}"#);
    assert!(told.starts_with("/matrix/1/1/0: "), "{told}");
}

#[test]
fn the_older_dialect_gives_the_same_tables() {
    let operation = &swagger2::operations::DOOR_OPEN;
    assert_eq!((operation.path, operation.security), ("/api/v1/doors/{door}", Security::Basic));
    assert_eq!(operation.responses.iter().map(|response| response.status).collect::<Vec<_>>(), [200, 404]);
    assert_eq!(strict(body(operation), r#"{"wide":true}"#), "");
    let parameters: Vec<_> = operation.parameters.iter().map(|parameter| parameter.name).collect();
    assert_eq!(parameters, ["door", "x-key"]);
}

#[test]
fn names_on_the_wire_are_kept_whatever_rust_calls_them() {
    let mut cloud = recorder(r#"{"options":{"ok":true}}"#);
    let value = names::ErrorTypeValue { x: Some(Value::Null) };
    let body = names::ErrorType {
        field_: Some("a\"b".to_owned()),
        self_: Some("s".to_owned()),
        a_b: Some("-".to_owned()),
        a_b2: Some(2.5),
        value: Some(value),
        ..names::ErrorType::default()
    };
    let answer = names::answer_(&mut cloud, true, "d", "b", &body).expect("an answer");
    assert_eq!(
        cloud.asked,
        r#"answer [("type", "true"), ("a-b", "d"), ("body", "b")] {"":"a\"b","self":"s","a-b":"-","a_b":2.5,"Value":{"x":null}}"#
    );
    assert_eq!(answer.options.and_then(|options| options.ok), Some(true));
}

/// Answers every call alike and keeps what was asked.
struct Recorder {
    answer: &'static str,
    asked: String,
}

impl Call for Recorder {
    fn call(
        &mut self,
        operation: &'static Operation,
        parameters: &[(&str, &str)],
        body: Option<&dyn miniserde::Serialize>,
    ) -> Result<Value, Error> {
        struct Body<'a>(&'a dyn miniserde::Serialize);
        impl miniserde::Serialize for Body<'_> {
            fn begin(&self) -> miniserde::ser::Fragment<'_> {
                self.0.begin()
            }
        }
        let body = body.map(|body| miniserde::json::to_string(&Body(body))).unwrap_or_default();
        self.asked = format!("{} {parameters:?} {body}", operation.name);
        miniserde::json::from_str(self.answer)
            .map_err(|_| Error::Answer { operation: operation.name, reason: "no JSON".to_owned() })
    }
}

fn recorder(answer: &'static str) -> Recorder {
    Recorder { answer, asked: String::new() }
}

#[test]
fn a_request_has_what_is_required_and_leaves_out_what_is_not_there() {
    let mut cloud = recorder("null");
    let reading = rules::Reading { sensor: "s".to_owned(), value: 0.5, ..rules::Reading::default() };
    rules::reading_create(&mut cloud, &reading).expect("a call");
    assert_eq!(cloud.asked, r#"readingCreate [] {"sensor":"s","value":0.5}"#);
    let place = rules::ReadingPlace { type_: Some(Value::String("room".to_owned())) };
    let reading = rules::Reading { place: Some(place), tags: Some(vec!["t".to_owned()]), ..reading };
    rules::reading_create(&mut cloud, &reading).expect("a call");
    assert_eq!(
        cloud.asked,
        r#"readingCreate [] {"sensor":"s","value":0.5,"tags":["t"],"place":{"type":"room"}}"#
    );
}

#[test]
fn parameters_go_by_their_names_on_the_wire() {
    let mut cloud = recorder("[]");
    composed::thing_index(&mut cloud).expect("a call");
    assert_eq!(cloud.asked, "thingIndex [] ");
    let options = composed::ThingIndexOptions { limit: Some(7), ..Default::default() };
    composed::thing_index_with(&mut cloud, &options).expect("a call");
    assert_eq!(cloud.asked, r#"thingIndex [("limit", "7")] "#);
    let tree = recursive::ABTree { next: Some(Box::default()), ..Default::default() };
    recursive::tree_update(&mut cloud, -3, &tree).expect("a call");
    assert_eq!(cloud.asked, r#"treeUpdate [("id", "-3")] {"next":{}}"#);
    let dynamic: &mut dyn Call = &mut cloud;
    swagger2::door_open(dynamic, "d1", &swagger2::DoorOpenBody::default()).expect_err("a list is no door");
    assert_eq!(cloud.asked, r#"doorOpen [("door", "d1")] {}"#);
}

#[test]
fn an_answer_is_read_as_far_as_it_can_be() {
    let check = |answer: &'static str, expected: &[(Option<&str>, &str)]| {
        let things = composed::thing_index(&mut recorder(answer)).expect("a list");
        let seen: Vec<_> = things
            .iter()
            .map(|thing| {
                let state = match &thing.state {
                    None => "none",
                    Some(composed::StateAnswer::Text(_)) => "text",
                    Some(composed::StateAnswer::Number(_)) => "number",
                    Some(composed::StateAnswer::List(_)) => "list",
                    Some(composed::StateAnswer::Object(level)) if level.level == Some(3) => "level 3",
                    Some(composed::StateAnswer::Object(_)) => "object",
                };
                (thing.name.as_deref(), state)
            })
            .collect();
        assert_eq!(seen, expected, "{answer}");
    };
    check("[]", &[]);
    check(r#"[{"name":"a","state":"dim","new":[]}]"#, &[(Some("a"), "text")]);
    check(r#"[{"name":7,"state":{"level":3}},{"state":null}]"#, &[(None, "level 3"), (None, "none")]);
    check(r#"["no thing",{"state":{"level":3.5}},{"state":true}]"#, &[(None, "object"), (None, "none")]);
    for answer in ["7", "{}", "null"] {
        let error = composed::thing_index(&mut recorder(answer)).expect_err("no list");
        assert!(matches!(error, Error::Answer { operation: "thingIndex", .. }), "{answer}");
    }
    let door = swagger2::door_open(&mut recorder("null"), "d", &swagger2::DoorOpenBody::default());
    assert_eq!(door.expect("nothing is an empty answer").open, None);
}

#[test]
fn values_do_not_show_in_debug() {
    let thing = composed::Thing { name: "secret".to_owned(), ..Default::default() };
    assert_eq!(format!("{thing:?}"), "Thing { .. }");
}
