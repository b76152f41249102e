//! The request line: method, target and version (RFC 9112, 3).
//!
//! Pure functions of bytes. Every deviation from the grammar is refused rather than repaired, for a line that two
//! readers repair differently is two requests.

use super::answer::Refusal;
use super::grammar::{is_host, is_path, is_query, is_token};

/// A part of the head, counted from the first byte given to the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// The text, given the same bytes again. What is not UTF-8 (only a field's value can be) reads as empty.
    pub(crate) fn of(self, bytes: &[u8]) -> &str {
        bytes.get(self.start..self.end).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
    }

    /// The place of `part`, which is a slice of `whole`.
    pub(crate) fn within(whole: &[u8], part: &[u8]) -> Span {
        let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
        Span { start, end: start + part.len() }
    }
}

/// What a request asks about (RFC 9112, 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Origin-form or absolute-form; no path in the latter means `/`.
    Resource { path: Option<Span>, query: Option<Span> },
    /// `OPTIONS *`.
    Server,
    /// `CONNECT host:port`.
    Tunnel,
}

/// The first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestLine {
    pub(crate) method: Span,
    pub(crate) target: Target,
    /// 0 or 1: a higher minor version is read as 1 (RFC 9110, 2.5).
    pub(crate) minor: u8,
    /// HEAD: its answer has no content.
    pub(crate) bodiless: bool,
    /// A method of RFC 9110 but TRACE, which would show a request's fields to others, or PATCH; which of them a
    /// resource has, the service knows.
    pub(crate) implemented: bool,
}

/// `method SP request-target SP HTTP-version`, without the CRLF; it begins at `offset` of the bytes.
pub(crate) fn request_line(text: &[u8], offset: usize) -> Result<RequestLine, Refusal> {
    let mut parts = text.splitn(3, |byte| *byte == b' ');
    let (Some(method), Some(target), Some(version)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Refusal::bad("the request line is not method, target and version"));
    };
    if !is_token(method) {
        return Err(Refusal::bad("the method is not a token"));
    }
    let minor = version_minor(version)?;
    let span = |part: &[u8]| {
        let Span { start, end } = Span::within(text, part);
        Span { start: start + offset, end: end + offset }
    };
    let target = match (method, target) {
        (b"CONNECT", authority) => {
            let port =
                authority.iter().rposition(|byte| *byte == b':').map(|colon| authority.len() - colon - 1);
            match is_host(authority) && port.is_some_and(|digits| digits > 0 && !authority.ends_with(b"]")) {
                true => Target::Tunnel,
                false => return Err(Refusal::bad("the target of connect is not host and port")),
            }
        }
        (b"OPTIONS", b"*") => Target::Server,
        (_, [b'/', ..]) => resource(target, &span)?,
        (_, absolute) => resource(after_authority(absolute)?, &span)?,
    };
    let implemented = matches!(
        method,
        b"POST" | b"GET" | b"HEAD" | b"PUT" | b"DELETE" | b"OPTIONS" | b"PATCH" | b"CONNECT"
    );
    Ok(RequestLine { method: span(method), target, minor, bodiless: method == b"HEAD", implemented })
}

/// `HTTP/` DIGIT `.` DIGIT, case-sensitive.
fn version_minor(version: &[u8]) -> Result<u8, Refusal> {
    match version {
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            match major {
                b'1' => Ok(u8::from(*minor != b'0')),
                _ => Err(Refusal::new(505, "this version of http is not spoken here")),
            }
        }
        _ => Err(Refusal::bad("the request line does not end with a version")),
    }
}

/// Path and query of a target, its scheme and authority already off.
fn resource(target: &[u8], span: &dyn Fn(&[u8]) -> Span) -> Result<Target, Refusal> {
    let mark = target.iter().position(|byte| *byte == b'?').unwrap_or(target.len());
    let (path, query) = target.split_at(mark);
    let query = query.get(1..);
    if !(path.is_empty() || is_path(path)) || !query.is_none_or(is_query) {
        return Err(Refusal::bad("the request target is not a valid uri"));
    }
    Ok(Target::Resource { path: (!path.is_empty()).then(|| span(path)), query: query.map(span) })
}

/// What follows the authority of an absolute-form target. Its host replaces that of the Host field
/// (RFC 9112, 3.2.2), which decides nothing here: the agent serves one host.
fn after_authority(target: &[u8]) -> Result<&[u8], Refusal> {
    const BROKEN: Refusal = Refusal::bad("the request target is neither a path nor an http uri");
    let scheme = target.iter().position(|byte| *byte == b':').ok_or(BROKEN)?;
    let (name, rest) = target.split_at(scheme);
    let known = name.eq_ignore_ascii_case(b"http") || name.eq_ignore_ascii_case(b"https");
    let rest = rest.strip_prefix(b"://").filter(|_| known).ok_or(BROKEN)?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    if is_host(authority) { Ok(after) } else { Err(BROKEN) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let with = |line: &str, expected| {
            let status = request_line(line.as_bytes(), 0)
                .map_or_else(|refusal| refusal.status, |line| if line.implemented { 200 } else { 501 });
            assert_eq!(status, expected, "{line:?}");
        };
        for line in [
            "GET / HTTP/1.1",
            "POST /a/b?c=d HTTP/1.1",
            "GET / HTTP/1.0",
            "GET / HTTP/1.2",
            "GET / HTTP/1.9",
            "HEAD / HTTP/1.1",
            "DELETE / HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "OPTIONS / HTTP/1.1",
            "CONNECT a:443 HTTP/1.1",
            "CONNECT [::1]:443 HTTP/1.1",
            "GET http://a/ HTTP/1.1",
            "GET HTTP://a:80/b?c HTTP/1.1",
            "GET https://a HTTP/1.1",
            "GET http://a?b HTTP/1.1",
            "GET http://b/ HTTP/1.1",
            "PATCH /?? HTTP/1.1",
            "GET //a HTTP/1.1",
        ] {
            with(line, 200);
        }
        for line in [
            "get / HTTP/1.1",
            "FOOBAR / HTTP/1.1",
            "TRACE / HTTP/1.1",
            "Post / HTTP/1.1",
            "PROPFIND / HTTP/1.1",
            "GET! / HTTP/1.1",
            "G / HTTP/1.1",
        ] {
            with(line, 501);
        }
        for line in [
            "GET / HTTP/2.0",
            "GET / HTTP/0.9",
            "GET / HTTP/9.9",
            "PRI * HTTP/2.0",
            "GET / HTTP/3.0",
            "GET / HTTP/0.1",
        ] {
            with(line, 505);
        }
        for line in [
            "GET /",
            "GET",
            "GET / ",
            "GET  / HTTP/1.1",
            "GET /  HTTP/1.1",
            "GET / HTTP/1.1 ",
            " GET / HTTP/1.1",
            "GET\t/ HTTP/1.1",
            "GET /\tHTTP/1.1",
            "GET / HTTP/1.1\t",
            "GET HTTP/1.1",
            "GET  HTTP/1.1",
            "/ HTTP/1.1",
            "GET /a b HTTP/1.1",
            "GET / http/1.1",
            "GET / Http/1.1",
            "GET / HTTP/1",
            "GET / HTTP/1.",
            "GET / HTTP/.1",
            "GET / HTTP/11",
            "GET / HTTP/1.1.1",
            "GET / HTTP/1.10",
            "GET / HTTP/01.1",
            "GET / HTTP/1.01",
            "GET / HTTP/01.01",
            "GET / HTTP/ 1.1",
            "GET / HTTP /1.1",
            "GET / HTTP/1,1",
            "GET / HTTPS/1.1",
            "GET / HTTP/+1.1",
            "GET / HTTP/a.b",
            "GET / XTTP/1.1",
            "GET / HTTP\\1.1",
            "GET / HTTP/1.1HTTP/1.1",
            "GET / HTTP/-1.1",
            "GET / HTTP/10.1",
            "GET / HTTP/٣.1",
            "GET\u{b}/ HTTP/1.1",
            "GET\u{c}/ HTTP/1.1",
            "GET\u{a0}/ HTTP/1.1",
            "GET /\rHTTP/1.1",
            "GET / HTTP/1.1\r",
            "\rGET / HTTP/1.1",
            "GET\r / HTTP/1.1",
            "G\0ET / HTTP/1.1",
            "GET /\0 HTTP/1.1",
            "GET(/ / HTTP/1.1",
            "G{T / HTTP/1.1",
            "\"GET\" / HTTP/1.1",
            "GET: / HTTP/1.1",
            "GÉT / HTTP/1.1",
            "G@T / HTTP/1.1",
            "GET a HTTP/1.1",
            "GET a/b HTTP/1.1",
            "GET ?a HTTP/1.1",
            "GET * HTTP/1.1",
            "POST * HTTP/1.1",
            "OPTIONS ** HTTP/1.1",
            "OPTIONS *a HTTP/1.1",
            "OPTIONS /a* *",
            "GET /#a HTTP/1.1",
            "GET /a#b HTTP/1.1",
            "GET # HTTP/1.1",
            "GET /?a#b HTTP/1.1",
            "GET http://a/#b HTTP/1.1",
            "GET http://a#b HTTP/1.1",
            "GET /% HTTP/1.1",
            "GET /%zz HTTP/1.1",
            "GET /%4 HTTP/1.1",
            "GET /%00 HTTP/1.1",
            "GET /%0d%0a HTTP/1.1",
            "GET /?%zz HTTP/1.1",
            "GET /é HTTP/1.1",
            "GET /\u{7f} HTTP/1.1",
            "GET /\u{1} HTTP/1.1",
            "GET /a\\b HTTP/1.1",
            "GET \\ HTTP/1.1",
            "GET /\"a\" HTTP/1.1",
            "GET /<a> HTTP/1.1",
            "GET /{a} HTTP/1.1",
            "GET /a|b HTTP/1.1",
            "GET /a^b HTTP/1.1",
            "GET /a`b HTTP/1.1",
            "GET /[a] HTTP/1.1",
            "GET /?[a] HTTP/1.1",
            "GET a:443 HTTP/1.1",
            "GET http: HTTP/1.1",
            "GET http:/ HTTP/1.1",
            "GET http:// HTTP/1.1",
            "GET http:///a HTTP/1.1",
            "GET http://u@a/ HTTP/1.1",
            "GET http://u:p@a/ HTTP/1.1",
            "GET http://a:b/ HTTP/1.1",
            "GET http://a b/ HTTP/1.1",
            "GET http://[::1/ HTTP/1.1",
            "GET ftp://a/ HTTP/1.1",
            "GET ws://a/ HTTP/1.1",
            "GET file:///a HTTP/1.1",
            "GET httpx://a/ HTTP/1.1",
            "GET http//a/ HTTP/1.1",
            "GET http:a/ HTTP/1.1",
            "GET javascript:a HTTP/1.1",
            "GET http://a,b/ HTTP/1.1",
            "GET http://:80/ HTTP/1.1",
            "CONNECT / HTTP/1.1",
            "CONNECT a HTTP/1.1",
            "CONNECT a: HTTP/1.1",
            "CONNECT http://a:443 HTTP/1.1",
            "CONNECT u@a:443 HTTP/1.1",
            "CONNECT [::1] HTTP/1.1",
            "CONNECT * HTTP/1.1",
            "CONNECT a:443/ HTTP/1.1",
            "CONNECT :443 HTTP/1.1",
            "HTTP/1.1 200 OK",
            ": / HTTP/1.1",
            "= / HTTP/1.1",
            "[GET] / HTTP/1.1",
        ] {
            with(line, 400);
        }
    }
}
