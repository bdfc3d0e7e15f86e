//! Records by HTTP: one request in, one answer out.
//!
//! A [`Handler`] takes a [`Request`] and gives an [`Answer`], both of which are plain values. It puts records through the
//! plugin and the checks of the record path, stores them through [`ports`], and accounts for each of them. It knows neither
//! AWS nor a web server, and nobody who calls it has to wait for anything but the ports: SQLite on a laptop, DynamoDB and
//! Firehose in a function.

mod accounts;
mod answer;
mod body;
mod cleaned;
mod failure;
mod findings;
mod handler;
mod idempotency;
mod intake;
mod key;
mod media;
pub mod openapi;
pub mod ports;
pub mod problem;
mod record;
mod request;
mod results;
#[cfg(test)]
mod tests;

pub use self::{
    accounts::Accounts,
    answer::{Answer, KeptAnswer, NotAnAnswer},
    handler::{Handled, Handler},
    idempotency::{KEPT_SECONDS, MOST_KEY_CHARS, REPLAYED},
    key::{Key, KeyPart, NotAKey},
    media::{JSON, Media, NDJSON},
    problem::Problem,
    record::{Record, RecordBuilder},
    request::{Request, Target},
};
