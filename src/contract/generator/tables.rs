//! Schemas, operations and callbacks as Rust statics over `contract::schema` and `contract::operation`.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::model::{
    Additional, Id, LengthRules, Location, Model, Operation, Parameter, Schema, Security, TYPES,
};
use super::names;
use super::rust::{Names, doc, first_line, indent, literal};

/// The whole file.
pub(crate) fn write(model: &Model, names: &Names) -> String {
    let tables = Tables { model, names };
    let used = tables.used();
    let mut schemas = String::from("use crate::contract::schema::*;\n");
    for (_, constant, bit) in TYPES {
        if tables.is_plain_used(&used, bit) {
            let _ = write!(
                schemas,
                "\npub(super) static {constant}: Schema = Schema {{ types: Types::{constant}, ..Schema::ANY }};\n"
            );
        }
    }
    for &id in used.iter().filter(|id| model.schema(**id).shared) {
        let value = tables.schema(model.schema(id));
        let _ = write!(schemas, "\npub(super) static {}: Schema = {value};\n", names.table(id));
    }
    let mut operations = String::from("use super::schemas;\nuse crate::contract::operation::*;\n");
    for operation in &model.operations {
        operations.push_str(&tables.operation(operation));
    }
    let list: String = model
        .operations
        .iter()
        .map(|operation| format!("    &operations::{},\n", names::screaming(&operation.name)))
        .collect();
    let mut callbacks = String::new();
    for callback in &model.callbacks {
        let _ = write!(
            callbacks,
            "    crate::contract::operation::Callback {{\n        name: {},\n        summary: {},\n        \
             schema: &schemas::{},\n        example: {},\n    }},\n",
            literal(&callback.name),
            literal(&first_line(&callback.summary)),
            names.table(callback.schema),
            literal(&callback.example),
        );
    }
    format!(
        "// Written by the build from the swagger files.\n\nmod schemas {{\n{}}}\n\n/// The operations by name.\n\
         pub mod operations {{\n{}}}\n\n/// Every operation of the REST API that the agent knows.\n\
         pub static OPERATIONS: &[&crate::contract::operation::Operation] = &[\n{list}];\n\n\
         /// Every callback of the cloud that has a published schema.\n\
         pub static CALLBACKS: &[crate::contract::operation::Callback] = &[\n{callbacks}];\n",
        indent(&schemas),
        indent(&operations),
    )
}

struct Tables<'a> {
    model: &'a Model,
    names: &'a Names,
}

impl Tables<'_> {
    /// Every schema that an operation or a callback leads to.
    fn used(&self) -> BTreeSet<Id> {
        let operations = self.model.operations.iter().flat_map(|operation| {
            let parameters = operation.parameters.iter().map(|parameter| parameter.schema);
            let responses =
                operation.responses.iter().filter(|response| response.status.parse::<u16>().is_ok());
            parameters.chain(operation.body).chain(responses.filter_map(|response| response.payload))
        });
        let mut open: Vec<Id> = operations.chain(self.model.callbacks.iter().map(|cb| cb.schema)).collect();
        let mut used = BTreeSet::new();
        while let Some(id) = open.pop() {
            if used.insert(id) {
                open.extend(self.model.schema(id).parts());
            }
        }
        used
    }

    fn is_plain_used(&self, used: &BTreeSet<Id>, bit: u8) -> bool {
        used.iter()
            .map(|&id| self.model.schema(id))
            .any(|schema| !schema.shared && schema.types == bit && schema.is_plain())
    }

    /// How another table refers to a schema.
    fn reference(&self, id: Id) -> String {
        let schema = self.model.schema(id);
        if schema.shared {
            return format!("&{}", self.names.table(id));
        }
        if schema.is_plain() {
            if schema.types == 0 {
                return "&Schema::ANY".to_owned();
            }
            if let Some((_, constant, _)) = TYPES.iter().find(|(.., bit)| *bit == schema.types) {
                return format!("&{constant}");
            }
        }
        format!("&{}", self.schema(schema))
    }

    fn schema(&self, schema: &Schema) -> String {
        let mut out = String::from("Schema {\n");
        if schema.types != 0 {
            let names: Vec<&str> =
                TYPES.iter().filter(|(.., bit)| schema.types & bit != 0).map(|(_, name, _)| *name).collect();
            let (first, rest) = names.split_first().unwrap_or((&"ANY", &[]));
            let rest: String = rest.iter().map(|name| format!(".or(Types::{name})")).collect();
            let _ = writeln!(out, "    types: Types::{first}{rest},");
        }
        if !schema.allowed.is_empty() {
            let _ =
                writeln!(out, "    allowed: &[{}],", join(schema.allowed.iter().map(|text| literal(text))));
        }
        out.push_str(&indent(&scalar_rules(schema)));
        out.push_str(&indent(&self.container_rules(schema)));
        for (field, ids) in
            [("all_of", &schema.all_of), ("any_of", &schema.any_of), ("one_of", &schema.one_of)]
        {
            if !ids.is_empty() {
                let ids = join(ids.iter().map(|&id| self.reference(id)));
                out.push_str(&indent(&format!("{field}: &[{ids}],")));
            }
        }
        if let Some(not) = schema.not {
            out.push_str(&indent(&format!("not: Some({}),", self.reference(not))));
        }
        out.push_str("    ..Schema::ANY\n}");
        out
    }

    fn container_rules(&self, schema: &Schema) -> String {
        let mut out = String::new();
        let array = &schema.array;
        if *array != super::model::ArrayRules::default() {
            let items = optional(array.items.map(|id| self.reference(id)));
            let fields =
                format!("items: {items},\n{}unique: {},", lengths("items", &array.length), array.unique);
            let _ = write!(out, "array: Some(&ArrayRules {{\n{}}}),\n", indent(&fields));
        }
        let object = &schema.object;
        if *object == super::model::ObjectRules::default() {
            return out;
        }
        let mut properties = String::new();
        for property in &object.properties {
            let _ = writeln!(
                properties,
                "Property {{ name: {}, schema: {}, required: {} }},",
                literal(&property.name),
                self.reference(property.schema),
                object.required.contains(&property.name),
            );
        }
        let others =
            object.required.iter().filter(|name| !object.properties.iter().any(|p| p.name == **name));
        let additional = match object.additional {
            Additional::Allowed => "Additional::Allowed".to_owned(),
            Additional::Refused => "Additional::Refused".to_owned(),
            Additional::Schema(id) => format!("Additional::Schema({})", self.reference(id)),
        };
        let properties =
            if properties.is_empty() { "&[]".to_owned() } else { format!("&[\n{}]", indent(&properties)) };
        let fields = format!(
            "properties: {properties},\nrequired: &[{}],\nadditional: {additional},\n{}",
            join(others.map(|name| literal(name))),
            lengths("properties", &object.count),
        );
        let _ = write!(out, "object: Some(&ObjectRules {{\n{}}}),\n", indent(&fields));
        out
    }

    fn operation(&self, operation: &Operation) -> String {
        let security = match operation.security {
            Security::Basic => "Basic",
            Security::Bearer => "Bearer",
            Security::None => "None",
        };
        let body = optional(operation.body.map(|id| self.table(id)));
        let parameters: String =
            operation.parameters.iter().map(|parameter| self.parameter(parameter)).collect();
        let mut responses = String::new();
        for response in &operation.responses {
            if let Ok(status) = response.status.parse::<u16>() {
                let payload = optional(response.payload.map(|id| self.table(id)));
                let _ = writeln!(responses, "Response {{ status: {status}, payload: {payload} }},");
            }
        }
        let list =
            |text: String| if text.is_empty() { "&[]".to_owned() } else { format!("&[\n{}]", indent(&text)) };
        let fields = format!(
            "name: {},\nmethod: {},\npath: {},\nsummary: {},\nsecurity: Security::{security},\nparameters: {},\n\
             body: {body},\nresponses: {},",
            literal(&operation.name),
            literal(&operation.method),
            literal(&operation.path),
            literal(&first_line(&operation.summary)),
            list(parameters),
            list(responses),
        );
        format!(
            "\n{}pub static {}: Operation = Operation {{\n{}}};\n",
            doc(&operation.summary, &operation.name),
            names::screaming(&operation.name),
            indent(&fields),
        )
    }

    fn parameter(&self, parameter: &Parameter) -> String {
        let location = match parameter.location {
            Location::Path => "Path",
            Location::Query => "Query",
            Location::Header => "Header",
        };
        let fields = format!(
            "name: {},\nlocation: Location::{location},\nrequired: {},\nsummary: {},\nschema: {},",
            literal(&parameter.name),
            parameter.required,
            literal(&first_line(&parameter.summary)),
            self.table(parameter.schema),
        );
        format!("Parameter {{\n{}}},\n", indent(&fields))
    }

    /// As [`Tables::reference`], from the module of the operations.
    fn table(&self, id: Id) -> String {
        let schema = self.model.schema(id);
        let plain = schema.is_plain().then(|| TYPES.iter().find(|(.., bit)| *bit == schema.types)).flatten();
        match plain {
            Some((_, constant, _)) if !schema.shared => format!("&schemas::{constant}"),
            _ => format!("&schemas::{}", self.names.table(id)),
        }
    }
}

/// `number` and `string`.
fn scalar_rules(schema: &Schema) -> String {
    let mut out = String::new();
    let number = &schema.number;
    if *number != super::model::NumberRules::default() {
        let bound = |bound: &Option<(String, bool)>| {
            optional(bound.as_ref().map(|(text, excluded)| format!("({}, {excluded})", literal(text))))
        };
        let multiple = optional(number.multiple_of.as_deref().map(literal));
        let _ = writeln!(
            out,
            "number: Some(&NumberRules {{ minimum: {}, maximum: {}, multiple_of: {multiple} }}),",
            bound(&number.minimum),
            bound(&number.maximum),
        );
    }
    if !schema.string.is_empty() {
        let rules = lengths("length", &schema.string).replace('\n', " ");
        let _ = writeln!(out, "string: Some(&StringRules {{ {} }}),", rules.trim_end().trim_end_matches(','));
    }
    out
}

fn lengths(what: &str, rules: &LengthRules) -> String {
    let max = optional(rules.max.map(|max| max.to_string()));
    format!("min_{what}: {},\nmax_{what}: {max},\n", rules.min.unwrap_or_default())
}

fn optional(text: Option<String>) -> String {
    text.map_or_else(|| "None".to_owned(), |text| format!("Some({text})"))
}

fn join(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(", ")
}
