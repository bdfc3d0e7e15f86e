//! What the templates show of a unit's alarms: which metric is watched, and when it is too much.

use serde::Serialize;
use sluice_contract::served::Served;
use sluice_contract::stack::Host;
use sluice_contract::workload::{Alarm, RunsOn, Trouble};

use super::unit::{Unit, owner_id};

/// The share of its timeout that the slowest runs of a function may need.
const SLOW_PERCENT: u32 = 80;

/// One alarm: it rings when the statistic of a metric is above the threshold.
#[derive(Debug, Serialize)]
pub(super) struct AlarmView {
    id: String,
    description: String,
    #[serde(flatten)]
    metric: Metric,
}

/// What is watched. One of the statistics is there.
#[derive(Debug, Serialize)]
struct Metric {
    namespace: &'static str,
    name: &'static str,
    dimensions: Vec<Dimension>,
    statistic: Option<&'static str>,
    extended_statistic: Option<&'static str>,
    period_seconds: u32,
    evaluation_periods: u32,
    /// How many of those periods have to be too much, where not all have to.
    datapoints_to_alarm: Option<u32>,
    threshold: u32,
}

/// One of `reference` and `text` is its value.
#[derive(Debug, Serialize)]
struct Dimension {
    name: &'static str,
    /// A logical id.
    reference: Option<String>,
    text: Option<&'static str>,
}

/// The alarms of a unit. Trouble that AWS does not count where the unit runs has none.
pub(super) fn alarms(unit: Unit<'_>, host: &Host) -> Vec<AlarmView> {
    let name = match unit.served {
        Served::Pipeline(pipeline) => &pipeline.name,
        Served::Stack(_) => unit.workload.name,
    };
    let view = |alarm: &Alarm| {
        let metric = match unit.workload.runs_on {
            RunsOn::Lambda(size) => {
                let timeout_seconds = size(host, unit.served).timeout_seconds;
                lambda_metric(alarm.trouble, unit.id() + "Function", timeout_seconds)
            }
            RunsOn::GlueJob => glue_metric(alarm.trouble, unit.id() + "Job")?,
        };
        let says = alarm.says.replace("{limit}", &metric.threshold.to_string());
        Some(AlarmView {
            id: owner_id(unit.served) + alarm.id,
            description: format!("{name}: {says}"),
            metric,
        })
    };
    unit.workload.alarms.iter().filter_map(view).collect()
}

fn lambda_metric(trouble: Trouble, function: String, timeout_seconds: u32) -> Metric {
    let errors = Metric {
        namespace: "AWS/Lambda",
        name: "Errors",
        dimensions: vec![Dimension {
            name: "FunctionName",
            reference: Some(function),
            text: None,
        }],
        statistic: Some("Sum"),
        extended_statistic: None,
        period_seconds: 60,
        evaluation_periods: 1,
        datapoints_to_alarm: None,
        threshold: 0,
    };
    match trouble {
        Trouble::Fails => errors,
        Trouble::IsThrottled => Metric {
            name: "Throttles",
            evaluation_periods: 5,
            datapoints_to_alarm: Some(3),
            ..errors
        },
        Trouble::IsSlow => Metric {
            name: "Duration",
            statistic: None,
            extended_statistic: Some("p99"),
            period_seconds: 300,
            threshold: timeout_seconds * 1000 / 100 * SLOW_PERCENT,
            ..errors
        },
    }
}

/// A job counts the tasks that failed, and neither how long it waits nor how long it takes.
fn glue_metric(trouble: Trouble, job: String) -> Option<Metric> {
    let text = |name, text| Dimension {
        name,
        reference: None,
        text: Some(text),
    };
    let job = Dimension {
        name: "JobName",
        reference: Some(job),
        text: None,
    };
    match trouble {
        Trouble::Fails => Some(Metric {
            namespace: "Glue",
            name: "glue.driver.aggregate.numFailedTasks",
            dimensions: vec![job, text("JobRunId", "ALL"), text("Type", "count")],
            statistic: Some("Sum"),
            extended_statistic: None,
            period_seconds: 60,
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            threshold: 0,
        }),
        Trouble::IsThrottled | Trouble::IsSlow => None,
    }
}
