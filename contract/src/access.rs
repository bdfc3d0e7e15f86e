//! The AWS calls that a role of the host makes, as data.
//!
//! The host declares them beside the code that makes them, and the generator grants exactly those. Neither depends on
//! the other: `templates/access.json` holds the declarations, and a test of the host keeps it true.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Calls by role.
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
    /// Objects under `rejects/<pipeline>/`.
    RejectObjects,
    /// The pipeline's table.
    Table,
    /// The control table.
    ControlTable,
    /// The alerts topic.
    AlertsTopic,
    /// The pipeline's queue.
    Queue,
    /// The function's SSM parameters.
    SettingsParameters,
    /// The stack's KMS key.
    Key,
    /// The function's log group.
    LogGroup,
    /// X-Ray, which has no resources.
    Tracing,
}
