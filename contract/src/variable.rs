//! Variables of a unit's environment that name a resource of its stack, which only CloudFormation can know.

use crate::{served::Served, stack::Lake};

/// A variable. Its value is the name of a resource, but where it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variable {
    /// The bucket of uploaded, published and compiled plugins, and of samples.
    ArtifactsBucket,
    /// The table of the ledger and the plugin pointers.
    ControlTable,
    /// The topic of alerts: its ARN.
    AlertsTopic,
    /// The event bus.
    EventBus,
    /// The bucket of the lake and the rejects.
    LakeBucket,
    /// The database of the lake's tables in the catalog.
    CatalogDatabase,
    /// The crawler of the pipeline's lake.
    Crawler,
    /// The queue of folders to compact: its URL.
    CompactQueue,
    /// The pipeline's table.
    Table,
    /// The pipeline's own queue, which gets what is left of a large object: its URL.
    SourceQueue,
    /// Where the pipeline's records are sent: a URL.
    HttpUrl,
    /// The name that the stack was deployed with.
    StackName,
    /// The dashboard.
    Dashboard,
    /// The delivery stream that takes records of the pipeline's API to where objects come in.
    DeliveryStream,
}

impl Variable {
    /// Its name in the environment.
    pub const fn name(self) -> &'static str {
        match self {
            Variable::ArtifactsBucket => "SLUICE_ARTIFACTS_BUCKET",
            Variable::ControlTable => "SLUICE_CONTROL_TABLE",
            Variable::AlertsTopic => "SLUICE_ALERTS_TOPIC",
            Variable::EventBus => "SLUICE_EVENT_BUS",
            Variable::LakeBucket => "SLUICE_LAKE_BUCKET",
            Variable::CatalogDatabase => "SLUICE_CATALOG_DATABASE",
            Variable::Crawler => "SLUICE_CRAWLER",
            Variable::CompactQueue => "SLUICE_COMPACT_QUEUE",
            Variable::Table => "SLUICE_TABLE",
            Variable::SourceQueue => "SLUICE_SOURCE_QUEUE",
            Variable::HttpUrl => "SLUICE_HTTP_URL",
            Variable::StackName => "SLUICE_STACK_NAME",
            Variable::Dashboard => "SLUICE_DASHBOARD",
            Variable::DeliveryStream => "SLUICE_DELIVERY_STREAM",
        }
    }

    /// Whether there is something for it to name: a stack has the things of a stack, and a pipeline has its own too.
    pub fn is_given(self, served: Served<'_>) -> bool {
        match (self, served) {
            (
                Variable::ArtifactsBucket
                | Variable::ControlTable
                | Variable::AlertsTopic
                | Variable::EventBus
                | Variable::LakeBucket
                | Variable::StackName
                | Variable::Dashboard,
                Served::Pipeline(_) | Served::Stack(_),
            ) => true,
            (Variable::CatalogDatabase, Served::Pipeline(pipeline)) => {
                pipeline.lake().is_some_and(Lake::is_registered)
            }
            (Variable::Crawler, Served::Pipeline(pipeline)) => {
                pipeline.lake().is_some_and(Lake::is_crawled)
            }
            (Variable::CompactQueue, Served::Pipeline(pipeline)) => {
                pipeline.lake().is_some_and(Lake::is_compacted)
            }
            (Variable::Table, Served::Pipeline(pipeline)) => pipeline.table().is_some(),
            (Variable::SourceQueue, Served::Pipeline(_)) => true,
            (Variable::HttpUrl, Served::Pipeline(pipeline)) => pipeline.http().is_some(),
            (Variable::DeliveryStream, Served::Pipeline(pipeline)) => {
                pipeline.api.is_some() && pipeline.lake().is_some()
            }
            (
                Variable::CatalogDatabase
                | Variable::Crawler
                | Variable::CompactQueue
                | Variable::Table
                | Variable::SourceQueue
                | Variable::HttpUrl
                | Variable::DeliveryStream,
                Served::Stack(_),
            ) => false,
        }
    }
}
