//! What an error of the cloud looks like in an event's data (CONTRACT section 5).

use crate::cloud::Error;
use crate::events::Outcome;

/// No answer at all.
const UNREACHABLE: i64 = -1;
/// There was no token to call with.
const SIGNED_OUT: i64 = -2;
/// The agent's own request was wrong.
const CONTRACT: i64 = -3;
/// The answer lacked what was needed.
const ANSWER: i64 = -4;

/// The data of a failure: the HTTP status where there was one, else a number of our own.
pub(crate) fn failure(error: &Error) -> Outcome {
    let (code, label) = match error {
        Error::Network { .. } => (UNREACHABLE, "UNREACHABLE"),
        Error::Status { status: 429, .. } => (429, "THROTTLED"),
        Error::Status { status, .. } if *status >= 500 => (i64::from(*status), "UNAVAILABLE"),
        Error::Status { status, .. } => (i64::from(*status), "REFUSED"),
        Error::Rejected { .. } => (401, "REJECTED"),
        Error::Locked => (401, "LOCKED"),
        Error::Expired => (401, "EXPIRED"),
        Error::SignedOut => (SIGNED_OUT, "SIGNEDOUT"),
        Error::Gone => (404, "GONE"),
        Error::Contract { .. } => (CONTRACT, "CONTRACT"),
        Error::Answer { .. } => (ANSWER, "ANSWER"),
    };
    Outcome::Failure { code, label, msg: error.to_string() }
}
