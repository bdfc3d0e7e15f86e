//! The manifest that a subcommand is given, and the pipeline in it that is meant.

use std::io;
use std::path::Path;

use sluice_contract::Stack;
use sluice_contract::stack::Pipeline;
use sluice_manifest::PluginRefusal;

use crate::failure::Failure;
use crate::tables;
use crate::terminal::shown_path;

/// Reads a manifest. `stage` is that of the command line.
pub(crate) fn load(manifest: &Path, stage: Option<&str>) -> Result<Stack, Failure> {
    let path = shown_path(manifest);
    let text = std::fs::read_to_string(manifest).map_err(|error| {
        let remedy = if manifest.is_dir() {
            format!(
                "name the file in it: `{}`",
                manifest.join("manifest.toml").display()
            )
        } else if error.kind() == io::ErrorKind::InvalidData {
            "save it as UTF-8".to_owned()
        } else {
            "give the path of a manifest".to_owned()
        };
        Failure::Input(format!(
            "cannot read the manifest `{path}`: {error}\nhelp: {remedy}"
        ))
    })?;
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let read = |file: &str| tables::read(folder, file);
    sluice_manifest::load_with_tables(&text, &path, stage, &read).map_err(Failure::Manifest)
}

/// That plugins refuse their configuration, shown where it stands in the manifest.
pub(crate) fn refused(manifest: &Path, refusals: &[PluginRefusal]) -> Result<(), Failure> {
    if refusals.is_empty() {
        return Ok(());
    }
    let text = std::fs::read_to_string(manifest)
        .map_err(|error| anyhow::Error::new(error).context("the manifest is gone"))?;
    match sluice_manifest::plugin_problems(&text, &manifest.display().to_string(), refusals) {
        Some(problems) => Err(Failure::Manifest(problems)),
        None => Ok(()),
    }
}

/// The pipeline of this name.
pub(crate) fn pipeline<'a>(stack: &'a Stack, name: &str) -> Result<&'a Pipeline, Failure> {
    let mut pipelines = stack.pipelines.iter();
    let found = pipelines.find(|pipeline| pipeline.name == name);
    found.ok_or_else(|| {
        let names: Vec<_> = stack
            .pipelines
            .iter()
            .map(|pipeline| format!("`{}`", pipeline.name))
            .collect();
        Failure::Input(format!(
            "there is no pipeline `{name}`; the manifest has {}",
            names.join(", ")
        ))
    })
}
