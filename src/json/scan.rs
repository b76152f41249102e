//! The cursor that every reader of JSON moves: tokens by RFC 8259, strings eight bytes at a time.
//!
//! It allocates nothing and does not recurse, so a hostile text costs one pass and no stack.

use super::{MAX_DEPTH, SyntaxError};

/// A place in a text. Copying it is how a reader comes back to where it was.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    text: &'a [u8],
    /// The next byte to read.
    pub(crate) at: usize,
}

/// A string as it stands in the text.
#[derive(Clone, Copy)]
pub(crate) struct Token {
    /// The first byte after the opening quote.
    pub(crate) start: usize,
    /// The closing quote.
    pub(crate) end: usize,
    /// Whether a backslash stands in it.
    pub(crate) escaped: bool,
}

impl Token {
    /// The bytes between the quotes.
    #[inline]
    pub(crate) fn raw<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// How many Unicode code points the string means.
    pub(crate) fn characters(&self, text: &[u8]) -> u64 {
        let raw = self.raw(text);
        let plain = raw.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u64;
        if !self.escaped {
            return plain;
        }
        let (mut escapes, mut at) = (0, 0);
        while let Some(found) = raw.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'\\')) {
            at += found;
            let length = match raw.get(at + 1..at + 4) {
                // A surrogate pair: `\uD83D\uDE00` is one code point.
                Some([b'u', b'd' | b'D', b'8' | b'9' | b'a' | b'b' | b'A' | b'B']) => 12,
                _ if raw.get(at + 1) == Some(&b'u') => 6,
                _ => 2,
            };
            escapes += length - 1;
            at += length as usize;
        }
        plain.saturating_sub(escapes)
    }

    /// Whether the string means `name`.
    #[inline]
    pub(crate) fn is(&self, text: &[u8], name: &str) -> bool {
        let raw = self.raw(text);
        if self.escaped { super::unescape(raw) == name } else { raw == name.as_bytes() }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The offset from `from` on of the first `"`, `\` or control character; the text's length when there is none.
#[inline]
pub(crate) fn special(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * 0x22);
        let slash = word ^ (ONES * 0x5C);
        // A borrow can only raise a false mark above a true one, and the lowest mark is the one read.
        let marks = (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let marks = marks & HIGHS;
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = text.get(at) {
        if byte < 0x20 || byte == b'"' || byte == b'\\' {
            break;
        }
        at += 1;
    }
    at
}

impl<'a> Cursor<'a> {
    /// At the first value of a text, which is UTF-8 without a byte order mark.
    pub(crate) fn open(text: &'a [u8]) -> Result<Cursor<'a>, SyntaxError> {
        if let Err(error) = std::str::from_utf8(text) {
            return Err(SyntaxError { offset: error.valid_up_to(), reason: "the text is not UTF-8" });
        }
        if text.starts_with(b"\xEF\xBB\xBF") {
            return Err(SyntaxError { offset: 0, reason: "a byte order mark stands before the value" });
        }
        let mut cursor = Cursor { text, at: 0 };
        cursor.space();
        Ok(cursor)
    }

    /// At the beginning of a text that was checked before.
    pub(crate) fn over(text: &'a [u8]) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    /// The text under the cursor.
    #[inline]
    pub(crate) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The byte under the cursor.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Past white space.
    #[inline]
    pub(crate) fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// An error at the cursor.
    #[cold]
    pub(crate) fn fail<T>(&self, reason: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError { offset: self.at, reason })
    }

    /// After the value: only white space may follow.
    pub(crate) fn end(&mut self) -> Result<(), SyntaxError> {
        self.space();
        if self.peek().is_some() { self.fail("expected the end of the text") } else { Ok(()) }
    }

    /// Into the container whose opening bracket is under the cursor: whether it has a first element, at which the
    /// cursor then stands (past the end of an empty container otherwise).
    #[inline]
    pub(crate) fn enter(&mut self, close: u8) -> bool {
        self.at += 1;
        self.space();
        if self.peek() == Some(close) {
            self.at += 1;
            return false;
        }
        true
    }

    /// After an element: whether another follows, at which the cursor then stands (past the container otherwise).
    #[inline]
    pub(crate) fn more(&mut self, close: u8) -> Result<bool, SyntaxError> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.space();
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ if close == b'}' => self.fail("expected `,` or `}`"),
            _ => self.fail("expected `,` or `]`"),
        }
    }

    /// A member's name and the colon; the cursor then stands at the member's value.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Token, SyntaxError> {
        if self.peek() != Some(b'"') {
            return self.fail("expected a member's name in double quotes");
        }
        let token = self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return self.fail("expected `:` after the member's name");
        }
        self.at += 1;
        self.space();
        Ok(token)
    }

    /// A string; the cursor stands at its opening quote.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Token, SyntaxError> {
        let start = self.at + 1;
        self.at = special(self.text, start);
        if self.peek() == Some(b'"') {
            let end = self.at;
            self.at += 1;
            return Ok(Token { start, end, escaped: false });
        }
        self.rest_of_string(start)
    }

    /// The string from its first escape on.
    fn rest_of_string(&mut self, start: usize) -> Result<Token, SyntaxError> {
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let end = self.at;
                    self.at += 1;
                    return Ok(Token { start, end, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return self.fail("a control character in a string must be escaped"),
                None => return self.fail("expected the closing `\"` of the string"),
            }
            self.at = special(self.text, self.at);
        }
    }

    /// One escape; a high surrogate takes its low one along.
    fn escape(&mut self) -> Result<(), SyntaxError> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                let begin = self.at - 1;
                let lone = SyntaxError { offset: begin, reason: "half of a surrogate pair stands alone" };
                match self.unit()? {
                    0xDC00..=0xDFFF => Err(lone),
                    0xD800..=0xDBFF => {
                        if self.text.get(self.at..self.at + 2) != Some(b"\\u") {
                            return Err(lone);
                        }
                        self.at += 1;
                        if matches!(self.unit()?, 0xDC00..=0xDFFF) { Ok(()) } else { Err(lone) }
                    }
                    _ => Ok(()),
                }
            }
            _ => self.fail("expected one of `\"\\/bfnrtu` after the backslash"),
        }
    }

    /// `u` and four hexadecimal digits.
    fn unit(&mut self) -> Result<u32, SyntaxError> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return self.fail("expected four hexadecimal digits after `\\u`");
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// A number; the cursor stands at its sign or first digit.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<(), SyntaxError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return self.fail("a number must not begin with a zero");
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { self.fail("expected a digit") } else { Ok(()) }
    }

    /// `true`, `false` or `null`.
    #[inline]
    pub(crate) fn literal(&mut self, word: &'static str) -> Result<(), SyntaxError> {
        if self.text.get(self.at..self.at + word.len()) == Some(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        self.fail("expected a value")
    }

    /// A string, a number or a word.
    #[inline]
    pub(crate) fn scalar(&mut self) -> Result<(), SyntaxError> {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            _ => self.fail("expected a value"),
        }
    }

    /// An error when a container that lies in `depth` others is one too deep.
    #[inline]
    pub(crate) fn room(&self, depth: usize) -> Result<(), SyntaxError> {
        if depth < MAX_DEPTH {
            Ok(())
        } else {
            self.fail("more than 128 arrays and objects inside each other")
        }
    }

    /// Past the value that begins at the cursor and lies in `depth` containers.
    ///
    /// The containers it opens are remembered as bits, the innermost lowest: set for an object. `room` sees to it
    /// that they are never more than the bits of the word.
    pub(crate) fn skip(&mut self, depth: usize) -> Result<(), SyntaxError> {
        let mut open: u128 = 0;
        let mut level = depth;
        loop {
            let (object, inside) = match self.peek() {
                Some(b'{') => {
                    self.room(level)?;
                    (true, self.enter(b'}'))
                }
                Some(b'[') => {
                    self.room(level)?;
                    (false, self.enter(b']'))
                }
                _ => {
                    self.scalar()?;
                    (false, false)
                }
            };
            if inside {
                level += 1;
                open = open << 1 | u128::from(object);
                if object {
                    self.key()?;
                }
                continue;
            }
            loop {
                if level == depth {
                    return Ok(());
                }
                let object = open & 1 == 1;
                if self.more(if object { b'}' } else { b']' })? {
                    if object {
                        self.key()?;
                    }
                    break;
                }
                level -= 1;
                open >>= 1;
            }
        }
    }
}
