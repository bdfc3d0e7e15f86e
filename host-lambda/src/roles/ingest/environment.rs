//! What the role finds in its environment.

use std::path::PathBuf;

use sluice_contract::{settings::Settings, stack::Lake, variable::Variable};

use crate::environment::{Environment, Finder};

/// What the role knows of its surroundings.
#[derive(Debug, Clone, PartialEq)]
pub struct IngestEnvironment {
    /// What the generator wrote.
    pub settings: Settings,
    /// The bucket of the plugins, where the pipeline has one.
    pub artifacts_bucket: Option<String>,
    /// The bucket of the lake and the rejects.
    pub lake_bucket: String,
    /// The database of the lake's tables, where the pipeline's has partitions.
    pub catalog_database: Option<String>,
    /// The pipeline's table, where it has one.
    pub table: Option<String>,
    /// Where its records are sent, where they are.
    pub http_url: Option<String>,
    /// The table of the ledger.
    pub control_table: String,
    /// The URL of the pipeline's own queue.
    pub source_queue: String,
    /// The ARN of the alerts topic.
    pub alerts_topic: String,
    /// The name of the event bus.
    pub event_bus: String,
    /// An empty folder of this execution environment's own, on the scratch disk. It need not exist.
    pub scratch: PathBuf,
}

impl Environment for IngestEnvironment {
    type Settings = Settings;

    fn find(settings: Settings, finder: &mut Finder) -> Self {
        let pipeline = &settings.pipeline;
        let mut where_it_has = |it: bool, variable, what| {
            it.then(|| finder.needed_for(variable, &pipeline.name, what))
        };
        Self {
            artifacts_bucket: where_it_has(
                pipeline.plugin.is_some(),
                Variable::ArtifactsBucket,
                "a plugin",
            ),
            catalog_database: where_it_has(
                pipeline.lake().is_some_and(Lake::is_registered),
                Variable::CatalogDatabase,
                "a lake with partitions",
            ),
            table: where_it_has(pipeline.table().is_some(), Variable::Table, "a table"),
            http_url: where_it_has(pipeline.http().is_some(), Variable::HttpUrl, "an API"),
            lake_bucket: finder.needed(Variable::LakeBucket),
            control_table: finder.needed(Variable::ControlTable),
            source_queue: finder.needed(Variable::SourceQueue),
            alerts_topic: finder.needed(Variable::AlertsTopic),
            event_bus: finder.needed(Variable::EventBus),
            scratch: finder.scratch(),
            settings,
        }
    }
}
