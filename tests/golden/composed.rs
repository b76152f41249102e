// Written by the build from the swagger files.

mod schemas {
    use crate::contract::schema::*;

    pub(super) static BOOLEAN: Schema = Schema { types: Types::BOOLEAN, ..Schema::ANY };

    pub(super) static INTEGER: Schema = Schema { types: Types::INTEGER, ..Schema::ANY };

    pub(super) static STRING: Schema = Schema { types: Types::STRING, ..Schema::ANY };

    pub(super) static THING_INDEX_LIMIT: Schema = Schema {
        types: Types::INTEGER,
        number: Some(&NumberRules { minimum: Some(("1", false)), maximum: None, multiple_of: None }),
        ..Schema::ANY
    };

    pub(super) static THING_INDEX_ANSWER_DATA: Schema = Schema {
        types: Types::ARRAY,
        array: Some(&ArrayRules {
            items: Some(&THING),
            min_items: 0,
            max_items: None,
            unique: false,
        }),
        ..Schema::ANY
    };

    pub(super) static THING: Schema = Schema {
        all_of: &[&NAMED, &Schema {
            types: Types::OBJECT,
            object: Some(&ObjectRules {
                properties: &[
                    Property { name: "state", schema: &STATE, required: false },
                ],
                required: &[],
                additional: Additional::Allowed,
                min_properties: 0,
                max_properties: None,
            }),
            ..Schema::ANY
        }, &Schema {
            object: Some(&ObjectRules {
                properties: &[],
                required: &["state"],
                additional: Additional::Allowed,
                min_properties: 0,
                max_properties: None,
            }),
            ..Schema::ANY
        }],
        not: Some(&Schema {
            object: Some(&ObjectRules {
                properties: &[],
                required: &["forbidden"],
                additional: Additional::Allowed,
                min_properties: 0,
                max_properties: None,
            }),
            ..Schema::ANY
        }),
        ..Schema::ANY
    };

    pub(super) static NAMED: Schema = Schema {
        types: Types::OBJECT,
        object: Some(&ObjectRules {
            properties: &[
                Property { name: "name", schema: &STRING, required: true },
                Property { name: "self", schema: &BOOLEAN, required: false },
            ],
            required: &[],
            additional: Additional::Allowed,
            min_properties: 0,
            max_properties: None,
        }),
        ..Schema::ANY
    };

    pub(super) static STATE: Schema = Schema {
        one_of: &[&Schema {
            types: Types::STRING,
            allowed: &["\"on\"", "\"off\""],
            ..Schema::ANY
        }, &Schema {
            types: Types::NUMBER,
            number: Some(&NumberRules { minimum: Some(("0", false)), maximum: None, multiple_of: None }),
            ..Schema::ANY
        }, &Schema {
            types: Types::ARRAY,
            array: Some(&ArrayRules {
                items: Some(&STRING),
                min_items: 0,
                max_items: None,
                unique: false,
            }),
            ..Schema::ANY
        }, &Schema {
            types: Types::OBJECT,
            object: Some(&ObjectRules {
                properties: &[
                    Property { name: "level", schema: &INTEGER, required: true },
                ],
                required: &[],
                additional: Additional::Allowed,
                min_properties: 0,
                max_properties: None,
            }),
            ..Schema::ANY
        }],
        ..Schema::ANY
    };
}

/// The operations by name.
pub mod operations {
    use super::schemas;
    use crate::contract::operation::*;

    /// List the things
    pub static THING_INDEX: Operation = Operation {
        name: "thingIndex",
        method: "GET",
        path: "/things",
        summary: "List the things",
        security: Security::None,
        parameters: &[
            Parameter {
                name: "limit",
                location: Location::Query,
                required: false,
                summary: "",
                schema: &schemas::THING_INDEX_LIMIT,
            },
            Parameter {
                name: "word",
                location: Location::Query,
                required: false,
                summary: "",
                schema: &schemas::STRING,
            },
        ],
        body: None,
        responses: &[
            Response { status: 200, payload: Some(&schemas::THING_INDEX_ANSWER_DATA) },
        ],
    };

    /// Make a thing
    pub static THING_CREATE: Operation = Operation {
        name: "thingCreate",
        method: "POST",
        path: "/things",
        summary: "Make a thing",
        security: Security::None,
        parameters: &[],
        body: Some(&schemas::THING),
        responses: &[
            Response { status: 200, payload: Some(&schemas::THING) },
        ],
    };
}

/// Every operation of the REST API that the agent knows.
pub static OPERATIONS: &[&crate::contract::operation::Operation] = &[
    &operations::THING_INDEX,
    &operations::THING_CREATE,
];

/// Every callback of the cloud that has a published schema.
pub static CALLBACKS: &[crate::contract::operation::Callback] = &[
];

// Written by the build from the swagger files.

/// What may be left out.
#[derive(Clone, Debug, Default)]
pub struct ThingIndexOptions {
    /// `limit`.
    pub limit: Option<i64>,
    /// `word`.
    pub word: Option<String>,
}

/// List the things: `GET /things`
///
/// # Errors
/// See [`Error`].
pub fn thing_index(
    cloud: &mut (impl Call + ?Sized),
) -> Result<Vec<ThingAnswer>, Error> {
    thing_index_with(cloud, &ThingIndexOptions::default())
}

/// List the things: `GET /things`
///
/// # Errors
/// See [`Error`].
pub fn thing_index_with(
    cloud: &mut (impl Call + ?Sized),
    options: &ThingIndexOptions,
) -> Result<Vec<ThingAnswer>, Error> {
    let limit = options.limit.as_ref().map(ToString::to_string);
    let word = options.word.as_ref().map(ToString::to_string);
    let mut parameters = vec![];
    parameters.extend(limit.as_deref().map(|value| ("limit", value)));
    parameters.extend(word.as_deref().map(|value| ("word", value)));
    answer(&operations::THING_INDEX, &cloud.call(&operations::THING_INDEX, &parameters, None)?)
}

/// What [`thing_create`] returns.
pub type ThingCreateAnswer = ThingAnswer;

/// Make a thing: `POST /things`
///
/// # Errors
/// See [`Error`].
pub fn thing_create(
    cloud: &mut (impl Call + ?Sized),
    body: &Thing,
) -> Result<ThingAnswer, Error> {
    answer(&operations::THING_CREATE, &cloud.call(&operations::THING_CREATE, &[], Some(body))?)
}

/// `Thing` of the swagger.
#[derive(Clone, Default)]
pub struct Thing {
    /// `name`.
    pub name: String,
    /// `self`.
    pub self_: Option<bool>,
    /// `state`.
    pub state: State,
}

impl Serialize for Thing {
    fn begin(&self) -> Fragment<'_> {
        let mut fields = Fields::default();
        fields.required("name", &self.name);
        fields.optional("self", &self.self_);
        fields.required("state", &self.state);
        fields.finish()
    }
}

impl std::fmt::Debug for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Thing").finish_non_exhaustive()
    }
}

/// `State` of the swagger.
#[derive(Clone)]
pub enum State {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A list.
    List(Vec<String>),
    /// An object.
    Object(StateChoice4),
}

impl Default for State {
    fn default() -> Self {
        Self::Text(Default::default())
    }
}

impl Serialize for State {
    fn begin(&self) -> Fragment<'_> {
        match self {
            Self::Text(value) => value.begin(),
            Self::Number(value) => value.begin(),
            Self::List(value) => value.begin(),
            Self::Object(value) => value.begin(),
        }
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

/// `StateChoice4` of the swagger.
#[derive(Clone, Default)]
pub struct StateChoice4 {
    /// `level`.
    pub level: i64,
}

impl Serialize for StateChoice4 {
    fn begin(&self) -> Fragment<'_> {
        let mut fields = Fields::default();
        fields.required("level", &self.level);
        fields.finish()
    }
}

impl std::fmt::Debug for StateChoice4 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StateChoice4").finish_non_exhaustive()
    }
}

/// `ThingAnswer` of the swagger.
#[derive(Clone, Default)]
pub struct ThingAnswer {
    /// `name`.
    pub name: Option<String>,
    /// `self`.
    pub self_: Option<bool>,
    /// `state`.
    pub state: Option<StateAnswer>,
}

impl Read for ThingAnswer {
    fn read(value: &Value) -> Option<Self> {
        let object = match value {
            Value::Object(object) => object,
            Value::Null => return Some(Self::default()),
            _ => return None,
        };
        Some(ThingAnswer {
            name: field(object, "name"),
            self_: field(object, "self"),
            state: field(object, "state"),
        })
    }
}

impl std::fmt::Debug for ThingAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ThingAnswer").finish_non_exhaustive()
    }
}

/// `StateAnswer` of the swagger.
#[derive(Clone)]
pub enum StateAnswer {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A list.
    List(Vec<String>),
    /// An object.
    Object(StateChoice4Answer),
}

impl Default for StateAnswer {
    fn default() -> Self {
        Self::Text(Default::default())
    }
}

impl Read for StateAnswer {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(_) => Read::read(value).map(Self::Text),
            Value::Number(_) => Read::read(value).map(Self::Number),
            Value::Array(_) => Read::read(value).map(Self::List),
            Value::Object(_) => Read::read(value).map(Self::Object),
            _ => None,
        }
    }
}

impl std::fmt::Debug for StateAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StateAnswer").finish_non_exhaustive()
    }
}

/// `StateChoice4Answer` of the swagger.
#[derive(Clone, Default)]
pub struct StateChoice4Answer {
    /// `level`.
    pub level: Option<i64>,
}

impl Read for StateChoice4Answer {
    fn read(value: &Value) -> Option<Self> {
        let object = match value {
            Value::Object(object) => object,
            Value::Null => return Some(Self::default()),
            _ => return None,
        };
        Some(StateChoice4Answer {
            level: field(object, "level"),
        })
    }
}

impl std::fmt::Debug for StateChoice4Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StateChoice4Answer").finish_non_exhaustive()
    }
}
