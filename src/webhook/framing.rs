//! Where a request's body ends: the decision of RFC 9112, section 6, from two fields and the version.
//!
//! Pure. Everything that two parsers could read differently is refused, because the refusal costs an honest
//! client nothing and ambiguity is how requests are smuggled past a proxy.

use super::answer::Refusal;
use super::grammar::{is_token, trim};

/// How a request's body is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Neither field: no body (RFC 9112, 6.3, rule 7).
    Absent,
    /// `Content-Length`.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// What was seen of the two fields while the head was walked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FramingFields<'a> {
    length: Option<&'a [u8]>,
    coding: Option<&'a [u8]>,
    repeated_length: bool,
    repeated_coding: bool,
}

impl<'a> FramingFields<'a> {
    pub(crate) fn see_length(&mut self, value: &'a [u8]) {
        self.repeated_length |= self.length.replace(value).is_some();
    }

    pub(crate) fn see_coding(&mut self, value: &'a [u8]) {
        self.repeated_coding |= self.coding.replace(value).is_some();
    }

    /// The decision for an HTTP/1.`minor` request.
    pub(crate) fn decide(&self, minor: u8) -> Result<Framing, Refusal> {
        match (self.length, self.coding) {
            (None, None) => Ok(Framing::Absent),
            (Some(_), Some(_)) => Err(Refusal::bad("both content-length and transfer-encoding")),
            (Some(_), None) if self.repeated_length => Err(Refusal::bad("several content-length fields")),
            (Some(value), None) => content_length(value).map(Framing::Length),
            (None, Some(_)) if minor == 0 => Err(Refusal::bad("transfer-encoding in http/1.0")),
            (None, Some(_)) if self.repeated_coding => Err(Refusal::bad("several transfer-encoding fields")),
            (None, Some(value)) => transfer_encoding(value).map(|()| Framing::Chunked),
        }
    }
}

/// `1*DIGIT` that fits a u64 (RFC 9110, 8.6). A list, even of equal values, is refused as 8.6 allows.
fn content_length(value: &[u8]) -> Result<u64, Refusal> {
    const BROKEN: Refusal = Refusal::bad("content-length is not one decimal number");
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(BROKEN);
    }
    value
        .iter()
        .try_fold(0u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
        .ok_or(Refusal::bad("content-length does not fit a number"))
}

/// Accepts `chunked` alone. Where the last coding is not chunked, the end cannot be known: 400 (6.3, rule 4);
/// chunked over a coding that is not implemented: 501 (6.1).
fn transfer_encoding(value: &[u8]) -> Result<(), Refusal> {
    if value.eq_ignore_ascii_case(b"chunked") {
        return Ok(());
    }
    let mut codings = value.rsplit(|byte| *byte == b',').map(trim);
    let last = codings.next().unwrap_or_default();
    if !last.eq_ignore_ascii_case(b"chunked") {
        return Err(Refusal::bad("the last transfer coding is not chunked"));
    }
    for coding in codings {
        let name = trim(coding.split(|byte| *byte == b';').next().unwrap_or_default());
        if !is_token(name) {
            return Err(Refusal::bad("transfer-encoding is not a list of codings"));
        }
        if name.eq_ignore_ascii_case(b"chunked") {
            return Err(Refusal::bad("chunked applied twice"));
        }
    }
    Err(Refusal::new(501, "a transfer coding that is not implemented"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lengths: &[&str], codings: &[&str], minor: u8, expected: Result<Framing, u16>) {
        let mut fields = FramingFields::default();
        lengths.iter().for_each(|value| fields.see_length(value.as_bytes()));
        codings.iter().for_each(|value| fields.see_coding(value.as_bytes()));
        let decided = fields.decide(minor).map_err(|refusal| refusal.status);
        assert_eq!(decided, expected, "{lengths:?} {codings:?} in 1.{minor}");
    }

    #[test]
    fn lengths() {
        check(&[], &[], 1, Ok(Framing::Absent));
        for (value, length) in [
            ("0", 0),
            ("5", 5),
            ("00", 0),
            ("0005", 5),
            ("18446744073709551615", u64::MAX),
            ("000000000000000000000000000000000000005", 5),
        ] {
            check(&[value], &[], 1, Ok(Framing::Length(length)));
            check(&[value], &[], 0, Ok(Framing::Length(length)));
        }
        for value in [
            "",
            "+5",
            "-5",
            "-0",
            "5,5",
            "5, 5",
            "5,6",
            "5 5",
            "0x5",
            "0o5",
            "5_0",
            "5.0",
            "5e0",
            "1_000",
            "five",
            "5;",
            "\"5\"",
            "5\u{b}",
            "\u{c}5",
            "٥",
            "18446744073709551616",
            "99999999999999999999",
            ",5",
            "5,",
            "0b101",
        ] {
            check(&[value], &[], 1, Err(400));
        }
        check(&["5", "5"], &[], 1, Err(400));
        check(&["5", "6"], &[], 1, Err(400));
        check(&["5", ""], &[], 1, Err(400));
    }

    #[test]
    fn codings() {
        check(&[], &["chunked"], 1, Ok(Framing::Chunked));
        check(&[], &["ChUnKeD"], 1, Ok(Framing::Chunked));
        for value in ["gzip, chunked", "x;a=b, chunked", "identity,chunked", "gzip,deflate , chunked"] {
            check(&[], &[value], 1, Err(501));
        }
        for value in [
            "",
            "gzip",
            "identity",
            "xchunked",
            "chunkedx",
            "chunked, gzip",
            "chunked, identity",
            "chunked,chunked",
            "chunked, chunked",
            "chunked;q=1",
            "chunked;",
            "\"chunked\"",
            "'chunked'",
            "chunked,",
            ",chunked",
            "gzip,,chunked",
            "\u{b}chunked",
            "chunked\u{b}",
            "\u{c}chunked",
            "chunked\0",
            "chun ked",
            "chunke",
            "Ｃhunked",
            "chunked\\",
            ", chunked",
            "g(zip, chunked",
            "cow, chunked, gzip",
            "chunked gzip",
        ] {
            check(&[], &[value], 1, Err(400));
        }
        check(&[], &["chunked"], 0, Err(400));
        check(&[], &["chunked", "chunked"], 1, Err(400));
        check(&[], &["gzip", "chunked"], 1, Err(400));
        check(&[], &["chunked", "identity"], 1, Err(400));
    }

    #[test]
    fn both() {
        check(&["5"], &["chunked"], 1, Err(400));
        check(&["5"], &["gzip"], 1, Err(400));
        check(&["x"], &["chunked"], 0, Err(400));
    }
}
