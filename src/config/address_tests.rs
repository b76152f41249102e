//! Tables for URLs and hosts.

use super::*;

#[test]
fn the_cloud_is_named_in_four_ways() {
    let check = |text: &str, expected: Result<(&str, bool), &str>| match (cloud(text), expected) {
        (Ok((host, open)), Ok(expected)) => assert_eq!((host.as_str(), open), expected, "{text}"),
        (Err(reason), Err(expected)) => assert!(reason.contains(expected), "{text}: {reason}"),
        (found, _) => panic!("{text}: {found:?}"),
    };
    check("official", Ok(("https://openrainbow.com", false)));
    check("Sandbox", Ok(("https://sandbox.openrainbow.com", false)));
    check("https://openrainbow.net", Ok(("https://openrainbow.net", false)));
    check("https://openrainbow.net/", Ok(("https://openrainbow.net", false)));
    check("HTTPS://Cloud.Example:8443", Ok(("https://cloud.example:8443", false)));
    check("cloud.example", Ok(("https://cloud.example", false)));
    check("cloud.example:444/", Ok(("https://cloud.example:444", false)));
    check("http://127.0.0.1:8080", Ok(("http://127.0.0.1:8080", false)));
    check("http://localhost", Ok(("http://localhost", false)));
    check("http://[::1]:1", Ok(("http://[::1]:1", false)));
    check("http://cloud.example", Ok(("http://cloud.example", true)));
    check("https://cloud.example/api", Err("a path"));
    check("https://cloud.example?x", Err("a query"));
    check("https://u:p@cloud.example", Err("user name"));
    check("ftp://cloud.example", Err("https://"));
    check("https://", Err("no host"));
    check("https://cloud.example:0", Err("port"));
    check("https://cloud.example:99999", Err("port"));
    check("https://cloud.example:+80", Err("port"));
    check("https://[::1", Err("not a name"));
    check("https://bücher.example", Err("xn--"));
    check("cloud example", Err("not a name"));
    check("-x.example", Err("not a name"));
    check("<the cloud>", Err("placeholder"));
}

#[test]
fn a_proxy_url_is_completed() {
    let check = |text: &str, expected: Result<&str, &str>| match (proxy_url(text), expected) {
        (Ok(url), Ok(expected)) => assert_eq!(url, expected),
        (Err(reason), Err(expected)) => assert!(reason.contains(expected), "{text}: {reason}"),
        (found, _) => panic!("{text}: {found:?}"),
    };
    check("http://proxy:3128", Ok("http://proxy:3128"));
    check("http://proxy:3128/", Ok("http://proxy:3128"));
    check("proxy:3128", Ok("http://proxy:3128"));
    check("proxy", Ok("http://proxy:80"));
    check("https://proxy", Ok("https://proxy:443"));
    check("http://u:p%40@proxy:1", Ok("http://u:p%40@proxy:1"));
    check("http://u:pä@proxy:1", Err("percent-encoded"));
    check("socks5://proxy:1", Err("SOCKS"));
    check("http://", Err("no host"));
    assert_eq!(proxy("http", "p", 80, Some("a@b"), Some("c:d/é")), "http://a%40b:c%3Ad%2F%C3%A9@p:80");
    assert_eq!(proxy("https", "p", 1, None, None), "https://p:1");
}

#[test]
fn zmq_binds_to_addresses_not_to_names() {
    let check =
        |found: Result<(String, bool), String>, expected: Result<(&str, bool), &str>| match (found, expected)
        {
            (Ok((endpoint, open)), Ok(expected)) => assert_eq!((endpoint.as_str(), open), expected),
            (Err(reason), Err(expected)) => assert!(reason.contains(expected), "{reason}"),
            (found, expected) => panic!("{found:?}, {expected:?}"),
        };
    check(zmq("127.0.0.1", 3000), Ok(("tcp://127.0.0.1:3000", false)));
    check(zmq("localhost", 3000), Ok(("tcp://127.0.0.1:3000", false)));
    check(zmq("*", 3000), Ok(("tcp://*:3000", true)));
    check(zmq("0.0.0.0", 0), Ok(("tcp://0.0.0.0:*", true)));
    check(zmq("::1", 1), Ok(("tcp://[::1]:1", false)));
    check(zmq("lo", 1), Ok(("tcp://lo:1", false)));
    check(zmq("not a host", 1), Err("not a name"));
    check(zmq_endpoint("ipc:///run/rainbow/events"), Ok(("ipc:///run/rainbow/events", false)));
    check(zmq_endpoint("tcp://localhost:5"), Ok(("tcp://127.0.0.1:5", false)));
    check(zmq_endpoint("tcp://127.0.0.1:*"), Ok(("tcp://127.0.0.1:*", false)));
    check(zmq_endpoint("tcp://[::]:5"), Ok(("tcp://[::]:5", true)));
    check(zmq_endpoint("tcp://127.0.0.1"), Err("must be"));
    check(zmq_endpoint("tcp://127.0.0.1:70000"), Err("port"));
    check(zmq_endpoint("udp://127.0.0.1:1"), Err("must be"));
    check(zmq_endpoint("ipc://"), Err("must be"));
    check(zmq_endpoint("ipc://*"), Err("no path"));
    check(zmq_endpoint(&format!("ipc:///{}", "x".repeat(120))), Err("longer"));
}
