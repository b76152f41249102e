//! A swagger file as a tree of places: every value knows its JSON pointer, every error its file, line and column.
//!
//! References are followed here, local ones only. What a value means is for the modules that read it.

use std::fmt;

use crate::json::{self, Node, SyntaxError, Value};

/// Which rules a file follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `"swagger": "2.0"`.
    Swagger2,
    /// `"openapi": "3.0.x"`.
    OpenApi3,
}

/// Why a file cannot be built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Error {
    /// The file as it was named to the build.
    pub(crate) file: String,
    /// Line and column from 1.
    pub(crate) position: (usize, usize),
    /// RFC 6901; empty for the whole document.
    pub(crate) pointer: String,
    /// What is wrong.
    pub(crate) reason: String,
    /// What to do about it.
    pub(crate) advice: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position;
        write!(f, "{}: line {line}, column {column} / {}: ", self.file, self.pointer)?;
        write!(f, "{}; {}", self.reason, self.advice)
    }
}

/// A parsed file.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) file: String,
    pub(crate) dialect: Dialect,
    pub(crate) root: Node,
    text: Vec<u8>,
}

/// A value of a document and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct At<'a> {
    pub(crate) document: &'a Document,
    pub(crate) node: &'a Node,
    pub(crate) pointer: String,
}

impl Document {
    /// Parses a file, refuses members that are named twice, and tells its dialect.
    pub(crate) fn parse(file: &str, text: &[u8]) -> Result<Document, Error> {
        let root = json::parse(text).map_err(|error| Error {
            file: file.to_owned(),
            position: error.position(text),
            pointer: String::new(),
            reason: error.explain(text),
            advice: "mend the JSON".to_owned(),
        })?;
        let mut document =
            Document { file: file.to_owned(), dialect: Dialect::OpenApi3, root, text: text.to_vec() };
        unique_names(&document.root())?;
        document.dialect = dialect(&document.root())?;
        Ok(document)
    }

    pub(crate) fn root(&self) -> At<'_> {
        At { document: self, node: &self.root, pointer: String::new() }
    }

    /// The place that a fragment such as `/components/schemas/Connection` names, if there is one.
    pub(crate) fn find(&self, pointer: &str) -> Option<At<'_>> {
        let mut at = self.root();
        if pointer.is_empty() {
            return Some(at);
        }
        for token in pointer.strip_prefix('/')?.split('/') {
            let name = unescape(token)?;
            at = match &at.node.value {
                Value::Object(_) => at.get(&name)?,
                Value::Array(_) if name == "0" || !name.starts_with('0') => {
                    at.items().ok()?.get(name.parse::<usize>().ok()?)?.clone()
                }
                _ => return None,
            };
        }
        Some(at)
    }

    /// What the fragment of a reference names; its pointer is then without percent signs.
    pub(crate) fn resolve(&self, fragment: &str) -> Option<At<'_>> {
        self.find(&percent_decoded(fragment)?)
    }
}

impl<'a> At<'a> {
    /// An error at this place.
    pub(crate) fn error(&self, reason: impl Into<String>, advice: impl Into<String>) -> Error {
        let place = SyntaxError { offset: self.node.start, reason: "" };
        Error {
            file: self.document.file.clone(),
            position: place.position(&self.document.text),
            pointer: self.pointer.clone(),
            reason: reason.into(),
            advice: advice.into(),
        }
    }

    fn child(&self, token: &str, node: &'a Node) -> At<'a> {
        At { document: self.document, node, pointer: format!("{}/{}", self.pointer, escape(token)) }
    }

    /// The last token of the pointer, unescaped.
    pub(crate) fn name(&self) -> String {
        self.pointer.rsplit('/').next().and_then(unescape).unwrap_or_default()
    }

    pub(crate) fn get(&self, name: &str) -> Option<At<'a>> {
        self.node.get(name).map(|node| self.child(name, node))
    }

    pub(crate) fn need(&self, name: &str) -> Result<At<'a>, Error> {
        self.get(name).ok_or_else(|| self.error(format!("`{name}` is missing"), format!("add `{name}`")))
    }

    /// The members of an object.
    pub(crate) fn members(&self) -> Result<Vec<(&'a str, At<'a>)>, Error> {
        let members = self.node.as_object().ok_or_else(|| self.unexpected("an object"))?;
        Ok(members
            .iter()
            .map(|member| (member.name.as_str(), self.child(&member.name, &member.node)))
            .collect())
    }

    /// The items of an array.
    pub(crate) fn items(&self) -> Result<Vec<At<'a>>, Error> {
        let items = self.node.as_array().ok_or_else(|| self.unexpected("an array"))?;
        Ok(items.iter().enumerate().map(|(index, node)| self.child(&index.to_string(), node)).collect())
    }

    pub(crate) fn string(&self) -> Result<&'a str, Error> {
        self.node.as_str().ok_or_else(|| self.unexpected("a string"))
    }

    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        self.node.as_bool().ok_or_else(|| self.unexpected("a boolean"))
    }

    pub(crate) fn number(&self) -> Result<&'a str, Error> {
        self.node.as_number().ok_or_else(|| self.unexpected("a number"))
    }

    /// A number that counts something: `minLength` and the like.
    pub(crate) fn count(&self) -> Result<u64, Error> {
        let text = self.number()?;
        text.parse().map_err(|_| {
            self.error(format!("expected a whole number of 0 or more, found {text}"), "write such a number")
        })
    }

    /// A text member, or nothing.
    pub(crate) fn text(&self, name: &str) -> Result<String, Error> {
        self.get(name).map_or(Ok(String::new()), |at| at.string().map(str::to_owned))
    }

    pub(crate) fn unexpected(&self, expected: &str) -> Error {
        self.error(
            format!("expected {expected}, found {}", self.node.kind()),
            format!("write {expected} here"),
        )
    }

    /// Follows `$ref` from here until something else stands there.
    pub(crate) fn follow(&self) -> Result<At<'a>, Error> {
        let mut at = self.clone();
        let mut seen = vec![at.pointer.clone()];
        while let Some(reference) = at.get("$ref") {
            at = reference.target()?;
            if seen.contains(&at.pointer) {
                return Err(self.error("this $ref leads back to itself", "let it end at something"));
            }
            seen.push(at.pointer.clone());
        }
        Ok(at)
    }

    /// What this value of a `$ref` names.
    fn target(&self) -> Result<At<'a>, Error> {
        let reference = self.string()?;
        let Some(fragment) = reference.strip_prefix('#') else {
            return Err(self.error(
                format!("`{reference}` is not in this file"),
                "only references that begin with `#/` can be followed: copy the schema into this file",
            ));
        };
        self.document
            .resolve(fragment)
            .ok_or_else(|| self.error(format!("`{reference}` names nothing"), "correct the reference"))
    }
}

/// A member name as a token of a JSON pointer.
pub(crate) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

fn unescape(token: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = token;
    while let Some((before, after)) = rest.split_once('~') {
        name.push_str(before);
        name.push(match after.as_bytes().first() {
            Some(b'0') => '~',
            Some(b'1') => '/',
            _ => return None,
        });
        rest = after.get(1..)?;
    }
    name.push_str(rest);
    Some(name)
}

fn percent_decoded(fragment: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = fragment.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after.get(2..)?;
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Two members of one name: readers differ in which one they take, so neither is.
fn unique_names(at: &At<'_>) -> Result<(), Error> {
    match &at.node.value {
        Value::Object(_) => {
            let mut seen = std::collections::HashSet::new();
            for (name, member) in at.members()? {
                if !seen.insert(name) {
                    return Err(member.error(format!("`{name}` stands here twice"), "keep one of them"));
                }
                unique_names(&member)?;
            }
            Ok(())
        }
        Value::Array(_) => at.items()?.iter().try_for_each(unique_names),
        _ => Ok(()),
    }
}

fn dialect(root: &At<'_>) -> Result<Dialect, Error> {
    root.members()?;
    if let Some(version) = root.get("swagger") {
        return match version.string()? {
            "2.0" => Ok(Dialect::Swagger2),
            other => Err(version.error(format!("Swagger {other} is not known"), "use Swagger 2.0")),
        };
    }
    let version = root.need("openapi")?;
    match version.string()? {
        text if text == "3.0" || text.starts_with("3.0.") => Ok(Dialect::OpenApi3),
        other => Err(version.error(
            format!("OpenAPI {other} is not supported"),
            "use OpenAPI 3.0: the schemas of later versions follow other rules",
        )),
    }
}
