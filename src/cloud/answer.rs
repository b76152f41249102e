//! From the cloud's answer to a payload, or to an [`Error`] that tells what to do.
//!
//! Nothing here refuses an answer for being newer than the contract: what deviates is reported as drift.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use miniserde::json::Value;

use super::Error;
use super::backoff::Jitter;
use crate::contract::operation::{Operation, Security};
use crate::contract::schema::Schema;
use crate::contract::{self, Mode, Refusal, drift};
use crate::json;

/// Longest wait that a `Retry-After` can ask for.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);
/// Added at random to the wait after a 429 (CONTRACT section 11).
const MAX_RANDOM_WAIT: Duration = Duration::from_secs(5);
/// Characters kept of the cloud's own words.
const MESSAGE_CHARACTERS: usize = 160;

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// `Retry-After`.
    pub(crate) retry_after: Option<&'a str>,
    /// `Date`, to which a `Retry-After` date is compared: this machine's clock may be wrong.
    pub(crate) date: Option<&'a str>,
    /// The whole body.
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// The payload, or what the failure means for `operation`.
    pub(crate) fn payload(&self, operation: &'static Operation) -> Result<Value, Error> {
        if (200..300).contains(&self.status) { self.good(operation) } else { Err(self.failure(operation)) }
    }

    fn good(&self, operation: &'static Operation) -> Result<Value, Error> {
        let schema = payload_schema(operation, self.status);
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Null);
        }
        let unusable = |reason: String| Error::Answer { operation: operation.name, reason };
        let document = match json::parse(self.body) {
            Ok(document) => document,
            // Nobody reads the body of an operation that has none.
            Err(_) if schema.is_none() => return Ok(Value::Null),
            Err(error) => {
                let (line, column) = error.position(self.body);
                return Err(unusable(format!("not JSON at line {line}, column {column}: {}", error.reason)));
            }
        };
        let payload = match document.get("data") {
            Some(data) if !schema.is_some_and(|schema| has_property(schema, "data")) => data,
            _ => &document,
        };
        let bytes = self.body.get(payload.start..payload.end).unwrap_or_default();
        if let Some(schema) = schema {
            report_drift(operation, schema, bytes);
        }
        // The grammar was checked above, and its bytes are UTF-8; what is left are numbers beyond a double.
        let text = std::str::from_utf8(bytes).map_err(|_| unusable("not UTF-8".into()))?;
        miniserde::json::from_str(text).map_err(|_| unusable("a number in it cannot be represented".into()))
    }

    fn failure(&self, operation: &'static Operation) -> Error {
        let told = Told::read(self.body);
        let basic = operation.security == Security::Basic;
        match (self.status, told.code) {
            (400..500, Some(401_501)) => Error::Locked,
            // A 401 that is not known counts as rejection too: repeating it could lock the account.
            (401, code) if basic => Error::Rejected { code: code.unwrap_or(401), message: told.message },
            (400..500, Some(code @ (401_500 | 401_520 | 401_521))) if basic => {
                Error::Rejected { code, message: told.message }
            }
            // Whatever it says of a token, one sign-in tells whether it is meant for the credentials.
            (401, _) => Error::Expired,
            (404 | 410, _) if is_connection(operation) => Error::Gone,
            (status, code) => Error::Status {
                status,
                code,
                message: if (300..400).contains(&status) {
                    "a redirect, which is not followed: set `rainbow.host` to the final address".into()
                } else {
                    told.message
                },
                retry_after: self.retry_after(),
            },
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        let told = self.retry_after?.trim();
        let wait = match told.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) if !told.is_empty() && told.bytes().all(|byte| byte.is_ascii_digit()) => MAX_RETRY_AFTER,
            Err(_) => {
                let now = self.date.and_then(http_date).or_else(|| {
                    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
                    Some(now.as_secs())
                })?;
                Duration::from_secs(http_date(told)?.saturating_sub(now))
            }
        };
        let wait = wait.min(MAX_RETRY_AFTER);
        let random = self.status == 429;
        Some(if random { wait + Jitter::from_system().up_to(MAX_RANDOM_WAIT) } else { wait })
    }
}

/// What an error's body tells (CONTRACT section 2), whatever else it is.
#[derive(Debug, Default)]
struct Told {
    code: Option<i64>,
    message: String,
}

impl Told {
    fn read(body: &[u8]) -> Told {
        let Ok(document) = json::parse(body) else { return Told::default() };
        let number = |name| {
            let node: &json::Node = document.get(name)?;
            node.as_number().or_else(|| node.as_str())?.trim().parse::<i64>().ok()
        };
        let text = |name| document.get(name).and_then(json::Node::as_str);
        let code = number("errorDetailsCode").or_else(|| number("errorCode").filter(|code| *code > 999));
        let message = text("errorMsg").or_else(|| text("message")).unwrap_or_default();
        let message = message.chars().map(|c| if c.is_control() { ' ' } else { c });
        Told { code, message: message.take(MESSAGE_CHARACTERS).collect() }
    }
}

/// `…/connections/{id}` itself, not what lies under it.
fn is_connection(operation: &Operation) -> bool {
    let mut segments = operation.path.rsplit('/');
    segments.next().is_some_and(|last| last.starts_with('{')) && segments.next() == Some("connections")
}

fn payload_schema(operation: &Operation, status: u16) -> Option<&'static Schema> {
    let exact = operation.responses.iter().find(|response| response.status == status);
    match exact {
        Some(response) => response.payload,
        None => {
            let mut good =
                operation.responses.iter().filter(|response| (200..300).contains(&response.status));
            good.find_map(|response| response.payload)
        }
    }
}

fn has_property(schema: &Schema, name: &str) -> bool {
    let own =
        schema.object.is_some_and(|object| object.properties.iter().any(|property| property.name == name));
    own || schema.all_of.iter().any(|part| has_property(part, name))
}

fn report_drift(operation: &Operation, schema: &Schema, payload: &[u8]) {
    let place = || format!("answer to {}", operation.name);
    match contract::check(schema, payload, Mode::Tolerant) {
        Ok(violations) => violations.iter().for_each(|violation| drift::report(&place(), violation)),
        Err(Refusal::Broken(violation)) => drift::report(&place(), &violation),
        Err(_) => {}
    }
}

/// Seconds since 1970 of an IMF-fixdate (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. The two
/// obsolete forms are not read: a `Retry-After` in them counts as none.
fn http_date(text: &str) -> Option<u64> {
    let mut parts = text.trim().split_ascii_whitespace();
    let (_weekday, day, month, year) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (time, zone) = (parts.next()?, parts.next()?);
    if zone != "GMT" || parts.next().is_some() {
        return None;
    }
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = MONTHS.find(month).filter(|at| month.len() == 3 && at % 3 == 0)? as u64 / 3 + 1;
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let mut clock = time.splitn(3, ':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days since 1970-01-01 in the Gregorian calendar, years counted from March so that leap days come last.
    let shifted = year - u64::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + of_year - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests;
