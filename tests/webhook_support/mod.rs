//! What the listener's tests share: a small service that tells what it was given, and a client of raw bytes.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::borrow::Cow;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::{Duration, Instant};

use rainbow_s2s_agent::config::{Limits, TlsFiles, Webhook};
use rainbow_s2s_agent::role::{Deaths, Notice};
use rainbow_s2s_agent::webhook::{Answer, Head, Running, Service, bind};

/// No test waits longer for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Tells in its answer what it was given.
#[derive(Default)]
pub(crate) struct Teller {
    pub(crate) served: AtomicUsize,
    pub(crate) last: Mutex<String>,
    gate: Mutex<bool>,
    opened: Condvar,
}

impl Teller {
    /// Lets the requests to `/wait` be answered.
    pub(crate) fn open_gate(&self) {
        *self.gate.lock().expect("gate") = true;
        self.opened.notify_all();
    }

    pub(crate) fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }
}

pub(crate) fn answer(status: u16, body: impl Into<Cow<'static, str>>) -> Answer {
    Answer { status, body: body.into(), allow: None, retry_after: None }
}

impl Service for Teller {
    fn head(&self, head: &Head<'_>) -> Result<(), Answer> {
        match (head.method, head.path) {
            (_, "/none") => Err(answer(404, "{\"error\":\"no such path\"}")),
            ("DELETE" | "TRACE", _) => Err(Answer { allow: Some("POST"), ..answer(405, "{}") }),
            (_, "/panic-head") => panic!("asked for"),
            _ if head.content_encoding.is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) => {
                Err(answer(415, "{}"))
            }
            _ => Ok(()),
        }
    }

    fn serve(&self, head: &Head<'_>, body: &[u8]) -> Answer {
        self.served.fetch_add(1, Ordering::SeqCst);
        let told = format!(
            "{} {} {:?} {:?} {:?} {}",
            head.method,
            head.path,
            head.query,
            head.content_type,
            head.content_encoding,
            body.escape_ascii()
        );
        *self.last.lock().expect("last") = told;
        match head.path {
            "/panic" => panic!("asked for"),
            "/wait" => {
                let mut open = self.gate.lock().expect("gate");
                while !*open {
                    open = self.opened.wait(open).expect("gate");
                }
            }
            "/large" => return answer(200, "x".repeat(200_000)),
            "/busy" => return Answer { retry_after: Some(3), ..answer(503, "{}") },
            _ => {}
        }
        answer(200, format!("{}:{}:{}", head.method, head.path, body.escape_ascii()))
    }
}

pub(crate) fn limits() -> Limits {
    Limits { body_bytes: 100_000, head_bytes: 16_384, ..Limits::default() }
}

pub(crate) fn start(limits: Limits) -> (Running, Arc<Teller>) {
    start_with(limits, None)
}

pub(crate) fn start_with(limits: Limits, tls: Option<TlsFiles>) -> (Running, Arc<Teller>) {
    start_watched(limits, tls, &Deaths::to(mpsc::channel::<Notice>().0))
}

pub(crate) fn start_watched(
    limits: Limits,
    tls: Option<TlsFiles>,
    deaths: &Deaths<Notice>,
) -> (Running, Arc<Teller>) {
    let config = Webhook { host: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0, tls, limits };
    let service = Arc::new(Teller::default());
    let running = bind(&config).expect("bind").start(service.clone(), deaths).expect("start");
    (running, service)
}

/// Stops it and asks that all threads end.
pub(crate) fn stop(running: &Running) {
    assert!(running.stop(Instant::now() + PATIENCE), "all threads end");
}

/// Waits for a condition.
pub(crate) fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < until, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// One answer taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn says_close(&self) -> bool {
        self.field("connection") == Some("close")
    }

    /// Without what changes from second to second.
    pub(crate) fn undated(mut self) -> Got {
        self.fields.retain(|(name, _)| name != "Date");
        self
    }
}

/// A connection of raw bytes.
pub(crate) struct Raw<S: Read + Write = TcpStream> {
    pub(crate) stream: S,
    pub(crate) pending: Vec<u8>,
    pub(crate) headless: bool,
}

pub(crate) fn connect(address: SocketAddr) -> Raw {
    let stream = TcpStream::connect(address).expect("connect");
    stream.set_read_timeout(Some(PATIENCE)).expect("time-out");
    stream.set_write_timeout(Some(PATIENCE)).expect("time-out");
    stream.set_nodelay(true).expect("no delay");
    Raw { stream, pending: Vec::new(), headless: false }
}

impl Raw {
    pub(crate) fn end_writing(&self) {
        // The other side may have closed already.
        drop(self.stream.shutdown(Shutdown::Write));
    }
}

impl<S: Read + Write> Raw<S> {
    /// Sends what the other side still takes; it may have answered and closed.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        drop(self.stream.write_all(bytes.as_ref()));
    }

    fn more(&mut self) -> bool {
        let mut piece = [0; 65_536];
        match self.stream.read(&mut piece) {
            Ok(0) => false,
            Ok(length) => {
                self.pending.extend_from_slice(&piece[..length]);
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => false,
            Err(error) => panic!("the listener neither answers nor closes: {error}"),
        }
    }

    /// The next answer; `None` when the connection has ended.
    pub(crate) fn next(&mut self) -> Option<Got> {
        let end = loop {
            if let Some(end) = self.pending.windows(4).position(|part| part == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.more() {
                assert!(self.pending.is_empty(), "half an answer: {}", self.pending.escape_ascii());
                return None;
            }
        };
        let head = String::from_utf8(self.pending[..end - 4].to_vec()).expect("ascii");
        let mut lines = head.split("\r\n");
        let status = lines.next().expect("status line");
        let status = status.strip_prefix("HTTP/1.1 ").expect("version")[..3].parse().expect("status");
        let fields: Vec<_> = lines
            .map(|line| line.split_once(": ").expect("field"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut got = Got { status, fields, body: String::new() };
        let length = match got.field("content-length") {
            Some(length) if !self.headless => length.parse().expect("length"),
            _ => 0,
        };
        while self.pending.len() < end + length {
            assert!(self.more(), "half a body: {head}");
        }
        got.body = String::from_utf8(self.pending[end..end + length].to_vec()).expect("text");
        self.pending.drain(..end + length);
        Some(got)
    }

    pub(crate) fn answer(&mut self) -> Got {
        self.next().expect("an answer")
    }

    /// All answers until the connection ends.
    pub(crate) fn rest(&mut self) -> Vec<Got> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

/// Asks something sound on a new connection.
pub(crate) fn is_healthy(address: SocketAddr) {
    let mut raw = connect(address);
    raw.send("POST /well HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok");
    let got = raw.answer();
    assert_eq!((got.status, got.body.as_str()), (200, "POST:/well:ok"));
}

/// A sound request that comes first on the same connection.
pub(crate) const BEFORE: &str = "POST /before HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
/// What an attacker hides behind the message.
pub(crate) const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// Sends a sound request, the message, and a hidden one; returns the statuses after the first.
pub(crate) fn statuses(address: SocketAddr, service: &Teller, message: &[u8]) -> Vec<u16> {
    let before = service.served();
    let mut raw = connect(address);
    raw.send([BEFORE.as_bytes(), message, HIDDEN.as_bytes()].concat());
    raw.end_writing();
    let got = raw.rest();
    let shown = message.escape_ascii();
    assert_eq!(got.first().map(|got| got.status), Some(200), "{shown}");
    let statuses: Vec<u16> = got.iter().skip(1).map(|got| got.status).collect();
    let served = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(service.served() - before, 1 + served, "{shown}");
    if let Some(last) = got.last() {
        assert!(last.status == 200 || last.says_close(), "{shown}: {last:?}");
    }
    statuses
}

/// Refused with `status`, and nothing after it is served.
pub(crate) fn refused(address: SocketAddr, service: &Teller, message: impl AsRef<[u8]>, status: u16) {
    let message = message.as_ref();
    assert_eq!(statuses(address, service, message), [status], "{}", message.escape_ascii());
}
