//! The metrics of one object.

use serde_json::{Value, json};
use sluice_contract::{metrics::Metric, settings::Settings};
use sluice_pipeline::report::ObjectReport;

use crate::tell::metric_line;

/// The line of an object that is done.
///
/// `latency_ms` is the time from the arrival of the object to its being stored. `now_ms` is the time of the line, in
/// milliseconds since 1970-01-01T00:00:00Z.
pub(crate) fn done(
    settings: &Settings,
    report: &ObjectReport,
    latency_ms: u64,
    now_ms: u64,
) -> Value {
    let errors = u64::from(report.damage.is_some() || report.refused.is_some());
    let metrics = [
        (Metric::ProcessedItemCount, report.read),
        (Metric::ProcessingErrors, errors),
        (Metric::EtlLatency, latency_ms),
        (Metric::RowsRead, report.read),
        (Metric::RowsStored, report.stored),
        (Metric::RowsDropped, report.dropped),
        (Metric::RowsDuplicate, report.duplicate),
        (Metric::RowsRejected, report.rejected),
        (Metric::MissingColumns, report.missing_columns.len() as u64),
        (Metric::BytesRead, report.bytes),
    ];
    let mut line = metric_line(settings.into(), &metrics, &report.source, now_ms);
    line["PluginSha256"] = json!(report.plugin_sha256);
    line["Seconds"] = json!(report.seconds);
    line["PluginSeconds"] = json!(report.plugin_seconds);
    line
}

/// The line of an object that is refused.
pub(crate) fn refused(settings: &Settings, report: &ObjectReport, now_ms: u64) -> Value {
    let metrics = [(Metric::ObjectsRefused, 1)];
    let mut line = metric_line(settings.into(), &metrics, &report.source, now_ms);
    line["Code"] = json!(report.refused.as_ref().map(|refused| &refused.code));
    line
}

/// The line of an attempt that failed.
pub(crate) fn failed(settings: &Settings, source: &str, now_ms: u64) -> Value {
    metric_line(
        settings.into(),
        &[
            (Metric::ProcessedItemCount, 0),
            (Metric::ProcessingErrors, 1),
        ],
        source,
        now_ms,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sluice_pipeline::report::Refused;

    use super::*;

    fn settings() -> Settings {
        serde_json::from_str(include_str!("../../../tests/settings/lake.json")).unwrap()
    }

    #[test]
    fn lines() {
        let report = ObjectReport {
            source: "s3://raw/incoming/a.csv".to_owned(),
            read: 10,
            stored: 6,
            dropped: 1,
            duplicate: 1,
            rejected: 2,
            bytes: 1000,
            seconds: 0.25,
            plugin_sha256: "5c1a".repeat(16).parse().ok(),
            ..ObjectReport::default()
        };
        insta::assert_snapshot!(
            "metrics-done",
            serde_json::to_string_pretty(&done(&settings(), &report, 1234, 42)).unwrap()
        );
        let report = ObjectReport {
            source: report.source,
            refused: Some(Refused {
                code: "no_matching_column".to_owned(),
                message: "none of its 3 columns is a field".to_owned(),
                read: 0,
                rejected: 0,
            }),
            ..ObjectReport::default()
        };
        insta::assert_snapshot!(
            "metrics-refused",
            serde_json::to_string_pretty(&refused(&settings(), &report, 42)).unwrap()
        );
        insta::assert_snapshot!(
            "metrics-failed",
            serde_json::to_string_pretty(&failed(&settings(), &report.source, 42)).unwrap()
        );
    }
}
