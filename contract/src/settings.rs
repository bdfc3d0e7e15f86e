//! The settings of one function: what the generator writes into its environment and the host reads from it.
//!
//! Static facts travel as one JSON text, inline or, where it outgrows the environment, through SSM parameters. Names of
//! resources are only known to CloudFormation and travel as [variables](crate::variable::Variable) of their own.

use serde::{Deserialize, Serialize};

use crate::stack::{Notify, Pipeline};

/// The name of the [`Role`](crate::roles::Role) that a function plays.
pub const ROLE: &str = "SLUICE_ROLE";
/// [`Settings`] or [`StackSettings`] as JSON.
pub const SETTINGS: &str = "SLUICE_SETTINGS";
/// Instead of [`SETTINGS`]: names of SSM parameters, separated by commas, whose values joined are the JSON.
pub const SETTINGS_PARAMETERS: &str = "SLUICE_SETTINGS_PARAMETERS";
/// Where SSM is, as a URL, beside [`SETTINGS_PARAMETERS`].
pub const SETTINGS_ENDPOINT: &str = "SLUICE_SETTINGS_ENDPOINT";

/// What a function that works for one pipeline must know.
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

/// What a function that works for the whole stack must know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StackSettings {
    /// The project's name.
    pub project: String,
    /// The stage.
    pub stage: String,
    /// The pipelines of the stack.
    pub pipelines: Vec<Pipeline>,
    /// Who is told, if anybody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
}
