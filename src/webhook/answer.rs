//! Answers on the wire: status line, fields, body, in one buffer and therefore in one write.
//!
//! A pure function of its arguments. Knows the statuses the agent uses and the date; decides nothing about
//! the connection (its caller says whether it closes).

use std::time::{SystemTime, UNIX_EPOCH};

use super::Answer;

/// Why the listener itself refuses a message, and with which status. The connection is closed after it,
/// because where the next request starts is no longer certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status code.
    pub(crate) status: u16,
    /// Goes into the body; fixed texts only, so nothing of the peer's is echoed.
    pub(crate) reason: &'static str,
}

impl Refusal {
    pub(crate) const fn new(status: u16, reason: &'static str) -> Refusal {
        Refusal { status, reason }
    }

    /// 400: the message breaks the grammar or its framing is ambiguous.
    pub(crate) const fn bad(reason: &'static str) -> Refusal {
        Refusal::new(400, reason)
    }
}

/// What becomes of the connection after an answer, as its fields say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// HTTP/1.1: kept, which needs no word.
    Keep,
    /// HTTP/1.0 that asked for it: kept, and said.
    KeepSaid,
    /// Closed.
    Close,
}

/// The statuses that may occur, with their phrases; counters use the same order.
pub(crate) const STATUSES: [(u16, &str); 23] = [
    (200, "OK"),
    (400, "Bad Request"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (408, "Request Timeout"),
    (411, "Length Required"),
    (413, "Content Too Large"),
    (414, "URI Too Long"),
    (415, "Unsupported Media Type"),
    (417, "Expectation Failed"),
    (431, "Request Header Fields Too Large"),
    (500, "Internal Server Error"),
    (501, "Not Implemented"),
    (503, "Service Unavailable"),
    (505, "HTTP Version Not Supported"),
    (202, "Accepted"),
    (204, "No Content"),
    (403, "Forbidden"),
    (406, "Not Acceptable"),
    (409, "Conflict"),
    (422, "Unprocessable Content"),
    (429, "Too Many Requests"),
    (502, "Bad Gateway"),
];

/// `Retry-After` of the listener's own 503, in seconds.
pub(crate) const RETRY_AFTER: u32 = 5;

/// The interim answer to `Expect: 100-continue`.
pub(crate) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Writes a service's answer. `body` is false for HEAD, whose answer has the fields and no content.
pub(crate) fn write(out: &mut Vec<u8>, answer: &Answer, date: &mut DateCache, after: After, body: bool) {
    // RFC 9110, 8.6: these have neither content nor a length.
    let contentless = matches!(answer.status, 100..=199 | 204 | 304);
    head(out, answer.status, (!contentless).then_some(answer.body.len()), date, after);
    if let Some(allow) = answer.allow {
        out.extend_from_slice(b"Allow: ");
        out.extend_from_slice(allow.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if let Some(seconds) = answer.retry_after {
        out.extend_from_slice(b"Retry-After: ");
        decimal(out, u64::from(seconds));
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    if body && !contentless {
        out.extend_from_slice(answer.body.as_bytes());
    }
}

/// Writes the listener's own refusal, which always closes.
pub(crate) fn write_refusal(
    out: &mut Vec<u8>,
    refusal: Refusal,
    retry_after: Option<u32>,
    date: &mut DateCache,
) {
    const OPEN: &[u8] = b"{\"error\":\"";
    const SHUT: &[u8] = b"\"}";
    let length = OPEN.len() + refusal.reason.len() + SHUT.len();
    head(out, refusal.status, Some(length), date, After::Close);
    if let Some(seconds) = retry_after {
        out.extend_from_slice(b"Retry-After: ");
        decimal(out, u64::from(seconds));
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(OPEN);
    out.extend_from_slice(refusal.reason.as_bytes());
    out.extend_from_slice(SHUT);
}

fn head(out: &mut Vec<u8>, status: u16, length: Option<usize>, date: &mut DateCache, after: After) {
    out.extend_from_slice(b"HTTP/1.1 ");
    decimal(out, u64::from(status));
    out.push(b' ');
    let phrase = STATUSES.iter().find(|(code, _)| *code == status).map_or("", |(_, phrase)| phrase);
    out.extend_from_slice(phrase.as_bytes());
    if let Some(length) = length {
        out.extend_from_slice(b"\r\nContent-Type: application/json\r\nContent-Length: ");
        decimal(out, length as u64);
    }
    if let Some(date) = date.now() {
        out.extend_from_slice(b"\r\nDate: ");
        out.extend_from_slice(date);
    }
    out.extend_from_slice(match after {
        After::Keep => b"\r\n".as_slice(),
        After::KeepSaid => b"\r\nConnection: keep-alive\r\n",
        After::Close => b"\r\nConnection: close\r\n",
    });
}

/// Appends a decimal number without going through the formatter.
fn decimal(out: &mut Vec<u8>, mut number: u64) {
    let at = out.len();
    loop {
        out.push(b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    if let Some(digits) = out.get_mut(at..) {
        digits.reverse();
    }
}

/// A clock before 2020 has not been set: a small machine starts in 1970.
const CLOCK_IS_SET: u64 = 1_577_836_800;

/// `Sun, 06 Nov 1994 08:49:37 GMT`, made again only when the second has changed (RFC 9110, 5.6.7 and 6.6.1).
#[derive(Debug)]
pub(crate) struct DateCache {
    second: u64,
    text: Vec<u8>,
}

impl DateCache {
    pub(crate) fn new() -> DateCache {
        DateCache { second: u64::MAX, text: Vec::with_capacity(29) }
    }

    /// `None`: the machine has no clock, or not yet, and then no date may be sent (RFC 9110, 6.6.1).
    fn now(&mut self) -> Option<&[u8]> {
        let second = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        if second < CLOCK_IS_SET {
            return None;
        }
        if second != self.second {
            self.second = second;
            self.text.clear();
            imf_fixdate(&mut self.text, second);
        }
        Some(&self.text)
    }
}

fn imf_fixdate(out: &mut Vec<u8>, second: u64) {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = second / 86_400;
    // Civil date from days (the proleptic Gregorian calendar counted in eras of 400 years from 0000-03-01).
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let weekday = DAYS.get((days % 7) as usize).copied().unwrap_or("Thu");
    let month = MONTHS.get((month - 1) as usize).copied().unwrap_or("Jan");
    let (hour, minute, rest) = (second / 3_600 % 24, second / 60 % 60, second % 60);
    let text = format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{rest:02} GMT");
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn dates() {
        let check = |second: u64, expected: &str| {
            let mut out = Vec::new();
            imf_fixdate(&mut out, second);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        };
        check(0, "Thu, 01 Jan 1970 00:00:00 GMT");
        check(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT");
        check(951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT");
        check(951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT");
        check(1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT");
        check(4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT");
        check(253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn fields_of_answers() {
        let answer = Answer {
            status: 405,
            body: Cow::Borrowed("{\"error\":\"no\"}"),
            allow: Some("POST"),
            retry_after: Some(120),
        };
        let text = |after, body| {
            let mut out = Vec::new();
            write(&mut out, &answer, &mut DateCache::new(), after, body);
            String::from_utf8(out).expect("ascii")
        };
        let kept = text(After::Keep, true);
        assert!(kept.starts_with("HTTP/1.1 405 Method Not Allowed\r\nContent-Type: application/json\r\nContent-Length: 14\r\nDate: "), "{kept}");
        assert!(
            kept.ends_with(" GMT\r\nAllow: POST\r\nRetry-After: 120\r\n\r\n{\"error\":\"no\"}"),
            "{kept}"
        );
        assert!(text(After::Close, true).contains("\r\nConnection: close\r\n"));
        assert!(text(After::KeepSaid, true).contains("\r\nConnection: keep-alive\r\n"));
        let headless = text(After::Keep, false);
        assert!(headless.contains("Content-Length: 14\r\n") && headless.ends_with("\r\n\r\n"), "{headless}");
    }

    #[test]
    fn no_content_no_length() {
        for status in [204, 304] {
            let answer = Answer { status, body: Cow::Borrowed("{}"), allow: None, retry_after: None };
            let mut out = Vec::new();
            write(&mut out, &answer, &mut DateCache::new(), After::Keep, true);
            let text = String::from_utf8(out).expect("ascii");
            assert!(!text.contains("Content-") && text.ends_with("\r\n\r\n"), "{text}");
        }
    }

    #[test]
    fn refusals_close() {
        let mut out = Vec::new();
        write_refusal(&mut out, Refusal::bad("no colon"), None, &mut DateCache::new());
        let text = String::from_utf8(out).expect("ascii");
        assert!(text.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{text}");
        assert!(text.contains("Content-Length: 20\r\n") && text.contains("Connection: close\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\n{\"error\":\"no colon\"}"), "{text}");
    }
}
