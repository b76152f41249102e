//! Names and bytes of events, against the decoding of existing bots.

use super::*;

/// What the vendor's Java sample does with frame 2: cut both ends, `\\` to `\`, every other backslash dropped.
fn decode_as_java(payload: &[u8]) -> String {
    let text = std::str::from_utf8(payload).expect("UTF-8");
    let inner = &text[1..text.len() - 1];
    inner.split("\\\\").map(|part| part.replace('\\', "")).collect::<Vec<_>>().join("\\")
}

fn encoded(document: &str, encoding: Encoding) -> String {
    let mut out = Vec::new();
    encode_into(document.as_bytes(), encoding, &mut out);
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn frame_two_is_the_document_in_a_string() {
    let check = |document: &str, compact: &str, frame: &str| {
        assert_eq!(encoded(document, Encoding::Json), compact);
        assert_eq!(encoded(document, Encoding::StarterKit), frame);
        assert_eq!(decode_as_java(frame.as_bytes()), compact);
    };
    check("{}", "{}", r#""{}""#);
    check("{ \"a\" :\t1 ,\r\n \"b\": [ ] }", r#"{"a":1,"b":[]}"#, r#""{\"a\":1,\"b\":[]}""#);
    check(r#"{"a":"x y"}"#, r#"{"a":"x y"}"#, r#""{\"a\":\"x y\"}""#);
    check(r#"{"a":"\n"}"#, r#"{"a":"\n"}"#, r#""{\"a\":\"\\n\"}""#);
    check(r#"{"a":"\""}"#, r#"{"a":"\""}"#, r#""{\"a\":\"\\\"\"}""#);
    check(r#"{"a":"\\"}"#, r#"{"a":"\\"}"#, r#""{\"a\":\"\\\\\"}""#);
    check(r#"{"a":"é 🌈 \u00e9"}"#, r#"{"a":"é 🌈 \u00e9"}"#, r#""{\"a\":\"é 🌈 \\u00e9\"}""#);
    check(
        r#"{"a":"1234567\"1234567 \\ z"}"#,
        r#"{"a":"1234567\"1234567 \\ z"}"#,
        r#""{\"a\":\"1234567\\\"1234567 \\\\ z\"}""#,
    );
}

#[test]
fn each_row_of_the_events_table() {
    let check = |name: &str, body: &str, topics: &[&str]| {
        assert_eq!(route(name, body.as_bytes()).topics().collect::<Vec<_>>(), topics, "{name} {body}");
    };
    check("connection", r#"{"connection":{"state":"ready"}}"#, &["rainbow_onconnectioncreated"]);
    check("connection", r#"{"connection":{"state":"unavailable"}}"#, &["rainbow_ondisconnected"]);
    check("connection", r#"{"connection":{"state":"terminated"}}"#, &["rainbow_ondisconnected"]);
    check("message", "{}", &["rainbow_onmessagereceived"]);
    let both = |first| [first, "rainbow_onreceipt"];
    let server = both("rainbow_onmessageserverreceiptreceived");
    check("receipt", r#"{"receipt":{"entity":"server","event":"received"}}"#, &server);
    check("receipt", r#"{"receipt":{"entity":"server","event":"read"}}"#, &server);
    let received = both("rainbow_onmessagereceiptreceived");
    check("receipt", r#"{"receipt":{"entity":"client","event":"received"}}"#, &received);
    let read = both("rainbow_onmessagereceiptreadreceived");
    check("receipt", r#"{"receipt":{"entity":"client","event":"read"}}"#, &read);
    check("receipt", r#"{"receipt":{"entity":"client","event":"seen"}}"#, &["rainbow_onreceipt"]);
    check(
        "all-receipt",
        r#"{"all-receipt":{"id":"all-received"}}"#,
        &["rainbow_onallmessagereceiptreceived"],
    );
    check("all-receipt", r#"{"all-receipt":{"id":"all-sent"}}"#, &["rainbow_onallmessagereceiptsent"]);
    check("all-deleted", "{}", &["rainbow_onallmessagedeleted"]);
    check("presence", "{}", &["rainbow_onpresencechanged"]);
    check("chat-state", "{}", &["rainbow_onchatstate"]);
    check("conversation", r#"{"conversation":{"action":"create"}}"#, &["rainbow_onconversationcreated"]);
    check("conversation", r#"{"conversation":{"action":"update"}}"#, &["rainbow_onconversationupdate"]);
    check("conversation", r#"{"conversation":{"action":"delete"}}"#, &["rainbow_onconversationremoved"]);
    check("room-invite", "{}", &["rainbow_onbubbleinvitationreceived"]);
    check("room-member", "{}", &["rainbow_onbubbleaffiliationchanged"]);
    check("room-state", r#"{"room-state":{"event":"deleted"}}"#, &["rainbow_onbubbleremoved"]);
    check("room-state", r#"{"room-state":{"event":"resumed"}}"#, &["rainbow_onbubblestatechanged"]);
    check("error", "{}", &["rainbow_onerror"]);
}

#[test]
fn routing_reads_fields_and_never_text() {
    let body = br#"{"note":"\"entity\":\"server\"","receipt":{"x":{"entity":"server"},"entity":"client","event":"read"}}"#;
    let topics: Vec<_> = route("receipt", body).topics().map(str::to_owned).collect();
    assert_eq!(topics, ["rainbow_onmessagereceiptreadreceived", "rainbow_onreceipt"]);
}

#[test]
fn callbacks_newer_than_the_contract_have_a_name() {
    let name = |callback: &str| route(callback, b"{}").topics().next().map(str::to_owned);
    assert_eq!(name("user").as_deref(), Some("rainbow_onuserinvitereceived"));
    assert_eq!(name("conference").as_deref(), Some("rainbow_onconference"));
    assert_eq!(name("telephony/rvcp/presence").as_deref(), Some("rainbow_ontelephonyrvcppresence"));
}

#[test]
fn life_cycle_data_is_the_starter_kits() {
    let frames = life(Life::Ready, &Outcome::Success, Encoding::StarterKit);
    assert_eq!(frames.topic, "rainbow_onready");
    assert_eq!(frames.payload, br#""{\"code\":1,\"label\":\"SUCESSFULL\",\"msg\":\"\"}""#);
    let failure = Outcome::Failure { code: -1, label: "NETWORK", msg: "no \"route\"".to_owned() };
    let frames = life(Life::Disconnected, &failure, Encoding::Json);
    assert_eq!(frames.payload, br#"{"code":-1,"label":"NETWORK","msg":"no \"route\""}"#);
    let stop = zmq_stop(Encoding::StarterKit);
    assert_eq!(stop.payload, br#""{\"msg\":\"stop signal received\"}""#);
}

#[test]
fn no_newer_callback_takes_the_name_of_a_known_event() {
    let check = |name: &str, free: bool| assert_eq!(is_free(name), free, "{name}");
    for name in ["user", "conference", "telephony/rvcp", "telephony/pcg/presence"] {
        check(name, true);
    }
    for name in ["started", "failed", "Stopped", "ready", "dis-connected", "messageReceived", "chatState"] {
        check(name, false);
    }
    for name in ["-", "_/-"] {
        check(name, false);
    }
    let lives = [
        Life::Started,
        Life::ConnectionError,
        Life::Connected,
        Life::Ready,
        Life::Disconnected,
        Life::Reconnecting,
        Life::Failed,
        Life::Error,
        Life::Stopped,
    ];
    for life in lives {
        check(&life.topic()[PREFIX.len()..], false);
    }
    #[cfg(feature = "demo")]
    for row in crate::sim::rows::ROWS.iter().chain(&crate::sim::rows::CONNECTION_ROWS) {
        for event in row.events {
            check(&event[PREFIX.len()..], false);
        }
    }
}
