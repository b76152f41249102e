// Written by the build from the swagger files.

mod schemas {
    use crate::contract::schema::*;

    pub(super) static STRING: Schema = Schema { types: Types::STRING, ..Schema::ANY };

    pub(super) static READING: Schema = Schema {
        types: Types::OBJECT,
        object: Some(&ObjectRules {
            properties: &[
                Property { name: "sensor", schema: &Schema {
                    types: Types::STRING,
                    string: Some(&StringRules { min_length: 1, max_length: Some(8) }),
                    ..Schema::ANY
                }, required: true },
                Property { name: "value", schema: &Schema {
                    types: Types::NUMBER,
                    number: Some(&NumberRules { minimum: Some(("-40", false)), maximum: Some(("125.5", true)), multiple_of: Some("0.5") }),
                    ..Schema::ANY
                }, required: true },
                Property { name: "count", schema: &Schema {
                    types: Types::NULL.or(Types::INTEGER),
                    number: Some(&NumberRules { minimum: Some(("0", false)), maximum: None, multiple_of: None }),
                    ..Schema::ANY
                }, required: false },
                Property { name: "unit", schema: &UNIT, required: false },
                Property { name: "tags", schema: &Schema {
                    types: Types::ARRAY,
                    array: Some(&ArrayRules {
                        items: Some(&STRING),
                        min_items: 0,
                        max_items: Some(3),
                        unique: true,
                    }),
                    ..Schema::ANY
                }, required: false },
                Property { name: "place", schema: &Schema {
                    types: Types::OBJECT,
                    object: Some(&ObjectRules {
                        properties: &[
                            Property { name: "type", schema: &Schema {
                                allowed: &["\"room\"", "7", "null", "{\"a\":1}"],
                                ..Schema::ANY
                            }, required: false },
                        ],
                        required: &[],
                        additional: Additional::Refused,
                        min_properties: 0,
                        max_properties: None,
                    }),
                    ..Schema::ANY
                }, required: false },
            ],
            required: &["signature"],
            additional: Additional::Schema(&UNIT),
            min_properties: 3,
            max_properties: Some(9),
        }),
        ..Schema::ANY
    };

    pub(super) static UNIT: Schema = Schema {
        types: Types::STRING,
        allowed: &["\"°C\"", "\"%\""],
        ..Schema::ANY
    };
}

/// The operations by name.
pub mod operations {
    use super::schemas;
    use crate::contract::operation::*;

    /// Store a reading
    pub static READING_CREATE: Operation = Operation {
        name: "readingCreate",
        method: "POST",
        path: "/readings",
        summary: "Store a reading",
        security: Security::None,
        parameters: &[],
        body: Some(&schemas::READING),
        responses: &[
            Response { status: 202, payload: None },
        ],
    };
}

/// Every operation of the REST API that the agent knows.
pub static OPERATIONS: &[&crate::contract::operation::Operation] = &[
    &operations::READING_CREATE,
];

/// Every callback of the cloud that has a published schema.
pub static CALLBACKS: &[crate::contract::operation::Callback] = &[
];

// Written by the build from the swagger files.

/// Store a reading: `POST /readings`
///
/// # Errors
/// See [`Error`].
pub fn reading_create(
    cloud: &mut (impl Call + ?Sized),
    body: &Reading,
) -> Result<(), Error> {
    cloud.call(&operations::READING_CREATE, &[], Some(body)).map(drop)
}

/// What a sensor has measured.
#[derive(Clone, Default)]
pub struct Reading {
    /// Its "name".
    pub sensor: String,
    /// `value`.
    pub value: f64,
    /// `count`.
    pub count: Option<i64>,
    /// `unit`.
    pub unit: Option<String>,
    /// `tags`.
    pub tags: Option<Vec<String>>,
    /// `place`.
    pub place: Option<ReadingPlace>,
}

impl Serialize for Reading {
    fn begin(&self) -> Fragment<'_> {
        let mut fields = Fields::default();
        fields.required("sensor", &self.sensor);
        fields.required("value", &self.value);
        fields.optional("count", &self.count);
        fields.optional("unit", &self.unit);
        fields.optional("tags", &self.tags);
        fields.optional("place", &self.place);
        fields.finish()
    }
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").finish_non_exhaustive()
    }
}

/// `ReadingPlace` of the swagger.
#[derive(Clone, Default)]
pub struct ReadingPlace {
    /// `type`.
    pub type_: Option<Value>,
}

impl Serialize for ReadingPlace {
    fn begin(&self) -> Fragment<'_> {
        let mut fields = Fields::default();
        fields.optional("type", &self.type_);
        fields.finish()
    }
}

impl std::fmt::Debug for ReadingPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadingPlace").finish_non_exhaustive()
    }
}
