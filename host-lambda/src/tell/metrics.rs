//! Metrics as lines of CloudWatch's embedded metric format: written to the log, counted by CloudWatch, without a call.
//!
//! Which metrics there are is known to the role that counts.

use serde_json::{Value, json};

use super::Place;

/// The namespace of every metric.
const NAMESPACE: &str = "Sluice";

/// A line of metrics, each with its name, unit and value, about `source`.
pub(crate) fn metric_line(
    place: Place<'_>,
    metrics: &[(&str, &str, u64)],
    source: &str,
    now_ms: u64,
) -> Value {
    let definitions: Vec<Value> = metrics
        .iter()
        .map(|(name, unit, _)| json!({ "Name": name, "Unit": unit }))
        .collect();
    let mut dimensions = vec!["Project", "Stage"];
    dimensions.extend(place.pipeline.map(|_| "Pipeline"));
    let mut line = json!({
        "_aws": {
            "Timestamp": now_ms,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [dimensions],
                "Metrics": definitions,
            }],
        },
        "Project": place.project,
        "Stage": place.stage,
        "Source": source,
    });
    if let Some(pipeline) = place.pipeline {
        line["Pipeline"] = json!(pipeline);
    }
    for (name, _, value) in metrics {
        line[name] = json!(value);
    }
    line
}
