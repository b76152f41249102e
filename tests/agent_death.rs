//! What the death of any role means: the process ends in order, with the exit code that says so.
#![cfg(feature = "demo")]

mod support;

use std::sync::mpsc;

use rainbow_s2s_agent::agent::{self, Wake};
use rainbow_s2s_agent::cli::exit;
use rainbow_s2s_agent::config::{self, Environment};
use rainbow_s2s_agent::role::{End, Notice};
use rainbow_s2s_agent::sim::subscriber::Subscriber;
use support::PATIENCE;
use support::folder::Folder;

#[test]
fn the_death_of_a_role_ends_the_agent_in_order() {
    for role in ["webhook-accept", "publisher", "reactions", "tunnel", "signals"] {
        for end in [End::Panicked, End::Returned] {
            let folder = Folder::new();
            let (events, file) =
                (format!("ipc://{}", folder.path("events").display()), folder.path("c.json"));
            let bot = Subscriber::connect(&events).unwrap();
            let text = format!(
                r#"{{"rainbow": {{"mode": "relay"}}, "state_dir": "{}", "rainbow_notification_service": {{
                    "endpoint": "ngrok",
                    "sdkrouter": {{"host": "127.0.0.1", "port": 0}}, "zmq": {{"endpoint": "{events}"}}}}}}"#,
                folder.path("state").display()
            );
            std::fs::write(&file, text).unwrap();
            let config = config::load(&file, &Environment::default()).unwrap().config;
            let (inbox, wakes) = mpsc::channel();
            let mut running = agent::start(config, inbox.clone()).unwrap();
            inbox.send(Wake::Ended(Notice { role, end })).unwrap();
            assert_eq!(running.watch(&wakes), exit::ROLE_DIED, "{role}");
            running.stop();
            assert!(bot.wait_for("zmq-stop", 0, PATIENCE).is_some(), "{role}");
        }
    }
}
