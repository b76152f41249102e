//! JSONTestSuite, and random documents: what all readers and writers of this module must agree on.

use super::*;

/// The bytes that a field of the suite's table stands for.
fn bytes(field: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = field.bytes();
    while let Some(byte) = rest.next() {
        match (byte, if byte == b'\\' { rest.next() } else { None }) {
            (_, Some(b'x')) => {
                let mut digit =
                    || char::from(rest.next().expect("two digits")).to_digit(16).expect("a digit");
                out.push((digit() * 16 + digit()) as u8);
            }
            (_, Some(b'0')) => {}
            (_, Some(other)) => out.push(other),
            (byte, None) => out.push(byte),
        }
    }
    out
}

/// Name and text of each case.
fn suite() -> Vec<(&'static str, Vec<u8>)> {
    let table = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/json-test-suite/parsing.tsv"));
    let case = |line: &'static str| {
        let mut fields = line.split('\t');
        let mut field = || fields.next().expect("three fields");
        let (name, before, rest) = (field(), field(), field());
        let mut text = match before.split_once('*') {
            Some((count, unit)) => bytes(unit).repeat(count.parse().expect("a count")),
            None => Vec::new(),
        };
        text.extend(bytes(rest));
        (name, text)
    };
    table.lines().map(case).collect()
}

#[test]
fn json_test_suite() {
    let suite = suite();
    assert_eq!(suite.len(), 318);
    for (name, text) in suite {
        // Where the suite leaves the choice: numbers have no bounds here; what is not Unicode, begins with a byte
        // order mark or nests 500 arrays is refused.
        let accepted = name.starts_with("y_") || name.starts_with("i_number");
        let checked = check(&text);
        assert_eq!(checked.is_ok(), accepted, "{name}: {checked:?}");
        assert_eq!(parse(&text).err(), checked.err(), "{name}");
        if accepted {
            agree(&text);
        }
    }
}

/// What holds for every valid document.
fn agree(text: &[u8]) {
    let shown = || String::from_utf8_lossy(text).into_owned();
    let canonical_text = canonical(text);
    assert_eq!(check(canonical_text.as_bytes()), Ok(()), "{}", shown());
    assert_eq!(canonical(canonical_text.as_bytes()), canonical_text, "{}", shown());
    let mut compact = Vec::new();
    compact_into(text, &mut compact);
    assert_eq!(check(&compact), Ok(()), "{}", shown());
    assert_eq!(canonical(&compact), canonical_text, "{}", shown());
    let mut again = Vec::new();
    compact_into(&compact, &mut again);
    assert_eq!(again, compact, "{}", shown());
    let mut quoted = Vec::new();
    quote_into(&String::from_utf8_lossy(text), &mut quoted);
    assert_eq!(parse(&quoted).expect("a string").as_str().map(str::as_bytes), Some(text));
    let node = parse(text).expect("valid");
    assert_eq!(check(&text[node.start..node.end]), Ok(()), "{}", shown());
}

/// Marsaglia's xorshift: the same documents in every run.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below
    }
}

/// A value without a spelling.
enum Shape {
    Word(&'static str),
    /// `units × 10^exponent`
    Number(i64, i64),
    Text(String),
    List(Vec<Shape>),
    Members(Vec<(String, Shape)>),
}

fn shape(random: &mut Random, depth: usize) -> Shape {
    let characters = ['a', '/', '"', '\\', '\n', '\u{0}', '\u{7f}', 'é', '\u{2028}', '😀', ' ', '{', ','];
    let text = |random: &mut Random| (0..random.next(12)).map(|_| characters[random.next(13)]).collect();
    match random.next(if depth == 0 { 4 } else { 7 }) {
        0 => Shape::Word(["true", "false", "null"][random.next(3)]),
        1 | 2 => Shape::Number(random.next(2_000_000) as i64 - 1_000_000, random.next(60) as i64 - 30),
        3 => Shape::Text(text(random)),
        4 => Shape::List((0..random.next(5)).map(|_| shape(random, depth - 1)).collect()),
        _ => {
            let mut members = Vec::new();
            for index in 0..random.next(6) {
                let name: String = text(random);
                members.push((format!("{index}{name}"), shape(random, depth - 1)));
            }
            Shape::Members(members)
        }
    }
}

/// One of the many spellings of a value.
fn spell(shape: &Shape, random: &mut Random, out: &mut String) {
    space(random, out);
    match shape {
        Shape::Word(word) => out.push_str(word),
        Shape::Number(units, exponent) => {
            let zeros = random.next(4);
            let exponent = exponent - zeros as i64;
            out.push_str(&format!("{units}{}", if *units == 0 { "" } else { &"000"[..zeros] }));
            let points = random.next(3);
            if points > 0 {
                out.push_str(&format!(".{}", &"00"[..points]));
            }
            out.push_str(&format!("{}{exponent}", ["e", "E"][random.next(2)]));
        }
        Shape::Text(text) => spell_text(text, random, out),
        Shape::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                spell(item, random, out);
            }
            out.push(']');
        }
        Shape::Members(members) => {
            out.push('{');
            let turn = random.next(members.len() + 1);
            let turned = members.iter().skip(turn).chain(members.iter().take(turn));
            for (index, (name, value)) in turned.enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                space(random, out);
                spell_text(name, random, out);
                space(random, out);
                out.push(':');
                spell(value, random, out);
            }
            out.push('}');
        }
    }
    space(random, out);
}

fn space(random: &mut Random, out: &mut String) {
    out.push_str(["", "", "", " ", "\n\t", "\r\n  "][random.next(6)]);
}

fn spell_text(text: &str, random: &mut Random, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        if random.next(4) == 0 || character < ' ' || character == '"' || character == '\\' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str(&match random.next(2) {
                    0 => format!("\\u{unit:04x}"),
                    _ => format!("\\u{unit:04X}"),
                });
            }
        } else {
            out.push(character);
        }
    }
    out.push('"');
}

#[test]
fn all_spellings_of_a_value_have_one_canonical_text() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..3_000 {
        let shape = shape(&mut random, 4);
        let (mut one, mut other) = (String::new(), String::new());
        spell(&shape, &mut random, &mut one);
        spell(&shape, &mut random, &mut other);
        assert_eq!(canonical(one.as_bytes()), canonical(other.as_bytes()), "{one}\n{other}");
        agree(one.as_bytes());
    }
}

#[test]
fn check_and_parse_agree_on_damaged_documents() {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut refused = 0;
    for _ in 0..20_000 {
        let mut text = String::new();
        spell(&shape(&mut random, 3), &mut random, &mut text);
        let mut text = text.into_bytes();
        for _ in 0..=random.next(2) {
            let at = random.next(text.len() + 1);
            let byte = b"{}[]\",:\\u0e.-+tfn \xC3\xA9\xED\xA0\xFF\x00"[random.next(24)];
            match random.next(3) {
                0 => text.insert(at, byte),
                1 if at < text.len() => drop(text.remove(at)),
                _ => text.truncate(at),
            }
        }
        let checked = check(&text);
        let shown = String::from_utf8_lossy(&text).into_owned();
        assert_eq!(parse(&text).err(), checked.err(), "{shown}");
        match checked {
            Ok(()) => agree(&text),
            Err(error) => {
                refused += 1;
                assert!(error.offset <= text.len());
                // Readers of texts that should have been checked must stand this one as well.
                let _ =
                    (pluck(&text, &["0a"]), canonical(&text), error.explain(&text), error.position(&text));
                compact_into(&text, &mut Vec::new());
            }
        }
    }
    assert!(refused > 10_000, "{refused}");
}
