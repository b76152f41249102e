//! The session's vocabulary: what can happen to it, what it can decide to do, how fast it acts.

use std::fmt;
use std::time::{Duration, Instant};

use crate::cloud::Error;
use crate::cloud::backoff::Backoff;
use crate::events::{Life, Outcome};

/// How fast the session acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between attempts.
    pub backoff: Backoff,
    /// Between two looks at the connection.
    pub watch: Duration,
    /// How long a locked account stays locked (CONTRACT section 2).
    pub lock: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            backoff: Backoff { first: Duration::from_secs(2), cap: Duration::from_secs(60) },
            watch: Duration::from_secs(60),
            lock: Duration::from_secs(60 * 60),
        }
    }
}

/// How the session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    Stopped,
    /// The cloud rejected the credentials: another attempt could lock the account.
    Rejected,
    /// Its thread panicked.
    Died,
}

/// What the machine needs to know of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// How long it is good for from now on.
    pub life: Duration,
    /// Whether it can be renewed.
    pub renewable: bool,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The start, or the time that was waited for.
    Woken,
    /// The outcome of [`Task::SignIn`].
    SignedIn(Result<Grant, Error>),
    /// The outcome of [`Task::Renew`].
    Renewed(Result<Grant, Error>),
    /// The outcome of [`Task::Clean`].
    Cleaned(Result<(), Error>),
    /// The outcome of [`Task::Create`].
    Created(Result<(), Error>),
    /// The outcome of [`Task::Check`].
    Checked(Result<(), Error>),
    /// The outcome of [`Task::SendPresence`].
    PresenceSent(Result<(), Error>),
    /// The outcome of [`Task::ListRooms`]: the rooms to join.
    Rooms(Result<Vec<String>, Error>),
    /// The outcome of [`Task::Join`].
    Joined(Result<(), Error>),
    /// The outcome of [`Task::SayGoodbye`], whatever it was.
    SaidGoodbye,
    /// The cloud called back that our connection is unavailable or terminated; bots have been told.
    Lost,
    /// Another role's call was refused as if token or connection were gone.
    Suspect,
    /// The process stops.
    Stop,
}

/// One or more calls to the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Log in.
    SignIn,
    /// Renew the token.
    Renew,
    /// Delete connections that earlier runs left behind.
    Clean,
    /// Create the connection.
    Create,
    /// See whether the connection is still there.
    Check,
    /// Become online.
    SendPresence,
    /// List the rooms among the conversations.
    ListRooms,
    /// Join one room.
    Join(String),
    /// Delete the connection, log out.
    SayGoodbye,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Task::SignIn => "sign in",
            Task::Renew => "renew the token",
            Task::Clean => "look for stale connections",
            Task::Create => "create the connection",
            Task::Check => "see the connection",
            Task::SendPresence => "send the presence",
            Task::ListRooms => "list the conversations",
            Task::Join(room) => return write!(f, "join the room {room}"),
            Task::SayGoodbye => "say goodbye",
        })
    }
}

/// What to do. The last action of a step is a `Call`, a `Wait` or an `End`, and no other one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Publish an event.
    Publish(Life, Outcome),
    /// The token is good for nothing any more.
    ForgetToken,
    /// The connection is no more.
    ForgetConnection,
    /// Carry this out and step with its outcome.
    Call(Task),
    /// Wait for a message, at most until then.
    Wait(Instant),
    /// The session is over.
    End(Ended),
}
