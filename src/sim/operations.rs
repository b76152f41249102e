//! The seventeen operations of the S2S portal as they act on the [`World`] (CONTRACT section 3).
//!
//! Who calls has been checked before; faults come after. What an operation makes the cloud tell the bot is
//! returned as callbacks, in the order in which they are to be sent.

use miniserde::json::Value;

use super::account::BOT;
use super::callbacks::{self, PEER};
use super::clock;
use super::reply::Reply;
use super::value::{at, document, list, number, object, set, text, text_at};
use super::world::{Connection, Kept, Push, Receipt, Room, World};

/// Does `operation` with the parameters of its path, its query and its body.
pub(super) fn perform(
    world: &mut World,
    operation: &str,
    parameters: &[&str],
    query: &str,
    body: &Value,
) -> (Reply, Vec<Push>) {
    let parameter = |index: usize| parameters.get(index).copied().unwrap_or_default();
    match operation {
        "connectionIndex" => {
            return (Reply::data(200, list(world.connections.iter().map(Connection::value))), Vec::new());
        }
        "connectionCreate" => return connection_create(world, body),
        _ => {}
    }
    let Some(connection) = world.connections.iter().find(|known| known.id == parameter(0)).cloned() else {
        return (Reply::not_found("connection", parameter(0)), Vec::new());
    };
    let id = connection.id.as_str();
    let (conversation, last) = (parameter(1), parameter(2));
    let quiet = |reply| (reply, Vec::new());
    match operation {
        "connectionShow" | "connectionHead" => quiet(Reply::data(200, connection.value())),
        "connectionDelete" => {
            world.disconnect(id);
            quiet(Reply::empty(204))
        }
        "presenceUpdate" => quiet(presence_update(world, body)),
        "presenceShow" => quiet(match world.presences.get(conversation) {
            Some(presence) => Reply::data(200, presence.clone()),
            None => Reply::not_found("user", conversation),
        }),
        "roomJoin" => quiet(room_join(world, conversation)),
        "conversationIndex" => {
            quiet(Reply::data(200, list(world.conversations.iter().map(super::world::Conversation::value))))
        }
        "conversationCreate" => conversation_create(world, id, body),
        _ if world.conversation(conversation).is_none() => {
            quiet(Reply::not_found("conversation", conversation))
        }
        "conversationShow" => quiet(match world.conversation(conversation) {
            Some(known) => Reply::data(200, known.value()),
            None => Reply::not_found("conversation", conversation),
        }),
        "conversationDelete" => conversation_delete(world, id, conversation),
        "conversationChatstate" => quiet(match last {
            "active" | "composing" | "paused" | "inactive" | "gone" => Reply::empty(202),
            _ => Reply::error(400, text(format!("{last} is not a chat state")), 400_000),
        }),
        "messageCreate" => message_create(world, id, conversation, body),
        "messageIndex" => quiet(message_index(world, id, conversation, query)),
        "messageDeleteAll" => message_delete_all(world, id, conversation),
        "messageReceivedReceipt" => quiet(receipt(world, conversation, last, "received")),
        "messageReadReceipt" => quiet(receipt(world, conversation, last, "read")),
        _ => quiet(Reply::error(501, text(operation), 501_000)),
    }
}

/// One callback to the connection `id`.
pub(super) fn push(id: &str, name: &str, inner: Value) -> Push {
    let body = document(&callbacks::envelope(id, name, inner));
    Push { connection: id.to_owned(), name: name.to_owned(), body }
}

fn connection_create(world: &mut World, body: &Value) -> (Reply, Vec<Push>) {
    let url = text_at(body, &["connection", "callback_url"]).unwrap_or_default();
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return (Reply::error(400, text("connection/callback_url is not an http URL"), 400_000), Vec::new());
    }
    let made_up = clock::uuid();
    let resource = text_at(body, &["connection", "resource"]).unwrap_or(&made_up);
    let connection = world.connect(resource, url);
    let ready = push(&connection.id, "connection", callbacks::sample("connection"));
    (Reply::data(201, connection.value()), vec![ready])
}

fn presence_update(world: &mut World, body: &Value) -> Reply {
    let presence = at(body, &["presence"]).cloned().unwrap_or_else(|| object([]));
    world.presences.insert(BOT.to_owned(), presence);
    Reply::empty(202)
}

fn room_join(world: &mut World, id: &str) -> Reply {
    match world.rooms.iter_mut().find(|room| room.id == id) {
        Some(room) => {
            room.joined = true;
            Reply::data(200, object([("role", text("member"))]))
        }
        None => Reply::not_found("room", id),
    }
}

fn conversation_create(world: &mut World, id: &str, body: &Value) -> (Reply, Vec<Push>) {
    let kind = text_at(body, &["conversation", "type"]).unwrap_or("user");
    let Some(peer) = text_at(body, &["conversation", "peer"]) else {
        return (Reply::error(400, text("conversation/peer is missing"), 400_000), Vec::new());
    };
    let (conversation, new) = world.converse(kind, peer);
    if kind == "room" && new {
        world.rooms.push(Room { id: peer.to_owned(), joined: false });
    }
    let told = if new { vec![push(id, "conversation", action(&conversation, "create"))] } else { Vec::new() };
    (Reply::data(200, conversation.value()), told)
}

fn conversation_delete(world: &mut World, id: &str, conversation: &str) -> (Reply, Vec<Push>) {
    let gone =
        world.conversation(conversation).map(|known| push(id, "conversation", action(known, "delete")));
    world.conversations.retain(|known| known.id != conversation);
    (Reply::empty(204), gone.into_iter().collect())
}

/// The callback's own object about a conversation.
fn action(conversation: &super::world::Conversation, action: &str) -> Value {
    object([
        ("id", text(conversation.id.as_str())),
        ("action", text(action)),
        ("peer", text(conversation.peer.as_str())),
        ("type", text(conversation.kind.as_str())),
        ("mute", Value::Bool(conversation.mute)),
    ])
}

fn message_create(world: &mut World, id: &str, conversation: &str, body: &Value) -> (Reply, Vec<Push>) {
    let Some(mut message) = at(body, &["message"]).cloned() else {
        return (Reply::error(400, text("message is missing"), 400_000), Vec::new());
    };
    let peer = world.conversation(conversation).map(|known| (known.kind.clone(), known.peer.clone()));
    let (kind, peer) = peer.unwrap_or_default();
    if kind == "room" && !world.rooms.iter().any(|room| room.id == peer && room.joined) {
        return (Reply::error(403, text("the room has to be joined first"), 403_000), Vec::new());
    }
    let message_id = clock::uuid();
    set(&mut message, "id", text(message_id.as_str()));
    let mut answer = message.clone();
    set(&mut answer, "to", text(peer));
    keep(world, conversation, BOT, message.clone());
    let mut told = vec![push(
        id,
        "receipt",
        callbacks::receipt(&message_id, "server", "received", callbacks::NO_CONVERSATION),
    )];
    if world.peer_answers && kind == "user" {
        for event in ["received", "read"] {
            told.push(push(id, "receipt", callbacks::receipt(&message_id, "client", event, conversation)));
        }
        told.push(push(id, "chat-state", callbacks::chat_state(conversation, "composing")));
        let said = format!("You said: {}", text_at(&message, &["body"]).unwrap_or_default());
        told.push(peer_writes(world, id, conversation, &said));
    }
    (Reply::data(200, answer), told)
}

/// The peer writes a message, which is kept and told to the connection `id`.
pub(super) fn peer_writes(world: &mut World, id: &str, conversation: &str, body: &str) -> Push {
    let message = callbacks::message(&clock::uuid(), conversation, body);
    keep(world, conversation, PEER, message.clone());
    push(id, "message", message)
}

fn keep(world: &mut World, conversation: &str, from: &str, mut message: Value) {
    set(&mut message, "from", text(from));
    set(&mut message, "datetime", text(clock::timestamp()));
    if let Value::Object(members) = &mut message {
        members.remove("conversation_id");
        members.remove("is_group");
    }
    world.messages.push(Kept { conversation: conversation.to_owned(), micros: clock::micros(), message });
}

/// The page that `limit`, `before` and `after` (microseconds) ask for, newest first, in the cloud's own form,
/// which is not the published one.
fn message_index(world: &World, id: &str, conversation: &str, query: &str) -> Reply {
    let option = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|value| value.parse::<u64>().ok())
    };
    let (before, after) = (option("before").unwrap_or(u64::MAX), option("after").unwrap_or(0));
    let limit = option("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(100);
    let wanted =
        |kept: &&Kept| kept.conversation == conversation && kept.micros < before && kept.micros > after;
    let page: Vec<&Kept> = world.messages.iter().rev().filter(wanted).take(limit).collect();
    let link = |word: &str, micros: u64| {
        text(format!("/connections/{id}/conversations/{conversation}/messages?{word}={micros}&limit={limit}"))
    };
    let total = world.messages.iter().filter(|kept| kept.conversation == conversation).count();
    let (oldest, newest) =
        (page.last().map_or(before, |kept| kept.micros), page.first().map_or(after, |kept| kept.micros));
    Reply::bare(
        200,
        object([
            ("total_count", text(total.to_string())),
            ("messages", list(page.iter().map(|kept| kept.message.clone()))),
            ("_links", object([("prev", link("before", oldest)), ("next", link("after", newest))])),
        ]),
    )
}

fn message_delete_all(world: &mut World, id: &str, conversation: &str) -> (Reply, Vec<Push>) {
    let before = world.messages.len();
    world.messages.retain(|kept| kept.conversation != conversation);
    let deleted = i64::try_from(before - world.messages.len()).unwrap_or(i64::MAX);
    let with = world.conversation(conversation).map(|known| known.peer.clone()).unwrap_or_default();
    let told =
        push(id, "all-deleted", object([("conversation_id", text(conversation)), ("with", text(with))]));
    (Reply::data(200, object([("deleted", number(deleted))])), vec![told])
}

fn receipt(world: &mut World, conversation: &str, message: &str, event: &'static str) -> Reply {
    world.receipts.push(Receipt {
        conversation: conversation.to_owned(),
        message: message.to_owned(),
        event,
    });
    Reply::empty(202)
}
