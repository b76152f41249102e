//! One connection from its first byte to its last: heads, bodies, answers, in order.
//!
//! Runs on a worker's thread. Where the framing of a message is in doubt, it answers, closes, and serves nothing
//! of it. A panic of the service ends its connection and nothing else.

mod body;

use std::borrow::Cow;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustls::ServerConnection;

use super::answer::{self, After, DateCache, RETRY_AFTER, Refusal};
use super::framing::Framing;
use super::head::{HeadScan, Request};
use super::input::Input;
use super::listener::Shared;
use super::request_line::Target;
use super::table::Slot;
use super::wire::{Times, Wire};
use super::{Answer, Head};
use crate::logging::Limited;

/// Answers of pipelined requests are written together up to this many bytes.
const BATCH: usize = 16 * 1024;
/// What is still taken in from a peer that has had its last answer.
const LEAVE_BYTES: usize = 16 * 1024 * 1024;
const LEAVE_TIME: Duration = Duration::from_secs(2);
const LEAVE_TIME_AT_STOP: Duration = Duration::from_millis(250);

const TOO_LARGE: Refusal = Refusal::new(413, "the body is too large");

/// Between two log lines about panics.
const QUIET: Duration = Duration::from_secs(60);

/// What a worker keeps from one connection to the next.
pub(crate) struct Buffers {
    input: Input,
    out: Vec<u8>,
    date: DateCache,
}

impl Buffers {
    pub(crate) fn new() -> Buffers {
        Buffers { input: Input::new(), out: Vec::with_capacity(512), date: DateCache::new() }
    }
}

/// How a connection ends.
enum Ended {
    /// Nothing to say: the peer is gone, was idle, or cannot be reached.
    Silently,
    /// The last answer says so already.
    Said,
    /// With this answer.
    Refused(Refusal),
}

/// What reads wait for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Head,
    Body,
}

struct Connection<'a> {
    shared: &'a Shared,
    wire: Wire<'a>,
    input: &'a mut Input,
    out: &'a mut Vec<u8>,
    date: &'a mut DateCache,
    peer: SocketAddr,
    body_deadline: bool,
    /// How long the request under way is, once that is known.
    whole: Option<usize>,
    /// What the input has grown by, as `Shared::large` counts it.
    charged: usize,
}

/// Serves one connection to its end.
pub(crate) fn serve(shared: &Shared, slot: &Arc<Slot>, peer: SocketAddr, buffers: &mut Buffers) {
    let tls = match shared.tls.as_ref().map(|tls| ServerConnection::new(tls.config())) {
        None => None,
        Some(Ok(session)) => Some(Box::new(session)),
        Some(Err(_)) => return shared.counters.tls_failures.add(),
    };
    let limits = &shared.limits;
    let times = Times { idle: limits.idle_time, head: limits.head_time, write: limits.write_time };
    let Ok(wire) = Wire::new(slot, &shared.table, times, tls) else { return };
    let Buffers { input, out, date } = buffers;
    input.clear();
    out.clear();
    let mut connection =
        Connection { shared, wire, input, out, date, peer, body_deadline: false, whole: None, charged: 0 };
    let ended = loop {
        if let Err(ended) = connection.request() {
            break ended;
        }
    };
    connection.leave(ended);
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        // Also when it unwinds: nothing stays taken from the others.
        self.input.clear();
        self.settle();
    }
}

impl Connection<'_> {
    /// One request and its answer.
    fn request(&mut self) -> Result<(), Ended> {
        let (request, end) = self.head()?;
        self.shared.counters.requests.add();
        (self.body_deadline, self.whole) = (false, None);
        let Target::Resource { .. } = request.line.target else {
            return self.without_resource(&request, end);
        };
        if let Err(answer) = self.ask_head(&request, end)? {
            return self.refuse_early(&request, end, &answer);
        }
        let method = request.line.method.of(self.input.filled());
        let length = match request.framing {
            Framing::Absent if matches!(method, "POST" | "PUT" | "PATCH") => {
                return Err(Ended::Refused(Refusal::new(411, "a body needs a content-length or chunks")));
            }
            Framing::Length(length) if length > self.shared.limits.body_bytes as u64 => {
                return Err(Ended::Refused(TOO_LARGE));
            }
            Framing::Absent => Some(0),
            Framing::Length(length) => Some(usize::try_from(length).unwrap_or(usize::MAX)),
            Framing::Chunked => None,
        };
        if request.expects_continue && self.input.len() == end && length != Some(0) {
            self.out.extend_from_slice(answer::CONTINUE);
        }
        let (body_end, used) = match length {
            Some(length) => self.sized_body(end, length)?,
            None => self.chunked_body(end)?,
        };
        let answer = self.ask(&request, end, body_end);
        self.input.consume(used);
        self.settle();
        self.answer(&request, &answer?)
    }

    /// Reads a head; returns where it ends.
    fn head(&mut self) -> Result<(Request, usize), Ended> {
        let mut scan = HeadScan::default();
        let limits = &self.shared.head_limits;
        let mut waited = false;
        loop {
            if !self.input.is_empty() {
                let bytes = self.input.filled();
                if let Some(end) = scan.advance(bytes, limits).map_err(Ended::Refused)? {
                    let head = bytes.get(..end).unwrap_or_default();
                    return scan.finish(head, limits).map(|request| (request, end)).map_err(Ended::Refused);
                }
            }
            let started = scan.started(self.input.filled());
            if !std::mem::replace(&mut waited, true) {
                // What came along with the last request starts this head's time; otherwise its first byte will.
                if started { self.wire.set_head_deadline() } else { self.rest()? }
            }
            self.fill(Awaited::Head, started)?;
        }
    }

    /// Gives an answer that needs no body. The body is read all the same, and first: a message whose framing is
    /// broken is refused for that, whatever it asks for.
    fn refuse_early(&mut self, request: &Request, head: usize, answer: &Answer) -> Result<(), Ended> {
        // A client that waits for 100-continue may now send its body or not; what has come can only be body.
        let sent = !request.expects_continue || self.input.len() > head;
        let certain = match request.framing {
            Framing::Length(length) if length > self.shared.limits.body_bytes as u64 => {
                return Err(Ended::Refused(TOO_LARGE));
            }
            Framing::Absent | Framing::Length(0) => true,
            Framing::Length(_) | Framing::Chunked => sent,
        };
        if certain {
            self.discard_body(request.framing, head)?;
        }
        self.answer(&Request { keep: request.keep && certain, ..*request }, answer)
    }

    /// `OPTIONS *` is about the listener itself; CONNECT is nothing for an origin server.
    fn without_resource(&mut self, request: &Request, head: usize) -> Result<(), Ended> {
        if request.line.target == Target::Tunnel {
            return Err(Ended::Refused(Refusal::new(501, "connect is not implemented")));
        }
        let answer = Answer { status: 200, body: Cow::Borrowed("{}"), allow: None, retry_after: None };
        self.refuse_early(request, head, &answer)
    }

    /// The service's word on the head; a panic in it becomes the end of the connection.
    fn ask_head(&mut self, request: &Request, end: usize) -> Result<Result<(), Answer>, Ended> {
        self.call(request, end, end, |service, head, _| service.head(head))
    }

    fn ask(&mut self, request: &Request, end: usize, body_end: usize) -> Result<Answer, Ended> {
        self.call(request, end, body_end, |service, head, body| service.serve(head, body))
    }

    fn call<T>(
        &self,
        request: &Request,
        head_end: usize,
        body_end: usize,
        ask: impl FnOnce(&dyn super::Service, &Head<'_>, &[u8]) -> T,
    ) -> Result<T, Ended> {
        let bytes = self.input.filled();
        let Target::Resource { path, query } = request.line.target else {
            return Err(Ended::Refused(Refusal::new(501, "not implemented")));
        };
        let head = Head {
            method: request.line.method.of(bytes),
            path: path.map_or("/", |span| span.of(bytes)),
            query: query.map(|span| span.of(bytes)),
            content_type: request.content_type.map(|span| span.of(bytes)),
            content_encoding: request.content_encoding.map(|span| span.of(bytes)),
            peer: self.peer,
        };
        let body = bytes.get(head_end..body_end).unwrap_or_default();
        let service = self.shared.service.as_ref();
        // The service is shared and must stay sound when a call unwinds; nothing of this connection is used after.
        catch_unwind(AssertUnwindSafe(|| ask(service, &head, body))).map_err(|_| {
            static PANICKED: Limited = Limited::new(QUIET);
            self.shared.counters.panics.add();
            if let Some(more) = PANICKED.pass() {
                log::error!(target: "webhook", "a request made the service panic; its connection is closed ({more} more since the last such line)");
            }
            Ended::Refused(Refusal::new(500, "an error of the agent's own"))
        })
    }

    fn answer(&mut self, request: &Request, answer: &Answer) -> Result<(), Ended> {
        let after = self.after(request);
        answer::write(self.out, answer, self.date, after, !request.line.bodiless);
        self.shared.counters.answered(answer.status);
        match after {
            After::Close => Err(Ended::Said),
            _ if self.out.len() >= BATCH => self.flush(),
            _ => Ok(()),
        }
    }

    fn after(&self, request: &Request) -> After {
        match (request.keep && !self.shared.stopping.load(Ordering::SeqCst), request.line.minor) {
            (false, _) => After::Close,
            (true, 0) => After::KeepSaid,
            (true, _) => After::Keep,
        }
    }

    fn flush(&mut self) -> Result<(), Ended> {
        if self.out.is_empty() {
            return Ok(());
        }
        let written = self.wire.write(self.out);
        self.out.clear();
        self.out.shrink_to(BATCH);
        written.map_err(|error| {
            if error.kind() == ErrorKind::TimedOut {
                self.shared.counters.write_timeouts.add();
            }
            Ended::Silently
        })
    }

    /// Between requests: all answers are out, and whoever needs room may close the connection.
    fn rest(&mut self) -> Result<(), Ended> {
        self.flush()?;
        self.wire.await_first_byte();
        // Marked idle first, then looked: the stop either sees the mark or is seen here.
        if self.shared.stopping.load(Ordering::SeqCst) { Err(Ended::Silently) } else { Ok(()) }
    }

    /// Writes what waits to be written, then reads more. `started`: something of a request has come.
    fn fill(&mut self, awaited: Awaited, started: bool) -> Result<(), Ended> {
        self.flush()?;
        if awaited == Awaited::Body && !std::mem::replace(&mut self.body_deadline, true) {
            self.wire.set_deadline(self.shared.limits.body_time);
        }
        if let Some(growth) = self.input.make_room(self.whole) {
            if !self.shared.large.take(growth.bytes) {
                self.shared.counters.refused_memory.add();
                return Err(Ended::Refused(Refusal::new(503, "too many large requests at once")));
            }
            self.charged += growth.bytes;
            self.input.grow(growth);
        }
        match self.wire.read(self.input.spare()) {
            Ok(0) if started => Err(Ended::Refused(Refusal::bad("the request ends before it is complete"))),
            Ok(0) => Err(Ended::Silently),
            Ok(length) => {
                self.input.add(length);
                Ok(())
            }
            Err(error) => Err(self.read_failed(error.kind(), awaited, started)),
        }
    }

    fn read_failed(&self, kind: ErrorKind, awaited: Awaited, started: bool) -> Ended {
        let counters = &self.shared.counters;
        if kind == ErrorKind::TimedOut {
            match (awaited, started) {
                (Awaited::Body, _) => counters.body_timeouts.add(),
                (Awaited::Head, true) => counters.head_timeouts.add(),
                (Awaited::Head, false) => counters.idle_timeouts.add(),
            }
            if started {
                return Ended::Refused(Refusal::new(408, "the request did not come in time"));
            }
        } else if kind == ErrorKind::InvalidData || self.wire.is_handshaking() {
            counters.tls_failures.add();
        }
        Ended::Silently
    }

    /// Gives back what a large request took.
    fn settle(&mut self) {
        if self.charged > 0 && self.input.is_small() {
            self.shared.large.give(std::mem::take(&mut self.charged));
        }
    }

    /// The last answer, and the end in stages.
    fn leave(&mut self, ended: Ended) {
        match ended {
            Ended::Silently => return,
            Ended::Said => {}
            Ended::Refused(refusal) => {
                let retry_after = (refusal.status == 503).then_some(RETRY_AFTER);
                answer::write_refusal(self.out, refusal, retry_after, self.date);
                self.shared.counters.answered(refusal.status);
            }
        }
        if self.flush().is_ok() {
            // As in `rest`: first the mark, then the look.
            self.wire.may_be_closed();
            let stopping = self.shared.stopping.load(Ordering::SeqCst);
            let time = if stopping { LEAVE_TIME_AT_STOP } else { LEAVE_TIME };
            self.wire.close_in_stages(self.input.scratch(), LEAVE_BYTES, time);
        }
    }
}
