//! The log, and the permissions that logging and tracing take.
//!
//! Lines are JSON on stdout, which Lambda brings to the function's log group. The host's own never hold record content: not
//! even the message of a panic, which may quote what it stumbled over. A plugin's are not there at all: what it says of a
//! record is in the rejects.

use sluice_contract::access::Resource;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Lambda makes these with the function's role; the function itself calls neither.
pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("logs:CreateLogStream", Resource::LogGroup),
    ("logs:PutLogEvents", Resource::LogGroup),
    ("xray:PutTelemetryRecords", Resource::Tracing),
    ("xray:PutTraceSegments", Resource::Tracing),
];

/// Starts the log. `level` is that of `AWS_LAMBDA_LOG_LEVEL`, which is `INFO` unless the function says otherwise; of the
/// libraries only warnings are logged.
pub fn start(level: Option<&str>) {
    let own = match level.map(str::to_ascii_lowercase).as_deref() {
        Some("trace") => LevelFilter::TRACE,
        Some("debug") => LevelFilter::DEBUG,
        Some("warn") => LevelFilter::WARN,
        Some("error" | "fatal") => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    };
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        // A plugin may write what a record holds. How much it wrote is told by the record path.
        .with_target("sluice::plugin", LevelFilter::OFF)
        .with_target("sluice_host", own)
        .with_target("sluice_pipeline", own);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false);
    // A second start in one process keeps the first.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .try_init();
    std::panic::set_hook(Box::new(|panic| {
        let location = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(location, "a defect of the host stopped a thread");
    }));
}
