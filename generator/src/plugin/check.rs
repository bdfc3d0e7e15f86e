//! `gen plugin check`: whether a plugin may be used, found out as the role `publish` does, before anything is uploaded.
//!
//! The checks and their words are the pipeline's own. This module reads files, and says what came of it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use sluice_contract::Sha256;
use sluice_contract::stack::Pipeline;
use sluice_pipeline::clean::known_columns;
use sluice_pipeline::columns::ColumnField;
use sluice_pipeline::plugin::{PluginEngine, PluginError};
use sluice_pipeline::vet::{Candidate, Refusal, Samples, Vetted, vet};

use super::given;
use crate::failure::Failure;
use crate::plugin_settings;
use crate::record_files;
use crate::terminal::{Format, say, shown_path, write_result};

/// Records of a file that a plugin is tried on, at the most.
const RECORDS: usize = 1000;

/// Checks a plugin as it is checked when it is uploaded
///
/// Looks at the file, the plugin's world and version of the contract, its description and what it imports; with a
/// manifest also at its configuration and at the columns that it makes; and with samples at what it makes of them, twice.
/// Nothing is uploaded, and the samples are not shown.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen plugin check clean_feedback.wasm
  gen plugin check clean_feedback.wasm --manifest manifest.toml --samples data/web-forms.csv
  gen plugin check clean_feedback.wasm --manifest manifest.toml --format json | jq .trial

Exit codes:
  0  the plugin may be used
  1  it may not, or what was given is wrong
  2  anything else went wrong")]
pub(crate) struct CheckArgs {
    /// The component, a .wasm file, or a plugin's folder, which is built first, or the name of a plugin that comes with gen
    #[arg(value_name = "PLUGIN")]
    file: PathBuf,
    /// The manifest whose configuration it gets and whose fields it must fit
    #[arg(long, value_name = "MANIFEST")]
    manifest: Option<PathBuf>,
    /// The pipeline that it is for [default: the one whose plugin has the file's name, or the only one with a plugin]
    #[arg(long, value_name = "NAME", requires = "manifest")]
    pipeline: Option<String>,
    #[arg(long = "samples", value_name = "FILE", help = record_files::help(
        "A file whose first 1,000 records it is tried on, and which may be given several times"
    ))]
    samples: Vec<PathBuf>,
    /// How the answer is written to standard output; reasons and warnings of `text` go to standard error, and `json` is
    /// `{"ok": true, "name", "version", …}` or `{"ok": false, "reason", …}`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Checks, and says so.
pub(crate) fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let path = shown_path(&args.file);
    let component = given::component(&args.file)?;
    let stack = given::stack(args.manifest.as_deref())?;
    let (pipeline, plugin) = given::choose(&stack, &args.file, args.pipeline.as_deref())?;
    let samples: Vec<Samples> = args
        .samples
        .iter()
        .map(|file| read_samples(file, pipeline, args.manifest.is_some()))
        .collect::<Result<_, _>>()?;
    let engine = PluginEngine::new().map_err(anyhow::Error::from)?;
    let pipeline = args.manifest.is_some().then_some(pipeline);
    let candidate = Candidate {
        component: &component,
        plugin,
        pipeline,
        samples: &samples,
        current: None,
    };
    match (vet(&engine, &candidate), args.format) {
        (Err(Refusal::Plugin(error @ PluginError::Engine { .. })), _) => {
            Err(anyhow::Error::from(error).into())
        }
        (Err(Refusal::Plugin(PluginError::Settings { message, .. })), Format::Text)
            if let (Some(manifest), Some(pipeline)) = (&args.manifest, pipeline) =>
        {
            Err(plugin_settings::failure(manifest, pipeline, &message))
        }
        (Err(refusal), Format::Text) => Err(Failure::Input(format!(
            "`{path}` may not be used: {}",
            printable(&refusal.to_string())
        ))),
        (Err(refusal), Format::Json) => {
            let mut answer = answer(&args.file, &component, pipeline, false);
            answer["reason"] = json!(refusal.to_string());
            write_result(&format!("{answer:#}\n"))?;
            Ok(ExitCode::from(1))
        }
        (Ok(vetted), Format::Text) => {
            write_result(&in_words(&vetted, args, component.len(), pipeline))?;
            for warning in &vetted.trial.warnings {
                say("warning", &printable(warning));
            }
            Ok(ExitCode::SUCCESS)
        }
        (Ok(vetted), Format::Json) => {
            let mut answer = answer(&args.file, &component, pipeline, true);
            describe(&mut answer, &vetted, &engine);
            write_result(&format!("{answer:#}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The first records of a file, as they would come out of the decoder.
fn read_samples(path: &Path, pipeline: &Pipeline, has_manifest: bool) -> Result<Samples, Failure> {
    let known = if has_manifest {
        known_columns(pipeline, None)
    } else {
        Vec::new()
    };
    Ok(given::records(path, pipeline, &known, RECORDS)?.samples)
}

/// What is known of the file whatever came of it.
fn answer(file: &Path, component: &[u8], pipeline: Option<&Pipeline>, ok: bool) -> Value {
    json!({
        "ok": ok,
        "file": file.display().to_string(),
        "bytes": component.len(),
        "sha256": Sha256::of(component),
        "pipeline": pipeline.map(|pipeline| &pipeline.name),
    })
}

fn describe(answer: &mut Value, vetted: &Vetted, engine: &PluginEngine) {
    let (descriptor, trial) = (vetted.version.descriptor(), &vetted.trial);
    answer["name"] = json!(descriptor.name);
    answer["version"] = json!(descriptor.version);
    answer["contract"] = json!(vetted.version.contract());
    answer["inputs"] = fields(&descriptor.inputs);
    answer["outputs"] = fields(&descriptor.outputs);
    answer["engine"] = json!(engine.fingerprint());
    answer["compiled_sha256"] = json!(vetted.compiled.sha256());
    answer["compiled_bytes"] = json!(vetted.compiled.code().len());
    answer["compile_seconds"] = json!(trial.compile_seconds);
    answer["trial"] = json!({ "records": trial.records, "rejected": trial.rejected });
    answer["warnings"] = json!(trial.warnings);
}

fn fields(fields: &[ColumnField]) -> Value {
    fields
        .iter()
        .map(|field| {
            json!({ "name": field.name, "logical": field.logical, "nullable": field.nullable })
        })
        .collect()
}

fn in_words(
    vetted: &Vetted,
    args: &CheckArgs,
    bytes: usize,
    pipeline: Option<&Pipeline>,
) -> String {
    let (version, trial) = (&vetted.version, &vetted.trial);
    let descriptor = version.descriptor();
    let place = pipeline.map_or_else(String::new, |pipeline| {
        format!(" in pipeline {}", pipeline.name)
    });
    let list = |fields: &[ColumnField]| {
        let field = |field: &ColumnField| {
            let optional = if field.nullable { "?" } else { "" };
            format!("{} {}{optional}", field.name, field.logical)
        };
        fields.iter().map(field).collect::<Vec<_>>().join(", ")
    };
    let tried = match args.samples.len() {
        0 => "no samples".to_owned(),
        1 => format!("{} records, {} rejected", trial.records, trial.rejected),
        files => format!(
            "{} records of {files} files, {} rejected",
            trial.records, trial.rejected
        ),
    };
    format!(
        "{} {} may be used{place}\n\
         \x20 file      {}, {bytes} bytes\n\
         \x20 sha256    {}\n\
         \x20 contract  {}\n\
         \x20 inputs    {}\n\
         \x20 outputs   {}\n\
         \x20 compiled  in {:.2} s to {} bytes\n\
         \x20 trial     {tried}\n",
        descriptor.name,
        descriptor.version,
        shown_path(&args.file),
        version.sha256(),
        version.contract(),
        list(&descriptor.inputs),
        list(&descriptor.outputs),
        trial.compile_seconds,
        vetted.compiled.code().len(),
    )
}

/// Text that a plugin may have chosen, without what would move a terminal's cursor.
fn printable(text: &str) -> String {
    text.replace(char::is_control, " ")
}
