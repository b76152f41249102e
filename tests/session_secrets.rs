//! What must never be written: a whole life of the binary at the most talkative level, and then a search.
#![cfg(feature = "demo")]

mod support;

use std::time::Duration;

use rainbow_s2s_agent::sim::{Cloud, Fault, Kind, Options};
use support::{Agent, PATIENCE, Setup};

/// A message that nobody but its reader is to see.
const PRIVATE: &str = "the treasure is under the oak";

/// All that an agent has written to its log: standard error, and the files.
fn written(agent: &Agent) -> String {
    let mut all = agent.log.all().join("\n");
    for entry in std::fs::read_dir(agent.path("logs")).unwrap() {
        all.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    all
}

fn talkative(cloud: &Cloud) -> Setup {
    let mut setup = Setup::of(cloud);
    setup.with(
        r#"{"logs":{"enableFileLogs":true,"file":{"path":"logs","level":"debug"}},"im":{"sendReadReceipt":true}}"#,
    );
    setup.env("RUST_LOG", "trace,ureq=trace,ureq_proto=trace,rustls=trace,tiny_http=trace");
    setup
}

fn check(agent: &Agent, secrets: &[(&str, &str)]) {
    let written = written(agent);
    assert!(written.len() > 200, "the log was looked for in the wrong place: {written}");
    for (name, secret) in secrets {
        assert!(!secret.is_empty(), "{name}");
        let line = written.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{name} is in the log");
    }
}

#[test]
fn no_secret_is_in_the_log_of_a_whole_life() {
    let cloud = Cloud::start(Options::default()).unwrap();
    cloud.set_policy(|policy| (policy.token_life, policy.max_renew) = (Duration::from_secs(2), 1));
    cloud.fault(Fault::once("getBasicLogin", Kind::Status { status: 500, retry_after: None }));
    cloud.fault(Fault::once("connectionCreate", Kind::Garbage));
    let agent = Agent::start(&cloud, &talkative(&cloud));
    agent.expect("rainbow_onready", 1);
    cloud.peer_writes(PRIVATE);
    agent.expect_calls(&cloud, "messageReadReceipt", 1);
    let bad = format!(r#"{{"id":"c","timestamp":"t","message":{{"body":"{PRIVATE}","from":7}}}}"#);
    assert_eq!(agent.post("message", &bad).0, 400);
    agent.expect_calls(&cloud, "getBasicLogin", 3);
    cloud.down();
    agent.expect("rainbow_ondisconnected", 1);
    cloud.up().unwrap();
    agent.expect("rainbow_onready", 2);
    let url = agent.callback_url();
    assert_eq!(agent.stop().0, 0);
    assert!(agent.log.wait_for_part("stopped", PATIENCE));
    let known = Options::default().credentials;
    let (basic, app) = known.headers();
    let mut secrets = vec![
        ("the password", known.password.as_str()),
        ("the application's secret", known.app_secret.as_str()),
        ("the Basic header", basic.trim_start_matches("Basic ")),
        ("the application's header", app.trim_start_matches("Basic ")),
        ("a message", PRIVATE),
        ("the callback URL's secret", url.rsplit('/').next().unwrap()),
    ];
    let tokens = cloud.issued_tokens();
    assert!(tokens.len() >= 3, "{} tokens", tokens.len());
    // Neither whole nor the part that proves it.
    for token in &tokens {
        secrets.push(("a token", token));
        secrets.push(("a token's signature", token.rsplit('.').next().unwrap()));
        secrets.push(("a token's payload", token.split('.').nth(1).unwrap()));
    }
    check(&agent, &secrets);
    for line in agent.out.all() {
        for (name, secret) in &secrets {
            assert!(!line.contains(secret) || line.trim() == url, "{name} is on standard output");
        }
    }
}

#[test]
fn no_secret_is_in_the_log_of_a_rejected_sign_in() {
    let cloud = Cloud::start(Options::default()).unwrap();
    let mut setup = talkative(&cloud);
    setup.env("RAINBOW_PASSWORD", "Wrong-Passw0rd");
    let agent = Agent::start(&cloud, &setup);
    assert_eq!(agent.wait_end(PATIENCE).0, 77, "{}", agent.report());
    check(
        &agent,
        &[("the password", "Wrong-Passw0rd"), ("the secret", &Options::default().credentials.app_secret)],
    );
    for event in agent.events() {
        assert!(!event.document.contains("Wrong-Passw0rd"));
    }
}
