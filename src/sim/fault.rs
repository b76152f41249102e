//! Faults that the simulated cloud commits on request, and the plan of those that are still due.

use std::time::Duration;

use miniserde::json::Value;

use super::value::{number_at, text_at};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// This status instead of the operation, with an error body of the right form.
    Status {
        /// 429, 500, 503, …
        status: u16,
        /// The `Retry-After` header, as it is.
        retry_after: Option<String>,
    },
    /// This status and this body instead of the operation.
    Answer {
        /// The status.
        status: u16,
        /// The body, JSON or not.
        body: String,
    },
    /// The call is read and recorded, and never answered.
    Hang,
    /// The operation is done, the answer comes late.
    Late(Duration),
    /// The connection is closed without an answer (FIN).
    Close,
    /// The connection is reset without an answer (RST).
    Reset,
    /// The operation is done, then the connection is closed without an answer: the client cannot know.
    CloseAfter,
    /// Half an answer, then the connection is closed.
    Truncate,
    /// Bytes that are not HTTP.
    Garbage,
    /// The operation is done; its answer differs from the published contract.
    Drift(Drift),
}

/// How an answer differs from the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// Without the `data` wrapper.
    Unwrapped,
    /// Every object has further members.
    ExtraFields,
    /// Enumerated members hold values that are not in their enumeration.
    UnknownEnum,
    /// Members hold values of another type.
    WrongTypes,
}

/// A fault that is due.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The operation it hits (`connectionCreate`); `None` hits every call.
    pub operation: Option<String>,
    /// How many calls it hits.
    pub times: u32,
    /// What goes wrong.
    pub kind: Kind,
}

impl Fault {
    /// A fault that hits the next call of `operation`.
    pub fn once(operation: &str, kind: Kind) -> Fault {
        Fault { operation: Some(operation.to_owned()), times: 1, kind }
    }

    /// A fault that hits every call of `operation` until the faults are cleared.
    pub fn always(operation: &str, kind: Kind) -> Fault {
        Fault { operation: Some(operation.to_owned()), times: u32::MAX, kind }
    }

    /// A fault that hits every call of every operation until the faults are cleared.
    pub fn everything(kind: Kind) -> Fault {
        Fault { operation: None, times: u32::MAX, kind }
    }

    /// Reads `{"kind":"status","status":429,"retry_after":"2","operation":"getRenew","times":1}`.
    pub fn read(request: &Value) -> Result<Fault, String> {
        let status = || {
            let status = number_at(request, &["status"]).and_then(|status| u16::try_from(status).ok());
            status
                .filter(|status| (200..600).contains(status))
                .ok_or("status: a number from 200 to 599 is missing")
        };
        let milliseconds =
            || number_at(request, &["milliseconds"]).ok_or("milliseconds: a number is missing");
        let kind = match text_at(request, &["kind"]).unwrap_or_default() {
            "status" => Kind::Status {
                status: status()?,
                retry_after: text_at(request, &["retry_after"]).map(str::to_owned),
            },
            "answer" => Kind::Answer {
                status: status()?,
                body: text_at(request, &["body"]).unwrap_or_default().to_owned(),
            },
            "hang" => Kind::Hang,
            "late" => Kind::Late(Duration::from_millis(milliseconds()?)),
            "close" => Kind::Close,
            "reset" => Kind::Reset,
            "close-after" => Kind::CloseAfter,
            "truncate" => Kind::Truncate,
            "garbage" => Kind::Garbage,
            "drift" => Kind::Drift(Drift::read(request)?),
            _ => {
                let all = "status, answer, hang, late, close, reset, close-after, truncate, garbage, drift";
                return Err(format!("kind: one of {all}"));
            }
        };
        let times =
            number_at(request, &["times"]).map_or(1, |times| u32::try_from(times).unwrap_or(u32::MAX));
        Ok(Fault { operation: text_at(request, &["operation"]).map(str::to_owned), times, kind })
    }
}

impl Drift {
    fn read(request: &Value) -> Result<Drift, String> {
        match text_at(request, &["drift"]).unwrap_or_default() {
            "unwrapped" => Ok(Drift::Unwrapped),
            "extra-fields" => Ok(Drift::ExtraFields),
            "unknown-enum" => Ok(Drift::UnknownEnum),
            "wrong-types" => Ok(Drift::WrongTypes),
            _ => Err("drift: one of unwrapped, extra-fields, unknown-enum, wrong-types".to_owned()),
        }
    }

    /// The answer as it drifts.
    pub fn apply(self, answer: Value) -> Value {
        match (self, answer) {
            (Drift::Unwrapped, Value::Object(mut members)) if members.contains_key("data") => {
                members.remove("data").unwrap_or_default()
            }
            (Drift::Unwrapped, answer) => answer,
            (drift, Value::Array(items)) => {
                Value::Array(items.into_iter().map(|item| drift.apply(item)).collect())
            }
            (drift, Value::Object(members)) => {
                let mut members: miniserde::json::Object = members
                    .into_iter()
                    .map(|(name, member)| {
                        let member = drift.member(&name, member);
                        (name, member)
                    })
                    .collect();
                if drift == Drift::ExtraFields {
                    members.insert("x-unheard-of".to_owned(), Value::Bool(true));
                }
                Value::Object(members)
            }
            (_, scalar) => scalar,
        }
    }

    fn member(self, name: &str, member: Value) -> Value {
        match (self, name, member) {
            (Drift::UnknownEnum, "type" | "show" | "role" | "state" | "event", Value::String(_)) => {
                super::value::text("unheard-of")
            }
            (Drift::WrongTypes, "mute" | "isActive", _) => super::value::text("yes"),
            (Drift::WrongTypes, "creationDate" | "resource" | "displayName" | "role", _) => {
                super::value::number(7)
            }
            (drift, _, member) => drift.apply(member),
        }
    }
}

/// The faults that are due, oldest first.
#[derive(Debug, Default)]
pub struct Plan(Vec<Fault>);

impl Plan {
    /// Adds a fault behind those that wait.
    pub fn add(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.0.push(fault);
        }
    }

    /// Drops all faults.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that hits this call, if one does; it is used up by that.
    pub fn take(&mut self, operation: &str) -> Option<Kind> {
        let hits = |fault: &Fault| fault.operation.as_deref().is_none_or(|wanted| wanted == operation);
        let index = self.0.iter().position(hits)?;
        let fault = self.0.get_mut(index)?;
        let kind = fault.kind.clone();
        if fault.times != u32::MAX {
            fault.times -= 1;
            if fault.times == 0 {
                self.0.remove(index);
            }
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::value::{document, parse};

    fn check(drift: Drift, answer: &str, expected: &str) {
        assert_eq!(document(&drift.apply(parse(answer).unwrap())), expected, "{drift:?} of {answer}");
    }

    #[test]
    fn answers_drift() {
        let answer = r#"{"data":[{"id":"1","mute":false,"type":"user"}]}"#;
        check(Drift::Unwrapped, answer, r#"[{"id":"1","mute":false,"type":"user"}]"#);
        check(Drift::Unwrapped, r#"{"role":"member"}"#, r#"{"role":"member"}"#);
        check(Drift::UnknownEnum, answer, r#"{"data":[{"id":"1","mute":false,"type":"unheard-of"}]}"#);
        check(Drift::WrongTypes, answer, r#"{"data":[{"id":"1","mute":"yes","type":"user"}]}"#);
        check(Drift::ExtraFields, r#"{"a":[]}"#, r#"{"a":[],"x-unheard-of":true}"#);
    }

    #[test]
    fn faults_hit_what_they_name_and_are_used_up() {
        let mut plan = Plan::default();
        plan.add(Fault { operation: Some("getRenew".into()), times: 2, kind: Kind::Hang });
        plan.add(Fault::everything(Kind::Close));
        assert_eq!(plan.take("getRenew"), Some(Kind::Hang));
        assert_eq!(plan.take("getLogout"), Some(Kind::Close));
        assert_eq!(plan.take("getRenew"), Some(Kind::Hang));
        assert_eq!(plan.take("getRenew"), Some(Kind::Close));
        plan.clear();
        assert_eq!(plan.take("getRenew"), None);
    }

    #[test]
    fn faults_are_read_from_json() {
        let fault = |document| Fault::read(&parse(document).unwrap());
        let read =
            fault(r#"{"kind":"status","status":429,"retry_after":"2","operation":"getRenew","times":3}"#)
                .unwrap();
        assert_eq!(read.kind, Kind::Status { status: 429, retry_after: Some("2".into()) });
        assert_eq!((read.operation.as_deref(), read.times), (Some("getRenew"), 3));
        assert!(fault(r#"{"kind":"status"}"#).is_err());
        assert!(fault(r#"{"kind":"drift","drift":"sideways"}"#).is_err());
        assert!(fault("{}").unwrap_err().starts_with("kind"));
    }
}
