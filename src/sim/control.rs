//! The simulated cloud's controls over HTTP, for tests and scripts that are not in this process.
//!
//! | call | does |
//! |---|---|
//! | `GET /sim/calls`, `DELETE /sim/calls` | the calls so far; forget them (and the deliveries) |
//! | `GET /sim/deliveries` | the callbacks that were sent and how they were answered |
//! | `GET /sim/connections` | connections with their callback URLs |
//! | `GET /sim/receipts` | receipts that the bot sent |
//! | `POST /sim/callback/{name}` | send a callback; the optional JSON body is laid over the sample; `?connection=ID` chooses one, `?raw=1` sends the body as it is |
//! | `POST /sim/message` | the peer writes: `{"body":"…","conversation":"…"}`, both optional |
//! | `POST /sim/invite` | a new room invites the bot: `{"name":"…"}` |
//! | `POST /sim/terminate` | the newest connection is terminated and told so |
//! | `POST /sim/fault`, `DELETE /sim/fault` | a fault is due (see [`Fault::read`]); none is any more |
//! | `POST /sim/forget` | a restart: tokens and connections are forgotten |
//! | `POST /sim/expire` | all tokens expire now |
//! | `POST /sim/lock` | the account is locked |
//! | `POST /sim/policy` | `{"token_life":seconds,"max_renew":count,"lock_time":seconds,"lock_after":count}`, each optional |
//! | `POST /sim/down` | refuse all connections for `{"milliseconds":…}` |
//!
//! There is no secret to read here: neither headers nor tokens are kept. Callback URLs are shown, so this belongs
//! on loopback only, as the whole simulation does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use miniserde::json::Value;

use super::fault::Fault;
use super::hub::Hub;
use super::record::{calls_value, deliveries_value};
use super::reply::Reply;
use super::value::{list, number_at, object, parse, text, text_at};
use super::world::Connection;

/// Answers `method /sim/{path}`.
pub(super) fn answer(hub: &Arc<Hub>, method: &str, path: &str, query: &str, body: &str) -> Reply {
    let request = if body.trim().is_empty() { object([]) } else { parse(body).unwrap_or_default() };
    match (method, path) {
        ("GET", "calls") => Reply::data(200, calls_value(&hub.record.calls())),
        ("DELETE", "calls") => done(|| hub.record.clear()),
        ("GET", "deliveries") => Reply::data(200, deliveries_value(&hub.record.deliveries())),
        ("GET", "connections") => {
            Reply::data(200, list(hub.state().world.connections.iter().map(Connection::value)))
        }
        ("GET", "receipts") => Reply::data(200, receipts(hub)),
        ("POST", "message") => {
            let words = text_at(&request, &["body"]).unwrap_or("Hello");
            pushed(hub.peer_writes(text_at(&request, &["conversation"]), words))
        }
        ("POST", "invite") => pushed(hub.invite(text_at(&request, &["name"]).unwrap_or("Hot news"))),
        ("POST", "terminate") => pushed(hub.terminate(None)),
        ("POST", "fault") => match Fault::read(&request) {
            Ok(fault) => done(|| hub.state().plan.add(fault)),
            Err(reason) => Reply::error(400, text(reason), 400_000),
        },
        ("DELETE", "fault") => done(|| hub.state().plan.clear()),
        ("POST", "forget") => done(|| hub.forget()),
        ("POST", "expire") => done(|| hub.state().authority.expire()),
        ("POST", "lock") => done(|| hub.state().authority.lock(Instant::now())),
        ("POST", "policy") => done(|| policy(hub, &request)),
        ("POST", "down") => {
            let time = Duration::from_millis(number_at(&request, &["milliseconds"]).unwrap_or(1_000));
            done(|| down_for(hub, time))
        }
        ("POST", path) => match path.strip_prefix("callback/") {
            Some(name) => callback(hub, name, query, body, &request),
            None => Reply::not_found("control", path),
        },
        _ => Reply::not_found("control", path),
    }
}

fn done(action: impl FnOnce()) -> Reply {
    action();
    Reply::data(200, object([]))
}

/// 409 where there is no connection to send anything to.
fn pushed(id: Option<String>) -> Reply {
    match id {
        Some(id) => Reply::data(202, object([("id", text(id))])),
        None => Reply::error(409, text("no such connection"), 409_000),
    }
}

fn callback(hub: &Hub, name: &str, query: &str, body: &str, request: &Value) -> Reply {
    let option = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let connection = option("connection");
    if option("raw").is_some() {
        return pushed(hub.raw_callback(name, body, connection));
    }
    if !matches!(request, Value::Object(_)) {
        return Reply::error(400, text("the body is not a JSON object; ?raw=1 sends it as it is"), 400_000);
    }
    pushed(hub.callback(name, Some(request), connection))
}

fn receipts(hub: &Hub) -> Value {
    list(hub.state().world.receipts.iter().map(|receipt| {
        object([
            ("conversation_id", text(receipt.conversation.as_str())),
            ("msg_id", text(receipt.message.as_str())),
            ("event", text(receipt.event)),
        ])
    }))
}

fn policy(hub: &Hub, request: &Value) {
    let small =
        |name: &str| number_at(request, &[name]).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    let seconds = |name: &str| number_at(request, &[name]).map(Duration::from_secs);
    let policy = &mut hub.state().authority.policy;
    policy.token_life = seconds("token_life").unwrap_or(policy.token_life);
    policy.max_renew = small("max_renew").unwrap_or(policy.max_renew);
    policy.lock_after = small("lock_after").unwrap_or(policy.lock_after);
    policy.lock_time = seconds("lock_time").unwrap_or(policy.lock_time);
}

/// Closes the door, the one this call came through included, and opens it again.
fn down_for(hub: &Arc<Hub>, time: Duration) {
    let hub = hub.clone();
    let sleep = move || {
        // The answer to this call is let out first.
        std::thread::sleep(Duration::from_millis(20));
        hub.door().close();
        std::thread::sleep(time);
        if let Err(error) = hub.door().reopen() {
            log::error!(target: "sim", "the cloud stays down: {error}");
        }
    };
    if let Err(error) = std::thread::Builder::new().name("sim-down".into()).spawn(sleep) {
        log::error!(target: "sim", "the cloud stays up: {error}");
    }
}
