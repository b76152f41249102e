//! Tests of the webhook's document where a swagger file is written in ways that ours is not.

use super::model::Model;
use super::operation::Selection;
use super::{File, read, webhook};
use crate::json::{self, Node};

/// The webhook's document of a file with one callback, `/a-b`: its path's members, and the file's components.
fn of(path: &str, components: &str) -> Node {
    let text = format!(
        r##"{{"openapi":"3.0.0","paths":{{"/x":{{"post":{{"operationId":"x","responses":{{"200":{{"description":""}}}},
           "callbacks":{{"a":{{"{{$request.body#/u}}/a-b":{{{path}}}}}}}}}}}}},"components":{{{components}}}}}"##
    );
    let mut model = Model::default();
    let file = File { name: "carried.json", text: text.as_bytes() };
    let source = read(&file, &Selection::All, &mut model).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let written = webhook::document(&model, &source).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let document = json::parse(written.as_bytes()).expect("the document is JSON");
    resolve(&document, &document);
    document
}

/// A path's `post` whose body has this schema.
fn post(schema: &str) -> String {
    format!(r#""post":{{"requestBody":{{"content":{{"application/json":{{"schema":{schema}}}}}}}}}"#)
}

fn at<'n>(node: &'n Node, pointer: &str) -> Option<&'n Node> {
    pointer.split('/').skip(1).try_fold(node, |node, token| match node.as_array() {
        Some(items) => items.get(token.parse::<usize>().ok()?),
        None => node.get(&token.replace("~1", "/")),
    })
}

/// Every reference names something.
fn resolve(node: &Node, document: &Node) {
    for item in node.as_array().unwrap_or_default() {
        resolve(item, document);
    }
    for member in node.as_object().unwrap_or_default() {
        match member.node.as_str() {
            Some(reference) if member.name == "$ref" => {
                assert!(at(document, &reference[1..]).is_some(), "{reference} names nothing");
            }
            _ if member.name == "example" || member.name.starts_with("x-") => {}
            _ => resolve(&member.node, document),
        }
    }
}

fn text<'n>(document: &'n Node, pointer: &str) -> Option<&'n str> {
    at(document, pointer).and_then(Node::as_str)
}

#[test]
fn references_are_turned_to_where_their_targets_stand() {
    let inline = "#/paths/~1x/post/callbacks/a/%7B$request.body%23~1u%7D~1a-b/post/requestBody/content/\
        application~1json/schema";
    let document = of(
        &post(&format!(
            r##"{{"type":"object","x-any":{{"$ref":"nothing"}},"properties":{{"$ref":{{"type":"string"}},
               "part":{{"$ref":"#/components/schemas/S/properties/t"}},"whole":{{"$ref":"#/components/schemas/%53"}},
               "self":{{"$ref":"{inline}"}}}}}}"##
        )),
        r##""schemas":{"S":{"type":"object","properties":{"t":{"type":"integer"}}}}"##,
    );
    let property = |name: &str| text(&document, &format!("/components/schemas/CbAB/properties/{name}/$ref"));
    assert_eq!(property("part"), Some("#/components/schemas/T"));
    assert_eq!(property("whole"), Some("#/components/schemas/S"));
    assert_eq!(property("self"), Some("#/components/schemas/CbAB"));
}

#[test]
fn names_of_the_document_are_no_hindrance() {
    let own = r##"{"$ref":"#/components/schemas/CbAB"}"##;
    let schemas = r##""schemas":{"CbAB":{"type":"object","properties":{
        "a":{"$ref":"#/components/schemas/CbAB"},"r":{"$ref":"#/components/schemas/Refusal"}}},"Refusal":{"type":"string"}}"##;
    let document = of(&post(own), schemas);
    assert!(at(&document, "/components/schemas/CbAB/properties/a").is_some(), "it is the callback's own");
    assert_eq!(text(&document, "/components/schemas/Refusal/type"), Some("string"));
    assert_eq!(text(&document, "/components/schemas/Refusal2/type"), Some("object"));
    let document = of(&post(&format!(r#"{{"type":"object","properties":{{"o":{own}}}}}"#)), schemas);
    let other = "/components/schemas/CbAB/properties/o/$ref";
    assert_eq!(text(&document, other), Some("#/components/schemas/CbAB2"));
}

#[test]
fn parameters_of_the_path_are_the_callbacks_too() {
    let own = r##"[{"$ref":"#/components/parameters/P"}]"##;
    let path = format!(
        r#""summary":"s","description":"d","parameters":[
           {{"name":"x-a","in":"header","schema":{{"type":"integer"}}}},
           {{"name":"X-B","in":"header","schema":{{"type":"integer"}}}}],{}"#,
        post("{}").replacen('{', &format!(r#"{{"parameters":{own},"#), 1),
    );
    let parameter = r##""parameters":{"P":{"name":"x-b","in":"header","schema":{"type":"string"},
        "examples":{"e":{"$ref":"#/components/examples/E"}}}}"##;
    let document = of(&path, parameter);
    let parameters = "/paths/~1a-b/post/parameters";
    assert_eq!(at(&document, parameters).and_then(Node::as_array).map(<[_]>::len), Some(2));
    assert_eq!(text(&document, &format!("{parameters}/0/name")), Some("x-a"));
    assert_eq!(text(&document, &format!("{parameters}/1/schema/type")), Some("string"));
}

#[test]
fn of_several_media_types_the_closest_to_json_holds() {
    let content = r#"{"*/*":{"schema":{"type":"number"}},"text/plain":{"schema":{"type":"number"}},
        "application/json; charset=utf-8":{"schema":{"type":"string"}}}"#;
    let document = of(&format!(r#""post":{{"requestBody":{{"content":{content}}}}}"#), "");
    assert_eq!(text(&document, "/components/schemas/CbAB/type"), Some("string"));
}

#[test]
fn the_example_of_a_schema_within_itself_comes_to_an_end() {
    let tree = r##""schemas":{"T":{"type":"object","properties":{"t":{"$ref":"#/components/schemas/T"},
        "n":{"type":"integer"},"l":{"type":"array","items":{"$ref":"#/components/schemas/T"}}}}}"##;
    let document = of(&post(r##"{"$ref":"#/components/schemas/T"}"##), tree);
    let example = "/paths/~1a-b/post/requestBody/content/application~1json/example";
    let members = at(&document, example)
        .and_then(Node::as_object)
        .map(|members| members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>());
    assert_eq!(members, Some(vec!["n", "l"]));
}
