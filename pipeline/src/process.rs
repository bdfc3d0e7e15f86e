//! One object from its bytes to its report, on one thread or several.
//!
//! Decoding and routing follow the order of the object and are each done by one thread at a time; what lies between,
//! the plugin and the checks, is done by all. Threads pick whatever is next, so that none has a fixed part: with two,
//! one usually decodes and cleans while the other routes and compresses, and either helps the other out. The result
//! does not depend on their number.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::Path,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sluice_manifest::stack::Pipeline;

use crate::{
    check::{Checked, Checker, SchemaMismatch, untouched},
    columns::ColumnField,
    decode::{Decoder, ObjectKind, TextBatch},
    plugin::{Finding, Origin, PluginError, PluginVersion, Severity, Transformed, Transformer},
    ports::{Outputs, SourceObject, Table},
    report::{ObjectReport, Reason},
    route::{RouteError, Router, SpoolError},
};

/// What to do with which object.
pub struct Job<'a> {
    /// The pipeline it belongs to.
    pub pipeline: &'a Pipeline,
    /// The object.
    pub object: &'a SourceObject,
    /// Its format and compression.
    pub kind: ObjectKind,
    /// What cleans its records; `None` where the pipeline has no plugin.
    pub plugin: Option<&'a PluginVersion>,
    /// How many threads work on it, the calling one included; at least 1.
    pub threads: usize,
    /// Where files are spooled: a folder, best on the file system of the outputs.
    pub scratch: &'a Path,
}

/// Why an object was not processed. Nothing of it is published, and it can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The source failed.
    #[error("`{source_uri}` cannot be read: {source}")]
    Read {
        /// The object.
        source_uri: String,
        /// Why.
        source: io::Error,
    },
    /// The plugin failed as a whole.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// The plugin and the manifest do not fit.
    #[error(transparent)]
    Schema(#[from] SchemaMismatch),
    /// A sink or scratch disk failed.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// Counts do not add up, which is a defect of Sluice. The object is not closed.
    #[error(
        "records of `{source_uri}` are unaccounted for: read {read}, but stored {stored} + dropped {dropped} + \
         duplicate {duplicate} + rejected {rejected}"
    )]
    Unaccounted {
        /// The object.
        source_uri: String,
        /// Records read.
        read: u64,
        /// Records stored.
        stored: u64,
        /// Records dropped.
        dropped: u64,
        /// Duplicates.
        duplicate: u64,
        /// Records rejected.
        rejected: u64,
    },
}

/// Processes an object: its rows are in the sinks when this returns.
pub fn process<'a>(
    job: &'a Job<'a>,
    input: Box<dyn Read + Send>,
    table: Option<&'a mut (dyn Table + 'a)>,
    outputs: &mut dyn Outputs,
) -> Result<ObjectReport, ProcessError> {
    let started = Instant::now();
    let spool = tempfile::Builder::new()
        .prefix(".sluice-")
        .tempdir_in(job.scratch);
    let spool = spool.map_err(|source| {
        let path = job.scratch.display().to_string();
        RouteError::Spool(SpoolError::Io { path, source })
    })?;
    let bytes = Arc::new(AtomicU64::new(0));
    let counted = Counted {
        input,
        bytes: bytes.clone(),
    };
    let decoder = Decoder::new(
        job.kind,
        job.pipeline,
        &known_columns(job),
        Box::new(counted),
    );
    let sha256 = job.plugin.map(PluginVersion::sha256);
    let router = Router::new(job.pipeline, job.object, sha256, table, spool.path())
        .map_err(RouteError::Spool)?;
    let crew = Crew {
        job,
        state: Mutex::new(State::new(decoder, router)),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 1..job.threads {
            scope.spawn(|| crew.work());
        }
        crew.work();
    });
    let state = crew
        .state
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = state.error {
        return Err(error);
    }
    let decoder = state
        .decoder
        .expect("whoever took the decoder brought it back");
    let router = state
        .router
        .expect("whoever took the router brought it back");
    let mut report = router.finish(decoder.damage(), outputs)?;
    report.bytes = job
        .object
        .size
        .unwrap_or_else(|| bytes.load(Ordering::Relaxed));
    report.decompressed_bytes = decoder.decompressed_bytes();
    report.ignored_columns = ignored_columns(job, &decoder);
    report.plugin_seconds = state.in_plugin.as_secs_f64();
    report.seconds = started.elapsed().as_secs_f64();
    if report.read == 0 && report.decompressed_bytes == 0 {
        let (code, message) = (
            "empty_object".to_owned(),
            "the object holds nothing".to_owned(),
        );
        report.damage = Some(Reason {
            row: 0,
            column: None,
            code,
            message,
        });
    }
    if !report.adds_up() {
        let ObjectReport {
            source,
            read,
            stored,
            dropped,
            duplicate,
            rejected,
            ..
        } = report;
        return Err(ProcessError::Unaccounted {
            source_uri: source,
            read,
            stored,
            dropped,
            duplicate,
            rejected,
        });
    }
    Ok(report)
}

/// What a JSON record is expected to have: the manifest's fields and the plugin's inputs.
fn known_columns(job: &Job<'_>) -> Vec<String> {
    let mut known: Vec<String> = job
        .pipeline
        .fields
        .iter()
        .map(|field| field.name.clone())
        .collect();
    for input in job
        .plugin
        .iter()
        .flat_map(|plugin| &plugin.descriptor().inputs)
    {
        if !known.contains(&input.name) {
            known.push(input.name.clone());
        }
    }
    known
}

/// Columns of the object that reached neither a field nor the plugin. A plugin gets every column that there is when the
/// first batch is decoded, and what it makes of them is its own affair.
fn ignored_columns(job: &Job<'_>, decoder: &Decoder) -> Vec<String> {
    if job.plugin.is_some() {
        return decoder.late_columns().to_vec();
    }
    let known = known_columns(job);
    let columns = decoder.columns().iter().chain(decoder.late_columns());
    columns
        .filter(|name| !known.contains(name))
        .cloned()
        .collect()
}

struct Crew<'a> {
    job: &'a Job<'a>,
    state: Mutex<State<'a>>,
    changed: Condvar,
}

struct State<'a> {
    /// Away while a thread decodes.
    decoder: Option<Decoder>,
    /// Away while a thread routes.
    router: Option<Router<'a>>,
    ended: bool,
    /// Batches that are checked, by number, and not yet routed.
    checked: BTreeMap<u64, Checked>,
    next_decoded: u64,
    next_routed: u64,
    in_plugin: Duration,
    error: Option<ProcessError>,
    panicked: bool,
}

impl<'a> State<'a> {
    fn new(decoder: Decoder, router: Router<'a>) -> Self {
        Self {
            decoder: Some(decoder),
            router: Some(router),
            ended: false,
            checked: BTreeMap::new(),
            next_decoded: 0,
            next_routed: 0,
            in_plugin: Duration::ZERO,
            error: None,
            panicked: false,
        }
    }
}

impl<'a> Crew<'a> {
    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let _alarm = PanicAlarm(self);
        if let Err(error) = self.try_work() {
            self.lock().error.get_or_insert(error);
            self.changed.notify_all();
        }
    }

    /// Does whatever is next until nothing is left or somebody failed.
    fn try_work(&self) -> Result<(), ProcessError> {
        let mut cleaner = None;
        let batches_in_flight = self.job.threads as u64 + 1;
        let mut state = self.lock();
        loop {
            if state.error.is_some()
                || state.panicked
                || state.ended && state.next_routed == state.next_decoded
            {
                return Ok(());
            }
            let next_routed = state.next_routed;
            if state.router.is_some()
                && let Some(checked) = state.checked.remove(&next_routed)
            {
                let mut router = state.router.take().expect("it is there");
                drop(state);
                let outcome = router.route(checked);
                state = self.lock();
                state.router = Some(router);
                outcome?;
                state.next_routed += 1;
            } else if !state.ended
                && state.next_decoded - state.next_routed < batches_in_flight
                && let Some(mut decoder) = state.decoder.take()
            {
                drop(state);
                let outcome = decoder.next_batch();
                let columns = cleaner.is_none().then(|| decoder.columns().to_vec());
                state = self.lock();
                state.decoder = Some(decoder);
                let batch = outcome.map_err(|source| {
                    let source_uri = self.job.object.uri.clone();
                    ProcessError::Read { source_uri, source }
                })?;
                let Some(mut batch) = batch else {
                    state.ended = true;
                    self.changed.notify_all();
                    continue;
                };
                let number = state.next_decoded;
                state.next_decoded += 1;
                drop(state);
                self.changed.notify_all();
                let (checked, in_plugin) = self.clean(&mut batch, columns, &mut cleaner)?;
                state = self.lock();
                state.checked.insert(number, checked);
                state.in_plugin += in_plugin;
            } else {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            self.changed.notify_all();
        }
    }

    /// Puts a batch through the plugin and the checks.
    fn clean(
        &self,
        batch: &mut TextBatch,
        columns: Option<Vec<String>>,
        cleaner: &mut Option<Cleaner>,
    ) -> Result<(Checked, Duration), ProcessError> {
        if batch.rows == 0 {
            let checker = Checker::new(self.job.pipeline, &[])?;
            return Ok((
                checker.check(batch, untouched(&TextBatch::default())),
                Duration::ZERO,
            ));
        }
        let cleaner = match cleaner {
            Some(cleaner) => cleaner,
            None => cleaner.insert(Cleaner::new(self.job, &columns.unwrap_or_default())?),
        };
        let transformer = match &mut cleaner.stage {
            Stage::Plugin(transformer) => transformer,
            Stage::Nothing => {
                let transformed = untouched(batch);
                return Ok((cleaner.checker.check(batch, transformed), Duration::ZERO));
            }
            Stage::Refusal { code, message } => {
                let transformed = all_rejected(batch.rows, code, message);
                return Ok((cleaner.checker.check(batch, transformed), Duration::ZERO));
            }
        };
        let origin = Origin {
            pipeline: self.job.pipeline.name.clone(),
            source: self.job.object.uri.clone(),
            first_row: batch.record_number(0),
            received_at: self.job.object.received_at,
        };
        let started = Instant::now();
        let transformed = transformer.transform(batch.rows, &batch.columns, &origin)?;
        let in_plugin = started.elapsed();
        Ok((cleaner.checker.check(batch, transformed), in_plugin))
    }
}

/// What one thread cleans with.
struct Cleaner {
    stage: Stage,
    checker: Checker,
}

/// What stands between decoding and the checks.
enum Stage {
    Nothing,
    Plugin(Transformer),
    /// The plugin cannot work with the columns of this object.
    Refusal {
        code: String,
        message: String,
    },
}

impl Cleaner {
    fn new(job: &Job<'_>, columns: &[String]) -> Result<Self, ProcessError> {
        let text = |name: &String| ColumnField {
            name: name.clone(),
            logical: "text".to_owned(),
            nullable: true,
        };
        let schema: Vec<ColumnField> = columns.iter().map(text).collect();
        let stage = match job.plugin.map(|plugin| plugin.configure(&schema)) {
            None => Stage::Nothing,
            Some(Ok(transformer)) => Stage::Plugin(transformer),
            Some(Err(PluginError::Configure { code, message })) => Stage::Refusal { code, message },
            Some(Err(error)) => return Err(error.into()),
        };
        let outputs = match &stage {
            Stage::Nothing => schema.as_slice(),
            Stage::Plugin(transformer) => transformer.outputs(),
            Stage::Refusal { .. } => &[],
        };
        let checker = Checker::new(job.pipeline, outputs)?;
        Ok(Self { stage, checker })
    }
}

fn all_rejected(rows: usize, code: &str, message: &str) -> Transformed {
    let finding = |row| Finding {
        row,
        column: None,
        severity: Severity::Error,
        code: code.to_owned(),
        message: message.to_owned(),
    };
    Transformed {
        rows,
        columns: Vec::new(),
        source_rows: None,
        rejected: (0..rows as u32).collect(),
        findings: (0..rows as u32).map(finding).collect(),
    }
}

/// Wakes the other threads when this one panics, so that they do not wait for what it took away.
struct PanicAlarm<'a, 'b>(&'a Crew<'b>);

impl Drop for PanicAlarm<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().panicked = true;
            self.0.changed.notify_all();
        }
    }
}

/// Counts the bytes of a source.
struct Counted {
    input: Box<dyn Read + Send>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
