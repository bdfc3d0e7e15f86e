//! What something is told of: a pipeline, or a whole stack.

use sluice_contract::settings::{Settings, StackSettings};

/// Of what a role tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) project: &'a str,
    pub(crate) stage: &'a str,
    /// `None` for the whole stack.
    pub(crate) pipeline: Option<&'a str>,
}

impl<'a> From<&'a Settings> for Place<'a> {
    fn from(settings: &'a Settings) -> Self {
        Self {
            project: &settings.project,
            stage: &settings.stage,
            pipeline: Some(&settings.pipeline.name),
        }
    }
}

impl<'a> From<&'a StackSettings> for Place<'a> {
    fn from(settings: &'a StackSettings) -> Self {
        Self {
            project: &settings.project,
            stage: &settings.stage,
            pipeline: None,
        }
    }
}
