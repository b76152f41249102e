//! The middle of the simulated cloud: the state that calls, callbacks and faults share, and one call's way
//! through it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use miniserde::json::Value;

use super::account::Authority;
use super::callbacks::{self, CONVERSATION};
use super::clock;
use super::courier::Courier;
use super::door::Door;
use super::fault::{Kind, Plan};
use super::operations;
use super::record::{Call, Record};
use super::reply::{Body, Reply};
use super::routes;
use super::value::{document, object, parse, set, text};
use super::world::{Push, Room, World};
use crate::contract;

/// A call as it came.
pub(super) struct Incoming<'a> {
    /// `GET`, `POST`, …
    pub(super) method: &'a str,
    /// Without the query.
    pub(super) path: &'a str,
    /// What followed `?`.
    pub(super) query: &'a str,
    /// `Authorization`.
    pub(super) authorization: Option<&'a str>,
    /// `x-rainbow-app-auth`.
    pub(super) app_auth: Option<&'a str>,
    /// `Content-Type`.
    pub(super) content_type: Option<&'a str>,
    /// The content.
    pub(super) body: &'a str,
}

/// What is to be done with a call on its socket.
pub(super) enum Outcome {
    /// Answer, perhaps late.
    Answer(Reply, Duration),
    /// Answer half of it and close.
    Truncate(Reply),
    /// Send what is not HTTP and close.
    Garbage,
    /// Never answer.
    Hang,
    /// Do the call later.
    Hold,
    /// Close in order.
    Close,
    /// Reset.
    Reset,
}

/// What the threads share.
pub(super) struct State {
    /// Sign-ins and tokens.
    pub(super) authority: Authority,
    /// Connections and the rest.
    pub(super) world: World,
    /// Faults that are due.
    pub(super) plan: Plan,
    /// Whether calls are held back.
    pub(super) holding: bool,
}

/// The shared middle.
pub(super) struct Hub {
    state: Mutex<State>,
    courier: Mutex<Courier>,
    /// The front door.
    pub(super) door: Mutex<Door>,
    /// What was seen and done.
    pub(super) record: Arc<Record>,
}

impl Hub {
    /// Puts the parts together.
    pub(super) fn new(authority: Authority, world: World, door: Door) -> Hub {
        let record = Arc::new(Record::default());
        Hub {
            state: Mutex::new(State { authority, world, plan: Plan::default(), holding: false }),
            courier: Mutex::new(Courier::new(record.clone())),
            door: Mutex::new(door),
            record,
        }
    }

    /// The shared state. The lock is held for no input or output.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The front door.
    pub(super) fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does one call: fault, authentication, operation; recorded in the order in which calls came.
    /// The callbacks it causes are to be sent by [`Hub::send`] once it is answered.
    pub(super) fn call(&self, incoming: &Incoming<'_>) -> (Outcome, Vec<(String, Push)>) {
        let (operation, parameters) = routes::find(incoming.method, incoming.path);
        let now = Instant::now();
        let mut state = self.state();
        if state.holding {
            return (Outcome::Hold, Vec::new());
        }
        let authorised = match operation {
            "getBasicLogin" => state.authority.proves(incoming.authorization, incoming.app_auth),
            "ping" | routes::UNKNOWN => true,
            _ => state.authority.check(incoming.authorization, now).is_ok(),
        };
        let fault = state.plan.take(operation);
        let (outcome, pushes) = match before(fault.as_ref()) {
            Some(outcome) => (outcome, Vec::new()),
            None => {
                let (reply, pushes) = state.perform(operation, &parameters, incoming, now);
                (after(fault, reply), state.addressed(pushes))
            }
        };
        let status = match &outcome {
            Outcome::Answer(reply, _) => reply.status,
            _ => 0,
        };
        // Recorded under the lock, so that the record has the order in which the state changed.
        self.record.called(Call {
            operation,
            method: incoming.method.to_owned(),
            path: incoming.path.to_owned(),
            query: incoming.query.to_owned(),
            authorised,
            status,
            body: incoming.body.to_owned(),
            at: now,
        });
        (outcome, pushes)
    }

    /// Sends callbacks, each with its connection's callback URL.
    pub(super) fn send(&self, pushes: Vec<(String, Push)>) {
        let mut courier = self.courier.lock().unwrap_or_else(PoisonError::into_inner);
        for (url, push) in pushes {
            courier.send(&url, push);
        }
    }

    /// Waits for the callbacks under way and ends their threads.
    pub(super) fn stop_courier(&self) {
        self.courier.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }

    /// Sends the callback `name` to a connection (`None`: the newest). A body that is an object is laid over the
    /// sample: members it names replace the sample's. Answers the connection's identifier; `None`: there is none.
    pub(super) fn callback(
        &self,
        name: &str,
        over: Option<&Value>,
        connection: Option<&str>,
    ) -> Option<String> {
        self.push(connection, |_, id| {
            let mut body = callbacks::envelope(id, name, callbacks::sample(name));
            if let Some(Value::Object(members)) = over {
                for (member, value) in members {
                    set(&mut body, member, value.clone());
                }
            }
            Push { connection: id.to_owned(), name: name.to_owned(), body: document(&body) }
        })
    }

    /// Sends a callback whose body is `body`, whatever that is.
    pub(super) fn raw_callback(&self, name: &str, body: &str, connection: Option<&str>) -> Option<String> {
        self.push(connection, |_, id| Push {
            connection: id.to_owned(),
            name: name.to_owned(),
            body: body.to_owned(),
        })
    }

    /// The peer writes a message in `conversation` (`None`: the one that is always there).
    pub(super) fn peer_writes(&self, conversation: Option<&str>, body: &str) -> Option<String> {
        let conversation = conversation.unwrap_or(CONVERSATION);
        self.push(None, |world, id| operations::peer_writes(world, id, conversation, body))
    }

    /// Makes a room and invites the bot; answers the room's identifier.
    pub(super) fn invite(&self, name: &str) -> Option<String> {
        let room = clock::hex(&clock::random::<12>());
        let id = room.clone();
        self.push(None, |world, connection| {
            world.rooms.push(Room { id: id.clone(), joined: false });
            let inner = object([("id", text(id)), ("by", text(callbacks::PEER)), ("name", text(name))]);
            operations::push(connection, "room-invite", inner)
        })?;
        Some(room)
    }

    /// Tells a connection (`None`: the newest) that it is terminated, and forgets it.
    pub(super) fn terminate(&self, connection: Option<&str>) -> Option<String> {
        self.push(connection, |world, id| {
            world.disconnect(id);
            operations::push(id, "connection", object([("state", text("terminated"))]))
        })
    }

    /// A restart of the cloud: tokens and connections are forgotten, nobody is told.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        state.authority.forget();
        state.world.forget();
    }

    fn push(&self, connection: Option<&str>, make: impl FnOnce(&mut World, &str) -> Push) -> Option<String> {
        let mut state = self.state();
        let wanted = |known: &&super::world::Connection| connection.is_none_or(|id| id == known.id);
        let known = state.world.connections.iter().rev().find(wanted)?.clone();
        let push = make(&mut state.world, &known.id);
        drop(state);
        self.send(vec![(known.callback_url, push)]);
        Some(known.id)
    }
}

impl State {
    fn perform(
        &mut self,
        operation: &str,
        parameters: &[&str],
        incoming: &Incoming<'_>,
        now: Instant,
    ) -> (Reply, Vec<Push>) {
        let quiet = |reply| (reply, Vec::new());
        let authority = &mut self.authority;
        let bearer = incoming.authorization;
        let signed = |authority: &Authority, token: String| {
            let mut answer = object([("token", text(token)), ("loggedInUser", authority.user())]);
            set(&mut answer, "loggedInApplication", authority.application());
            Reply::bare(200, answer)
        };
        match operation {
            routes::UNKNOWN => return quiet(Reply::not_found("path", incoming.path)),
            "ping" => return quiet(Reply::bare(200, object([("status", text("OK"))]))),
            "getBasicLogin" => {
                let token = authority.login(bearer, incoming.app_auth, now);
                return quiet(token.map_or_else(Reply::denied, |token| signed(authority, token)));
            }
            "getRenew" => {
                let token = authority.renew(bearer, now);
                return quiet(token.map_or_else(Reply::denied, |token| signed(authority, token)));
            }
            "getLogout" => {
                let done = object([("status", text("logged out")), ("data", super::value::list([]))]);
                return quiet(
                    authority.logout(bearer, now).map_or_else(Reply::denied, |()| Reply::bare(200, done)),
                );
            }
            _ => {}
        }
        if let Err(reason) = authority.check(bearer, now) {
            return quiet(Reply::denied(reason));
        }
        if operation == "getApiRainbowAuthenticationV10Validator" {
            return quiet(Reply::bare(200, object([("status", text("OK"))])));
        }
        match checked_body(operation, incoming) {
            Ok(body) => operations::perform(&mut self.world, operation, parameters, incoming.query, &body),
            Err(reply) => quiet(reply),
        }
    }

    /// Callbacks with the URLs they go to. One whose connection is gone goes nowhere.
    fn addressed(&self, pushes: Vec<Push>) -> Vec<(String, Push)> {
        let url = |push: Push| {
            let known = self.world.connections.iter().find(|known| known.id == push.connection)?;
            Some((known.callback_url.clone(), push))
        };
        pushes.into_iter().filter_map(url).collect()
    }
}

/// The body of the operations that have one, once it keeps the whole contract.
fn checked_body(operation: &str, incoming: &Incoming<'_>) -> Result<Value, Reply> {
    let Some(schema) = contract::operation(operation).and_then(|operation| operation.body) else {
        return Ok(Value::Null);
    };
    if !incoming.content_type.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Reply::error(415, text("Content-Type is not application/json"), 415_000));
    }
    if let Err(refusal) = contract::check(schema, incoming.body.as_bytes(), contract::Mode::Strict) {
        let place = refusal.pointer().map_or(Value::Null, text);
        let details = object([("msg", text(refusal.to_string())), ("param", place)]);
        return Err(Reply::error(400, details, 400_000));
    }
    parse(incoming.body).ok_or_else(|| Reply::error(400, text("the body is not JSON"), 400_000))
}

/// Faults that come instead of the operation.
fn before(fault: Option<&Kind>) -> Option<Outcome> {
    Some(match fault? {
        Kind::Status { status, retry_after } => {
            let mut reply =
                Reply::error(*status, text("a fault of the simulation"), i64::from(*status) * 1000);
            reply.retry_after.clone_from(retry_after);
            Outcome::Answer(reply, Duration::ZERO)
        }
        Kind::Answer { status, body } => {
            let reply = Reply { status: *status, body: Body::Text(body.clone()), retry_after: None };
            Outcome::Answer(reply, Duration::ZERO)
        }
        Kind::Hang => Outcome::Hang,
        Kind::Close => Outcome::Close,
        Kind::Reset => Outcome::Reset,
        Kind::Garbage => Outcome::Garbage,
        Kind::Late(_) | Kind::CloseAfter | Kind::Truncate | Kind::Drift(_) => return None,
    })
}

/// Faults that come after the operation.
fn after(fault: Option<Kind>, mut reply: Reply) -> Outcome {
    match fault {
        Some(Kind::Late(delay)) => Outcome::Answer(reply, delay),
        Some(Kind::CloseAfter) => Outcome::Close,
        Some(Kind::Truncate) => Outcome::Truncate(reply),
        Some(Kind::Drift(drift)) => {
            if let Body::Json(value) = reply.body {
                reply.body = Body::Json(drift.apply(value));
            }
            Outcome::Answer(reply, Duration::ZERO)
        }
        _ => Outcome::Answer(reply, Duration::ZERO),
    }
}
