//! The configuration file as bytes: read within bounds, decoded, parsed, and its syntax errors shown.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::ConfigError;
use crate::json::{self, Node};

/// A larger file is not a configuration.
const MAX_BYTES: u64 = 1024 * 1024;
/// Columns of the offending line that are shown on either side of the error.
const SHOWN: usize = 60;

/// A parsed file.
#[derive(Debug)]
pub(super) struct Source {
    /// As the operator named it.
    pub(super) path: PathBuf,
    /// The root object.
    pub(super) root: Node,
    /// Permission bits.
    pub(super) mode: u32,
    text: String,
}

impl Source {
    /// Reads and parses a file.
    pub(super) fn read(path: &Path) -> Result<Source, ConfigError> {
        let (bytes, mode) = read_bytes(path)?;
        let text = decode(path, bytes)?;
        let root = json::parse(text.as_bytes())
            .map_err(|error| ConfigError::one(syntax_problem(path, &text, &error)))?;
        if root.as_object().is_none() {
            let found = root.kind();
            return Err(ConfigError::one(format!(
                "{}: the file holds a JSON {found}; it must hold an object: {{ \"rainbow\": … }}",
                path.display()
            )));
        }
        Ok(Source { path: path.to_owned(), root, mode, text })
    }

    /// `file:line:column` of a byte offset.
    pub(super) fn place(&self, offset: usize) -> String {
        let (line, column) = position(&self.text, offset);
        format!("{}:{line}:{column}", self.path.display())
    }

    /// The folder that relative paths start from.
    pub(super) fn folder(&self) -> PathBuf {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

/// The bytes and permission bits of a file of bounded size.
fn read_bytes(path: &Path) -> Result<(Vec<u8>, u32), ConfigError> {
    use std::os::unix::fs::PermissionsExt;
    let at = path.display();
    let fail = |error: std::io::Error| {
        ConfigError::one(match error.kind() {
            std::io::ErrorKind::NotFound => {
                format!("{at}: no such file; name the configuration file with --config FILE")
            }
            std::io::ErrorKind::PermissionDenied => {
                format!("{at}: may not be read by this user; check its owner and permissions (chmod, chown)")
            }
            _ => format!("{at}: cannot be read: {error}"),
        })
    };
    let meta = std::fs::metadata(path).map_err(fail)?;
    if meta.is_dir() {
        return Err(ConfigError::one(format!("{at}: is a folder; name the configuration file itself")));
    }
    let too_large = || {
        ConfigError::one(format!("{at}: is larger than {MAX_BYTES} bytes; this is not a configuration file"))
    };
    if meta.len() > MAX_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fail)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large());
    }
    // A pipe or a terminal has no readers to warn of.
    let mode = if meta.is_file() { meta.permissions().mode() & 0o777 } else { 0 };
    Ok((bytes, mode))
}

/// UTF-8, with or without a byte order mark: editors write one and the starter kit's runtime drops it.
fn decode(path: &Path, mut bytes: Vec<u8>) -> Result<String, ConfigError> {
    let at = path.display();
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        bytes.drain(..3);
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(ConfigError::one(format!("{at}: is UTF-16 text; save it as UTF-8")));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ConfigError::one(format!("{at}: is empty; start from config/agent.json")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default()).into_owned();
        let (line, column) = position(&before, valid);
        ConfigError::one(format!(
            "{at}:{line}:{column}: the text is not UTF-8 from here on; save the file as UTF-8"
        ))
    })
}

/// Line and column of an offset, both from 1; columns are characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..floor(text, offset)];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

/// The nearest character boundary at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A syntax error with its line, a caret below the place, and a guess at the cause.
fn syntax_problem(path: &Path, text: &str, error: &json::SyntaxError) -> String {
    let offset = floor(text, error.offset);
    let (line, column) = position(text, offset);
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let whole = text[start..].lines().next().unwrap_or("");
    let hidden = hide_secrets(text[..start].lines().next_back().unwrap_or(""), whole);
    let skip = (column - 1).saturating_sub(SHOWN);
    let shown: String =
        hidden.chars().skip(skip).take(2 * SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let caret = " ".repeat(column - 1 - skip);
    let mut out = format!(
        "{}:{line}:{column}: not valid JSON: {}\n {number} | {shown}\n {margin} | {caret}^",
        path.display(),
        error.explain(text.as_bytes())
    );
    if let Some(hint) = hint(text, offset) {
        out.push_str(&format!(" {hint}"));
    }
    out
}

/// The line with what follows the name of a secret hidden: this text goes to terminals and journals.
fn hide_secrets(previous: &str, line: &str) -> String {
    let secret = |text: &str| {
        let lower = text.to_ascii_lowercase();
        ["password", "secret", "token", "proxy"].into_iter().filter_map(|word| lower.find(word)).min()
    };
    // A value may stand on the line below its name.
    let from = match secret(line) {
        _ if previous.trim_end().ends_with(':') && secret(previous).is_some() => 0,
        Some(name) => name + line.get(name..).and_then(|rest| rest.find(':')).unwrap_or(line.len()),
        None => return line.to_owned(),
    };
    let hide =
        |(at, c): (usize, char)| if at >= from && (c.is_alphanumeric() || c == '\\') { '*' } else { c };
    line.char_indices().map(hide).collect()
}

/// What people who write JSON by hand usually did.
fn hint(text: &str, offset: usize) -> Option<String> {
    let here = text[offset..].chars().next();
    let before = text[..offset].trim_end();
    let last = before.chars().next_back();
    let (line, _) = position(text, before.len());
    match (last, here) {
        (_, Some('/' | '#')) => Some("JSON has no comments; use a \"description\" instead".into()),
        (_, Some('\'')) => Some("texts are written in double quotes".into()),
        (_, None) => Some("the text ends here: is a closing bracket or quote missing?".into()),
        (Some(','), Some('}' | ']')) => Some(format!("the comma at the end of line {line} is one too many")),
        (Some('"' | '}' | ']' | 'e' | 'l' | '0'..='9'), Some('"' | '{' | '[')) => {
            Some(format!("is a comma missing at the end of line {line}?"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(content: &[u8]) -> String {
        let folder = super::super::tests::folder();
        let path = folder.join("c.json");
        std::fs::write(&path, content).expect("temporary file");
        let error = Source::read(&path).expect_err("must be refused").to_string();
        error.replace(&format!("{}/", folder.display()), "")
    }

    #[test]
    fn what_is_no_json_is_shown_with_its_place() {
        let check = |content: &str, parts: &[&str]| {
            let found = problem(content.as_bytes());
            for part in parts {
                assert!(found.contains(part), "{part:?} not in\n{found}");
            }
        };
        // As in the vendor's sample: a comma is missing after a description.
        check(
            "{\r\n \"zmq\":{\r\n  \"description\" : \"a module\"\r\n  \"port\":3000,\r\n",
            &[
                "c.json:4:3: not valid JSON",
                "\n 4 |   \"port\":3000,\n   |   ^ is a comma missing at the end of line 3?",
            ],
        );
        check("{\"a\": 1,\n}", &["c.json:2:1", "^ the comma at the end of line 1 is one too many"]);
        check("{ // hello\n}", &["c.json:1:3", "no comments"]);
        check("{\"a\": 'b'}", &["c.json:1:7", "double quotes"]);
        check("{\"ä\": tru}", &["c.json:1:"]);
        check("{\"a\": {", &["the text ends here"]);
        check("[1]", &["holds a JSON array", "must hold an object"]);
        check("", &["is empty"]);
        check(" \n", &["is empty"]);
    }

    #[test]
    fn a_secret_on_the_offending_line_is_not_shown() {
        let check = |content: &str| {
            let found = problem(content.as_bytes());
            assert!(found.contains('^') && !found.contains("hunter"), "{found}");
        };
        check("{\"login\":\"a\" \"password\": \"hunter2\"}");
        check("{\"password\":\n  \"hunter2\" 1}");
        check("{\"password\": \"hunter2\n\"}");
        check("{\"appSecret\": 'hunter2'}");
        // The name lies outside of what is shown.
        check(&format!("{{\"password\": \"{}\" 1}}", "hunter".repeat(50)));
    }

    #[test]
    fn what_is_no_text_is_named() {
        let check = |content: &[u8], part: &str| {
            let found = problem(content);
            assert!(found.contains(part), "{part:?} not in {found}");
        };
        check(b"{\n \"a\": \"\xff\"}", "c.json:2:8: the text is not UTF-8");
        check(b"\xff\xfe{\0}\0", "UTF-16");
        check(&vec![b' '; 1024 * 1024 + 1], "larger than 1048576 bytes");
    }

    #[test]
    fn what_is_no_file_is_named() {
        let folder = super::super::tests::folder();
        let check = |path: &Path, part: &str| {
            let found = Source::read(path).expect_err("must be refused").to_string();
            assert!(found.contains(part), "{part:?} not in {found}");
        };
        check(&folder, "is a folder");
        check(&folder.join("none.json"), "no such file; name the configuration file with --config");
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        let path = super::super::tests::folder().join("bom.json");
        std::fs::write(&path, b"\xEF\xBB\xBF{}").expect("temporary file");
        assert!(Source::read(&path).is_ok());
    }
}
