//! Names of the events, which callback makes which (CONTRACT section 5), and the bytes of frame 2 (section 6).
//!
//! Routing decides on parsed fields of a document that the contract has already accepted. Nothing here sends.

use std::borrow::Cow;

use crate::config::Encoding;
use crate::json;

/// An event's name, frame 1.
pub type Topic = Cow<'static, str>;

/// One event as it goes on the wire: two frames (CONTRACT section 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frames {
    /// Frame 1: the event's name.
    pub topic: Topic,
    /// Frame 2: the encoded document.
    pub payload: Vec<u8>,
}

/// An event of the agent's own life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Listener and publisher are up, not yet signed in.
    Started,
    /// Sign-in, or creating the connection, failed.
    ConnectionError,
    /// Signed in and the connection exists.
    Connected,
    /// Presence sent, rooms joined.
    Ready,
    /// The connection was lost.
    Disconnected,
    /// A reconnection attempt begins.
    Reconnecting,
    /// The agent gave up.
    Failed,
    /// Something else went wrong.
    Error,
    /// Orderly stop.
    Stopped,
}

impl Life {
    /// The event's name.
    pub const fn topic(self) -> &'static str {
        match self {
            Life::Started => "rainbow_onstarted",
            Life::ConnectionError => "rainbow_onconnectionerror",
            Life::Connected => "rainbow_onconnected",
            Life::Ready => "rainbow_onready",
            Life::Disconnected => "rainbow_ondisconnected",
            Life::Reconnecting => "rainbow_onreconnecting",
            Life::Failed => "rainbow_onfailed",
            Life::Error => "rainbow_onerror",
            Life::Stopped => "rainbow_onstopped",
        }
    }
}

/// The data of a life-cycle event: success, or a failure with its code, label and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// `{"code":1,"label":"SUCESSFULL","msg":""}`: spelt as the starter kit spells it, for bots that compare it.
    Success,
    /// `{"code":…,"label":"…","msg":"…"}`
    Failure {
        /// An HTTP status, or a negative number of our own.
        code: i64,
        /// One word in capitals.
        label: &'static str,
        /// What went wrong, for people; never a secret.
        msg: String,
    },
}

/// The frames of a life-cycle event.
pub fn life(event: Life, outcome: &Outcome, encoding: Encoding) -> Frames {
    let (code, label, msg) = match outcome {
        Outcome::Success => (1, "SUCESSFULL", ""),
        Outcome::Failure { code, label, msg } => (*code, *label, msg.as_str()),
    };
    let mut document = format!("{{\"code\":{code},\"label\":").into_bytes();
    json::quote_into(label, &mut document);
    document.extend_from_slice(b",\"msg\":");
    json::quote_into(msg, &mut document);
    document.push(b'}');
    frames(event.topic(), &document, encoding)
}

/// The starter kit's last message, on which its Java sample ends its loop.
pub fn zmq_stop(encoding: Encoding) -> Frames {
    frames("zmq-stop", br#"{"msg":"stop signal received"}"#, encoding)
}

fn frames(topic: &'static str, document: &[u8], encoding: Encoding) -> Frames {
    let mut payload = Vec::new();
    encode_into(document, encoding, &mut payload);
    Frames { topic: topic.into(), payload }
}

/// The events that one callback makes: one, or for a receipt two, in the order of publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    first: Topic,
    second: Option<Topic>,
}

impl Route {
    /// The names in order.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.first).chain(self.second.as_deref())
    }

    fn one(topic: &'static str) -> Route {
        Route { first: topic.into(), second: None }
    }
}

/// Which events the callback `name` with this accepted `body` makes (CONTRACT section 5).
///
/// Where the cloud sends a value that is newer than the contract, the nearest event is used: the general one of
/// its kind. A callback that the contract does not know becomes `rainbow_on` and its name without punctuation
/// (CONTRACT section 11: `/telephony/rvcp` is `rainbow_ontelephonyrvcp`).
pub fn route(name: &str, body: &[u8]) -> Route {
    match name {
        "connection" => Route::one(match field(body, "connection", "state").as_deref() {
            Some("ready") => "rainbow_onconnectioncreated",
            _ => "rainbow_ondisconnected",
        }),
        "message" => Route::one("rainbow_onmessagereceived"),
        "receipt" => receipt(body),
        "all-receipt" => Route::one(match field(body, "all-receipt", "id").as_deref() {
            Some("all-sent") => "rainbow_onallmessagereceiptsent",
            _ => "rainbow_onallmessagereceiptreceived",
        }),
        "all-deleted" => Route::one("rainbow_onallmessagedeleted"),
        "presence" => Route::one("rainbow_onpresencechanged"),
        "chat-state" => Route::one("rainbow_onchatstate"),
        "conversation" => Route::one(match field(body, "conversation", "action").as_deref() {
            Some("create") => "rainbow_onconversationcreated",
            Some("delete") => "rainbow_onconversationremoved",
            _ => "rainbow_onconversationupdate",
        }),
        "room-invite" => Route::one("rainbow_onbubbleinvitationreceived"),
        "room-member" => Route::one("rainbow_onbubbleaffiliationchanged"),
        "room-state" => Route::one(match field(body, "room-state", "event").as_deref() {
            Some("deleted") => "rainbow_onbubbleremoved",
            _ => "rainbow_onbubblestatechanged",
        }),
        "error" => Route::one("rainbow_onerror"),
        "user" => Route::one("rainbow_onuserinvitereceived"),
        newer => {
            let word = newer.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase());
            Route { first: PREFIX.chars().chain(word).collect::<String>().into(), second: None }
        }
    }
}

/// Whether a callback that the contract does not know may make an event: one that has a name, and none of those that
/// bots know to come of a checked body or of the agent itself. `/failed` is no way to say that the agent has failed.
pub fn is_free(name: &str) -> bool {
    let topic = &route(name, b"{}").first;
    topic != PREFIX && !KNOWN.contains(&&**topic)
}

/// What all names of events begin with.
const PREFIX: &str = "rainbow_on";

/// The events of the agent's life and of the contract's callbacks.
const KNOWN: [&str; 27] = [
    "rainbow_onallmessagedeleted",
    "rainbow_onallmessagereceiptreceived",
    "rainbow_onallmessagereceiptsent",
    "rainbow_onbubbleaffiliationchanged",
    "rainbow_onbubbleinvitationreceived",
    "rainbow_onbubbleremoved",
    "rainbow_onbubblestatechanged",
    "rainbow_onchatstate",
    "rainbow_onconnected",
    "rainbow_onconnectioncreated",
    "rainbow_onconnectionerror",
    "rainbow_onconversationcreated",
    "rainbow_onconversationremoved",
    "rainbow_onconversationupdate",
    "rainbow_ondisconnected",
    "rainbow_onerror",
    "rainbow_onfailed",
    "rainbow_onmessagereceiptreadreceived",
    "rainbow_onmessagereceiptreceived",
    "rainbow_onmessagereceived",
    "rainbow_onmessageserverreceiptreceived",
    "rainbow_onpresencechanged",
    "rainbow_onready",
    "rainbow_onreceipt",
    "rainbow_onreconnecting",
    "rainbow_onstarted",
    "rainbow_onstopped",
];

fn receipt(body: &[u8]) -> Route {
    let entity = field(body, "receipt", "entity");
    let event = field(body, "receipt", "event");
    let special = match (entity.as_deref(), event.as_deref()) {
        (Some("server"), _) => "rainbow_onmessageserverreceiptreceived",
        (_, Some("received")) => "rainbow_onmessagereceiptreceived",
        (_, Some("read")) => "rainbow_onmessagereceiptreadreceived",
        _ => return Route::one("rainbow_onreceipt"),
    };
    Route { first: special.into(), second: Some("rainbow_onreceipt".into()) }
}

fn field<'a>(body: &'a [u8], object: &str, name: &str) -> Option<Cow<'a, str>> {
    json::pluck(body, &[object, name])
}

/// Appends frame 2 of a valid JSON document to `out`.
///
/// The document is compacted and otherwise left as it came. The starter kit's encoding then makes it the content
/// of a JSON string; only `"` and `\` are left to escape there, since a valid document has control characters
/// nowhere but as white space between tokens, and that is dropped.
pub fn encode_into(document: &[u8], encoding: Encoding, out: &mut Vec<u8>) {
    match encoding {
        Encoding::Json => json::compact_into(document, out),
        Encoding::StarterKit => {
            out.reserve(document.len() + document.len() / 4 + 2);
            out.push(b'"');
            quote_document_into(document, out);
            out.push(b'"');
        }
    }
}

/// Compacts and escapes in one pass, token by token.
fn quote_document_into(document: &[u8], out: &mut Vec<u8>) {
    let mut rest = document;
    while let Some((&byte, tail)) = rest.split_first() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {}
            b'"' => {
                out.extend_from_slice(b"\\\"");
                rest = quote_string_into(tail, out);
                continue;
            }
            other => out.push(other),
        }
        rest = tail;
    }
}

/// Copies a string's content and its closing quote; `rest` starts behind the opening one. Gives what follows.
fn quote_string_into<'a>(mut rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    loop {
        let plain = plain_prefix(rest);
        out.extend_from_slice(&rest[..plain]);
        match rest[plain..] {
            [b'"', ref tail @ ..] => {
                out.extend_from_slice(b"\\\"");
                return tail;
            }
            [b'\\', escaped, ref tail @ ..] => {
                out.extend_from_slice(b"\\\\");
                if matches!(escaped, b'"' | b'\\') {
                    out.push(b'\\');
                }
                out.push(escaped);
                rest = tail;
            }
            // A document that is not valid JSON: copied as far as it goes.
            [byte, ref tail @ ..] => {
                out.push(byte);
                rest = tail;
            }
            [] => return &[],
        }
    }
}

/// How many bytes stand before the next `"` or `\`, eight at a time.
fn plain_prefix(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The classic test for a zero byte; a borrow can only mark bytes behind the first true one.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut chunks = bytes.chunks_exact(8);
    let mut at = 0;
    for chunk in &mut chunks {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        let word = u64::from_le_bytes(eight);
        let found = zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + chunks.remainder().iter().position(|&b| b == b'"' || b == b'\\').unwrap_or(chunks.remainder().len())
}

#[cfg(test)]
mod tests;
