//! The agent as a library: each role is a module, `main.rs` only hands over the command line.
#![forbid(unsafe_code)]

pub mod agent;
pub mod callback_url;
pub mod cli;
pub mod cloud;
pub mod config;
pub mod contract;
pub mod events;
pub mod json;
pub mod logging;
pub mod publisher;
pub mod reactions;
pub mod relay;
pub mod role;
pub mod session;
pub mod signals;
#[cfg(feature = "demo")]
pub mod sim;
pub mod tunnel;
pub mod webhook;
