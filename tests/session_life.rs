//! The binary's life with a cloud that is well: the calls it makes in order, the events, reactions, the stop.
#![cfg(feature = "demo")]

mod support;

use std::time::Duration;

use rainbow_s2s_agent::json::canonical;
use rainbow_s2s_agent::sim::value::{parse, text_at};
use rainbow_s2s_agent::sim::{Cloud, Fault, Kind, Options};
use rustix::process::Signal;
use support::folder::Folder;
use support::{Agent, PATIENCE, Setup, operations, told};

/// What an orderly stop may take at most, whatever the cloud does.
const STOP_TIME: Duration = Duration::from_secs(5);

const START: [&str; 6] = [
    "getBasicLogin",
    "connectionIndex",
    "connectionCreate",
    "presenceUpdate",
    "conversationIndex",
    "roomJoin",
];

fn cloud() -> Cloud {
    Cloud::start(Options::default()).unwrap()
}

fn ready(cloud: &Cloud) -> Agent {
    ready_with(cloud, &Setup::of(cloud))
}

fn ready_with(cloud: &Cloud, setup: &Setup) -> Agent {
    let agent = Agent::start(cloud, setup);
    agent.expect("rainbow_onready", 1);
    agent.expect("rainbow_onconnectioncreated", 1);
    agent
}

#[test]
fn the_start_makes_the_calls_of_the_starter_kit_in_order() {
    let cloud = cloud();
    // No watching here, so that nothing is between the calls of the start.
    let mut setup = Setup::of(&cloud);
    setup.with(r#"{"rainbow":{"watch_seconds":3600}}"#);
    let agent = ready_with(&cloud, &setup);
    let calls = cloud.calls();
    assert_eq!(operations(&cloud), START, "{}", agent.report());
    for call in &calls {
        assert!(call.authorised && (200..300).contains(&call.status), "{call:?}");
    }
    let created = parse(&calls[2].body).unwrap();
    assert_eq!(text_at(&created, &["connection", "callback_url"]), Some(agent.callback_url().as_str()));
    // The order of the members is that of the swagger file which the program was built from.
    assert_eq!(canonical(calls[3].body.as_bytes()), canonical(br#"{"presence":{"show":"","status":""}}"#));
    let own: Vec<String> =
        agent.names().into_iter().filter(|name| name != "rainbow_onconnectioncreated").collect();
    assert_eq!(own, ["rainbow_onstarted", "rainbow_onconnected", "rainbow_onready"], "{}", agent.report());
    for event in agent.events() {
        assert_eq!(event.frames, 2);
        if event.name != "rainbow_onconnectioncreated" {
            assert_eq!(event.document, r#"{"code":1,"label":"SUCESSFULL","msg":""}"#);
        }
    }
}

#[test]
fn the_callback_url_is_printed_and_written_and_keeps_its_secret() {
    let (cloud, folder) = (cloud(), Folder::new());
    let mut setup = Setup::of(&cloud);
    setup.state(&folder);
    let agent = ready_with(&cloud, &setup);
    let url = agent.callback_url();
    let file = std::fs::read_to_string(agent.path("s2s/s2s_callback_url.json")).unwrap();
    assert_eq!(text_at(&parse(&file).unwrap(), &["callback_url"]), Some(url.as_str()), "{file}");
    let secret = url.rsplit('/').next().unwrap();
    assert!(secret.len() >= 16, "{url}");
    agent.stop();
    let again = ready_with(&cloud, &setup);
    assert_eq!(again.callback_url().rsplit('/').next(), Some(secret), "kept across restarts");
}

#[test]
fn the_stop_leaves_nothing_behind_and_says_so() {
    for signal in [Signal::TERM, Signal::INT] {
        let cloud = cloud();
        let mut setup = Setup::of(&cloud);
        setup.with(r#"{"rainbow":{"watch_seconds":3600}}"#);
        let agent = ready_with(&cloud, &setup);
        cloud.clear_record();
        agent.signal(signal);
        let (code, time) = agent.wait_end(PATIENCE);
        assert_eq!(code, 0, "{}", agent.report());
        assert!(time < STOP_TIME, "{time:?}");
        assert_eq!(operations(&cloud), ["connectionDelete", "getLogout"], "{signal:?}");
        assert!(cloud.connections().is_empty());
        assert_eq!(cloud.valid_tokens(), 0);
        let last = agent.expect("zmq-stop", 1);
        assert_eq!(last.document, r#"{"msg":"stop signal received"}"#);
        let names = agent.names();
        assert_eq!(names[names.len() - 2..], ["rainbow_onstopped", "zmq-stop"]);
    }
}

#[test]
fn a_connection_that_cannot_be_deleted_is_no_reason_to_keep_the_token() {
    let cloud = cloud();
    let agent = ready(&cloud);
    cloud.fault(Fault::once("connectionDelete", Kind::Reset));
    let (code, _) = agent.stop();
    assert_eq!(code, 0, "{}", agent.report());
    assert_eq!(cloud.valid_tokens(), 0, "{}", agent.report());
}

#[test]
fn a_hanging_cloud_does_not_hold_up_the_stop() {
    let cloud = cloud();
    let agent = ready(&cloud);
    cloud.fault(Fault::everything(Kind::Hang));
    let (code, time) = agent.stop();
    assert_eq!(code, 0, "{}", agent.report());
    assert!(time < STOP_TIME, "{time:?}\n{}", agent.report());
    agent.expect("rainbow_onstopped", 1);
}

#[test]
fn a_sign_in_that_hangs_does_not_hold_up_the_stop() {
    let cloud = cloud();
    cloud.fault(Fault::everything(Kind::Hang));
    let agent = Agent::start(&cloud, &Setup::of(&cloud));
    agent.expect_calls(&cloud, "getBasicLogin", 1);
    let (code, time) = agent.stop();
    assert_eq!(code, 0, "{}", agent.report());
    assert!(time < STOP_TIME, "{time:?}\n{}", agent.report());
    agent.expect("zmq-stop", 1);
    // The stop itself has interrupted the call: that is no failure to tell bots of.
    assert_eq!(agent.names(), ["rainbow_onstarted", "rainbow_onstopped", "zmq-stop"]);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let cloud = cloud();
    let agent = ready(&cloud);
    cloud.fault(Fault::everything(Kind::Hang));
    cloud.clear_record();
    agent.terminate();
    assert!(agent.log.wait_for_part("stopping", PATIENCE), "{}", agent.report());
    agent.signal(Signal::INT);
    let (code, time) = agent.wait_end(PATIENCE);
    assert_ne!(code, 0);
    assert!(time < Duration::from_secs(1), "{time:?}\n{}", agent.report());
}

#[test]
fn only_its_own_stale_connections_are_deleted() {
    let (cloud, folder) = (cloud(), Folder::new());
    let other = cloud.add_connection("another program", "http://127.0.0.1:9/other");
    let mut setup = Setup::of(&cloud);
    setup.state(&folder);
    let killed = ready_with(&cloud, &setup);
    let stale = cloud.connections().into_iter().find(|known| known.id != other.id).unwrap();
    killed.signal(Signal::KILL);
    assert_eq!(killed.wait_end(PATIENCE).0, -9);
    drop(killed);
    cloud.clear_record();
    let agent = ready_with(&cloud, &setup);
    let deleted = cloud.calls_of("connectionDelete");
    assert_eq!(deleted.len(), 1, "{}", told(&cloud));
    assert!(deleted[0].path.ends_with(&stale.id));
    agent.stop();
    let left: Vec<String> = cloud.connections().into_iter().map(|known| known.id).collect();
    assert_eq!(left, [other.id]);
}

#[test]
fn received_messages_are_acknowledged_where_that_is_wanted() {
    let cloud = cloud();
    let mut setup = Setup::of(&cloud);
    setup.with(r#"{"im":{"sendReadReceipt":true}}"#);
    let agent = ready_with(&cloud, &setup);
    cloud.callback_with(
        "message",
        r#"{"message":{"id":"m 1/é","conversation_id":"1555081424877876","body":"","from":"u"}}"#,
    );
    agent.expect_calls(&cloud, "messageReceivedReceipt", 1);
    agent.expect_calls(&cloud, "messageReadReceipt", 1);
    let calls = cloud.calls();
    let receipt = calls.iter().find(|call| call.operation == "messageReceivedReceipt").unwrap();
    assert!(receipt.path.contains("/messages/m%201%2F%C3%A9/received"), "{}", receipt.path);
    let events: Vec<&str> = cloud.receipts().iter().map(|receipt| receipt.event).collect();
    assert_eq!(events, ["received", "read"]);
}

#[test]
fn messages_are_not_acknowledged_where_that_is_not_wanted() {
    let cloud = cloud();
    let agent = ready(&cloud);
    cloud.peer_writes("Hello");
    agent.expect("rainbow_onmessagereceived", 1);
    // The reactions work through one queue: what comes later has been done when this is.
    let room = cloud.invite("Hot news").unwrap();
    agent.expect_calls(&cloud, "roomJoin", 2);
    assert!(cloud.calls_of("roomJoin")[1].path.contains(&room), "{}", told(&cloud));
    agent.expect("rainbow_onbubbleinvitationreceived", 1);
    assert!(cloud.receipts().is_empty());
}

#[test]
fn a_lost_receipt_is_sent_again() {
    let cloud = cloud();
    let mut setup = Setup::of(&cloud);
    setup.with(r#"{"im":{"sendReadReceipt":true}}"#);
    let agent = ready_with(&cloud, &setup);
    cloud.fault(Fault::once("messageReceivedReceipt", Kind::Status { status: 503, retry_after: None }));
    cloud.peer_writes("Hello");
    agent.expect_calls(&cloud, "messageReadReceipt", 1);
    assert_eq!(cloud.calls_of("messageReceivedReceipt").len(), 2, "{}", told(&cloud));
    assert_eq!(cloud.receipts().len(), 2);
}
