//! The chunked coding, fed in pieces of every size: sound bodies, broken ones, bounds, incomplete ones.

use super::*;

const LIMITS: HeadLimits = HeadLimits { bytes: 64, fields: 3 };

/// Feeds in pieces of every size: all must agree. `Ok` holds the body and what is left over.
fn check(input: &str, expected: Result<(&str, &str), u16>) {
    for piece in 1..=input.len().max(1) {
        let mut chunks = Chunks::new(100, LIMITS);
        let mut bytes: Vec<u8> = Vec::new();
        let (mut written, mut outcome) = (0, None);
        for part in input.as_bytes().chunks(piece) {
            let read = bytes.len();
            bytes.extend_from_slice(part);
            match chunks.decode(&mut bytes, read, written) {
                Err(refusal) => outcome = Some(Err(refusal.status)),
                Ok(step) if step.done => {
                    let body = String::from_utf8_lossy(&bytes[..step.written]).into_owned();
                    outcome = Some(Ok((body, String::from_utf8_lossy(&bytes[step.read..]).into_owned())));
                }
                Ok(step) => {
                    assert_eq!(step.read, bytes.len());
                    written = step.written;
                    bytes.truncate(written);
                    continue;
                }
            }
            break;
        }
        match (&outcome, expected) {
            (Some(Ok((body, rest))), Ok((expected, left))) => {
                assert_eq!(body, expected, "{input:?} by {piece}");
                assert!(left.starts_with(rest.as_str()), "{input:?} by {piece}: {rest:?}");
            }
            (Some(Err(status)), Err(expected)) => assert_eq!(*status, expected, "{input:?} by {piece}"),
            (None, Err(0)) => {}
            other => panic!("{input:?} by {piece}: {other:?}"),
        }
    }
}

#[test]
fn bodies() {
    for (input, body, rest) in [
        ("0\r\n\r\n", "", ""),
        ("0\r\n\r\nGET", "", "GET"),
        ("5\r\nhello\r\n0\r\n\r\n", "hello", ""),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", ""),
        ("a\r\nhelloworld\r\n0\r\n\r\n", "helloworld", ""),
        ("A\r\nhelloworld\r\n0\r\n\r\n", "helloworld", ""),
        ("0005\r\nhello\r\n000\r\n\r\n", "hello", ""),
        ("0000000000000005\r\nhello\r\n0\r\n\r\n", "hello", ""),
        ("00000000000000000005\r\nhello\r\n00000000000000000\r\n\r\n", "hello", ""),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", ""),
        ("5;a\r\nhello\r\n0;b=c\r\n\r\n", "hello", ""),
        ("5;a=b;c=\"d;\\\"\\\\ \te\"\r\nhello\r\n0\r\n\r\n", "hello", ""),
        ("5 ; a = b ;c\t=\t\"\" ;d\r\nhello\r\n0\r\n\r\n", "hello", ""),
        ("5\t;a\r\nhello\r\n0\r\n\r\n", "hello", ""),
        ("0\r\nX: y\r\n\r\n", "", ""),
        ("0\r\nX:\r\nContent-Length: 5\r\nHost:a\r\n\r\nz", "", "z"),
        ("1\r\na\r\n0\r\nX: \u{e9}\ty\r\n\r\n", "a", ""),
    ] {
        check(input, Ok((body, rest)));
    }
}

#[test]
fn broken() {
    for input in [
        "\r\n",
        "\n",
        ";a\r\n",
        " 5\r\n",
        "\t5\r\n",
        "+5\r\n",
        "-5\r\n",
        "0x5\r\n",
        "5_\r\n",
        "x\r\n",
        "5 \r\n",
        "5\t\r\n",
        "5 5\r\n",
        "5\n",
        "5\r5",
        "5\rhello",
        "5,5\r\n",
        "5.\r\n",
        "5\u{b}\r\n",
        "5\0\r\n",
        "٥\r\n",
        "g\r\n",
        "5h\r\n",
        "\"5\"\r\n",
        "FFFFFFFFFFFFFFFFF\r\n",
        "10000000000000000\r\n",
        "FFFFFFFFFFFFFFFF0\r\n",
        "0FFFFFFFFFFFFFFFF0\r\n",
        "5;\r\n",
        "5;;a\r\n",
        "5; \r\n",
        "5;a;\r\n",
        "5;a \r\n",
        "5;a=\r\n",
        "5;a=b \r\n",
        "5;a= \r\n",
        "5;=b\r\n",
        "5;a=b=c\r\n",
        "5;a=\"\r\n",
        "5;a=\"b\"c\r\n",
        "5;a=\"b\0\"\r\n",
        "5;a=\"b\\\r\n",
        "5;a b\r\n",
        "5;a\n",
        "5;a\rb\r\n",
        "5;a\0\r\n",
        "5;(\r\n",
        "5;a=b,c\r\n",
        "5;a=(\r\n",
        "5;a=b\n",
        "5;a=\"b\nc\"\r\n",
        "5;a=\u{e9}\r\n",
        "5;\u{b}a\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r0",
        "5\r\nhelloXX\r\n",
        "5\r\nhello \r\n",
        "3\r\nhello\r\n",
        "5\r\nhello\r\n\r\n",
        "5\r\nhello\r\n 0\r\n\r\n",
        "0\r\n\n",
        "0\r\n\rX",
        "0\r\n \r\n",
        "0\r\n: a\r\n\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\nX: y\n\r\n",
        "0\r\nX: y\r\r\n",
        "0\r\nX: y\r\n z\r\n\r\n",
        "0\r\nX: \0\r\n\r\n",
        "0\r\nX: \u{7f}\r\n\r\n",
        "0\r\nX[: y\r\n\r\n",
        "0\r\n\tX: y\r\n\r\n",
        "0\r\n\u{e9}: y\r\n\r\n",
        "0\r\nGET / HTTP/1.1\r\n\r\n",
    ] {
        check(input, Err(400));
    }
}

#[test]
fn bounds() {
    let long = "a".repeat(65);
    check("65\r\n", Err(413));
    check("ffffffffffffffff\r\n", Err(413));
    check(&format!("64\r\n{}\r\n1\r\n", "x".repeat(100)), Err(413));
    check(&format!("64\r\n{}\r\n0\r\n\r\n", "x".repeat(100)), Ok((&"x".repeat(100), "")));
    check(&format!("1;{long}\r\n"), Err(400));
    check(&"0".repeat(16 + 65), Err(400));
    check(&format!("{}\r\n\r\n", "0".repeat(32)), Ok(("", "")));
    check(&format!("1;a=\"{long}\r\n"), Err(400));
    check(&format!("0\r\nX: {long}\r\n"), Err(431));
    check(&format!("0\r\n{long}: a\r\n"), Err(431));
    check("0\r\na:b\r\nc:d\r\ne:f\r\ng:h\r\n\r\n", Err(431));
    check("0\r\na:b\r\nc:d\r\ne:f\r\n\r\n", Ok(("", "")));
}

#[test]
fn incomplete() {
    for input in [
        "",
        "5",
        "5\r",
        "5\r\n",
        "5\r\nhel",
        "5\r\nhello",
        "5\r\nhello\r\n",
        "5\r\nhello\r\n0\r\n",
        "0\r\nX: y\r\n",
        "0\r\n\r",
    ] {
        check(input, Err(0));
    }
}
