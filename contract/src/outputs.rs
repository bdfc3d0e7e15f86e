//! Outputs of a deployed stack: what whoever deploys, and whatever runs beside the stack, finds its parts by.
//!
//! The template names its outputs from here, and the scripts of `gen replay` ask for them. What is behind an output is
//! written in the template.

use serde::Serialize;

/// An output that every stack has once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StackOutput {
    /// The bucket that objects come into.
    RawBucket,
    /// The bucket of plugins.
    ArtifactsBucket,
    /// The bucket of the lake and the rejects.
    LakeBucket,
    /// The table of the ledger and the plugin pointers.
    ControlTable,
    /// The topic of alarms and alerts.
    AlertsTopic,
    /// The event bus.
    EventBus,
    /// Where the dashboard is.
    DashboardUrl,
}

impl StackOutput {
    /// Every output.
    pub const ALL: [StackOutput; 7] = [
        StackOutput::RawBucket,
        StackOutput::ArtifactsBucket,
        StackOutput::LakeBucket,
        StackOutput::ControlTable,
        StackOutput::AlertsTopic,
        StackOutput::EventBus,
        StackOutput::DashboardUrl,
    ];

    /// Its key.
    pub const fn name(self) -> &'static str {
        match self {
            StackOutput::RawBucket => "RawBucket",
            StackOutput::ArtifactsBucket => "ArtifactsBucket",
            StackOutput::LakeBucket => "LakeBucket",
            StackOutput::ControlTable => "ControlTable",
            StackOutput::AlertsTopic => "AlertsTopic",
            StackOutput::EventBus => "EventBus",
            StackOutput::DashboardUrl => "DashboardUrl",
        }
    }
}

/// An output that a stack has for each of its pipelines, as far as they have what is behind it. Those of its
/// functions are named after their roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PipelineOutput {
    /// Where objects are uploaded: `s3://…/`.
    UploadTo,
    /// Where its plugin is uploaded: `s3://…`.
    PluginTo,
    /// The topic of its new objects.
    SourceTopic,
    /// The queue of its new objects.
    SourceQueueUrl,
    /// The queue of its objects that failed for good.
    DeadLetterQueueUrl,
    /// The table of its records.
    RecordsTable,
    /// Its records in SQL: `database.table`.
    AthenaTable,
    /// The queue of folders to compact.
    CompactQueueUrl,
    /// Where its records are POSTed, one a request: a URL.
    ApiUrl,
    /// The ARN of that request, for whoever is to be allowed it.
    ApiArn,
}

impl PipelineOutput {
    /// Every output.
    pub const ALL: [PipelineOutput; 10] = [
        PipelineOutput::UploadTo,
        PipelineOutput::PluginTo,
        PipelineOutput::SourceTopic,
        PipelineOutput::SourceQueueUrl,
        PipelineOutput::DeadLetterQueueUrl,
        PipelineOutput::RecordsTable,
        PipelineOutput::AthenaTable,
        PipelineOutput::CompactQueueUrl,
        PipelineOutput::ApiUrl,
        PipelineOutput::ApiArn,
    ];

    /// Its key for a pipeline.
    pub fn of(self, pipeline: &str) -> String {
        let ending = match self {
            PipelineOutput::UploadTo => "UploadTo",
            PipelineOutput::PluginTo => "PluginTo",
            PipelineOutput::SourceTopic => "SourceTopic",
            PipelineOutput::SourceQueueUrl => "SourceQueueUrl",
            PipelineOutput::DeadLetterQueueUrl => "DeadLetterQueueUrl",
            PipelineOutput::RecordsTable => "RecordsTable",
            PipelineOutput::AthenaTable => "AthenaTable",
            PipelineOutput::CompactQueueUrl => "CompactQueueUrl",
            PipelineOutput::ApiUrl => "ApiUrl",
            PipelineOutput::ApiArn => "ApiArn",
        };
        logical_id(pipeline) + ending
    }
}

/// The start of the names that a pipeline has in a template: `clean-orders` is `CleanOrders`. A manifest has no two
/// pipelines with the same.
pub fn logical_id(pipeline: &str) -> String {
    let mut id = String::with_capacity(pipeline.len());
    for word in pipeline.split('-') {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(letters.as_str());
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for (name, expected) in [
            ("feedback", "Feedback"),
            ("clean-orders-2", "CleanOrders2"),
            ("a", "A"),
        ] {
            assert_eq!(logical_id(name), expected);
        }
    }

    #[test]
    fn keys() {
        assert_eq!(
            PipelineOutput::UploadTo.of("web-visits"),
            "WebVisitsUploadTo"
        );
    }
}
