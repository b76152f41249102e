//! What the generator has understood: schemas, operations and callbacks, before any text is written.

use super::document::Error;

/// A schema of the [`Model`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id(pub(crate) usize);

/// JSON types as the bits of `contract::schema::Types`, in its order.
pub(crate) const TYPES: [(&str, &str, u8); 7] = [
    ("null", "NULL", 1),
    ("boolean", "BOOLEAN", 2),
    ("integer", "INTEGER", 4),
    ("number", "NUMBER", 8),
    ("string", "STRING", 16),
    ("array", "ARRAY", 32),
    ("object", "OBJECT", 64),
];

/// The bit of a type's name.
pub(crate) fn type_bit(name: &str) -> Option<u8> {
    TYPES.iter().find(|(known, ..)| *known == name).map(|(.., bit)| *bit)
}

/// Where a schema stands, which is what it is named after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A name of its own: a component, a definition, a callback's body.
    Named(String),
    /// Part of another schema.
    Within(Id, String),
}

/// One schema object.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) place: Place,
    /// Named by a `$ref` or used as a body: it gets a table of its own.
    pub(crate) shared: bool,
    pub(crate) pointer: String,
    pub(crate) summary: String,
    pub(crate) format: String,
    /// A JSON text.
    pub(crate) example: Option<String>,
    pub(crate) types: u8,
    /// Canonical JSON texts.
    pub(crate) allowed: Vec<String>,
    pub(crate) number: NumberRules,
    pub(crate) string: LengthRules,
    pub(crate) array: ArrayRules,
    pub(crate) object: ObjectRules,
    pub(crate) all_of: Vec<Id>,
    pub(crate) any_of: Vec<Id>,
    pub(crate) one_of: Vec<Id>,
    pub(crate) not: Option<Id>,
}

impl Schema {
    pub(crate) fn new(place: Place, pointer: &str) -> Schema {
        Schema {
            place,
            shared: false,
            pointer: pointer.to_owned(),
            summary: String::new(),
            format: String::new(),
            example: None,
            types: 0,
            allowed: Vec::new(),
            number: NumberRules::default(),
            string: LengthRules::default(),
            array: ArrayRules::default(),
            object: ObjectRules::default(),
            all_of: Vec::new(),
            any_of: Vec::new(),
            one_of: Vec::new(),
            not: None,
        }
    }

    /// The schemas that apply to the same value as this one.
    pub(crate) fn beside(&self) -> impl Iterator<Item = Id> + '_ {
        self.all_of.iter().chain(&self.any_of).chain(&self.one_of).chain(&self.not).copied()
    }

    /// Every schema that this one is made of, one step down.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Id> + '_ {
        let additional = if let Additional::Schema(id) = self.object.additional { Some(id) } else { None };
        let properties = self.object.properties.iter().map(|property| property.schema);
        self.beside().chain(self.array.items).chain(properties).chain(additional)
    }

    /// Whether it says nothing but its type.
    pub(crate) fn is_plain(&self) -> bool {
        self.allowed.is_empty()
            && self.number == NumberRules::default()
            && self.string == LengthRules::default()
            && self.array == ArrayRules::default()
            && self.object == ObjectRules::default()
            && self.beside().next().is_none()
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct NumberRules {
    /// Number text, and whether it is excluded.
    pub(crate) minimum: Option<(String, bool)>,
    pub(crate) maximum: Option<(String, bool)>,
    pub(crate) multiple_of: Option<String>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LengthRules {
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ArrayRules {
    pub(crate) items: Option<Id>,
    pub(crate) length: LengthRules,
    pub(crate) unique: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ObjectRules {
    pub(crate) properties: Vec<Property>,
    /// Every required name, those of `properties` too.
    pub(crate) required: Vec<String>,
    pub(crate) additional: Additional,
    pub(crate) count: LengthRules,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) schema: Id,
    /// What stands beside the property, or else its schema's own description.
    pub(crate) summary: String,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Additional {
    #[default]
    Allowed,
    Refused,
    Schema(Id),
}

/// How a call signs itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    Basic,
    Bearer,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Path,
    Query,
    Header,
}

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) required: bool,
    pub(crate) summary: String,
    pub(crate) schema: Id,
}

#[derive(Debug)]
pub(crate) struct Response {
    /// `200`, `default`, `4XX`.
    pub(crate) status: String,
    pub(crate) summary: String,
    /// The schema as it is declared, `data` wrapper and all.
    pub(crate) schema: Option<Id>,
    /// The schema without the wrapper.
    pub(crate) payload: Option<Id>,
    /// A JSON text.
    pub(crate) example: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) security: Security,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Id>,
    pub(crate) responses: Vec<Response>,
}

impl Operation {
    /// The payload of the success, which the typed client returns.
    pub(crate) fn answer(&self) -> Option<Id> {
        self.responses.iter().filter(|response| response.status.starts_with('2')).find_map(|r| r.payload)
    }
}

#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) name: String,
    pub(crate) operation_id: String,
    pub(crate) summary: String,
    /// Pointer of the callback's `post`, for the webhook's own document.
    pub(crate) pointer: String,
    pub(crate) headers: Vec<Parameter>,
    pub(crate) schema: Id,
    /// A JSON text: a body that keeps the contract.
    pub(crate) example: String,
}

/// A change to a published file that was made before it was read.
#[derive(Debug)]
pub(crate) struct Amended {
    pub(crate) file: String,
    pub(crate) pointer: String,
    pub(crate) change: String,
    pub(crate) reason: &'static str,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) schemas: Vec<Schema>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) amended: Vec<Amended>,
    /// Unused parts that could not have been built.
    pub(crate) warnings: Vec<Error>,
}

impl Model {
    /// The schema of an id; ids are only made by adding a schema, and none is ever taken away.
    pub(crate) fn schema(&self, id: Id) -> &Schema {
        &self.schemas[id.0]
    }

    /// As [`Model::schema`].
    pub(crate) fn schema_mut(&mut self, id: Id) -> &mut Schema {
        &mut self.schemas[id.0]
    }

    pub(crate) fn add(&mut self, schema: Schema) -> Id {
        self.schemas.push(schema);
        Id(self.schemas.len() - 1)
    }
}
