//! The binary without a session: callbacks in, events out.
#![cfg(feature = "demo")]

mod support;

use rainbow_s2s_agent::sim::callbacks::{NAMES, envelope, sample};
use rainbow_s2s_agent::sim::rows::{CONNECTION_ROWS, ROWS, Row};
use rainbow_s2s_agent::sim::value::{document, number_at, parse, set, text_at};
use rainbow_s2s_agent::sim::{Cloud, Options};
use support::poster::Poster;
use support::{Agent, PATIENCE, Setup};

/// The row's body as the cloud sends it.
fn body(row: &Row) -> String {
    let mut body = envelope("c1", row.callback, sample(row.callback));
    let over = parse(row.over).unwrap();
    let miniserde::json::Value::Object(members) = over else { panic!("{}", row.over) };
    for (member, value) in members {
        set(&mut body, &member, value);
    }
    document(&body)
}

#[test]
fn every_row_of_the_table_makes_its_events() {
    for encoding in ["starterkit", "json"] {
        let mut setup = Setup::relay();
        setup.with(&format!(r#"{{"rainbow_notification_service":{{"zmq":{{"encoding":"{encoding}"}}}}}}"#));
        let agent = Agent::start_alone(&setup);
        let mut expected = vec!["rainbow_onstarted".to_owned()];
        for row in ROWS.iter().chain(&CONNECTION_ROWS) {
            let body = body(row);
            assert_eq!(agent.post(row.callback, &body), (200, "{}".to_owned()), "{} {body}", row.callback);
            for name in row.events {
                expected.push((*name).to_owned());
                let count = expected.iter().filter(|known| *known == name).count();
                let event = agent.expect(name, count);
                assert_eq!(event.document, body, "{name}: every byte, for the body was compact");
                assert_eq!(event.frames, 2);
            }
        }
        assert_eq!(agent.names(), expected, "and nothing else");
    }
}

#[test]
fn relay_mode_makes_no_call_and_needs_no_account() {
    let cloud = Cloud::start(Options::default()).unwrap();
    let mut setup = Setup::relay();
    setup.with(&format!(r#"{{"rainbow":{{"host":"{}"}}}}"#, cloud.url()));
    let agent = Agent::start_alone(&setup);
    for name in NAMES {
        assert_eq!(agent.post(name, &document(&envelope("c1", name, sample(name)))).0, 200, "{name}");
    }
    agent.expect("rainbow_onmessagereceived", 1);
    let (code, _) = agent.stop();
    assert_eq!(code, 0, "{}", agent.report());
    agent.expect("rainbow_onstopped", 1);
    agent.expect("zmq-stop", 1);
    assert!(cloud.calls().is_empty());
    for name in ["rainbow_onconnected", "rainbow_onready", "rainbow_onreconnecting"] {
        assert_eq!(agent.count(name), 0, "{name}");
    }
}

#[test]
fn bodies_that_break_the_contract_are_refused_with_the_place() {
    let agent = Agent::start_alone(&Setup::relay());
    let check = |name: &str, body: &str, status: u16, pointer: Option<&str>| {
        let (found, answer) = agent.post(name, body);
        assert_eq!(found, status, "{name} {body}: {answer}");
        let answer = parse(&answer).unwrap();
        assert_eq!(text_at(&answer, &["pointer"]), pointer, "{name} {body}");
        assert!(status == 200 || text_at(&answer, &["error"]).is_some_and(|words| !words.is_empty()));
    };
    check("presence", r#"{"id":"c","timestamp":"t","presence":{}}"#, 400, Some("/presence/from"));
    check("presence", r#"{"id":"c","timestamp":7,"presence":{"from":"u"}}"#, 400, Some("/timestamp"));
    check("chat-state", r#"{"id":"c","timestamp":"t","chatstate":[]}"#, 400, Some("/chatstate"));
    check("presence", r#"{"id":"c","#, 400, Some(""));
    check("presence", "", 400, Some(""));
    // An unknown value is newer than the contract: published, and told of in the log.
    check("presence", r#"{"id":"c","timestamp":"t","presence":{"from":"u","show":"online"}}"#, 200, None);
    check("room-state", r#"{"id":"c","timestamp":"t","room-state":{"id":"r","event":"painted"}}"#, 200, None);
    check("telephony/rvcp", r#"{"id":"c","timestamp":"t","userId":"u","telephony":{}}"#, 200, None);
    // Neither the agent's own events nor those of a checked body can be made so.
    for name in ["failed", "messageReceived", "-"] {
        check(name, r#"{"id":"c","timestamp":"t","userId":"u"}"#, 404, None);
    }
    agent.expect("rainbow_onpresencechanged", 1);
    agent.expect("rainbow_onbubblestatechanged", 1);
    agent.expect("rainbow_ontelephonyrvcp", 1);
    assert!(
        agent.log.wait_for_part("drift", PATIENCE) || agent.log.wait_for_part("/presence/show", PATIENCE)
    );
    assert_eq!(agent.names().len(), 4, "nothing of the refused\n{}", agent.report());
}

#[test]
fn the_path_of_the_callback_url_is_a_capability() {
    let agent = Agent::start_alone(&Setup::relay());
    let body = r#"{"id":"c","timestamp":"t","presence":{"from":"u"}}"#;
    let post = |path: &str| Poster::connect(agent.webhook).post(path, body).0;
    let whole = agent.callback_path("presence");
    let stripped = whole.strip_prefix("/hook").unwrap();
    assert_eq!(post(stripped), 200, "the proxy may strip its prefix");
    assert_eq!(post("/presence"), 404);
    assert_eq!(post("/hook/presence"), 404);
    assert_eq!(post(&whole.replace("/presence", "x/presence")), 404);
    assert_eq!(post("/hook/0123456789abcdef0123456789abcdef/presence"), 404);
    agent.expect("rainbow_onpresencechanged", 1);
}

#[test]
fn ten_thousand_webhooks_make_ten_thousand_events_in_order() {
    const CONNECTIONS: u64 = 16;
    const EACH: u64 = 625;
    let agent = Agent::start_alone(&Setup::relay());
    let path = agent.callback_path("message");
    let text = "x".repeat(400);
    std::thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let (path, text, address) = (&path, &text, agent.webhook);
            scope.spawn(move || {
                let mut poster = Poster::connect(address);
                for number in 0..EACH {
                    let body = format!(
                        r#"{{"id":"c","timestamp":"t","from":{connection},"number":{number},"message":{{"id":"m","conversation_id":"1","body":"{text}","from":"u"}}}}"#
                    );
                    // 503 means that nothing was taken: the same is posted again.
                    while poster.post(path, &body).0 == 503 {}
                }
            });
        }
    });
    let all = (CONNECTIONS * EACH) as usize;
    let is_message = |name: &str| name == "rainbow_onmessagereceived";
    let enough = |events: &[_]| {
        let events: &[rainbow_s2s_agent::sim::subscriber::Event] = events;
        events.iter().filter(|event| is_message(&event.name)).count() >= all
    };
    assert!(agent.bot.wait(PATIENCE, enough), "{} events", agent.count("rainbow_onmessagereceived"));
    let mut next = [0; CONNECTIONS as usize];
    for event in agent.events().iter().filter(|event| is_message(&event.name)) {
        let document = parse(&event.document).unwrap();
        let connection = number_at(&document, &["from"]).unwrap() as usize;
        assert_eq!(number_at(&document, &["number"]), Some(next[connection]), "connection {connection}");
        next[connection] += 1;
    }
    assert_eq!(next, [EACH; CONNECTIONS as usize], "none lost, none twice");
}
