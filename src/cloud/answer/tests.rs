//! What answers mean, by tables of status and body.

use super::*;

fn operation(name: &str) -> &'static Operation {
    contract::operation(name).expect(name)
}

fn answer(name: &str, status: u16, body: &str) -> Result<Value, Error> {
    Answer { status, retry_after: None, date: None, body: body.as_bytes() }.payload(operation(name))
}

#[test]
fn what_a_status_means_depends_on_the_call() {
    let told = |code: u32| format!(r#"{{"errorCode":401,"errorMsg":"No","errorDetailsCode":{code}}}"#);
    let rejected = |code| Error::Rejected { code, message: "No".into() };
    let check = |name: &str, status, body: &str, expected: Error| {
        assert_eq!(answer(name, status, body).err(), Some(expected), "{name} {status} {body}");
    };
    check("getBasicLogin", 401, &told(401_500), rejected(401_500));
    check("getBasicLogin", 401, &told(401_520), rejected(401_520));
    check("getBasicLogin", 403, &told(401_521), rejected(401_521));
    check("getBasicLogin", 401, &told(401_599), rejected(401_599));
    check("getBasicLogin", 401, "", Error::Rejected { code: 401, message: String::new() });
    check("getBasicLogin", 401, &told(401_501), Error::Locked);
    check("getBasicLogin", 403, r#"{"errorDetailsCode":"401501"}"#, Error::Locked);
    check("getRenew", 401, &told(401_501), Error::Locked);
    check("getRenew", 401, &told(401_523), Error::Expired);
    check("connectionShow", 401, &told(401_520), Error::Expired);
    check("connectionShow", 401, "<html>", Error::Expired);
    check("connectionShow", 404, "", Error::Gone);
    check("connectionDelete", 410, "", Error::Gone);
    for (name, status) in
        [("presenceUpdate", 404), ("conversationShow", 404), ("getBasicLogin", 404), ("connectionIndex", 404)]
    {
        let missing = Error::Status { status, code: None, message: String::new(), retry_after: None };
        check(name, status, "[1", missing);
    }
}

#[test]
fn words_of_the_cloud_are_shortened_and_harmless() {
    let body = format!(r#"{{"errorMsg":"a\nb\u0007{}","errorDetails":{{"deep":[]}}}}"#, "x".repeat(500));
    let Err(Error::Status { message, .. }) = answer("connectionIndex", 500, &body) else {
        panic!("a status")
    };
    assert!(message.starts_with("a b x") && message.chars().count() == MESSAGE_CHARACTERS, "{message}");
}

#[test]
fn a_redirect_says_what_to_do() {
    let shown = answer("connectionIndex", 302, "").expect_err("not followed").to_string();
    assert!(shown.contains("302") && shown.contains("rainbow.host"), "{shown}");
}

#[test]
fn how_long_to_wait() {
    let wait = |status, retry_after: &str, date: Option<&str>| {
        Answer { status, retry_after: Some(retry_after), date, body: b"" }
            .retry_after()
            .map(|w| w.as_secs_f64())
    };
    let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(wait(503, "7", None), Some(7.0));
    assert_eq!(wait(503, " 7 ", None), Some(7.0));
    assert_eq!(wait(503, "86400", None), Some(600.0));
    assert_eq!(wait(503, "99999999999999999999999", None), Some(600.0));
    assert_eq!(wait(503, "Sun, 06 Nov 1994 08:50:07 GMT", date), Some(30.0));
    assert_eq!(wait(503, "Mon, 07 Nov 1994 08:49:37 GMT", date), Some(600.0));
    // In the past, by the cloud's clock and by this machine's.
    assert_eq!(wait(503, "Sun, 06 Nov 1994 08:49:00 GMT", date), Some(0.0));
    assert_eq!(wait(503, "Sun, 06 Nov 1994 08:49:00 GMT", None), Some(0.0));
    for odd in ["", "-1", "1.5", "soon", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"] {
        assert_eq!(wait(503, odd, date), None, "{odd}");
    }
    let spread: Vec<f64> = (0..50).filter_map(|_| wait(429, "10", None)).collect();
    assert!(spread.len() == 50 && spread.iter().all(|wait| (10.0..15.0).contains(wait)), "{spread:?}");
    assert!(spread.iter().any(|wait| *wait > 10.5));
}

#[test]
fn dates_are_seconds_since_1970() {
    let check = |text, seconds| assert_eq!(http_date(text), seconds, "{text}");
    check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
    check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
    check("Tue, 29 Feb 2000 12:00:00 GMT", Some(951_825_600));
    check("Wed, 01 Mar 2000 00:00:00 GMT", Some(951_868_800));
    check("Fri, 31 Dec 2100 23:59:60 GMT", Some(4_133_980_800));
    check("Thu, 32 Jan 1970 00:00:00 GMT", None);
    check("Thu, 01 anF 1970 00:00:00 GMT", None);
    check("Thu, 01 Jan 1969 00:00:00 GMT", None);
    check("Thu, 01 Jan 1970 24:00:00 GMT", None);
    check("Thu, 01 Jan 1970 00:00 GMT", None);
    check("Thu, 01 Jan 1970 00:00:00 GMT more", None);
    check("", None);
}

#[test]
fn payloads_wrapped_bare_and_none_at_all() {
    let id = |value: &Value| match value {
        Value::Object(object) => match object.get("id") {
            Some(Value::String(id)) => id.clone(),
            _ => "none".into(),
        },
        other => format!("{other:?}"),
    };
    let check = |name: &str, status, body: &str, expected: &str| {
        assert_eq!(id(&answer(name, status, body).expect(body)), expected, "{name} {body}");
    };
    let bare = r#"{"id":"c1","callback_url":"https://bot.example.org"}"#;
    check("connectionCreate", 201, &format!(r#"{{"data":{bare}}}"#), "c1");
    check("connectionCreate", 201, bare, "c1");
    check("connectionShow", 200, &format!(r#" {{"more":1, "data": {bare} }} "#), "c1");
    // A status that the contract does not declare is a success all the same.
    check("connectionCreate", 200, bare, "c1");
    check("connectionDelete", 204, "", "Null");
    check("presenceUpdate", 202, " \r\n", "Null");
    check("presenceUpdate", 202, "Accepted", "Null");
    // Whether `data` is a wrapper here, or a field beside `status`, depends on the swagger that was built.
    assert!(answer("getLogout", 200, r#"{"status":"OK","data":[]}"#).is_ok());
    for broken in ["{", "\u{feff}{}", "{\"id\":\"\\ud800\"}", "nothing"] {
        assert!(matches!(answer("connectionShow", 200, broken), Err(Error::Answer { .. })), "{broken}");
    }
}

#[test]
fn no_error_shows_more_than_it_should() {
    assert!(Error::Locked.to_string().contains("401501"));
    assert_eq!(Error::Gone.retry_after(), None);
    assert!(!Error::Locked.is_transient() && !Error::Expired.is_transient());
}
