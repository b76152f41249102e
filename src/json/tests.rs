//! Readings and writings of JSON, table by table.

use super::*;

fn check_error(text: &[u8], line: usize, column: usize, explanation: &str) {
    let error = check(text).expect_err(&String::from_utf8_lossy(text));
    assert_eq!(parse(text).expect_err("parse accepts what check refuses"), error);
    let shown = String::from_utf8_lossy(text).into_owned();
    assert_eq!(
        (error.position(text), error.explain(text)),
        ((line, column), explanation.to_owned()),
        "{shown}"
    );
}

#[test]
fn errors_name_the_place_what_was_expected_and_what_was_found() {
    check_error(b"", 1, 1, "expected a value, found the end of the text");
    check_error(b"{\n  \"\xC3\xA9\": 1\n  \"b\"}", 3, 3, "expected `,` or `}`, found `\"`");
    check_error(b"[\"\xC3\xA9\" x]", 1, 6, "expected `,` or `]`, found `x`");
    check_error(b"[1,]", 1, 4, "expected a value, found `]`");
    check_error(b"{\"a\":1,}", 1, 8, "expected a member's name in double quotes, found `}`");
    check_error(b"{\"a\" 1}", 1, 6, "expected `:` after the member's name, found `1`");
    check_error(b"{\"a\":\xC2\xA01}", 1, 6, "expected a value, found character U+00A0");
    check_error(b"1 2", 1, 3, "expected the end of the text, found `2`");
    check_error(b"01", 1, 2, "a number must not begin with a zero");
    check_error(b"-\n", 1, 2, "expected a digit, found the end of the line");
    check_error(b"\"a\x01\"", 1, 3, "a control character in a string must be escaped");
    check_error(b"\"\\ud800\"", 1, 2, "half of a surrogate pair stands alone");
    check_error(b"\"\\x\"", 1, 3, "expected one of `\"\\/bfnrtu` after the backslash, found `x`");
    check_error(b"\"abc", 1, 5, "expected the closing `\"` of the string, found the end of the text");
    check_error(b"\"\xFF\"", 1, 2, "the text is not UTF-8");
    check_error(b"\xEF\xBB\xBF1", 1, 1, "a byte order mark stands before the value");
}

#[test]
fn depth_is_bounded_and_costs_no_stack() {
    let nested = |depth: usize, open: &str, close: &str| {
        (open.repeat(depth) + "1" + &close.repeat(depth)).into_bytes()
    };
    let run = move || {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            assert_eq!(check(&nested(MAX_DEPTH, open, close)), Ok(()));
            let node = parse(&nested(MAX_DEPTH, open, close)).expect("the deepest text allowed");
            drop(node);
            let deep = canonical(&nested(MAX_DEPTH, open, close));
            assert_eq!(deep.as_bytes(), nested(MAX_DEPTH, open, close));
            for depth in [MAX_DEPTH + 1, 100_000] {
                let offset = MAX_DEPTH * open.len();
                assert_eq!(check(&nested(depth, open, close)).map_err(|error| error.offset), Err(offset));
                assert_eq!(
                    parse(&nested(depth, open, close)).map_err(|error| error.offset).err(),
                    Some(offset)
                );
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(128 * 1024).spawn(run).expect("a thread");
    thread.join().expect("no overflow");
}

#[test]
fn a_tree_knows_its_places_and_keeps_duplicates() {
    let text = br#" {"a": [1, -2.5e3, true], "b\n": {}, "a": "\u0041\ud83d\ude00\/"} "#;
    let node = parse(text).expect("valid");
    assert_eq!((node.start, node.end, node.kind()), (1, text.len() - 1, "object"));
    let members = node.as_object().expect("an object");
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["a", "b\n", "a"]);
    assert_eq!(node.get("a").and_then(Node::as_str), Some("A😀/"));
    let items = members[0].node.as_array().expect("an array");
    assert_eq!(items[1].as_number(), Some("-2.5e3"));
    assert_eq!(items[2].as_bool(), Some(true));
    assert_eq!(&text[items[1].start..items[1].end], b"-2.5e3");
    assert_eq!(text[members[1].name_start], b'"');
    assert_eq!(node.get("b\n").map(|node| node.kind()), Some("object"));
    assert!(node.get("c").is_none());
}

#[test]
fn pluck_finds_strings_by_their_path() {
    let text =
        br#"{"id":"1","message":{"id":"x","b\u006fdy":"a\"b","n":5},"id":"last","message":{"body":"two"}}"#;
    let check_pluck = |path: &[&str], expected: Option<&str>| {
        assert_eq!(pluck(text, path).as_deref(), expected, "{path:?}")
    };
    check_pluck(&["id"], Some("last"));
    check_pluck(&["message", "body"], Some("two"));
    check_pluck(&["message", "id"], None);
    check_pluck(&["message"], None);
    check_pluck(&["missing"], None);
    check_pluck(&["id", "deeper"], None);
    assert_eq!(pluck(br#" {"m":{"b\u006fdy":"a\"b"}}"#, &["m", "body"]).as_deref(), Some("a\"b"));
    assert_eq!(pluck(br#" "root""#, &[]).as_deref(), Some("root"));
    assert_eq!(pluck(br#"{"a":{"b":{"b":"in"},"b":"out"}}"#, &["a", "b"]).as_deref(), Some("out"));
    assert_eq!(pluck(b"{\"a\":", &["a"]), None);
    assert_eq!(pluck(b"", &[]), None);
}

#[test]
fn compact_drops_white_space_outside_strings_only() {
    let check_compact = |text: &str, expected: &str| {
        let mut out = b"kept".to_vec();
        compact_into(text.as_bytes(), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), format!("kept{expected}"));
    };
    check_compact(" { \"a b\" :\t[ 1 ,\r\n 2 ] } ", "{\"a b\":[1,2]}");
    check_compact(r#"[ "a \" b", "\\", " " ]"#, r#"["a \" b","\\"," "]"#);
    check_compact(r#"{"a":1}"#, r#"{"a":1}"#);
    check_compact("\"12345678\\\\\" ", "\"12345678\\\\\"");
    check_compact("", "");
}

#[test]
fn quote_escapes_only_what_it_must() {
    let check_quote = |text: &str, expected: &str| {
        let mut out = Vec::new();
        quote_into(text, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
        assert_eq!(parse(&out).expect("a string").as_str(), Some(text));
    };
    check_quote("", r#""""#);
    check_quote("a\"b\\c/é😀\u{7f}\u{2028}", "\"a\\\"b\\\\c/é😀\u{7f}\u{2028}\"");
    check_quote("\u{0}\u{8}\t\n\u{b}\u{c}\r\u{1f}", r#""\u0000\b\t\n\u000b\f\r\u001f""#);
    check_quote("1234567\n12345678\"", r#""1234567\n12345678\"""#);
}

#[test]
fn equal_values_have_one_canonical_text() {
    let check_canonical =
        |text: &str, expected: &str| assert_eq!(canonical(text.as_bytes()), expected, "{text}");
    check_canonical(r#" { "b" : 1 , "a" : [ true , null ] } "#, r#"{"a":[true,null],"b":1}"#);
    check_canonical(r#"{"a":1,"a":2,"\u0061":3}"#, r#"{"a":3}"#);
    check_canonical(r#""\u0061\/\u00e9\ud83d\ude00\u001f\b""#, "\"a/é😀\\u001f\\b\"");
    for one in ["1", "1.0", "1e0", "10e-1", "0.1E+1", "1.000e00", "0.001e3", "100E-2"] {
        check_canonical(one, "1");
    }
    for zero in ["0", "-0", "0.0", "0e5", "-0.000e-99999999999999999999999999999999999999999999"] {
        check_canonical(zero, "0");
    }
    check_canonical("-120.50", "-120.5");
    check_canonical("0.00012", "0.00012");
    check_canonical("12e-5", "0.00012");
    check_canonical("100", "100");
    check_canonical("1e20", "100000000000000000000");
    check_canonical("1e21", "1e21");
    check_canonical("1000000000000000000000", "1e21");
    check_canonical("1e-22", "1e-22");
    check_canonical("0.0000000000000000000001", "1e-22");
    check_canonical("1e400", "1e400");
    check_canonical("1.5e999999999", "15e999999998");
    check_canonical("123456789012345678901234567890", "12345678901234567890123456789e1");
    let huge = "9".repeat(60);
    check_canonical(&format!("10e{huge}"), &format!("1e1{}", "0".repeat(60)));
    check_canonical(&format!("0.1e-{huge}"), &format!("1e-1{}", "0".repeat(60)));
    check_canonical(&format!("0.1e1{}", "0".repeat(60)), &format!("1e{huge}"));
}
