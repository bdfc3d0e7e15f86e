//! Metrics as lines of CloudWatch's embedded metric format: written to the log, counted by CloudWatch, without a call.
//!
//! Which metrics there are is known to the role that counts.

use serde_json::{Value, json};
use sluice_contract::settings::Settings;

/// The namespace of every metric.
const NAMESPACE: &str = "Sluice";

/// A line of metrics, each with its name, unit and value, about `source`.
pub(crate) fn metric_line(
    settings: &Settings,
    metrics: &[(&str, &str, u64)],
    source: &str,
    now_ms: u64,
) -> Value {
    let definitions: Vec<Value> = metrics
        .iter()
        .map(|(name, unit, _)| json!({ "Name": name, "Unit": unit }))
        .collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now_ms,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["Project", "Stage", "Pipeline"]],
                "Metrics": definitions,
            }],
        },
        "Project": settings.project,
        "Stage": settings.stage,
        "Pipeline": settings.pipeline.name,
        "Source": source,
    });
    for (name, _, value) in metrics {
        line[name] = json!(value);
    }
    line
}
