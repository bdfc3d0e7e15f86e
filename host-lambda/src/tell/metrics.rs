//! Metrics as lines of CloudWatch's embedded metric format: written to the log, counted by CloudWatch, without a call.
//!
//! Which metrics there are is known to the role that counts.

use serde_json::{Value, json};
use sluice_contract::metrics::{Dimension, Metric, NAMESPACE};

use super::Place;

/// A line of metrics, each with its value, about `source`.
pub(crate) fn metric_line(
    place: Place<'_>,
    metrics: &[(Metric, u64)],
    source: &str,
    now_ms: u64,
) -> Value {
    let definitions: Vec<Value> = metrics
        .iter()
        .map(|(metric, _)| json!({ "Name": metric.name(), "Unit": metric.unit() }))
        .collect();
    let mut dimensions = vec![
        (Dimension::Project, place.project),
        (Dimension::Stage, place.stage),
    ];
    dimensions.extend(place.pipeline.map(|name| (Dimension::Pipeline, name)));
    let names: Vec<&str> = dimensions
        .iter()
        .map(|(dimension, _)| dimension.name())
        .collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now_ms,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [names],
                "Metrics": definitions,
            }],
        },
        "Source": source,
    });
    for (dimension, value) in dimensions {
        line[dimension.name()] = json!(value);
    }
    for (metric, value) in metrics {
        line[metric.name()] = json!(value);
    }
    line
}
