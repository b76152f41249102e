//! The values of the keys, each with the place it came from: defaults, then the file, then what wins over the file.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::environment::Environment;
use super::keys::{self, Fallback, Key, Kind};
use super::source::Source;
use crate::json::{Node, Value as Json};

/// A value of the kind that its key asks for.
#[derive(Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    Switch(bool),
    Count(u64),
    Addresses(Vec<IpAddr>),
}

struct Entry {
    value: Value,
    /// `file:line:column: key` or `environment variable PORT`; `None` is the default.
    place: Option<String>,
    /// The value in force is the file's.
    from_file: bool,
}

/// Every key's value. Problems and warnings are gathered, so that all are told at once.
#[derive(Default)]
pub(super) struct Values {
    /// The file, as messages name it.
    file: String,
    entries: BTreeMap<&'static str, Entry>,
    /// The file's values that something wins over.
    in_file: BTreeMap<&'static str, Value>,
    /// Everything that forbids a start.
    pub(super) problems: Vec<String>,
    /// Everything the operator should know.
    pub(super) warnings: Vec<String>,
}

impl Values {
    /// Defaults, then the file, then the environment.
    pub(super) fn gather(source: &Source, environment: &Environment) -> Values {
        let mut values = Values { file: source.path.display().to_string(), ..Values::default() };
        for key in keys::TABLE {
            if let Fallback::Is(text) = key.default
                && let Some(value) = from_text(key.kind, text)
            {
                values.entries.insert(key.path, Entry { value, place: None, from_file: false });
            }
        }
        // The older place first, so that the nested one wins.
        if let Some(zmq) = source.root.get(keys::TOP_LEVEL_ZMQ) {
            values.section(source, zmq, keys::NESTED_ZMQ);
        }
        values.section(source, &source.root, "");
        for key in keys::TABLE {
            values.override_from(key, environment);
        }
        values
    }

    /// The members of an object at a path.
    fn section(&mut self, source: &Source, node: &Node, path: &str) {
        let Some(members) = node.as_object() else {
            let place = source.place(node.start);
            self.problems
                .push(format!("{place}: {path}: found {}, must be an object {{ … }}", found(node, true)));
            return;
        };
        for (at, member) in members.iter().enumerate() {
            let place = source.place(member.name_start);
            let inner = if path.is_empty() { member.name.clone() } else { format!("{path}.{}", member.name) };
            if members.iter().skip(at + 1).any(|later| later.name == member.name) {
                self.warnings.push(format!("{place}: {} is given twice; the last one counts", shown(&inner)));
                continue;
            }
            if member.name == "description" {
                continue;
            }
            if inner == keys::TOP_LEVEL_ZMQ {
                self.warn_of_both(source, &place);
                continue;
            }
            self.member(source, &member.node, &inner, &place);
        }
    }

    fn member(&mut self, source: &Source, node: &Node, path: &str, place: &str) {
        let key = keys::at(path);
        let section = keys::is_section(path);
        match (&node.value, key) {
            // As if it were not there: this is how templates leave things out.
            (Json::Null, Some(_)) => {}
            (Json::Null, None) if section => {}
            (Json::Object(_), _) if section => self.section(source, node, path),
            (_, Some(key)) => self.leaf(source, node, key),
            (_, None) if section => self.section(source, node, path),
            (_, None) => {
                let hint = keys::suggestion(path).map(|hint| format!("; {hint}")).unwrap_or_default();
                self.warnings
                    .push(format!("{place}: {} is not a known key and is ignored{hint}", shown(path)));
            }
        }
    }

    fn leaf(&mut self, source: &Source, node: &Node, key: &'static Key) {
        let place = format!("{}: {}", source.place(node.start), key.path);
        match from_node(key.kind, node) {
            Some(value) => {
                self.entries.insert(key.path, Entry { value, place: Some(place), from_file: true });
            }
            None => {
                let found = found(node, key.kind == Kind::Secret);
                self.problems.push(format!("{place}: found {found}, must be {}", key.kind.allowed()));
            }
        }
    }

    fn warn_of_both(&mut self, source: &Source, place: &str) {
        let nested = source.root.get("rainbow_notification_service").and_then(|service| service.get("zmq"));
        if nested.is_some() {
            self.warnings.push(format!("{place}: zmq is also given as {}, which counts", keys::NESTED_ZMQ));
        }
    }

    fn override_from(&mut self, key: &'static Key, environment: &Environment) {
        let Some(name) = key.variable else { return };
        match environment.given(name) {
            Ok(None) => {}
            Err(problem) => self.problems.push(problem),
            Ok(Some(given)) => match from_text(key.kind, &given.value) {
                Some(value) => {
                    if let Some(entry) = self.entries.remove(key.path).filter(|entry| entry.from_file) {
                        self.in_file.insert(key.path, entry.value);
                    }
                    self.entries
                        .insert(key.path, Entry { value, place: Some(given.origin), from_file: false });
                }
                None => {
                    let found = if key.kind == Kind::Secret {
                        String::new()
                    } else {
                        format!("found {}, ", shown(&given.value))
                    };
                    self.problems.push(format!("{}: {found}must be {}", given.origin, key.kind.allowed()));
                }
            },
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&self, key: &Key) -> Option<&str> {
        match self.entries.get(key.path) {
            Some(Entry { value: Value::Text(text), .. }) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// A word of a choice: the table gives each one a default, so it is never empty.
    pub(super) fn word(&self, key: &Key) -> &str {
        self.text(key).unwrap_or("")
    }

    /// A switch; off where the table gives no default.
    pub(super) fn switch(&self, key: &Key) -> bool {
        matches!(self.entries.get(key.path), Some(Entry { value: Value::Switch(true), .. }))
    }

    /// A number; its least where the table gives no default.
    pub(super) fn count(&self, key: &Key) -> u64 {
        match (self.entries.get(key.path), key.kind) {
            (Some(Entry { value: Value::Count(count), .. }), _) => *count,
            (_, Kind::Count(least, _)) => least,
            _ => 0,
        }
    }

    /// A number that counts things in memory.
    pub(super) fn size(&self, key: &Key) -> usize {
        usize::try_from(self.count(key)).unwrap_or(usize::MAX)
    }

    /// A port; the table's bounds keep it within 16 bits.
    pub(super) fn port(&self, key: &Key) -> u16 {
        u16::try_from(self.count(key)).unwrap_or(u16::MAX)
    }

    /// Seconds.
    pub(super) fn seconds(&self, key: &Key) -> std::time::Duration {
        std::time::Duration::from_secs(self.count(key))
    }

    /// A list of addresses.
    pub(super) fn addresses(&self, key: &Key) -> Vec<IpAddr> {
        match self.entries.get(key.path) {
            Some(Entry { value: Value::Addresses(list), .. }) => list.clone(),
            _ => Vec::new(),
        }
    }

    /// The file's text for the key, even where another one wins.
    pub(super) fn text_in_file(&self, key: &Key) -> Option<&str> {
        let in_force = self.entries.get(key.path).filter(|entry| entry.from_file).map(|entry| &entry.value);
        match in_force.or_else(|| self.in_file.get(key.path)) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether the value in force is the file's.
    pub(super) fn is_from_file(&self, key: &Key) -> bool {
        self.entries.get(key.path).is_some_and(|entry| entry.from_file)
    }

    /// Whether anything but the default holds.
    pub(super) fn is_given(&self, key: &Key) -> bool {
        self.entries.get(key.path).is_some_and(|entry| entry.place.is_some())
    }

    /// Where the value in force was written.
    pub(super) fn place(&self, key: &Key) -> String {
        let place = self.entries.get(key.path).and_then(|entry| entry.place.clone());
        place.unwrap_or_else(|| format!("{}: {}", self.file, key.path))
    }

    /// Adds a problem at a key's value.
    pub(super) fn refuse(&mut self, key: &Key, what: &str) {
        let place = self.place(key);
        self.problems.push(format!("{place}: {what}"));
    }

    /// Adds a warning at a key's value.
    pub(super) fn warn(&mut self, key: &Key, what: &str) {
        let place = self.place(key);
        self.warnings.push(format!("{place}: {what}"));
    }
}

/// A JSON value as the kind asks; numbers and booleans may be written as texts, as sloppy files do.
fn from_node(kind: Kind, node: &Node) -> Option<Value> {
    match (&node.value, kind) {
        (Json::String(text), _) => from_text(kind, text),
        (Json::Bool(on), Kind::Switch) => Some(Value::Switch(*on)),
        (Json::Number(number), Kind::Count(..)) => from_text(kind, number),
        (Json::Array(items), Kind::Addresses) => {
            let addresses = items.iter().map(|item| item.as_str()?.trim().parse().ok());
            addresses.collect::<Option<Vec<IpAddr>>>().map(Value::Addresses)
        }
        _ => None,
    }
}

/// A text as the kind asks.
fn from_text(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Text | Kind::Secret => Some(Value::Text(text.to_owned())),
        Kind::Switch if text.eq_ignore_ascii_case("true") => Some(Value::Switch(true)),
        Kind::Switch if text.eq_ignore_ascii_case("false") => Some(Value::Switch(false)),
        Kind::Switch => None,
        Kind::Count(least, most) => {
            let text = text.trim();
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let count = if digits { text.parse().ok() } else { None };
            count.filter(|count| (least..=most).contains(count)).map(Value::Count)
        }
        Kind::Addresses => {
            let items = text.split([',', ' ']).filter(|item| !item.is_empty());
            items.map(|item| item.parse().ok()).collect::<Option<Vec<IpAddr>>>().map(Value::Addresses)
        }
        Kind::Choice(words, aliases) => {
            let same = |word: &&str| word.eq_ignore_ascii_case(text.trim());
            let alias = || aliases.iter().find(|(from, _)| same(from)).map(|(_, to)| *to);
            words.iter().copied().find(same).or_else(alias).map(|word| Value::Text(word.to_owned()))
        }
    }
}

/// A value as a message shows it.
fn found(node: &Node, secret: bool) -> String {
    match &node.value {
        Json::String(_) if secret => "a text".into(),
        Json::Number(_) if secret => "a number".into(),
        Json::String(text) => shown(text),
        Json::Number(number) => shorten(number),
        Json::Bool(on) => on.to_string(),
        Json::Null => "null".into(),
        Json::Array(_) => "a list".into(),
        Json::Object(_) => "an object".into(),
    }
}

/// A text in quotes, escaped and bounded; not one that holds a password, as a URL may.
pub(super) fn shown(text: &str) -> String {
    if text.contains('@') {
        return "a text with a user name or password".into();
    }
    format!("{:?}", shorten(text))
}

fn shorten(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
