//! A battery of malformed, ambiguous and smuggled requests: each is refused with the right status and closed,
//! what is hidden behind it never reaches the service, and the listener goes on.

mod webhook_support;

use std::net::SocketAddr;

use webhook_support::{Teller, connect, is_healthy, limits, start, stop};

const BEFORE: &str = "POST /before HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
/// What an attacker hides behind the message.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// Sends a sound request, the message, and a hidden one; returns the statuses after the first.
fn statuses(address: SocketAddr, service: &Teller, message: &[u8]) -> Vec<u16> {
    let before = service.served();
    let mut raw = connect(address);
    raw.send([BEFORE.as_bytes(), message, HIDDEN.as_bytes()].concat());
    raw.end_writing();
    let got = raw.rest();
    let shown = message.escape_ascii();
    assert_eq!(got.first().map(|got| got.status), Some(200), "{shown}");
    let statuses: Vec<u16> = got.iter().skip(1).map(|got| got.status).collect();
    let served = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(service.served() - before, 1 + served, "{shown}");
    if let Some(last) = got.last() {
        assert!(last.status == 200 || last.says_close(), "{shown}: {last:?}");
    }
    statuses
}

/// Refused with `status`, and nothing after it is served.
fn refused(address: SocketAddr, service: &Teller, message: impl AsRef<[u8]>, status: u16) {
    let message = message.as_ref();
    assert_eq!(statuses(address, service, message), [status], "{}", message.escape_ascii());
}

fn check(status: u16, messages: &[&str]) {
    let (running, service) = start(limits());
    for message in messages {
        refused(running.local_addr(), &service, message, status);
    }
    is_healthy(running.local_addr());
    stop(&running);
}

#[test]
fn ambiguous_lengths() {
    let with = |fields: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    let messages: Vec<String> = [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nContent-Length: 0",
        "Content-Length: 15\r\nTransfer-Encoding: identity",
        "Content-Length: 15\r\nTransfer-Encoding: xchunked",
        "Content-Length: 15\r\nTransfer-Encoding:",
        "Content-Length: 15\r\nContent-Length: 15",
        "Content-Length: 15\r\nContent-Length: 16",
        "Content-Length: 15\r\ncontent-length: 0",
        "Content-Length: 15, 15",
        "Content-Length: 15,15",
        "Content-Length: 15, 16",
        "Content-Length: 0, 15",
        "Content-Length: ,15",
        "Content-Length: 15,",
        "Content-Length: +15",
        "Content-Length: -15",
        "Content-Length: -0",
        "Content-Length: 0x0f",
        "Content-Length: 0b1111",
        "Content-Length: 0o17",
        "Content-Length: 1_5",
        "Content-Length: 1 5",
        "Content-Length: 15.0",
        "Content-Length: 1.5e1",
        "Content-Length: \"15\"",
        "Content-Length: 15;q=1",
        "Content-Length: abc",
        "Content-Length:",
        "Content-Length: \u{b}15",
        "Content-Length: 15\u{c}",
        "Content-Length: 99999999999999999999",
        "Content-Length: 18446744073709551616",
        "Content-Length: 340282366920938463463374607431768211471",
        "Content-Length : 15",
        "Content-Length\t: 15",
        " Content-Length: 15",
        "Content-Length: 15\r\n 5",
        "Content-Length:\r\n 15",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        " Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\n ",
        "Transfer-Encoding:\r\n chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked, gzip",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunkedx",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: 'chunked'",
        "Transfer-Encoding: chunked;foo=bar",
        "Transfer-Encoding: chunked;",
        "Transfer-Encoding: chunked,",
        "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: \u{b}chunked",
        "Transfer-Encoding: \u{c}chunked",
        "Transfer-Encoding: chunked\u{b}",
        "Transfer-Encoding: chunked\0",
        "Transfer-Encoding: \0chunked",
        "Transfer-Encoding: chun\rked",
        "Transfer-Encoding: chunked\r",
        "Transfer-Encoding:",
        "Transfer-Encoding: chunk",
        "X: y\rTransfer-Encoding: chunked",
        "X: y\nTransfer-Encoding: chunked",
        "X: y\r\n\tTransfer-Encoding: chunked",
        "X: y\0\r\nTransfer-Encoding: chunked",
    ]
    .iter()
    .map(|fields| with(fields))
    .collect();
    check(400, &messages.iter().map(String::as_str).collect::<Vec<_>>());
    check(
        501,
        &[
            &with("Transfer-Encoding: gzip, chunked"),
            &with("Transfer-Encoding: identity, chunked"),
            &with("Transfer-Encoding: deflate,gzip,Chunked"),
        ],
    );
    check(400, &["POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]);
    check(400, &["POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"]);
    check(400, &["POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n"]);
}

#[test]
fn broken_chunks() {
    let with = |body: &str| format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    let messages: Vec<String> = [
        "\r\n", "\r\n5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "\t5\r\nhello\r\n0\r\n\r\n", "5\t\r\nhello\r\n0\r\n\r\n", "5_0\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\r\nhello\r\n0\r\n\r\n", "5\n\rhello\r\n0\r\n\r\n", "g\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n", "5\r\nhelloXX\r\n0\r\n\r\n", "3\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n", "5\r\nhello\r\n0\n\n", "5\r\nhello\r\n0\r\r\n", "5\r\nhello\r\n-0\r\n\r\n",
        "5;\r\nhello\r\n0\r\n\r\n", "5;;\r\nhello\r\n0\r\n\r\n", "5; \r\nhello\r\n0\r\n\r\n", "5;=\r\nhello\r\n0\r\n\r\n", "5;a=\r\nhello\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n", "5;a\n\r\nhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n", "5;a\0\r\nhello\r\n0\r\n\r\n",
        "5;a=\"b\r\nhello\r\n0\r\n\r\n", "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", "5;a=b c\r\nhello\r\n0\r\n\r\n", "5;a,b\r\nhello\r\n0\r\n\r\n",
        "5 a\r\nhello\r\n0\r\n\r\n", "5,a\r\nhello\r\n0\r\n\r\n", "5:a\r\nhello\r\n0\r\n\r\n", "5=a\r\nhello\r\n0\r\n\r\n",
        "00000000000000005\r\nhello\r\n0\r\n\r\n", "10000000000000005\r\nhello\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        "0\r\nX : y\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\n: y\r\n\r\n", "0\r\n X: y\r\n\r\n", "0\r\nX: y\r\n z\r\n\r\n", "0\r\nX: y\n\r\n", "0\r\nX: y\rZ: z\r\n\r\n",
        "0\r\nX: \0\r\n\r\n", "0\r\nX[]: y\r\n\r\n", "0\r\nX: y\r\n\n", "0\r\nContent-Length : 5\r\n\r\n", "0\r\n", "0\r\nX: y\r\n",
        "2\r\nhi\r\n0\r\n", "5\r\nhello\r\n",
    ]
    .iter()
    .map(|body| with(body))
    .collect();
    check(400, &messages.iter().map(String::as_str).collect::<Vec<_>>());
    check(413, &[&with("FFFFFFFFFFFFFFFF\r\n"), &with("7fffffffffffffff\r\n"), &with("100000\r\n"), &with("5\r\nhello\r\nfffffffffffffffb\r\n")]);
}

#[test]
fn request_lines_and_fields() {
    let line = |line: &str| format!("{line}\r\nHost: a\r\n\r\n");
    let lines: Vec<String> = [
        "GET /", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET\t/ HTTP/1.1", "GET / HTTP/1.1\t",
        "GET HTTP/1.1", "GET /a b HTTP/1.1", "GET / http/1.1", "GET / HTTP/1", "GET / HTTP/1.", "GET / HTTP/01.1", "GET / HTTP/1.10",
        "GET / HTTP/ 1.1", "GET / HTTP/1,1", "GET / HTTQ/1.1", "GET /\0 HTTP/1.1", "GET /a\rb HTTP/1.1", "GET /a\nb HTTP/1.1",
        "GET /a#b HTTP/1.1", "GET /%zz HTTP/1.1", "GET /%00 HTTP/1.1", "GET /%0d%0aX:y HTTP/1.1", "GET /\u{e9} HTTP/1.1", "GET /a\\b HTTP/1.1",
        "GET * HTTP/1.1", "POST * HTTP/1.1", "GET a:80 HTTP/1.1", "GET a/b HTTP/1.1", "GET http:// HTTP/1.1", "GET http://u@a/ HTTP/1.1",
        "GET ftp://a/ HTTP/1.1", "CONNECT / HTTP/1.1", "CONNECT a HTTP/1.1", "G(T / HTTP/1.1", "G\0T / HTTP/1.1", "HTTP/1.1 200 OK",
        "GET / HTTP/1.1\r", "\u{b}GET / HTTP/1.1", "GET /\u{7f} HTTP/1.1", "GET /<b> HTTP/1.1", "GET /{b} HTTP/1.1", "GET /\"b\" HTTP/1.1",
    ]
    .iter()
    .map(|text| line(text))
    .collect();
    check(400, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    check(501, &[&line("get / HTTP/1.1"), &line("FOOBAR / HTTP/1.1"), &line("CONNECT a:443 HTTP/1.1"), &line("M-SEARCH / HTTP/1.1")]);
    check(505, &[&line("GET / HTTP/2.0"), &line("GET / HTTP/9.9"), &line("GET / HTTP/0.9"), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]);
    check(411, &["POST / HTTP/1.1\r\nHost: a\r\n\r\n", "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", "PATCH / HTTP/1.1\r\nHost: a\r\n\r\n"]);
    check(413, &["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n"]);
    check(417, &["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 200-ok\r\n\r\n"]);
    let fields: Vec<String> = [
        "", "Host:", "Host: ", "Host: a\r\nHost: a", "Host: a\r\nHost: b", "Host: a b", "Host: a, b", "Host: u@a", "Host: a/b", "Host: a?b", "Host: a#b",
        "Host: a:b", "Host: a:80:81", "Host: http://a", "Host: [::1", "Host: a\0", "Host : a", "Host\t: a", " Host: a", "Host: a\r\n b", "Host: a\rX: y", "Host: a\nX: y",
        "Host: a\r\nX", "Host: a\r\n: y", "Host: a\r\nX Y: z", "Host: a\r\nX : y", "Host: a\r\nX[: y", "Host: a\r\nX\u{e9}: y", "Host: a\r\nX: y\0z",
        "Host: a\r\nX: y\u{7}z", "Host: a\r\nX: y\u{7f}", "Host: a\r\nX: y\rz", "Host: a\r\nX: y\r\n z", "Host: a\r\nX: y\r\n\tz", "Host: a\r\n X: y", "Host: a\r\nX: y\r",
        "Host: a\r\nContent-Type: a\r\nContent-Type: b",
    ]
    .iter()
    .map(|fields| if fields.is_empty() { "GET / HTTP/1.1\r\n\r\n".to_owned() } else { format!("GET / HTTP/1.1\r\n{fields}\r\n\r\n") })
    .collect();
    check(400, &fields.iter().map(String::as_str).collect::<Vec<_>>());
    check(
        400,
        &[
            "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n \r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n", "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "GET / HTTP/1.1\rHost: a\r\r", "   \r\n\r\n",
            "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0", "\0\0\0\0", "{\"json\": true}\r\n\r\n", "GET /\r\n\r\n", "\u{feff}GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ],
    );
}

/// A message with one byte at a place where only some may be.
struct Place {
    before: &'static str,
    after: &'static str,
    /// Bytes with which the message is sound.
    sound: fn(u8) -> bool,
    /// Bytes that lengthen a number, so that the message is no longer complete.
    cut_off: bool,
}

/// Every byte at every place that decides framing.
#[test]
fn every_byte_where_framing_is_decided() {
    const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let blank = |byte: u8| matches!(byte, b' ' | b'\t');
    let places = [
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9", after: "\r\n\r\nninebytes", sound: blank, cut_off: true },
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ", after: "41\r\n\r\nforty bytes forty bytes forty bytes forty", sound: |byte| matches!(byte, b' ' | b'\t' | b'0'), cut_off: true },
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r", after: "X: y\r\n\r\nhi", sound: |byte| byte == b'\n', cut_off: false },
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked", after: "\r\n\r\n2\r\nhi\r\n0\r\n\r\n", sound: blank, cut_off: false },
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ", after: "chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", sound: blank, cut_off: false },
        Place { before: "GET / HTTP/1.1\r\nHost: a", after: "b\r\n\r\n", sound: |byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=".contains(&byte), cut_off: false },
        Place { before: "GET /a", after: "b HTTP/1.1\r\nHost: a\r\n\r\n", sound: |byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte), cut_off: false },
        Place { before: "GET / HTTP/1.", after: "\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", sound: |byte| byte.is_ascii_digit(), cut_off: false },
        Place { before: "GET / HTTP/1.1", after: "\r\nHost: a\r\n\r\n", sound: |_| false, cut_off: false },
        Place { before: "GET / HTTP/1.1", after: "\nHost: a\r\n\r\n", sound: |byte| byte == b'\r', cut_off: false },
        Place { before: "GET / HTTP/1.1\r\nHost: a", after: "\n\r\n", sound: |byte| byte == b'\r', cut_off: false },
        Place { before: "GET / HTTP/1.1\r\nHost: a\r\n", after: "\n", sound: |byte| byte == b'\r', cut_off: false },
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2", after: "\r\nhi\r\n0\r\n\r\n", sound: |_| false, cut_off: true },
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", after: "2\r\nhi\r\n0\r\n\r\n", sound: |byte| byte == b'0', cut_off: true },
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2", after: "\nhi\r\n0\r\n\r\n", sound: |byte| byte == b'\r', cut_off: false },
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi", after: "\r\n0\r\n\r\n", sound: |_| false, cut_off: false },
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi", after: "\n0\r\n\r\n", sound: |byte| byte == b'\r', cut_off: false },
        Place { before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", after: "\n", sound: |byte| byte == b'\r', cut_off: false },
    ];
    assert!(places.iter().filter(|place| place.before.starts_with(CHUNKED)).count() == 6);
    let (running, service) = start(limits());
    for place in &places {
        for byte in 0..=255u8 {
            let message = [place.before.as_bytes(), &[byte], place.after.as_bytes()].concat();
            let got = statuses(running.local_addr(), &service, &message);
            let shown = message.escape_ascii();
            if (place.sound)(byte) {
                assert_eq!(got, [200, 200], "{shown}: it and what follows are served");
            } else if !place.cut_off || !byte.is_ascii_hexdigit() {
                assert_eq!(got, [400], "{shown}");
            } else {
                assert!(matches!(got[..], [400 | 413]), "{shown}: {got:?}");
            }
        }
    }
    is_healthy(running.local_addr());
    stop(&running);
}

/// Changed at random places: always an end, never a panic, and every answer is one of ours.
#[test]
fn changed_at_random() {
    const KNOWN: [u16; 12] = [100, 200, 400, 404, 405, 411, 413, 414, 415, 417, 501, 505];
    let sound = [
        "POST /a?b HTTP/1.1\r\nHost: a:80\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello",
        "POST http://a/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nX: y\r\n\r\n",
    ];
    let (running, service) = start(limits());
    // A fixed sequence: what fails once fails again.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let odd = b"\0\t\n\r \x0b\x7f\x80,:;=\"-+0123456789xABC/\\#?%*";
    for round in 0..2_000 {
        let mut message = sound[round % 2].as_bytes().to_vec();
        for _ in 0..=random(3) {
            let at = random(message.len());
            match random(4) {
                0 => drop(message.remove(at)),
                1 => message[at] = odd[random(odd.len())],
                2 => message.insert(at, odd[random(odd.len())]),
                _ => message.swap(at, random(at + 1)),
            }
        }
        let mut raw = connect(running.local_addr());
        raw.send([message.as_slice(), BEFORE.as_bytes()].concat());
        raw.end_writing();
        for got in raw.rest() {
            assert!(KNOWN.contains(&got.status), "{}: {got:?}", message.escape_ascii());
        }
    }
    assert_eq!(running.counters().panics.get(), 0);
    assert!(service.served() > 0);
    is_healthy(running.local_addr());
    stop(&running);
}
