//! The small grammars of RFC 9110 and RFC 3986 that a request head is checked against.
//!
//! Pure functions of bytes; no state, no policy about what follows from a breach.

/// Character classes, one table for all of them: a look-up a byte.
const TCHAR: u8 = 1;
/// pchar without `%`, and `/`: what a path may hold as it is.
const PATH: u8 = 2;
/// What a query may hold besides: `?`.
const QUERY: u8 = 4;
/// unreserved and sub-delims, without the comma, which would make two hosts out of one.
const REG_NAME: u8 = 8;
/// HTAB, SP, VCHAR, obs-text: what a field value may hold.
const VALUE: u8 = 16;

const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut byte = 0usize;
    while byte < 256 {
        let value = byte as u8;
        let unreserved = value.is_ascii_alphanumeric() || matches!(value, b'-' | b'.' | b'_' | b'~');
        let sub_delims =
            matches!(value, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=');
        let mut class = 0;
        if value.is_ascii_alphanumeric()
            || matches!(value, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.')
            || matches!(value, b'^' | b'_' | b'`' | b'|' | b'~')
        {
            class |= TCHAR;
        }
        if unreserved || sub_delims || matches!(value, b':' | b'@' | b'/') {
            class |= PATH | QUERY;
        }
        if value == b'?' {
            class |= QUERY;
        }
        if unreserved || (sub_delims && value != b',') {
            class |= REG_NAME;
        }
        if value == b'\t' || (value >= b' ' && value != 0x7f) {
            class |= VALUE;
        }
        table[byte] = class;
        byte += 1;
    }
    table
}

const fn is(byte: u8, class: u8) -> bool {
    // A u8 always indexes 256 entries.
    CLASSES[byte as usize] & class != 0
}

/// RFC 9110, 5.6.2.
pub(crate) const fn is_tchar(byte: u8) -> bool {
    is(byte, TCHAR)
}

/// RFC 9110, 5.5: a byte that a field value may hold (HTAB and SP included).
pub(crate) const fn is_value(byte: u8) -> bool {
    is(byte, VALUE)
}

/// `1*tchar`.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_tchar(*byte))
}

/// RFC 9112, 3.2.1: `absolute-path`, with percent-encoding of anything but control characters.
pub(crate) fn is_path(text: &[u8]) -> bool {
    let text_is_plain = || !decoded(text).iter().any(u8::is_ascii_control);
    text.first() == Some(&b'/') && encoded(text, PATH) && (!text.contains(&b'%') || text_is_plain())
}

/// RFC 3986, 3.4.
pub(crate) fn is_query(text: &[u8]) -> bool {
    encoded(text, QUERY)
}

/// Every byte is of `class` or part of `%` HEXDIG HEXDIG.
fn encoded(text: &[u8], class: u8) -> bool {
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        if is(byte, class) {
            rest = tail;
        } else if let (b'%', [high, low, tail @ ..]) = (byte, tail) {
            if !high.is_ascii_hexdigit() || !low.is_ascii_hexdigit() {
                return false;
            }
            rest = tail;
        } else {
            return false;
        }
    }
    true
}

/// RFC 3986, 3.2.2: what a host's name decodes to is UTF-8; nor are there control characters in one.
fn decodes_to_text(text: &[u8]) -> bool {
    std::str::from_utf8(&decoded(text)).is_ok_and(|text| !text.bytes().any(|byte| byte.is_ascii_control()))
}

/// What valid percent-encoding stands for. Rare, so it may allocate.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        if let (b'%', [high, low, tail @ ..]) = (byte, tail) {
            decoded.push(hex(*high) << 4 | hex(*low));
            rest = tail;
        } else {
            decoded.push(byte);
            rest = tail;
        }
    }
    decoded
}

fn hex(digit: u8) -> u8 {
    (digit as char).to_digit(16).map_or(0, |value| value as u8)
}

/// RFC 9110, 7.2: `uri-host [ ":" port ]`, the host not empty (http and https have no empty authority).
pub(crate) fn is_host(text: &[u8]) -> bool {
    let (host_holds, port) = if let Some(literal) = text.strip_prefix(b"[") {
        let Some(end) = literal.iter().position(|byte| *byte == b']') else { return false };
        let (inside, after) = (literal.get(..end), literal.get(end + 1..));
        (inside.is_some_and(is_ip_literal), after.unwrap_or_default())
    } else {
        let end = text.iter().position(|byte| *byte == b':').unwrap_or(text.len());
        let (host, after) = text.split_at(end);
        (!host.is_empty() && encoded(host, REG_NAME) && decodes_to_text(host), after)
    };
    host_holds
        && match port.split_first() {
            None => true,
            Some((b':', digits)) => is_port(digits),
            Some(_) => false,
        }
}

/// `*DIGIT`, and a port that exists: an empty one is the scheme's own.
fn is_port(digits: &[u8]) -> bool {
    digits.len() <= 5
        && digits.iter().all(u8::is_ascii_digit)
        && digits.iter().fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0')) <= 65_535
}

/// RFC 3986, 3.2.2: an IPv6 address, or `v` HEXDIG `.` and more.
fn is_ip_literal(text: &[u8]) -> bool {
    if let [b'v' | b'V', rest @ ..] = text {
        let Some(dot) = rest.iter().position(|byte| *byte == b'.') else { return false };
        let (version, address) = rest.split_at(dot);
        let address = address.get(1..).unwrap_or_default();
        return !version.is_empty()
            && version.iter().all(u8::is_ascii_hexdigit)
            && !address.is_empty()
            && address.iter().all(|byte| is(*byte, REG_NAME) || matches!(byte, b':' | b','));
    }
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
}

/// Strips SP and HTAB at both ends (RFC 9110, 5.6.3: OWS).
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = text.iter().position(|byte| !blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&[u8]) -> bool, good: &[&[u8]], bad: &[&[u8]]) {
        for text in good {
            assert!(rule(text), "refused: {}", text.escape_ascii());
        }
        for text in bad {
            assert!(!rule(text), "accepted: {}", text.escape_ascii());
        }
    }

    #[test]
    fn tokens() {
        check(
            is_token,
            &[b"a", b"Content-Length", b"!#$%&'*+-.^_`|~09azAZ"],
            &[
                b"",
                b"a b",
                b"a\t",
                b"a:",
                b"(a)",
                b"a@b",
                b"a[b",
                b"a/b",
                b"\"a\"",
                b"a\x7f",
                b"\xc3\xab",
                b"a,b",
            ],
        );
    }

    #[test]
    fn paths() {
        check(
            is_path,
            &[
                b"/",
                b"/a/b",
                b"//a",
                b"/a:b@c",
                b"/a;b=c,d",
                b"/-._~!$&'()*+,;=:@",
                b"/%20",
                b"/%c3%A9",
                b"/a%2Fb",
                b"/%ff",
                b"/%c0%af",
                b"/caf%E9",
            ],
            &[
                b"",
                b"a",
                b"*",
                b"/a b",
                b"/a#b",
                b"/a?b",
                b"/%",
                b"/%4",
                b"/%zz",
                b"/%4g",
                b"/a\\b",
                b"/a\"b",
                b"/<a>",
                b"/{a}",
                b"/a|b",
                b"/a^b",
                b"/`",
                b"/[a]",
                b"/\x00",
                b"/\x7f",
                b"/\xc3\xa9",
                b"/\xc0\xaf",
                b"/%00",
                b"/%0d%0a",
                b"/%0A",
                b"/%7f",
            ],
        );
    }

    #[test]
    fn queries() {
        check(
            is_query,
            &[b"", b"a=b&c=d", b"a/b?c", b"%0a%00", b"x:@!$'()*+,;"],
            &[
                b"a b", b"a#b", b"%", b"%1", b"%xy", b"a\"", b"<", b"[1]", b"{", b"|", b"\\", b"^", b"\xe9",
                b"\x01",
            ],
        );
    }

    #[test]
    fn hosts() {
        check(
            is_host,
            &[
                b"a",
                b"example.com",
                b"example.com:80",
                b"example.com:",
                b"127.0.0.1:3000",
                b"[::1]",
                b"[::1]:443",
                b"[2001:db8::1]",
                b"[::ffff:1.2.3.4]:",
                b"[v1.a:b]",
                b"a_b",
                b"xn--bcher-kva.example",
                b"a%20b",
                b"a:65535",
                b"EXAMPLE.com.",
                b"a:00080",
            ],
            &[
                b"",
                b":80",
                b"a:b",
                b"a:80:80",
                b"a:-1",
                b"a:+80",
                b"a: 80",
                b"a:65536",
                b"a:99999",
                b"a:123456",
                b"u@a",
                b"a/b",
                b"a?b",
                b"a#b",
                b"a b",
                b"a,b",
                b"a\\b",
                b"http://a",
                b"[::1",
                b"::1",
                b"[::1]x",
                b"[::1]80",
                b"[]",
                b"[1.2.3.4]",
                b"[g::1]",
                b"[::1%25eth0]",
                b"[v1]",
                b"[v.a]",
                b"[vg.a]",
                b"a%",
                b"a%zz",
                b"a%00b",
                b"a%0d",
                b"a\x00b",
                b"\xc3\xa9",
                b"a\tb",
                b"<a>",
                b"a\"",
                b"a^b",
                b"{a}",
                b"a|b",
                b"[[::1]]",
                b"a]",
            ],
        );
    }

    #[test]
    fn trims_only_space_and_tab() {
        for (text, trimmed) in
            [(" \ta b\t ", "a b"), ("", ""), (" \t", ""), ("a", "a"), ("\u{b}a", "\u{b}a"), ("a\r", "a\r")]
        {
            assert_eq!(trim(text.as_bytes()), trimmed.as_bytes());
        }
    }
}
