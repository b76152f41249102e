//! The table of operations and callbacks that the build writes from the swagger.

use super::schema::Schema;

/// How a call signs itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Login and application headers (CONTRACT section 2).
    Basic,
    /// `Authorization: Bearer <token>`.
    Bearer,
    /// Nothing.
    None,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// `{name}` in the path.
    Path,
    /// `?name=`.
    Query,
    /// A header; those of sign-in are set by the client itself.
    Header,
}

/// One parameter of an operation.
#[derive(Debug)]
pub struct Parameter {
    /// The name on the wire.
    pub name: &'static str,
    /// Where it stands.
    pub location: Location,
    /// Whether a call without it is refused.
    pub required: bool,
    /// One line for help and documentation.
    pub summary: &'static str,
    /// Its schema; the value is checked as a JSON string, or as a number or boolean where the schema says so.
    pub schema: &'static Schema,
}

/// One declared answer of an operation.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The schema of the payload without its `data` wrapper; `None` when the answer has no body.
    ///
    /// Wrapped and bare answers are the same to the agent: a `data` member of an answer is its wrapper, unless the
    /// payload's schema has a property of that name itself ([`Schema::property`]).
    pub payload: Option<&'static Schema>,
}

/// One operation of the REST API.
#[derive(Debug)]
pub struct Operation {
    /// `connectionCreate`.
    pub name: &'static str,
    /// `GET`, `POST`, `PUT`, `DELETE`.
    pub method: &'static str,
    /// The whole path with `{parameters}`.
    pub path: &'static str,
    /// One line.
    pub summary: &'static str,
    /// How the call signs itself.
    pub security: Security,
    /// In the order of the file, path parameters first.
    pub parameters: &'static [Parameter],
    /// The schema of the request body, if it has one.
    pub body: Option<&'static Schema>,
    /// Success and error answers that the swagger declares.
    pub responses: &'static [Response],
}

/// One callback of the cloud.
#[derive(Debug)]
pub struct Callback {
    /// `chat-state`: the path's last segment.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// The schema of its body.
    pub schema: &'static Schema,
    /// A body that keeps the contract, as JSON.
    pub example: &'static str,
}
