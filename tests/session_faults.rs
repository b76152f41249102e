//! The binary's life with a cloud that is not well: what it calls, what it waits for, what bots are told.
#![cfg(feature = "demo")]

mod support;

use std::time::Duration;

use rainbow_s2s_agent::sim::value::{number_at, parse, text_at};
use rainbow_s2s_agent::sim::{Cloud, Drift, Fault, Kind, Options};
use support::{Agent, PATIENCE, Setup, operations, told};

/// Long enough that what must not happen would have happened.
const QUIET: Duration = Duration::from_millis(1_500);

fn cloud() -> Cloud {
    Cloud::start(Options::default()).unwrap()
}

fn ready(cloud: &Cloud) -> Agent {
    let agent = Agent::start(cloud, &Setup::of(cloud));
    agent.expect("rainbow_onready", 1);
    agent
}

/// A document that tells of a failure.
fn is_failure(document: &str) -> bool {
    let document = parse(document).unwrap();
    text_at(&document, &["label"]).is_some_and(|label| label != "SUCESSFULL")
        && number_at(&document, &["code"]) != Some(1)
        && text_at(&document, &["msg"]).is_some_and(|words| !words.is_empty())
}

#[test]
fn a_cloud_that_is_down_at_the_start_is_waited_for() {
    let cloud = cloud();
    cloud.down();
    let agent = Agent::start_alone(&Setup::of(&cloud));
    let failed = agent.expect("rainbow_onconnectionerror", 2);
    assert!(is_failure(&failed.document), "{}", failed.document);
    // Callbacks are taken meanwhile, for other programs may have connections.
    assert_eq!(
        agent.post("room-state", r#"{"id":"c","timestamp":"t","room-state":{"id":"r","event":"deleted"}}"#).0,
        200
    );
    agent.expect("rainbow_onbubbleremoved", 1);
    cloud.up().unwrap();
    agent.expect("rainbow_onready", 1);
    assert_eq!(agent.count("rainbow_onfailed"), 0);
    assert_eq!(operations(&cloud)[..3], ["getBasicLogin", "connectionIndex", "connectionCreate"]);
}

#[test]
fn a_cloud_that_restarts_and_has_forgotten_everything_gets_a_new_connection() {
    let cloud = cloud();
    let agent = ready(&cloud);
    let old = cloud.connections()[0].id.clone();
    cloud.forget();
    cloud.clear_record();
    agent.expect("rainbow_onready", 2);
    assert_eq!(agent.count("rainbow_ondisconnected"), 1, "{}", agent.report());
    assert_eq!(agent.count("rainbow_onconnected"), 2);
    assert!(agent.count("rainbow_onreconnecting") >= 1);
    let connections = cloud.connections();
    assert!(connections.len() == 1 && connections[0].id != old, "{connections:?}");
    assert_eq!(cloud.calls_of("getBasicLogin").len(), 1, "{}", told(&cloud));
}

#[test]
fn a_cloud_that_goes_away_and_comes_back_is_told_about() {
    let cloud = cloud();
    let agent = ready(&cloud);
    cloud.down();
    let lost = agent.expect("rainbow_ondisconnected", 1);
    assert!(is_failure(&lost.document), "{}", lost.document);
    agent.expect("rainbow_onreconnecting", 2);
    cloud.up().unwrap();
    agent.expect("rainbow_onready", 2);
    assert_eq!(agent.count("rainbow_ondisconnected"), 1, "told once\n{}", agent.report());
}

#[test]
fn a_cloud_that_hangs_at_the_sign_in_is_asked_again() {
    let cloud = cloud();
    cloud.fault(Fault::once("getBasicLogin", Kind::Hang));
    let agent = Agent::start(&cloud, &Setup::of(&cloud));
    let failed = agent.expect("rainbow_onconnectionerror", 1);
    assert!(is_failure(&failed.document), "{}", failed.document);
    agent.expect("rainbow_onready", 1);
    assert_eq!(cloud.calls_of("getBasicLogin").len(), 2, "{}", told(&cloud));
}

#[test]
fn a_cloud_that_begins_to_hang_is_told_about_and_its_connection_is_kept() {
    let cloud = cloud();
    let agent = ready(&cloud);
    cloud.fault(Fault { operation: Some("connectionShow".into()), times: 2, kind: Kind::Hang });
    let lost = agent.expect("rainbow_ondisconnected", 1);
    assert!(is_failure(&lost.document), "{}", lost.document);
    agent.expect("rainbow_onready", 2);
    assert_eq!(agent.names().iter().filter(|name| *name == "rainbow_onreconnecting").count(), 1);
    assert_eq!(cloud.calls_of("connectionCreate").len(), 1, "it outlived the silence\n{}", told(&cloud));
}

#[test]
fn a_terminated_connection_is_replaced() {
    let cloud = cloud();
    let agent = ready(&cloud);
    agent.expect("rainbow_onconnectioncreated", 1);
    cloud.terminate();
    agent.expect("rainbow_onready", 2);
    assert_eq!(agent.count("rainbow_ondisconnected"), 1, "{}", agent.report());
    assert_eq!(cloud.connections().len(), 1);
}

#[test]
fn tokens_of_two_seconds_are_renewed_at_half_their_life() {
    let cloud = cloud();
    cloud.set_policy(|policy| (policy.token_life, policy.max_renew) = (Duration::from_secs(2), 100));
    let agent = ready(&cloud);
    agent.expect_calls(&cloud, "getRenew", 4);
    let renewals = cloud.calls_of("getRenew");
    for pair in renewals.windows(2) {
        let gap = (pair[1].at - pair[0].at).as_secs_f64();
        assert!((0.5..1.9).contains(&gap), "{gap} s");
    }
    assert!(cloud.calls().iter().all(|call| call.authorised), "{}", told(&cloud));
    assert_eq!(cloud.calls_of("getBasicLogin").len(), 1);
    assert_eq!(agent.count("rainbow_ondisconnected"), 0, "bots need not know");
}

#[test]
fn renewals_that_are_used_up_lead_to_a_new_sign_in_with_the_same_connection() {
    let cloud = cloud();
    cloud.set_policy(|policy| (policy.token_life, policy.max_renew) = (Duration::from_secs(2), 1));
    let agent = ready(&cloud);
    agent.expect_calls(&cloud, "getBasicLogin", 3);
    let renewals = cloud.calls_of("getRenew");
    assert!((2..=3).contains(&renewals.len()), "one for each sign-in\n{}", told(&cloud));
    assert!(renewals.iter().all(|call| call.status == 200), "never asked for one too many");
    assert_eq!(cloud.calls_of("connectionCreate").len(), 1);
    assert_eq!(agent.count("rainbow_ondisconnected"), 0, "bots need not know\n{}", agent.report());
}

#[test]
fn an_expired_token_is_replaced() {
    let cloud = cloud();
    let agent = ready(&cloud);
    cloud.expire();
    agent.expect_calls(&cloud, "getBasicLogin", 2);
    cloud.callback("presence");
    agent.expect("rainbow_onpresencechanged", 1);
    assert_eq!(cloud.connections().len(), 1);
    assert_eq!(cloud.calls_of("getBasicLogin").len(), 2, "{}", told(&cloud));
}

#[test]
fn a_wrong_password_is_tried_once() {
    let cloud = cloud();
    let mut setup = Setup::of(&cloud);
    setup.with(r#"{"credentials":{"password":"not the password"}}"#);
    let agent = Agent::start(&cloud, &setup);
    let (code, _) = agent.wait_end(PATIENCE);
    assert_eq!(code, 77, "{}", agent.report());
    assert_eq!(operations(&cloud), ["getBasicLogin"]);
    agent.expect("zmq-stop", 1);
    let names = agent.names();
    let end = ["rainbow_onconnectionerror", "rainbow_onfailed", "rainbow_onstopped", "zmq-stop"];
    assert_eq!(names[names.len() - 4..], end, "{}", agent.report());
    let failed = agent.expect("rainbow_onfailed", 1);
    assert!(is_failure(&failed.document), "{}", failed.document);
    assert!(!failed.document.contains("not the password"));
}

#[test]
fn a_wrong_application_is_tried_once() {
    let cloud = cloud();
    let mut setup = Setup::of(&cloud);
    setup.env("RAINBOW_APP_SECRET", "not the secret");
    let agent = Agent::start(&cloud, &setup);
    assert_eq!(agent.wait_end(PATIENCE).0, 77, "{}", agent.report());
    assert_eq!(operations(&cloud), ["getBasicLogin"]);
}

#[test]
fn a_locked_account_is_left_alone_while_callbacks_are_taken() {
    let cloud = cloud();
    cloud.lock();
    let agent = Agent::start(&cloud, &Setup::of(&cloud));
    let failed = agent.expect("rainbow_onconnectionerror", 1);
    assert!(is_failure(&failed.document), "{}", failed.document);
    assert!(!cloud.wait_for("getBasicLogin", 2, QUIET), "a second attempt\n{}", agent.report());
    assert_eq!(agent.post("presence", r#"{"id":"c","timestamp":"t","presence":{"from":"u"}}"#).0, 200);
    agent.expect("rainbow_onpresencechanged", 1);
    assert_eq!(operations(&cloud), ["getBasicLogin"]);
    assert_eq!(agent.stop().0, 0);
    assert_eq!(operations(&cloud), ["getBasicLogin"], "nothing to sign out of");
}

#[test]
fn too_many_requests_are_answered_with_patience() {
    let cloud = cloud();
    let kind = Kind::Status { status: 429, retry_after: Some("1".into()) };
    cloud.fault(Fault::once("getBasicLogin", kind));
    let agent = Agent::start(&cloud, &Setup::of(&cloud));
    agent.expect_calls(&cloud, "getBasicLogin", 2);
    let calls = cloud.calls_of("getBasicLogin");
    let gap = calls[1].at - calls[0].at;
    assert!(gap >= Duration::from_secs(1), "{gap:?}");
    agent.expect("rainbow_onready", 1);
    assert_eq!(agent.count("rainbow_onconnectionerror"), 1);
}

#[test]
fn an_unavailable_cloud_is_asked_again_when_it_says() {
    let cloud = cloud();
    let unavailable = |seconds: &str| Kind::Status { status: 503, retry_after: Some(seconds.into()) };
    cloud.fault(Fault::once("connectionCreate", unavailable("2")));
    let agent = Agent::start(&cloud, &Setup::of(&cloud));
    agent.expect("rainbow_onready", 1);
    let calls = cloud.calls_of("connectionCreate");
    assert_eq!(calls.len(), 2, "{}", told(&cloud));
    let gap = calls[1].at - calls[0].at;
    assert!(gap >= Duration::from_secs(2), "{gap:?}");
    assert_eq!(cloud.calls_of("getBasicLogin").len(), 1, "the token is still good");
}

#[test]
fn errors_of_the_cloud_and_of_the_network_are_outlived_wherever_they_strike() {
    let server = |status| Kind::Status { status, retry_after: None };
    for operation in [
        "getBasicLogin",
        "connectionIndex",
        "connectionCreate",
        "presenceUpdate",
        "conversationIndex",
        "roomJoin",
    ] {
        let cloud = cloud();
        for kind in [server(500), server(502), Kind::Reset, Kind::Close, Kind::Garbage] {
            cloud.fault(Fault::once(operation, kind));
        }
        let agent = Agent::start(&cloud, &Setup::of(&cloud));
        agent.expect_calls(&cloud, operation, 6);
        agent.expect("rainbow_onready", 1);
        assert_eq!(agent.count("rainbow_onfailed"), 0, "{operation}\n{}", agent.report());
        assert_eq!(cloud.connections().len(), 1, "{operation}");
    }
}

#[test]
fn a_connection_whose_creation_was_not_answered_is_not_made_twice() {
    let cloud = cloud();
    cloud.fault(Fault::once("connectionCreate", Kind::CloseAfter));
    let agent = Agent::start(&cloud, &Setup::of(&cloud));
    agent.expect("rainbow_onready", 1);
    assert_eq!(cloud.connections().len(), 1, "{}", told(&cloud));
}

#[test]
fn an_answer_newer_than_the_contract_is_drift_not_an_error() {
    for drift in [Drift::Unwrapped, Drift::ExtraFields, Drift::UnknownEnum, Drift::WrongTypes] {
        let cloud = cloud();
        for operation in ["getBasicLogin", "connectionIndex", "connectionCreate", "conversationIndex"] {
            cloud.fault(Fault::once(operation, Kind::Drift(drift)));
        }
        let agent = Agent::start(&cloud, &Setup::of(&cloud));
        agent.expect("rainbow_onready", 1);
        assert_eq!(agent.count("rainbow_onconnectionerror"), 0, "{drift:?}\n{}", agent.report());
    }
}
