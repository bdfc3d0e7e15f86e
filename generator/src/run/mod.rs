//! `gen run`: the pipeline of a manifest on local files, with SQLite and a folder in the place of DynamoDB and S3.
//!
//! It is the host's record path over the local adapters, so that what runs on a laptop is what runs on AWS.

mod inputs;
mod remarks;
mod summary;

pub(crate) use summary::grouped;

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal as _, Read},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sluice_contract::stack::{Dedupe, Pipeline};
use sluice_manifest::PluginRefusal;
use sluice_pipeline::{
    local::{LocalLedger, LocalOutputs, LocalSeenKeys, LocalSinks},
    plugin::{PluginEngine, PluginVersion},
    ports::SeenKeys,
    process::{Job, Outlets, ProcessError, judge_and_process},
    report::ObjectReport,
    shown::in_lines,
};

use self::{
    inputs::Input,
    summary::{Failed, Summary},
};
use crate::component;
use crate::failure::Failure;
use crate::loaded::{self, Loaded};
use crate::project;
use crate::record_files;
use crate::terminal::{Format, say};

/// The database below the output folder.
pub(crate) const DATABASE: &str = "sluice.sqlite";

/// What `dedupe = "all"` remembers, below the output folder. It is a database of its own, because it is written to while
/// the rows of an object are not complete.
const SEEN_KEYS: &str = "seen-keys.sqlite";

/// Runs pipelines on local files, as they would run on AWS.
///
/// Writes `DIR/sluice.sqlite` (a table for each pipeline that has one, and the ledger `_ledger`), Parquet files under
/// `DIR/lake/`, and rejected records with their reasons as NDJSON under `DIR/rejects/`. A file that was processed
/// before is skipped, but for one that was refused. Where the manifest says `dedupe = "all"`, `DIR/seen-keys.sqlite` remembers the records of all files.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gen run manifest.toml data --out out
  gen run manifest.toml export.csv.gz --out out --format json | jq .totals
  gen run manifest.toml data --out out --again --threads 1

Exit codes: 0 done, also with rejected records; 1 the input is wrong, a file was refused as a whole, or --strict and a \
                 record was rejected; 2 anything else.")]
pub(crate) struct RunArgs {
    /// The project's manifest.
    manifest: PathBuf,
    #[arg(required = true, help = record_files::help("Files and folders to read"))]
    inputs: Vec<PathBuf>,
    /// Where results go.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The pipeline that all files belong to. Without it, a file belongs to the only one, or to the one whose source
    /// prefix is part of its path.
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
    /// Where plugins are found, as NAME.wasm with `_` for `-`; `tidy` comes with this program. [default: the folder
    /// `plugins` beside the manifest]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// Threads that work on a file. [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: Option<u16>,
    /// How to print the summary.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Process files again that were processed before.
    #[arg(long)]
    again: bool,
    /// Exit with 1 where a record was rejected.
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.manifest, None)?;
    let inputs = inputs::find(&args.inputs, &stack, args.pipeline.as_deref())?;
    std::fs::create_dir_all(&args.out).map_err(|error| {
        Failure::Input(format!(
            "the output folder `{}` cannot be made: {error}",
            args.out.display()
        ))
    })?;
    let mut runner = Runner::new(args)?;
    let mut refusals = Vec::new();
    for input in &inputs {
        refusals.extend(runner.load_plugin(input.pipeline)?);
    }
    project::refused(&args.manifest, &refusals)?;
    let mut summary = Summary::default();
    let progress = progress(&inputs);
    for input in &inputs {
        progress.set_message(input.path.display().to_string());
        match runner.run(input, &progress) {
            Ok(Some(report)) => summary.objects.push(report),
            Ok(None) => {
                progress.inc(input.object.size.unwrap_or_default());
                summary.skipped.push(input.object.uri.clone());
            }
            Err(error) => {
                let process = error.downcast_ref::<ProcessError>();
                let input_is_wrong = matches!(
                    process,
                    Some(ProcessError::Plugin(_) | ProcessError::Schema(_))
                );
                let words = match process {
                    Some(ProcessError::Plugin(error)) => error.words(),
                    _ => None,
                };
                let said = words.map(|words| format!("; it said: {words}"));
                let message = format!("{error:#}{}", said.unwrap_or_default());
                let source = input.object.uri.clone();
                summary.failed.push(Failed {
                    source,
                    message,
                    input_is_wrong,
                });
            }
        }
    }
    progress.finish_and_clear();
    for Failed {
        source, message, ..
    } in &summary.failed
    {
        say("error", &in_lines(&format!("{source}: {message}")));
    }
    summary.add_up();
    match args.format {
        Format::Text => summary.print_text(&args.out)?,
        Format::Json => summary.print_json()?,
    }
    Ok(summary.exit_code(args.strict))
}

/// What is opened once and used for every file.
struct Runner<'a> {
    args: &'a RunArgs,
    threads: usize,
    ledger: LocalLedger,
    outputs: LocalOutputs,
    engine: Option<PluginEngine>,
    /// By pipeline.
    plugins: BTreeMap<String, PluginVersion>,
}

impl<'a> Runner<'a> {
    fn new(args: &'a RunArgs) -> anyhow::Result<Self> {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = args.threads.map_or_else(processors, usize::from);
        let ledger = LocalLedger::open(&args.out.join(DATABASE))?;
        let outputs = LocalOutputs::new(&args.out);
        Ok(Self {
            args,
            threads,
            ledger,
            outputs,
            engine: None,
            plugins: BTreeMap::new(),
        })
    }

    /// Processes a file; `None` where that was done before.
    fn run(
        &mut self,
        input: &Input<'_>,
        progress: &ProgressBar,
    ) -> anyhow::Result<Option<ObjectReport>> {
        let Input {
            path,
            object,
            kind,
            pipeline,
        } = input;
        let plugin = self.plugins.get(&pipeline.name);
        if self.args.again {
            self.ledger.forget(object, &pipeline.name)?;
        }
        let sha256 = plugin.map(PluginVersion::sha256);
        if !self.ledger.claim(object, &pipeline.name, sha256)? {
            return Ok(None);
        }
        let mut sinks = LocalSinks::new(self.args.out.join(DATABASE), pipeline, object);
        let mut seen = match pipeline.dedupe {
            Dedupe::All => Some(LocalSeenKeys::open(
                &self.args.out.join(SEEN_KEYS),
                &pipeline.name,
                &object.stem,
            )?),
            Dedupe::Object => None,
        };
        let job = Job::whole(
            pipeline,
            object,
            *kind,
            plugin,
            self.threads,
            &self.args.out,
        );
        let open = || -> io::Result<Box<dyn Read + Send>> {
            Ok(Box::new(progress.wrap_read(std::fs::File::open(path)?)))
        };
        let outlets = Outlets {
            sinks: &mut sinks,
            seen: seen.as_mut().map(|seen| seen as &mut dyn SeenKeys),
            outputs: &mut self.outputs,
            samples: None,
        };
        match judge_and_process(&job, &open, outlets) {
            Ok(report) => {
                if pipeline.lake().is_some() && !report.is_unusable() {
                    self.outputs
                        .replace(&pipeline.name, &object.stem, &report.outputs)?;
                }
                self.ledger.close(object, &report)?;
                Ok(Some(report))
            }
            Err(error) => {
                self.ledger
                    .fail(object, &pipeline.name, &error.to_string())?;
                Err(error.into())
            }
        }
    }

    /// Loads the plugin of a pipeline that has one, once; also how it refuses its configuration, if it does.
    fn load_plugin(&mut self, pipeline: &Pipeline) -> Result<Option<PluginRefusal>, Failure> {
        if pipeline.plugin.is_none() || self.plugins.contains_key(&pipeline.name) {
            return Ok(None);
        }
        let beside = || component::folder_beside(&self.args.manifest);
        let folder = self.args.plugins.clone().unwrap_or_else(beside);
        let engine = match &self.engine {
            Some(engine) => engine,
            None => self
                .engine
                .insert(PluginEngine::new().map_err(anyhow::Error::from)?),
        };
        let Some(Loaded { version, refusal }) = loaded::load(engine, pipeline, &folder)? else {
            return Ok(None);
        };
        self.plugins.insert(pipeline.name.clone(), version);
        Ok(refusal)
    }
}

/// A bar over the bytes of all files; nothing where nobody watches.
fn progress(inputs: &[Input<'_>]) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    // What is judged first is read twice.
    let passes = |input: &Input<'_>| 1 + u64::from(input.pipeline.rejects.judges());
    let bytes = inputs.iter();
    let bytes = bytes.filter_map(|input| Some(input.object.size? * passes(input)));
    let bytes = bytes.sum();
    let bar = ProgressBar::new(bytes);
    let style = "{bar:32} {bytes}/{total_bytes} {bytes_per_sec} {eta} {wide_msg}";
    bar.set_style(ProgressStyle::with_template(style).expect("a template that indicatif knows"));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
