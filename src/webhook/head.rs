//! A request's head: finding its end as bytes arrive, and every check that RFC 9112 asks of it.
//!
//! Pure functions of bytes. `httparse` reads the fields; line ends, Host, framing, Connection and Expect are
//! checked here, because it does nothing about them; the request line is `request_line`'s. Positions are kept as spans
//! rather than references, so that the buffer may grow while the body is read.

use super::answer::Refusal;
use super::framing::{Framing, FramingFields};
use super::grammar::{is_host, is_tchar, is_token, trim};
use super::request_line::{RequestLine, Span, request_line};

const BARE_CR: Refusal = Refusal::bad("a carriage return without a line feed");

/// Bounds of a head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadLimits {
    /// Bytes of request line and fields together.
    pub(crate) bytes: usize,
    /// Field lines.
    pub(crate) fields: usize,
}

/// A head that has passed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    pub(crate) line: RequestLine,
    pub(crate) framing: Framing,
    pub(crate) content_type: Option<Span>,
    pub(crate) content_encoding: Option<Span>,
    /// `Expect: 100-continue` from a client that may be sent an interim answer.
    pub(crate) expects_continue: bool,
    /// Whether the client lets the connection be kept.
    pub(crate) keep: bool,
}

/// Finds the end of a head without looking at a byte twice.
#[derive(Debug, Default)]
pub(crate) struct HeadScan {
    at: usize,
    line_start: usize,
    begin: usize,
    line: Option<RequestLine>,
}

impl HeadScan {
    /// Goes on from where it stopped. `Some(end)` when the head is complete; `bytes` begins with it.
    pub(crate) fn advance(&mut self, bytes: &[u8], limits: &HeadLimits) -> Result<Option<usize>, Refusal> {
        loop {
            let fresh = bytes.get(self.at..).unwrap_or_default();
            let Some(found) = fresh.iter().position(|byte| *byte == b'\n') else {
                let unseen = self.at.saturating_sub(1).max(self.line_start);
                self.at = bytes.len();
                if self.at - self.begin > limits.bytes {
                    return Err(self.too_long(bytes, limits));
                }
                // Only the last byte may be one: what follows it may still be its line feed.
                if matches!(bytes.get(unseen..), Some([before @ .., _]) if before.contains(&b'\r')) {
                    return Err(BARE_CR);
                }
                return self.plausible(bytes).map(|()| None);
            };
            let after = self.at + found + 1;
            if after - self.begin > limits.bytes {
                return Err(self.too_long(bytes, limits));
            }
            let Some(text) = bytes.get(self.line_start..after).and_then(|line| line.strip_suffix(b"\r\n"))
            else {
                return Err(Refusal::bad("a line feed without a carriage return"));
            };
            if text.contains(&b'\r') {
                return Err(BARE_CR);
            }
            let line_start = std::mem::replace(&mut self.line_start, after);
            self.at = after;
            match (self.line, text.is_empty()) {
                (Some(_), true) => return Ok(Some(after)),
                (Some(_), false) => {}
                // RFC 9112, 2.2: one empty line before the request line is ignored.
                (None, true) if line_start == 0 => self.begin = after,
                (None, true) => return Err(Refusal::bad("empty lines before the request line")),
                (None, false) => self.line = Some(request_line(text, line_start)?),
            }
        }
    }

    /// Whether anything but ignorable line ends has come.
    pub(crate) fn started(&self, bytes: &[u8]) -> bool {
        bytes.get(self.begin..).unwrap_or_default().iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
    }

    /// Checks the fields of a head that `advance` found complete: `head` is the bytes up to its end.
    pub(crate) fn finish(&self, head: &[u8], limits: &HeadLimits) -> Result<Request, Refusal> {
        let Some(line) = self.line else { return Err(Refusal::bad("no request line")) };
        let lines = head.get(self.begin..).unwrap_or_default();
        let first = lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |end| end + 1);
        let fields = lines.get(first..).unwrap_or_default();
        // Most requests have few fields; the array for all that are allowed is made only when they come.
        const FEW: usize = 32;
        let mut few = [httparse::EMPTY_HEADER; FEW];
        let room = limits.fields.min(FEW);
        let request = match httparse::parse_headers(fields, few.get_mut(..room).unwrap_or_default()) {
            Err(httparse::Error::TooManyHeaders) if limits.fields > FEW => {
                let mut many = vec![httparse::EMPTY_HEADER; limits.fields];
                check_fields(head, line, fields.len(), httparse::parse_headers(fields, &mut many))?
            }
            result => check_fields(head, line, fields.len(), result)?,
        };
        if !line.implemented {
            return Err(Refusal::new(501, "a method that is not implemented"));
        }
        Ok(request)
    }

    /// Refuses at once what can no longer become a request line: another protocol is not kept waiting.
    fn plausible(&self, bytes: &[u8]) -> Result<(), Refusal> {
        const ENOUGH: usize = 32;
        if self.line.is_some() {
            return Ok(());
        }
        match bytes.get(self.begin..).unwrap_or_default() {
            [] | [b'\r'] => Ok(()),
            start => {
                let mut method = start.iter().take(ENOUGH).take_while(|byte| **byte != b' ');
                match start.first() != Some(&b' ') && method.all(|byte| is_tchar(*byte)) {
                    true => Ok(()),
                    false => Err(Refusal::bad("not an http request")),
                }
            }
        }
    }

    /// RFC 9112, 3 wants 414 for a long target; RFC 6585, 5: 431 for fields.
    fn too_long(&self, bytes: &[u8], limits: &HeadLimits) -> Refusal {
        if self.line.is_some() {
            return Refusal::new(431, "the header fields are too long");
        }
        let start = bytes.get(self.begin..).unwrap_or_default();
        match start.iter().take(limits.bytes).position(|byte| *byte == b' ') {
            Some(end) if is_token(start.get(..end).unwrap_or_default()) => {
                Refusal::new(414, "the request target is too long")
            }
            _ => Refusal::bad("the method is too long or not a token"),
        }
    }
}

type Fields<'h, 'b> = httparse::Result<(usize, &'h [httparse::Header<'b>])>;

/// Walks the fields once.
fn check_fields(
    head: &[u8],
    line: RequestLine,
    length: usize,
    parsed: Fields<'_, '_>,
) -> Result<Request, Refusal> {
    let fields = match parsed {
        Ok(httparse::Status::Complete((end, fields))) if end == length => fields,
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::new(431, "too many header fields")),
        Err(httparse::Error::HeaderName) => return Err(Refusal::bad("a header field's name is not a token")),
        _ => return Err(Refusal::bad("a header field is malformed")),
    };
    let mut hosts = 0usize;
    let mut framing = FramingFields::default();
    let (mut close, mut keep_alive) = (false, false);
    let (mut expects, mut other_expectation) = (false, false);
    let (mut content_type, mut content_encoding, mut several_types) = (None, None, false);
    for field in fields {
        let (name, value) = (field.name.as_bytes(), trim(field.value));
        // The length first: most fields of a request are none of these.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                hosts += 1;
                if !is_host(value) {
                    return Err(Refusal::bad("the host field is not a host"));
                }
            }
            6 if name.eq_ignore_ascii_case(b"expect") => members(value).for_each(|member| {
                let known = member.eq_ignore_ascii_case(b"100-continue");
                (expects, other_expectation) = (expects | known, other_expectation | !known);
            }),
            10 if name.eq_ignore_ascii_case(b"connection") => members(value).for_each(|member| {
                close |= member.eq_ignore_ascii_case(b"close");
                keep_alive |= member.eq_ignore_ascii_case(b"keep-alive");
            }),
            12 if name.eq_ignore_ascii_case(b"content-type") => {
                several_types |= content_type.replace(Span::within(head, value)).is_some();
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => framing.see_length(value),
            16 if name.eq_ignore_ascii_case(b"content-encoding") => {
                // Several lines are one list: the service needs to see a coding that is not identity.
                let says_more = content_encoding.is_none() || !value.eq_ignore_ascii_case(b"identity");
                content_encoding = if says_more { Some(Span::within(head, value)) } else { content_encoding };
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => framing.see_coding(value),
            _ => {}
        }
    }
    match hosts {
        0 if line.minor >= 1 => return Err(Refusal::bad("no host field")),
        0 | 1 => {}
        _ => return Err(Refusal::bad("several host fields")),
    }
    if several_types {
        return Err(Refusal::bad("several content-type fields"));
    }
    let framing = framing.decide(line.minor)?;
    if other_expectation && line.minor >= 1 {
        return Err(Refusal::new(417, "an expectation that is not 100-continue"));
    }
    let keep = !close && (line.minor >= 1 || keep_alive);
    let expects_continue = expects && line.minor >= 1;
    Ok(Request { line, framing, content_type, content_encoding, expects_continue, keep })
}

/// The members of a comma-separated list, empty ones ignored (RFC 9110, 5.6.1.2).
fn members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(trim).filter(|member| !member.is_empty())
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
