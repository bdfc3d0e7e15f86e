//! The source, the sinks and the scratch disk of one attempt, and what the record path makes of them.

use std::{
    io::Read,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use sluice_contract::stack::{Dedupe, Keeps, Sink};
use sluice_pipeline::{
    clean::known_columns,
    decode::{self, ObjectKind},
    part::{Part, Position},
    plugin::PluginVersion,
    ports::{SeenKeys, SinkError},
    process::{Job, Judgement, Outlets, ProcessError, judge, read},
    report::{ObjectReport, Reason},
    route::RouteError,
    vet::Samples,
};

use super::{
    Ingest, Invocation,
    sinks::AwsSinks,
    told::gone,
    work::{Failed, Work},
};
use crate::aws::{ByteRange, ObjectAddress, ObjectReader, ReadFailure, SeenKeysTable, Trouble};

/// Bytes of a megabyte of the manifest.
const MB: u64 = 1_000_000;

/// The header of CSV is looked for in no more than this, and the longest record.
const HEADER_BYTES: u64 = 2 * MB;

/// What is done with a part whose records are all read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its files are published.
    Publish,
    /// None of them is: the part is begun again.
    Abandon,
}

/// What became of a part that was read.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub(super) enum Processed {
    /// All of it is in the sinks; or it was found that there is nothing to read any more.
    Published(ObjectReport),
    /// Nothing of it is published.
    Abandoned,
}

/// A part that is about to be read.
pub(super) struct Reading<'a> {
    ingest: &'a Ingest,
    work: &'a Work<'a>,
    kind: ObjectKind,
    invocation: &'a Invocation,
    /// What tells the columns, where the part does not begin with it.
    header: Vec<u8>,
}

impl Ingest {
    /// Prepares to read a part; or says why there is nothing to read any more.
    pub(super) fn reading<'a>(
        &'a self,
        work: &'a Work<'a>,
        kind: ObjectKind,
        invocation: &'a Invocation,
    ) -> Result<Result<Reading<'a>, Reason>, Failed> {
        let mut reading = Reading {
            ingest: self,
            work,
            kind,
            invocation,
            header: Vec::new(),
        };
        if work.part.start.byte.is_some_and(|byte| byte > 0) {
            let pipeline = &self.environment.settings.pipeline;
            let end = HEADER_BYTES.max(u64::from(pipeline.limits.max_record_bytes));
            let (reader, trouble) = reading.open(ByteRange {
                start: 0,
                end: Some(end),
            });
            let header = decode::header(kind, pipeline, reader);
            match trouble.failure() {
                Some(failure) if is_final(failure) => return Ok(Err(gone(failure))),
                Some(failure) => return Err(failure.clone().into()),
                None => reading.header = header?,
            }
        }
        Ok(Ok(reading))
    }
}

impl Reading<'_> {
    /// Where the part ought to end, because it is longer than one invocation should take.
    pub(super) fn cut(&self, plugin: Option<&PluginVersion>) -> Result<Option<Position>, Failed> {
        let pipeline = &self.ingest.environment.settings.pipeline;
        let limit = u64::from(pipeline.source.split_mb) * MB;
        let part = &self.work.part;
        let (Some(start), Some(size)) = (part.start.byte, self.work.object.size) else {
            return Ok(None);
        };
        let end = part.end.and_then(|end| end.byte).unwrap_or(size);
        if limit == 0 || end.saturating_sub(start) <= limit {
            return Ok(None);
        }
        let range = ByteRange {
            start,
            end: Some(end),
        };
        let (reader, trouble) = self.open(range);
        let known = known_columns(pipeline, plugin);
        let cut = decode::cut(
            self.kind,
            pipeline,
            &known,
            part,
            &self.header,
            reader,
            limit,
        );
        match (cut, trouble.failure()) {
            (Ok(cut), _) => Ok(cut.filter(|cut| cut.byte.is_some_and(|byte| byte < end))),
            // Processing it meets the same trouble, and knows what to make of it.
            (Err(_), Some(_)) => Ok(None),
            (Err(error), None) => Err(error.into()),
        }
    }

    /// Processes the part, or the beginning of it where it may stop and the time runs out. `decide` is asked when all its
    /// records are read, with the place where it stopped, if it did.
    ///
    /// Where the manifest says which share of records may be rejected, the part is read once before. One that must end
    /// where it did in an attempt before was judged then.
    pub(super) fn process(
        &self,
        part: &Part,
        plugin: Option<&PluginVersion>,
        can_stop: bool,
        decide: &mut dyn FnMut(Option<Position>) -> Result<Verdict, SinkError>,
    ) -> Result<Processed, Failed> {
        let rejects = &self.ingest.environment.settings.pipeline.rejects;
        if !rejects.judges() || !can_stop {
            return self.store(part, plugin, can_stop, decide);
        }
        let Judgement {
            refused,
            stopped_at,
        } = match self.judge(part, plugin)? {
            Ok(judgement) => judgement,
            Err(gone) => return Ok(Processed::Published(gone)),
        };
        if let Some(report) = refused {
            return Ok(Processed::Published(report));
        }
        let Some(judged_until) = stopped_at else {
            return self.store(part, plugin, can_stop, decide);
        };
        // What was not judged is for the next one.
        let judged = Part {
            start: part.start,
            end: Some(judged_until),
        };
        if self.has_sought_too_little(part) && decide(Some(judged_until))? == Verdict::Abandon {
            return Ok(Processed::Abandoned);
        }
        self.store(&judged, plugin, can_stop, &mut |stopped| {
            decide(stopped.or(Some(judged_until)))
        })
    }

    /// Reads the part, or as much of it as half of the time is enough for, and judges it by its records. Or says that there
    /// is nothing to read any more.
    fn judge(
        &self,
        part: &Part,
        plugin: Option<&PluginVersion>,
    ) -> Result<Result<Judgement, ObjectReport>, Failed> {
        let Reading { ingest, work, .. } = self;
        let environment = &ingest.environment;
        let (reader, trouble) = self.open(range_of(part));
        let now = Instant::now();
        let stop_at = now + self.invocation.stop_at.saturating_duration_since(now) / 2;
        let job = Job {
            pipeline: &environment.settings.pipeline,
            object: &work.object,
            kind: self.kind,
            part,
            header: &self.header,
            stop: &|| Instant::now() >= stop_at,
            samples: 0,
            plugin,
            discreet: true,
            threads: ingest.threads,
            scratch: &environment.scratch,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| judge(&job, reader)));
        match (trouble.failure(), outcome) {
            (Some(failure), _) if is_final(failure) => {
                Ok(Err(ingest.untouched(&work.object, gone(failure))))
            }
            (Some(failure), _) => Err(failure.clone().into()),
            (None, Ok(Ok(judgement))) => Ok(Ok(judgement)),
            (None, Ok(Err(error))) => Err(of_process(&error)),
            (None, Err(_)) => Err(defect()),
        }
    }

    /// The same without judging it.
    fn store(
        &self,
        part: &Part,
        plugin: Option<&PluginVersion>,
        can_stop: bool,
        decide: &mut dyn FnMut(Option<Position>) -> Result<Verdict, SinkError>,
    ) -> Result<Processed, Failed> {
        let Reading { ingest, work, .. } = self;
        let environment = &ingest.environment;
        let pipeline = &environment.settings.pipeline;
        // What an attempt left here that was stopped in this execution environment.
        let _ = std::fs::remove_dir_all(&environment.scratch);
        std::fs::create_dir_all(&environment.scratch)?;
        let (reader, trouble) = self.open(range_of(part));
        let mut object = work.object.clone();
        object.stem = part.stem(&object.stem);
        let mut sinks = AwsSinks {
            ingest,
            object: &object,
            part,
            deadline: self.invocation.deadline,
        };
        let mut seen = self.seeks_duplicates_outside(part).then(|| {
            SeenKeysTable::new(
                &ingest.session,
                environment.control_table.clone(),
                self.key_space(),
                work.object.stem.clone(),
                *part,
            )
        });
        let mut publishing = ingest.publishing(&work.object, &object.stem, &self.invocation.id);
        let stop_at = self.invocation.stop_at;
        let job = Job {
            pipeline,
            object: &object,
            kind: self.kind,
            part,
            header: &self.header,
            stop: &|| can_stop && Instant::now() >= stop_at,
            samples: self.wanted_samples(part),
            plugin,
            discreet: true,
            threads: ingest.threads,
            scratch: &environment.scratch,
        };
        let mut keep_samples = |samples: Samples| ingest.keep_samples(&object.stem, &samples);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let outlets = Outlets {
                sinks: &mut sinks,
                seen: seen.as_mut().map(|seen| seen as &mut dyn SeenKeys),
                outputs: &mut publishing,
                samples: Some(&mut keep_samples),
            };
            let unpublished = read(&job, reader, outlets)?;
            if unpublished.is_refused() {
                return unpublished.publish().map(Processed::Published);
            }
            match decide(unpublished.stopped_at()).map_err(RouteError::from)? {
                Verdict::Publish => unpublished.publish().map(Processed::Published),
                Verdict::Abandon => Ok(Processed::Abandoned),
            }
        }));
        let _ = std::fs::remove_dir_all(&environment.scratch);
        match (trouble.failure(), outcome) {
            (_, Ok(Ok(Processed::Abandoned))) => Ok(Processed::Abandoned),
            (Some(failure), _) if is_final(failure) => Ok(Processed::Published(
                ingest.untouched(&object, gone(failure)),
            )),
            (Some(failure), _) => Err(failure.clone().into()),
            (None, Ok(Ok(published))) => Ok(published),
            (None, Ok(Err(error))) => Err(of_process(&error)),
            (None, Err(_)) => Err(defect()),
        }
    }

    /// How many records of the part are kept, to try new versions of the plugin on.
    fn wanted_samples(&self, part: &Part) -> usize {
        let plugin = &self.ingest.environment.settings.pipeline.plugin;
        let wanted = plugin.as_ref().filter(|_| part.is_first());
        wanted.map_or(0, |plugin| plugin.samples as usize)
    }

    /// Whether records of other parts may be the same as ones of this part, and neither the sinks nor the part's own keys
    /// would tell.
    fn seeks_duplicates_outside(&self, part: &Part) -> bool {
        let pipeline = &self.ingest.environment.settings.pipeline;
        let is_whole = part.is_first() && part.end.is_none();
        match pipeline.dedupe {
            Dedupe::All => true,
            Dedupe::Object => {
                let keeps_all = |sink: &Sink| sink.keeps() == Keeps::All;
                !is_whole && !pipeline.key.is_empty() && pipeline.sinks.iter().any(keeps_all)
            }
        }
    }

    /// Among which records a duplicate is sought: those of the pipeline, or of this object.
    fn key_space(&self) -> String {
        let pipeline = &self.ingest.environment.settings.pipeline;
        match pipeline.dedupe {
            Dedupe::All => pipeline.name.clone(),
            Dedupe::Object => format!("{}#{}", pipeline.name, self.work.object.stem),
        }
    }

    /// Whether a part that was taken for the whole object would have had to seek its duplicates outside, too.
    pub(super) fn has_sought_too_little(&self, part: &Part) -> bool {
        let more = Part {
            end: Some(part.start),
            ..*part
        };
        !self.seeks_duplicates_outside(part) && self.seeks_duplicates_outside(&more)
    }

    fn open(&self, range: ByteRange) -> (Box<dyn Read + Send>, Trouble) {
        let created = self.work.created;
        let address = ObjectAddress {
            bucket: created.bucket.clone(),
            key: created.key.clone(),
            version_id: created.version_id.clone(),
            etag: created.etag.clone(),
        };
        let reader = ObjectReader::open(
            &self.ingest.session,
            address,
            self.work.object.size,
            range,
            self.invocation.deadline,
            self.ingest.environment.settings.timeout_seconds,
        );
        let trouble = reader.trouble();
        (Box::new(reader), trouble)
    }
}

/// The bytes of a part.
fn range_of(part: &Part) -> ByteRange {
    ByteRange {
        start: part.start.byte.unwrap_or(0),
        end: part.end.and_then(|end| end.byte),
    }
}

fn of_process(error: &ProcessError) -> Failed {
    Failed {
        reason: error.to_string(),
        by_plugin: matches!(error, ProcessError::Plugin(_) | ProcessError::Schema(_)),
        told: false,
    }
}

fn defect() -> Failed {
    Failed {
        reason: "a defect of the host stopped it; the log says where".to_owned(),
        by_plugin: false,
        told: false,
    }
}

/// Whether another attempt would find the same, so that there is nothing left to lose by ending here.
fn is_final(failure: &ReadFailure) -> bool {
    matches!(
        failure,
        ReadFailure::Missing | ReadFailure::Overwritten | ReadFailure::Archived
    )
}
