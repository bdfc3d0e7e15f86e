//! The metrics of an upload, in the same form as those of an object.

use serde_json::Value;
use sluice_contract::{metrics::Metric, settings::Settings};

use crate::tell::metric_line;

/// The line of an upload that is in use now. `latency_ms` is the time since its upload.
pub(super) fn published(settings: &Settings, source: &str, latency_ms: u64, now_ms: u64) -> Value {
    let metrics = [
        (Metric::PluginsPublished, 1),
        (Metric::PluginsRefused, 0),
        (Metric::PublishLatency, latency_ms),
    ];
    metric_line(settings.into(), &metrics, source, now_ms)
}

/// The line of an upload that was refused.
pub(super) fn refused(settings: &Settings, source: &str, now_ms: u64) -> Value {
    let metrics = [(Metric::PluginsPublished, 0), (Metric::PluginsRefused, 1)];
    metric_line(settings.into(), &metrics, source, now_ms)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lines() {
        let settings: Settings =
            serde_json::from_str(include_str!("../../../tests/settings/lake.json")).unwrap();
        let source = "s3://artifacts/plugins/orders.wasm";
        let pretty = |line: &Value| serde_json::to_string_pretty(line).unwrap();
        insta::assert_snapshot!(
            "metrics-published",
            pretty(&published(&settings, source, 1234, 42))
        );
        insta::assert_snapshot!("metrics-refused", pretty(&refused(&settings, source, 42)));
    }
}
