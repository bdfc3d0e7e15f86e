//! From checked batches to the sinks: superfluous versions out, rows to every sink, the rest to the rejects, and a report
//! in which every record occurs once. What sinks there are is not known here.

mod absent;
mod accounts;
mod dedupe;
mod identity;
mod late;
mod records;
mod reject_line;
mod rejects;
#[cfg(test)]
mod tests;
mod versions;

use std::path::Path;

use arrow_array::{BooleanArray, RecordBatch};
use sluice_contract::{objects, stack::Pipeline};

pub(crate) use self::identity::Identity;
pub use self::reject_line::{RejectLine, RejectLineFinding};
pub(crate) use self::rejects::ObjectForm;
use self::{
    absent::Absent,
    accounts::{Accounts, Notes},
    late::LateRefusals,
    records::RecordLog,
    rejects::RejectsWriter,
    versions::Versions,
};
use crate::{
    check::{Checked, FieldTally, Origins, RejectFinding, Rejected},
    decode::Damage,
    plugin::{Severity, Words},
    ports::{Outputs, SeenKeys, SinkError, SourceObject},
    report::{ObjectReport, Reason, Telling},
    sink::{FinishedFile, OpenSink, SinkFailure},
    spool::SpoolError,
};

/// What memory and the process hold of an object; the rest is on scratch disk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RouteLimits {
    /// Keys, 37 bytes each.
    keys: usize,
    /// Rows that a sink does not have, 8 bytes each.
    absent: usize,
}

impl Default for RouteLimits {
    /// Keys are as many as a hash table of half a million places takes: 17 MB.
    fn default() -> Self {
        Self {
            keys: (1 << 19) / 8 * 7,
            absent: 1 << 18,
        }
    }
}

/// Why an object's rows did not reach their sinks.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// Scratch disk failed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// A sink refused.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A sink holds another number of rows than it should, which is a defect of Sluice. The object is not closed.
    #[error(
        "rows are unaccounted for: the {sink} was given {given}, but has {found}; report it with the object's size and format"
    )]
    Unaccounted {
        /// Its name.
        sink: &'static str,
        /// Rows that it should have.
        given: u64,
        /// Rows that it has.
        found: u64,
    },
    /// A sink says something of a row that it was not given, which is a defect of Sluice. The object is not closed.
    #[error(
        "rows are unaccounted for: the {sink} left out row {ordinal}, which it was never given; report it with the \
         object's size and format"
    )]
    NeverGiven {
        /// Its name.
        sink: &'static str,
        /// The row.
        ordinal: u64,
    },
}

impl From<SinkFailure> for RouteError {
    fn from(failure: SinkFailure) -> Self {
        match failure {
            SinkFailure::Sink(error) => Self::Sink(error),
            SinkFailure::Spool(error) => Self::Spool(error),
        }
    }
}

/// Superfluous rows that sinks are told of at a time.
const LOST_AT_ONCE: usize = 4096;

/// What is left of an object when everything is accounted for: files to be published, and the report.
struct Accounted {
    files: Vec<FinishedFile>,
    rejects: Option<FinishedFile>,
    report: ObjectReport,
}

/// The rows of a batch that stay, with their records and what is kept of these.
type Admitted = (RecordBatch, Vec<u64>, Option<Origins>);

/// Routes the batches of one object, in its order.
pub(crate) struct Router<'a> {
    /// Where records have a key.
    versions: Option<Versions<'a>>,
    sinks: Accounts<'a>,
    rejects: RejectsWriter,
    rejects_name: String,
    report: ObjectReport,
    next_ordinal: u64,
    absent: Absent,
    /// Where a sink may refuse rows that it was given.
    late: Option<LateRefusals>,
    records: RecordLog,
    /// In the order of the manifest; empty before the first batch.
    fields: Vec<FieldTally>,
}

impl<'a> Router<'a> {
    /// Routes into these sinks, by way of the empty folder `scratch`.
    pub(crate) fn new(
        pipeline: &Pipeline,
        object: &SourceObject,
        form: ObjectForm,
        sinks: Vec<OpenSink<'a>>,
        seen: Option<&'a mut (dyn SeenKeys + 'a)>,
        scratch: &Path,
        limits: RouteLimits,
    ) -> Result<Self, SpoolError> {
        let refuses_late = sinks.iter().any(|sink| sink.refuses_late);
        let late = refuses_late.then(|| LateRefusals::new(scratch, limits.absent));
        Ok(Self {
            late: late.transpose()?,
            versions: Versions::new(pipeline, seen, scratch, limits.keys),
            absent: Absent::new(scratch, limits.absent, sinks.len()),
            sinks: Accounts::new(sinks),
            rejects_name: objects::rejects(&pipeline.name, &object.stem),
            report: ObjectReport {
                source: object.uri.clone(),
                pipeline: pipeline.name.clone(),
                plugin_sha256: form.plugin_sha256,
                ..ObjectReport::default()
            },
            rejects: RejectsWriter::new(scratch, &object.uri, form),
            next_ordinal: 0,
            records: RecordLog::new(scratch),
            fields: Vec::new(),
        })
    }

    /// Has the report say what these words of its plugin allow.
    pub(crate) fn tell_by(&mut self, telling: Telling) {
        self.report.telling = telling;
    }

    /// What became of the values of each field so far, in the order of the manifest; empty before the first batch.
    pub(crate) fn fields(&self) -> &[FieldTally] {
        &self.fields
    }

    /// Routes a batch.
    pub(crate) fn route(&mut self, checked: Checked) -> Result<(), RouteError> {
        let Checked {
            rows,
            records,
            several,
            origins,
            read,
            dropped,
            rejected,
            remarks,
            fields,
        } = checked;
        if self.fields.is_empty() {
            self.fields = fields;
        } else {
            let next = self.fields.iter_mut().zip(fields);
            next.for_each(|(tally, next)| tally.add(next));
        }
        self.report.read += read;
        self.report.dropped += dropped;
        for remark in &remarks {
            self.report.count_remark(&remark.finding);
        }
        for rejected in &rejected {
            self.reject(rejected)?;
        }
        let (rows, records, origins) = self.admit(rows, records, several, origins)?;
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let rows_can_go = self.versions.is_some() || self.late.is_some();
        if several && rows_can_go {
            self.records.add(self.next_ordinal, &records)?;
        }
        if let (Some(late), Some(origins)) = (&mut self.late, &origins) {
            late.remember(origins)?;
        }
        let notes = Notes {
            absent: &mut self.absent,
            late: self.late.as_mut(),
        };
        self.sinks.put(&rows, self.next_ordinal, &records, notes)?;
        self.next_ordinal += rows.num_rows() as u64;
        Ok(())
    }

    /// Completes the object: waits for the sinks, publishes the files, and accounts for everything.
    pub(crate) fn finish(
        mut self,
        damage: Option<&Damage>,
        outputs: &mut dyn Outputs,
    ) -> Result<ObjectReport, RouteError> {
        if let Some(damage) = damage {
            let rejected = damaged(self.report.read, damage);
            self.report.read += 1;
            self.reject(&rejected)?;
            self.report.damage = Some(Reason::new(&rejected, &rejected.findings[0]));
        }
        if let Some(versions) = self.versions.take() {
            versions.finish(|ordinal| self.absent.everywhere(ordinal))?;
        }
        let notes = Notes {
            absent: &mut self.absent,
            late: self.late.as_mut(),
        };
        self.sinks.settle(self.next_ordinal, notes)?;
        let refused = self.reject_refused()?;
        let Accounted {
            files,
            rejects,
            mut report,
        } = self.settle(refused)?;
        let files: Vec<FinishedFile> = files.into_iter().chain(rejects).collect();
        outputs.publish(&files)?;
        report
            .outputs
            .extend(files.into_iter().map(|file| file.name));
        Ok(report)
    }

    /// Rejects the records that a sink refused, and says how many these are.
    fn reject_refused(&mut self) -> Result<u64, SpoolError> {
        let mut refused = 0;
        if let Some(late) = self.late.take() {
            late.finish(|rejected, ordinals| {
                refused += 1;
                self.reject(&rejected)?;
                ordinals
                    .iter()
                    .try_for_each(|ordinal| self.absent.everywhere(*ordinal))
            })?;
        }
        Ok(refused)
    }

    /// Takes out what no sink is to have, and ends the sinks. Of the records that are then nowhere, so many are `refused`.
    fn settle(self, refused: u64) -> Result<Accounted, RouteError> {
        let Self {
            mut sinks,
            mut report,
            next_ordinal: given,
            ..
        } = self;
        let mut gone = self.absent.finish()?;
        let mut records = self.records.finish()?;
        let mut lost = 0;
        let mut ordinals = Vec::new();
        while let Some(ordinal) = gone.next()? {
            records.lose(ordinal)?;
            ordinals.push(ordinal);
            lost += 1;
            if ordinals.len() == LOST_AT_ONCE {
                sinks.lose(&ordinals)?;
                ordinals.clear();
            }
        }
        sinks.lose(&ordinals)?;
        let nowhere = records.finish()?;
        report.stored -= nowhere;
        report.duplicate += nowhere - refused;
        report.rows = given - lost;
        let rejects = self.rejects.finish()?.map(|path| FinishedFile {
            path,
            name: self.rejects_name,
        });
        Ok(Accounted {
            files: sinks.finish(given, lost)?,
            rejects,
            report,
        })
    }

    fn reject(&mut self, rejected: &Rejected) -> Result<(), SpoolError> {
        self.report.add_rejected(rejected);
        self.rejects.append(rejected)
    }

    /// Leaves superfluous rows out and counts records, of which some have `several` rows or none has.
    fn admit(
        &mut self,
        rows: RecordBatch,
        records: Vec<u64>,
        several: bool,
        origins: Option<Origins>,
    ) -> Result<Admitted, RouteError> {
        let keep = match &mut self.versions {
            Some(versions) => {
                versions.admit(&rows, &records, self.next_ordinal, &mut self.absent)?
            }
            None => None,
        };
        let count = |records: &[u64]| match several {
            true => distinct(records),
            false => records.len(),
        };
        let all = count(&records);
        let Some(keep) = keep else {
            self.report.stored += all as u64;
            return Ok((rows, records, origins));
        };
        let origins = origins.map(|origins| origins.filter(&keep));
        let kept = records.into_iter().zip(&keep).filter(|(_, keep)| **keep);
        let records: Vec<u64> = kept.map(|(record, _)| record).collect();
        let mask = BooleanArray::from(keep);
        let rows = arrow_select::filter::filter_record_batch(&rows, &mask)
            .expect("the mask has the batch's length");
        let kept = count(&records);
        self.report.stored += kept as u64;
        self.report.duplicate += (all - kept) as u64;
        Ok((rows, records, origins))
    }
}

/// How many records rows belong to; rows of one record need not be neighbours.
fn distinct(records: &[u64]) -> usize {
    let mut sorted = records.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

/// The unreadable rest of an object, of which `read` records came before, as one rejected record.
pub(crate) fn damaged(read: u64, damage: &Damage) -> Rejected {
    Rejected {
        record: read,
        raw: Vec::new(),
        raw_bytes: 0,
        findings: vec![RejectFinding {
            column: None,
            severity: Severity::Error,
            code: damage.code.to_owned(),
            message: format!("{}; the object was read up to here", damage.message),
            words: Words::Own,
        }],
    }
}
