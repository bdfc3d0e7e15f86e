//! How a function tells what happened: alerts to people, metrics to CloudWatch, lines to the log. No record content.
//!
//! What there is to tell is known to the roles.

mod alert;
pub mod log;
mod markup;
mod metrics;
mod outbox;
mod place;
mod topic;

pub use alert::Alert;
pub(crate) use markup::{Foreign, cut, in_url};
pub(crate) use metrics::metric_line;
pub use outbox::{Outbox, Untold};
pub(crate) use place::Place;
pub use topic::AlertsTopic;
pub(crate) use topic::CALLS as ALERT_CALLS;

/// A line that is not a log line, on stdout.
pub(crate) fn print_line(line: &serde_json::Value) {
    println!("{line}");
}

/// Microseconds since 1970-01-01T00:00:00Z.
pub(crate) fn now_micros() -> u64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
