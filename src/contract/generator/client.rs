//! The typed client: a struct a body, a function an operation, over the helpers of `cloud::api`.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::model::{Id, Location, Model, Operation, Parameter};
use super::names;
use super::rust::{Names, doc, first_line, indent, literal};
use super::types::{Field, Role, Shape, Type};

/// The whole file.
pub(crate) fn write(model: &Model, names: &Names) -> String {
    let client = Client::new(model, names);
    let mut out = String::from("// Written by the build from the swagger files.\n");
    for operation in &model.operations {
        out.push_str(&client.function(operation));
    }
    for &id in &client.requests {
        out.push_str(&client.definition(id, Role::Request));
    }
    for &id in &client.answers {
        if !client.requests.contains(&id) || client.differs(id) {
            out.push_str(&client.definition(id, Role::Answer));
        }
    }
    out
}

struct Client<'a> {
    model: &'a Model,
    names: &'a Names,
    requests: BTreeSet<Id>,
    answers: BTreeSet<Id>,
}

impl<'a> Client<'a> {
    fn new(model: &'a Model, names: &'a Names) -> Client<'a> {
        let (mut requests, mut answers) = (BTreeSet::new(), BTreeSet::new());
        for operation in &model.operations {
            operation.body.into_iter().for_each(|id| model.own_types(id, &mut requests));
            operation.answer().into_iter().for_each(|id| model.own_types(id, &mut answers));
        }
        Client { model, names, requests, answers }
    }

    /// Whether a type that is both sent and received needs two Rust types: something in it is required.
    fn differs(&self, id: Id) -> bool {
        let mut types = BTreeSet::new();
        self.model.own_types(id, &mut types);
        types.iter().any(|&id| match self.model.shape(id) {
            Some(Shape::Struct(fields)) => fields.iter().any(|field| field.required),
            _ => false,
        })
    }

    fn name(&self, id: Id, role: Role) -> String {
        let name = self.names.get(id);
        let both = self.requests.contains(&id) && self.answers.contains(&id);
        if both && role == Role::Answer && self.differs(id) {
            format!("{name}Answer")
        } else {
            name.to_owned()
        }
    }

    fn spelled(&self, kind: &Type, role: Role) -> String {
        match kind {
            Type::String => "String".to_owned(),
            Type::Integer => "i64".to_owned(),
            Type::Number => "f64".to_owned(),
            Type::Boolean => "bool".to_owned(),
            Type::List(items) => format!("Vec<{}>", self.spelled(items, role)),
            Type::Own(id) => self.name(*id, role),
            Type::Any => "Value".to_owned(),
        }
    }

    fn definition(&self, id: Id, role: Role) -> String {
        let name = self.name(id, role);
        let summary = doc(&self.model.schema(id).summary, &format!("`{name}` of the swagger."));
        let text = match self.model.shape(id) {
            Some(Shape::Struct(fields)) => self.structure(&name, &fields, role),
            Some(Shape::Choice(variants)) => self.choice(&name, &variants, role),
            None => return String::new(),
        };
        // Values may be secrets or messages, so Debug shows the name alone.
        format!(
            "\n{summary}{text}\nimpl std::fmt::Debug for {name} {{\n    \
             fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{\n        \
             f.debug_struct({}).finish_non_exhaustive()\n    }}\n}}\n",
            literal(&name)
        )
    }

    fn structure(&self, name: &str, fields: &[Field<'_>], role: Role) -> String {
        let mut taken = Vec::new();
        let (mut declared, mut written, mut read) = (String::new(), String::new(), String::new());
        for field in fields {
            let wire = literal(&field.property.name);
            let rust = names::unique(names::field(&field.property.name, &[]), &mut taken);
            let mut kind = self.spelled(&field.kind, role);
            if field.boxed {
                kind = format!("Box<{kind}>");
            }
            // A required null is written as null; what holds itself must be able to end.
            let optional = role == Role::Answer || !field.required || field.nullable || field.boxed;
            if optional {
                kind = format!("Option<{kind}>");
            }
            let always = field.required && !field.boxed;
            let _ =
                write!(declared, "{}", doc(&field.property.summary, &format!("`{}`.", field.property.name)));
            let _ = writeln!(declared, "pub {rust}: {kind},");
            let put = if optional && !always { "optional" } else { "required" };
            let _ = writeln!(written, "fields.{put}({wire}, &self.{rust});");
            let _ = writeln!(read, "{rust}: field(object, {wire}),");
        }
        let mut out = format!("#[derive(Clone, Default)]\npub struct {name} {{\n{}}}\n", indent(&declared));
        if role == Role::Request {
            let _ = write!(
                out,
                "\nimpl Serialize for {name} {{\n    fn begin(&self) -> Fragment<'_> {{\n        \
                 let mut fields = Fields::default();\n{}        fields.finish()\n    }}\n}}\n",
                indent(&indent(&written))
            );
        }
        if self.is_read(name, role) {
            let _ = write!(
                out,
                "\nimpl Read for {name} {{\n    fn read(value: &Value) -> Option<Self> {{\n        \
                 let object = match value {{\n            Value::Object(object) => object,\n            \
                 Value::Null => return Some(Self::default()),\n            _ => return None,\n        }};\n        \
                 Some({name} {{\n{}        }})\n    }}\n}}\n",
                indent(&indent(&indent(&read)))
            );
        }
        out
    }

    /// Answers are read; so are requests that are answers too, under the same name.
    fn is_read(&self, name: &str, role: Role) -> bool {
        role == Role::Answer || self.answers.iter().any(|&id| self.name(id, Role::Answer) == name)
    }

    fn choice(&self, name: &str, variants: &[(&str, Type)], role: Role) -> String {
        let (mut declared, mut read, mut written) = (String::new(), String::new(), String::new());
        let first = variants.first().map_or("", |(name, _)| name);
        for (variant, kind) in variants {
            let pattern = match *variant {
                "Text" => "Value::String(_)",
                "Number" => "Value::Number(_)",
                "Boolean" => "Value::Bool(_)",
                "List" => "Value::Array(_)",
                _ => "Value::Object(_)",
            };
            let noun = if *variant == "Object" {
                "An object.".to_owned()
            } else {
                format!("A {}.", variant.to_lowercase())
            };
            let _ = writeln!(declared, "/// {noun}\n{variant}({}),", self.spelled(kind, role));
            let _ = writeln!(read, "{pattern} => Read::read(value).map(Self::{variant}),");
            let _ = writeln!(written, "Self::{variant}(value) => value.begin(),");
        }
        let mut out = format!(
            "#[derive(Clone)]\npub enum {name} {{\n{}}}\n\nimpl Default for {name} {{\n    fn default() -> Self {{\n        \
             Self::{first}(Default::default())\n    }}\n}}\n",
            indent(&declared)
        );
        if role == Role::Request {
            let _ = write!(
                out,
                "\nimpl Serialize for {name} {{\n    fn begin(&self) -> Fragment<'_> {{\n        match self {{\n{}        \
                 }}\n    }}\n}}\n",
                indent(&indent(&indent(&written)))
            );
        }
        if self.is_read(name, role) {
            let _ = write!(
                out,
                "\nimpl Read for {name} {{\n    fn read(value: &Value) -> Option<Self> {{\n        match value {{\n{}            \
                 _ => None,\n        }}\n    }}\n}}\n",
                indent(&indent(&indent(&read)))
            );
        }
        out
    }

    fn function(&self, operation: &Operation) -> String {
        let function = names::field(&operation.name, &["answer", "field"]);
        let with = format!("{}_with", function.trim_end_matches('_'));
        let arguments = Arguments::new(self, operation);
        let answer = operation.answer().map(|id| self.spelled(&self.model.type_of(id), Role::Answer));
        let mut out = String::new();
        let alias = format!("{}Answer", names::type_name(&operation.name));
        let is_own = operation.answer().is_some_and(|id| matches!(self.model.type_of(id), Type::Own(_)));
        if let (Some(answer), true) = (&answer, is_own && !self.names.has(&alias)) {
            let _ = write!(out, "\n/// What [`{function}`] returns.\npub type {alias} = {answer};\n");
        }
        let result = answer.clone().unwrap_or_else(|| "()".to_owned());
        if !arguments.options.is_empty() {
            out.push_str(&arguments.options_type);
            let _ = write!(
                out,
                "\n{}pub fn {function}(\n{}) -> Result<{result}, Error> {{\n    {with}({}, &{}::default())\n}}\n",
                self.comment(operation),
                indent(&arguments.declared),
                arguments.passed,
                arguments.options_name,
            );
        }
        let (called, more) = if arguments.options.is_empty() {
            (&function, String::new())
        } else {
            (&with, format!("options: &{},\n", arguments.options_name))
        };
        let table = format!("&operations::{}", names::screaming(&operation.name));
        let body = if operation.body.is_some() { "Some(body)" } else { "None" };
        let call = format!("cloud.call({table}, {}, {body})", arguments.list);
        let call = match answer {
            Some(_) => format!("answer({table}, &{call}?)"),
            None => format!("{call}.map(drop)"),
        };
        let _ = write!(
            out,
            "\n{}pub fn {called}(\n{}) -> Result<{result}, Error> {{\n{}    {call}\n}}\n",
            self.comment(operation),
            indent(&format!("{}{more}", arguments.declared)),
            indent(&arguments.prepared),
        );
        out
    }

    fn comment(&self, operation: &Operation) -> String {
        let summary = first_line(&operation.summary);
        let summary = summary.trim_end_matches('.');
        format!(
            "{}///\n/// # Errors\n/// See [`Error`].\n",
            doc(&format!("{summary}: `{} {}`", operation.method, operation.path), &operation.name)
        )
    }
}

/// The arguments of an operation's function.
struct Arguments {
    declared: String,
    /// For a call from a function with the same arguments.
    passed: String,
    /// Statements before the call.
    prepared: String,
    /// The expression of the parameters.
    list: String,
    options: Vec<String>,
    options_name: String,
    options_type: String,
}

impl Arguments {
    /// Header parameters are left out: whoever carries out the call sets them.
    fn new(client: &Client<'_>, operation: &Operation) -> Arguments {
        let in_url =
            || operation.parameters.iter().filter(|parameter| parameter.location != Location::Header);
        let mut arguments = Arguments {
            declared: "cloud: &mut (impl Call + ?Sized),\n".to_owned(),
            passed: "cloud".to_owned(),
            prepared: String::new(),
            list: String::new(),
            options: Vec::new(),
            options_name: format!("{}Options", names::type_name(&operation.name)),
            options_type: String::new(),
        };
        let mut taken: Vec<String> =
            ["cloud", "body", "options", "parameters", "value"].map(str::to_owned).to_vec();
        let mut pairs = Vec::new();
        for parameter in in_url().filter(|parameter| parameter.required) {
            let rust = names::unique(names::field(&parameter.name, &[]), &mut taken);
            let kind = client.model.type_of(parameter.schema);
            let value = if kind == Type::String {
                let _ = writeln!(arguments.declared, "{rust}: &str,");
                rust.clone()
            } else {
                let _ = writeln!(arguments.declared, "{rust}: {},", client.spelled(&kind, Role::Request));
                let _ = writeln!(arguments.prepared, "let {rust} = {rust}.to_string();");
                format!("{rust}.as_str()")
            };
            let _ = write!(arguments.passed, ", {rust}");
            pairs.push(format!("({}, {value})", literal(&parameter.name)));
        }
        if let Some(body) = operation.body {
            let kind = client.spelled(&client.model.type_of(body), Role::Request);
            let _ = writeln!(arguments.declared, "body: &{kind},");
            arguments.passed.push_str(", body");
        }
        arguments.list = format!("&[{}]", pairs.join(", "));
        arguments.optional(client, in_url().filter(|parameter| !parameter.required), &pairs, &mut taken);
        arguments
    }

    /// Optional parameters are the fields of a struct; `taken` are the names of the function's variables.
    fn optional<'p>(
        &mut self,
        client: &Client<'_>,
        list: impl Iterator<Item = &'p Parameter>,
        pairs: &[String],
        taken: &mut Vec<String>,
    ) {
        let mut fields = String::new();
        let (mut texts, mut pushes) = (String::new(), String::new());
        for parameter in list {
            let rust = names::unique(names::field(&parameter.name, &[]), &mut self.options);
            let kind = client.spelled(&client.model.type_of(parameter.schema), Role::Request);
            let _ = write!(fields, "{}", doc(&parameter.summary, &format!("`{}`.", parameter.name)));
            let _ = writeln!(fields, "pub {rust}: Option<{kind}>,");
            let text = names::unique(rust.clone(), taken);
            let _ = writeln!(texts, "let {text} = options.{rust}.as_ref().map(ToString::to_string);");
            let name = literal(&parameter.name);
            let _ = writeln!(pushes, "parameters.extend({text}.as_deref().map(|value| ({name}, value)));");
        }
        if self.options.is_empty() {
            return;
        }
        self.options_type = format!(
            "\n/// What may be left out.\n#[derive(Clone, Debug, Default)]\npub struct {} {{\n{}}}\n",
            self.options_name,
            indent(&fields)
        );
        self.prepared =
            format!("{}{texts}let mut parameters = vec![{}];\n{pushes}", self.prepared, pairs.join(", "));
        self.list = "&parameters".to_owned();
    }
}
