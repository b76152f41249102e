//! The `demo` command as a user runs it.
#![cfg(feature = "demo")]

mod support;

use std::process::Command;

use rainbow_s2s_agent::sim::rows::{CONNECTION_ROWS, LIFE, ROWS};
use support::PATIENCE;
use support::folder::Folder;
use support::process::Process;

#[test]
fn the_demo_shows_every_event_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rainbow-s2s-agent"));
    command.arg("demo").env_clear().env("TMPDIR", folder.path(""));
    let (process, out, log) = Process::start(command);
    let code = process.wait(PATIENCE).unwrap();
    assert!(
        out.wait_for_part("28 of 28 names", PATIENCE),
        "{}\n{}",
        out.all().join("\n"),
        log.all().join("\n")
    );
    assert_eq!(code, 0);
    let lines = out.all();
    for name in ROWS.iter().chain(&CONNECTION_ROWS).flat_map(|row| row.events).chain(&LIFE) {
        assert!(lines.iter().any(|line| line.contains(&format!(" {name} "))), "{name}");
    }
    let left: Vec<_> =
        std::fs::read_dir(folder.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["s2s"], "the callback URL's file is all that stays");
}
