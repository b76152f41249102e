//! The bodies of the twelve callbacks, filled as the cloud fills them (CONTRACT section 4 and 11).

use miniserde::json::Value;

use super::account::BOT;
use super::clock;
use super::value::{list, number, object, set, text};

/// All callbacks, in the order of the contract.
pub const NAMES: [&str; 12] = [
    "connection",
    "presence",
    "chat-state",
    "receipt",
    "all-receipt",
    "all-deleted",
    "conversation",
    "room-invite",
    "room-member",
    "room-state",
    "error",
    "message",
];

/// The user on the other side of the simulated conversation.
pub const PEER: &str = "59f1ecc4ea84f9b5c339958d";

/// The resource that the peer writes from: the header `x-resource`.
pub const PEER_RESOURCE: &str = "web_win_2.150.0_O3MRXPqy";

/// The conversation with [`PEER`], there from the start.
pub const CONVERSATION: &str = "1555081424877876";

/// The room that the bot belongs to from the start.
pub const ROOM: &str = "5b8fd1a1e2d8a71c0e6bc1f3";

/// The conversation of [`ROOM`].
pub const ROOM_CONVERSATION: &str = "1555081424877900";

/// The conversation's identifier in a server's receipt.
pub const NO_CONVERSATION: &str = "0000000000000000";

/// The member that holds a callback's own object.
pub fn member(name: &str) -> &str {
    if name == "chat-state" { "chatstate" } else { name }
}

/// A whole body: the envelope around the callback's own object.
pub fn envelope(connection: &str, name: &str, inner: Value) -> Value {
    let mut body =
        object([("id", text(connection)), ("timestamp", text(clock::timestamp())), ("userId", text(BOT))]);
    set(&mut body, member(name), inner);
    body
}

/// A callback's own object with values of everyday use; an empty one for a name that the contract does not know.
pub fn sample(name: &str) -> Value {
    match name {
        "connection" => object([("state", text("ready"))]),
        "presence" => object([
            ("from", text(PEER)),
            ("resource", text(PEER_RESOURCE)),
            ("show", text("away")),
            ("status", text("out for lunch")),
        ]),
        "chat-state" => chat_state(CONVERSATION, "composing"),
        "receipt" => receipt(&clock::uuid(), "client", "read", CONVERSATION),
        "all-receipt" => object([
            ("id", text("all-received")),
            ("conversation_id", text(CONVERSATION)),
            ("with", text(PEER)),
        ]),
        "all-deleted" => object([("conversation_id", text(CONVERSATION)), ("with", text(PEER))]),
        "conversation" => object([
            ("id", text(CONVERSATION)),
            ("action", text("create")),
            ("peer", text(PEER)),
            ("type", text("user")),
            ("mute", Value::Bool(false)),
        ]),
        "room-invite" => object([("id", text(ROOM)), ("by", text(PEER)), ("name", text("Hot news"))]),
        "room-member" => object([("id", text(ROOM)), ("user", text(PEER)), ("status", text("accepted"))]),
        "room-state" => object([("id", text(ROOM)), ("event", text("available"))]),
        "error" => object([
            ("code", number(406)),
            ("reason", text("not-acceptable")),
            ("description", text("Only occupants are allowed to send messages to the conference")),
            ("conversation_id", text(ROOM_CONVERSATION)),
            ("msg_id", text(clock::uuid())),
        ]),
        "message" => full_message(),
        _ => object([]),
    }
}

/// A chat state of the peer.
pub fn chat_state(conversation: &str, state: &str) -> Value {
    object([("state", text(state)), ("conversation_id", text(conversation)), ("peer", text(PEER))])
}

/// A receipt.
pub fn receipt(message: &str, entity: &str, event: &str, conversation: &str) -> Value {
    object([
        ("msg_id", text(message)),
        ("entity", text(entity)),
        ("event", text(event)),
        ("conversation_id", text(conversation)),
    ])
}

/// A message of the peer with nothing but text.
pub fn message(id: &str, conversation: &str, body: &str) -> Value {
    object([
        ("id", text(id)),
        ("conversation_id", text(conversation)),
        ("from", text(PEER)),
        ("is_group", Value::Bool(false)),
        ("subject", text("")),
        ("lang", text("en")),
        ("body", text(body)),
    ])
}

/// A message with all that a message can have, and text that needs care: quotes, a backslash, a line end, non-ASCII.
fn full_message() -> Value {
    let mut message = message(&clock::uuid(), CONVERSATION, "Hello \"Bob\",\nthe file is C:\\temp\\é.csv ✓");
    set(&mut message, "subject", text("Sales"));
    set(
        &mut message,
        "attachment",
        object([
            (
                "url",
                text("https://files.sim.invalid/api/rainbow/fileserver/v1.0/files/5d4d3696cfd53e023dadcb07"),
            ),
            ("filename", text("sales.csv")),
            ("mime", text("text/csv")),
            ("size", number(93_536)),
        ]),
    );
    let markdown = object([("type", text("text/markdown")), ("data", text("## Hello *Bob*"))]);
    set(&mut message, "contents", list([markdown]));
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{self, Mode};
    use crate::sim::rows::{CONNECTION_ROWS, ROWS};
    use crate::sim::value::{document, parse};

    fn check(name: &str, over: &str) {
        let mut body = envelope("c1", name, sample(name));
        let Some(Value::Object(members)) = parse(over) else { panic!("{over}") };
        for (member, value) in members {
            set(&mut body, &member, value);
        }
        let body = document(&body);
        let schema = contract::callback(name).expect(name).schema;
        assert_eq!(contract::check(schema, body.as_bytes(), Mode::Strict), Ok(Vec::new()), "{name} {body}");
    }

    #[test]
    fn every_body_that_is_sent_keeps_the_whole_contract() {
        for name in NAMES {
            check(name, "{}");
        }
        for row in ROWS.iter().chain(&CONNECTION_ROWS) {
            check(row.callback, row.over);
        }
        assert_eq!(contract::CALLBACKS.len(), NAMES.len());
    }
}
