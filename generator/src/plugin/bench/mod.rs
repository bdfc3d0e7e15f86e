//! `gen plugin bench`: what a row costs in a plugin, and how much of that is the way into it and back.
//!
//! The plugin and a plugin that does nothing take turns on the same batches, on the engine that production runs. Time
//! depends on the machine; fuel, which a second engine counts, does not.

mod made;
mod measure;
mod report;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use sluice_contract::stack::{Pipeline, Plugin};
use sluice_pipeline::columns::{Column, ColumnField};
use sluice_pipeline::decode::{Decoder, Input};
use sluice_pipeline::plugin::{PluginEngine, PluginError, PluginVersion};

use self::measure::race;
use super::given;
use crate::compiled;
use crate::failure::Failure;
use crate::record_files;
use crate::terminal::{Format, say, write_result};

/// The plugin to compare with, in WebAssembly's text format.
const IDENTITY: &str = include_str!("identity.wat");
/// Bytes of values that are kept in memory at the most.
const MOST_BYTES: usize = 256 << 20;

/// Measures what a plugin costs
///
/// Gives the best time of several rounds over the same batches, in nanoseconds a row and in megabytes of column data a
/// second, the fuel (about one unit for each WebAssembly instruction, the same on every machine), and the memory of the
/// instance. A plugin that hands every column back as it came takes turns with it: the rest is the plugin's own work.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen plugin bench mask_emails.wasm
  gen plugin bench mask_emails.wasm --data data.csv --manifest manifest.toml
  gen plugin bench mask_emails.wasm --data data.csv --format json | jq .plugin.ns_per_row

Without --data it makes up values for the columns that the plugin says it reads. Close other programs: what they take
is missing here.

Exit codes:
  0  measured
  1  the plugin or what else was given cannot be used
  2  anything else went wrong")]
pub(crate) struct BenchArgs {
    /// The component, a .wasm file, or a plugin's folder, or the name of a plugin that comes with gen
    #[arg(value_name = "PLUGIN")]
    file: PathBuf,
    #[arg(long, value_name = "FILE", help = record_files::help("Records to measure with"))]
    data: Option<PathBuf>,
    /// The manifest whose configuration and limits it gets
    #[arg(long, value_name = "MANIFEST")]
    manifest: Option<PathBuf>,
    /// The pipeline that it is for [default: the one whose plugin has the file's name, or the only one with a plugin]
    #[arg(long, value_name = "NAME", requires = "manifest")]
    pipeline: Option<String>,
    /// Rows to measure with, at the most
    #[arg(long, value_name = "N", default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(1..))]
    rows: u32,
    /// How long to go on, in seconds; three rounds at the least
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0, value_parser = seconds)]
    time: f64,
    /// How the answer is written to standard output; `json` is
    /// `{"rows", "bytes", "rounds", "plugin": {"ns_per_row", …}, "identity": {…}}`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Rows to measure with.
pub(crate) struct Data {
    /// What is measured with, for people.
    name: String,
    schema: Vec<ColumnField>,
    batches: Vec<Vec<Column>>,
    /// Rows of each batch.
    rows: Vec<usize>,
}

/// Measures, and says what came of it.
pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode, Failure> {
    let component = given::component(&args.file)?;
    let stack = given::stack(args.manifest.as_deref())?;
    let (pipeline, plugin) = given::choose(&stack, &args.file, args.pipeline.as_deref())?;
    let version = load(
        &engine(PluginEngine::new())?,
        &component,
        plugin,
        &args.file,
    )?;
    let data = match &args.data {
        Some(file) => read(file, pipeline, args.rows as usize)?,
        None => made::up(version.descriptor(), args.rows as usize),
    };
    let identity = super::build::componentize_text(IDENTITY);
    let identity = load(
        &engine(PluginEngine::new())?,
        &identity,
        plugin,
        Path::new("identity"),
    )?;
    let time = Duration::from_secs_f64(args.time);
    let race = race(
        &version,
        &identity,
        &data,
        time,
        args.format == Format::Text,
    );
    let race = race.map_err(|error| unusable(&args.file, &error))?;

    let metered = engine(PluginEngine::metered())?;
    let fuel = |component: &[u8], file: &Path| {
        let version = load(&metered, component, plugin, file)?;
        measure::fuel_per_row(&version, &data).map_err(|error| unusable(file, &error))
    };
    let fuel = [
        fuel(&component, &args.file)?,
        fuel(
            &super::build::componentize_text(IDENTITY),
            Path::new("identity"),
        )?,
    ];
    let rejected = race.plugin.rejected;
    if fuel[0].is_none() {
        let what = "rows make the plugin fail, and the figures are those of the search for them; see `gen plugin try`";
        say("warning", what);
    } else if 2 * rejected > data.rows() {
        let what = format!(
            "{rejected} of {} rows are rejected, which other rows are not",
            data.rows()
        );
        say("warning", &what);
    }
    let report = report::Report::new(&version, &data, &race, fuel);
    write_result(&match args.format {
        Format::Text => report.in_words(),
        Format::Json => format!("{}\n", report.as_json()),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn engine(engine: Result<PluginEngine, PluginError>) -> Result<PluginEngine, Failure> {
    engine.map_err(|error| Failure::Other(error.into()))
}

fn load(
    engine: &PluginEngine,
    component: &[u8],
    plugin: &Plugin,
    file: &Path,
) -> Result<PluginVersion, Failure> {
    compiled::load(engine, component, plugin).map_err(|error| unusable(file, &error))
}

fn unusable(file: &Path, error: &PluginError) -> Failure {
    Failure::Input(format!("`{}` cannot be measured: {error}", file.display()))
}

/// The first rows of a file, as the decoder makes batches of it.
fn read(path: &Path, pipeline: &Pipeline, most_rows: usize) -> Result<Data, Failure> {
    let shown = path.display();
    let kind = record_files::kind(path)?;
    let unreadable =
        |error: std::io::Error| Failure::Input(format!("`{shown}` cannot be read: {error}"));
    let file = Input::File(File::open(path).map_err(unreadable)?);
    let mut decoder = Decoder::new(kind, pipeline, &[], file);
    let mut data = Data {
        name: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        schema: Vec::new(),
        batches: Vec::new(),
        rows: Vec::new(),
    };
    while data.rows() < most_rows
        && data.bytes() < MOST_BYTES
        && let Some(batch) = decoder.next_batch().map_err(unreadable)?
    {
        if batch.rows > 0 {
            data.rows.push(batch.rows);
            data.batches.push(batch.columns);
        }
    }
    if data.batches.is_empty() {
        return Err(Failure::Input(format!(
            "`{shown}` holds no record that can be read; try it with `gen run`"
        )));
    }
    data.schema = decoder.columns().to_vec();
    Ok(data)
}

impl Data {
    fn rows(&self) -> usize {
        self.rows.iter().sum()
    }

    /// Bytes of the values, without what lies around them.
    fn bytes(&self) -> usize {
        let columns = self.batches.iter().flatten();
        columns
            .map(|column| measure::value_bytes(&column.values))
            .sum()
    }
}

/// A number of seconds on the command line.
fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("it is a number of seconds, at most 3600".to_owned()),
    }
}
