//! The metrics of one request.

use serde_json::{Value, json};
use sluice_api::Handled;
use sluice_contract::{metrics::Metric, settings::Settings};

use crate::tell::metric_line;

/// The line of a request that was answered. `now_ms` is the time of the line, in milliseconds since 1970-01-01T00:00:00Z.
pub(super) fn of(
    settings: &Settings,
    handled: &Handled,
    request_id: &str,
    latency_ms: u64,
    now_ms: u64,
) -> Value {
    let accounts = handled.accounts;
    let failed = u64::from(handled.answer.status >= 500 || handled.trouble.is_some());
    let metrics = [
        (Metric::Requests, 1),
        (Metric::RequestLatency, latency_ms),
        (Metric::ProcessedItemCount, accounts.read),
        (Metric::ProcessingErrors, failed),
        (Metric::RowsRead, accounts.read),
        (Metric::RowsStored, accounts.stored),
        (Metric::RowsDropped, accounts.dropped),
        (Metric::RowsDuplicate, accounts.duplicate),
        (Metric::RowsRejected, accounts.rejected),
    ];
    let mut line = metric_line(settings.into(), &metrics, request_id, now_ms);
    line["Status"] = json!(handled.answer.status);
    line
}
