//! Metrics that the host counts itself: what they are called, and in what they are counted.
//!
//! The host writes them into its log, from where CloudWatch takes them, and alarms and the dashboard of the template ask
//! for them. When one is counted, and what its figure means for a stack, is not known here.

use serde::Serialize;

/// The namespace of every metric.
pub const NAMESPACE: &str = "Sluice";

/// What tells the series of one metric from another's. One of a whole stack has no pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// The project.
    Project,
    /// The stage.
    Stage,
    /// The pipeline.
    Pipeline,
}

impl Dimension {
    /// Every dimension, in the order in which they are written.
    pub const ALL: [Dimension; 3] = [Dimension::Project, Dimension::Stage, Dimension::Pipeline];

    /// What CloudWatch knows it by.
    pub const fn name(self) -> &'static str {
        match self {
            Dimension::Project => "Project",
            Dimension::Stage => "Stage",
            Dimension::Pipeline => "Pipeline",
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Records of an object that is done.
    ProcessedItemCount,
    /// Attempts that failed, and damaged and refused objects.
    ProcessingErrors,
    /// Objects that are refused, each once.
    ObjectsRefused,
    /// From the arrival of an object to its being stored.
    EtlLatency,
    /// Records that were read: the sum of the next four.
    RowsRead,
    /// Records that were stored.
    RowsStored,
    /// Records that the plugin dropped.
    RowsDropped,
    /// Records that were there already.
    RowsDuplicate,
    /// Records that were refused.
    RowsRejected,
    /// Fields whose column never came, of each object.
    MissingColumns,
    /// The size of the object, as it is stored.
    BytesRead,
    /// Uploads of plugins that are in use now.
    PluginsPublished,
    /// Uploads of plugins that were refused.
    PluginsRefused,
    /// From the upload of a plugin to its being in use.
    PublishLatency,
    /// Requests to an API that were answered.
    Requests,
    /// From the arrival of a request to its answer.
    RequestLatency,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Metric; 16] = [
        Metric::ProcessedItemCount,
        Metric::ProcessingErrors,
        Metric::ObjectsRefused,
        Metric::EtlLatency,
        Metric::RowsRead,
        Metric::RowsStored,
        Metric::RowsDropped,
        Metric::RowsDuplicate,
        Metric::RowsRejected,
        Metric::MissingColumns,
        Metric::BytesRead,
        Metric::PluginsPublished,
        Metric::PluginsRefused,
        Metric::PublishLatency,
        Metric::Requests,
        Metric::RequestLatency,
    ];

    /// What CloudWatch knows it by.
    pub const fn name(self) -> &'static str {
        match self {
            Metric::ProcessedItemCount => "ProcessedItemCount",
            Metric::ProcessingErrors => "ProcessingErrors",
            Metric::ObjectsRefused => "ObjectsRefused",
            Metric::EtlLatency => "ETLLatency",
            Metric::RowsRead => "RowsRead",
            Metric::RowsStored => "RowsStored",
            Metric::RowsDropped => "RowsDropped",
            Metric::RowsDuplicate => "RowsDuplicate",
            Metric::RowsRejected => "RowsRejected",
            Metric::MissingColumns => "MissingColumns",
            Metric::BytesRead => "BytesRead",
            Metric::PluginsPublished => "PluginsPublished",
            Metric::PluginsRefused => "PluginsRefused",
            Metric::PublishLatency => "PublishLatency",
            Metric::Requests => "Requests",
            Metric::RequestLatency => "RequestLatency",
        }
    }

    /// Its unit, as CloudWatch calls it.
    pub const fn unit(self) -> &'static str {
        match self {
            Metric::EtlLatency | Metric::PublishLatency | Metric::RequestLatency => "Milliseconds",
            Metric::BytesRead => "Bytes",
            Metric::ProcessedItemCount
            | Metric::Requests
            | Metric::ProcessingErrors
            | Metric::ObjectsRefused
            | Metric::RowsRead
            | Metric::RowsStored
            | Metric::RowsDropped
            | Metric::RowsDuplicate
            | Metric::RowsRejected
            | Metric::MissingColumns
            | Metric::PluginsPublished
            | Metric::PluginsRefused => "Count",
        }
    }
}
