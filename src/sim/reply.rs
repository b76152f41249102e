//! Answers of the simulated cloud before they are HTTP.

use miniserde::json::Value;

use super::account::Denied;
use super::value::{number, object, text};

/// Status, body and the one header that matters.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    /// The status code.
    pub(super) status: u16,
    /// The JSON document, or other text where a fault wants it.
    pub(super) body: Body,
    /// `Retry-After`, as it is.
    pub(super) retry_after: Option<String>,
}

/// The content of an answer.
#[derive(Debug, Clone)]
pub(super) enum Body {
    /// None.
    Empty,
    /// A JSON value.
    Json(Value),
    /// Any text; a fault's own.
    Text(String),
}

impl Reply {
    /// Without a body.
    pub(super) fn empty(status: u16) -> Reply {
        Reply { status, body: Body::Empty, retry_after: None }
    }

    /// A value as it is.
    pub(super) fn bare(status: u16, value: Value) -> Reply {
        Reply { status, body: Body::Json(value), retry_after: None }
    }

    /// A value under `data`.
    pub(super) fn data(status: u16, value: Value) -> Reply {
        Reply::bare(status, object([("data", value)]))
    }

    /// The cloud's form of an error.
    pub(super) fn error(status: u16, details: Value, code: i64) -> Reply {
        let message = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            501 => "Not Implemented",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            _ => "Error",
        };
        let error = [
            ("errorCode", number(i64::from(status))),
            ("errorMsg", text(message)),
            ("errorDetails", details),
            ("errorDetailsCode", number(code)),
        ];
        Reply::bare(status, object(error))
    }

    /// 404 for a thing that the cloud does not know.
    pub(super) fn not_found(thing: &str, id: &str) -> Reply {
        Reply::error(404, text(format!("{thing} {id} is unknown")), 404_000)
    }

    /// 401 with the reason's code, and the object that the cloud sends when a token has expired.
    pub(super) fn denied(reason: Denied) -> Reply {
        let details = match reason {
            Denied::Wrong => text("Unknown login or wrong password, or unknown application"),
            Denied::Locked => text("The account is locked"),
            Denied::Unknown => text("No token, or an unknown one"),
            Denied::Expired => object([("errorMsg", text("The token has expired (timeToLive)"))]),
            Denied::UsedUp => text("The token cannot be renewed any more"),
        };
        Reply::error(401, details, reason.code())
    }

    /// The document to send; empty when there is none.
    pub(super) fn document(&self) -> String {
        match &self.body {
            Body::Empty => String::new(),
            Body::Json(value) => super::value::document(value),
            Body::Text(text) => text.clone(),
        }
    }
}
