//! One object from its bytes to its report, on one thread or several.
//!
//! The result does not depend on their number. Nothing here knows where the bytes come from and where the rows go.

mod crew;
mod found;
mod judge;

use std::{
    io::{self, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sluice_contract::stack::Pipeline;
use tempfile::TempDir;

pub use self::judge::{Judgement, judge, judge_and_process};
use self::{
    crew::{Done, End},
    found::Found,
};
use crate::{
    check::SchemaMismatch,
    clean::{CleanError, known_columns},
    decode::{Decoder, Input, ObjectKind, Refusal},
    part::{Part, Position},
    plugin::{PluginError, PluginVersion},
    ports::{Outputs, SeenKeys, SourceObject},
    report::{ObjectReport, Reason, Refused, Telling},
    route::{ObjectForm, RouteError, RouteLimits, Router},
    sink::{self, SinkAdapters},
    spool::SpoolError,
    vet::Samples,
};

/// What to do with which object.
pub struct Job<'a> {
    /// The pipeline it belongs to.
    pub pipeline: &'a Pipeline,
    /// The object.
    pub object: &'a SourceObject,
    /// Its format and compression.
    pub kind: ObjectKind,
    /// Which of its records.
    pub part: &'a Part,
    /// The object's [`header`](crate::decode::header), where the part begins at a byte behind it; else empty.
    pub header: &'a [u8],
    /// Asked after each batch whether it is time to stop, and to leave the rest to somebody else.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// How many of the first records are kept as samples.
    pub samples: usize,
    /// What cleans its records; `None` where the pipeline has no plugin.
    pub plugin: Option<&'a PluginVersion>,
    /// Whether the report goes to others than those who may see records: then it has no word of the plugin's that was not
    /// known before it saw any.
    pub discreet: bool,
    /// How many threads work on it, the calling one included; at least 1.
    pub threads: usize,
    /// Where files are spooled: a folder, best on the file system of the outputs.
    pub scratch: &'a Path,
}

/// Where the results of a job go.
pub struct Outlets<'a> {
    /// Opens the pipeline's sinks.
    pub sinks: &'a mut (dyn SinkAdapters + 'a),
    /// Which records other parts have brought, where duplicates are sought among all of them.
    pub seen: Option<&'a mut (dyn SeenKeys + 'a)>,
    /// Finished files.
    pub outputs: &'a mut dyn Outputs,
    /// Given the samples, where the job asks for some.
    pub samples: Option<&'a mut dyn FnMut(Samples)>,
}

/// A part whose records are all read. Its rows are in the sinks, or on their way there; its files are on scratch disk,
/// and vanish with this value unless they are [published](Self::publish).
pub struct Unpublished<'a> {
    job: &'a Job<'a>,
    started: Instant,
    decoder: Decoder,
    end: End<'a>,
    outputs: &'a mut dyn Outputs,
    /// Why nothing of it is to be stored.
    refusal: Option<Refusal>,
    /// Whether the job stopped before the end of its part.
    stopped: bool,
    /// Time inside the plugin, summed over threads.
    in_plugin: Duration,
    /// Bytes of the source that were read.
    bytes: Arc<AtomicU64>,
    /// The last, so that files are closed before their folder vanishes.
    _spool: TempDir,
}

impl<'a> Job<'a> {
    /// The whole of an object, in one go.
    pub fn whole(
        pipeline: &'a Pipeline,
        object: &'a SourceObject,
        kind: ObjectKind,
        plugin: Option<&'a PluginVersion>,
        threads: usize,
        scratch: &'a Path,
    ) -> Self {
        Self {
            pipeline,
            object,
            kind,
            part: &Part::WHOLE,
            header: &[],
            stop: &|| false,
            samples: 0,
            plugin,
            discreet: false,
            threads,
            scratch,
        }
    }

    /// What a report of it may say.
    fn telling(&self) -> Telling {
        match self.discreet {
            false => Telling::Everything,
            true => Telling::Known(
                self.plugin
                    .map(PluginVersion::known_codes)
                    .unwrap_or_default(),
            ),
        }
    }
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

/// Processes a part of an object: its rows are in the sinks when this returns. `input` is as for [`Decoder::part`].
pub fn process<'a>(
    job: &'a Job<'a>,
    input: Box<dyn Read + Send>,
    outlets: Outlets<'a>,
) -> Result<ObjectReport, ProcessError> {
    read(job, input, outlets)?.publish()
}

/// Reads a part of an object, and leaves it to the caller whether its files are published. `input` is as for
/// [`Decoder::part`].
pub fn read<'a>(
    job: &'a Job<'a>,
    input: Box<dyn Read + Send>,
    outlets: Outlets<'a>,
) -> Result<Unpublished<'a>, ProcessError> {
    let started = Instant::now();
    let spool = tempfile::Builder::new()
        .prefix(".sluice-")
        .tempdir_in(job.scratch);
    let spool = spool.map_err(|source| {
        let path = job.scratch.display().to_string();
        RouteError::Spool(SpoolError::Io { path, source })
    })?;
    let (decoder, bytes) = open(job, input)?;
    let form = ObjectForm {
        format: job.kind.format,
        header: decoder.header_text(),
        text: decoder.form(),
        plugin_sha256: job.plugin.map(PluginVersion::sha256),
    };
    let scratch = spool.path();
    let sinks = sink::open(job.pipeline, outlets.sinks, scratch, job.object);
    let mut router = Router::new(
        job.pipeline,
        job.object,
        form,
        sinks.map_err(RouteError::from)?,
        outlets.seen,
        scratch,
        RouteLimits::default(),
    )
    .map_err(RouteError::Spool)?;
    router.tell_by(job.telling());
    let Done {
        decoder,
        end,
        in_plugin,
        stopped,
        samples,
        refusal,
    } = crew::work(job, decoder, End::Routed(router))?;
    // Records of an object that is none of the pipeline's tell nothing of a plugin.
    if let (Some(keep), Some(samples), None) = (outlets.samples, samples, &refusal) {
        keep(samples);
    }
    Ok(Unpublished {
        job,
        started,
        decoder,
        end,
        outputs: outlets.outputs,
        refusal,
        stopped,
        in_plugin,
        bytes,
        _spool: spool,
    })
}

/// The decoder of a part, and the count of the bytes that it reads.
fn open(
    job: &Job<'_>,
    input: Box<dyn Read + Send>,
) -> Result<(Decoder, Arc<AtomicU64>), ProcessError> {
    let bytes = Arc::new(AtomicU64::new(0));
    let counted = Counted {
        input,
        bytes: bytes.clone(),
    };
    let decoder = Decoder::part(
        job.kind,
        job.pipeline,
        &known_columns(job.pipeline, job.plugin),
        job.part,
        job.header,
        Input::Stream(Box::new(counted)),
    );
    let decoder = decoder.map_err(|error| ProcessError::unreadable(job.object, error))?;
    Ok((decoder, bytes))
}

impl Unpublished<'_> {
    /// Where the job stopped early, if it did: what comes from there on is somebody else's.
    pub fn stopped_at(&self) -> Option<Position> {
        (self.stopped && !self.is_refused()).then(|| self.decoder.position())
    }

    /// Whether nothing of it is to be stored, so that there is nothing to publish but the report.
    pub fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// Waits for the sinks, publishes the files, and accounts for every record. Of a refused object nothing is published,
    /// and its records count nowhere.
    ///
    /// From its beginning on, every attempt at the part must end where this one does, because files are replaced by name,
    /// and not taken away.
    pub fn publish(self) -> Result<ObjectReport, ProcessError> {
        let Self { job, decoder, .. } = self;
        let mut report = match (self.refusal, self.end) {
            (Some(refusal), _) => refused(job, refusal),
            (None, End::Routed(router)) => {
                let found = Found::new(job, &decoder, router.fields())?;
                let mut report = router.finish(decoder.damage(), self.outputs)?;
                found.tell(&mut report);
                report
            }
            (None, End::Counted(report)) => report,
        };
        report.bytes = match job.object.size {
            Some(size) if *job.part == Part::WHOLE && !self.stopped => size,
            _ => self.bytes.load(Ordering::Relaxed),
        };
        report.decompressed_bytes = decoder.decompressed_bytes();
        job.plugin.iter().for_each(|plugin| plugin.end_of_object());
        if job.part.is_first() {
            let remarks = decoder.remarks();
            remarks.for_each(|code| report.count_finding(code));
        }
        report.plugin_seconds = self.in_plugin.as_secs_f64();
        report.seconds = self.started.elapsed().as_secs_f64();
        let is_empty = report.read == 0 && report.decompressed_bytes == 0;
        if is_empty && report.refused.is_none() && job.part.is_first() {
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
        if report.adds_up() {
            Ok(report)
        } else {
            Err(unaccounted(report))
        }
    }
}

impl ProcessError {
    fn unreadable(object: &SourceObject, source: io::Error) -> Self {
        Self::Read {
            source_uri: object.uri.clone(),
            source,
        }
    }

    fn uncleaned(object: &SourceObject, error: CleanError) -> Self {
        match error {
            CleanError::Plugin(error) => Self::Plugin(error),
            CleanError::Schema(mismatch) => Self::Schema(mismatch),
            CleanError::Read(error) => Self::unreadable(object, error),
            CleanError::Refused(refusal) => Self::unreadable(object, io::Error::other(refusal)),
        }
    }
}

/// The report of an object that is refused.
fn refused(job: &Job<'_>, refusal: Refusal) -> ObjectReport {
    ObjectReport {
        source: job.object.uri.clone(),
        pipeline: job.pipeline.name.clone(),
        plugin_sha256: job.plugin.map(PluginVersion::sha256),
        refused: Some(Refused {
            code: refusal.code.to_owned(),
            message: refusal.message,
            read: 0,
            rejected: 0,
        }),
        ..ObjectReport::default()
    }
}

fn unaccounted(report: ObjectReport) -> ProcessError {
    let ObjectReport {
        source,
        read,
        stored,
        dropped,
        duplicate,
        rejected,
        ..
    } = report;
    ProcessError::Unaccounted {
        source_uri: source,
        read,
        stored,
        dropped,
        duplicate,
        rejected,
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
