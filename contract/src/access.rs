//! The AWS calls that a unit of work makes, as data.
//!
//! The host declares them beside the code that makes them, and the generator grants exactly those. Neither depends on
//! the other: `templates/access.json` holds the declarations, and a test of the host keeps it true.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stack::{Http, Lake, Pipeline};

/// Calls by the name of the unit of work that makes them.
pub type Access = BTreeMap<String, Vec<Call>>;

/// One permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Call {
    /// The IAM action, such as `s3:GetObject`.
    pub action: String,
    /// What it acts on.
    pub resource: Resource,
}

/// What a call acts on; the template turns it into an ARN of this stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// Objects under the pipeline's prefix in the raw bucket.
    RawObjects,
    /// The pipeline's plugin in the artifacts bucket, as it was uploaded.
    PluginObject,
    /// Components that were published, under `components/<pipeline>/` in the artifacts bucket.
    ComponentObjects,
    /// Compiled plugins, under `compiled/<pipeline>/` in the artifacts bucket.
    CompiledObjects,
    /// Records to try plugins on, under `samples/<pipeline>/` in the artifacts bucket.
    SampleObjects,
    /// Objects under `lake/<pipeline>/`.
    LakeObjects,
    /// Objects under `compacted/<pipeline>/`.
    CompactedObjects,
    /// Names of objects under `lake/<pipeline>/` and `compacted/<pipeline>/`.
    LakeNames,
    /// Objects under `rejects/<pipeline>/`.
    RejectObjects,
    /// Objects under `results/<pipeline>/`.
    ResultObjects,
    /// Objects under `counts/<pipeline>/`.
    CountObjects,
    /// The table of the pipeline's lake in the catalog.
    CatalogTable,
    /// The crawler of the pipeline's lake.
    Crawler,
    /// The queue of new files in the pipeline's lake.
    CatalogQueue,
    /// The queue of folders to compact.
    CompactQueue,
    /// The pipeline's table.
    Table,
    /// The API that the pipeline's records are sent to, where it wants signed requests.
    HttpApi,
    /// The entry of Secrets Manager that requests to that API need.
    HttpSecret,
    /// The delivery stream of the pipeline's API.
    DeliveryStream,
    /// Items of the control table: what became of objects.
    LedgerItems,
    /// Which versions of the pipeline's plugin there are.
    PluginItems,
    /// Which records were brought already.
    SeenItems,
    /// Which versions of objects are in the lake.
    VersionItems,
    /// Which folders of the lake are compacted.
    FolderItems,
    /// What was answered to requests.
    AnswerItems,
    /// What people were told.
    NotifiedItems,
    /// The alerts topic.
    AlertsTopic,
    /// The event bus.
    EventBus,
    /// The pipeline's queue.
    Queue,
    /// The queue of what people are told.
    NotifyQueue,
    /// The entries of Secrets Manager by which PagerDuty and Slack are told.
    NotifySecrets,
    /// The function's SSM parameters.
    SettingsParameters,
    /// The stack's KMS key.
    Key,
    /// The function's log group.
    LogGroup,
    /// X-Ray, which has no resources.
    Tracing,
}

impl Resource {
    /// What the statement of a policy is called that allows calls to it. Kinds that share one are parts of the same thing.
    pub fn statement(self) -> &'static str {
        match self {
            Resource::RawObjects => "RawObjects",
            Resource::PluginObject => "PluginObject",
            Resource::ComponentObjects => "ComponentObjects",
            Resource::CompiledObjects => "CompiledObjects",
            Resource::SampleObjects => "SampleObjects",
            Resource::LakeObjects => "LakeObjects",
            Resource::CompactedObjects => "CompactedObjects",
            Resource::LakeNames => "LakeNames",
            Resource::RejectObjects => "RejectObjects",
            Resource::ResultObjects => "ResultObjects",
            Resource::CountObjects => "CountObjects",
            Resource::HttpApi => "HttpApi",
            Resource::HttpSecret => "HttpSecret",
            Resource::CatalogTable => "CatalogTable",
            Resource::Crawler => "Crawler",
            Resource::CatalogQueue => "CatalogQueue",
            Resource::CompactQueue => "CompactQueue",
            Resource::Table => "Table",
            Resource::DeliveryStream => "DeliveryStream",
            Resource::LedgerItems
            | Resource::PluginItems
            | Resource::SeenItems
            | Resource::VersionItems
            | Resource::FolderItems
            | Resource::AnswerItems
            | Resource::NotifiedItems => "ControlTable",
            Resource::AlertsTopic => "AlertsTopic",
            Resource::EventBus => "EventBus",
            Resource::Queue => "Queue",
            Resource::NotifyQueue => "NotifyQueue",
            Resource::NotifySecrets => "NotifySecrets",
            Resource::SettingsParameters => "SettingsParameters",
            Resource::Key => "Key",
            Resource::LogGroup => "LogGroup",
            Resource::Tracing => "TracingHasNoResources",
        }
    }

    /// Whether a pipeline has it. What belongs to the stack or to the unit itself, every pipeline has.
    pub fn is_of(self, pipeline: &Pipeline) -> bool {
        let plugin = pipeline.plugin.as_ref();
        match self {
            Resource::PluginObject
            | Resource::ComponentObjects
            | Resource::CompiledObjects
            | Resource::PluginItems => plugin.is_some(),
            Resource::SampleObjects => plugin.is_some_and(|plugin| plugin.samples > 0),
            Resource::LakeObjects | Resource::VersionItems => pipeline.lake().is_some(),
            Resource::CompactedObjects | Resource::LakeNames | Resource::CompactQueue => {
                pipeline.lake().is_some_and(Lake::is_compacted)
            }
            Resource::CatalogTable | Resource::FolderItems => {
                pipeline.lake().is_some_and(Lake::is_registered)
            }
            Resource::Crawler | Resource::CatalogQueue => {
                pipeline.lake().is_some_and(Lake::is_crawled)
            }
            Resource::SeenItems => !pipeline.key.is_empty(),
            Resource::AnswerItems => pipeline.api.is_some(),
            Resource::Table => pipeline.table().is_some(),
            Resource::DeliveryStream => pipeline.api.is_some() && pipeline.lake().is_some(),
            Resource::ResultObjects | Resource::CountObjects => pipeline.http().is_some(),
            Resource::HttpApi => pipeline.http().is_some_and(Http::is_signed),
            Resource::HttpSecret => pipeline.http().is_some_and(|http| http.secret().is_some()),
            Resource::RawObjects
            | Resource::RejectObjects
            | Resource::Queue
            | Resource::LedgerItems
            | Resource::NotifiedItems
            | Resource::AlertsTopic
            | Resource::EventBus
            | Resource::NotifyQueue
            | Resource::NotifySecrets
            | Resource::SettingsParameters
            | Resource::Key
            | Resource::LogGroup
            | Resource::Tracing => true,
        }
    }
}
