//! The webhook listener: the one door to the internet.
//!
//! It owns the listening socket and one thread a connection, frames HTTP/1.1 as strictly as RFC 9112 asks,
//! bounds everything a peer may take, and hands whole requests to a [`Service`]. It knows nothing of Rainbow.
//! `CONFORMANCE.md` beside this file lists the rules of HTTP/1.1 with what is done about each.

mod accept;
mod answer;
mod chunked;
mod connection;
mod counters;
mod descriptors;
mod framing;
mod grammar;
mod head;
mod input;
mod listener;
mod pool;
mod request_line;
mod table;
mod tls;
mod wire;

use std::borrow::Cow;
use std::net::SocketAddr;

pub use counters::{Counter, Counters};
pub use listener::{BindError, Listener, Running, bind};
pub use tls::TlsError;

/// A request head as the service sees it before a body is read.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// `POST`, case kept.
    pub method: &'a str,
    /// The path of the target as sent (percent-encoding kept), without the query; starts with `/`.
    pub path: &'a str,
    /// What follows `?`, if anything does.
    pub query: Option<&'a str>,
    /// `Content-Type`, trimmed.
    pub content_type: Option<&'a str>,
    /// `Content-Encoding`, trimmed.
    pub content_encoding: Option<&'a str>,
    /// The other end of the connection.
    pub peer: SocketAddr,
}

/// What the service answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// A JSON document.
    pub body: Cow<'static, str>,
    /// `Allow`, for 405.
    pub allow: Option<&'static str>,
    /// `Retry-After` in seconds, for 503.
    pub retry_after: Option<u32>,
}

/// What a listener asks of the application. Called from many threads at once.
pub trait Service: Send + Sync + 'static {
    /// Decides on the head alone (404, 405, 415), before 100-continue is sent. The body of a refused request is read
    /// and thrown away before the answer is given, for broken framing is told first.
    ///
    /// # Errors
    /// The answer that refuses the request; the connection is kept where the body's framing allows it.
    fn head(&self, head: &Head<'_>) -> Result<(), Answer>;

    /// Answers a whole request. `body` is the content after chunks are joined.
    fn serve(&self, head: &Head<'_>, body: &[u8]) -> Answer;
}
