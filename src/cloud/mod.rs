//! The way to the cloud's REST API: what one call is, and what its failure tells the caller to do.
//!
//! The functions of [`api`] are generated; they ask a [`Call`] to carry them out. Retrying is the caller's
//! affair (the session, the reactions): an [`Error`] says whether it makes sense, and when.

use std::fmt;
use std::time::Duration;

use crate::contract::operation::Operation;

pub mod account;
mod answer;
pub mod api;
pub mod backoff;
pub mod client;
mod request;
pub mod token;
mod transport;

pub use account::Account;
pub use answer::MAX_RETRY_AFTER;
pub use client::Client;
pub use transport::{CALL_TIME, SetupError};

/// Carries out one operation of the REST API.
pub trait Call {
    /// Checks `parameters` and `body` against the contract, sends the request, and returns the payload of
    /// the answer without its `data` wrapper; [`miniserde::json::Value::Null`] when the answer has no body.
    ///
    /// Header parameters (those of sign-in) are set by the implementation and not expected here.
    ///
    /// # Errors
    /// See [`Error`]; with [`Error::Contract`] nothing has been sent.
    fn call(
        &mut self,
        operation: &'static Operation,
        parameters: &[(&str, &str)],
        body: Option<&dyn miniserde::Serialize>,
    ) -> Result<miniserde::json::Value, Error>;
}

/// Why a call failed; the variant is the decision. `Display` never shows a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// No answer: name, connection, TLS, time-out. Try again later.
    Network {
        /// What went wrong, without addresses that hold credentials.
        reason: String,
    },
    /// A status that none of the other variants is for. 5xx and 429 are worth another attempt.
    Status {
        /// The HTTP status.
        status: u16,
        /// `errorDetailsCode`, if the body told one.
        code: Option<i64>,
        /// `errorMsg`, shortened; empty if there was none.
        message: String,
        /// `Retry-After`, bounded; on 429 with the random part already added.
        retry_after: Option<Duration>,
    },
    /// 401500, 401520, 401521: these credentials will not be accepted, however often they are sent.
    Rejected {
        /// `errorDetailsCode`.
        code: i64,
        /// `errorMsg`, shortened.
        message: String,
    },
    /// 401501: the account is locked; each attempt prolongs it.
    Locked,
    /// 401523, or any other 401 on a call that carried a token: sign in again.
    Expired,
    /// There is no token at the moment; nothing has been sent.
    SignedOut,
    /// 404 on the connection itself: it is no more.
    Gone,
    /// The request breaks the contract; nothing has been sent.
    Contract {
        /// Where: a JSON pointer into the body, or the parameter's name.
        pointer: String,
        /// What rule.
        rule: String,
    },
    /// The answer is not what the caller needs: no JSON, or a field is missing.
    Answer {
        /// The operation's name.
        operation: &'static str,
        /// What is missing or wrong.
        reason: String,
    },
}

impl Error {
    /// Whether the same call may succeed later without anybody's help.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Network { .. } | Error::Answer { .. } => true,
            Error::Status { status, .. } => *status == 429 || *status == 408 || *status >= 500,
            _ => false,
        }
    }

    /// How long the cloud asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Network { reason } => write!(f, "cannot reach the cloud: {reason}"),
            Error::Status { status, code, message, .. } => {
                write!(f, "the cloud answered {status}")?;
                if let Some(code) = code {
                    write!(f, " ({code})")?;
                }
                if message.is_empty() { Ok(()) } else { write!(f, ": {message}") }
            }
            Error::Rejected { code, message } => {
                write!(
                    f,
                    "the cloud rejects these credentials ({code}: {message}); check login, password, "
                )?;
                f.write_str("appID and appSecret")
            }
            Error::Locked => f.write_str("the account is locked after too many failed sign-ins (401501)"),
            Error::Expired => f.write_str("the token is no longer accepted"),
            Error::SignedOut => f.write_str("not signed in"),
            Error::Gone => f.write_str("the connection no longer exists"),
            Error::Contract { pointer, rule } => {
                write!(f, "the request breaks the contract at \"{pointer}\": {rule}; it was not sent")
            }
            Error::Answer { operation, reason } => write!(f, "unusable answer to {operation}: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
