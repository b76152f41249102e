//! The publisher with real subscribers.

use std::sync::mpsc;

use super::*;

fn config(endpoint: &str, queue: usize) -> Zmq {
    Zmq { endpoint: endpoint.to_owned(), encoding: Encoding::Json, high_water_mark: 1000, queue }
}

fn subscriber(endpoint: &str) -> (zmq::Context, zmq::Socket) {
    let context = zmq::Context::new();
    let socket = context.socket(zmq::SUB).expect("a SUB socket");
    socket.set_subscribe(b"").expect("subscribe");
    socket.set_rcvtimeo(10_000).expect("a deadline");
    socket.connect(endpoint).expect("connect");
    (context, socket)
}

/// Publishes until the subscriber has joined, which PUB does not tell; gives the first event after that.
fn join(sender: &Sender, socket: &zmq::Socket) {
    socket.set_rcvtimeo(20).expect("a short wait");
    while socket.recv_multipart(0).is_err() {
        sender.life(Life::Started, &Outcome::Success);
    }
    socket.set_rcvtimeo(10_000).expect("a deadline");
}

#[test]
fn events_arrive_in_order_as_two_frames_and_the_stop_is_last() {
    let publisher = bind(&config("tcp://127.0.0.1:*", 10)).expect("bound");
    let (_context, socket) = subscriber(publisher.endpoint());
    let (deaths, _notices) = mpsc::channel::<Notice>();
    let (sender, thread) = publisher.start(&Deaths::to(deaths)).expect("started");
    join(&sender, &socket);
    let read = events::route("receipt", br#"{"receipt":{"entity":"client","event":"read"}}"#);
    sender.send(&read, b"{}").expect("room");
    sender.life(Life::Stopped, &Outcome::Success);
    sender.close();
    let mut seen = Vec::new();
    while seen.last().is_none_or(|topic| topic != "zmq-stop") {
        let frames = socket.recv_multipart(0).expect("an event before the deadline");
        assert_eq!(frames.len(), 2);
        let topic = String::from_utf8(frames[0].clone()).expect("ASCII");
        if topic != "rainbow_onstarted" {
            seen.push(topic);
        }
    }
    let expected =
        ["rainbow_onmessagereceiptreadreceived", "rainbow_onreceipt", "rainbow_onstopped", "zmq-stop"];
    assert_eq!(seen, expected);
    thread.join().expect("an orderly end");
}

#[test]
fn a_full_inbox_takes_all_of_a_receipt_or_nothing() {
    let publisher = bind(&config("tcp://127.0.0.1:*", 3)).expect("bound");
    let sender = publisher.sender.clone();
    let receipt = events::route("receipt", br#"{"receipt":{"entity":"server","event":"received"}}"#);
    assert_eq!(sender.send(&receipt, b"{}"), Ok(()));
    assert_eq!(sender.send(&receipt, b"{}"), Err(Full));
    assert_eq!(sender.send(&events::route("message", b"{}"), b"{}"), Ok(()));
    assert_eq!(sender.inbox.lock().batch.events().count(), 3);
}

#[test]
fn the_inbox_is_bounded_in_bytes_too() {
    let publisher = bind(&config("tcp://127.0.0.1:*", 1000)).expect("bound");
    let sender = publisher.sender.clone();
    let (message, large) = (events::route("message", b"{}"), vec![b' '; INBOX_BYTES / 2]);
    assert_eq!(sender.send(&message, &large), Ok(()));
    assert_eq!(sender.send(&message, &large), Err(Full));
}

#[test]
fn a_port_in_use_is_said_with_what_to_do() {
    let first = bind(&config("tcp://127.0.0.1:*", 1)).expect("bound");
    let error = bind(&config(first.endpoint(), 1)).expect_err("the port is taken");
    assert!(error.to_string().contains("another program, or another agent, holds it"), "{error}");
    let error = bind(&config("nonsense", 1)).expect_err("not an endpoint");
    assert!(error.to_string().contains("not an endpoint"), "{error}");
}

#[test]
fn a_socket_file_that_is_served_is_not_taken_over() {
    let folder = std::env::temp_dir().join(format!("rainbow-publisher-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let endpoint = format!("ipc://{}/events", folder.display());
    let first = bind(&config(&endpoint, 1)).expect("bound");
    let error = bind(&config(&endpoint, 1)).expect_err("served by the first");
    assert!(error.to_string().contains("another program, or another agent, holds it"), "{error}");
    drop(first);
    // What a killed agent leaves behind is taken over.
    drop(std::os::unix::net::UnixListener::bind(folder.join("stale")).expect("a socket file"));
    bind(&config(&format!("ipc://{}/stale", folder.display()), 1)).expect("nobody serves it");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_sender_without_room_waits_for_the_publisher() {
    let publisher = bind(&config("tcp://127.0.0.1:*", 1)).expect("bound");
    let sender = publisher.sender.clone();
    let message = events::route("message", b"{}");
    sender.send(&message, b"{}").expect("room");
    let held_up = std::thread::spawn({
        let (sender, message) = (sender.clone(), message.clone());
        move || sender.send(&message, b"{}")
    });
    while sender.inbox.lock().held_up == 0 {
        std::thread::yield_now();
    }
    let mut batch = Batch::default();
    assert!(sender.inbox.take(&mut batch));
    assert_eq!(held_up.join().expect("no panic"), Ok(()));
}

#[test]
fn a_stuck_subscriber_loses_events_and_the_others_do_not() {
    const EVENTS: u32 = 400;
    let zmq = Zmq { high_water_mark: 4, ..config("tcp://127.0.0.1:*", 64) };
    let publisher = bind(&zmq).expect("bound");
    let endpoint = publisher.endpoint().to_owned();
    let (deaths, _notices) = mpsc::channel::<Notice>();
    let (sender, thread) = publisher.start(&Deaths::to(deaths)).expect("started");
    let (_stuck_context, stuck) = subscriber(&endpoint);
    join(&sender, &stuck);
    let (_context, reading) = subscriber(&endpoint);
    join(&sender, &reading);
    let reader = std::thread::spawn(move || {
        let mut numbers = Vec::new();
        while numbers.last() != Some(&(EVENTS - 1)) {
            let frames = reading.recv_multipart(0).expect("an event before the deadline");
            if frames[0] == b"rainbow_onmessagereceived" {
                numbers.push(u32::from_le_bytes(frames[1][..4].try_into().expect("a number")));
            }
        }
        numbers
    });
    let message = events::route("message", b"{}");
    let mut payload = vec![0; 64 * 1024];
    for number in 0..EVENTS {
        payload[..4].copy_from_slice(&number.to_le_bytes());
        sender.send(&message, &payload).expect("one stuck subscriber does not cost the others");
    }
    assert_eq!(reader.join().expect("no panic"), (0..EVENTS).collect::<Vec<_>>());
    sender.close();
    thread.join().expect("an orderly end");
}
