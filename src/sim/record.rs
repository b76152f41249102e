//! What the simulated cloud has seen and done: calls it received, callbacks it delivered, and waiting for them.
//!
//! Headers are not kept, so no password or token can be read back; bodies are, and they hold callback URLs.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use miniserde::json::Value;

use super::value::{list, number, object, text};

/// One call of a client.
#[derive(Debug, Clone)]
pub struct Call {
    /// The contract's name of the operation, `ping`, or `unknown`.
    pub operation: &'static str,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// What followed `?`.
    pub query: String,
    /// Whether the headers proved who calls (a valid token, or right credentials).
    pub authorised: bool,
    /// The answer's status; `0` when a fault gave none.
    pub status: u16,
    /// The body as sent.
    pub body: String,
    /// When the call arrived.
    pub at: Instant,
}

/// One callback that was sent, or could not be.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The connection's identifier.
    pub connection: String,
    /// `message`, `chat-state`, …
    pub name: String,
    /// The status that the agent answered; `None` when it could not be reached.
    pub status: Option<u16>,
    /// The agent's answer, or the reason why there is none.
    pub answer: String,
}

#[derive(Default)]
struct Log {
    calls: Vec<Call>,
    deliveries: Vec<Delivery>,
}

/// The record; shared by the cloud's threads and the test.
#[derive(Default)]
pub struct Record {
    log: Mutex<Log>,
    changed: Condvar,
}

impl Record {
    /// Adds a call.
    pub fn called(&self, call: Call) {
        log::debug!(target: "sim", "{} {} -> {}", call.method, call.operation, call.status);
        self.change(|log| log.calls.push(call));
    }

    /// Adds a delivery.
    pub fn delivered(&self, delivery: Delivery) {
        log::debug!(target: "sim", "callback {} -> {:?}", delivery.name, delivery.status);
        self.change(|log| log.deliveries.push(delivery));
    }

    /// Forgets all that was recorded.
    pub fn clear(&self) {
        self.change(|log| *log = Log::default());
    }

    /// All calls so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// All deliveries so far, in order of their ends.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.lock().deliveries.clone()
    }

    /// Waits until `enough` holds of the calls; `false` when `patience` ends first.
    pub fn wait_for_calls(&self, patience: Duration, enough: impl Fn(&[Call]) -> bool) -> bool {
        self.wait(patience, |log| enough(&log.calls))
    }

    /// Waits until `enough` holds of the deliveries; `false` when `patience` ends first.
    pub fn wait_for_deliveries(&self, patience: Duration, enough: impl Fn(&[Delivery]) -> bool) -> bool {
        self.wait(patience, |log| enough(&log.deliveries))
    }

    fn wait(&self, patience: Duration, enough: impl Fn(&Log) -> bool) -> bool {
        let (_log, timeout) = self
            .changed
            .wait_timeout_while(self.lock(), patience, |log| !enough(log))
            .unwrap_or_else(PoisonError::into_inner);
        !timeout.timed_out()
    }

    fn change(&self, change: impl FnOnce(&mut Log)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The calls as `GET /sim/calls` shows them.
pub fn calls_value(calls: &[Call]) -> Value {
    list(calls.iter().map(|call| {
        object([
            ("operation", text(call.operation)),
            ("method", text(call.method.as_str())),
            ("path", text(call.path.as_str())),
            ("query", text(call.query.as_str())),
            ("authorised", Value::Bool(call.authorised)),
            ("status", number(i64::from(call.status))),
            ("body", text(call.body.as_str())),
        ])
    }))
}

/// The deliveries as `GET /sim/deliveries` shows them.
pub fn deliveries_value(deliveries: &[Delivery]) -> Value {
    list(deliveries.iter().map(|delivery| {
        object([
            ("connection", text(delivery.connection.as_str())),
            ("name", text(delivery.name.as_str())),
            ("status", delivery.status.map_or(Value::Null, |status| number(i64::from(status)))),
            ("answer", text(delivery.answer.as_str())),
        ])
    }))
}
