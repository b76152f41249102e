// Written by the build from the swagger files.

mod schemas {
    use crate::contract::schema::*;

    pub(super) static INTEGER: Schema = Schema { types: Types::INTEGER, ..Schema::ANY };

    pub(super) static STRING: Schema = Schema { types: Types::STRING, ..Schema::ANY };

    pub(super) static AB_TREE: Schema = Schema {
        types: Types::OBJECT,
        object: Some(&ObjectRules {
            properties: &[
                Property { name: "label", schema: &STRING, required: false },
                Property { name: "next", schema: &AB_TREE, required: false },
                Property { name: "children", schema: &Schema {
                    types: Types::ARRAY,
                    array: Some(&ArrayRules {
                        items: Some(&AB_TREE),
                        min_items: 0,
                        max_items: None,
                        unique: false,
                    }),
                    ..Schema::ANY
                }, required: false },
                Property { name: "by name", schema: &Schema {
                    types: Types::OBJECT,
                    object: Some(&ObjectRules {
                        properties: &[],
                        required: &[],
                        additional: Additional::Schema(&AB_TREE),
                        min_properties: 0,
                        max_properties: None,
                    }),
                    ..Schema::ANY
                }, required: false },
                Property { name: "matrix", schema: &MATRIX, required: false },
            ],
            required: &[],
            additional: Additional::Allowed,
            min_properties: 0,
            max_properties: None,
        }),
        ..Schema::ANY
    };

    pub(super) static MATRIX: Schema = Schema {
        types: Types::ARRAY,
        array: Some(&ArrayRules {
            items: Some(&MATRIX),
            min_items: 0,
            max_items: None,
            unique: false,
        }),
        ..Schema::ANY
    };
}

/// The operations by name.
pub mod operations {
    use super::schemas;
    use crate::contract::operation::*;

    /// Write a tree
    pub static TREE_UPDATE: Operation = Operation {
        name: "treeUpdate",
        method: "PUT",
        path: "/trees/{id}",
        summary: "Write a tree",
        security: Security::None,
        parameters: &[
            Parameter {
                name: "id",
                location: Location::Path,
                required: true,
                summary: "",
                schema: &schemas::INTEGER,
            },
        ],
        body: Some(&schemas::AB_TREE),
        responses: &[
            Response { status: 204, payload: None },
        ],
    };
}

/// Every operation of the REST API that the agent knows.
pub static OPERATIONS: &[&crate::contract::operation::Operation] = &[
    &operations::TREE_UPDATE,
];

/// Every callback of the cloud that has a published schema.
pub static CALLBACKS: &[crate::contract::operation::Callback] = &[
];

// Written by the build from the swagger files.

/// Write a tree: `PUT /trees/{id}`
///
/// # Errors
/// See [`Error`].
pub fn tree_update(
    cloud: &mut (impl Call + ?Sized),
    id: i64,
    body: &ABTree,
) -> Result<(), Error> {
    let id = id.to_string();
    cloud.call(&operations::TREE_UPDATE, &[("id", id.as_str())], Some(body)).map(drop)
}

/// `ABTree` of the swagger.
#[derive(Clone, Default)]
pub struct ABTree {
    /// `label`.
    pub label: Option<String>,
    /// `next`.
    pub next: Option<Box<ABTree>>,
    /// `children`.
    pub children: Option<Vec<ABTree>>,
    /// `by name`.
    pub by_name: Option<Value>,
    /// `matrix`.
    pub matrix: Option<Vec<Value>>,
}

impl Serialize for ABTree {
    fn begin(&self) -> Fragment<'_> {
        let mut fields = Fields::default();
        fields.optional("label", &self.label);
        fields.optional("next", &self.next);
        fields.optional("children", &self.children);
        fields.optional("by name", &self.by_name);
        fields.optional("matrix", &self.matrix);
        fields.finish()
    }
}

impl std::fmt::Debug for ABTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ABTree").finish_non_exhaustive()
    }
}
