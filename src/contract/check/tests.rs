//! Every keyword, in both modes, table by table.

use super::super::schema::{
    Additional, ArrayRules, NumberRules, ObjectRules, Property, Schema, StringRules, Types,
};
use super::*;

/// `expected` is empty for a body without a finding, else `pointer: rule` for each finding in tolerant mode, the
/// hard one marked by `!`.
pub(super) fn check_body(schema: &Schema, body: &str, expected: &[&str]) {
    let shown = |violation: &Violation| format!("{}: {}", violation.pointer, violation.rule);
    let tolerant = match check(schema, body.as_bytes(), Mode::Tolerant) {
        Ok(drift) => drift.iter().map(shown).collect::<Vec<_>>(),
        Err(Refusal::Broken(violation)) => vec![format!("!{}", shown(&violation))],
        Err(refusal) => vec![refusal.to_string()],
    };
    assert_eq!(tolerant, expected, "{body}");
    let strict = check(schema, body.as_bytes(), Mode::Strict);
    match (expected.first(), strict) {
        (None, strict) => assert_eq!(strict, Ok(vec![]), "{body}"),
        // What drifts is what strictness refuses, except that a branch's finding is the combinator's there.
        (Some(first), Err(Refusal::Broken(violation)))
            if !first.starts_with('!') && !violation.rule.contains("no branch") =>
        {
            assert_eq!(shown(&violation), *first, "{body}");
        }
        (Some(_), Err(_)) => {}
        (Some(_), Ok(_)) => panic!("strict mode lets {body} pass"),
    }
}

pub(super) const STRING: &Schema = &Schema { types: Types::STRING, ..Schema::ANY };
const INTEGER: &Schema = &Schema { types: Types::INTEGER, ..Schema::ANY };
pub(super) const STATE: &Schema =
    &Schema { types: Types::STRING, allowed: &["\"ready\"", "\"a\\\"b\"", "\"é\""], ..Schema::ANY };

const fn property(name: &'static str, schema: &'static Schema, required: bool) -> Property {
    Property { name, schema, required }
}

const OPEN: ObjectRules = ObjectRules {
    properties: &[],
    required: &[],
    additional: Additional::Allowed,
    min_properties: 0,
    max_properties: None,
};

const ONLY_A: &[Property] = &[property("a", INTEGER, false)];

pub(super) const CALLBACK: &Schema = &Schema {
    types: Types::OBJECT,
    object: Some(&ObjectRules {
        properties: &[
            property("id", STRING, true),
            property("connection", CONNECTION, true),
            property("a/b~c", INTEGER, false),
        ],
        ..OPEN
    }),
    ..Schema::ANY
};
pub(super) const CONNECTION: &Schema = &Schema {
    types: Types::OBJECT,
    object: Some(&ObjectRules {
        properties: &[property("state", STATE, true), property("n", INTEGER, false)],
        required: &["extra"],
        ..OPEN
    }),
    ..Schema::ANY
};

#[test]
fn a_callback_is_checked_whole() {
    let good = r#"{"id":"1","connection":{"state":"ready","extra":0},"more":[{"x":1}]}"#;
    check_body(CALLBACK, good, &[]);
    check_body(CALLBACK, r#" {"connection":{"extra":0, "state":"ready"} , "id" : "1" } "#, &[]);
    check_body(CALLBACK, r#"{"\u0069d":"1","connection":{"st\u0061te":"re\u0061dy","e\u0078tra":0}}"#, &[]);
    check_body(CALLBACK, r#"{"connection":{"state":"ready","extra":0}}"#, &["!/id: required"]);
    check_body(CALLBACK, r#"{"id":"1"}"#, &["!/connection: required"]);
    check_body(CALLBACK, r#"{"id":"1","connection":{"extra":0}}"#, &["!/connection/state: required"]);
    check_body(CALLBACK, r#"{"id":"1","connection":{"state":"ready"}}"#, &["!/connection/extra: required"]);
    check_body(CALLBACK, r#"{"id":1,"connection":{}}"#, &["!/id: expected string, found number"]);
    check_body(
        CALLBACK,
        r#"{"connection":{"state":"new","extra":0},"id":"1"}"#,
        &[r#"/connection/state: not one of "ready", "a\"b", "é""#],
    );
    check_body(CALLBACK, "[]", &["!: expected object, found array"]);
    check_body(CALLBACK, r#"{"a/b~c":"x"}"#, &["!/a~1b~0c: expected integer, found string"]);
    // Each of several members of one name is checked; any satisfies `required`.
    check_body(CALLBACK, r#"{"id":"1","id":2,"connection":{}}"#, &["!/id: expected string, found number"]);
}

#[test]
fn syntax_errors_win_over_violations() {
    check_body(CALLBACK, r#"{"id":1,"x":}"#, &["not JSON at line 1, column 13: expected a value, found `}`"]);
    check_body(CALLBACK, "{}x", &["not JSON at line 1, column 3: expected the end of the text, found `x`"]);
    check_body(CALLBACK, "", &["not JSON at line 1, column 1: expected a value, found the end of the text"]);
    check_body(
        STATE,
        "\"new\"\n\n,",
        &["not JSON at line 3, column 1: expected the end of the text, found `,`"],
    );
    let off = check(CALLBACK, b"{", Mode::Off).expect_err("not JSON");
    assert_eq!(
        off.to_string(),
        "not JSON at line 1, column 2: expected a member's name in double quotes, found the end of the text"
    );
    assert_eq!(off.pointer(), None);
    assert_eq!(check(CALLBACK, b"5", Mode::Off), Ok(vec![]));
    let deep = "[".repeat(100_000);
    for schema in [&Schema::ANY, CALLBACK] {
        let refusal = check(schema, deep.as_bytes(), Mode::Tolerant).expect_err("too deep");
        assert_eq!(
            refusal.to_string(),
            "not JSON at line 1, column 129: more than 128 arrays and objects inside each other"
        );
    }
}

#[test]
fn types() {
    let nullable = &Schema { types: Types::STRING.or(Types::NULL), ..Schema::ANY };
    check_body(nullable, "null", &[]);
    check_body(nullable, "\"\"", &[]);
    check_body(nullable, "{}", &["!: expected string or null, found object"]);
    check_body(&Schema::ANY, "null", &[]);
    let table = [
        (Types::NULL, "null", "null"),
        (Types::BOOLEAN, "true", "boolean"),
        (Types::BOOLEAN, "false", "boolean"),
        (Types::NUMBER, "1.5", "number"),
        (Types::STRING, "\"\"", "string"),
        (Types::ARRAY, "[1]", "array"),
        (Types::OBJECT, "{\"a\":1}", "object"),
    ];
    for (allowed, _, name) in table {
        let schema = &Schema { types: allowed, ..Schema::ANY };
        for (other, body, found) in table {
            match allowed == other {
                true => check_body(schema, body, &[]),
                false => check_body(schema, body, &[&format!("!: expected {name}, found {found}")]),
            }
        }
    }
}

#[test]
fn integers_are_written_without_a_fraction_and_whole() {
    for whole in [
        "0",
        "-0",
        "12",
        "1e3",
        "10e-1",
        "0e-5",
        "-5E+2",
        "1e999999999999999999999999999999999999999999",
        "1200e-2",
    ] {
        check_body(INTEGER, whole, &[]);
    }
    for other in ["1.0", "1e-1", "0.0", "1.5e1", "-1e-999999999999999999999999999999999999999999"] {
        check_body(INTEGER, other, &["!: expected integer, found number"]);
        check_body(&Schema { types: Types::INTEGER.or(Types::NUMBER), ..Schema::ANY }, other, &[]);
    }
}

#[test]
fn number_bounds_are_exact() {
    let bounds = |minimum, maximum, multiple_of| -> &'static Schema {
        let rules = NumberRules { minimum, maximum, multiple_of };
        Box::leak(Box::new(Schema { number: Some(Box::leak(Box::new(rules))), ..Schema::ANY }))
    };
    let range = bounds(Some(("-0.1", false)), Some(("1e2", true)), None);
    for good in
        ["-0.1", "-0.10", "-1e-1", "0", "-0", "99.99999999999999999999999", "1e-999999999", "\"text\""]
    {
        check_body(range, good, &[]);
    }
    for small in ["-0.10000000000000000000001", "-1", "-1e400", "-1e999999999"] {
        check_body(range, small, &[": less than -0.1"]);
    }
    for large in
        ["100", "1e2", "0.1e3", "100.0", "1e400", "1e99999999999999999999999999999999999999999999999"]
    {
        check_body(range, large, &[": not less than 1e2"]);
    }
    let open = bounds(Some(("0", true)), Some(("12345678901234567890.5", false)), None);
    check_body(open, "0e7", &[": not greater than 0"]);
    check_body(open, "1e-400", &[]);
    check_body(open, "12345678901234567890.50", &[]);
    check_body(open, "12345678901234567890.500000001", &[": greater than 12345678901234567890.5"]);

    let multiples = |factor, good: &[&str], bad: &[&str]| {
        let schema = bounds(None, None, Some(factor));
        for body in good {
            check_body(schema, body, &[]);
        }
        for body in bad {
            check_body(schema, body, &[&format!(": not a multiple of {factor}")]);
        }
    };
    multiples("0.1", &["0", "0.3", "1", "1e400", "-7.7", "1e999999999"], &["0.05", "1e-400", "1e-999999999"]);
    multiples("2.50", &["5", "7.5", "1e1", "-2.5", "0.0"], &["1", "2.51", "5.00001"]);
    multiples("7", &["7", "14e0", "700000000000000000000000000000000000000", "49.0"], &["8", "1e400", "3.5"]);
    multiples("64", &["1e6", "64e400", "1e999999999"], &["1e5", "2"]);
    multiples(
        "12345678901234567890123",
        &["12345678901234567890123", "24691357802469135780246e5"],
        &["1", "12345678901234567890124"],
    );
    multiples("1e2", &["100", "3e2", "1e2000"], &["10", "150"]);
    let both = bounds(None, Some(("5", false)), Some("2"));
    check_body(both, "7", &[": greater than 5", ": not a multiple of 2"]);
}

#[test]
fn string_lengths_count_code_points() {
    let rules = StringRules { min_length: 2, max_length: Some(3) };
    let schema = &Schema { string: Some(Box::leak(Box::new(rules))), ..Schema::ANY };
    for good in
        [r#""ab""#, r#""éé😀""#, r#""\ud83d\ude00\n""#, r#""\u00e9\uD83D\uDE00\\""#, r#""\u0020\"\/""#, "1"]
    {
        check_body(schema, good, &[]);
    }
    for short in [r#""""#, r#""😀""#, r#""\ud83d\ude00""#, r#""\n""#] {
        check_body(schema, short, &[": shorter than 2 characters"]);
    }
    for long in [r#""abcd""#, r#""éééé""#, r#""\ud83d\ude00\ud83d\ude00ab""#, r#""\\u0041""#] {
        check_body(schema, long, &[": longer than 3 characters"]);
    }
}

#[test]
fn arrays() {
    let rules = ArrayRules { items: Some(STRING), min_items: 1, max_items: Some(3), unique: true };
    let schema = &Schema { types: Types::ARRAY, array: Some(Box::leak(Box::new(rules))), ..Schema::ANY };
    check_body(schema, r#"["a","b" , "c"]"#, &[]);
    check_body(schema, "[]", &[": fewer than 1 items"]);
    check_body(schema, r#"["a","b","c","d"]"#, &[": more than 3 items"]);
    check_body(schema, r#"["a","\u0061"]"#, &[": two items are equal"]);
    check_body(schema, r#"["a",["b"]]"#, &["!/1: expected string, found array"]);

    let rules = ArrayRules { items: None, min_items: 0, max_items: None, unique: true };
    let unique = &Schema { array: Some(Box::leak(Box::new(rules))), ..Schema::ANY };
    for good in
        ["[]", "[1,2,\"1\",true,[1],{\"a\":1},null]", r#"[{"a":1},{"a":2}]"#, "[[1,2],[2,1]]", "[0.1,1e-2]"]
    {
        check_body(unique, good, &[]);
    }
    for equal in [
        "[1,2,1.0]",
        "[100,1e2]",
        r#"[{"a":1,"b":[2]},{"b":[2.0],"a":1e0}]"#,
        "[[],[]]",
        "[null,null]",
        "[0,-0.0]",
    ] {
        check_body(unique, equal, &[": two items are equal"]);
    }
    // Many items: quadratic work would not end.
    let many: Vec<String> = (0..100_000).map(|index| index.to_string()).collect();
    check_body(unique, &format!("[{}]", many.join(",")), &[]);
    check_body(unique, &format!("[{},99999.0]", many.join(",")), &[": two items are equal"]);
}

#[test]
fn enums_compare_values() {
    let schema =
        &Schema { allowed: &["1", "\"a\"", "null", "[1,{\"a\":2,\"b\":3}]", "0.5", "1e30"], ..Schema::ANY };
    for good in [
        "1",
        "1.0",
        "10e-1",
        r#""\u0061""#,
        "null",
        r#"[1e0,{"b":3,"a":2.0}]"#,
        "5e-1",
        "1000000000000000000000000000000",
    ] {
        check_body(schema, good, &[]);
    }
    let bad = ": not one of 1, \"a\", null, [1,{\"a\":2,\"b\":3}], 0.5, 1e30";
    for other in ["2", "\"A\"", "true", "[1]", "{}", "\"null\"", r#""\u0062""#] {
        check_body(schema, other, &[bad]);
    }
    let long: Vec<&'static str> = vec!["1"; 20];
    let long = &Schema { allowed: Box::leak(long.into_boxed_slice()), ..Schema::ANY };
    check_body(long, "2", &[&format!(": not one of {}, …", ["1"; 12].join(", "))]);
}

#[test]
fn objects() {
    let object = |rules: ObjectRules| -> &'static Schema {
        Box::leak(Box::new(Schema { object: Some(Box::leak(Box::new(rules))), ..Schema::ANY }))
    };
    let closed = object(ObjectRules { properties: ONLY_A, additional: Additional::Refused, ..OPEN });
    check_body(closed, r#"{"a":1}"#, &[]);
    check_body(closed, "7", &[]);
    check_body(
        closed,
        r#"{"b":{"c":1},"a":1,"d":2}"#,
        &["/b: not a property of the contract", "/d: not a property of the contract"],
    );
    let typed = object(ObjectRules { properties: ONLY_A, additional: Additional::Schema(STRING), ..OPEN });
    check_body(typed, r#"{"b":"x","a":1}"#, &[]);
    check_body(typed, r#"{"b":1}"#, &["!/b: expected string, found number"]);
    let counted = object(ObjectRules { min_properties: 2, max_properties: Some(3), ..OPEN });
    check_body(counted, r#"{"a":{"x":[1]},"b":2}"#, &[]);
    check_body(counted, r#"{"a":1,"\u0061":2}"#, &[": fewer than 2 properties"]);
    check_body(counted, "{}", &[": fewer than 2 properties"]);
    check_body(counted, r#"{"a":1,"b":2,"c":3,"d":4}"#, &[": more than 3 properties"]);
    check_body(counted, r#"{"a":1,"b":2,"c":3,"c":4}"#, &[]);

    let names: Vec<Property> = (0..200)
        .map(|index| property(Box::leak(format!("p{index}").into_boxed_str()), INTEGER, index % 50 == 49))
        .collect();
    let wide =
        object(ObjectRules { properties: Box::leak(names.into_boxed_slice()), required: &["z"], ..OPEN });
    check_body(wide, r#"{"p199":1,"p49":1,"p99":1,"p149":1,"z":1}"#, &[]);
    check_body(wide, r#"{"p199":1,"p49":1,"p149":1,"z":1}"#, &["!/p99: required"]);
    check_body(wide, r#"{"p199":1,"p49":1,"p99":1,"p149":1}"#, &["!/z: required"]);
}
