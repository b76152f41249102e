//! A schema of the swagger as plain data, which the build writes and [`super::check()`] reads.
//!
//! One type serves all documents. The generator folds `nullable` into `types` and turns every `enum` value
//! into its canonical JSON text (`json::canonical`), so that the checker compares bytes.

/// The JSON types a schema allows, as a set of bits; `0` allows every type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types(pub u8);

impl Types {
    /// Every type: the schema has no `type`.
    pub const ANY: Types = Types(0);
    /// `null`, from `nullable: true`.
    pub const NULL: Types = Types(1);
    /// `true` and `false`.
    pub const BOOLEAN: Types = Types(2);
    /// A number without a fraction.
    pub const INTEGER: Types = Types(4);
    /// Any number.
    pub const NUMBER: Types = Types(8);
    /// A string.
    pub const STRING: Types = Types(16);
    /// An array.
    pub const ARRAY: Types = Types(32);
    /// An object.
    pub const OBJECT: Types = Types(64);

    /// Both sets together.
    pub const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    /// Whether all bits of `other` are in this set.
    pub const fn has(self, other: Types) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One schema object. A missing keyword is `None` or an empty slice.
#[derive(Debug)]
pub struct Schema {
    /// `type` and `nullable`.
    pub types: Types,
    /// `enum`: canonical JSON texts; empty when the schema has none (an empty `enum` stops the build).
    pub allowed: &'static [&'static str],
    /// Bounds of a number.
    pub number: Option<&'static NumberRules>,
    /// Bounds of a string.
    pub string: Option<&'static StringRules>,
    /// Items and bounds of an array.
    pub array: Option<&'static ArrayRules>,
    /// Properties and bounds of an object.
    pub object: Option<&'static ObjectRules>,
    /// `allOf`.
    pub all_of: &'static [&'static Schema],
    /// `anyOf`.
    pub any_of: &'static [&'static Schema],
    /// `oneOf`.
    pub one_of: &'static [&'static Schema],
    /// `not`.
    pub not: Option<&'static Schema>,
}

impl Schema {
    /// The schema that allows every document; also the base of `..Schema::ANY` in generated code.
    pub const ANY: Schema = Schema {
        types: Types::ANY,
        allowed: &[],
        number: None,
        string: None,
        array: None,
        object: None,
        all_of: &[],
        any_of: &[],
        one_of: &[],
        not: None,
    };

    /// The property that the schema itself declares under this name.
    pub fn property(&self, name: &str) -> Option<&'static Property> {
        self.object?.properties.iter().find(|property| property.name == name)
    }

    /// Whether a value must be read more than once.
    #[inline]
    pub(crate) fn combines(&self) -> bool {
        !(self.all_of.is_empty() && self.any_of.is_empty() && self.one_of.is_empty() && self.not.is_none())
    }
}

/// `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum` (booleans in OpenAPI 3.0), `multipleOf`.
/// The numbers are JSON number texts, compared exactly as decimals, never as floats.
#[derive(Debug)]
pub struct NumberRules {
    /// Lower bound and whether it is excluded.
    pub minimum: Option<(&'static str, bool)>,
    /// Upper bound and whether it is excluded.
    pub maximum: Option<(&'static str, bool)>,
    /// `multipleOf`, greater than zero.
    pub multiple_of: Option<&'static str>,
}

/// `minLength` and `maxLength`, in Unicode code points.
#[derive(Debug)]
pub struct StringRules {
    /// Fewest code points.
    pub min_length: u64,
    /// Most code points.
    pub max_length: Option<u64>,
}

/// `items`, `minItems`, `maxItems`, `uniqueItems`.
#[derive(Debug)]
pub struct ArrayRules {
    /// The schema of every item.
    pub items: Option<&'static Schema>,
    /// Fewest items.
    pub min_items: u64,
    /// Most items.
    pub max_items: Option<u64>,
    /// No two items are equal as JSON values.
    pub unique: bool,
}

/// `properties`, `required`, `additionalProperties`, `minProperties`, `maxProperties`.
#[derive(Debug)]
pub struct ObjectRules {
    /// The named properties, in the order of the file.
    pub properties: &'static [Property],
    /// Required names that are not in `properties` (those that are carry the mark themselves).
    pub required: &'static [&'static str],
    /// What holds for names that are not in `properties`.
    pub additional: Additional,
    /// Fewest properties.
    pub min_properties: u64,
    /// Most properties.
    pub max_properties: Option<u64>,
}

/// One named property.
#[derive(Debug)]
pub struct Property {
    /// Its name, unescaped.
    pub name: &'static str,
    /// Its schema.
    pub schema: &'static Schema,
    /// Whether it must be there.
    pub required: bool,
}

/// `additionalProperties`.
#[derive(Debug)]
pub enum Additional {
    /// `true`, `{}` or absent.
    Allowed,
    /// `false`.
    Refused,
    /// A schema.
    Schema(&'static Schema),
}
