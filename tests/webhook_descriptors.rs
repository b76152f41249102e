//! The listener with hardly any file descriptors: it goes on, and serves again when there are some.
//!
//! The listener runs in a child process, this very program again, because the limit holds for a whole process.

mod webhook_support;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use rainbow_s2s_agent::config::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use webhook_support::{is_healthy, limits, start, stop, wait_for};

const ROLE: &str = "WEBHOOK_TEST_CHILD";

/// Not a test of its own: the child's part of the test below. It does one thing for each line it reads.
#[test]
fn child() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: Some(64) }).expect("limit");
    let (running, _) = start(Limits { connections: 1000, ..limits() });
    println!("\nlistens {} {}", running.local_addr(), running.connections());
    let mut taken = Vec::new();
    for line in std::io::stdin().lines() {
        match line.expect("line").as_str() {
            "take" => {
                // What still closes would give some back.
                wait_for("the connections to end", || running.open() == 0);
                while let Ok(file) = File::open("/dev/null") {
                    taken.push(file);
                }
            }
            "free" => taken.clear(),
            _ => {}
        }
        let counters = running.counters();
        println!("\ncounts {} {}", counters.accept_failures.get(), counters.accepted.get());
    }
    stop(&running);
}

struct Listening {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Listening {
    fn line(&mut self, word: &str) -> Vec<String> {
        loop {
            let line = self.lines.next().expect("a line").expect("text");
            if let Some(rest) = line.strip_prefix(word) {
                return rest.split_whitespace().map(str::to_owned).collect();
            }
        }
    }

    fn tell(&mut self, word: &str) -> (u64, u64) {
        let stdin = self.child.stdin.as_mut().expect("stdin");
        writeln!(stdin, "{word}").expect("told");
        let counts = self.line("counts");
        (counts[0].parse().expect("number"), counts[1].parse().expect("number"))
    }
}

#[test]
fn no_descriptors_do_not_end_the_listener() {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(ROLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("child");
    let lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
    let mut listening = Listening { child, lines };
    let words = listening.line("listens");
    let address: SocketAddr = words[0].parse().expect("address");
    assert_eq!(words[1], "32", "fitted to the limit of 64 files");

    // More connections than there are descriptors: the idle ones make room.
    let many: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(address).expect("connect")).collect();
    is_healthy(address);
    drop(many);
    is_healthy(address);

    // Not one descriptor left: connections are refused or closed, the loop neither ends nor spins.
    listening.tell("take");
    let (before, _) = listening.tell("take");
    for _ in 0..20 {
        let mut raw = webhook_support::connect(address);
        raw.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        // Whatever it is told: the connection ends.
        assert!(raw.rest().iter().all(|got| matches!(got.status, 200 | 503)));
    }
    let (after, _) = listening.tell("look");
    assert!(after > before, "accept has failed");
    assert!(after - before < 1_000, "but it has not failed without a pause: {}", after - before);

    listening.tell("free");
    is_healthy(address);
    drop(listening.child.stdin.take());
    assert!(listening.child.wait().expect("child").success());
}

#[test]
fn the_soft_limit_is_raised_where_that_helps() {
    let limit = getrlimit(Resource::Nofile);
    let (Some(soft), true) = (limit.current, limit.maximum.is_none_or(|hard| hard > 300)) else { return };
    setrlimit(Resource::Nofile, Rlimit { current: Some(soft.min(256)), maximum: limit.maximum })
        .expect("lowered");
    let (running, _) = start(Limits { connections: 256, ..limits() });
    assert_eq!(running.connections().min(200), 200);
    assert!(getrlimit(Resource::Nofile).current.is_none_or(|soft| soft > 256));
    stop(&running);
}
