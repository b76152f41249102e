//! Single bytes where framing is decided, and random changes: what is sound is served, all else refused, and
//! nothing makes the listener panic or hang.

mod webhook_support;

use webhook_support::{BEFORE, connect, is_healthy, limits, start, statuses, stop};

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
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9",
            after: "\r\n\r\nninebytes",
            sound: blank,
            cut_off: true,
        },
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ",
            after: "41\r\n\r\nforty bytes forty bytes forty bytes forty",
            sound: |byte| matches!(byte, b' ' | b'\t' | b'0'),
            cut_off: true,
        },
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r",
            after: "X: y\r\n\r\nhi",
            sound: |byte| byte == b'\n',
            cut_off: false,
        },
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked",
            after: "\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            sound: blank,
            cut_off: false,
        },
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ",
            after: "chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            sound: blank,
            cut_off: false,
        },
        Place {
            before: "GET / HTTP/1.1\r\nHost: a",
            after: "b\r\n\r\n",
            sound: |byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=".contains(&byte),
            cut_off: false,
        },
        Place {
            before: "GET /a",
            after: "b HTTP/1.1\r\nHost: a\r\n\r\n",
            sound: |byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte),
            cut_off: false,
        },
        Place {
            before: "GET / HTTP/1.",
            after: "\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
            sound: |byte| byte.is_ascii_digit(),
            cut_off: false,
        },
        Place { before: "GET / HTTP/1.1", after: "\r\nHost: a\r\n\r\n", sound: |_| false, cut_off: false },
        Place {
            before: "GET / HTTP/1.1",
            after: "\nHost: a\r\n\r\n",
            sound: |byte| byte == b'\r',
            cut_off: false,
        },
        Place {
            before: "GET / HTTP/1.1\r\nHost: a",
            after: "\n\r\n",
            sound: |byte| byte == b'\r',
            cut_off: false,
        },
        Place {
            before: "GET / HTTP/1.1\r\nHost: a\r\n",
            after: "\n",
            sound: |byte| byte == b'\r',
            cut_off: false,
        },
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2",
            after: "\r\nhi\r\n0\r\n\r\n",
            sound: |_| false,
            cut_off: true,
        },
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            after: "2\r\nhi\r\n0\r\n\r\n",
            sound: |byte| byte == b'0',
            cut_off: true,
        },
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2",
            after: "\nhi\r\n0\r\n\r\n",
            sound: |byte| byte == b'\r',
            cut_off: false,
        },
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi",
            after: "\r\n0\r\n\r\n",
            sound: |_| false,
            cut_off: false,
        },
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi",
            after: "\n0\r\n\r\n",
            sound: |byte| byte == b'\r',
            cut_off: false,
        },
        Place {
            before: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n",
            after: "\n",
            sound: |byte| byte == b'\r',
            cut_off: false,
        },
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
