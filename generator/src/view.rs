//! What the templates show: the stack with every decision made.
//!
//! Physical names, arithmetic, column types, what fits an environment and which calls are granted are decided here, so
//! that a template only has to be laid out. This module knows what CloudFormation and the services behind it allow; how
//! their properties are called is written in the templates.

mod alarm;
mod alerts;
mod api;
mod artifacts;
mod catalog;
mod function_settings;
mod grants;
mod http;
mod lake;
pub(crate) mod latest;
mod pipeline;
pub(crate) mod query;
mod sinks;
mod table;
mod unit;
mod variables;
mod workload;

use std::collections::BTreeMap;

use serde::Serialize;
use sluice_contract::control::{EXPIRES_AT, PARTITION_KEY, SORT_KEY};
use sluice_contract::metrics::{Dimension, Metric, NAMESPACE};
use sluice_contract::outputs::{StackOutput, logical_id};
use sluice_contract::roles::Role;
use sluice_contract::stack::{Host, Lake, Stack, Via};

use self::alerts::AlertsView;
use self::artifacts::ArtifactsView;
use self::catalog::CatalogView;
use self::function_settings::FunctionSettings;
pub use self::grants::declared_calls;
use self::pipeline::PipelineView;
use self::query::QueryView;
use self::unit::Unit;
use self::workload::WorkloadView;

/// A bucket's name has 63 characters at the most. The raw bucket's ends on an account's number (12 digits), eight
/// hexadecimal digits, and a hyphen before each.
const MOST_BUCKET_STEM: usize = 63 - 12 - 8 - 2;

/// What one template shows.
#[derive(Debug, Serialize)]
pub struct View {
    description: String,
    project: String,
    stage: String,
    /// What becomes of data when the stack is deleted. A stack that fails while it is created leaves nothing behind.
    keep: &'static str,
    /// What becomes of data when something takes its place.
    keep_replaced: &'static str,
    protect_data: bool,
    host: Host,
    alerts: AlertsView,
    /// The rules whose events, where they cannot be delivered, go to a queue of the stack.
    undelivered: Vec<String>,
    sources: Sources,
    raw: RawBucket,
    artifacts: ArtifactsView,
    control: ControlTable,
    catalog: Option<CatalogView>,
    query: Option<QueryView>,
    metrics: Metrics,
    /// What the outputs of the stack are called.
    outputs: BTreeMap<StackOutput, &'static str>,
    pipelines: Vec<PipelineView>,
    settings: FunctionSettings,
    /// What works for the whole stack.
    units: Vec<WorkloadView>,
}

/// Which ways of events there are.
#[derive(Debug, Serialize)]
struct Sources {
    /// The raw bucket notifies queues or topics itself.
    notifications: bool,
    topics: bool,
    rules: bool,
    /// A rule sends to a queue.
    rules_to_queues: bool,
    /// New files of the lake are told.
    lake: bool,
}

/// Whom the raw bucket notifies, and the start of its name.
#[derive(Debug, Serialize)]
struct RawBucket {
    name: String,
    queues: Vec<Notification>,
    topics: Vec<Notification>,
}

#[derive(Debug, Serialize)]
struct Notification {
    /// The start of the pipeline's logical ids.
    id: String,
    prefix: String,
}

/// Attributes of the control table.
#[derive(Debug, Serialize)]
struct ControlTable {
    partition_key: &'static str,
    sort_key: &'static str,
    ttl: &'static str,
}

/// How the host's own metrics are called.
#[derive(Debug, Serialize)]
struct Metrics {
    namespace: &'static str,
    dimensions: BTreeMap<Dimension, &'static str>,
    names: BTreeMap<Metric, &'static str>,
}

impl View {
    /// Decides everything about a stack.
    pub fn new(stack: &Stack) -> View {
        let pipelines: Vec<PipelineView> = stack
            .pipelines
            .iter()
            .map(|pipeline| PipelineView::new(stack, pipeline))
            .collect();
        let by = |via: Via| {
            stack
                .pipelines
                .iter()
                .filter(move |pipeline| pipeline.source.via == via)
        };
        let notified = |via| {
            by(via)
                .map(|pipeline| Notification {
                    id: logical_id(&pipeline.name),
                    prefix: pipeline.source.prefix.clone(),
                })
                .collect::<Vec<_>>()
        };
        let raw = RawBucket {
            name: raw_bucket_stem(stack),
            queues: notified(Via::S3),
            topics: notified(Via::Sns),
        };
        let mut lakes = stack
            .pipelines
            .iter()
            .filter_map(|pipeline| pipeline.lake());
        let crawled = lakes.clone().any(Lake::is_crawled);
        let compacted = lakes.any(Lake::is_compacted);
        let units = Unit::of_stack(stack);
        let settings = FunctionSettings::of_stack(stack, &units);
        View {
            description: format!("Sluice: {}, stage {}", stack.project, stack.stage),
            project: stack.project.clone(),
            stage: stack.stage.clone(),
            keep: if stack.protect_data {
                "RetainExceptOnCreate"
            } else {
                "Delete"
            },
            keep_replaced: if stack.protect_data {
                "Retain"
            } else {
                "Delete"
            },
            protect_data: stack.protect_data,
            host: stack.host.clone(),
            alerts: AlertsView::new(stack),
            undelivered: undelivered(stack),
            sources: Sources {
                notifications: !raw.queues.is_empty() || !raw.topics.is_empty(),
                topics: !raw.topics.is_empty(),
                rules: by(Via::Eventbridge).next().is_some(),
                rules_to_queues: by(Via::Eventbridge).next().is_some()
                    || crawled
                    || compacted
                    || !undelivered(stack).is_empty(),
                lake: crawled,
            },
            raw,
            artifacts: ArtifactsView::new(stack),
            control: ControlTable {
                partition_key: PARTITION_KEY.name(),
                sort_key: SORT_KEY.name(),
                ttl: EXPIRES_AT.name(),
            },
            catalog: CatalogView::new(stack),
            query: QueryView::new(stack),
            metrics: Metrics {
                namespace: NAMESPACE,
                dimensions: Dimension::ALL.map(|one| (one, one.name())).into(),
                names: Metric::ALL.map(|metric| (metric, metric.name())).into(),
            },
            outputs: StackOutput::ALL
                .map(|output| (output, output.name()))
                .into(),
            pipelines,
            units: units
                .into_iter()
                .map(|unit| WorkloadView::new(unit, &stack.host, &settings))
                .collect(),
            settings,
        }
    }
}

/// The rules that have no queue of their own for what they cannot deliver.
fn undelivered(stack: &Stack) -> Vec<String> {
    let publishes = Unit::all(stack)
        .into_iter()
        .filter(|unit| unit.workload.name == Role::Publish.name())
        .map(|unit| unit.id() + "Rule");
    let crawled = stack
        .pipelines
        .iter()
        .filter(|pipeline| pipeline.lake().is_some_and(Lake::is_crawled));
    let crawls = crawled.map(|pipeline| {
        let unit = Role::Catalog.workload().id;
        format!("{}{unit}FailedRule", logical_id(&pipeline.name))
    });
    let rules = publishes.chain(crawls);
    rules.chain(alerts::notify_rules(stack)).collect()
}

/// The start of the raw bucket's name. What follows it in the template makes it unique, so that it may be cut.
fn raw_bucket_stem(stack: &Stack) -> String {
    const KIND: &str = "-raw";
    let mut stem = format!("{}-{}", stack.project, stack.stage);
    stem.truncate(MOST_BUCKET_STEM - KIND.len());
    stem.truncate(stem.trim_end_matches('-').len());
    stem + KIND
}
