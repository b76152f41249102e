//! Whole files through the loader: what each key does, what each mistake is told.

mod environment;
mod files;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;
use crate::contract::Mode;

/// A new folder under the system's temporary one.
pub(super) fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("rainbow-config-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("temporary folder");
    folder
}

/// A private file in a folder of its own.
fn file(text: &str) -> PathBuf {
    let path = folder().join("c.json");
    std::fs::write(&path, text).expect("temporary file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("permissions");
    path
}

/// What is there besides the file.
fn home() -> Environment {
    Environment::default().with("HOME", "/home/bot")
}

const ACCOUNT: &str = r#""rainbow":{"host":"official"},"credentials":{"login":"bot@a.example","password":"hunter2"},
 "application":{"appID":"app-1","appSecret":"s3cret"}"#;

/// A file of an account and these members.
fn with(members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    let rainbow = r#""rainbow":{"host":"official"},"#;
    let account =
        if members.starts_with(r#""rainbow":"#) { ACCOUNT.replace(rainbow, "") } else { ACCOUNT.into() };
    format!("{{{account}{comma}{members}}}")
}

fn loaded(text: &str, environment: &Environment) -> Loaded {
    load(&file(text), environment).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

fn good(members: &str) -> Config {
    let loaded = loaded(&with(members), &home());
    assert_eq!(loaded.warnings, Vec::<String>::new(), "{members}");
    loaded.config
}

/// A member of the service's section.
fn service(section: &str, member: &str) -> String {
    format!(r#""rainbow_notification_service":{{"endpoint":"default","{section}":{{{member}}}}}"#)
}

/// The single problem of a file, without its folder.
fn problem_of(text: &str, environment: &Environment) -> String {
    let path = file(text);
    let error = load(&path, environment).expect_err(text);
    error.to_string().replace(&format!("{}/", path.parent().expect("a folder").display()), "")
}

#[test]
fn nothing_but_an_account_is_needed() {
    let config = good("");
    let account = config.account.expect("bot mode");
    assert_eq!(account.host, "https://openrainbow.com");
    assert_eq!((account.login.as_str(), account.password.expose()), ("bot@a.example", "hunter2"));
    assert_eq!((account.app_id.as_str(), account.app_secret.expose()), ("app-1", "s3cret"));
    assert_eq!((account.ca_file, account.proxy, account.no_proxy.len()), (None, None, 0));
    assert_eq!(config.endpoint, Endpoint::Ngrok { proto: "http".into(), port: 8080 });
    assert_eq!((config.webhook.host.to_string().as_str(), config.webhook.port), ("127.0.0.1", 8080));
    assert_eq!(config.webhook.tls, None);
    assert_eq!(
        (config.zmq.endpoint.as_str(), config.zmq.encoding),
        ("tcp://127.0.0.1:3000", Encoding::StarterKit)
    );
    assert_eq!((config.callback_token, config.validate), (CallbackToken::Auto, Mode::Tolerant));
    assert_eq!(config.state_dir, Path::new("/home/bot/.local/state/rainbow-s2s-agent"));
    assert!(config.send_read_receipt && config.logs.console && config.logs.file.is_none());
    assert_eq!(
        (config.logs.level, config.logs.max_bytes, config.logs.max_files),
        (log::LevelFilter::Info, 1_048_576, 5)
    );
}

#[test]
fn the_tables_defaults_are_those_of_the_listener() {
    assert_eq!(format!("{:?}", good("").webhook.limits), format!("{:?}", Limits::default()));
}

#[test]
fn relay_mode_needs_no_credentials() {
    let loaded = loaded(r#"{"rainbow":{"mode":"relay"}}"#, &home());
    assert!(loaded.config.account.is_none() && loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    // Placeholders do not matter where nobody signs in.
    let text = r#"{"rainbow":{"mode":"relay"},"credentials":{"login":"<your login>","password":""}}"#;
    assert!(load(&file(text), &home()).is_ok());
}

#[test]
fn each_key_does_what_it_says() {
    fn check(members: &str, holds: impl Fn(&Config) -> bool) {
        let config = good(members);
        assert!(holds(&config), "{members}\n{config:#?}");
    }
    check(r#""logs":{"enableConsoleLogs":false}"#, |c| !c.logs.console);
    check(r#""logs":{"enableFileLogs":true,"file":{"path":"/var/log/x"}}"#, |c| {
        c.logs.file == Some("/var/log/x".into())
    });
    check(r#""logs":{"enableFileLogs":true}"#, |c| c.logs.file == Some("/var/tmp/rainbowsdk/".into()));
    check(r#""logs":{"file":{"path":"/x","level":"debug"}}"#, |c| {
        c.logs.file.is_none() && c.logs.level == log::LevelFilter::Debug
    });
    check(r#""logs":{"file":{"level":"Warning"}}"#, |c| c.logs.level == log::LevelFilter::Warn);
    check(r#""logs":{"file":{"max_bytes":20000,"max_files":1}}"#, |c| {
        (c.logs.max_bytes, c.logs.max_files) == (20_000, 1)
    });
    check(r#""im":{"sendReadReceipt":false}"#, |c| !c.send_read_receipt);
    check(r#""im":{"sendReadReceipt":"false"}"#, |c| !c.send_read_receipt);
    check(r#""im":null"#, |c| c.send_read_receipt);
    check(r#""validate":"strict""#, |c| c.validate == Mode::Strict);
    check(r#""validate":"off""#, |c| c.validate == Mode::Off);
    check(r#""callback_token":"auto""#, |c| c.callback_token == CallbackToken::Auto);
    check(r#""callback_token":"0123456789-._~aZ""#, |c| {
        c.callback_token == CallbackToken::Fixed(Secret::new("0123456789-._~aZ"))
    });
    check(
        r#""rainbow":{"host":"official","reconnect":{"first_ms":10,"cap_ms":20},"watch_seconds":1}"#,
        |c| {
            (c.pace.first, c.pace.cap) == (Duration::from_millis(10), Duration::from_millis(20))
                && c.pace.watch == Duration::from_secs(1)
        },
    );
    check(r#""state_dir":"/srv/state""#, |c| c.state_dir == Path::new("/srv/state"));
    check(r#""state_dir":"state""#, |c| c.state_dir.is_absolute() && c.state_dir.ends_with("state"));
    check(r#""appdir":"","proxy":{"host":"","port":80,"protocol":"http"}"#, |c| {
        c.account.as_ref().is_some_and(|a| a.proxy.is_none())
    });
    check(&service("zmq", r#""port":"4000""#), |c| c.zmq.endpoint == "tcp://127.0.0.1:4000");
    check(&service("zmq", r#""port":0"#), |c| c.zmq.endpoint == "tcp://127.0.0.1:*");
    check(&service("zmq", r#""endpoint":"ipc:///run/events","port":1"#), |c| {
        c.zmq.endpoint == "ipc:///run/events"
    });
    check(&service("zmq", r#""encoding":"json""#), |c| c.zmq.encoding == Encoding::Json);
    check(&service("zmq", r#""high_water_mark":5,"queue":16"#), |c| {
        (c.zmq.high_water_mark, c.zmq.queue) == (5, 16)
    });
    check(&service("sdkrouter", r#""host":"0.0.0.0""#), |c| c.webhook.host.to_string() == "0.0.0.0");
    check(&service("sdkrouter", r#""host":"[::1]""#), |c| c.webhook.host.to_string() == "::1");
    check(&service("sdkrouter", r#""limits":{"connections":7,"head_seconds":3}"#), |c| {
        c.webhook.limits.connections == 7 && c.webhook.limits.head_time == Duration::from_secs(3)
    });
    check(&service("sdkrouter", r#""limits":{"trusted_proxies":["10.0.0.1","::1"]}"#), |c| {
        c.webhook.limits.trusted_proxies.len() == 2
    });
    check(&service("sdkrouter", r#""limits":{"trusted_proxies":"10.0.0.1"}"#), |c| {
        c.webhook.limits.trusted_proxies.len() == 1
    });
    check(
        r#""rainbow_notification_service":{"endpoint":"ngrok","ngrok":{"port":9000},"sdkrouter":{"port":9000}}"#,
        |c| c.endpoint == Endpoint::Ngrok { proto: "http".into(), port: 9000 } && c.webhook.port == 9000,
    );
    check(
        r#""rainbow_notification_service":{"endpoint":"reverse_proxy","reverse_proxy":{"url":"https://bot.example/r/"},"sdkrouter":{"port":0}}"#,
        |c| {
            c.endpoint == Endpoint::ReverseProxy { url: "https://bot.example/r/".into() }
                && c.webhook.host.to_string() == "0.0.0.0"
        },
    );
}

#[test]
fn the_proxy_is_an_object_or_a_url_and_the_file_wins_over_the_machine() {
    let machine = home().with("HTTPS_PROXY", "http://machine:1").with("no_proxy", "a.example, .b.example");
    let check = |members: &str, environment: &Environment, expected: Option<&str>| {
        let account = loaded(&with(members), environment).config.account.expect("bot mode");
        assert_eq!(account.proxy.as_ref().map(Secret::expose), expected, "{members}");
        account
    };
    let account = check("", &machine, Some("http://machine:1"));
    assert_eq!(account.no_proxy, ["a.example", ".b.example"]);
    check("", &machine.clone().with("https_proxy", "lower:2"), Some("http://lower:2"));
    check(r#""proxy":{"host":"p"}"#, &machine, Some("http://p:80"));
    check(r#""proxy":{"host":"p","port":"3128","protocol":"https"}"#, &machine, Some("https://p:3128"));
    check(r#""proxy":{"host":"p","user":"u","password":"a@b"}"#, &machine, Some("http://u:a%40b@p:80"));
    check(r#""proxy":{"host":"http://p:8080"}"#, &machine, Some("http://p:8080"));
    check(r#""proxy":"http://u:p@h:1""#, &machine, Some("http://u:p@h:1"));
    check(r#""proxy":{"host":""}"#, &machine, Some("http://machine:1"));
}

#[test]
fn each_mistake_is_told_with_its_place_and_what_is_allowed() {
    let check = |members: &str, parts: &[&str]| {
        let found = problem_of(&with(members), &home());
        assert!(found.starts_with("c.json:"), "{found}");
        for part in parts {
            assert!(found.contains(part), "{members}\n{part:?} not in\n{found}");
        }
        assert!(!found.contains("hunter2") && !found.contains("s3cret"), "{found}");
    };
    check(
        r#""im":{"sendReadReceipt":1}"#,
        &["c.json:2:79: im.sendReadReceipt: found 1, must be true or false"],
    );
    check(r#""im":true"#, &["im: found true, must be an object"]);
    check(r#""logs":{"file":{"level":"loud"}}"#, &["found \"loud\"", "\"off\", \"error\", \"warn\""]);
    check(r#""logs":{"file":{"max_bytes":1}}"#, &["found 1, must be a whole number from 16384"]);
    check(r#""logs":{"file":{"path":7}}"#, &["logs.file.path: found 7, must be a text"]);
    check(
        r#""validate":"loose""#,
        &["validate: found \"loose\", must be \"strict\", \"tolerant\" or \"off\""],
    );
    check(
        r#""rainbow":{"host":"official","mode":"cli"}"#,
        &["rainbow.mode: found \"cli\", must be \"bot\" or \"relay\""],
    );
    check(
        r#""rainbow":{"host":"ftp://x"}"#,
        &["rainbow.host", "found \"ftp://x\"", "\"official\", \"sandbox\""],
    );
    check(
        r#""rainbow":{"host":"official","reconnect":{"cap_ms":1999}}"#,
        &["reconnect.cap_ms: must be no less than"],
    );
    check(r#""callback_token":"short""#, &["callback_token", "16 to 128"]);
    check(r#""callback_token":"a/b/c/d/e/f/g/h/i/j""#, &["callback_token", "characters"]);
    check(r#""rainbow":{"host":"official","ca_file":"none.pem"}"#, &["rainbow.ca_file: no file at none.pem"]);
    check(r#""proxy":"socks5://u:hunter2@p""#, &["proxy: SOCKS"]);
    check(r#""proxy":{"host":"a b"}"#, &["proxy.host: found \"a b\""]);
    check(
        &service("zmq", r#""port":70000"#),
        &["zmq.port: found 70000, must be a whole number from 0 to 65535"],
    );
    check(&service("zmq", r#""port":"x""#), &["zmq.port: found \"x\""]);
    check(&service("zmq", r#""port":30.5"#), &["found 30.5"]);
    check(&service("zmq", r#""port":-1"#), &["found -1"]);
    check(&service("zmq", r#""endpoint":"udp://x:1""#), &["zmq.endpoint", "tcp://host:port or ipc:///path"]);
    check(&service("zmq", r#""high_water_mark":0"#), &["from 1 to 1000000"]);
    check(&service("sdkrouter", r#""host":"no such host""#), &["sdkrouter.host: found \"no such host\""]);
    check(&service("sdkrouter", r#""protocol":"ftp""#), &["must be \"http\" or \"https\""]);
    check(
        &service("sdkrouter", r#""protocol":"https""#),
        &["certificates.key: is missing", "certificates.cert: is missing"],
    );
    check(
        &service("sdkrouter", r#""limits":{"trusted_proxies":["proxy"]}"#),
        &["trusted_proxies: found a list, must be IP addresses"],
    );
    check(&service("reverse_proxy", r#""url":7"#), &["reverse_proxy.url: found 7"]);
    check(
        r#""rainbow_notification_service":{"endpoint":"nginx"}"#,
        &["endpoint: found \"nginx\", must be \"ngrok\", \"reverse_proxy\" or \"default\""],
    );
    check(r#""credentials":"hunter2""#, &["credentials: found a text, must be an object"]);
    check(r#""proxy":{"host":"u:hunter2@h"}"#, &["proxy.host: found a text with a user name or password"]);
    check(
        r#""rainbow":{"host":"https://u:hunter2@h"}"#,
        &["rainbow.host: found a text with a user name or password"],
    );
    let proxied = |url: &str| {
        format!(
            r#""rainbow_notification_service":{{"endpoint":"reverse_proxy","reverse_proxy":{{"url":"{url}"}}}}"#
        )
    };
    check(&proxied(""), &["reverse_proxy.url: is missing"]);
    check(&proxied("<my_rever_proxy_url>"), &["placeholder"]);
    check(&proxied("my_reverse_proxy_url"), &["does not start with https://"]);
    check(&proxied("https://bot.example/?a=b"), &["a query"]);
    check(&proxied("https://bot.example/#a"), &["a fragment"]);
}

#[test]
fn all_problems_are_told_at_once() {
    let found = problem_of(r#"{"rainbow":{"host":"ftp://x"},"validate":"loose"}"#, &home());
    assert_eq!(found.lines().count(), 6, "{found}");
    assert!(
        found.contains(
            "credentials.login: is missing; set it in the file, or by RAINBOW_LOGIN, RAINBOW_LOGIN_FILE"
        ),
        "{found}"
    );
}

#[test]
fn placeholders_are_told_as_such() {
    for value in ["<your bot password>", "xxxx", "XXXXXXX"] {
        let text = with("").replace("hunter2", value);
        let found = problem_of(&text, &home());
        assert!(found.contains("credentials.password: this is still the template's placeholder"), "{found}");
        // Given otherwise it is taken as it is, and so is a placeholder that something wins over.
        let given = home().with("RAINBOW_PASSWORD", value);
        assert_eq!(loaded(&text, &given).config.account.expect("bot mode").password.expose(), value);
    }
}

#[test]
fn warnings_name_the_place_and_what_was_meant() {
    let check = |text: &str, part: &str| {
        let warnings = loaded(text, &home()).warnings;
        assert!(
            warnings.len() == 1 && warnings[0].contains(part),
            "{part:?} is not the only one of {warnings:#?}"
        );
    };
    check(
        &with(r#""validat":"strict""#),
        "c.json:2:55: \"validat\" is not a known key and is ignored; did you mean validate?",
    );
    check(&with(r#""logs":{"level":"debug"}"#), "it is known as logs.file.level");
    check(&with(r#""holiday":{"a":{"b":1}}"#), "\"holiday\" is not a known key and is ignored");
    check(&with(r#""validate":"off","validate":"strict""#), "given twice; the last one counts");
    check(&with(r#""callback_token":"off""#), "callback_token");
    check(&with("").replace("official", "http://cloud.example"), "use https");
    check(&with("").replace(r#""rainbow":{"host":"official"},"#, ""), "the sandbox is used");
    check(&with(&service("zmq", r#""host":"*""#)), "can be reached from other machines");
    check(
        &with(&service("sdkrouter", r#""port":9000"#)),
        "the tunnel exposes http 8080, but the listener is http 9000",
    );
    check(
        &with(
            r#""rainbow_notification_service":{"endpoint":"reverse_proxy","reverse_proxy":{"url":"http://bot.example"}}"#,
        ),
        "forge",
    );
    check(
        &with(&format!(r#""zmq":{{"port":1}},{}"#, service("zmq", r#""port":2"#))),
        "zmq is also given as rainbow_notification_service.zmq, which counts",
    );
}

#[test]
fn zmq_may_stand_at_the_top_level_and_the_nested_one_wins() {
    assert_eq!(
        good(r#""zmq":{"port":4001,"host":"localhost","description":"x"}"#).zmq.endpoint,
        "tcp://127.0.0.1:4001"
    );
    let both = format!(r#""zmq":{{"port":1,"encoding":"json"}},{}"#, service("zmq", r#""port":2"#));
    let zmq = loaded(&with(&both), &home()).config.zmq;
    assert_eq!((zmq.endpoint.as_str(), zmq.encoding), ("tcp://127.0.0.1:2", Encoding::Json));
    let found = problem_of(&with(r#""zmq":{"port":"x"}"#), &home());
    assert!(found.contains("rainbow_notification_service.zmq.port: found \"x\""), "{found}");
}

#[test]
fn no_secret_is_shown() {
    let members = r#""proxy":"http://u:hunter4@p:1","callback_token":"hunter5-hunter5-hunter5""#;
    let loaded = loaded(&with(members), &home());
    let shown = format!("{loaded:?}{loaded:#?}");
    assert!(shown.contains("<secret>") && !shown.contains("hunter") && !shown.contains("s3cret"), "{shown}");
    let environment = format!("{:?}", home().with("RAINBOW_PASSWORD", "hunter6"));
    assert!(environment.contains("RAINBOW_PASSWORD") && !environment.contains("hunter6"), "{environment}");
}

#[test]
fn the_examples_load() {
    let check = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
        let given = home().with("RAINBOW_LOGIN", "l").with("RAINBOW_PASSWORD", "p");
        let given = given.with("RAINBOW_APP_ID", "a").with("RAINBOW_APP_SECRET", "s");
        let loaded = load(&path, &given).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(loaded.warnings, Vec::<String>::new());
        std::fs::read_to_string(path).expect("example")
    };
    check("starterkit.json");
    let text = check("agent.json");
    let root = crate::json::parse(text.as_bytes()).expect("an example is JSON");
    for key in keys::TABLE.iter().filter(|key| key.path != "proxy") {
        let found = key.path.split('.').try_fold(&root, |node, name| node.get(name));
        assert!(found.is_some(), "config/agent.json has no {}", key.path);
    }
}
