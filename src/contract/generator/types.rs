//! Which Rust type a schema becomes in the typed client, and in which direction each is used.

use std::collections::BTreeSet;

use super::model::{Id, Model, Property, Schema};

/// Which way a type travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Written: what the contract requires is not optional.
    Request,
    /// Read: everything is optional.
    Answer,
}

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    String,
    Integer,
    Number,
    Boolean,
    List(Box<Type>),
    /// A struct, or an enum of several forms.
    Own(Id),
    /// Whatever the JSON is.
    Any,
}

/// What a type of its own looks like.
pub(crate) enum Shape<'m> {
    Struct(Vec<Field<'m>>),
    /// The variants' names and types, one a JSON type.
    Choice(Vec<(&'static str, Type)>),
}

/// A field of a struct.
pub(crate) struct Field<'m> {
    pub(crate) property: &'m Property,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) kind: Type,
    /// The type holds itself through this field, so it lies behind a pointer.
    pub(crate) boxed: bool,
}

const NULL: u8 = 1;

impl Model {
    /// The type that a schema becomes.
    pub(crate) fn type_of(&self, id: Id) -> Type {
        self.type_within(id, &mut Vec::new())
    }

    /// `chain` holds what is being looked at: a list of itself has no Rust type.
    fn type_within(&self, id: Id, chain: &mut Vec<Id>) -> Type {
        if chain.contains(&id) {
            return Type::Any;
        }
        chain.push(id);
        let schema = self.schema(id);
        if let Some(only) = wrapped(schema) {
            return self.type_within(only, chain);
        }
        match schema.types & !NULL {
            2 => Type::Boolean,
            4 => Type::Integer,
            8 => Type::Number,
            16 => Type::String,
            32 => {
                let items = schema.array.items.map_or(Type::Any, |items| self.type_within(items, chain));
                Type::List(Box::new(items))
            }
            _ if self.has_fields(id) || self.choices(id).is_some() => Type::Own(id),
            _ => Type::Any,
        }
    }

    /// The shape of a schema that becomes a type of its own.
    pub(crate) fn shape(&self, id: Id) -> Option<Shape<'_>> {
        let mut fields = Vec::new();
        if self.fields(id, &mut fields) {
            let fields = fields.into_iter().map(|(property, required)| self.field(id, property, required));
            return Some(Shape::Struct(fields.collect()));
        }
        let choices = self.choices(id)?;
        Some(Shape::Choice(choices.into_iter().map(|(name, choice)| (name, self.type_of(choice))).collect()))
    }

    /// The forms of a value that its JSON type tells apart, with the names of their variants.
    fn choices(&self, id: Id) -> Option<Vec<(&'static str, Id)>> {
        let schema = self.schema(id);
        if !schema.object.properties.is_empty() || !schema.all_of.is_empty() || schema.types & !NULL != 0 {
            return None;
        }
        let mut choices: Vec<(&'static str, Id)> = Vec::new();
        for &choice in schema.any_of.iter().chain(&schema.one_of) {
            let name = self.variant(choice)?;
            if choices.iter().any(|(known, _)| *known == name) {
                return None;
            }
            choices.push((name, choice));
        }
        (!choices.is_empty()).then_some(choices)
    }

    /// What a form is called; none for one that its JSON type does not tell from others.
    fn variant(&self, id: Id) -> Option<&'static str> {
        let schema = self.schema(id);
        if let Some(only) = wrapped(schema) {
            return self.variant(only);
        }
        match schema.types & !NULL {
            2 => Some("Boolean"),
            4 | 8 => Some("Number"),
            16 => Some("Text"),
            32 => Some("List"),
            _ => self.has_fields(id).then_some("Object"),
        }
    }

    fn has_fields(&self, id: Id) -> bool {
        self.fields(id, &mut Vec::new())
    }

    /// The properties of an object and of everything it is composed of; whether there are any, and it is an object.
    fn fields<'m>(&'m self, id: Id, fields: &mut Vec<(&'m Property, bool)>) -> bool {
        self.merge(id, fields) && !fields.is_empty()
    }

    /// As [`Model::fields`], of a part that may have none: `{"required": ["x"]}`.
    fn merge<'m>(&'m self, id: Id, fields: &mut Vec<(&'m Property, bool)>) -> bool {
        let schema = self.schema(id);
        if !matches!(schema.types & !NULL, 0 | 64) {
            return false;
        }
        let add = |fields: &mut Vec<(&'m Property, bool)>, property: &'m Property| {
            if !fields.iter().any(|(known, _)| known.name == property.name) {
                fields.push((property, false));
            }
        };
        for property in &schema.object.properties {
            add(fields, property);
        }
        if !schema.all_of.iter().all(|&part| self.merge(part, fields)) {
            return false;
        }
        // Of several forms that all are objects, a field of any may be there.
        for &choice in schema.any_of.iter().chain(&schema.one_of) {
            let mut chosen = Vec::new();
            if !self.fields(choice, &mut chosen) {
                return false;
            }
            chosen.into_iter().for_each(|(property, _)| add(fields, property));
        }
        for (property, required) in fields.iter_mut() {
            *required |= self.requires(id, &property.name);
        }
        true
    }

    /// Whether a schema or a part of it names the property as required.
    fn requires(&self, id: Id, name: &str) -> bool {
        let schema = self.schema(id);
        schema.object.required.iter().any(|required| required == name)
            || schema.all_of.iter().any(|&part| self.requires(part, name))
    }

    fn field<'m>(&'m self, owner: Id, property: &'m Property, required: bool) -> Field<'m> {
        let kind = self.type_of(property.schema);
        let boxed = matches!(kind, Type::Own(inner) if self.holds(inner, owner));
        let nullable = self.schema(property.schema).types & NULL != 0;
        Field { property, required, nullable, kind, boxed }
    }

    /// Whether a value of `outer` would lie within itself if it held `inner` directly.
    fn holds(&self, outer: Id, inner: Id) -> bool {
        let mut open = vec![outer];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if id == inner {
                return true;
            }
            if !seen.insert(id) {
                continue;
            }
            let schema = self.schema(id);
            open.extend(schema.beside());
            open.extend(schema.object.properties.iter().map(|property| property.schema));
        }
        false
    }

    /// Every type of its own that `id` leads to.
    pub(crate) fn own_types(&self, id: Id, found: &mut BTreeSet<Id>) {
        self.own_types_of(&self.type_of(id), found);
    }

    fn own_types_of(&self, kind: &Type, found: &mut BTreeSet<Id>) {
        match kind {
            Type::List(items) => self.own_types_of(items, found),
            Type::Own(id) => {
                if !found.insert(*id) {
                    return;
                }
                match self.shape(*id) {
                    Some(Shape::Struct(fields)) => {
                        fields.iter().for_each(|field| self.own_types_of(&field.kind, found));
                    }
                    Some(Shape::Choice(variants)) => {
                        variants.iter().for_each(|(_, variant)| self.own_types_of(variant, found));
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }
}

/// What a schema wraps that is one `allOf` and nothing else.
fn wrapped(schema: &Schema) -> Option<Id> {
    let [only] = schema.all_of.as_slice() else { return None };
    let alone = schema.object.properties.is_empty() && schema.any_of.is_empty() && schema.one_of.is_empty();
    (alone && matches!(schema.types & !NULL, 0 | 64)).then_some(*only)
}
