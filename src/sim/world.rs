//! The S2S portal's memory: connections, conversations, messages, presences, rooms, receipts (CONTRACT section 3).
//!
//! Operations are in `operations`; this is what they change. One account owns all of it.

use std::collections::BTreeMap;

use miniserde::json::Value;

use super::callbacks::{CONVERSATION, PEER, ROOM, ROOM_CONVERSATION};
use super::clock;
use super::value::{object, text};

/// An S2S session of the account.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its identifier.
    pub id: String,
    /// The name that the client gave it.
    pub resource: String,
    /// Where callbacks go.
    pub callback_url: String,
}

/// A conversation of the account.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Its identifier.
    pub id: String,
    /// `user`, `room` or `bot`.
    pub kind: String,
    /// The user, bot or room on the other side.
    pub peer: String,
    /// Whether it is muted.
    pub mute: bool,
    /// When it began.
    pub created: String,
}

/// A message that is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The conversation it belongs to.
    pub conversation: String,
    /// Microseconds since 1970.
    pub micros: u64,
    /// The message in the form of the schema `Message`.
    pub message: Value,
}

/// A room that the account knows.
#[derive(Debug, Clone)]
pub struct Room {
    /// Its identifier.
    pub id: String,
    /// Whether the bot has joined it since its connection was made.
    pub joined: bool,
}

/// A receipt that the bot sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The conversation.
    pub conversation: String,
    /// The message.
    pub message: String,
    /// `received` or `read`.
    pub event: &'static str,
}

/// A callback that an operation causes.
#[derive(Debug, Clone)]
pub struct Push {
    /// The connection's identifier.
    pub connection: String,
    /// The callback's name.
    pub name: String,
    /// The whole body.
    pub body: String,
}

/// All of it.
#[derive(Debug)]
pub struct World {
    /// In the order of their making.
    pub connections: Vec<Connection>,
    /// In the order of their making.
    pub conversations: Vec<Conversation>,
    /// In the order of their sending.
    pub messages: Vec<Kept>,
    /// Rooms by identifier.
    pub rooms: Vec<Room>,
    /// `show` and `status` by user.
    pub presences: BTreeMap<String, Value>,
    /// Receipts of the bot, in order.
    pub receipts: Vec<Receipt>,
    /// Whether the peer answers the bot's messages: receipts of a client, a chat state and an echo.
    pub peer_answers: bool,
}

impl World {
    /// One conversation with the peer, one room with its conversation, no connection.
    pub fn new(peer_answers: bool) -> World {
        let conversation = |id: &str, kind: &str, peer: &str| Conversation {
            id: id.to_owned(),
            kind: kind.to_owned(),
            peer: peer.to_owned(),
            mute: false,
            created: "2019-04-12T15:03:44.877876Z".to_owned(),
        };
        let presence = object([("show", text("chat")), ("status", text(""))]);
        World {
            connections: Vec::new(),
            conversations: vec![
                conversation(CONVERSATION, "user", PEER),
                conversation(ROOM_CONVERSATION, "room", ROOM),
            ],
            messages: Vec::new(),
            rooms: vec![Room { id: ROOM.to_owned(), joined: false }],
            presences: BTreeMap::from([(PEER.to_owned(), presence)]),
            receipts: Vec::new(),
            peer_answers,
        }
    }

    /// Makes a connection, or takes the one that has the same resource or callback URL, as the cloud does.
    pub fn connect(&mut self, resource: &str, callback_url: &str) -> Connection {
        let same = |known: &&mut Connection| known.resource == resource || known.callback_url == callback_url;
        if let Some(known) = self.connections.iter_mut().find(same) {
            callback_url.clone_into(&mut known.callback_url);
            return known.clone();
        }
        let connection = Connection {
            id: clock::uuid(),
            resource: resource.to_owned(),
            callback_url: callback_url.to_owned(),
        };
        self.connections.push(connection.clone());
        connection
    }

    /// Removes a connection; `None` when it is unknown. Rooms have to be joined again.
    pub fn disconnect(&mut self, id: &str) -> Option<Connection> {
        let index = self.connections.iter().position(|known| known.id == id)?;
        for room in &mut self.rooms {
            room.joined = false;
        }
        Some(self.connections.remove(index))
    }

    /// What a restart of the cloud loses: connections. The rest is on its disks.
    pub fn forget(&mut self) {
        self.connections.clear();
        for room in &mut self.rooms {
            room.joined = false;
        }
    }

    /// The conversation with this identifier.
    pub fn conversation(&self, id: &str) -> Option<&Conversation> {
        self.conversations.iter().find(|known| known.id == id)
    }

    /// Finds or makes the conversation with a peer; `true` when it is new.
    pub fn converse(&mut self, kind: &str, peer: &str) -> (Conversation, bool) {
        if let Some(known) = self.conversations.iter().find(|known| known.peer == peer) {
            return (known.clone(), false);
        }
        let mut id = clock::micros();
        while self.conversation(&id.to_string()).is_some() {
            id += 1;
        }
        let conversation = Conversation {
            id: id.to_string(),
            kind: kind.to_owned(),
            peer: peer.to_owned(),
            mute: false,
            created: clock::timestamp(),
        };
        self.conversations.push(conversation.clone());
        (conversation, true)
    }
}

impl Connection {
    /// The schema `Connection`.
    pub fn value(&self) -> Value {
        object([
            ("id", text(self.id.as_str())),
            ("resource", text(self.resource.as_str())),
            ("callback_url", text(self.callback_url.as_str())),
        ])
    }
}

impl Conversation {
    /// The schema `Conversation`.
    pub fn value(&self) -> Value {
        object([
            ("id", text(self.id.as_str())),
            ("type", text(self.kind.as_str())),
            ("peer", text(self.peer.as_str())),
            ("mute", Value::Bool(self.mute)),
            ("creationDate", text(self.created.as_str())),
        ])
    }
}
