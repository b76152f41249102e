//! The API documentation in Markdown: operations, callbacks, schemas, amendments.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::model::{Callback, Id, Location, Model, Operation, Schema, Security, TYPES};
use super::rust::{Names, first_line};

const PREAMBLE: &str = "# The Rainbow S2S contract\n\n\
    Written by the build from the swagger files: the operations the agent calls, the callbacks it takes, and their \
    schemas. `*` marks what is required.\n\n\
    Every keyword of a schema is enforced, with two exceptions: `format` is an annotation and not enforced, and \
    `pattern` is not supported (a file that has it cannot be built from). An `integer` is a number that is written \
    without a fraction. Requests are checked whole before they are sent; of an answer, deviations are reported and \
    used all the same. Answers may be wrapped in `data` or bare.\n\n\
    An error's body is `{\"errorCode\", \"errorMsg\", \"errorDetails\", \"errorDetailsCode\"}`. The agent tells \
    these codes apart:\n\n\
    | errorDetailsCode | meaning | what the agent does |\n|---|---|---|\n\
    | 401500 | wrong user, password or application | stops: five failures lock the account |\n\
    | 401501 | the account is locked | waits until the lock is over: each attempt prolongs it |\n\
    | 401520, 401521 | not allowed, or the company is not active | stops |\n\
    | 401523 | the token is over | signs in again |\n";

/// The whole document.
pub(crate) fn write(model: &Model, names: &Names) -> String {
    let mut docs = Docs { model, names, out: PREAMBLE.to_owned(), shown: BTreeSet::new() };
    docs.out.push_str("\n## Operations\n");
    for operation in &model.operations {
        docs.operation(operation);
    }
    docs.out.push_str("\n## Callbacks\n\nPosted by the cloud to the callback URL, followed by the path.\n");
    for callback in &model.callbacks {
        docs.callback(callback);
    }
    docs.schemas();
    docs.amendments();
    docs.out
}

struct Docs<'a> {
    model: &'a Model,
    names: &'a Names,
    out: String,
    /// Schemas that the text refers to, for the section at its end.
    shown: BTreeSet<Id>,
}

impl Docs<'_> {
    fn operation(&mut self, operation: &Operation) {
        let security = match operation.security {
            Security::Basic => "Basic",
            Security::Bearer => "Bearer token",
            Security::None => "none",
        };
        let _ = write!(
            self.out,
            "\n### {}\n\n`{} {}`\n\n{}\n\n- Security: {security}\n",
            operation.name,
            operation.method,
            operation.path,
            both(&operation.summary, &operation.description)
        );
        for parameter in &operation.parameters {
            let place = match parameter.location {
                Location::Path => "path",
                Location::Query => "query",
                Location::Header => "header",
            };
            let star = if parameter.required { "*" } else { "" };
            let kind = self.kind(parameter.schema);
            let _ = writeln!(
                self.out,
                "- `{}`{star} ({place}, {kind}) {}",
                parameter.name,
                prose(&parameter.summary)
            );
        }
        if let Some(body) = operation.body {
            let kind = self.kind(body);
            let _ = writeln!(self.out, "- Body: {kind}");
            self.example(self.model.schema(body).example.clone());
        }
        for response in &operation.responses {
            let kind = response.schema.map(|id| format!(" {}", self.kind(id))).unwrap_or_default();
            let _ = writeln!(self.out, "- {}:{kind} {}", response.status, prose(&response.summary));
            if response.status.starts_with('2') {
                let own = response.schema.and_then(|id| self.model.schema(id).example.clone());
                self.example(response.example.clone().or(own));
            }
        }
    }

    fn example(&mut self, example: Option<String>) {
        // Published examples can be pages long.
        if let Some(example) = example.filter(|example| example.len() <= 700) {
            let _ = write!(self.out, "\n  ```json\n  {example}\n  ```\n\n");
        }
    }

    fn callback(&mut self, callback: &Callback) {
        let _ = write!(self.out, "\n### /{}\n\n{}\n\n", callback.name, prose(&callback.summary));
        for header in &callback.headers {
            let _ = writeln!(self.out, "- `{}` (header) {}", header.name, prose(&header.summary));
        }
        let schema = self.model.schema(callback.schema);
        self.fields(schema, 0);
        self.example(Some(callback.example.clone()));
    }

    /// A line a property, those of inline objects beneath them.
    fn fields(&mut self, schema: &Schema, depth: usize) {
        for property in &schema.object.properties {
            let star = if schema.object.required.contains(&property.name) { "*" } else { "" };
            let kind = self.kind(property.schema);
            let indent = depth * 2;
            let text = prose(&property.summary);
            let _ = writeln!(self.out, "{:indent$}- `{}`{star} {kind} {text}", "", property.name);
            let inner = self.model.schema(property.schema);
            let inner = inner.array.items.map_or(inner, |items| self.model.schema(items));
            if !inner.shared && depth < 8 {
                self.fields(inner, depth + 1);
            }
        }
    }

    /// A type in words; shared schemas by name.
    fn kind(&mut self, id: Id) -> String {
        let schema = self.model.schema(id);
        if schema.shared && !schema.is_plain() {
            self.shown.insert(id);
            return format!("[{0}](#{1})", self.names.get(id), self.names.get(id).to_lowercase());
        }
        self.words(schema)
    }

    fn words(&mut self, schema: &Schema) -> String {
        let mut parts: Vec<String> = TYPES
            .iter()
            .filter(|(.., bit)| schema.types & bit != 0)
            .map(|(name, ..)| (*name).to_owned())
            .collect();
        if !schema.allowed.is_empty() {
            let values: Vec<String> = schema.allowed.iter().map(|value| format!("`{value}`")).collect();
            parts = vec![values.join(" \\| ")];
        }
        if let Some(items) = schema.array.items {
            let items = self.kind(items);
            parts.push(format!("of {items}"));
        }
        for (word, choices) in
            [("all of", &schema.all_of), ("any of", &schema.any_of), ("one of", &schema.one_of)]
        {
            if !choices.is_empty() {
                let choices: Vec<String> = choices.iter().map(|&choice| self.kind(choice)).collect();
                parts.push(format!("{word} {}", choices.join(", ")));
            }
        }
        if let Some((bound, excluded)) = &schema.number.minimum {
            parts.push(format!("{} {bound}", if *excluded { ">" } else { "≥" }));
        }
        if let Some((bound, excluded)) = &schema.number.maximum {
            parts.push(format!("{} {bound}", if *excluded { "<" } else { "≤" }));
        }
        parts.extend(schema.string.min.map(|min| format!("of {min} characters or more")));
        parts.extend(schema.string.max.map(|max| format!("of at most {max} characters")));
        if !schema.format.is_empty() {
            parts.push(format!("({})", schema.format));
        }
        if parts.is_empty() { "any JSON".to_owned() } else { parts.join(" ") }
    }

    fn schemas(&mut self) {
        self.out.push_str("\n## Schemas\n");
        let mut done = BTreeSet::new();
        while let Some(id) = self.shown.difference(&done).next().copied() {
            done.insert(id);
            let schema = self.model.schema(id);
            let _ = write!(self.out, "\n### {}\n\n", self.names.get(id));
            if !schema.summary.is_empty() {
                let _ = write!(self.out, "{}\n\n", prose(&schema.summary));
            }
            if schema.object.properties.is_empty() {
                let words = self.words(schema);
                let _ = writeln!(self.out, "{words}");
            }
            self.fields(schema, 0);
        }
    }

    fn amendments(&mut self) {
        if self.model.amended.is_empty() {
            return;
        }
        self.out
            .push_str("\n## Amendments\n\nMade to the files by the build, for the cloud does otherwise:\n\n");
        for amended in &self.model.amended {
            let _ = writeln!(
                self.out,
                "- {} `{}`: {}; {}.",
                amended.file, amended.pointer, amended.change, amended.reason
            );
        }
    }
}

/// Summary and description, where they differ.
fn both(summary: &str, description: &str) -> String {
    let (summary, description) = (prose(summary), prose(description));
    if description.is_empty() || description == summary {
        summary
    } else {
        format!("{summary} {description}")
    }
}

fn prose(text: &str) -> String {
    let line = first_line(text);
    if line.is_empty() || line.ends_with(['.', '?', '!', ':']) { line } else { format!("{line}.") }
}
