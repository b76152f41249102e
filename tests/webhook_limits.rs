//! What one peer may take: time, places, and the way the listener ends. Tiny limits, and waiting for conditions.

mod webhook_support;

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use rainbow_s2s_agent::config::Limits;
use rainbow_s2s_agent::role::{Deaths, End, Notice};
use webhook_support::{PATIENCE, Raw, connect, is_healthy, limits, start, start_watched, stop, wait_for};

const SHORT: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_secs(120);
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// All times long, so that the one under test is the one that ends the connection.
fn patient() -> Limits {
    Limits { head_time: LONG, body_time: LONG, idle_time: LONG, write_time: LONG, ..limits() }
}

/// Sends a byte now and then for as long as the other side takes it; returns the statuses it got.
fn drip(mut raw: Raw, bytes: &[u8]) -> Vec<u16> {
    raw.stream.set_nodelay(true).expect("no delay");
    let mut writer = raw.stream.try_clone().expect("clone");
    let bytes = bytes.to_vec();
    let (ended, end) = mpsc::channel::<()>();
    let dripping = std::thread::spawn(move || {
        for byte in bytes.iter().cycle() {
            let taken = std::io::Write::write_all(&mut writer, &[*byte]).is_ok();
            if !taken || end.recv_timeout(Duration::from_millis(5)) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
    });
    let statuses = raw.rest().iter().map(|got| got.status).collect();
    drop(ended);
    dripping.join().expect("dripping");
    statuses
}

#[test]
fn a_byte_now_and_then_does_not_extend_a_head() {
    let (running, _) = start(Limits { head_time: SHORT, ..patient() });
    let mut raw = connect(running.local_addr());
    raw.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    assert_eq!(drip(raw, b"y"), [408]);
    // The same after an answered request, and for what came along with one.
    let mut raw = connect(running.local_addr());
    raw.send(GET);
    assert_eq!(raw.answer().status, 200);
    raw.send("GET / HTTP/1.1\r\nX: ");
    assert_eq!(drip(raw, b"y"), [408]);
    let mut raw = connect(running.local_addr());
    raw.send(format!("{GET}GET / HTTP/1.1\r\nX: "));
    assert_eq!(raw.rest().iter().map(|got| got.status).collect::<Vec<_>>(), [200, 408]);
    assert_eq!(running.counters().head_timeouts.get(), 3);
    is_healthy(running.local_addr());
    stop(&running);
}

#[test]
fn a_byte_now_and_then_does_not_extend_a_body() {
    let (running, service) = start(Limits { body_time: SHORT, ..patient() });
    for (start, dripped) in [
        ("Content-Length: 50000\r\n\r\n", "b"),
        ("Transfer-Encoding: chunked\r\n\r\n", "1\r\nb\r\n"),
        ("Transfer-Encoding: chunked\r\n\r\nfff\r\n", "b"),
        ("Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"),
        ("Transfer-Encoding: chunked\r\n\r\n0;a=\"", "b"),
    ] {
        let mut raw = connect(running.local_addr());
        raw.send(format!("POST / HTTP/1.1\r\nHost: a\r\n{start}"));
        assert_eq!(drip(raw, dripped.as_bytes()), [408], "{start:?}");
    }
    // A body that nobody wants is not waited for any longer.
    let mut raw = connect(running.local_addr());
    raw.send("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n");
    assert_eq!(drip(raw, b"b"), [408]);
    assert_eq!((service.served(), running.counters().body_timeouts.get()), (0, 6));
    is_healthy(running.local_addr());
    stop(&running);
}

#[test]
fn idle_connections_are_closed_without_a_word() {
    let (running, _) = start(Limits { idle_time: SHORT, ..patient() });
    let mut raw = connect(running.local_addr());
    assert_eq!(raw.next(), None);
    let mut raw = connect(running.local_addr());
    raw.send(GET);
    assert_eq!(raw.answer().status, 200);
    assert_eq!(raw.next(), None);
    assert_eq!(running.counters().idle_timeouts.get(), 2);
    stop(&running);
}

#[test]
fn the_idle_time_is_not_that_of_a_head() {
    let (running, _) = start(Limits { idle_time: SHORT, ..patient() });
    let mut raw = connect(running.local_addr());
    raw.send("GET / HTTP/1.1\r\n");
    std::thread::sleep(SHORT * 2);
    raw.send("Host: a\r\n\r\n");
    assert_eq!(raw.answer().status, 200);
    stop(&running);
}

#[test]
fn who_does_not_read_answers_is_left() {
    let (running, _) = start(Limits { write_time: SHORT, ..patient() });
    let mut raw = connect(running.local_addr());
    raw.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500));
    wait_for("the write to be given up", || running.counters().write_timeouts.get() == 1);
    wait_for("the connection to end", || running.open() == 0);
    is_healthy(running.local_addr());
    stop(&running);
}

#[test]
fn a_refused_peer_that_goes_on_sending_is_left() {
    let (running, _) = start(patient());
    let mut raw = connect(running.local_addr());
    raw.send("nonsense\r\n");
    assert_eq!(drip(raw, b"b"), [400]);
    let mut raw = connect(running.local_addr());
    raw.send("nonsense\r\n");
    assert_eq!(raw.answer().status, 400);
    // It neither reads the end nor closes.
    wait_for("the connection to end", || running.open() == 0);
    stop(&running);
}

#[test]
fn the_longest_idle_connection_makes_room() {
    let (running, _) = start(Limits { connections: 3, ..patient() });
    let address = running.local_addr();
    let mut kept: Vec<Raw> = (0..3)
        .map(|_| {
            let mut raw = connect(address);
            raw.send(GET);
            assert_eq!(raw.answer().status, 200);
            // Idle since different milliseconds.
            std::thread::sleep(Duration::from_millis(5));
            raw
        })
        .collect();
    is_healthy(address);
    assert_eq!(kept[0].next(), None, "the longest idle one is closed");
    for raw in &mut kept[1..] {
        raw.send(GET);
        assert_eq!(raw.answer().status, 200, "the others are kept");
    }
    assert_eq!((running.counters().closed_for_room.get(), running.counters().refused_full.get()), (1, 0));
    // One that has sent nothing is idle too.
    drop(kept);
    wait_for("the connections to end", || running.open() == 0);
    let mut silent: Vec<Raw> = (0..20).map(|_| connect(address)).collect();
    is_healthy(address);
    assert_eq!(silent[0].next(), None);
    stop(&running);
}

#[test]
fn with_all_places_busy_the_next_is_told_to_come_again() {
    let (running, service) = start(Limits { connections: 2, ..patient() });
    let address = running.local_addr();
    let mut busy: Vec<Raw> = (0..2)
        .map(|_| {
            let mut raw = connect(address);
            raw.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
            raw
        })
        .collect();
    wait_for("both to be busy", || service.served() == 2);
    // Many more than are given time to read why.
    for _ in 0..50 {
        let mut raw = connect(address);
        raw.send(GET);
        let got = raw.answer();
        assert_eq!((got.status, got.field("retry-after"), got.says_close()), (503, Some("5"), true));
        assert_eq!(raw.next(), None);
    }
    service.open_gate();
    for raw in &mut busy {
        assert_eq!(raw.answer().status, 200);
    }
    is_healthy(address);
    assert_eq!(running.counters().refused_full.get(), 50);
    stop(&running);
}

/// As if every connection brought a body of the largest size at the same time.
#[test]
fn large_bodies_share_a_bounded_memory() {
    let body_bytes = 8 * 1024 * 1024;
    let (running, service) = start(Limits { body_bytes, ..patient() });
    let address = running.local_addr();
    // `/busy` answers with another Retry-After than the listener's own 503.
    let send = |raw: &mut Raw| {
        raw.send(format!("POST /busy HTTP/1.1\r\nHost: a\r\nContent-Length: {body_bytes}\r\n\r\n"));
        raw.send("b".repeat(body_bytes - 1));
    };
    let mut all: Vec<Raw> = (0..5).map(|_| connect(address)).collect();
    all.iter_mut().for_each(send);
    wait_for("one to be refused", || running.counters().refused_memory.get() > 0);
    is_healthy(address);
    let answered: Vec<_> = all
        .iter_mut()
        .map(|raw| {
            raw.send("b");
            raw.answer().field("retry-after").map(str::to_owned)
        })
        .collect();
    let refused = answered.iter().filter(|seconds| seconds.as_deref() == Some("5")).count();
    assert_eq!(
        (refused as u64, 5 - refused + 1),
        (running.counters().refused_memory.get(), service.served())
    );
    // What was taken has been given back: four fit again.
    drop(all);
    wait_for("all to end", || running.open() == 0);
    let mut all: Vec<Raw> = (0..4).map(|_| connect(address)).collect();
    all.iter_mut().for_each(send);
    for raw in &mut all {
        raw.send("b");
        assert_eq!(raw.answer().field("retry-after"), Some("3"));
    }
    stop(&running);
}

#[test]
fn the_stop_answers_what_is_under_way() {
    let (running, service) = start(patient());
    let address = running.local_addr();
    let mut idle = connect(address);
    idle.send(GET);
    assert_eq!(idle.answer().status, 200);
    let silent = connect(address);
    let mut waiting = connect(address);
    waiting.send(format!("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n{GET}"));
    let mut reading = connect(address);
    reading.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh");
    wait_for("a request under way", || service.served() == 2 && running.counters().requests.get() == 3);
    let running = Arc::new(running);
    let stopping = {
        let running = Arc::clone(&running);
        std::thread::spawn(move || running.stop(Instant::now() + PATIENCE))
    };
    assert_eq!(idle.next(), None, "idle ones are closed at once");
    assert_eq!(Raw { ..silent }.next(), None);
    wait_for("new connections to be refused", || std::net::TcpStream::connect(address).is_err());
    reading.send("i");
    let got = reading.answer();
    assert_eq!((got.body.as_str(), got.says_close()), ("POST:/:hi", true));
    drop(reading);
    service.open_gate();
    let got = waiting.answer();
    assert_eq!((got.status, got.says_close()), (200, true));
    assert_eq!(waiting.next(), None, "the next of the pipeline is not served");
    drop(waiting);
    assert!(stopping.join().expect("stop"));
    assert_eq!(running.open(), 0);
    assert!(running.stop(Instant::now()), "a second stop is nothing");
}

#[test]
fn the_stop_ends_at_its_deadline() {
    let (running, _) = start(patient());
    let mut reading = connect(running.local_addr());
    reading.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh");
    wait_for("a request under way", || running.counters().requests.get() == 1);
    assert!(running.stop(Instant::now() + SHORT), "the connection is cut off and its thread ends");
    assert!(reading.rest().iter().all(|got| got.status == 400));
}

#[test]
fn a_burst_of_connections_waits_in_the_backlog() {
    let (running, service) = start(Limits { connections: 64, ..patient() });
    let address = running.local_addr();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(move || {
                for _ in 0..50 {
                    let mut raw = connect(address);
                    raw.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                    assert_eq!(raw.answer().status, 200);
                    assert_eq!(raw.next(), None);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("client"));
    assert_eq!(service.served(), 400);
    stop(&running);
}

#[test]
fn a_port_in_use_is_said() {
    let (running, _) = start(limits());
    let config = rainbow_s2s_agent::config::Webhook {
        host: running.local_addr().ip(),
        port: running.local_addr().port(),
        tls: None,
        limits: limits(),
    };
    let error = rainbow_s2s_agent::webhook::bind(&config).expect_err("in use").to_string();
    assert!(
        error.contains(&running.local_addr().to_string()) && error.contains("another program"),
        "{error}"
    );
    stop(&running);
}

#[test]
fn the_end_of_the_thread_that_accepts_is_noticed() {
    let (sender, notices) = mpsc::channel();
    let (running, _service) = start_watched(limits(), None, &Deaths::to(sender));
    is_healthy(running.local_addr());
    stop(&running);
    assert_eq!(notices.recv(), Ok(Notice { role: "webhook-accept", end: End::Returned }));
}
