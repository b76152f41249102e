// Written by the build from the swagger files.

mod schemas {
    use crate::contract::schema::*;

    pub(super) static BOOLEAN: Schema = Schema { types: Types::BOOLEAN, ..Schema::ANY };

    pub(super) static STRING: Schema = Schema { types: Types::STRING, ..Schema::ANY };

    pub(super) static DOOR_OPEN_DOOR: Schema = Schema {
        types: Types::STRING,
        string: Some(&StringRules { min_length: 0, max_length: Some(4) }),
        ..Schema::ANY
    };

    pub(super) static DOOR_OPEN_BODY: Schema = Schema {
        types: Types::OBJECT,
        object: Some(&ObjectRules {
            properties: &[
                Property { name: "wide", schema: &BOOLEAN, required: false },
            ],
            required: &[],
            additional: Additional::Allowed,
            min_properties: 0,
            max_properties: None,
        }),
        ..Schema::ANY
    };

    pub(super) static DOOR_STATE: Schema = Schema {
        types: Types::OBJECT,
        object: Some(&ObjectRules {
            properties: &[
                Property { name: "open", schema: &BOOLEAN, required: true },
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

    /// Open a door
    pub static DOOR_OPEN: Operation = Operation {
        name: "doorOpen",
        method: "POST",
        path: "/api/v1/doors/{door}",
        summary: "Open a door",
        security: Security::Basic,
        parameters: &[
            Parameter {
                name: "door",
                location: Location::Path,
                required: true,
                summary: "",
                schema: &schemas::DOOR_OPEN_DOOR,
            },
            Parameter {
                name: "x-key",
                location: Location::Header,
                required: true,
                summary: "",
                schema: &schemas::STRING,
            },
        ],
        body: Some(&schemas::DOOR_OPEN_BODY),
        responses: &[
            Response { status: 200, payload: Some(&schemas::DOOR_STATE) },
            Response { status: 404, payload: None },
        ],
    };
}

/// Every operation of the REST API that the agent knows.
pub static OPERATIONS: &[&crate::contract::operation::Operation] = &[
    &operations::DOOR_OPEN,
];

/// Every callback of the cloud that has a published schema.
pub static CALLBACKS: &[crate::contract::operation::Callback] = &[
];

// Written by the build from the swagger files.

/// What [`door_open`] returns.
pub type DoorOpenAnswer = DoorState;

/// Open a door: `POST /api/v1/doors/{door}`
///
/// # Errors
/// See [`Error`].
pub fn door_open(
    cloud: &mut (impl Call + ?Sized),
    door: &str,
    body: &DoorOpenBody,
) -> Result<DoorState, Error> {
    answer(&operations::DOOR_OPEN, &cloud.call(&operations::DOOR_OPEN, &[("door", door)], Some(body))?)
}

/// `DoorOpenBody` of the swagger.
#[derive(Clone, Default)]
pub struct DoorOpenBody {
    /// `wide`.
    pub wide: Option<bool>,
}

impl Serialize for DoorOpenBody {
    fn begin(&self) -> Fragment<'_> {
        let mut fields = Fields::default();
        fields.optional("wide", &self.wide);
        fields.finish()
    }
}

impl std::fmt::Debug for DoorOpenBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DoorOpenBody").finish_non_exhaustive()
    }
}

/// `DoorState` of the swagger.
#[derive(Clone, Default)]
pub struct DoorState {
    /// `open`.
    pub open: Option<bool>,
}

impl Read for DoorState {
    fn read(value: &Value) -> Option<Self> {
        let object = match value {
            Value::Object(object) => object,
            Value::Null => return Some(Self::default()),
            _ => return None,
        };
        Some(DoorState {
            open: field(object, "open"),
        })
    }
}

impl std::fmt::Debug for DoorState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DoorState").finish_non_exhaustive()
    }
}
