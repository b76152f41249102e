//! The table of CONTRACT section 5: which callback makes which events. The demo plays it, the tests check it.

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The callback's name.
    pub callback: &'static str,
    /// Members laid over the sample's body, as a JSON object.
    pub over: &'static str,
    /// The events, in order.
    pub events: &'static [&'static str],
}

const fn row(callback: &'static str, over: &'static str, events: &'static [&'static str]) -> Row {
    Row { callback, over, events }
}

/// Rows that tell of the connection itself; an agent that keeps a session acts on them.
pub const CONNECTION_ROWS: [Row; 3] = [
    row("connection", "{}", &["rainbow_onconnectioncreated"]),
    row("connection", r#"{"connection":{"state":"unavailable"}}"#, &["rainbow_ondisconnected"]),
    row("connection", r#"{"connection":{"state":"terminated"}}"#, &["rainbow_ondisconnected"]),
];

/// All other rows.
pub const ROWS: [Row; 22] = [
    row("message", "{}", &["rainbow_onmessagereceived"]),
    row(
        "receipt",
        r#"{"receipt":{"msg_id":"m1","entity":"server","event":"received","conversation_id":"0000000000000000"}}"#,
        &["rainbow_onmessageserverreceiptreceived", "rainbow_onreceipt"],
    ),
    row(
        "receipt",
        r#"{"receipt":{"msg_id":"m1","entity":"client","event":"received","conversation_id":"1555081424877876"}}"#,
        &["rainbow_onmessagereceiptreceived", "rainbow_onreceipt"],
    ),
    row(
        "receipt",
        r#"{"receipt":{"msg_id":"m1","entity":"client","event":"read","conversation_id":"1555081424877876"}}"#,
        &["rainbow_onmessagereceiptreadreceived", "rainbow_onreceipt"],
    ),
    row("all-receipt", "{}", &["rainbow_onallmessagereceiptreceived"]),
    row(
        "all-receipt",
        r#"{"all-receipt":{"id":"all-sent","conversation_id":"1555081424877876","with":"59f1ecc4ea84f9b5c339958d"}}"#,
        &["rainbow_onallmessagereceiptsent"],
    ),
    row("all-deleted", "{}", &["rainbow_onallmessagedeleted"]),
    row("presence", "{}", &["rainbow_onpresencechanged"]),
    row("chat-state", "{}", &["rainbow_onchatstate"]),
    row("conversation", "{}", &["rainbow_onconversationcreated"]),
    row(
        "conversation",
        r#"{"conversation":{"id":"c1","action":"update","peer":"59f1ecc4ea84f9b5c339958d","type":"user","mute":true}}"#,
        &["rainbow_onconversationupdate"],
    ),
    row(
        "conversation",
        r#"{"conversation":{"id":"c1","action":"delete","peer":"59f1ecc4ea84f9b5c339958d","type":"user"}}"#,
        &["rainbow_onconversationremoved"],
    ),
    row("room-invite", "{}", &["rainbow_onbubbleinvitationreceived"]),
    row("room-member", "{}", &["rainbow_onbubbleaffiliationchanged"]),
    row("room-state", "{}", &["rainbow_onbubblestatechanged"]),
    row(
        "room-state",
        r#"{"room-state":{"id":"r1","event":"unavailable"}}"#,
        &["rainbow_onbubblestatechanged"],
    ),
    row(
        "room-state",
        r#"{"room-state":{"id":"r1","event":"deactivated"}}"#,
        &["rainbow_onbubblestatechanged"],
    ),
    row("room-state", r#"{"room-state":{"id":"r1","event":"resumed"}}"#, &["rainbow_onbubblestatechanged"]),
    row("room-state", r#"{"room-state":{"id":"r1","event":"shutdown"}}"#, &["rainbow_onbubblestatechanged"]),
    row("room-state", r#"{"room-state":{"id":"r1","event":"deleted"}}"#, &["rainbow_onbubbleremoved"]),
    row("error", "{}", &["rainbow_onerror"]),
    row("error", r#"{"error":{"code":1,"reason":"no more than what is required"}}"#, &["rainbow_onerror"]),
];

/// The events of the agent's own life, and the starter kit's word at the end.
pub const LIFE: [&str; 10] = [
    "rainbow_onstarted",
    "rainbow_onconnectionerror",
    "rainbow_onconnected",
    "rainbow_onready",
    "rainbow_ondisconnected",
    "rainbow_onreconnecting",
    "rainbow_onfailed",
    "rainbow_onerror",
    "rainbow_onstopped",
    "zmq-stop",
];
