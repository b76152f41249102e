//! Session and reactions as the agent starts them, against the simulated cloud; events are read off the socket.
#![cfg(feature = "demo")]

mod agent;

use std::time::{Duration, Instant};

use agent::{Agent, PATIENCE, RESOURCE, pace, quiet};
use rainbow_s2s_agent::config::Secret;
use rainbow_s2s_agent::reactions;
use rainbow_s2s_agent::session::{Ended, Pace};
use rainbow_s2s_agent::sim::{Cloud, Fault, Kind};

#[test]
fn the_main_path_calls_what_the_starter_kit_calls() {
    let mut agent = Agent::start(quiet(), |_| {});
    agent.expect_ready();
    let rooms = agent.cloud.calls_of("roomJoin").len();
    assert!(rooms > 0, "the simulated account has rooms");
    let mut expected =
        vec!["getBasicLogin", "connectionIndex", "connectionCreate", "presenceUpdate", "conversationIndex"];
    expected.resize(expected.len() + rooms, "roomJoin");
    assert_eq!(agent.calls(), expected);
    assert!(agent.cloud.calls().iter().all(|call| call.status < 300));
    let presence =
        rainbow_s2s_agent::json::canonical(agent.cloud.calls_of("presenceUpdate")[0].body.as_bytes());
    assert_eq!(presence, r#"{"presence":{"show":"","status":""}}"#);
    assert_eq!(agent.account.connection(), Some(agent.cloud.connections()[0].id.clone()));
    let (ended, time) = agent.stop();
    assert_eq!(ended, Some(Ended::Stopped));
    assert!(time < Duration::from_secs(2), "{time:?}");
    assert_eq!(agent.calls()[expected.len()..], ["connectionDelete", "getLogout"]);
    assert!(agent.cloud.connections().is_empty() && agent.account.connection().is_none());
}

#[test]
fn only_own_stale_connections_are_deleted() {
    let agent = Agent::start(quiet(), |cloud| {
        cloud.add_connection("other", "https://other.example.org");
        cloud.add_connection(RESOURCE, "https://tunnel.example.org");
        cloud.add_connection("", "https://bot.example.org/s2s/token");
    });
    agent.expect_ready();
    let resources: Vec<String> = agent.cloud.connections().into_iter().map(|c| c.resource).collect();
    assert_eq!(resources, ["other", RESOURCE]);
}

#[test]
fn a_cloud_that_is_down_at_start() {
    let agent = Agent::start(quiet(), Cloud::down);
    agent.expect(&["connectionerror -1", "connectionerror -1", "connectionerror -1"]);
    agent.cloud.up().expect("up again");
    loop {
        match agent.event().as_str() {
            "connectionerror -1" => {}
            "connected 1" => break agent.expect(&["ready 1"]),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_cloud_that_restarts_and_has_forgotten_everything() {
    let agent = Agent::start(pace(), |_| {});
    agent.expect_ready();
    assert!(agent.cloud.wait_for("connectionShow", 1, PATIENCE));
    agent.cloud.forget();
    agent.expect(&["disconnected 404", "reconnecting 1", "connected 1", "ready 1"]);
    assert_eq!(agent.cloud.calls_of("getBasicLogin").len(), 2);
}

#[test]
fn a_cloud_that_goes_and_comes_back() {
    let agent = Agent::start(pace(), |_| {});
    agent.expect_ready();
    agent.cloud.down();
    agent.expect(&["disconnected -1", "reconnecting 1", "connectionerror -1", "reconnecting 1"]);
    agent.cloud.up().expect("up again");
    loop {
        match agent.event().as_str() {
            "connectionerror -1" | "reconnecting 1" => {}
            "connected 1" => break agent.expect(&["ready 1"]),
            other => panic!("{other}"),
        }
    }
    // Token and connection have outlived it.
    assert_eq!(agent.cloud.calls_of("connectionCreate").len(), 1);
}

#[test]
fn tokens_of_two_seconds_are_renewed_and_then_replaced() {
    let agent = Agent::start(quiet(), |cloud| {
        cloud.set_policy(|policy| {
            policy.token_life = Duration::from_secs(2);
            policy.max_renew = 2;
        });
    });
    agent.expect_ready();
    assert!(agent.cloud.wait_for("getBasicLogin", 2, PATIENCE));
    assert_eq!(agent.cloud.calls_of("getRenew").len(), 2);
    assert!(agent.cloud.wait_for("connectionShow", 1, PATIENCE), "the connection is looked at afterwards");
    assert!(agent.cloud.calls().iter().all(|call| call.status < 300), "no token has ever expired");
    assert_eq!(agent.cloud.calls_of("connectionCreate").len(), 1);
    assert_eq!(agent.bot.poll(zmq::POLLIN, 0), Ok(0), "bots have not noticed");
}

#[test]
fn a_wrong_password_is_tried_once() {
    let agent = Agent::with(quiet(), |account| account.password = Secret::new("wrong"), |_| {});
    agent.expect(&["connectionerror 401", "failed 401"]);
    assert_eq!(agent.ended(), Some(Ended::Rejected));
    assert_eq!(agent.calls(), ["getBasicLogin"]);
}

#[test]
fn a_locked_account_is_left_alone() {
    let mut agent = Agent::start(Pace { lock: Duration::from_millis(1500), ..quiet() }, Cloud::lock);
    agent.expect(&["connectionerror 401"]);
    assert_eq!(agent.calls(), ["getBasicLogin"]);
    // The simulated lock lasts an hour: the second attempt is after ours, and only then.
    agent.expect(&["connectionerror 401"]);
    let calls = agent.cloud.calls_of("getBasicLogin");
    assert_eq!(calls.len(), 2);
    assert!(calls[1].at - calls[0].at >= Duration::from_millis(1500));
    assert_eq!(agent.stop().0, Some(Ended::Stopped));
}

#[test]
fn a_password_changed_meanwhile_ends_the_session_in_order() {
    let agent = Agent::start(quiet(), |cloud| {
        cloud.set_policy(|policy| {
            policy.token_life = Duration::from_secs(2);
            policy.max_renew = 0;
        });
        let body = r#"{"errorCode":401,"errorMsg":"Unauthorized","errorDetailsCode":401500}"#.to_owned();
        cloud.fault(Fault::once("getBasicLogin", Kind::Late(Duration::from_millis(1))));
        cloud.fault(Fault::once("getBasicLogin", Kind::Answer { status: 401, body }));
    });
    agent.expect_ready();
    agent.expect(&["disconnected 401", "connectionerror 401", "failed 401"]);
    assert_eq!(agent.ended(), Some(Ended::Rejected));
    assert_eq!(agent.cloud.calls_of("getBasicLogin").len(), 2);
    assert!(agent.cloud.connections().is_empty());
}

#[test]
fn overload_is_met_with_patience() {
    let agent = Agent::start(quiet(), |cloud| {
        let status =
            |status, retry_after: &str| Kind::Status { status, retry_after: Some(retry_after.into()) };
        cloud.fault(Fault::once("getBasicLogin", status(503, "1")));
        cloud.fault(Fault::once("connectionCreate", Kind::Status { status: 500, retry_after: None }));
        cloud.fault(Fault::once("connectionCreate", status(429, "1")));
    });
    agent.expect(&[
        "connectionerror 503",
        "connectionerror 500",
        "connectionerror 429",
        "connected 1",
        "ready 1",
    ]);
    let at = |operation: &str| -> Vec<Instant> {
        agent.cloud.calls_of(operation).iter().map(|call| call.at).collect()
    };
    let logins = at("getBasicLogin");
    assert!(logins[1] - logins[0] >= Duration::from_secs(1));
    let creations = at("connectionCreate");
    assert!(creations[1] - creations[0] < Duration::from_secs(1));
    assert!(creations[2] - creations[1] >= Duration::from_secs(1));
}

#[test]
fn a_creation_whose_answer_is_lost_leaves_no_second_connection() {
    let agent = Agent::start(quiet(), |cloud| {
        cloud.fault(Fault::once("connectionCreate", Kind::CloseAfter));
        cloud.fault(Fault::once("connectionCreate", Kind::Truncate));
        cloud.fault(Fault::once("connectionIndex", Kind::Garbage));
    });
    loop {
        match agent.event().as_str() {
            "connectionerror -1" | "connectionerror -4" => {}
            "connected 1" => break agent.expect(&["ready 1"]),
            other => panic!("{other}"),
        }
    }
    assert_eq!(agent.cloud.connections().len(), 1);
}

#[test]
fn a_hanging_cloud_does_not_hold_up_the_stop() {
    for operation in ["getBasicLogin", "connectionCreate", "roomJoin"] {
        let mut agent = Agent::start(quiet(), |cloud| {
            cloud.fault(Fault::always(operation, Kind::Hang));
            cloud.fault(Fault::always("connectionDelete", Kind::Hang));
            cloud.fault(Fault::always("getLogout", Kind::Hang));
        });
        assert!(agent.cloud.wait_for(operation, 1, PATIENCE), "{operation}");
        let (ended, time) = agent.stop();
        assert_eq!(ended, Some(Ended::Stopped), "{operation}");
        assert!(time < Duration::from_secs(4), "{operation}: {time:?}");
    }
}

#[test]
fn an_answer_newer_than_the_contract_is_understood() {
    use rainbow_s2s_agent::sim::Drift;
    for drift in [Drift::Unwrapped, Drift::ExtraFields, Drift::UnknownEnum] {
        let agent = Agent::start(quiet(), |cloud| cloud.fault(Fault::everything(Kind::Drift(drift))));
        agent.expect_ready();
    }
}

#[test]
fn the_callback_of_a_loss_leads_to_a_new_connection() {
    let agent = Agent::start(quiet(), |_| {});
    agent.expect_ready();
    let watcher = agent.session.as_ref().expect("running").watcher();
    watcher.callback_seen(Some("another one"), "terminated");
    watcher.callback_seen(agent.account.connection().as_deref(), "ready");
    agent.cloud.forget();
    watcher.callback_seen(agent.account.connection().as_deref(), "terminated");
    agent.expect(&["reconnecting 1", "connected 1", "ready 1"]);
    assert_eq!(agent.cloud.calls_of("connectionCreate").len(), 2);
}

#[test]
fn reactions_acknowledge_join_retry_and_survive_a_new_session() {
    let agent = Agent::start(quiet(), |_| {});
    let parts =
        reactions::Parts { account: agent.account.clone(), backoff: pace().backoff, queue: reactions::QUEUE };
    let handle = reactions::start(parts, &agent.deaths).expect("a thread");
    let inbox = handle.inbox();
    // Before anybody has signed in it waits.
    inbox.invited("room-that-is-not");
    agent.expect_ready();
    agent.cloud.clear_record();
    agent.cloud.peer_writes("hello").expect("a message");
    let conversation = agent.cloud.connections()[0].id.clone();
    agent.cloud.fault(Fault::once("messageReceivedReceipt", Kind::Status { status: 503, retry_after: None }));
    agent.cloud.fault(Fault::once("messageReadReceipt", Kind::Close));
    inbox.received(&conversation, "message-1");
    assert!(agent.cloud.wait_for("messageReceivedReceipt", 2, PATIENCE));
    // The cloud forgets everything: the reaction waits until the session has found out.
    agent.cloud.forget();
    inbox.invited("room-2");
    agent.expect(&["disconnected 404", "reconnecting 1", "connected 1", "ready 1"]);
    let deadline = Instant::now() + PATIENCE;
    let mut counters = inbox.counters();
    while counters.done + counters.given_up < 3 && Instant::now() < deadline {
        std::thread::yield_now();
        counters = inbox.counters();
    }
    assert_eq!(counters.done + counters.given_up, 3, "{counters:?}");
    assert!(handle.stop(Instant::now() + Duration::from_secs(5)));
}

#[test]
fn full_reactions_drop_and_count_and_a_hanging_cloud_does_not_hold_up_their_stop() {
    let agent =
        Agent::start(quiet(), |cloud| cloud.fault(Fault::always("messageReceivedReceipt", Kind::Hang)));
    agent.expect_ready();
    let parts = reactions::Parts { account: agent.account.clone(), backoff: pace().backoff, queue: 2 };
    let handle = reactions::start(parts, &agent.deaths).expect("a thread");
    let inbox = handle.inbox();
    inbox.received("conversation", "0");
    assert!(agent.cloud.wait_for("messageReceivedReceipt", 1, PATIENCE));
    for message in ["1", "2", "3", "4", "5"] {
        inbox.received("conversation", message);
    }
    assert_eq!(inbox.counters().dropped, 3);
    let started = Instant::now();
    assert!(handle.stop(started + Duration::from_secs(5)));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}
