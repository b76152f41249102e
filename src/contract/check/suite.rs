//! JSON-Schema-Test-Suite (draft 4) for the keywords that OpenAPI 3.0 has, and agreement with [`json::check`] about
//! what is JSON.

use super::super::schema::{
    Additional, ArrayRules, NumberRules, ObjectRules, Property, Schema, StringRules, Types,
};
use super::*;
use crate::json::{Node, Value, canonical, parse};

/// How often a reference into itself is followed; deeper than any case of the suite.
const EXPANSIONS: usize = 8;

/// Keywords of draft 4 that say nothing about an instance, or nothing here.
const SILENT: [&str; 9] = [
    "$schema",
    "id",
    "description",
    "definitions",
    "default",
    "$comment",
    "format",
    "exclusiveMinimum",
    "exclusiveMaximum",
];

struct Reader<'a> {
    text: &'a [u8],
    root: &'a Node,
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn leak_all<T>(values: Vec<T>) -> &'static [T] {
    Box::leak(values.into_boxed_slice())
}

impl Reader<'_> {
    /// The schema of a node; `Err` names a keyword that this agent refuses at build time.
    fn schema(&self, node: &Node, follow: usize) -> Result<&'static Schema, String> {
        if let Some(reference) = node.get("$ref").and_then(Node::as_str) {
            // Past the end any instance holds: no instance of the suite is so deep.
            return if follow == 0 {
                Ok(&Schema::ANY)
            } else {
                self.schema(self.target(reference)?, follow - 1)
            };
        }
        let mut schema = Schema::ANY;
        for member in node.as_object().ok_or("not an object")? {
            let value = &member.node;
            match member.name.as_str() {
                "type" => schema.types = types(value),
                "enum" => schema.allowed = self.texts(value),
                "allOf" => schema.all_of = self.schemas(value, follow)?,
                "anyOf" => schema.any_of = self.schemas(value, follow)?,
                "oneOf" => schema.one_of = self.schemas(value, follow)?,
                "not" => schema.not = Some(self.schema(value, follow)?),
                "minimum" | "maximum" | "multipleOf" => schema.number = Some(leak(number_rules(node))),
                "minLength" | "maxLength" => {
                    let (min_length, max_length) = range(node, "minLength", "maxLength");
                    schema.string = Some(leak(StringRules { min_length, max_length }));
                }
                "items" | "minItems" | "maxItems" | "uniqueItems" => {
                    schema.array = Some(leak(self.array_rules(node, follow)?));
                }
                "properties" | "required" | "additionalProperties" | "minProperties" | "maxProperties" => {
                    schema.object = Some(leak(self.object_rules(node, follow)?));
                }
                name if SILENT.contains(&name) => {}
                other => return Err(other.to_owned()),
            }
        }
        Ok(leak(schema))
    }

    fn schemas(&self, node: &Node, follow: usize) -> Result<&'static [&'static Schema], String> {
        let branches = node.as_array().ok_or("branches")?;
        let schemas: Result<Vec<_>, _> = branches.iter().map(|branch| self.schema(branch, follow)).collect();
        schemas.map(leak_all)
    }

    fn texts(&self, node: &Node) -> &'static [&'static str] {
        let text = |value: &Node| -> &'static str {
            Box::leak(canonical(&self.text[value.start..value.end]).into_boxed_str())
        };
        leak_all(node.as_array().expect("an enum").iter().map(text).collect())
    }

    fn array_rules(&self, node: &Node, follow: usize) -> Result<ArrayRules, String> {
        let items = match node.get("items") {
            Some(items) if items.as_array().is_some() => return Err("items as an array".to_owned()),
            Some(items) => Some(self.schema(items, follow)?),
            None => None,
        };
        let (min_items, max_items) = range(node, "minItems", "maxItems");
        let unique = node.get("uniqueItems").and_then(Node::as_bool) == Some(true);
        Ok(ArrayRules { items, min_items, max_items, unique })
    }

    fn object_rules(&self, node: &Node, follow: usize) -> Result<ObjectRules, String> {
        let required = node.get("required").and_then(Node::as_array).unwrap_or_default();
        let required: Vec<&'static str> = required
            .iter()
            .map(|name| -> &'static str {
                Box::leak(name.as_str().expect("a name").to_owned().into_boxed_str())
            })
            .collect();
        let mut properties = Vec::new();
        for member in node.get("properties").and_then(Node::as_object).unwrap_or_default() {
            let name: &'static str = Box::leak(member.name.clone().into_boxed_str());
            let schema = self.schema(&member.node, follow)?;
            properties.push(Property { name, schema, required: required.contains(&name) });
        }
        let others =
            required.into_iter().filter(|name| properties.iter().all(|property| property.name != *name));
        let required = leak_all(others.collect());
        let additional = match node.get("additionalProperties") {
            None => Additional::Allowed,
            Some(node) => match node.as_bool() {
                Some(true) => Additional::Allowed,
                Some(false) => Additional::Refused,
                None => Additional::Schema(self.schema(node, follow)?),
            },
        };
        let (min_properties, max_properties) = range(node, "minProperties", "maxProperties");
        Ok(ObjectRules {
            properties: leak_all(properties),
            required,
            additional,
            min_properties,
            max_properties,
        })
    }

    /// What a local reference names.
    fn target(&self, reference: &str) -> Result<&Node, String> {
        let path = reference.strip_prefix('#').filter(|path| path.is_empty() || path.starts_with('/'));
        let path = path.ok_or("$ref elsewhere")?;
        let mut node = self.root;
        for step in path.split('/').skip(1) {
            let step = step.replace("%25", "%").replace("%22", "\"").replace("~1", "/").replace("~0", "~");
            node = match &node.value {
                Value::Array(items) => step.parse().ok().and_then(|index: usize| items.get(index)),
                _ => node.get(&step),
            }
            .ok_or("$ref to nothing")?;
        }
        Ok(node)
    }
}

fn types(node: &Node) -> Types {
    let one = |name: &Node| match name.as_str().expect("a type") {
        "null" => Types::NULL,
        "boolean" => Types::BOOLEAN,
        "integer" => Types::INTEGER,
        "number" => Types::NUMBER,
        "string" => Types::STRING,
        "array" => Types::ARRAY,
        _ => Types::OBJECT,
    };
    match node.as_array() {
        Some(names) => names.iter().map(one).fold(Types::ANY, Types::or),
        None => one(node),
    }
}

fn number_rules(node: &Node) -> NumberRules {
    let number = |name: &str| -> Option<&'static str> {
        Some(Box::leak(node.get(name)?.as_number()?.to_owned().into_boxed_str()))
    };
    let excluded = |name: &str| node.get(name).and_then(Node::as_bool) == Some(true);
    NumberRules {
        minimum: number("minimum").map(|bound| (bound, excluded("exclusiveMinimum"))),
        maximum: number("maximum").map(|bound| (bound, excluded("exclusiveMaximum"))),
        multiple_of: number("multipleOf"),
    }
}

fn range(node: &Node, least: &str, most: &str) -> (u64, Option<u64>) {
    let bound = |name: &str| node.get(name)?.as_number()?.trim_end_matches(".0").parse().ok();
    (bound(least).unwrap_or(0), bound(most))
}

#[test]
fn json_schema_test_suite() {
    let path = "/tests/data/json-schema-test-suite/draft4.json";
    let text = std::fs::read(format!("{}{path}", env!("CARGO_MANIFEST_DIR"))).expect(path);
    let files = parse(&text).expect("the suite is JSON");
    let (mut run, mut skipped) = (0, Vec::new());
    for file in files.as_object().expect("files by name") {
        for group in file.node.as_array().expect("groups") {
            let member = |name: &str| group.get(name).expect("a group's member");
            let name = format!("{}: {}", file.name, member("description").as_str().expect("a text"));
            let reader = Reader { text: &text, root: member("schema") };
            let schema = match reader.schema(reader.root, EXPANSIONS) {
                Ok(schema) => schema,
                Err(keyword) => {
                    skipped.push(format!("{name}: {keyword}"));
                    continue;
                }
            };
            for test in member("tests").as_array().expect("tests") {
                run += 1;
                check_case(schema, test, &text, &name);
            }
        }
    }
    // What is skipped: patternProperties, additionalItems, items as an array, references by `id` or to other files.
    assert_eq!((run, skipped.len()), (393, 18), "{skipped:#?}");
}

fn check_case(schema: &Schema, test: &Node, text: &[u8], group: &str) {
    let data = test.get("data").expect("an instance");
    let body = &text[data.start..data.end];
    let valid = test.get("valid").and_then(Node::as_bool).expect("a verdict");
    let name = format!("{group}: {}: {}", test.get("description").and_then(Node::as_str).unwrap_or(""), {
        String::from_utf8_lossy(body)
    });
    let strict = check(schema, body, Mode::Strict);
    let tolerant = check(schema, body, Mode::Tolerant);
    if valid {
        assert_eq!((strict, tolerant), (Ok(vec![]), Ok(vec![])), "{name}");
    } else {
        assert!(matches!(strict, Err(Refusal::Broken(_))), "{name}: {strict:?}");
        assert_ne!(tolerant, Ok(vec![]), "{name}");
    }
}

/// Lets the walk read every value by itself, and demands nothing.
static EVERYTHING: Schema = Schema {
    array: Some(&ArrayRules { items: Some(&EVERYTHING), min_items: 0, max_items: None, unique: false }),
    object: Some(&ObjectRules {
        properties: &[Property { name: "message", schema: &EVERYTHING, required: false }],
        required: &[],
        additional: Additional::Schema(&EVERYTHING),
        min_properties: 0,
        max_properties: None,
    }),
    string: Some(&StringRules { min_length: 0, max_length: None }),
    number: Some(&NumberRules { minimum: None, maximum: None, multiple_of: None }),
    ..Schema::ANY
};

static TWICE: Schema = Schema { all_of: &[&EVERYTHING], any_of: &[&EVERYTHING], ..Schema::ANY };

#[test]
fn the_walk_accepts_what_the_syntax_check_accepts() {
    let body =
        br#"{"id":"a\u00e9\n","message":{"n":-1.5e+3,"list":[true,false,null,{},[],"\ud83d\ude00"],"m":0}} "#;
    let alphabet = b"{}[]\",:\\u0e.-+tfn\x01\xC3";
    for at in 0..=body.len() {
        for byte in alphabet.iter().map(|&byte| vec![byte]).chain([vec![]]) {
            let tail = &body[at..];
            for rest in [tail, tail.get(1..).unwrap_or_default(), b""] {
                let text = [&body[..at], &byte, rest].concat();
                let expected =
                    json::check(&text).map(|()| vec![]).map_err(|error| Refusal::syntax(error, &text));
                for schema in [&EVERYTHING, &TWICE] {
                    let shown = String::from_utf8_lossy(&text);
                    assert_eq!(check(schema, &text, Mode::Strict), expected, "{shown}");
                }
            }
        }
    }
}
