//! The relay: the listener's [`Service`]. One callback in, its events out.
//!
//! It decides which paths are callbacks, has the contract check the body, routes and encodes, and answers 200 only
//! when the publisher has taken the events. What other roles want to know of a callback goes to an [`Observer`].

use std::borrow::Cow;
use std::cell::RefCell;
use std::time::Duration;

use crate::contract::operation::Callback;
use crate::contract::schema::{Additional, ObjectRules, Property, Schema, Types};
use crate::contract::{self, Mode, Refusal, Violation, drift};
use crate::events::{self, Route};
use crate::json;
use crate::logging::Limited;
use crate::publisher::Sender;
use crate::webhook::{Answer, Head, Service};

/// Longest name of a callback, `telephony/rvcp/presence` and what may come.
const NAME_BYTES: usize = 64;
/// What a full publisher asks the cloud to wait, in seconds.
const RETRY_AFTER_S: u32 = 1;
/// Encoding buffers above this size are not kept by their thread.
const KEPT_BYTES: usize = 64 * 1024;

static REFUSED: Limited = Limited::new(Duration::from_secs(10));
static QUEUE_FULL: Limited = Limited::new(Duration::from_secs(10));

/// What other roles want to know of an accepted callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// `/connection`: the state as the cloud named it.
    Connection {
        /// The connection's id.
        id: String,
        /// `ready`, `unavailable`, `terminated` or newer.
        state: String,
    },
    /// `/message`.
    Message {
        /// The conversation it belongs to.
        conversation_id: String,
        /// Its id.
        message_id: String,
    },
    /// `/room-invite`.
    Invitation {
        /// The room to join.
        room_id: String,
    },
}

/// Who is told of accepted callbacks after their events were taken.
pub struct Observer {
    /// Whether messages are of interest: they are most of what comes, and nothing is read out of them in vain.
    pub messages: bool,
    /// Must not block.
    pub tell: Box<dyn Fn(Observed) + Send + Sync>,
}

/// The service of the webhook listener.
pub struct Relay {
    paths: CallbackPaths,
    mode: Mode,
    publisher: Sender,
    observer: Option<Observer>,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// What a path names.
#[derive(Clone, Copy)]
struct Found<'a> {
    name: &'a str,
    /// `None` for a callback that is newer than the contract.
    callback: Option<&'static Callback>,
}

impl Relay {
    /// A relay for callbacks under `callback_url` (which ends with `token`, where there is one).
    pub fn new(
        callback_url: &str,
        token: Option<&str>,
        mode: Mode,
        publisher: Sender,
        observer: Option<Observer>,
    ) -> Relay {
        Relay { paths: CallbackPaths::new(callback_url, token), mode, publisher, observer }
    }

    /// The callback that a request's path means, where the mode takes it.
    fn find<'a>(&self, path: &'a str) -> Option<Found<'a>> {
        let name = self.paths.name(path)?;
        let callback = contract::callback(name);
        // Asked of newer callbacks only: this is the way of every event.
        let newer = || self.mode != Mode::Strict && events::is_free(name);
        (callback.is_some() || newer()).then_some(Found { name, callback })
    }

    fn publish(&self, found: Found<'_>, body: &[u8]) -> Result<(), Answer> {
        let name = found.name;
        for violation in &self.check(found, body)? {
            drift::report(&format!("callback /{name}"), violation);
        }
        self.send(&events::route(name, body), body).map_err(|_| {
            if let Some(suppressed) = QUEUE_FULL.pass() {
                log::error!(target: "webhook", "the publisher's queue is full: callbacks are answered 503 \
                    (and {suppressed} more since the last line); raise `zmq.queue` or look at the machine's load");
            }
            let error = Refused { error: "the event queue is full, try again", pointer: None };
            Answer { retry_after: Some(RETRY_AFTER_S), ..error.answer(503) }
        })
    }

    /// The drift in an accepted body, or the answer that refuses it.
    fn check(&self, found: Found<'_>, body: &[u8]) -> Result<Vec<Violation>, Answer> {
        let Found { name, callback } = found;
        if let Some(callback) = callback {
            return contract::check(callback.schema, body, self.mode)
                .map_err(|refusal| refuse(name, &refusal));
        }
        let unknown =
            Violation { pointer: String::new(), rule: "a callback that the contract does not know".into() };
        match self.mode {
            Mode::Strict => Err(not_found()),
            Mode::Off => {
                contract::check(&Schema::ANY, body, Mode::Off).map_err(|refusal| refuse(name, &refusal))
            }
            // Without a sound envelope it is not a callback at all, so the path is simply not known.
            Mode::Tolerant => match contract::check(&ENVELOPE, body, Mode::Tolerant) {
                Ok(_) => Ok(vec![unknown]),
                Err(_) => Err(not_found()),
            },
        }
    }

    fn send(&self, route: &Route, body: &[u8]) -> Result<(), crate::publisher::Full> {
        thread_local! {
            /// One encoding buffer a worker: no allocation for an event.
            static ENCODED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        }
        ENCODED.with_borrow_mut(|buffer| {
            buffer.clear();
            events::encode_into(body, self.publisher.encoding(), buffer);
            let sent = self.publisher.send(route, buffer);
            if buffer.capacity() > KEPT_BYTES {
                *buffer = Vec::new();
            }
            sent
        })
    }
}

impl Service for Relay {
    fn head(&self, head: &Head<'_>) -> Result<(), Answer> {
        if self.find(head.path).is_none() {
            return Err(not_found());
        }
        if head.method != "POST" {
            let error = "callbacks are sent by POST";
            return Err(Answer { allow: Some("POST"), ..Refused { error, pointer: None }.answer(405) });
        }
        let plain = head.content_encoding.is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
        if !plain || !head.content_type.is_none_or(is_json) {
            let error = "the body must be application/json in UTF-8, without a content coding";
            return Err(Refused { error, pointer: None }.answer(415));
        }
        Ok(())
    }

    fn serve(&self, head: &Head<'_>, body: &[u8]) -> Answer {
        let Some(found) = self.find(head.path) else { return not_found() };
        if let Err(answer) = self.publish(found, body) {
            return answer;
        }
        if let Some(observer) = &self.observer
            && (observer.messages || found.name != "message")
            && let Some(observed) = observe(found.name, body)
        {
            (observer.tell)(observed);
        }
        Answer { status: 200, body: Cow::Borrowed("{}"), allow: None, retry_after: None }
    }
}

/// What the other roles want to know of this callback, if anything.
fn observe(name: &str, body: &[u8]) -> Option<Observed> {
    let field = |field| json::pluck(body, &[name, field]).map(Cow::into_owned);
    match name {
        "connection" => Some(Observed::Connection {
            id: json::pluck(body, &["id"])?.into_owned(),
            state: field("state")?,
        }),
        "message" => {
            Some(Observed::Message { conversation_id: field("conversation_id")?, message_id: field("id")? })
        }
        "room-invite" => Some(Observed::Invitation { room_id: field("id")? }),
        _ => None,
    }
}

/// `application/json`, with UTF-8 if a charset is named (RFC 8259 section 8.1 knows no other).
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    essence
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

/// The paths under which callbacks may come: as the callback URL says, and as a proxy that strips its own prefix
/// leaves them. Both end with the token, where there is one.
#[derive(Clone, PartialEq, Eq)]
struct CallbackPaths {
    /// Longest first; each starts and ends with `/`.
    prefixes: Vec<String>,
}

impl CallbackPaths {
    fn new(callback_url: &str, token: Option<&str>) -> CallbackPaths {
        let after_scheme = callback_url.split_once("://").map_or(callback_url, |(_, rest)| rest);
        let path = after_scheme.find('/').map_or("", |at| &after_scheme[at..]);
        let whole = format!("{}/", path.trim_end_matches('/'));
        let stripped = token.map_or_else(|| "/".to_owned(), |token| format!("/{token}/"));
        let mut prefixes = vec![whole, stripped];
        prefixes.dedup();
        CallbackPaths { prefixes }
    }

    /// The callback's name in a request path.
    fn name<'a>(&self, path: &'a str) -> Option<&'a str> {
        let name = self.prefixes.iter().find_map(|prefix| strip(path, prefix))?;
        let segment = |segment: &str| {
            !segment.is_empty()
                && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        (name.len() <= NAME_BYTES && name.split('/').all(segment)).then_some(name)
    }
}

/// `str::strip_prefix` in a time that does not tell how much of a secret prefix was right.
fn strip<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, name) = path.split_at_checked(prefix.len())?;
    let difference = start.bytes().zip(prefix.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    (difference == 0).then_some(name)
}

/// `{"error":…,"pointer":…}`.
struct Refused<'a> {
    error: &'a str,
    pointer: Option<&'a str>,
}

impl Refused<'_> {
    fn answer(&self, status: u16) -> Answer {
        let mut body = b"{\"error\":".to_vec();
        json::quote_into(self.error, &mut body);
        if let Some(pointer) = self.pointer {
            body.extend_from_slice(b",\"pointer\":");
            json::quote_into(pointer, &mut body);
        }
        body.push(b'}');
        // Made of quoted strings only; were it not UTF-8, an empty document would still be true.
        let body = String::from_utf8(body).map_or(Cow::Borrowed("{}"), Cow::Owned);
        Answer { status, body, allow: None, retry_after: None }
    }
}

fn not_found() -> Answer {
    Refused { error: "not a callback path", pointer: None }.answer(404)
}

fn refuse(name: &str, refusal: &Refusal) -> Answer {
    // A body that is not JSON is refused as a whole.
    let pointer = refusal.pointer().unwrap_or_default();
    if let Some(suppressed) = REFUSED.pass() {
        let pointer = pointer.escape_debug();
        log::warn!(target: "webhook", "callback /{name} refused with 400 at \"{pointer}\": {refusal} \
            (and {suppressed} more since the last line)");
    }
    Refused { error: &refusal.to_string(), pointer: Some(pointer) }.answer(400)
}

static TEXT: Schema = Schema { types: Types::STRING, ..Schema::ANY };
/// What every callback has (CONTRACT section 4).
static ENVELOPE: Schema = Schema {
    types: Types::OBJECT,
    object: Some(&ObjectRules {
        properties: &[
            Property { name: "id", schema: &TEXT, required: true },
            Property { name: "timestamp", schema: &TEXT, required: true },
        ],
        required: &[],
        additional: Additional::Allowed,
        min_properties: 0,
        max_properties: None,
    }),
    ..Schema::ANY
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_come_with_and_without_the_proxys_prefix() {
        let check = |url: &str, token: Option<&str>, path: &str, name: Option<&str>| {
            assert_eq!(CallbackPaths::new(url, token).name(path), name, "{url} {path}");
        };
        let url = "https://bot.example/hooks/t0k3n";
        check(url, Some("t0k3n"), "/hooks/t0k3n/message", Some("message"));
        check(url, Some("t0k3n"), "/t0k3n/message", Some("message"));
        check(url, Some("t0k3n"), "/t0k3n/telephony/rvcp", Some("telephony/rvcp"));
        for path in
            ["/hooks/message", "/message", "/t0k3n", "/t0k3n/", "/t0k3m/message", "/t0k3n//message", "/"]
        {
            check(url, Some("t0k3n"), path, None);
        }
        check(url, Some("t0k3n"), "/t0k3n/message/", None);
        check(url, Some("t0k3n"), "/t0k3n/../message", None);
        check(url, Some("t0k3n"), &format!("/t0k3n/{}", "x".repeat(NAME_BYTES + 1)), None);
        check("https://bot.example", None, "/message", Some("message"));
        check("https://bot.example/a/", None, "/a/message", Some("message"));
        check("https://bot.example/a/", None, "/message", Some("message"));
    }

    #[test]
    fn only_json_in_utf_8_is_taken() {
        let check = |content_type: &str, expected: bool| {
            assert_eq!(is_json(content_type), expected, "{content_type}")
        };
        check("application/json", true);
        check("Application/JSON ; charset=UTF-8", true);
        check("application/json;charset=\"utf-8\"", true);
        check("application/json; charset=latin1", false);
        check("application/jsonp", false);
        check("text/plain", false);
        check("", false);
    }

    #[test]
    fn what_others_want_to_know() {
        let message = br#"{"message":{"id":"m\u0031","conversation_id":"c1"}}"#;
        let expected = Observed::Message { conversation_id: "c1".into(), message_id: "m1".into() };
        assert_eq!(observe("message", message), Some(expected));
        let invitation = observe("room-invite", br#"{"room-invite":{"id":"r1"}}"#);
        assert_eq!(invitation, Some(Observed::Invitation { room_id: "r1".into() }));
        assert_eq!(observe("presence", b"{}"), None);
    }
}
