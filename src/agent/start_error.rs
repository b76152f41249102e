//! Why the agent did not start, and the exit code that says it.

use std::{fmt, io};

use crate::cli::exit;
use crate::{callback_url, cloud, publisher, webhook};

/// Why the agent did not start.
#[derive(Debug)]
pub enum StartError {
    /// The PUB socket.
    Publisher(publisher::BindError),
    /// The listening socket or its certificates.
    Listener(webhook::BindError),
    /// The callback token, or another file of the state folder.
    State(callback_url::StateError),
    /// The cloud's address, proxy or roots cannot be used.
    Cloud(cloud::SetupError),
    /// No thread or no signal handler was to be had.
    System(io::Error),
}

impl StartError {
    /// The process's exit code for it.
    pub fn exit(&self) -> u8 {
        match self {
            StartError::Publisher(_) | StartError::Listener(webhook::BindError::Address { .. }) => {
                exit::UNAVAILABLE
            }
            StartError::Listener(_) | StartError::State(_) | StartError::Cloud(_) => exit::CONFIGURATION,
            StartError::System(_) => exit::ROLE_DIED,
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Publisher(error) => error.fmt(f),
            StartError::Listener(error) => error.fmt(f),
            StartError::State(error) => error.fmt(f),
            StartError::Cloud(error) => error.fmt(f),
            StartError::System(error) => {
                write!(f, "the system refuses a thread or a signal handler: {error}")
            }
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self {
            StartError::Publisher(error) => error,
            StartError::Listener(error) => error,
            StartError::State(error) => error,
            StartError::Cloud(error) => error,
            StartError::System(error) => error,
        })
    }
}

impl From<publisher::BindError> for StartError {
    fn from(error: publisher::BindError) -> StartError {
        StartError::Publisher(error)
    }
}

impl From<webhook::BindError> for StartError {
    fn from(error: webhook::BindError) -> StartError {
        StartError::Listener(error)
    }
}

impl From<callback_url::StateError> for StartError {
    fn from(error: callback_url::StateError) -> StartError {
        StartError::State(error)
    }
}

impl From<cloud::SetupError> for StartError {
    fn from(error: cloud::SetupError) -> StartError {
        StartError::Cloud(error)
    }
}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> StartError {
        StartError::System(error)
    }
}
