//! What all generated Rust shares: the names of schemas, literals, comments, indentation.

use super::model::{Id, Model, Place, TYPES};
use super::names;

/// The Rust names of every schema, given once.
pub(crate) struct Names {
    types: Vec<String>,
    tables: Vec<String>,
}

impl Names {
    /// Named schemas get their names first, so that no inline schema takes one of them.
    pub(crate) fn new(model: &Model) -> Names {
        let mut taken = Vec::new();
        for operation in &model.operations {
            taken.push(format!("{}Options", names::type_name(&operation.name)));
        }
        let mut given: Vec<Option<String>> = vec![None; model.schemas.len()];
        for (slot, schema) in given.iter_mut().zip(&model.schemas) {
            if let (true, Place::Named(name)) = (schema.shared, &schema.place) {
                *slot = Some(free(names::type_name(name), &mut taken));
            }
        }
        let mut types: Vec<String> = Vec::new();
        for (given, schema) in given.into_iter().zip(&model.schemas) {
            // A schema is added before its parts, so the name of what it lies within is here already.
            let name = given.unwrap_or_else(|| {
                let wanted = match &schema.place {
                    Place::Named(name) => names::type_name(name),
                    Place::Within(id, part) => {
                        let whole = types.get(id.0).map_or("", String::as_str);
                        names::type_name(&format!("{whole}{}", names::pascal(part)))
                    }
                };
                free(wanted, &mut taken)
            });
            types.push(name);
        }
        // `FooBAR` and `FooBar` are two types, but one name in capitals; and the plain types have tables as well.
        let mut taken: Vec<String> = TYPES.iter().map(|(_, constant, _)| (*constant).to_owned()).collect();
        let tables = types.iter().map(|name| names::unique(names::screaming(name), &mut taken)).collect();
        Names { types, tables }
    }

    /// The type name of a schema; every id has one.
    pub(crate) fn get(&self, id: Id) -> &str {
        self.types.get(id.0).map_or("", String::as_str)
    }

    /// Whether a schema has this type name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.types.iter().any(|known| known == name)
    }

    /// The name of a schema's table.
    pub(crate) fn table(&self, id: Id) -> &str {
        self.tables.get(id.0).map_or("", String::as_str)
    }
}

/// A name that is free, and free with `Answer` after it: a type that is sent and received may need both.
fn free(name: String, taken: &mut Vec<String>) -> String {
    let mut chosen = name.clone();
    let mut number = 2;
    while taken.contains(&chosen) || taken.contains(&format!("{chosen}Answer")) {
        chosen = format!("{name}{number}");
        number += 1;
    }
    taken.push(chosen.clone());
    chosen
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
    words(line.get(..end).unwrap_or_default())
}

/// The text with one space wherever there is white space.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A comment for documentation; `fallback` where there is nothing to say.
pub(crate) fn doc(text: &str, fallback: &str) -> String {
    let line = first_line(text);
    // A name may hold line ends, which would end the comment.
    let line = if line.is_empty() { words(fallback) } else { line };
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
