//! The simulated cloud, driven as a client drives it: what the other tests rely on has to hold itself.
#![cfg(feature = "demo")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use miniserde::json::Value;
use rainbow_s2s_agent::contract;
use rainbow_s2s_agent::sim::value::{at, document, number_at, parse, text_at};
use rainbow_s2s_agent::sim::{Call, Cloud, Drift, Fault, Kind, Options};

const PATIENCE: Duration = Duration::from_secs(10);
const AUTH: &str = "/api/rainbow/authentication/v1.0";
const S2S: &str = "/api/rainbow/ucs/v1.0";

struct Client {
    agent: ureq::Agent,
    cloud: Cloud,
    token: String,
}

impl Client {
    fn start(options: Options) -> Client {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        Client { agent, cloud: Cloud::start(options).unwrap(), token: String::new() }
    }

    fn signed_in() -> Client {
        let mut client = Client::start(Options { peer_answers: true, ..Options::default() });
        assert_eq!(client.login().0, 200);
        client
    }

    fn login(&mut self) -> (u16, Value) {
        let (basic, app) = Options::default().credentials.headers();
        self.login_with(&basic, &app)
    }

    fn login_with(&mut self, basic: &str, app: &str) -> (u16, Value) {
        let url = format!("{}{AUTH}/login", self.cloud.url());
        let request = self.agent.get(&url).header("Authorization", basic).header("x-rainbow-app-auth", app);
        let answer = read(request.call().unwrap());
        if let Some(token) = text_at(&answer.1, &["token"]) {
            self.token = token.to_owned();
        }
        answer
    }

    fn call(&self, method: &str, path: &str, body: Option<&str>) -> (u16, Value) {
        read(self.try_call(method, path, body).unwrap())
    }

    fn try_call(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.cloud.url()))
            .header("Authorization", format!("Bearer {}", self.token));
        match body {
            Some(body) => self
                .agent
                .run(request.header("Content-Type", "application/json").body(body.to_owned()).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        }
    }

    /// A connection whose callbacks are taken by a listener of the test.
    fn connect(&self, url: &str) -> String {
        let body = format!(r#"{{"connection":{{"resource":"test","callback_url":"{url}"}}}}"#);
        let (status, answer) = self.call("POST", &format!("{S2S}/connections"), Some(&body));
        assert_eq!(status, 201);
        text_at(&answer, &["data", "id"]).unwrap().to_owned()
    }
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().unwrap();
    (status, if text.is_empty() { Value::Null } else { parse(&text).unwrap() })
}

fn code(answer: &(u16, Value)) -> (u16, u64) {
    (answer.0, number_at(&answer.1, &["errorDetailsCode"]).unwrap_or_default())
}

/// The answer to a call is one that the contract declares, `data` or not.
fn keeps_the_contract(call: &Call, answer: &Value) {
    // The cloud's own form of a page of messages is not the published one.
    let Some(operation) = contract::operation(call.operation).filter(|known| known.name != "messageIndex")
    else {
        return;
    };
    let declared = operation.responses.iter().find(|response| response.status == call.status);
    if let Some(schema) = declared.and_then(|response| response.payload) {
        let payload = document(at(answer, &["data"]).unwrap_or(answer));
        let checked = contract::check(schema, payload.as_bytes(), contract::Mode::Strict);
        assert_eq!(checked, Ok(Vec::new()), "{} answered {payload}", call.operation);
    }
}

/// Answers `count` callbacks on one kept connection and returns their heads and bodies.
fn take_callbacks(listener: &TcpListener, count: usize) -> Vec<(String, Value)> {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    let mut taken = Vec::new();
    while taken.len() < count {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).unwrap();
        assert_ne!(read, 0, "the cloud hung up after {} of {count} callbacks", taken.len());
        bytes.extend_from_slice(&chunk[..read]);
        let all = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, rest)) = all.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
        });
        if rest.len() < length.unwrap() {
            continue;
        }
        taken.push((head.to_ascii_lowercase(), parse(rest).unwrap()));
        bytes.clear();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
    }
    taken
}

#[test]
fn tokens_are_given_checked_renewed_and_ended() {
    let mut client = Client::start(Options::default());
    client.cloud.set_policy(|policy| policy.max_renew = 1);
    let validator = format!("{AUTH}/validator");
    assert_eq!(code(&client.call("GET", &validator, None)), (401, 401_520));
    assert_eq!(client.login().0, 200);
    assert_eq!(client.call("GET", &validator, None).0, 200);
    let (status, answer) = client.call("GET", &format!("{AUTH}/renew"), None);
    assert_eq!(status, 200);
    client.token = text_at(&answer, &["token"]).unwrap().to_owned();
    assert_eq!(client.call("GET", &format!("{AUTH}/renew"), None).0, 401);
    client.cloud.expire();
    assert_eq!(code(&client.call("GET", &validator, None)), (401, 401_523));
    client.login();
    assert_eq!(client.call("GET", &format!("{AUTH}/logout"), None).0, 200);
    assert_eq!(code(&client.call("GET", &validator, None)), (401, 401_520));
    let authorised: Vec<bool> = client.cloud.calls().iter().map(|call| call.authorised).collect();
    assert_eq!(authorised, [false, true, true, true, true, false, true, true, false]);
}

#[test]
fn five_wrong_passwords_lock_the_account() {
    let mut client = Client::start(Options::default());
    for attempt in 1..=5 {
        let expected = if attempt < 5 { 401_500 } else { 401_501 };
        assert_eq!(code(&client.login_with("Basic eDp5", "Basic eDp5")), (401, expected));
    }
    assert_eq!(code(&client.login()), (401, 401_501));
}

#[test]
fn every_operation_answers_as_the_contract_says() {
    let client = Client::signed_in();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taker = std::thread::spawn({
        let listener = listener.try_clone().unwrap();
        move || take_callbacks(&listener, 9)
    });
    let id = client.connect(&format!("http://{}/hook/", listener.local_addr().unwrap()));
    let check = |method: &str, path: &str, body: Option<&str>, expected: u16| {
        let path = format!("{S2S}/connections{path}");
        let (status, answer) = client.call(method, &path, body);
        assert_eq!(status, expected, "{method} {path}");
        keeps_the_contract(&client.cloud.calls().pop().unwrap(), &answer);
        answer
    };
    let under = |path: &str| format!("/{id}{path}");
    check("GET", "", None, 200);
    check("GET", &under(""), None, 200);
    check("HEAD", &under(""), None, 200);
    check("GET", "/nobody", None, 404);
    check("GET", "/nobody/conversations", None, 404);
    check("PUT", &under("/presences"), Some(r#"{"presence":{"show":"","status":""}}"#), 202);
    check("GET", &under("/presences/5978e048f8abe8ad97357f06"), None, 200);
    check("GET", &under("/presences/nobody"), None, 404);
    let room = r#"{"conversation":{"type":"room","peer":"60a1"}}"#;
    let conversation = check("POST", &under("/conversations"), Some(room), 200);
    let conversation = text_at(&conversation, &["data", "id"]).unwrap().to_owned();
    let messages = under(&format!("/conversations/{conversation}/messages"));
    check("POST", &messages, Some(r#"{"message":{"body":"too early"}}"#), 403);
    check("POST", &under("/rooms/60a1/join"), None, 200);
    check("POST", &messages, Some(r#"{"message":{"body":"Hello all"}}"#), 200);
    check("POST", &under("/rooms/nowhere/join"), None, 404);
    let peer = under("/conversations/1555081424877876");
    check("PUT", &format!("{peer}/chatstate/composing"), None, 202);
    check("PUT", &format!("{peer}/chatstate/dancing"), None, 400);
    check("POST", &format!("{peer}/messages"), Some("{not json"), 400);
    let broken = check("POST", &format!("{peer}/messages"), Some(r#"{"message":{"body":7}}"#), 400);
    assert_eq!(text_at(&broken, &["errorDetails", "param"]), Some("/message/body"));
    check("POST", &format!("{peer}/messages"), Some(r#"{"message":{"body":"Hello","lang":"en"}}"#), 200);
    check("PUT", &format!("{peer}/messages/m1/received"), None, 202);
    check("PUT", &format!("{peer}/messages/m1/read"), None, 202);
    let page = check("GET", &format!("{peer}/messages?limit=1"), None, 200);
    assert_eq!(text_at(&page, &["total_count"]), Some("2"), "the bot's and the peer's");
    let deleted = check("DELETE", &format!("{peer}/messages"), None, 200);
    assert_eq!(number_at(&deleted, &["data", "deleted"]), Some(2));
    let names = |callbacks: &[(String, Value)]| {
        let name = |(head, _): &(String, Value)| head.split([' ', '/']).nth(3).unwrap().to_owned();
        callbacks.iter().map(name).collect::<Vec<_>>()
    };
    let callbacks = taker.join().unwrap();
    assert_eq!(
        names(&callbacks),
        [
            "connection",
            "conversation",
            "receipt",
            "receipt",
            "receipt",
            "receipt",
            "chat-state",
            "message",
            "all-deleted"
        ],
    );
    assert!(callbacks[7].0.contains("x-resource: "), "{}", callbacks[7].0);
    for (_, body) in &callbacks {
        assert_eq!(text_at(body, &["id"]), Some(id.as_str()));
    }
    check("DELETE", &peer, None, 204);
    check("GET", &peer, None, 404);
    check("DELETE", &under(""), None, 204);
    check("DELETE", &under(""), None, 404);
    assert_eq!(client.cloud.receipts().len(), 2);
}

#[test]
fn a_connection_is_reused_by_resource_or_by_url() {
    let client = Client::signed_in();
    let first = client.connect("http://127.0.0.1:1/a");
    assert_eq!(client.connect("http://127.0.0.1:1/b"), first, "same resource");
    assert_ne!(client.cloud.add_connection("other", "http://127.0.0.1:1/c").id, first);
    assert_eq!(client.cloud.add_connection("third", "http://127.0.0.1:1/b").id, first, "same URL");
    client.cloud.forget();
    assert!(client.cloud.connections().is_empty());
    assert_eq!(code(&client.call("GET", &format!("{S2S}/connections"), None)), (401, 401_520));
}

#[test]
fn faults_are_committed_on_the_socket() {
    let client = Client::signed_in();
    let path = format!("{AUTH}/validator");
    let operation = "getApiRainbowAuthenticationV10Validator";
    let next = |kind| {
        client.cloud.fault(Fault::once(operation, kind));
        client.try_call("GET", &path, None)
    };
    let limited = next(Kind::Status { status: 429, retry_after: Some("3".into()) }).unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["Retry-After"].as_bytes()), (429, &b"3"[..]));
    for kind in [Kind::Close, Kind::Reset, Kind::CloseAfter, Kind::Garbage] {
        assert!(next(kind.clone()).is_err(), "{kind:?}");
    }
    let mut half = next(Kind::Truncate).unwrap();
    assert!(half.body_mut().read_to_string().is_err());
    client.cloud.fault(Fault::once("connectionIndex", Kind::Drift(Drift::Unwrapped)));
    let (_, bare) = client.call("GET", &format!("{S2S}/connections"), None);
    assert!(matches!(bare, Value::Array(_)), "{bare:?}");
    client.cloud.down();
    assert!(client.try_call("GET", &path, None).is_err());
    client.cloud.up().unwrap();
    assert_eq!(client.call("GET", &path, None).0, 200);
}

#[test]
fn the_controls_work_over_http() {
    let client = Client::signed_in();
    assert_eq!(client.call("POST", "/sim/callback/presence", None).0, 409, "there is no connection");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    client.connect(&format!("http://{}", listener.local_addr().unwrap()));
    let over = r#"{"presence":{"from":"me"},"extra":1}"#;
    assert_eq!(client.call("POST", "/sim/callback/presence", Some(over)).0, 202);
    assert_eq!(client.call("POST", "/sim/callback/presence?raw=1", Some("[]")).0, 202);
    assert_eq!(client.call("POST", "/sim/callback/presence", Some("[]")).0, 400);
    assert_eq!(client.call("POST", "/sim/invite", Some(r#"{"name":"Tea"}"#)).0, 202);
    assert_eq!(client.call("POST", "/sim/terminate", None).0, 202);
    let bodies: Vec<Value> = take_callbacks(&listener, 5).into_iter().map(|(_, body)| body).collect();
    assert_eq!(text_at(&bodies[1], &["presence", "from"]), Some("me"));
    assert_eq!(number_at(&bodies[1], &["extra"]), Some(1));
    assert!(matches!(bodies[2], Value::Array(_)));
    assert_eq!(text_at(&bodies[3], &["room-invite", "name"]), Some("Tea"));
    assert_eq!(text_at(&bodies[4], &["connection", "state"]), Some("terminated"));
    assert_eq!(client.call("POST", "/sim/fault", Some(r#"{"kind":"status","status":503}"#)).0, 200);
    assert_eq!(client.call("GET", &format!("{S2S}/connections"), None).0, 503);
    assert_eq!(client.call("POST", "/sim/policy", Some(r#"{"token_life":2}"#)).0, 200);
    assert_eq!(client.call("POST", "/sim/forget", None).0, 200);
    assert_eq!(client.call("GET", "/sim/nothing", None).0, 404);
    assert!(client.cloud.wait_for_deliveries(PATIENCE, |all| all.len() == 5));
    let (_, calls) = client.call("GET", "/sim/calls", None);
    let Some(Value::Array(calls)) = at(&calls, &["data"]) else { panic!("{calls:?}") };
    let operations: Vec<&str> = calls.iter().filter_map(|call| text_at(call, &["operation"])).collect();
    assert_eq!(operations, ["getBasicLogin", "connectionCreate", "connectionIndex"]);
}
