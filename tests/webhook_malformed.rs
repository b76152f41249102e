//! A battery of malformed, ambiguous and smuggled requests: each is refused with the right status and closed,
//! what is hidden behind it never reaches the service, and the listener goes on.

mod webhook_support;

use webhook_support::{is_healthy, limits, refused, start, stop};

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
    let with =
        |fields: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
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
        "\r\n",
        "\r\n5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "\t5\r\nhello\r\n0\r\n\r\n",
        "5\t\r\nhello\r\n0\r\n\r\n",
        "5_0\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "5\r\r\nhello\r\n0\r\n\r\n",
        "5\n\rhello\r\n0\r\n\r\n",
        "g\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "5\r\nhelloXX\r\n0\r\n\r\n",
        "3\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "5\r\nhello\r\n0\n\n",
        "5\r\nhello\r\n0\r\r\n",
        "5\r\nhello\r\n-0\r\n\r\n",
        "5;\r\nhello\r\n0\r\n\r\n",
        "5;;\r\nhello\r\n0\r\n\r\n",
        "5; \r\nhello\r\n0\r\n\r\n",
        "5;=\r\nhello\r\n0\r\n\r\n",
        "5;a=\r\nhello\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "5;a\n\r\nhello\r\n0\r\n\r\n",
        "5;a\rb\r\nhello\r\n0\r\n\r\n",
        "5;a\0\r\nhello\r\n0\r\n\r\n",
        "5;a=\"b\r\nhello\r\n0\r\n\r\n",
        "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n",
        "5;a=b c\r\nhello\r\n0\r\n\r\n",
        "5;a,b\r\nhello\r\n0\r\n\r\n",
        "5 a\r\nhello\r\n0\r\n\r\n",
        "5,a\r\nhello\r\n0\r\n\r\n",
        "5:a\r\nhello\r\n0\r\n\r\n",
        "5=a\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\n: y\r\n\r\n",
        "0\r\n X: y\r\n\r\n",
        "0\r\nX: y\r\n z\r\n\r\n",
        "0\r\nX: y\n\r\n",
        "0\r\nX: y\rZ: z\r\n\r\n",
        "0\r\nX: \0\r\n\r\n",
        "0\r\nX[]: y\r\n\r\n",
        "0\r\nX: y\r\n\n",
        "0\r\nContent-Length : 5\r\n\r\n",
        "0\r\n",
        "0\r\nX: y\r\n",
        "2\r\nhi\r\n0\r\n",
        "5\r\nhello\r\n",
    ]
    .iter()
    .map(|body| with(body))
    .collect();
    check(400, &messages.iter().map(String::as_str).collect::<Vec<_>>());
    check(
        413,
        &[
            &with("FFFFFFFFFFFFFFFF\r\n"),
            &with("7fffffffffffffff\r\n"),
            &with("100000\r\n"),
            &with("5\r\nhello\r\nfffffffffffffffb\r\n"),
        ],
    );
}

#[test]
fn request_lines_and_fields() {
    let line = |line: &str| format!("{line}\r\nHost: a\r\n\r\n");
    let lines: Vec<String> = [
        "GET /",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET / HTTP/1.1\t",
        "GET HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET / http/1.1",
        "GET / HTTP/1",
        "GET / HTTP/1.",
        "GET / HTTP/01.1",
        "GET / HTTP/1.10",
        "GET / HTTP/ 1.1",
        "GET / HTTP/1,1",
        "GET / HTTQ/1.1",
        "GET /\0 HTTP/1.1",
        "GET /a\rb HTTP/1.1",
        "GET /a\nb HTTP/1.1",
        "GET /a#b HTTP/1.1",
        "GET /%zz HTTP/1.1",
        "GET /%00 HTTP/1.1",
        "GET /%0d%0aX:y HTTP/1.1",
        "GET /\u{e9} HTTP/1.1",
        "GET /a\\b HTTP/1.1",
        "GET * HTTP/1.1",
        "POST * HTTP/1.1",
        "GET a:80 HTTP/1.1",
        "GET a/b HTTP/1.1",
        "GET http:// HTTP/1.1",
        "GET http://u@a/ HTTP/1.1",
        "GET ftp://a/ HTTP/1.1",
        "CONNECT / HTTP/1.1",
        "CONNECT a HTTP/1.1",
        "G(T / HTTP/1.1",
        "G\0T / HTTP/1.1",
        "HTTP/1.1 200 OK",
        "GET / HTTP/1.1\r",
        "\u{b}GET / HTTP/1.1",
        "GET /\u{7f} HTTP/1.1",
        "GET /<b> HTTP/1.1",
        "GET /{b} HTTP/1.1",
        "GET /\"b\" HTTP/1.1",
    ]
    .iter()
    .map(|text| line(text))
    .collect();
    check(400, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    check(
        501,
        &[
            &line("get / HTTP/1.1"),
            &line("FOOBAR / HTTP/1.1"),
            &line("CONNECT a:443 HTTP/1.1"),
            &line("M-SEARCH / HTTP/1.1"),
        ],
    );
    check(
        505,
        &[
            &line("GET / HTTP/2.0"),
            &line("GET / HTTP/9.9"),
            &line("GET / HTTP/0.9"),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ],
    );
    check(
        411,
        &[
            "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\n\r\n",
            "PATCH / HTTP/1.1\r\nHost: a\r\n\r\n",
        ],
    );
    check(
        413,
        &[
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n",
        ],
    );
    check(417, &["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 200-ok\r\n\r\n"]);
    let fields: Vec<String> = [
        "",
        "Host:",
        "Host: ",
        "Host: a\r\nHost: a",
        "Host: a\r\nHost: b",
        "Host: a b",
        "Host: a, b",
        "Host: u@a",
        "Host: a/b",
        "Host: a?b",
        "Host: a#b",
        "Host: a:b",
        "Host: a:80:81",
        "Host: http://a",
        "Host: [::1",
        "Host: a\0",
        "Host : a",
        "Host\t: a",
        " Host: a",
        "Host: a\r\n b",
        "Host: a\rX: y",
        "Host: a\nX: y",
        "Host: a\r\nX",
        "Host: a\r\n: y",
        "Host: a\r\nX Y: z",
        "Host: a\r\nX : y",
        "Host: a\r\nX[: y",
        "Host: a\r\nX\u{e9}: y",
        "Host: a\r\nX: y\0z",
        "Host: a\r\nX: y\u{7}z",
        "Host: a\r\nX: y\u{7f}",
        "Host: a\r\nX: y\rz",
        "Host: a\r\nX: y\r\n z",
        "Host: a\r\nX: y\r\n\tz",
        "Host: a\r\n X: y",
        "Host: a\r\nX: y\r",
        "Host: a\r\nContent-Type: a\r\nContent-Type: b",
    ]
    .iter()
    .map(|fields| {
        if fields.is_empty() {
            "GET / HTTP/1.1\r\n\r\n".to_owned()
        } else {
            format!("GET / HTTP/1.1\r\n{fields}\r\n\r\n")
        }
    })
    .collect();
    check(400, &fields.iter().map(String::as_str).collect::<Vec<_>>());
    check(
        400,
        &[
            "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\n \r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
            "GET / HTTP/1.1\rHost: a\r\r",
            "   \r\n\r\n",
            "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0",
            "\0\0\0\0",
            "{\"json\": true}\r\n\r\n",
            "GET /\r\n\r\n",
            "\u{feff}GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ],
    );
}
