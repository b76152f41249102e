//! The HTTP side of the simulated cloud: one thread takes calls from `tiny_http` one after the other, so that
//! their order is well defined, and commits the faults of the answer on the socket.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tiny_http::{Header, Request, Response, StatusCode};

use super::control;
use super::hub::{Hub, Incoming, Outcome};
use super::reply::Reply;

/// The most of a body that is read.
const MAX_BODY: u64 = 1024 * 1024;

/// Calls that are not answered; kept so that their connections stay open.
#[derive(Default)]
pub(super) struct Waiting {
    /// Never to be answered.
    hung: Vec<Request>,
    /// To be done on release, with their bodies.
    held: Vec<(Request, String)>,
}

/// Shared with whoever releases.
pub(super) type Kept = Arc<Mutex<Waiting>>;

/// Serves until the server is unblocked.
pub(super) fn serve(server: &tiny_http::Server, hub: &Arc<Hub>, kept: &Kept) {
    for request in server.incoming_requests() {
        take(request, hub, kept);
    }
}

/// Does the calls that were held back, in the order in which they came.
pub(super) fn release(hub: &Arc<Hub>, kept: &Kept) {
    hub.state().holding = false;
    let held = std::mem::take(&mut kept.lock().unwrap_or_else(PoisonError::into_inner).held);
    for (request, body) in held {
        answer(request, &body, hub, kept);
    }
}

fn take(mut request: Request, hub: &Arc<Hub>, kept: &Kept) {
    let mut body = Vec::new();
    if request.as_reader().take(MAX_BODY).read_to_end(&mut body).is_ok() {
        answer(request, &String::from_utf8_lossy(&body), hub, kept);
    }
}

fn answer(request: Request, body: &str, hub: &Arc<Hub>, kept: &Kept) {
    let url = request.url().to_owned();
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    let method = request.method().to_string();
    if let Some(rest) = path.strip_prefix("/sim/") {
        return respond(request, &control::answer(hub, &method, rest, query, body));
    }
    let header = |name: &'static str| {
        request.headers().iter().find(|header| header.field.equiv(name)).map(|header| header.value.as_str())
    };
    let incoming = Incoming {
        method: &method,
        path,
        query,
        authorization: header("Authorization"),
        app_auth: header("x-rainbow-app-auth"),
        content_type: header("Content-Type"),
        body,
    };
    let (outcome, pushes) = hub.call(&incoming);
    // The port by which the door knows the connection.
    let port = request.remote_addr().map_or(0, std::net::SocketAddr::port);
    match outcome {
        Outcome::Answer(reply, delay) if delay.is_zero() => respond(request, &reply),
        Outcome::Answer(reply, delay) => {
            let hub = hub.clone();
            return later(delay, move || {
                respond(request, &reply);
                hub.send(pushes);
            });
        }
        Outcome::Hang => keep(kept, |waiting| waiting.hung.push(request)),
        Outcome::Hold => keep(kept, |waiting| waiting.held.push((request, body.to_owned()))),
        Outcome::Close => {
            hub.door().close_one(port);
            drop(request);
        }
        Outcome::Reset => {
            hub.door().reset_one(port);
            drop(request);
        }
        Outcome::Truncate(reply) => {
            let document = reply.document();
            let half = document.len() / 2;
            let head = format!(
                "HTTP/1.1 {} Sim\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                reply.status,
                document.len(),
            );
            let bytes = [head.as_bytes(), document.as_bytes().get(..half).unwrap_or_default()].concat();
            raw(request, hub, port, &bytes);
        }
        Outcome::Garbage => raw(request, hub, port, b"\x16\x03\x01 this is not HTTP\r\n\r\n"),
    }
    hub.send(pushes);
}

fn keep(kept: &Kept, push: impl FnOnce(&mut Waiting)) {
    push(&mut kept.lock().unwrap_or_else(PoisonError::into_inner));
}

/// An answer that comes late does not hold up the others.
fn later(delay: Duration, answer: impl FnOnce() + Send + 'static) {
    let wait = move || {
        std::thread::sleep(delay);
        answer();
    };
    if let Err(error) = std::thread::Builder::new().name("sim-late".into()).spawn(wait) {
        log::warn!(target: "sim", "a late answer is lost: {error}");
    }
}

/// Writes `bytes` as they are and ends the connection behind them.
///
/// The server would wait for the next request on it, so the door ends it; with the server's own end of the
/// stream still to be read by the door, closing at once could overtake the bytes.
fn raw(request: Request, hub: &Hub, port: u16, bytes: &[u8]) {
    let mut writer = request.into_writer();
    let _ = writer.write_all(bytes).and_then(|()| writer.flush());
    drop(writer);
    hub.door().end_one(port);
}

fn respond(request: Request, reply: &Reply) {
    let mut response = Response::from_string(reply.document()).with_status_code(StatusCode(reply.status));
    let retry_after = reply.retry_after.as_deref().map(|seconds| ("Retry-After", seconds));
    for (name, value) in [("Content-Type", "application/json; charset=utf-8")].into_iter().chain(retry_after)
    {
        match Header::from_bytes(name, value) {
            Ok(header) => response.add_header(header),
            Err(()) => log::warn!(target: "sim", "{name} cannot hold what was asked for"),
        }
    }
    if let Err(error) = request.respond(response) {
        log::debug!(target: "sim", "an answer could not be sent: {error}");
    }
}
