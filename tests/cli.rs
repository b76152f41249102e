//! The command line of the real binary: what it prints where, and how it ends.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The program with nothing inherited but a home.
fn agent(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rainbow-s2s-agent"));
    command.args(arguments).env_clear().env("HOME", folder()).current_dir(folder()).stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("rainbow-cli-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("temporary folder");
    folder
}

fn private_file(path: &Path, text: &str) {
    std::fs::write(path, text).expect("temporary file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("permissions");
}

/// A configuration without an account whose ports are these.
fn relay(port: u16, zmq: &str) -> String {
    format!(
        r#"{{"rainbow":{{"mode":"relay"}},"rainbow_notification_service":{{"endpoint":"reverse_proxy",
        "reverse_proxy":{{"url":"https://bot.example"}},
        "sdkrouter":{{"host":"127.0.0.1","port":{port}}},"zmq":{{"endpoint":"{zmq}"}}}}}}"#
    )
}

fn file(text: &str) -> String {
    let path = folder().join("c.json");
    private_file(&path, text);
    path.display().to_string()
}

#[test]
fn help_and_version_go_to_standard_output() {
    let check = |arguments: &[&str], part: &str| {
        let (code, out, err) = output(&mut agent(arguments));
        assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
        assert!(out.contains(part), "{part:?} not in\n{out}");
        assert!(out.ends_with('\n') && out.lines().all(|line| line.chars().count() <= 110), "{out}");
    };
    check(&["--version"], concat!("rainbow-s2s-agent ", env!("CARGO_PKG_VERSION")));
    for command in ["run", "check", "demo", "swagger", "help"] {
        check(&["--help"], command);
        check(
            &[command, "--help"],
            &format!("rainbow-s2s-agent {}", if command == "run" { "[run]" } else { command }),
        );
        check(&["help", command], "Usage:");
    }
    check(&["-h"], "Exit codes: 0 good, 64 usage, 69 cannot reach or bind");
}

#[test]
fn a_wrong_command_line_is_64_with_the_word_that_was_meant() {
    let check = |arguments: &[&str], part: &str| {
        let (code, out, err) = output(&mut agent(arguments));
        assert_eq!((code, out.as_str()), (64, ""), "{arguments:?} {err}");
        assert!(err.contains(part) && err.contains("--help"), "{part:?} not in\n{err}");
    };
    check(&["chekc"], "did you mean check?");
    check(&["run", "--confg", "x"], "did you mean --config?");
    check(&["--config"], "--config needs a value");
    check(&["swagger"], "webhook or docs");
    check(&["config.json"], "--config config.json");
}

#[test]
fn a_wrong_configuration_is_78_with_its_place() {
    let check = |text: &str, parts: &[&str]| {
        let path = file(text);
        for command in ["run", "check"] {
            let (code, out, err) = output(&mut agent(&[command, "--config", &path]));
            assert_eq!((code, out.as_str()), (78, ""), "{err}");
            assert!(err.contains(&format!("{path}:")), "{err}");
            for part in parts {
                assert!(err.contains(part), "{part:?} not in\n{err}");
            }
        }
    };
    check(
        "{\"zmq\": {\n  \"description\": \"d\"\n  \"port\": 1}}",
        &[":3:3: not valid JSON", "   \"port\": 1}}", "^ is a comma missing at the end of line 2?"],
    );
    check(
        "{\"rainbow\": {\"host\": \"official\"}}",
        &["credentials.login: is missing", "application.appSecret: is missing"],
    );
    // A misspelt key is told beside what is missing for it.
    check(
        "{\"credentials\": {\"logn\": \"x\"}}",
        &["warning:", "did you mean login?", "credentials.login: is missing"],
    );
}

#[test]
fn the_file_is_looked_for_where_it_is_said() {
    let (code, _, err) = output(&mut agent(&[]));
    assert_eq!(code, 78);
    assert!(err.contains("config/config.json") && err.contains("$RAINBOW_CONFIG"), "{err}");
    let here = folder();
    std::fs::create_dir(here.join("config")).expect("folder");
    private_file(&here.join("config/config.json"), "{\"a\"}");
    let (_, _, err) = output(agent(&[]).current_dir(&here));
    assert!(err.contains("config/config.json:1:5"), "{err}");
    let named = file("{\"b\"}");
    let (_, _, err) = output(agent(&["check"]).current_dir(&here).env("RAINBOW_CONFIG", &named));
    assert!(err.contains(&named), "{err}");
    let (_, _, err) = output(&mut agent(&["-c", "/no/such.json"]));
    assert!(err.contains("/no/such.json: no such file"), "{err}");
}

#[test]
fn check_tells_what_holds_and_no_secret() {
    let text = r#"{"rainbow":{"host":"https://cloud.example"},"credentials":{"login":"bot@a.example","password":"hunter2"},
        "application":{"appID":"app-1","appSecret":"hunter3"},"proxy":"http://u:hunter4@proxy.example:3128",
        "callback_token":"hunter5-hunter5-hunter5","validat":"off",
        "rainbow_notification_service":{"endpoint":"default","sdkrouter":{"port":0},"zmq":{"port":0}}}"#;
    let (code, out, err) = output(&mut agent(&["check", "--config", &file(text)]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    for part in [
        "https://cloud.example",
        "bot@a.example",
        "app-1",
        "proxy.example:3128",
        "tcp://127.0.0.1:*",
        "did you mean validate?",
        "good:",
    ] {
        assert!(out.contains(part), "{part:?} not in\n{out}");
    }
    assert!(!out.contains("hunter"), "{out}");
}

#[test]
fn check_starts_nothing_and_leaves_nothing() {
    let state = folder().join("state");
    let text =
        relay(0, "tcp://127.0.0.1:*").replacen('{', &format!("{{\"state_dir\":\"{}\",", state.display()), 1);
    let (code, out, _) = output(&mut agent(&["check", "-c", &file(&text)]));
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("will be made") && !state.exists(), "{out}");
}

#[test]
fn check_finds_what_would_keep_the_agent_from_starting() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let check = |text: &str, code: i32, part: &str| {
        let (found, out, err) = output(&mut agent(&["check", "-c", &file(text)]));
        assert_eq!(found, code, "{out}{err}");
        assert!(err.contains(part) && !out.contains("good:"), "{part:?} not in\n{err}");
    };
    check(&relay(port, "tcp://127.0.0.1:*"), 69, &port.to_string());
    check(&relay(0, &format!("tcp://127.0.0.1:{port}")), 69, &port.to_string());
    let in_a_file = file("{}");
    let state =
        relay(0, "tcp://127.0.0.1:*").replacen('{', &format!("{{\"state_dir\":\"{in_a_file}/state\","), 1);
    check(&state, 78, "is not a folder");
}

#[test]
fn check_reads_the_certificates() {
    let folder = folder();
    for name in ["a", "b"] {
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        private_file(&folder.join(format!("{name}.key")), &pair.signing_key.serialize_pem());
        private_file(&folder.join(format!("{name}.cert")), &pair.cert.pem());
    }
    private_file(&folder.join("no.pem"), "nothing");
    let check = |key: &str, cert: &str, code: i32, part: &str| {
        let tls = format!(r#""protocol":"https","certificates":{{"key":"{key}","cert":"{cert}"}},"port""#);
        let path = folder.join("c.json");
        private_file(&path, &relay(0, "tcp://127.0.0.1:*").replacen(r#""port""#, &tls, 1));
        let (found, out, err) = output(&mut agent(&["check", "-c", &path.display().to_string()]));
        assert_eq!(found, code, "{out}{err}");
        assert!(out.contains(part) || err.contains(part), "{part:?} not in\n{out}{err}");
    };
    check("a.key", "a.cert", 0, "https://127.0.0.1:0");
    check("a.key", "b.cert", 78, "is not that of the certificate");
    check("no.pem", "a.cert", 78, "no.pem");
    check("a.key", "none.pem", 78, "certificates.cert: no file at");
    let account = |roots: &str| {
        let text = format!(
            r#"{{"rainbow":{{"host":"cloud.example","ca_file":"{roots}"}},"credentials":{{"login":"l","password":"p"}},
            "application":{{"appID":"a","appSecret":"s"}},
            "rainbow_notification_service":{{"endpoint":"default","sdkrouter":{{"port":0}},"zmq":{{"port":0}}}}}}"#
        );
        private_file(&folder.join("c.json"), &text);
        output(&mut agent(&["check", "-c", &folder.join("c.json").display().to_string()]))
    };
    let (code, out, _) = account("a.cert");
    assert!(code == 0 && out.contains("trusted roots  1 of "), "{out}");
    let (code, _, err) = account("no.pem");
    assert!(code == 78 && err.contains("no certificate in it"), "{err}");
}

#[test]
fn nothing_panics_where_standard_error_is_gone() {
    let gone = || {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        writer
    };
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let config = file(&relay(taken.local_addr().expect("an address").port(), "tcp://127.0.0.1:*"));
    for arguments in [&["chekc"][..], &["run", "-c", "/no/such"], &["run", "-c", &config]] {
        let status = agent(arguments).stdout(gone()).stderr(gone()).status().expect("the program runs");
        // 101 is a panic.
        assert!(matches!(status.code(), Some(64 | 69 | 78)), "{arguments:?} {status}");
    }
}

#[test]
fn the_documents_of_the_contract_are_printed() {
    let check = |document: &str, begins: &str, part: &str| {
        let (code, out, err) = output(&mut agent(&["swagger", document]));
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.starts_with(begins) && out.contains(part) && out.ends_with('\n'), "{out}");
    };
    check("webhook", "{", "/chat-state");
    check("docs", "#", "connectionCreate");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure_and_a_full_disk_is() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let result = agent(&["--help"]).stdout(writer).stderr(Stdio::piped()).output().expect("the program runs");
    assert_eq!((result.status.code(), result.stderr.as_slice()), (Some(0), &b""[..]));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let result = agent(&["--help"]).stdout(full).stderr(Stdio::piped()).output().expect("the program runs");
    assert_eq!(result.status.code(), Some(74));
}

#[test]
fn without_console_logs_only_the_end_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let text = relay(port, "tcp://127.0.0.1:*").replacen(
        '{',
        "{\"logs\":{\"enableConsoleLogs\":false},\"validat\":1,",
        1,
    );
    let (code, _, err) = output(agent(&["run", "-c", &file(&text)]).env("RUST_LOG", "trace"));
    assert_eq!(code, 69, "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(err.starts_with("rainbow-s2s-agent: "), "{err}");
}

#[test]
fn log_files_are_written_and_a_disk_that_fails_stops_nothing() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let run = |logs: &Path| {
        let logs =
            format!("{{\"logs\":{{\"enableFileLogs\":true,\"file\":{{\"path\":\"{}\"}}}},", logs.display());
        output(&mut agent(&["run", "-c", &file(&relay(port, "tcp://127.0.0.1:*").replacen('{', &logs, 1))]))
    };
    let logs = folder().join("new/logs");
    let (code, _, err) = run(&logs);
    let text = std::fs::read_to_string(logs.join("rainbow-s2s-agent.log")).expect("a log file");
    let last = text.lines().last().expect("a line");
    assert!(last.contains("Z ERROR [agent] "), "{text}");
    let message = last.split_once("] ").expect("a target").1;
    assert!(err.contains(message), "{message} not in\n{err}");
    let (unwritable, _, err) = run(Path::new("/proc/none"));
    assert_eq!(unwritable, code);
    assert_eq!(err.matches("lines are lost until it works again").count(), 1, "{err}");
    assert!(err.contains(message), "{err}");
}

#[test]
fn a_hangup_while_the_configuration_is_read_ends_nothing() {
    let folder = folder();
    let pipe = folder.join("config.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let mut child = agent(&["run", "--config", &pipe.display().to_string()])
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    // Opened as soon as the agent reads it, which is after its first words to the system.
    let mut writer = std::fs::OpenOptions::new().write(true).open(&pipe).expect("opened");
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::HUP).expect("signalled");
    std::io::Write::write_all(&mut writer, b"{}").expect("written");
    drop(writer);
    assert_eq!(child.wait().expect("ended").code(), Some(78));
}
