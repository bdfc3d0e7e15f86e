//! What the templates show of one pipeline.

use std::collections::BTreeMap;

use serde::Serialize;
use sluice_contract::objects::{self, Prefix};
use sluice_contract::outputs::{PipelineOutput, logical_id as id};
use sluice_contract::stack::{Pipeline, QUEUE_RETENTION_SECONDS, Stack, Via};

use super::api::ApiView;
use super::function_settings::FunctionSettings;
use super::query::{self, NamedQueryView};
use super::sinks::SinksView;
use super::unit::Unit;
use super::workload::WorkloadView;

/// An event that waits less than this, in seconds, is nobody's trouble.
const LEAST_WAIT_SECONDS: u32 = 900;

#[derive(Debug, Serialize)]
pub(super) struct PipelineView {
    name: String,
    /// The start of its logical ids.
    id: String,
    via: ViaView,
    prefix: String,
    plugin_key: Option<String>,
    queue: Queue,
    #[serde(flatten)]
    sinks: SinksView,
    queries: Vec<NamedQueryView>,
    api: Option<ApiView>,
    rejects: RejectsView,
    settings: FunctionSettings,
    units: Vec<WorkloadView>,
    alarms: Alarms,
    /// What the pipeline's outputs are called.
    outputs: BTreeMap<PipelineOutput, String>,
}

#[derive(Debug, Serialize)]
struct ViaView {
    s3: bool,
    sns: bool,
    eventbridge: bool,
}

#[derive(Debug, Serialize)]
struct Queue {
    /// The start of its name.
    name: String,
    batch_size: u32,
    max_receive_count: u32,
    retention_seconds: u32,
    visibility_seconds: u32,
}

#[derive(Debug, Serialize)]
struct RejectsView {
    prefix: String,
    retention_days: u32,
}

#[derive(Debug, Serialize)]
struct Alarms {
    oldest_message_seconds: u32,
    rejects_ratio: f64,
}

impl PipelineView {
    pub(super) fn new(stack: &Stack, pipeline: &Pipeline) -> PipelineView {
        let visibility_seconds = stack.host.visibility_seconds();
        let units = Unit::of_pipeline(stack, pipeline);
        let settings = FunctionSettings::of_pipeline(stack, pipeline, &units);
        PipelineView {
            name: pipeline.name.clone(),
            id: id(&pipeline.name),
            via: ViaView {
                s3: pipeline.source.via == Via::S3,
                sns: pipeline.source.via == Via::Sns,
                eventbridge: pipeline.source.via == Via::Eventbridge,
            },
            prefix: pipeline.source.prefix.clone(),
            plugin_key: pipeline
                .plugin
                .as_ref()
                .map(|_| objects::upload(&pipeline.name)),
            queue: Queue {
                name: format!("{}-{}-{}", stack.project, stack.stage, pipeline.name),
                batch_size: pipeline.source.batch_size,
                max_receive_count: pipeline.source.max_receive_count,
                retention_seconds: QUEUE_RETENTION_SECONDS,
                visibility_seconds,
            },
            sinks: SinksView::new(pipeline),
            queries: query::named(pipeline),
            api: pipeline.api.as_ref().map(|api| ApiView::new(pipeline, api)),
            rejects: RejectsView {
                prefix: Prefix::Rejects.of(&pipeline.name),
                retention_days: pipeline.rejects.retention_days,
            },
            units: units
                .into_iter()
                .map(|unit| WorkloadView::new(unit, &stack.host, &settings))
                .collect(),
            settings,
            alarms: Alarms {
                // An event whose function dies comes back after the visibility timeout, and that is still in order. One
                // that fails comes back sooner, and the waits of five receives stay below the least.
                oldest_message_seconds: LEAST_WAIT_SECONDS.max(visibility_seconds),
                rejects_ratio: pipeline.rejects.alert_ratio,
            },
            outputs: PipelineOutput::ALL
                .into_iter()
                .map(|output| (output, output.of(&pipeline.name)))
                .collect(),
        }
    }
}
