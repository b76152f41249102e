//! Tables for `head`: what passes, what is refused and with which status, at every split.

use super::super::request_line::Target;
use super::*;

const LIMITS: HeadLimits = HeadLimits { bytes: 400, fields: 40 };

fn read(input: &[u8]) -> Result<Option<(Request, usize)>, u16> {
    let mut scan = HeadScan::default();
    let Some(end) = scan.advance(input, &LIMITS).map_err(|refusal| refusal.status)? else { return Ok(None) };
    scan.finish(&input[..end], &LIMITS).map(|request| Some((request, end))).map_err(|refusal| refusal.status)
}

/// Byte by byte and whole must agree.
fn status(input: &[u8]) -> u16 {
    let whole = match read(input) {
        Ok(Some(_)) => 200,
        Ok(None) => 0,
        Err(status) => status,
    };
    let (mut scan, mut dripped) = (HeadScan::default(), 0);
    for end in 1..=input.len() {
        match scan.advance(&input[..end], &LIMITS) {
            Ok(None) => {}
            Ok(Some(end)) => {
                dripped = scan.finish(&input[..end], &LIMITS).map_or_else(|refusal| refusal.status, |_| 200);
                break;
            }
            Err(refusal) => {
                dripped = refusal.status;
                break;
            }
        }
    }
    assert_eq!(whole, dripped, "{}", input.escape_ascii());
    whole
}

fn check(input: impl AsRef<[u8]>, expected: u16) {
    let input = input.as_ref();
    assert_eq!(status(input), expected, "{}", input.escape_ascii());
}

#[test]
fn line_ends() {
    for (input, expected) in [
        ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (" \r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("\0GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("\u{feff}GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\n\n", 400),
        ("GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", 400),
        ("GET / HTTP/1.1\r\n\rHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n\t\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n \r\n\r\n", 400),
        ("   \r\n\r\n", 400),
        ("GET /\r\n", 400),
        ("GET /\r\n\r\n", 400),
        ("GET / HTTP/1.1\rHost: a\r\r", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\r", 400),
        ("GET / HTTP/1.1\r\nHost: a\rX", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n", 0),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r", 0),
        ("GET / HTTP/1.1", 0),
        ("\r\n", 0),
        ("\r", 0),
        ("G", 0),
        ("", 0),
        ("\u{16}\u{3}\u{1}", 400),
    ] {
        check(input, expected);
    }
}

#[test]
fn field_names_and_values_byte_by_byte() {
    for byte in 0..=255u8 {
        let mut name = b"GET / HTTP/1.1\r\nHost: a\r\nX".to_vec();
        name.push(byte);
        name.extend_from_slice(b"Y: z\r\n\r\n");
        let expected = if is_tchar(byte) || byte == b':' { 200 } else { 400 };
        check(&name, expected);

        let mut value = b"GET / HTTP/1.1\r\nHost: a\r\nX: y".to_vec();
        value.push(byte);
        value.extend_from_slice(b"z\r\n\r\n");
        let expected = if byte == b'\t' || (byte >= b' ' && byte != 0x7f) { 200 } else { 400 };
        check(&value, expected);

        let mut method = b"GE".to_vec();
        method.push(byte);
        method.extend_from_slice(b"T / HTTP/1.1\r\nHost: a\r\n\r\n");
        check(&method, if is_tchar(byte) { 501 } else { 400 });

        let mut first = vec![byte];
        first.extend_from_slice(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        check(&first, if is_tchar(byte) { 501 } else { 400 });

        let mut version = b"GET / HTTP/1.1".to_vec();
        version.push(byte);
        version.extend_from_slice(b"\r\nHost: a\r\n\r\n");
        check(&version, 400);

        for name in ["Host", "Content-Length", "Transfer-Encoding"] {
            let mut before_colon = format!("POST / HTTP/1.1\r\n{name}").into_bytes();
            before_colon.push(byte);
            before_colon.extend_from_slice(b": 1\r\nHost: a\r\n\r\n");
            let another_field = is_tchar(byte);
            // `Host:: 1` and the like have a value that begins with a colon.
            check(&before_colon, if another_field { 200 } else { 400 });
        }
    }
}

#[test]
fn fields() {
    let with =
        |field: &str, expected| check(format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n"), expected);
    for field in [
        "X: y",
        "X:y",
        "X:",
        "X: ",
        "X:\ty\t",
        "X: a:b",
        "X: \u{e9}",
        "Content_Length: x",
        "Transfer_Encoding: x",
        "A: 1\r\nA: 2",
    ] {
        with(field, 200);
    }
    for field in [
        "X",
        "X y",
        "X : y",
        "X\t: y",
        "X\u{b}: y",
        ": y",
        " : y",
        "X Y: z",
        "X[: y",
        "\u{e9}: y",
        "\"X\": y",
        "X: y\0",
        "X: \u{1}",
        "X: \u{7f}",
        "X: \u{b}",
        "=X",
        "(X): y",
        "X;: y",
        "X/: y",
        "Content-Length : 5",
        "Transfer-Encoding : chunked",
        " X: y",
        "Content-Type: a\r\nContent-Type: a",
        "@: y",
        "X,Y: z",
        "{X}: y",
        "\u{feff}X: y",
    ] {
        with(field, 400);
    }
}

#[test]
fn hosts() {
    let check_version = |version: &str, fields: &str, expected| {
        check(format!("GET / HTTP/{version}\r\n{fields}\r\n"), expected)
    };
    for (fields, in_1_1, in_1_0) in [
        ("", 400, 200),
        ("Host: a\r\n", 200, 200),
        ("hOsT:a\r\n", 200, 200),
        ("Host: \t a:80 \t\r\n", 200, 200),
        ("Host: [::1]:80\r\n", 200, 200),
        ("Host:\r\n", 400, 400),
        ("Host: \r\n", 400, 400),
        ("Host: a\r\nHost: a\r\n", 400, 400),
        ("Host: a\r\nHost: b\r\n", 400, 400),
        ("Host: a\r\nX: y\r\nHOST: a\r\n", 400, 400),
        ("Host: a, b\r\n", 400, 400),
        ("Host: a,b\r\n", 400, 400),
        ("Host: a b\r\n", 400, 400),
        ("Host: u@a\r\n", 400, 400),
        ("Host: a/b\r\n", 400, 400),
        ("Host: a?b\r\n", 400, 400),
        ("Host: a#b\r\n", 400, 400),
        ("Host: http://a\r\n", 400, 400),
        ("Host: a:80:80\r\n", 400, 400),
        ("Host: a:x\r\n", 400, 400),
        ("Host: a:99999\r\n", 400, 400),
        ("Host: [::1\r\n", 400, 400),
        ("Host: [x]\r\n", 400, 400),
        ("Host : a\r\n", 400, 400),
        ("X-Host: a\r\n", 400, 200),
    ] {
        check_version("1.1", fields, in_1_1);
        check_version("1.0", fields, in_1_0);
    }
    // The Host field is asked for whatever the form of the target.
    check("GET http://a/ HTTP/1.1\r\n\r\n", 400);
    check("GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n", 400);
    check("OPTIONS * HTTP/1.1\r\n\r\n", 400);
}

#[test]
fn expectations() {
    let with = |version: &str, value: &str| {
        let text =
            format!("POST / HTTP/{version}\r\nHost: a\r\nContent-Length: 1\r\nExpect: {value}\r\n\r\n");
        read(text.as_bytes()).map(|read| read.expect("complete").0.expects_continue)
    };
    for (value, expected) in [
        ("100-continue", Ok(true)),
        ("100-Continue", Ok(true)),
        (", 100-continue,", Ok(true)),
        ("", Ok(false)),
        ("200-ok", Err(417)),
        ("100-continue, x", Err(417)),
        ("100-continue;a=b", Err(417)),
        ("100 -continue", Err(417)),
    ] {
        assert_eq!(with("1.1", value), expected, "{value}");
    }
    assert_eq!(with("1.0", "100-continue"), Ok(false));
    assert_eq!(with("1.0", "x"), Ok(false));
}

#[test]
fn connections() {
    for (version, fields, keep) in [
        ("1.1", "", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "Connection: CLOSE\r\n", false),
        ("1.1", "Connection: keep-alive, Close\r\n", false),
        ("1.1", "Connection: a ,\tclose\t, b\r\n", false),
        ("1.1", "Connection: ,,close\r\n", false),
        ("1.1", "Connection: a\r\nConnection: close\r\n", false),
        ("1.1", "Connection: closed\r\n", true),
        ("1.1", "Connection: upgrade\r\nUpgrade: h2c\r\n", true),
        ("1.0", "", false),
        ("1.0", "Connection: keep-alive\r\n", true),
        ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
        ("1.2", "", true),
    ] {
        let text = format!("GET / HTTP/{version}\r\nHost: a\r\n{fields}\r\n");
        let (request, _) = read(text.as_bytes()).expect("good").expect("complete");
        assert_eq!(request.keep, keep, "{text:?}");
    }
}

#[test]
fn what_is_read() {
    let text = b"\r\nPOST http://h/a%20b?c=?d HTTP/1.1\r\nHost: x\r\ncontent-type: \ta/b; c\t \r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabcGET";
    let (request, end) = read(text).expect("good").expect("complete");
    let Target::Resource { path: Some(path), query: Some(query) } = request.line.target else {
        panic!("{request:?}")
    };
    let shown = [
        request.line.method.of(text),
        path.of(text),
        query.of(text),
        request.content_type.map_or("", |span| span.of(text)),
        request.content_encoding.map_or("", |span| span.of(text)),
    ];
    assert_eq!(shown, ["POST", "/a%20b", "c=?d", "a/b; c", "gzip"]);
    assert_eq!(request.framing, Framing::Length(3));
    assert_eq!(&text[end..], b"abcGET");
}

#[test]
fn bounds() {
    let long = "a".repeat(500);
    check(format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
    check(format!("GET /{long}"), 414);
    check(format!("{long} / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    check(format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "A".repeat(300)), 501);
    check(format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"), 431);
    check(format!("GET / HTTP/1.1\r\nHost: a\r\n{long}: y\r\n\r\n"), 431);
    check(format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}"), 431);
    check(format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X:\r\n".repeat(39)), 200);
    check(format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X:\r\n".repeat(40)), 431);
    check(format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X:\r\n".repeat(80)), 431);
}
