//! The typed client: one function an operation, generated from the swagger by the build.
//!
//! Requests have what the contract requires and leave out what is `None`. Of an answer every field may be
//! missing: what a caller needs it asks for, everything else is the cloud's affair (drift tells about it).
//! A field of another type than the contract's is `None` too. Sending, retrying and signing are the [`Call`]'s.

pub(crate) mod shape;

use miniserde::json::Value;
use miniserde::ser::{Fragment, Serialize};

use self::shape::{Fields, Read, answer, field};
use super::{Call, Error};
use crate::contract::operations;

include!(concat!(env!("OUT_DIR"), "/api.rs"));
