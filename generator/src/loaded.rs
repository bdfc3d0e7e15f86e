//! The plugin of a pipeline, found in a folder or in `gen` itself, and loaded for this machine.

use std::path::Path;

use sluice_contract::stack::Pipeline;
use sluice_manifest::PluginRefusal;
use sluice_pipeline::plugin::{PluginEngine, PluginVersion};

use crate::component::{self, Component};
use crate::failure::Failure;
use crate::plugin_settings;
use crate::terminal::{say, shown_path};

/// A plugin that is ready, and how it refuses its settings, if it does.
pub(crate) struct Loaded {
    pub(crate) version: PluginVersion,
    pub(crate) refusal: Option<PluginRefusal>,
}

/// Loads the plugin of a pipeline that has one.
pub(crate) fn load(
    engine: &PluginEngine,
    pipeline: &Pipeline,
    folder: &Path,
) -> Result<Option<Loaded>, Failure> {
    let Some(plugin) = &pipeline.plugin else {
        return Ok(None);
    };
    let path = folder.join(component::file_name(&plugin.name));
    let component = Component::find(&plugin.name, folder).map_err(|error| {
        Failure::Input(format!(
            "plugin `{}` of pipeline `{}` is not at `{}`: {error}\nhelp: build it with `gen plugin build DIR --out \
             {2}`, or say with --plugins where it is",
            plugin.name,
            pipeline.name,
            shown_path(&path),
        ))
    })?;
    if let Some(choice) = component.choice(&plugin.name) {
        say("note", &choice);
    }
    let version = crate::compiled::load(engine, &component.bytes, plugin)
        .map_err(|error| Failure::Input(format!("plugin `{}`: {error}", shown_path(&path))))?;
    let refusal = plugin_settings::refusal(&version, pipeline);
    Ok(Some(Loaded { version, refusal }))
}
