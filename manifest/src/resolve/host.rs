//! `[host]`: what Lambda, SQS and CloudWatch allow.

use super::number::number;
use crate::manifest::Host;
use crate::problem::ProblemSink;
use crate::reader::{Given, Word};
use sluice_contract::stack::{self, Architecture};

/// The days for which CloudWatch Logs can keep lines (API reference of `PutRetentionPolicy`).
const LOG_RETENTION_DAYS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

const DEFAULT_LOG_RETENTION_DAYS: u32 = 30;

/// The longest visibility timeout of an SQS queue: 12 hours.
const MOST_VISIBILITY_SECONDS: i64 = 43_200;

/// What the functions run on.
pub(super) fn host(given: &Given<Host>, sink: &mut ProblemSink) -> stack::Host {
    let absent = Host::default();
    let host = given.value().unwrap_or(&absent);
    stack::Host {
        architecture: host
            .architecture
            .value()
            .map_or(Architecture::Arm64, |Word(architecture)| *architecture),
        memory_mb: number(
            &host.memory_mb,
            "`memory_mb` of `[host]`",
            128..=10_240,
            1769,
            sink,
        ),
        timeout_seconds: timeout_seconds(&host.timeout_seconds, sink),
        scratch_mb: number(
            &host.scratch_mb,
            "`scratch_mb` of `[host]`",
            512..=10_240,
            2048,
            sink,
        ),
        max_concurrency: number(
            &host.max_concurrency,
            "`max_concurrency` of `[host]`",
            2..=1000,
            10,
            sink,
        ),
        log_retention_days: log_retention_days(&host.log_retention_days, sink),
    }
}

/// Lambda's limit, and that of the queue whose visibility is a multiple of it.
fn timeout_seconds(given: &Given<i64>, sink: &mut ProblemSink) -> u32 {
    const DEFAULT: u32 = 300;
    let factor = i64::from(stack::VISIBILITY_FACTOR);
    if let Some(written) = given.written()
        && written.value.saturating_mul(factor) > MOST_VISIBILITY_SECONDS
    {
        sink.report(
            written.span,
            format!(
                "the queue's visibility would be {factor} × {} s = {} s, limit {MOST_VISIBILITY_SECONDS} s",
                written.value,
                written.value.saturating_mul(factor)
            ),
            "choose a `timeout_seconds` from 1 to 900, which is also what Lambda allows",
        );
        return DEFAULT;
    }
    number(
        given,
        "`timeout_seconds` of `[host]`",
        1..=900,
        DEFAULT,
        sink,
    )
}

fn log_retention_days(given: &Given<i64>, sink: &mut ProblemSink) -> u32 {
    let Some(written) = given.written() else {
        return DEFAULT_LOG_RETENTION_DAYS;
    };
    if let Some(days) = LOG_RETENTION_DAYS
        .into_iter()
        .find(|days| i64::from(*days) == written.value)
    {
        return days;
    }
    let allowed = LOG_RETENTION_DAYS.map(|days| days.to_string()).join(", ");
    sink.report(
        written.span,
        format!(
            "CloudWatch Logs cannot keep lines for {} days",
            written.value
        ),
        format!("choose one of {allowed}"),
    );
    DEFAULT_LOG_RETENTION_DAYS
}
