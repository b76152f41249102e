//! What a line looks like.

use std::time::Duration;

use super::*;

#[test]
fn times_are_rfc_3339_in_utc() {
    let check = |millis: u64, expected: &str| {
        assert_eq!(timestamp(UNIX_EPOCH + Duration::from_millis(millis)), expected);
    };
    check(0, "1970-01-01T00:00:00.000Z");
    check(951_782_399_999, "2000-02-28T23:59:59.999Z");
    check(951_782_400_000, "2000-02-29T00:00:00.000Z");
    check(1_709_251_199_001, "2024-02-29T23:59:59.001Z");
    check(1_735_689_599_000, "2024-12-31T23:59:59.000Z");
    check(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
}

#[test]
fn no_remote_forges_a_line() {
    assert_eq!(
        escaped("a\nWARN [agent] b\r\t\u{1b}[2J\u{7f}\u{85}\u{202e}"),
        "a\\nWARN [agent] b\\r\\t\\u{1b}[2J\\u{7f}\\u{85}\\u{202e}"
    );
    assert_eq!(escaped("Grüße 👋"), "Grüße 👋");
    let long = escaped(&"\n".repeat(100_000));
    assert!(long.len() < MAX_LINE + 100 && long.ends_with("(cut, 100000 bytes in all)"));
}

#[test]
fn a_logger_writes_our_lines_and_caps_others() {
    let folder = std::env::temp_dir().join(format!("rainbow-logger-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let (filter, _) = Filter::new(log::LevelFilter::Debug, None);
    let file = Some(Mutex::new(LogFile::new(&folder, 100_000, 2)));
    let logger = Logger { filter, console: None, file };
    let write = |module: &str, level: log::Level, text: &str| {
        let builder = &mut Record::builder();
        logger.log(
            &builder
                .level(level)
                .target("session")
                .module_path(Some(module))
                .args(format_args!("{text}"))
                .build(),
        );
    };
    write("rainbow_s2s_agent::session", log::Level::Debug, "ours");
    write("rainbow_s2s_agent::session", log::Level::Trace, "too much");
    write("ureq::unversioned", log::Level::Debug, "Authorization: Basic c2VjcmV0");
    write("ureq::unversioned", log::Level::Warn, "theirs\nforged");
    let text = std::fs::read_to_string(folder.join("rainbow-s2s-agent.log")).expect("log file");
    let lines: Vec<&str> =
        text.lines().map(|line| line.split_once(' ').map_or("", |(_, rest)| rest)).collect();
    assert_eq!(lines, ["DEBUG [session] ours", "WARN  [session] theirs\\nforged"]);
}
