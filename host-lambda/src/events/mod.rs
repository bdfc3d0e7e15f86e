//! What Lambda hands to a function, read into types that cannot be wrong.
//!
//! Queue messages, the notices of S3 in them, and the keys in those. Nothing here makes a call or knows a pipeline.

mod notice;
mod object_key;
mod queue;
mod rest;

pub use notice::{Notice, ObjectCreated, UnknownBody, notices};
pub use object_key::{MalformedKey, decode_key};
pub use queue::{BatchAnswer, ItemFailure, Message, QueueBatch};
pub use rest::Rest;

pub(crate) use queue::CALLS;
