//! Asks the plugins of a manifest whether their configuration is right. Which settings there are, only the plugin knows.

use std::io;
use std::path::Path;

use sluice_contract::Stack;
use sluice_contract::stack::Pipeline;
use sluice_manifest::PluginRefusal;
use sluice_pipeline::plugin::{PluginEngine, PluginError, PluginVersion};
use sluice_pipeline::vet::check_settings;

use crate::compiled;
use crate::component::{self, Component};
use crate::failure::Failure;
use crate::project;
use crate::terminal::say;

/// Asks every plugin that is at hand: beside the manifest, or in `gen`. One that is not has not been built yet, and one
/// that cannot be used is not asked: it is told of, and what to do.
pub(crate) fn check(stack: &Stack, manifest: &Path) -> Result<(), Failure> {
    let folder = component::folder_beside(manifest);
    let mut engine = None;
    let mut refusals = Vec::new();
    for pipeline in &stack.pipelines {
        let Some(plugin) = &pipeline.plugin else {
            continue;
        };
        let component = match Component::find(&plugin.name, &folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => Err(error.to_string()),
            Ok(component) => Ok(component),
        };
        let engine = match &mut engine {
            Some(engine) => engine,
            none => none.insert(PluginEngine::new().map_err(anyhow::Error::from)?),
        };
        let loaded = component.and_then(|component| {
            compiled::load(engine, &component.bytes, plugin).map_err(|error| error.to_string())
        });
        match loaded {
            Ok(version) => refusals.extend(refusal(&version, pipeline)),
            Err(reason) => say(
                "warning",
                &format!(
                    "plugin `{}` of pipeline `{}` cannot be asked about its configuration: {reason}",
                    plugin.name, pipeline.name
                ),
            ),
        }
    }
    project::refused(manifest, &refusals)
}

/// That a plugin refused its configuration, with its place in the manifest.
pub(crate) fn failure(manifest: &Path, pipeline: &Pipeline, message: &str) -> Failure {
    let refusal = PluginRefusal {
        pipeline: pipeline.name.clone(),
        message: message.to_owned(),
    };
    match project::refused(manifest, &[refusal]) {
        Err(failure) => failure,
        Ok(()) => Failure::Input("the plugin refuses its configuration without a word".into()),
    }
}

/// How a plugin refuses its configuration, if it does. What else may be wrong with it is told where it is used.
pub(crate) fn refusal(version: &PluginVersion, pipeline: &Pipeline) -> Option<PluginRefusal> {
    match check_settings(version, pipeline) {
        Err(PluginError::Settings { message, .. }) => Some(PluginRefusal {
            pipeline: pipeline.name.clone(),
            message,
        }),
        Err(_) | Ok(()) => None,
    }
}
