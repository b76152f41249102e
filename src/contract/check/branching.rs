//! Combinators, and the bounds of the work they may cause.

use super::super::schema::{ArrayRules, Schema, Types};
use super::tests::{CALLBACK, CONNECTION, STATE, STRING, check_body};
use super::*;

#[test]
fn combinators() {
    let state_a: &Schema = &Schema { types: Types::STRING, allowed: &["\"a\""], ..Schema::ANY };
    let leak = |schema: Schema| -> &'static Schema { Box::leak(Box::new(schema)) };
    let number = &Schema { types: Types::NUMBER, ..Schema::ANY };
    let list = |branches: &[&'static Schema]| -> &'static [&'static Schema] {
        Box::leak(branches.to_vec().into_boxed_slice())
    };
    let a = leak(Schema { ..*state_a });

    let any = leak(Schema { any_of: list(&[a, number]), ..Schema::ANY });
    check_body(any, "\"a\"", &[]);
    check_body(any, "1", &[]);
    check_body(any, "\"b\"", &[": not one of \"a\""]);
    check_body(any, "true", &["!: holds for no branch of anyOf"]);
    let better = leak(Schema { any_of: list(&[a, STATE]), ..Schema::ANY });
    check_body(better, "\"ready\"", &[]);
    check_body(better, "\"other\"", &[": not one of \"a\""]);

    let one = leak(Schema { one_of: list(&[a, STRING, number]), ..Schema::ANY });
    check_body(one, "\"b\"", &[]);
    check_body(one, "5", &[]);
    check_body(one, "\"a\"", &[": holds for several branches of oneOf"]);
    check_body(one, "null", &["!: holds for no branch of oneOf"]);
    let drifting = leak(Schema { one_of: list(&[a, number]), ..Schema::ANY });
    check_body(drifting, "\"b\"", &[": not one of \"a\""]);

    let all = leak(Schema { types: Types::OBJECT, all_of: list(&[CALLBACK, CONNECTION]), ..Schema::ANY });
    check_body(all, r#"{"id":"1","connection":{"state":"ready","extra":0},"state":"ready","extra":1}"#, &[]);
    check_body(
        all,
        r#"{"id":"1","connection":{"state":"ready","extra":0},"state":"ready"}"#,
        &["!/extra: required"],
    );
    check_body(
        all,
        r#"{"id":"1","connection":{"state":"x","extra":0},"state":"y","extra":1}"#,
        &[
            r#"/connection/state: not one of "ready", "a\"b", "é""#,
            r#"/state: not one of "ready", "a\"b", "é""#,
        ],
    );

    let not = leak(Schema { not: Some(a), ..Schema::ANY });
    check_body(not, "\"b\"", &[]);
    check_body(not, "[{}]", &[]);
    check_body(not, "\"a\"", &[": holds for what not excludes"]);
    let not_object = leak(Schema { not: Some(CALLBACK), ..Schema::ANY });
    check_body(not_object, r#"{"x":[1,{"y":2}],"id":5,"z":1}"#, &[]);
    check_body(
        not_object,
        r#"{"x":[1,{"y":2}],"id":5,"z":}"#,
        &["not JSON at line 1, column 29: expected a value, found `}`"],
    );

    // A branch that ends deep inside the value leaves no trace on the members after it.
    let items = ArrayRules { items: Some(not_object), min_items: 0, max_items: None, unique: false };
    let nested = leak(Schema { array: Some(Box::leak(Box::new(items))), ..Schema::ANY });
    check_body(nested, &format!("[{}]", [r#"{"connection":{"state":[[[1]]]}}"#; 200].join(",")), &[]);
}

#[test]
fn drift_is_bounded() {
    let array = ArrayRules { items: Some(STATE), min_items: 0, max_items: None, unique: false };
    let schema = &Schema { array: Some(Box::leak(Box::new(array))), ..Schema::ANY };
    let body = format!("[{}]", ["\"x\""; 10_000].join(","));
    let drift = check(schema, body.as_bytes(), Mode::Tolerant).expect("drift only");
    assert_eq!(drift.len(), 32);
    assert_eq!(drift[31].pointer, "/31");
}

// A tree in which each level may be read in two ways, and one that leads nowhere.
static TREE: Schema = Schema { any_of: &[&LEAF, &LIST_ONE, &LIST_TWO], ..Schema::ANY };
static LEAF: Schema = Schema { types: Types::STRING, ..Schema::ANY };
static LIST_ONE: Schema = Schema {
    types: Types::ARRAY,
    array: Some(&ArrayRules { items: Some(&TREE), min_items: 2, max_items: None, unique: false }),
    ..Schema::ANY
};
static LIST_TWO: Schema = Schema {
    types: Types::ARRAY,
    array: Some(&ArrayRules { items: Some(&TREE), min_items: 0, max_items: Some(1), unique: false }),
    ..Schema::ANY
};
static LOOP: Schema = Schema { all_of: &[&LOOP], ..Schema::ANY };
static CHOICE: Schema = Schema { any_of: &[&LEAF, &CHOICE, &CHOICE], ..Schema::ANY };

#[test]
fn work_is_bounded_whatever_the_schema_and_stack_whatever_the_body() {
    let run = || {
        check_body(&TREE, r#"[["a"],["b",["c"]]]"#, &[]);
        let deep = |depth: usize| "[".repeat(depth) + "1" + &"]".repeat(depth);
        let bodies =
            [(&TREE, deep(30)), (&TREE, deep(100)), (&LOOP, "{}".to_owned()), (&CHOICE, "1".to_owned())];
        for (schema, body) in bodies {
            let exhausted = |mode| check(schema, body.as_bytes(), mode).expect_err("no end").to_string();
            assert_eq!(exhausted(Mode::Strict), "needs more checks than its size allows");
            assert_eq!(exhausted(Mode::Tolerant), "needs more checks than its size allows");
        }
        let chain = leak_chain();
        let body = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(check(chain, body(64).as_bytes(), Mode::Strict), Ok(vec![]));
        let refusal = check(chain, body(65).as_bytes(), Mode::Strict).expect_err("nested too deep");
        assert_eq!(refusal.to_string(), "needs more checks than its size allows");
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(run).expect("a thread");
    thread.join().expect("no overflow");
}

/// Arrays of arrays, each level one combinator.
fn leak_chain() -> &'static Schema {
    static CHAIN: Schema = Schema { all_of: &[&LIST], ..Schema::ANY };
    static LIST: Schema = Schema {
        types: Types::ARRAY,
        array: Some(&ArrayRules { items: Some(&CHAIN), min_items: 0, max_items: None, unique: false }),
        ..Schema::ANY
    };
    &CHAIN
}
