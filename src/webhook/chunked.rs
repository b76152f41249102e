//! The chunked transfer coding (RFC 9112, 7.1), decoded in place as bytes arrive.
//!
//! Our own, because lenient chunk parsers are where requests get smuggled: every byte goes through one state
//! machine written after the grammar. Decoded data is moved down over the framing, so a body costs no second
//! buffer and, being looked at once, linear time. Trailers are checked like fields and discarded: nothing here
//! reads them, so none can override a field.

use super::answer::Refusal;
use super::grammar::{is_tchar, is_value};
use super::head::HeadLimits;

/// The hexadecimal digits of a u64. Further ones can only be leading zeros, which are counted as bytes aside.
const SIZE_DIGITS: u8 = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size,
    /// White space that must lead to `;`.
    ExtensionGap,
    ExtensionStart,
    ExtensionName,
    /// White space after a name: `=` or `;`.
    NameGap,
    ValueStart,
    Value,
    Quoted,
    QuotedPair,
    QuotedEnd,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    Done,
}

/// The state of one body.
#[derive(Debug)]
pub(crate) struct Chunks {
    state: State,
    digits: u8,
    /// Of the current chunk: its size while that is read, what is left of it afterwards.
    left: u64,
    /// Decoded bytes so far.
    decoded: u64,
    /// Bytes of extensions, trailers and idle zeros so far.
    aside: usize,
    trailers: usize,
    body_limit: u64,
    limits: HeadLimits,
}

/// How far a call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// The first byte not yet consumed.
    pub(crate) read: usize,
    /// The end of the decoded data.
    pub(crate) written: usize,
    /// Whether the last chunk and the trailers have been read.
    pub(crate) done: bool,
}

impl Chunks {
    /// `limits` bounds extensions and trailers.
    pub(crate) fn new(body_limit: u64, limits: HeadLimits) -> Chunks {
        Chunks {
            state: State::Size,
            digits: 0,
            left: 0,
            decoded: 0,
            aside: 0,
            trailers: 0,
            body_limit,
            limits,
        }
    }

    /// Decodes `bytes[read..]`, writing at `written`, which is not after `read`. Unless done, all is consumed.
    pub(crate) fn decode(
        &mut self,
        bytes: &mut [u8],
        mut read: usize,
        mut written: usize,
    ) -> Result<Step, Refusal> {
        while self.state != State::Done && read < bytes.len() {
            if self.state == State::Data {
                let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - read);
                bytes.copy_within(read..read + here, written);
                (read, written) = (read + here, written + here);
                self.left -= here as u64;
                if self.left == 0 {
                    self.state = State::DataCr;
                }
                continue;
            }
            let Some(&byte) = bytes.get(read) else { break };
            self.state = self.next(byte)?;
            read += 1;
        }
        Ok(Step { read, written, done: self.state == State::Done })
    }

    fn next(&mut self, byte: u8) -> Result<State, Refusal> {
        match self.state {
            State::Size | State::SizeLf => self.size(byte),
            State::Data | State::Done => Err(Refusal::bad("a byte out of place")),
            State::DataCr if byte == b'\r' => Ok(State::DataLf),
            State::DataLf if byte == b'\n' => {
                (self.digits, self.left) = (0, 0);
                Ok(State::Size)
            }
            State::DataCr | State::DataLf => Err(Refusal::bad("a chunk does not end where its size says")),
            State::TrailerStart
            | State::TrailerName
            | State::TrailerValue
            | State::TrailerLf
            | State::EndLf => self.trailer(byte),
            _ => {
                self.aside(Refusal::bad("the chunk extensions are too long"))?;
                self.extension(byte).ok_or(Refusal::bad("a chunk extension is malformed"))
            }
        }
    }

    fn size(&mut self, byte: u8) -> Result<State, Refusal> {
        const BROKEN: Refusal = Refusal::bad("a chunk size is not a hexadecimal number and crlf");
        match (self.state, byte) {
            (State::Size, digit) if digit.is_ascii_hexdigit() => {
                const TOO_LONG: Refusal = Refusal::bad("a chunk size is too long");
                if self.left.leading_zeros() < 4 {
                    return Err(TOO_LONG);
                }
                match self.digits {
                    SIZE_DIGITS => self.aside(TOO_LONG)?,
                    _ => self.digits += 1,
                }
                // Four bits are free: none is shifted out.
                self.left = (self.left << 4) | u64::from((digit as char).to_digit(16).unwrap_or_default());
                Ok(State::Size)
            }
            (State::Size, _) if self.digits == 0 => Err(BROKEN),
            (State::Size, b'\r') => Ok(State::SizeLf),
            (State::Size, b';') => Ok(State::ExtensionStart),
            (State::Size, b' ' | b'\t') => Ok(State::ExtensionGap),
            (State::SizeLf, b'\n') if self.left == 0 => Ok(State::TrailerStart),
            (State::SizeLf, b'\n') => {
                self.decoded = self.decoded.saturating_add(self.left);
                match self.decoded > self.body_limit {
                    true => Err(Refusal::new(413, "the body is too large")),
                    false => Ok(State::Data),
                }
            }
            _ => Err(BROKEN),
        }
    }

    /// `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`; `None` breaks it.
    fn extension(&self, byte: u8) -> Option<State> {
        let blank = matches!(byte, b' ' | b'\t');
        match self.state {
            State::ExtensionGap | State::NameGap if blank => Some(self.state),
            State::ExtensionGap => (byte == b';').then_some(State::ExtensionStart),
            State::NameGap => match byte {
                b'=' => Some(State::ValueStart),
                b';' => Some(State::ExtensionStart),
                _ => None,
            },
            State::ExtensionStart if blank => Some(State::ExtensionStart),
            State::ExtensionStart => is_tchar(byte).then_some(State::ExtensionName),
            State::ExtensionName if is_tchar(byte) => Some(State::ExtensionName),
            State::ExtensionName if blank => Some(State::NameGap),
            State::ExtensionName if byte == b'=' => Some(State::ValueStart),
            State::ValueStart if blank => Some(State::ValueStart),
            State::ValueStart if byte == b'"' => Some(State::Quoted),
            State::ValueStart => is_tchar(byte).then_some(State::Value),
            State::Value if is_tchar(byte) => Some(State::Value),
            State::Quoted if byte == b'"' => Some(State::QuotedEnd),
            State::Quoted if byte == b'\\' => Some(State::QuotedPair),
            State::Quoted | State::QuotedPair => is_value(byte).then_some(State::Quoted),
            State::ExtensionName | State::Value | State::QuotedEnd => match byte {
                b';' => Some(State::ExtensionStart),
                b'\r' => Some(State::SizeLf),
                _ => blank.then_some(State::ExtensionGap),
            },
            _ => None,
        }
    }

    fn trailer(&mut self, byte: u8) -> Result<State, Refusal> {
        self.aside(Refusal::new(431, "the trailer fields are too long"))?;
        match (self.state, byte) {
            (State::TrailerStart, b'\r') => Ok(State::EndLf),
            (State::TrailerStart, byte) if is_tchar(byte) => {
                self.trailers += 1;
                match self.trailers > self.limits.fields {
                    true => Err(Refusal::new(431, "too many trailer fields")),
                    false => Ok(State::TrailerName),
                }
            }
            (State::TrailerName, b':') => Ok(State::TrailerValue),
            (State::TrailerName, byte) if is_tchar(byte) => Ok(State::TrailerName),
            (State::TrailerValue, b'\r') => Ok(State::TrailerLf),
            (State::TrailerValue, byte) if is_value(byte) => Ok(State::TrailerValue),
            (State::TrailerLf, b'\n') => Ok(State::TrailerStart),
            (State::EndLf, b'\n') => Ok(State::Done),
            _ => Err(Refusal::bad("a trailer field is malformed")),
        }
    }

    /// Counts a byte that is neither size nor data.
    fn aside(&mut self, too_long: Refusal) -> Result<(), Refusal> {
        self.aside += 1;
        if self.aside > self.limits.bytes { Err(too_long) } else { Ok(()) }
    }
}

#[cfg(test)]
#[path = "chunked_tests.rs"]
mod tests;
