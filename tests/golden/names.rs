// Written by the build from the swagger files.

mod schemas {
    use crate::contract::schema::*;

    pub(super) static BOOLEAN: Schema = Schema { types: Types::BOOLEAN, ..Schema::ANY };

    pub(super) static NUMBER: Schema = Schema { types: Types::NUMBER, ..Schema::ANY };

    pub(super) static STRING: Schema = Schema { types: Types::STRING, ..Schema::ANY };

    pub(super) static ERROR_TYPE: Schema = Schema {
        types: Types::OBJECT,
        object: Some(&ObjectRules {
            properties: &[
                Property { name: "", schema: &Schema {
                    types: Types::STRING,
                    allowed: &["\"\\u0000\"", "\"\u{2028}\"", "\"a\\\"b\""],
                    ..Schema::ANY
                }, required: false },
                Property { name: "self", schema: &FOO_BAR, required: false },
                Property { name: "a-b", schema: &FOO_BAR2, required: false },
                Property { name: "a_b", schema: &NUMBER2, required: false },
                Property { name: "größe", schema: &NUMBER, required: false },
                Property { name: "1st", schema: &BOOLEAN, required: false },
                Property { name: "Value", schema: &Schema {
                    types: Types::OBJECT,
                    object: Some(&ObjectRules {
                        properties: &[
                            Property { name: "x", schema: &Schema::ANY, required: false },
                        ],
                        required: &[],
                        additional: Additional::Allowed,
                        min_properties: 0,
                        max_properties: None,
                    }),
                    ..Schema::ANY
                }, required: false },
            ],
            required: &["not\na \"property\""],
            additional: Additional::Allowed,
            min_properties: 0,
            max_properties: None,
        }),
        ..Schema::ANY
    };

    pub(super) static FOO_BAR: Schema = Schema {
        types: Types::STRING,
        string: Some(&StringRules { min_length: 0, max_length: Some(1) }),
        ..Schema::ANY
    };

    pub(super) static FOO_BAR2: Schema = Schema {
        types: Types::STRING,
        string: Some(&StringRules { min_length: 1, max_length: None }),
        ..Schema::ANY
    };

    pub(super) static NUMBER2: Schema = Schema {
        types: Types::NUMBER,
        number: Some(&NumberRules { minimum: Some(("1e400", false)), maximum: None, multiple_of: None }),
        ..Schema::ANY
    };

    pub(super) static STRING_TYPE: Schema = Schema {
        types: Types::OBJECT,
        object: Some(&ObjectRules {
            properties: &[
                Property { name: "options", schema: &ANSWER_OPTIONS2, required: false },
            ],
            required: &[],
            additional: Additional::Allowed,
            min_properties: 0,
            max_properties: None,
        }),
        ..Schema::ANY
    };

    pub(super) static ANSWER_OPTIONS2: Schema = Schema {
        types: Types::OBJECT,
        object: Some(&ObjectRules {
            properties: &[
                Property { name: "ok", schema: &BOOLEAN, required: false },
                Property { name: "two\nlines\r", schema: &STRING, required: false },
            ],
            required: &[],
            additional: Additional::Allowed,
            min_properties: 0,
            max_properties: None,
        }),
        ..Schema::ANY
    };
}

/// The operations by name.
pub mod operations {
    use super::schemas;
    use crate::contract::operation::*;

    /// See \[this\]
    pub static ANSWER: Operation = Operation {
        name: "answer",
        method: "PUT",
        path: "/{type}/{a-b}",
        summary: "See [this]",
        security: Security::None,
        parameters: &[
            Parameter {
                name: "type",
                location: Location::Path,
                required: true,
                summary: "",
                schema: &schemas::BOOLEAN,
            },
            Parameter {
                name: "a-b",
                location: Location::Path,
                required: true,
                summary: "",
                schema: &schemas::STRING,
            },
            Parameter {
                name: "body",
                location: Location::Query,
                required: true,
                summary: "",
                schema: &schemas::STRING,
            },
            Parameter {
                name: "cloud",
                location: Location::Query,
                required: false,
                summary: "",
                schema: &schemas::STRING,
            },
        ],
        body: Some(&schemas::ERROR_TYPE),
        responses: &[
            Response { status: 200, payload: Some(&schemas::STRING_TYPE) },
        ],
    };

    /// type
    pub static TYPE: Operation = Operation {
        name: "type",
        method: "DELETE",
        path: "/{type}/{a-b}",
        summary: "type",
        security: Security::None,
        parameters: &[
            Parameter {
                name: "type",
                location: Location::Path,
                required: true,
                summary: "",
                schema: &schemas::BOOLEAN,
            },
            Parameter {
                name: "a-b",
                location: Location::Path,
                required: true,
                summary: "",
                schema: &schemas::STRING,
            },
        ],
        body: None,
        responses: &[
            Response { status: 204, payload: None },
        ],
    };
}

/// Every operation of the REST API that the agent knows.
pub static OPERATIONS: &[&crate::contract::operation::Operation] = &[
    &operations::ANSWER,
    &operations::TYPE,
];

/// Every callback of the cloud that has a published schema.
pub static CALLBACKS: &[crate::contract::operation::Callback] = &[
];

// Written by the build from the swagger files.

/// What [`answer_`] returns.
pub type AnswerAnswer = StringType;

/// What may be left out.
#[derive(Clone, Debug, Default)]
pub struct AnswerOptions {
    /// `cloud`.
    pub cloud: Option<String>,
}

/// See \[this\]: `PUT /{type}/{a-b}`
///
/// # Errors
/// See [`Error`].
pub fn answer_(
    cloud: &mut (impl Call + ?Sized),
    type_: bool,
    a_b: &str,
    body2: &str,
    body: &ErrorType,
) -> Result<StringType, Error> {
    answer_with(cloud, type_, a_b, body2, body, &AnswerOptions::default())
}

/// See \[this\]: `PUT /{type}/{a-b}`
///
/// # Errors
/// See [`Error`].
pub fn answer_with(
    cloud: &mut (impl Call + ?Sized),
    type_: bool,
    a_b: &str,
    body2: &str,
    body: &ErrorType,
    options: &AnswerOptions,
) -> Result<StringType, Error> {
    let type_ = type_.to_string();
    let cloud2 = options.cloud.as_ref().map(ToString::to_string);
    let mut parameters = vec![("type", type_.as_str()), ("a-b", a_b), ("body", body2)];
    parameters.extend(cloud2.as_deref().map(|value| ("cloud", value)));
    answer(&operations::ANSWER, &cloud.call(&operations::ANSWER, &parameters, Some(body))?)
}

/// type: `DELETE /{type}/{a-b}`
///
/// # Errors
/// See [`Error`].
pub fn type_(
    cloud: &mut (impl Call + ?Sized),
    type_: bool,
    a_b: &str,
) -> Result<(), Error> {
    let type_ = type_.to_string();
    cloud.call(&operations::TYPE, &[("type", type_.as_str()), ("a-b", a_b)], None).map(drop)
}

/// `ErrorType` of the swagger.
#[derive(Clone, Default)]
pub struct ErrorType {
    /// ``.
    pub field_: Option<String>,
    /// `self`.
    pub self_: Option<String>,
    /// `a-b`.
    pub a_b: Option<String>,
    /// `a_b`.
    pub a_b2: Option<f64>,
    /// `größe`.
    pub gr_e: Option<f64>,
    /// `1st`.
    pub field_1st: Option<bool>,
    /// `Value`.
    pub value: Option<ErrorTypeValue>,
}

impl Serialize for ErrorType {
    fn begin(&self) -> Fragment<'_> {
        let mut fields = Fields::default();
        fields.optional("", &self.field_);
        fields.optional("self", &self.self_);
        fields.optional("a-b", &self.a_b);
        fields.optional("a_b", &self.a_b2);
        fields.optional("größe", &self.gr_e);
        fields.optional("1st", &self.field_1st);
        fields.optional("Value", &self.value);
        fields.finish()
    }
}

impl std::fmt::Debug for ErrorType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ErrorType").finish_non_exhaustive()
    }
}

/// `ErrorTypeValue` of the swagger.
#[derive(Clone, Default)]
pub struct ErrorTypeValue {
    /// `x`.
    pub x: Option<Value>,
}

impl Serialize for ErrorTypeValue {
    fn begin(&self) -> Fragment<'_> {
        let mut fields = Fields::default();
        fields.optional("x", &self.x);
        fields.finish()
    }
}

impl std::fmt::Debug for ErrorTypeValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ErrorTypeValue").finish_non_exhaustive()
    }
}

/// `StringType` of the swagger.
#[derive(Clone, Default)]
pub struct StringType {
    /// `options`.
    pub options: Option<AnswerOptions2>,
}

impl Read for StringType {
    fn read(value: &Value) -> Option<Self> {
        let object = match value {
            Value::Object(object) => object,
            Value::Null => return Some(Self::default()),
            _ => return None,
        };
        Some(StringType {
            options: field(object, "options"),
        })
    }
}

impl std::fmt::Debug for StringType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StringType").finish_non_exhaustive()
    }
}

/// `AnswerOptions2` of the swagger.
#[derive(Clone, Default)]
pub struct AnswerOptions2 {
    /// `ok`.
    pub ok: Option<bool>,
    /// `two lines `.
    pub two_lines: Option<String>,
}

impl Read for AnswerOptions2 {
    fn read(value: &Value) -> Option<Self> {
        let object = match value {
            Value::Object(object) => object,
            Value::Null => return Some(Self::default()),
            _ => return None,
        };
        Some(AnswerOptions2 {
            ok: field(object, "ok"),
            two_lines: field(object, "two\nlines\r"),
        })
    }
}

impl std::fmt::Debug for AnswerOptions2 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerOptions2").finish_non_exhaustive()
    }
}
