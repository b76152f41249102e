//! Swagger files that must stop the build: each with the file, the place and the reason that are told.

use super::files::{build, ours};
use super::model::Model;
use super::operation::Selection;
use super::{Error, File, read};

/// Reads one file as the S2S portal's is read.
fn read_file(text: &str) -> Result<Model, Error> {
    let mut model = Model::default();
    read(&File { name: "broken.json", text: text.as_bytes() }, &Selection::All, &mut model)?;
    Ok(model)
}

fn told(text: &str, pointer: &str, reason: &str) {
    let error = read_file(text).err().unwrap_or_else(|| panic!("this builds: {text}"));
    assert_eq!(error.pointer, pointer, "{error}\n{text}");
    assert!(error.reason.contains(reason), "{error}\n{text}");
    assert!(error.position.0 >= 1 && error.position.1 >= 1 && !error.advice.is_empty(), "{error}");
    assert!(error.to_string().starts_with("broken.json: line "), "{error}");
}

/// An OpenAPI 3.0 file in which `{"$ref": "#/components/schemas/S"}` is the body of an operation.
fn open_api(schemas: &str) -> String {
    format!(
        r##"{{"openapi":"3.0.0","paths":{{"/x":{{"post":{{"operationId":"x","requestBody":{{"content":{{
           "application/json":{{"schema":{{"$ref":"#/components/schemas/S"}}}}}}}},
           "responses":{{"200":{{"description":""}}}}}}}}}},"components":{{"schemas":{{{schemas}}}}}}}"##
    )
}

/// The same in Swagger 2.0.
fn swagger2(schema: &str) -> String {
    format!(
        r##"{{"swagger":"2.0","paths":{{"/x":{{"post":{{"operationId":"x","parameters":[
           {{"in":"body","name":"b","schema":{{"$ref":"#/definitions/S"}}}}],
           "responses":{{"200":{{"description":""}}}}}}}}}},"definitions":{{"S":{schema}}}}}"##
    )
}

/// An OpenAPI 3.0 file with this operation at `GET /x/{id}`.
fn operation(members: &str) -> String {
    format!(r#"{{"openapi":"3.0.0","paths":{{"/x/{{id}}":{{"get":{{{members}}}}}}}}}"#)
}

const ID: &str = r#""parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}]"#;
const OK: &str = r#""responses":{"200":{"description":""}}"#;

#[test]
fn the_templates_themselves_build() {
    for text in [
        open_api(r#""S":{"type":"string","x-any":1,"readOnly":false,"format":"date","default":1}"#),
        swagger2(r#"{"type":"string"}"#),
        operation(&format!(r#""operationId":"x",{ID},{OK}"#)),
    ] {
        read_file(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
}

#[test]
fn keywords_that_are_not_supported() {
    let check = |keyword: &str, value: &str| {
        let text = open_api(&format!(r#""S":{{"type":"object","{keyword}":{value}}}"#));
        told(&text, &format!("/components/schemas/S/{keyword}"), &format!("`{keyword}` is not supported"));
    };
    check("pattern", r#""^a""#);
    check("discriminator", r#"{"propertyName":"kind"}"#);
    check("readOnly", "true");
    check("writeOnly", "true");
    check("const", "1");
    check("patternProperties", "{}");
    check("propertyNames", "{}");
    check("if", "{}");
    check("$schema", r#""x""#);
    check("dependencies", "{}");
    check("maxlength", "3");
    let check = |keyword: &str, value: &str| {
        let text = swagger2(&format!(r#"{{"type":"object","{keyword}":{value}}}"#));
        told(&text, &format!("/definitions/S/{keyword}"), "is not supported in a Swagger 2.0 schema");
    };
    check("nullable", "true");
    check("oneOf", "[{}]");
    check("anyOf", "[{}]");
    check("not", "{}");
}

#[test]
fn keywords_with_wrong_values() {
    let check = |schema: &str, place: &str, reason: &str| {
        told(&open_api(&format!(r#""S":{schema}"#)), &format!("/components/schemas/S{place}"), reason);
    };
    check(r#"{"type":["string","null"]}"#, "/type", "expected the name of one type");
    check(r#"{"type":"null"}"#, "/type", "expected the name of one type");
    check(r#"{"type":"text"}"#, "/type", "`text` is not a type");
    check(r#"{"type":"file"}"#, "/type", "`file` is not a type");
    check(r#"{"nullable":true}"#, "/nullable", "no effect without `type`");
    check(r#"{"type":"string","nullable":"yes"}"#, "/nullable", "expected a boolean, found string");
    check(r#"{"minLength":-1}"#, "/minLength", "found -1");
    check(r#"{"maxLength":1.5}"#, "/maxLength", "found 1.5");
    check(r#"{"maxItems":"3"}"#, "/maxItems", "expected a number, found string");
    check(r#"{"minProperties":99999999999999999999}"#, "/minProperties", "found 99999999999999999999");
    check(r#"{"minimum":"0"}"#, "/minimum", "expected a number");
    check(r#"{"exclusiveMinimum":3}"#, "/exclusiveMinimum", "expected a boolean, found number");
    check(r#"{"exclusiveMaximum":true}"#, "", "there is no `maximum`");
    check(r#"{"multipleOf":0.0e5}"#, "/multipleOf", "multipleOf is 0.0e5");
    check(r#"{"multipleOf":-2}"#, "/multipleOf", "multipleOf is -2");
    check(r#"{"uniqueItems":1}"#, "/uniqueItems", "expected a boolean");
    check(r#"{"required":[]}"#, "/required", "`required` is empty");
    check(r#"{"required":true}"#, "/required", "expected an array of names");
    check(r#"{"required":["a","a"]}"#, "/required/1", "required twice");
    check(r#"{"required":[1]}"#, "/required/0", "expected a string");
    check(r#"{"enum":[]}"#, "/enum", "an empty enum");
    check(r#"{"enum":[1,{"a":[1]},1.0]}"#, "/enum/2", "the enum has 1 twice");
    check(r#"{"type":"array"}"#, "", "an array without `items`");
    check(r#"{"items":[{}]}"#, "/items", "a list of items' schemas");
    check(r#"{"properties":[]}"#, "/properties", "expected an object, found array");
    check(r#"{"properties":{"a/b~":true}}"#, "/properties/a~1b~0", "expected an object, found boolean");
    check(r#"{"additionalProperties":"no"}"#, "/additionalProperties", "expected a boolean or a schema");
    check(r#"{"allOf":[]}"#, "/allOf", "`allOf` is empty");
    check(r#"{"anyOf":{}}"#, "/anyOf", "expected an array, found object");
    check(r#"{"oneOf":[{"not":{"pattern":""}}]}"#, "/oneOf/0/not/pattern", "not supported");
    check(r#"{"description":["a"]}"#, "/description", "expected a string");
    check("true", "", "expected an object, found boolean");
}

#[test]
fn references_that_cannot_be_followed() {
    let check = |schemas: &str, place: &str, reason: &str| {
        told(&open_api(schemas), &format!("/components/schemas/{place}"), reason);
    };
    let a = |reference: &str| format!(r#""S":{{"items":{{"$ref":"{reference}"}}}}"#);
    check(&a("other.json#/S"), "S/items/$ref", "`other.json#/S` is not in this file");
    check(&a("https://example.org/S"), "S/items/$ref", "is not in this file");
    check(&a("#/components/schemas/T"), "S/items/$ref", "names nothing");
    check(&a("#components"), "S/items/$ref", "names nothing");
    check(&a("#/components/schemas/S~2"), "S/items/$ref", "names nothing");
    check(&a("#/components/schemas/%5"), "S/items/$ref", "names nothing");
    check(r#""S":{"$ref":7}"#, "S/$ref", "expected a string");
    check(
        r##""S":{"items":{"$ref":"#/components/schemas/S","minItems":1}}"##,
        "S/items/minItems",
        "beside $ref",
    );
    // Round in a circle: by $ref alone, by allOf, by other combinations.
    let b = |first: &str, second: &str| {
        let reference = |name: &str| format!(r##"{{"$ref":"#/components/schemas/{name}"}}"##);
        format!(r#""S":{},"B":{}"#, first.replace('@', &reference("B")), second.replace('@', &reference("S")))
    };
    told(
        &open_api(&b("@", "@")),
        "/paths/~1x/post/requestBody/content/application~1json/schema",
        "leads back to itself",
    );
    check(&b(r#"{"allOf":[@]}"#, r#"{"allOf":[{},@]}"#), "S", "contains itself");
    check(&b(r#"{"anyOf":[{},@]}"#, r#"{"not":@}"#), "S", "contains itself");
    let itself = r##"{"oneOf":[{"allOf":[{"$ref":"#/components/schemas/B"}]}]}"##;
    check(&b(r#"{"properties":{"a":@}}"#, itself), "B", "contains itself");
    // With progress in between it is recursion, which is fine.
    let fine = open_api(&b(r#"{"items":@}"#, r#"{"allOf":[@]}"#));
    read_file(&fine).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn operations_that_cannot_be_called() {
    let get = |members: &str, place: &str, reason: &str| {
        told(&operation(members), &format!("/paths/~1x~1{{id}}/get{place}"), reason);
    };
    get(&format!("{ID},{OK}"), "", "`operationId` is missing");
    get(&format!(r#""operationId":"..",{ID},{OK}"#), "/operationId", "gives no name");
    get(&format!(r#""operationId":"x",{OK}"#), "", "`{id}` of the path is not declared");
    get(
        &format!(r#""operationId":"x",{},{OK}"#, ID.replace("true", "false")),
        "/parameters/0",
        "is not required",
    );
    let two = ID.replace("\"id\"", "\"di\"").replace("\"parameters\":[", "").replace(']', "");
    get(
        &format!(r#""operationId":"x",{},{OK}"#, ID.replace(']', &format!(",{two}]"))),
        "",
        "the path has no `{di}`",
    );
    let twice = ID.replace("\"parameters\":[", "").replace(']', "");
    get(
        &format!(r#""operationId":"x",{},{OK}"#, ID.replace(']', &format!(",{twice}]"))),
        "/parameters/1",
        "twice",
    );
    get(
        &format!(r#""operationId":"x",{},{OK}"#, ID.replace("path", "cookie")),
        "/parameters/0/in",
        "`cookie`",
    );
    get(
        &format!(r#""operationId":"x",{},{OK}"#, ID.replace("string", "object")),
        "/parameters/0",
        "not a string",
    );
    get(&format!(r#""operationId":"x",{ID}"#), "", "`responses` is missing");
    get(&format!(r#""operationId":"x",{ID},"responses":{{"404":{{}}}}"#), "/responses", "no success");
    get(
        &format!(r#""operationId":"x",{ID},"responses":{{"2XX":{{}}}}"#),
        "/responses/2XX",
        "is not a status",
    );
    let xml = r#""responses":{"200":{"content":{"text/xml":{"schema":{}}}}}"#;
    get(&format!(r#""operationId":"x",{ID},{xml}"#), "/responses/200/content", "no application/json");
    let two = r#""responses":{"200":{"content":{"*/*":{"schema":{}}}},"201":{}}"#;
    get(&format!(r#""operationId":"x",{ID},{two}"#), "/responses/201", "different bodies");
    get(
        &format!(r#""operationId":"x",{ID},{OK},"security":[{{"no":[]}}]"#),
        "/security/0",
        "is not declared",
    );
    get(&format!(r#""operationId":"x",{ID},{OK},"timeout":1"#), "/timeout", "is not supported");
    let text =
        operation(&format!(r#""operationId":"a.b",{ID},{OK}}},"post":{{"operationId":"a_b",{ID},{OK}"#));
    told(&text, "/paths/~1x~1{id}/post/operationId", "another operation `aB`");
    told(&text.replace("\"post\"", "\"patch\""), "/paths/~1x~1{id}/patch", "`patch` is not supported");
    told(
        r#"{"openapi":"3.0.0","servers":[{"url":"https://{host}/"}],"paths":{}}"#,
        "/servers/0/url",
        "variables",
    );
}

#[test]
fn callbacks_that_cannot_be_taken() {
    let file =
        |callbacks: &str| operation(&format!(r#""operationId":"x",{ID},{OK},"callbacks":{{{callbacks}}}"#));
    let body = r#""requestBody":{"content":{"application/json":{"schema":{"type":"object"}}}}"#;
    let whole =
        |key: &str, name: &str| format!(r#""{key}":{{"{{$request.body#/u}}/{name}":{{"post":{{{body}}}}}}}"#);
    let check = |callbacks: &str, place: &str, reason: &str| {
        told(&file(callbacks), &format!("/paths/~1x~1{{id}}/get/callbacks/{place}"), reason);
    };
    for name in ["a", "telephony/rvcp", "all_receipt-2"] {
        assert_eq!(read_file(&file(&whole("a", name))).map(|model| model.callbacks.len()), Ok(1), "{name}");
    }
    let place = |key: &str, name: &str| format!("{key}/{{$request.body#~1u}}~1{name}");
    check(&format!("{},{}", whole("a", "a"), whole("b", "a")), &place("b", "a"), "another callback `a`");
    check(&whole("a", ""), &place("a", ""), "does not end with a callback's name");
    for (name, token) in [("b//c", "b~1~1c"), ("b.c", "b.c"), ("b%20c", "b%20c"), ("é", "é")] {
        check(&whole("a", name), &place("a", token), "does not end with a callback's name");
    }
    let long = "x".repeat(65);
    check(&whole("a", &long), &place("a", &long), "does not end with a callback's name");
    let twins = format!("{},{}", whole("a", "a-b"), whole("b", "aB"));
    check(&twins, &place("b", "aB"), "another callback `a-b`");
    check(
        &whole("a", "a").replace("post", "put"),
        &format!("{}/put", place("a", "a")),
        "`put` is not supported",
    );
    check(
        &whole("a", "a").replace("requestBody", "x-none"),
        &format!("{}/post", place("a", "a")),
        "`requestBody`",
    );
    check(r#""a":{}"#, "a", "a callback has one URL");
    let query = r#""parameters":[{"name":"q","in":"query","schema":{"type":"string"}}],"requestBody""#;
    let with = whole("a", "a").replace("\"requestBody\"", query);
    check(&with, &format!("{}/post/parameters/0", place("a", "a")), "are headers");
}

#[test]
fn files_that_are_no_swagger() {
    told("", "", "expected a value");
    told("{\"openapi\":\"3.0.0\",}", "", "expected");
    told("[]", "", "expected an object, found array");
    told("{}", "", "`openapi` is missing");
    told(r#"{"openapi":"3.1.0"}"#, "/openapi", "OpenAPI 3.1.0 is not supported");
    told(r#"{"swagger":"1.2"}"#, "/swagger", "Swagger 1.2 is not known");
    told(r#"{"openapi":"3.0.0"}"#, "", "`paths` is missing");
    told(r#"{"openapi":"3.0.0","paths":{"/a":{},"/a":{}}}"#, "/paths/~1a", "stands here twice");
}

#[test]
fn the_place_is_told_by_line_and_column_too() {
    let error = read_file("{\n  \"openapi\": \"3.0.0\",\n  \"paths\": 7\n}").expect_err("no paths");
    assert_eq!(error.position, (3, 12));
    assert_eq!(
        error.to_string(),
        "broken.json: line 3, column 12 / /paths: expected an object, found number; write an object here"
    );
}

#[test]
fn parts_of_our_files_that_must_not_be_missing() {
    let [authentication, s2s] = ours();
    let check = |authentication: &str, s2s: &str, file: &str, reason: &str| {
        let error = build(authentication, s2s).expect_err("a part is missing");
        assert!(error.file == file && error.reason.contains(reason), "{error}");
    };
    let renamed = authentication.replace("v1.0/renew", "v1.0/renewal");
    check(&renamed, &s2s, "authentication.json", "`GET /api/rainbow/authentication/v1.0/renew` is missing");
    check(
        &authentication,
        &s2s.replace("\"Room.join\"", "\"Room.enter\""),
        "s2s.json",
        "no operation `roomJoin`",
    );
    check(
        &authentication,
        &s2s.replace("\"callbacks\"", "\"x-callbacks\""),
        "s2s.json",
        "there are no callbacks",
    );
    check(&s2s, &authentication, "authentication.json", "is missing");
}

#[test]
fn what_nothing_uses_is_only_warned_about() {
    let text = open_api(r#""S":{"type":"string"},"Unused":{"properties":{"a":{"pattern":"x"}}}"#);
    let model = read_file(&text).unwrap_or_else(|error| panic!("{error}"));
    let pointers: Vec<&str> = model.warnings.iter().map(|warning| warning.pointer.as_str()).collect();
    assert_eq!(pointers, ["/components/schemas/Unused/properties/a/pattern"]);
}
