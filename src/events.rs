//! Names of the events, which callback makes which (CONTRACT section 5), and the bytes of frame 2 (section 6).

use crate::config::Encoding;
use crate::publisher::Frames;

/// An event of the agent's own life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Listener and publisher are up, not yet signed in.
    Started,
    /// Sign-in, or creating the connection, failed.
    ConnectionError,
    /// Signed in and the connection exists.
    Connected,
    /// Presence sent, rooms joined.
    Ready,
    /// The connection was lost.
    Disconnected,
    /// A reconnection attempt begins.
    Reconnecting,
    /// The agent gave up.
    Failed,
    /// Something else went wrong.
    Error,
    /// Orderly stop.
    Stopped,
}

/// The data of a life-cycle event: success, or a failure with its code, label and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// `{"code":1,"label":"SUCESSFULL","msg":""}`
    Success,
    /// `{"code":…,"label":"…","msg":"…"}`
    Failure {
        /// An HTTP status, or a negative number of our own.
        code: i64,
        /// One word in capitals.
        label: &'static str,
        /// What went wrong, for people; never a secret.
        msg: String,
    },
}

/// The frames of a life-cycle event.
pub fn life(event: Life, outcome: &Outcome, encoding: Encoding) -> Frames {
    let _ = (outcome, encoding);
    let topic = match event {
        Life::Started => "rainbow_onstarted",
        Life::ConnectionError => "rainbow_onconnectionerror",
        Life::Connected => "rainbow_onconnected",
        Life::Ready => "rainbow_onready",
        Life::Disconnected => "rainbow_ondisconnected",
        Life::Reconnecting => "rainbow_onreconnecting",
        Life::Failed => "rainbow_onfailed",
        Life::Error => "rainbow_onerror",
        Life::Stopped => "rainbow_onstopped",
    };
    Frames { topic: topic.into(), payload: Vec::new() }
}
