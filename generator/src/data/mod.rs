//! `gen data`: made-up records of a pipeline, on standard output or in a file.
//!
//! How records are made is the affair of the crate `sluice_data`; here are the command line, the files and the bar.

mod outlet;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use sluice_contract::Stack;
use sluice_contract::stack::{Format, Pipeline};
use sluice_data::{DataError, DataFormat, DenseRank, Options, Records, Row, writer};

use self::outlet::Outlet;
use crate::failure::Failure;
use crate::project;
use crate::terminal::say;

/// Makes up records that a pipeline accepts
///
/// The values are such as the manifest's `fields` allow and as their names and types suggest: `fake` of a field says it where
/// the name does not. The same manifest, seed and number of rows give the same bytes on every machine. docs/data.md lists the
/// kinds of values.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen data manifest.toml --rows 50000 > customers.csv
  gen data manifest.toml --rows 1000000 --seed 7 --format parquet --out customers.parquet
  gen data manifest.toml --rows 50000 --dense-rank country=country_rank > customers.csv
  gen data manifest.toml --rows 1000 --mess 0.05 --truth truth.ndjson --out messy.csv
  gen run manifest.toml messy.csv --out out            are the rejects those of truth.ndjson?
  gen data manifest.toml --format ndjson | head -n 3

Exit codes:
  0  the records are written, or nobody wants more of them
  1  what was given is wrong: the command line, the manifest, or a field for which no value can be found
  2  anything else went wrong")]
pub(crate) struct DataArgs {
    /// The manifest, a TOML file
    #[arg(value_name = "MANIFEST")]
    manifest: PathBuf,
    /// The pipeline whose records are made, where the manifest has several
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
    /// How many records
    #[arg(long, value_name = "N", default_value_t = 100)]
    rows: u64,
    /// What all chance comes from: another seed gives other records
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How they are written
    #[arg(long, value_enum, default_value_t)]
    format: FormatArg,
    /// Where they go, instead of standard output; Parquet does not go to a terminal
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The share of records that are polluted so that they are rejected, or are duplicates: 0 to 1
    #[arg(long, value_name = "SHARE")]
    mess: Option<f64>,
    /// Where to write what was done to each polluted record, as NDJSON: `row` from 0, `field`, `mess`, and the `code` that
    /// the pipeline's checks give it
    #[arg(long, value_name = "FILE", requires = "mess")]
    truth: Option<PathBuf>,
    /// Add a column NEW with the dense rank of FIELD: 1 for its first value in order, nulls first, no gaps; may be repeated
    #[arg(long, value_name = "FIELD=NEW", value_parser = dense_rank)]
    dense_rank: Vec<DenseRank>,
}

/// How records are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// As the pipeline's source has it: delimiter, quotes, header
    #[default]
    Csv,
    /// One JSON object a line
    Ndjson,
    /// With the types of the manifest; with text in all columns where records are polluted
    Parquet,
}

impl FormatArg {
    /// What makes it, and what reads it.
    fn formats(self) -> (DataFormat, Format) {
        match self {
            FormatArg::Csv => (DataFormat::Csv, Format::Csv),
            FormatArg::Ndjson => (DataFormat::Ndjson, Format::Ndjson),
            FormatArg::Parquet => (DataFormat::Parquet, Format::Parquet),
        }
    }
}

fn dense_rank(text: &str) -> Result<DenseRank, String> {
    match text.split_once('=') {
        Some((field, column)) if !field.is_empty() && !column.is_empty() => Ok(DenseRank {
            field: field.to_owned(),
            column: column.to_owned(),
        }),
        _ => Err("write it as `FIELD=NEW`, such as `country=country_rank`".to_owned()),
    }
}

/// Makes the records.
pub(crate) fn run(args: &DataArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.manifest, None)?;
    let pipeline = chosen(&stack, args.pipeline.as_deref())?;
    let (made, read) = args.format.formats();
    if !pipeline.formats.contains(&read) {
        let text = format!(
            "pipeline `{}` does not take {}: its `formats` leave it out",
            pipeline.name,
            read.name()
        );
        say("warning", &text);
    }
    let to_terminal = args.out.is_none() && io::stdout().is_terminal();
    if made == DataFormat::Parquet && to_terminal {
        return Err(Failure::Input(
            "Parquet is not for a terminal\nhelp: name a file with `--out`".to_owned(),
        ));
    }
    let options = Options {
        rows: args.rows,
        seed: args.seed,
        format: made,
        mess: args.mess,
        ranks: args.dense_rank.clone(),
    };
    let mut records = Records::new(pipeline, &options).map_err(failure)?;
    let bar = progress(args.rows + records.rows_to_learn(), to_terminal);
    let mut ticks = 0;
    records.learn(|| tick(&bar, &mut ticks)).map_err(failure)?;
    let made = write(args, pipeline, &options, &records, &bar);
    bar.finish_and_clear();
    made?;
    Ok(ExitCode::SUCCESS)
}

/// The pipeline that is meant: the only one, where none is named.
fn chosen<'a>(stack: &'a Stack, name: Option<&str>) -> Result<&'a Pipeline, Failure> {
    match (name, stack.pipelines.as_slice()) {
        (Some(name), _) => project::pipeline(stack, name),
        (None, [only]) => Ok(only),
        (None, several) => {
            let names: Vec<String> = several
                .iter()
                .map(|pipeline| format!("`{}`", pipeline.name))
                .collect();
            Err(Failure::Input(format!(
                "the manifest has several pipelines\nhelp: choose one with `--pipeline`: {}",
                names.join(", ")
            )))
        }
    }
}

/// Writes all records. A reader that has seen enough ends that without a word.
fn write(
    args: &DataArgs,
    pipeline: &Pipeline,
    options: &Options,
    records: &Records,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let mut data = Outlet::open(args.out.as_deref())?;
    let mut truth = args.truth.as_deref().map(|path| Outlet::open(Some(path)));
    let mut truth = match truth.take() {
        Some(outlet) => Some(outlet?),
        None => None,
    };
    let written = write_to(pipeline, options, records, bar, &mut data, truth.as_mut());
    match written {
        Err(DataError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written.map_err(failure)?,
    }
    data.keep()?;
    truth.map_or(Ok(()), Outlet::keep)
}

fn write_to(
    pipeline: &Pipeline,
    options: &Options,
    records: &Records,
    bar: &ProgressBar,
    data: &mut Outlet,
    mut truth: Option<&mut Outlet>,
) -> Result<(), DataError> {
    let polluted = options.mess.is_some();
    let mut out = writer(options.format, pipeline, records.columns(), polluted, data)?;
    let mut row = Row::default();
    let mut ticks = 0;
    for number in 0..options.rows {
        let done = records.fill(number, &mut row)?;
        out.write(&row)?;
        if let (Some(done), Some(truth)) = (done, truth.as_mut()) {
            truth.line(&serde_json::to_string(&done).map_err(io::Error::other)?)?;
        }
        tick(bar, &mut ticks);
    }
    out.finish()?;
    Ok(())
}

fn failure(error: DataError) -> Failure {
    match error {
        DataError::Write(error) => {
            Failure::Other(anyhow::Error::new(error).context("cannot write the records"))
        }
        other => Failure::Input(other.to_string()),
    }
}

/// Moves the bar, which costs more than a row, only now and then.
fn tick(bar: &ProgressBar, ticks: &mut u64) {
    const ROWS: u64 = 1024;
    *ticks += 1;
    if ticks.is_multiple_of(ROWS) {
        bar.inc(ROWS);
    }
}

/// A bar over the rows; nothing where nobody watches, or where it would stand among them.
fn progress(rows: u64, to_terminal: bool) -> ProgressBar {
    if to_terminal || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(rows);
    let style = "{bar:32} {human_pos}/{human_len} rows {per_sec} {eta}";
    bar.set_style(ProgressStyle::with_template(style).expect("a template that indicatif knows"));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
