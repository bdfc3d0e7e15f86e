//! What the kit's subcommands are given: a component, or a folder to build it of; the pipeline that the plugin is for; and
//! records of a file.

use std::fs::File;
use std::path::Path;

use sluice_contract::Stack;
use sluice_contract::stack::{Pipeline, Plugin};
use sluice_pipeline::decode::{Batch, Decoder, Input, KnownColumn};
use sluice_pipeline::vet::Samples;

use super::build::Source;
use crate::component::shipped;
use crate::failure::Failure;
use crate::project;
use crate::record_files;
use crate::terminal::shown_path;

/// What stands in for a manifest where none is given: the defaults.
const NO_MANIFEST: &str = r#"
[project]
name = "none"
[pipeline.none]
source = { prefix = "none/" }
plugin = "none"
[pipeline.none.fields]
none = { type = "text", required = false }
[pipeline.none.lake]
"#;

/// What a manifest means; the defaults where there is none.
pub(super) fn stack(manifest: Option<&Path>) -> Result<Stack, Failure> {
    match manifest {
        Some(manifest) => project::load(manifest, None),
        None => sluice_manifest::load(NO_MANIFEST, "defaults", None).map_err(Failure::Manifest),
    }
}

/// The component at a path: the file itself, or what is built of the folder. Where there is neither, it is the name of a
/// plugin that comes with `gen`.
pub(super) fn component(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.is_dir() {
        return Ok(Source::find(path)?.component()?);
    }
    match path.to_str().and_then(shipped) {
        Some(component) if !path.exists() => Ok(component.to_vec()),
        _ => file(path),
    }
}

/// The component in a file.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::Input(format!(
            "cannot read the plugin `{}`: {error}\nhelp: build one with `gen plugin build`",
            shown_path(path)
        ))
    })
}

/// The pipeline that the plugin at a path is for, and what the manifest says about the plugin. `named` is the pipeline of
/// the command line.
pub(super) fn choose<'a>(
    stack: &'a Stack,
    path: &Path,
    named: Option<&str>,
) -> Result<(&'a Pipeline, &'a Plugin), Failure> {
    let with_plugin = || {
        stack
            .pipelines
            .iter()
            .filter_map(|pipeline| Some((pipeline, pipeline.plugin.as_ref()?)))
    };
    let names: Vec<String> = with_plugin()
        .map(|(pipeline, _)| format!("`{}`", pipeline.name))
        .collect();
    let names = names.join(", ");
    let wrong = |message: String| Err(Failure::Input(message));
    if names.is_empty() {
        return wrong(
            "no pipeline of the manifest has a plugin; give one of them `plugin = \"NAME\"`"
                .to_owned(),
        );
    }
    if let Some(name) = named {
        let mut named = with_plugin().filter(|(pipeline, _)| pipeline.name == *name);
        return named.next().map_or_else(
            || {
                wrong(format!(
                    "there is no pipeline `{name}` with a plugin; the manifest has {names}"
                ))
            },
            Ok,
        );
    }
    // `.` has a name too, once it is written out.
    let whole = path.canonicalize().unwrap_or_else(|_| path.into());
    let stem = whole.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.replace('-', "_");
    let of_that_name = with_plugin().filter(|(_, plugin)| plugin.name.replace('-', "_") == stem);
    let (of_that_name, all): (Vec<_>, Vec<_>) = (of_that_name.collect(), with_plugin().collect());
    match (of_that_name.as_slice(), all.as_slice()) {
        ([one], _) | ([], [one]) => Ok(*one),
        _ => wrong(format!(
            "the plugin could be for several pipelines; name one with --pipeline: {names}"
        )),
    }
}

/// The first records of a file, as they come out of the decoder.
pub(super) struct Records {
    /// Those that could be read.
    pub(super) samples: Samples,
    /// The number of each of them in the file, from 0.
    pub(super) numbers: Vec<u64>,
    /// Those before the last of them that could not be read: number and reason.
    pub(super) broken: Vec<Broken>,
}

/// A record that could not be read.
pub(super) struct Broken {
    /// Its number in the file, from 0.
    pub(super) number: u64,
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// Reads the first records of a file, `most` of them at the most. `known_columns` are those that are asked for.
pub(super) fn records(
    path: &Path,
    pipeline: &Pipeline,
    known_columns: &[KnownColumn],
    most: usize,
) -> Result<Records, Failure> {
    let shown = shown_path(path);
    let kind = record_files::kind(path)?;
    let unreadable =
        |error: std::io::Error| Failure::Input(format!("`{shown}` cannot be read: {error}"));
    let file = Input::File(File::open(path).map_err(unreadable)?);
    let mut decoder = Decoder::new(kind, pipeline, known_columns, file);
    let (mut numbers, mut broken) = (Vec::new(), Vec::new());
    let mut all: Option<Samples> = None;
    while numbers.len() < most
        && let Some(batch) = decoder.next_batch().map_err(unreadable)?
    {
        let samples = Samples::of(&batch, most - numbers.len());
        numbers.extend((0..samples.rows()).map(|row| batch.record_number(row)));
        broken.extend(broken_before(&batch, samples.rows()));
        match &mut all {
            Some(all) => all.append(samples),
            None => all = Some(samples),
        }
    }
    let Some(samples) = all.filter(|samples| samples.rows() > 0) else {
        return Err(Failure::Input(format!(
            "`{shown}` holds no record that can be read; try it with `gen run`"
        )));
    };
    Ok(Records {
        samples,
        numbers,
        broken,
    })
}

/// The broken records of a batch of which the first `rows` readable ones are used.
fn broken_before(batch: &Batch, rows: usize) -> Vec<Broken> {
    let is_last = rows == batch.rows;
    let broken = batch.broken.iter().enumerate();
    let broken = broken.filter(|(_, broken)| is_last || (broken.before as usize) < rows);
    broken
        .map(|(index, broken)| Broken {
            number: batch.broken_number(index),
            code: broken.code,
            message: broken.message.clone(),
        })
        .collect()
}
