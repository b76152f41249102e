//! Why a text is not JSON, and where.

use std::fmt;

/// The first place where a text stops being JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntaxError {
    /// Byte offset into the text; its length when the text ends too early.
    pub offset: usize,
    /// What was expected there, or which rule is broken.
    pub reason: &'static str,
}

impl SyntaxError {
    /// Line and column, both from 1; the column counts characters. `text` is the text that was read.
    pub fn position(&self, text: &[u8]) -> (usize, usize) {
        let before = text.get(..self.offset).unwrap_or(text);
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        let column = 1 + before.iter().skip(line_start).filter(|&&byte| byte & 0xC0 != 0x80).count();
        (line, column)
    }

    /// The reason, with what stands there instead: "expected `,` or `}`, found `x`".
    pub fn explain(&self, text: &[u8]) -> String {
        if !self.reason.starts_with("expected") {
            return self.reason.to_owned();
        }
        let rest = text.get(self.offset..).unwrap_or_default();
        // Four bytes hold any one character; a cut second character does not matter.
        let head = rest.get(..4).unwrap_or(rest);
        let found = match head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()) {
            None if rest.is_empty() => "the end of the text".to_owned(),
            None => "a byte that is not UTF-8".to_owned(),
            Some('\n' | '\r') => "the end of the line".to_owned(),
            Some(found @ '!'..='~') => format!("`{found}`"),
            Some(found) => format!("character U+{:04X}", u32::from(found)),
        };
        format!("{}, found {found}", self.reason)
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at byte {}", self.reason, self.offset)
    }
}

impl std::error::Error for SyntaxError {}
