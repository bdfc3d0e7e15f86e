//! The settings of one function: what the generator writes into its environment and the host reads from it.
//!
//! Static facts travel as one JSON text, inline or, where it outgrows the environment, through SSM parameters. Names of
//! resources are only known to CloudFormation and travel as variables of their own.

use serde::{Deserialize, Serialize};

use crate::stack::Pipeline;

/// Which role a function plays: `ingest` or `publish`.
pub const ROLE: &str = "SLUICE_ROLE";
/// [`Settings`] as JSON.
pub const SETTINGS: &str = "SLUICE_SETTINGS";
/// Instead of [`SETTINGS`]: names of SSM parameters, separated by commas, whose values joined are the JSON.
pub const SETTINGS_PARAMETERS: &str = "SLUICE_SETTINGS_PARAMETERS";
/// The bucket of `plugins/NAME.wasm`, `components/`, `compiled/` and `samples/`.
pub const ARTIFACTS_BUCKET: &str = "SLUICE_ARTIFACTS_BUCKET";
/// The bucket of `lake/<pipeline>/` and `rejects/<pipeline>/`.
pub const LAKE_BUCKET: &str = "SLUICE_LAKE_BUCKET";
/// The pipeline's table.
pub const TABLE: &str = "SLUICE_TABLE";
/// The table of the ledger and the plugin pointers.
pub const CONTROL_TABLE: &str = "SLUICE_CONTROL_TABLE";
/// The URL of the pipeline's own queue, which `ingest` sends what is left of a large object to.
pub const SOURCE_QUEUE: &str = "SLUICE_SOURCE_QUEUE";
/// The topic of alerts.
pub const ALERTS_TOPIC: &str = "SLUICE_ALERTS_TOPIC";

/// What one function must know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The project's name.
    pub project: String,
    /// The stage.
    pub stage: String,
    /// The function's timeout, in seconds.
    pub timeout_seconds: u32,
    /// The pipeline that it serves.
    pub pipeline: Pipeline,
}
