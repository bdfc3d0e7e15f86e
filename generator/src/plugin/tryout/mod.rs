//! `gen plugin try`: what a plugin makes of the first records of a file, cell by cell, so that an author sees what it does
//! before it does it to everything.
//!
//! The records go through the decoder, the plugin and the checks of the manifest's fields as in a run. Nothing is stored.

mod row;
mod summary;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use sluice_contract::stack::Pipeline;
use sluice_pipeline::check::Checker;
use sluice_pipeline::clean::known_columns;
use sluice_pipeline::generate::Identity;
use sluice_pipeline::plugin::{Origin, PluginEngine, PluginError, PluginVersion};

use self::row::{Sources, TriedRow};
use self::summary::Summary;
use super::given::{self, Records};
use super::log;
use super::paint::Paint;
use crate::compiled;
use crate::failure::Failure;
use crate::plugin_settings;
use crate::project;
use crate::record_files;
use crate::terminal::{Format, colour_on, say, shown_path, write_result};

/// Shows what a plugin makes of the first records of a file
///
/// For each record the cells that changed, before and after; the columns that the plugin made; what became of the record;
/// and what the plugin and the checks of the manifest's fields say about it. Records without a change are counted only.
/// Nothing is stored. The values are shown, also those of fields that the manifest calls personal (`pii`): mind who looks
/// at your terminal, and where you paste it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  gen plugin try mask_emails.wasm --manifest manifest.toml data/contacts.csv
  gen plugin try mask-emails --manifest manifest.toml data/contacts.json.gz --rows 100
  gen plugin try mask_emails.wasm --manifest manifest.toml data.csv --format json | jq -c .changes

Exit codes:
  0  the records were tried, whatever became of them
  1  what was given is wrong, or the plugin does not run
  2  anything else went wrong")]
pub(crate) struct TryArgs {
    /// Folder of the plugin, which is built first, or a component, or the name of a plugin that comes with gen
    #[arg(value_name = "PLUGIN")]
    plugin: PathBuf,
    #[arg(value_name = "FILE", help = record_files::help("The records"))]
    file: PathBuf,
    /// The manifest with the plugin's configuration and the pipeline's fields
    #[arg(long, value_name = "MANIFEST")]
    manifest: PathBuf,
    /// The pipeline that it is for [default: the one whose plugin has this name, or the only one with a plugin]
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
    /// How many records
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rows: u32,
    /// Show records without a change too
    #[arg(long)]
    all: bool,
    /// Show on standard error what the plugin writes to its log
    #[arg(long)]
    log: bool,
    /// How the answer is written to standard output; `json` is one line a record:
    /// `{"row", "outcome", "in", "out", "changes", "findings"}`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Tries the plugin, and shows what it does.
pub(crate) fn run(args: &TryArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.manifest, None)?;
    let (pipeline, plugin) = given::choose(&stack, &args.plugin, args.pipeline.as_deref())?;
    let component = given::component(&args.plugin)?;
    let engine = PluginEngine::new().map_err(anyhow::Error::from)?;
    let unusable = |error: PluginError| match error {
        PluginError::Settings { message, .. } => {
            plugin_settings::failure(&args.manifest, pipeline, &message)
        }
        error => Failure::Input(format!("`{}`: {error}", shown_path(&args.plugin))),
    };
    let version = compiled::load(&engine, &component, plugin).map_err(unusable)?;
    let known = known_columns(pipeline, Some(&version));
    let records = given::records(&args.file, pipeline, &known, args.rows as usize)?;
    let rows = log::shown(args.log, || tried(&version, pipeline, &records, &args.file));
    let rows = rows.map_err(unusable)?;
    let answer = match args.format {
        Format::Json => rows.iter().map(|row| format!("{}\n", row.json())).collect(),
        Format::Text => in_words(args, &rows),
    };
    write_result(&answer)?;
    Ok(ExitCode::SUCCESS)
}

/// What becomes of each record, in the order of the file.
fn tried(
    version: &PluginVersion,
    pipeline: &Pipeline,
    records: &Records,
    file: &Path,
) -> Result<Vec<TriedRow>, PluginError> {
    let Records {
        samples,
        numbers,
        broken,
    } = records;
    let mut transformer = version.configure(&samples.schema())?;
    let origin = Origin {
        pipeline: pipeline.name.clone(),
        source: file.display().to_string(),
        first_row: numbers.first().copied().unwrap_or_default(),
        received_at: modified(file),
    };
    let transformed = transformer.transform(samples.rows(), samples.values(), &origin)?;
    let answers = transformer.answers(samples.rows(), samples.values(), &transformed);
    let sources = Sources::of(
        samples.columns(),
        &version.descriptor().inputs,
        transformer.outputs(),
        &transformed.columns,
    );
    let checked = match Checker::new(pipeline, transformer.outputs()) {
        Ok(checker) => {
            let identity = Identity::of(&[]);
            checker
                .check(&mut samples.batch(), transformed, &identity)
                .rejected
        }
        Err(mismatch) => {
            say(
                "warning",
                &format!("the fields are not checked: {mismatch}"),
            );
            Vec::new()
        }
    };
    let mut rows: Vec<TriedRow> = answers
        .iter()
        .enumerate()
        .map(|(index, answer)| {
            let mut checked = checked.iter();
            let checked = checked.find(|rejected| rejected.record == index as u64);
            TriedRow::of(numbers[index], samples, index, answer, checked, &sources)
        })
        .collect();
    rows.extend(broken.iter().map(TriedRow::unreadable));
    rows.sort_by_key(|row| row.number);
    Ok(rows)
}

/// When a file arrived, as a run would have it.
fn modified(file: &Path) -> i64 {
    let modified = file.metadata().and_then(|metadata| metadata.modified());
    let since = modified
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    i64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}

fn in_words(args: &TryArgs, rows: &[TriedRow]) -> String {
    let paint = Paint {
        colour: colour_on(&io::stdout()),
    };
    let mut text = String::new();
    let mut hidden = 0;
    for row in rows {
        if args.all || !row.is_as_it_was() {
            text.push_str(&row.text(paint));
        } else {
            hidden += 1;
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&Summary::of(rows).text(&shown_path(&args.file), hidden, paint));
    text
}
