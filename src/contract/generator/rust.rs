//! What all generated Rust shares: the names of schemas, literals, comments, indentation.

use super::model::{Id, Model, Place};
use super::names;

/// The Rust name of every schema, given once.
pub(crate) struct Names {
    names: Vec<String>,
}

impl Names {
    /// Named schemas get their names first, so that no inline schema takes one of them.
    pub(crate) fn new(model: &Model) -> Names {
        let mut taken = Vec::new();
        let mut given: Vec<Option<String>> = vec![None; model.schemas.len()];
        for (slot, schema) in given.iter_mut().zip(&model.schemas) {
            if let (true, Place::Named(name)) = (schema.shared, &schema.place) {
                *slot = Some(names::unique(names::type_name(name), &mut taken));
            }
        }
        let mut names: Vec<String> = Vec::new();
        for (given, schema) in given.into_iter().zip(&model.schemas) {
            // A schema is added before its parts, so the name of what it lies within is here already.
            let name = given.unwrap_or_else(|| {
                let wanted = match &schema.place {
                    Place::Named(name) => names::type_name(name),
                    Place::Within(id, part) => {
                        let whole = names.get(id.0).map_or("", String::as_str);
                        names::type_name(&format!("{whole}{}", names::pascal(part)))
                    }
                };
                names::unique(wanted, &mut taken)
            });
            names.push(name);
        }
        Names { names }
    }

    /// The type name of a schema; every id has one.
    pub(crate) fn get(&self, id: Id) -> &str {
        self.names.get(id.0).map_or("", String::as_str)
    }

    /// The name of a schema's table.
    pub(crate) fn table(&self, id: Id) -> String {
        names::screaming(self.get(id))
    }
}

/// A string literal.
pub(crate) fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// The first sentence or line of a description, on one line.
pub(crate) fn first_line(text: &str) -> String {
    let end = text.find(['\n', '<']).unwrap_or(text.len());
    let line = text.get(..end).unwrap_or_default();
    let end = line.find(". ").map_or(line.len(), |dot| dot + 1);
    line.get(..end).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A comment for documentation; `fallback` where there is nothing to say.
pub(crate) fn doc(text: &str, fallback: &str) -> String {
    let line = first_line(text);
    let line = if line.is_empty() { fallback.to_owned() } else { line };
    // What rustdoc would take for a link or a tag.
    let line = line.replace('[', "\\[").replace(']', "\\]").replace('>', "\\>").replace("://", ":\\//");
    format!("/// {line}\n")
}

/// Every line of `text` moved to the right; literals hold no line ends, so none is harmed.
pub(crate) fn indent(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if !line.is_empty() {
            out.push_str("    ");
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}
