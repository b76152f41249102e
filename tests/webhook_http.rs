//! The listener over real sockets: what is served, what is refused, and that the two never mix.

mod webhook_support;

use std::time::Duration;

use webhook_support::{connect, is_healthy, limits, start, stop};

const POST: &str = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

#[test]
fn served() {
    let (running, service) = start(limits());
    let chunked = "Transfer-Encoding: chunked\r\n\r\n";
    for (request, told) in [
        (POST.to_owned(), "POST /a None None None hi"),
        ("POST /a?b=c HTTP/1.1\r\nHost: a\r\nContent-Type: x/y; z\r\nContent-Length: 0\r\n\r\n".into(), "POST /a Some(\"b=c\") Some(\"x/y; z\") None "),
        (format!("POST / HTTP/1.1\r\nhost:a\r\n{chunked}0\r\n\r\n"), "POST / None None None "),
        (format!("POST / HTTP/1.1\r\nhost:a\r\n{chunked}5;x=\"y\"\r\nhello\r\nA\r\n beautiful\r\n00\r\nHost: b\r\nContent-Length: 9\r\n\r\n"), "POST / None None None hello beautiful"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n".into(), "GET / None None None "),
        ("GET /g HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".into(), "GET /g None None None abc"),
        (format!("GET /g HTTP/1.1\r\nHost: a\r\n{chunked}3\r\nabc\r\n0\r\n\r\n"), "GET /g None None None abc"),
        ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".into(), "GET / None None None "),
        ("GET http://b:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n".into(), "GET /x Some(\"y\") None None "),
        ("GET http://b?y HTTP/1.1\r\nHost: a\r\n\r\n".into(), "GET / Some(\"y\") None None "),
        ("GET / HTTP/1.2\r\nHost: a\r\n\r\n".into(), "GET / None None None "),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 002\r\n\r\nhi".into(), "POST / None None None hi"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\t2 \r\n\r\nhi".into(), "POST / None None None hi"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi".into(), "POST / None None Some(\"identity\") hi"),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: a\r\n\r\n".into(), "GET / None None None "),
    ] {
        let mut raw = connect(running.local_addr());
        raw.send(&request);
        let got = raw.answer();
        assert_eq!((got.status, service.last.lock().expect("last").as_str()), (200, told), "{request:?}");
        assert_eq!(got.field("connection"), None, "{request:?}");
        assert_eq!(got.field("content-type"), Some("application/json"));
        let date = got.field("date").expect("a date");
        assert!(date.len() == 29 && date.ends_with(" GMT"), "{date}");
        // The connection is kept, and what follows is read from the right place.
        raw.send(POST);
        assert_eq!(raw.answer().body, "POST:/a:hi", "{request:?}");
    }
    stop(&running);
}

#[test]
fn kept_or_closed() {
    let (running, _) = start(limits());
    for (fields, kept, said) in [
        ("HTTP/1.1\r\nHost: a\r\n", true, None),
        ("HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", false, Some("close")),
        ("HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n", false, Some("close")),
        ("HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n", true, None),
        ("HTTP/1.0\r\n", false, Some("close")),
        ("HTTP/1.0\r\nConnection: close\r\n", false, Some("close")),
        ("HTTP/1.0\r\nConnection: Keep-Alive\r\n", true, Some("keep-alive")),
    ] {
        let mut raw = connect(running.local_addr());
        let request = format!("GET / {fields}\r\n");
        raw.send(request.repeat(2));
        let got = raw.answer();
        assert_eq!((got.status, got.field("connection")), (200, said), "{fields:?}");
        if kept {
            assert_eq!(raw.answer().status, 200, "{fields:?}");
        } else {
            assert_eq!(raw.next(), None, "{fields:?}: nothing after the close is served");
        }
    }
    stop(&running);
}

#[test]
fn heads_refused_by_the_service() {
    let (running, service) = start(limits());
    let small = "Content-Length: 2\r\n\r\nhi";
    for (request, status, kept) in [
        (format!("POST /none HTTP/1.1\r\nHost: a\r\n{small}"), 404, true),
        (format!("DELETE / HTTP/1.1\r\nHost: a\r\n{small}"), 405, true),
        ("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 405, true),
        (format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n{small}"), 415, true),
        (format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: identity\r\nContent-Encoding: br\r\n{small}"), 415, true),
        ("POST /none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx: y\r\n\r\n".into(), 404, true),
        ("POST /none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense".into(), 400, false),
        ("DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n".into(), 400, false),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;\r\n".into(), 400, false),
        (format!("POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n{small}"), 404, true),
        ("POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".into(), 404, false),
        ("POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n".into(), 404, false),
        ("POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\n".into(), 400, false),
        ("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n".into(), 413, false),
        ("POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 999999999\r\n\r\n".into(), 413, false),
        (format!("POST /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{small}"), 404, false),
        (format!("OPTIONS * HTTP/1.1\r\nHost: a\r\n{small}"), 200, true),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n".into(), 200, true),
    ] {
        let mut raw = connect(running.local_addr());
        let before = service.served();
        raw.send(&request);
        let got = raw.answer();
        assert_eq!(got.status, status, "{request:?}");
        assert_eq!(got.field("allow").is_some(), status == 405, "{request:?}");
        assert_eq!(service.served(), before, "{request:?}");
        if kept {
            raw.send(POST);
            assert_eq!(raw.answer().body, "POST:/a:hi", "{request:?}");
        } else {
            assert_eq!(raw.next(), None, "{request:?}");
        }
    }
    stop(&running);
}

#[test]
fn what_nobody_wants_is_read_before_it_is_refused() {
    let (running, _) = start(limits());
    let mut raw = connect(running.local_addr());
    raw.send("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n");
    raw.send("x".repeat(50_000));
    assert_eq!(raw.answer().status, 404);
    raw.send(POST);
    assert_eq!(raw.answer().body, "POST:/a:hi", "the unwanted body is taken off the connection");
    stop(&running);
}

#[test]
fn head_has_no_body() {
    let (running, _) = start(limits());
    let mut raw = connect(running.local_addr());
    raw.headless = true;
    raw.send(
        "HEAD /h HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcHEAD /none HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    let got = raw.answer();
    assert_eq!((got.status, got.field("content-length")), (200, Some("11")));
    assert_eq!(raw.answer().status, 404);
    stop(&running);
}

#[test]
fn expectations() {
    let (running, _) = start(limits());
    let address = running.local_addr();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n";
    let mut raw = connect(address);
    raw.send(format!("{head}Content-Length: 2\r\n\r\n"));
    assert_eq!(raw.answer().status, 100);
    raw.send("hi");
    assert_eq!(raw.answer().body, "POST:/:hi");
    raw.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
    assert_eq!(raw.answer().status, 100);
    raw.send("2\r\nhi\r\n0\r\n\r\n");
    assert_eq!(raw.answer().body, "POST:/:hi");
    // A body that is here already, or that is empty, is not asked for.
    raw.send(format!("{head}Content-Length: 2\r\n\r\nhi{head}Content-Length: 0\r\n\r\n"));
    assert_eq!(raw.answer().body, "POST:/:hi");
    assert_eq!(raw.answer().body, "POST:/:");
    // Not to HTTP/1.0, whatever it expects.
    let mut raw = connect(address);
    raw.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    raw.send("hi");
    assert_eq!(raw.answer().body, "POST:/:hi");
    // Too large is said instead of continue.
    let mut raw = connect(address);
    raw.send(format!("{head}Content-Length: 100001\r\n\r\n"));
    assert_eq!(raw.answer().status, 413);
    assert_eq!(raw.next(), None);
    stop(&running);
}

#[test]
fn ten_thousand_pipelined_requests_are_answered_in_order() {
    let (running, service) = start(limits());
    let mut raw = connect(running.local_addr());
    let mut writer = raw.stream.try_clone().expect("clone");
    let requests: String = (0..10_000)
        .map(|number| match number % 3 {
            0 => format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n"),
            1 => format!("POST /{number} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
            _ => format!("POST /{number} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
        })
        .collect();
    let sender = std::thread::spawn(move || std::io::Write::write_all(&mut writer, requests.as_bytes()));
    for number in 0..10_000 {
        let (method, body) = if number % 3 == 0 { ("GET", "") } else { ("POST", "abc") };
        assert_eq!(raw.answer().body, format!("{method}:/{number}:{body}"));
    }
    sender.join().expect("sender").expect("written");
    assert_eq!(service.served(), 10_000);
    stop(&running);
}

#[test]
fn bodies_of_every_size() {
    let (running, _) = start(limits());
    let mut raw = connect(running.local_addr());
    for length in [1, 100, 8_000, 8_192, 8_193, 20_000, 65_536, 99_999, 100_000] {
        let body = "b".repeat(length);
        raw.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}"));
        assert_eq!(raw.answer().body.len(), length + 7);
        raw.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for piece in body.as_bytes().chunks(length / 3 + 1) {
            raw.send(format!("{:x}\r\n{}\r\n", piece.len(), std::str::from_utf8(piece).expect("ascii")));
        }
        raw.send("0\r\n\r\n");
        assert_eq!(raw.answer().body.len(), length + 7);
    }
    raw.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n{}", "b".repeat(100_001)));
    let got = raw.answer();
    assert!(got.status == 413 && got.says_close());
    assert_eq!(raw.next(), None);
    let mut raw = connect(running.local_addr());
    raw.send(format!(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n{}\r\n0\r\n\r\n",
        "b".repeat(100_001)
    ));
    assert_eq!(raw.answer().status, 413);
    assert_eq!(raw.next(), None);
    stop(&running);
}

/// The same answers whatever pieces the bytes come in.
#[test]
fn split_at_every_byte() {
    let (running, _) = start(limits());
    for request in [
        POST.to_owned() + POST,
        "\r\nPOST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(),
        format!("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc{POST}"),
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n".to_owned(),
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc".to_owned(),
        "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n".to_owned(),
    ] {
        let exchange = |pieces: &mut dyn Iterator<Item = &[u8]>| {
            let mut raw = connect(running.local_addr());
            pieces.for_each(|piece| raw.send(piece));
            raw.end_writing();
            raw.rest().into_iter().map(webhook_support::Got::undated).collect::<Vec<_>>()
        };
        let whole = exchange(&mut [request.as_bytes()].into_iter());
        assert!(!whole.is_empty());
        assert_eq!(exchange(&mut request.as_bytes().chunks(1)), whole, "{request:?}");
        for cut in 1..request.len() {
            let (first, second) = request.as_bytes().split_at(cut);
            assert_eq!(exchange(&mut [first, second].into_iter()), whole, "{request:?} cut at {cut}");
        }
    }
    stop(&running);
}

/// A request that ends before it is complete is not served.
#[test]
fn truncated_at_every_byte() {
    let (running, service) = start(limits());
    for request in [
        POST,
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
    ] {
        for end in 0..request.len() {
            let mut raw = connect(running.local_addr());
            raw.send(&request[..end]);
            raw.end_writing();
            let statuses: Vec<u16> = raw.rest().iter().map(|got| got.status).collect();
            assert_eq!(statuses, if end == 0 { vec![] } else { vec![400] }, "{:?}", &request[..end]);
        }
    }
    assert_eq!(service.served(), 0);
    is_healthy(running.local_addr());
    stop(&running);
}

#[test]
fn long_heads() {
    let (running, _) = start(limits());
    let long = "A".repeat(100_000);
    let many: String = (0..10_000).map(|number| format!("X-{number}: y\r\n")).collect();
    for (request, status) in [
        (format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(8_000)), 200),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(99)), 200),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(100)), 431),
        (format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 414),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"), 431),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{long}: x\r\n\r\n"), 431),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"), 431),
        (format!("{long} / HTTP/1.1\r\nHost: a\r\n\r\n"), 400),
        (
            format!(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;{long}\r\nhello\r\n0\r\n\r\n"
            ),
            400,
        ),
        (format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{many}\r\n"), 431),
    ] {
        let mut raw = connect(running.local_addr());
        raw.send(&request);
        let got = raw.answer();
        assert_eq!(got.status, status, "{:?}…", &request[..40]);
        if status != 200 {
            assert!(got.says_close());
            assert_eq!(raw.next(), None);
        }
    }
    is_healthy(running.local_addr());
    stop(&running);
}

#[test]
fn a_panic_stays_in_its_connection() {
    let (running, _) = start(limits());
    for path in ["/panic", "/panic-head"] {
        let mut raw = connect(running.local_addr());
        raw.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n{POST}"));
        let got = raw.answer();
        assert!(got.status == 500 && got.says_close());
        assert_eq!(raw.next(), None);
        is_healthy(running.local_addr());
    }
    assert_eq!(running.counters().panics.get(), 2);
    stop(&running);
}

#[test]
fn counted() {
    let (running, _) = start(limits());
    let mut raw = connect(running.local_addr());
    raw.send(format!(
        "{POST}GET /busy HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n"
    ));
    let got = raw.rest();
    assert_eq!(got.iter().map(|got| got.status).collect::<Vec<_>>(), [200, 503, 404, 400]);
    assert_eq!(got[1].field("retry-after"), Some("3"));
    let counters = running.counters();
    assert_eq!(counters.statuses(), [(200, 1), (400, 1), (404, 1), (503, 1)]);
    assert_eq!((counters.requests.get(), counters.accepted.get()), (3, 1));
    drop(raw);
    webhook_support::wait_for("the connection to end", || running.open() == 0);
    stop(&running);
}

#[test]
fn nothing_is_answered_to_nothing() {
    let (running, _) = start(webhook_limits(Duration::from_millis(50)));
    for bytes in ["", "\r\n"] {
        let mut raw = connect(running.local_addr());
        raw.send(bytes);
        assert_eq!(raw.rest(), []);
    }
    stop(&running);
}

fn webhook_limits(time: Duration) -> rainbow_s2s_agent::config::Limits {
    rainbow_s2s_agent::config::Limits { idle_time: time, head_time: time, body_time: time, ..limits() }
}
