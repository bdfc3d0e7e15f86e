//! Requests that arrive: an HTTP client that tries again until a deadline, and says what it does not know.
//!
//! A request that timed out may have been served. So it is tried again, under the same `Idempotency-Key`, until it is
//! answered; and if it is not, nobody says that it failed. What a body holds and what an answer means for it is not known
//! here, nor who runs this where.

mod authorization;
mod carrier;
mod clock;
mod deliver;
mod retry_after;

pub use self::{
    authorization::{Authorization, Credentials, NotSigned, Secret},
    carrier::{Carrier, HttpCarrier, Limits, Lost, Sent},
    clock::{Clock, SystemClock},
    deliver::{Backoff, Courier, Delivery, GaveUp, Until},
};

/// A POST.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where it goes: `https://…`
    pub url: String,
    /// The type of the body, such as `application/json`.
    pub content_type: &'static str,
    /// The same for every attempt, and for nothing else.
    pub idempotency_key: String,
    /// What is sent.
    pub body: Vec<u8>,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long it asks to wait, in whatever notation it said so.
    pub retry_after: Option<std::time::Duration>,
    /// As much of the body as was read.
    pub body: Vec<u8>,
}
