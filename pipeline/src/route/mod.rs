//! From checked batches to the sinks: superfluous versions out, rows to the table and the lake, the rest to the rejects,
//! and a report in which every record occurs once.

mod dedupe;
mod identity;
mod lake;
mod partition;
mod records;
mod reject_line;
mod rejects;
mod spill;
#[cfg(test)]
mod tests;
mod versions;

use std::path::{Path, PathBuf};

use arrow_array::{BooleanArray, RecordBatch};
use sluice_contract::{objects, stack::Pipeline};

pub use self::reject_line::{RejectLine, RejectLineFinding};
pub(crate) use self::rejects::ObjectForm;
use self::{
    lake::{Finished, LakeWriter},
    records::RecordLog,
    rejects::RejectsWriter,
    spill::Sorter,
    versions::Versions,
};
use crate::{
    check::{Checked, RejectFinding, Rejected},
    decode::Damage,
    plugin::Severity,
    ports::{Outputs, SeenKeys, SinkError, SourceObject, Table},
    report::{FIRST_REASONS, ObjectReport, Reason},
};

/// What memory and the process hold of an object; the rest is on scratch disk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RouteLimits {
    /// Keys, 37 bytes each.
    keys: usize,
    /// Superfluous rows, 8 bytes each.
    superfluous: usize,
    /// Files of the lake that are open.
    open_folders: usize,
}

impl Default for RouteLimits {
    /// Keys are as many as a hash table of half a million places takes: 17 MB.
    fn default() -> Self {
        Self {
            keys: (1 << 19) / 8 * 7,
            superfluous: 1 << 18,
            open_folders: 64,
        }
    }
}

/// Scratch disk failed.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// A file could not be written or read.
    #[error("scratch file `{path}`: {source}; is the disk full?")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A Parquet file could not be written.
    #[error("scratch Parquet file: {0}; is the disk full?")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Rows belong into more lake folders than one object may have.
    #[error(
        "rows of one object belong into more than {limit} lake folders; let `partition_by` of pipeline `{pipeline}` \
         tell fewer apart"
    )]
    TooManyFolders {
        /// The pipeline.
        pipeline: String,
        /// The most that is allowed.
        limit: usize,
    },
}

impl SpoolError {
    fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.display().to_string(),
            source,
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
        "rows are unaccounted for: {sink} was given {given}, but has {found}; report it with the object's size and format"
    )]
    Unaccounted {
        /// `the table` or `the lake`.
        sink: &'static str,
        /// Rows that it should have.
        given: u64,
        /// Rows that it has.
        found: u64,
    },
}

/// Routes the batches of one object, in its order.
pub(crate) struct Router<'a> {
    /// Where records have a key.
    versions: Option<Versions<'a>>,
    table: Option<&'a mut (dyn Table + 'a)>,
    lake: Option<LakeWriter>,
    rejects: RejectsWriter,
    rejects_name: String,
    scratch: PathBuf,
    report: ObjectReport,
    next_ordinal: u64,
    /// Ordinals of rows that are not stored after all.
    superfluous: Sorter<1>,
    records: RecordLog,
}

impl<'a> Router<'a> {
    /// Routes into these sinks, by way of the empty folder `scratch`.
    pub(crate) fn new(
        pipeline: &Pipeline,
        object: &SourceObject,
        form: ObjectForm,
        table: Option<&'a mut (dyn Table + 'a)>,
        seen: Option<&'a mut (dyn SeenKeys + 'a)>,
        scratch: &Path,
        limits: RouteLimits,
    ) -> Result<Self, SpoolError> {
        let stem = &object.stem;
        let lake = pipeline
            .lake()
            .map(|lake| LakeWriter::new(pipeline, lake, scratch, stem, limits.open_folders));
        Ok(Self {
            versions: Versions::new(pipeline, seen, scratch, limits.keys),
            table,
            lake: lake.transpose()?,
            rejects_name: objects::rejects(&pipeline.name, stem),
            scratch: scratch.to_owned(),
            report: ObjectReport {
                source: object.uri.clone(),
                pipeline: pipeline.name.clone(),
                plugin_sha256: form.plugin_sha256,
                ..ObjectReport::default()
            },
            rejects: RejectsWriter::new(scratch, &object.uri, form),
            next_ordinal: 0,
            superfluous: Sorter::new(scratch, limits.superfluous),
            records: RecordLog::new(scratch),
        })
    }

    /// Routes a batch.
    pub(crate) fn route(&mut self, checked: Checked) -> Result<(), RouteError> {
        let Checked {
            rows,
            records,
            read,
            dropped,
            rejected,
            remarks,
        } = checked;
        self.report.read += read;
        self.report.dropped += dropped;
        for code in remarks {
            self.report.count_finding(&code);
        }
        for rejected in &rejected {
            self.reject(rejected)?;
        }
        let (rows, records) = self.admit(rows, records)?;
        if rows.num_rows() == 0 {
            return Ok(());
        }
        if let Some(records) = records.filter(|_| self.versions.is_some()) {
            self.records.add(self.next_ordinal, &records)?;
        }
        if let Some(table) = &mut self.table {
            table.put(&rows, self.next_ordinal)?;
            let stale = table.take_stale();
            self.leave_out_stale(stale)?;
        }
        if let Some(lake) = &mut self.lake {
            lake.append(&rows)?;
        }
        self.next_ordinal += rows.num_rows() as u64;
        Ok(())
    }

    /// Completes the object: waits for the table, publishes the files, and accounts for everything.
    pub(crate) fn finish(
        mut self,
        damage: Option<&Damage>,
        outputs: &mut dyn Outputs,
    ) -> Result<ObjectReport, RouteError> {
        if let Some(damage) = damage {
            let finding = RejectFinding {
                column: None,
                severity: Severity::Error,
                code: damage.code.to_owned(),
                message: format!("{}; the object was read up to here", damage.message),
            };
            let rejected = Rejected {
                record: self.report.read,
                raw: Vec::new(),
                raw_bytes: 0,
                findings: vec![finding],
            };
            self.report.read += 1;
            self.reject(&rejected)?;
            self.report.damage = Some(reason(&rejected, &rejected.findings[0]));
        }
        if let Some(versions) = self.versions.take() {
            versions.finish(|ordinal| self.superfluous.push([ordinal]))?;
        }
        if let Some(table) = self.table.take() {
            let stale = table.finish()?;
            self.leave_out_stale(stale)?;
            let taken = table.taken().unwrap_or(self.next_ordinal);
            accounted("the table", self.next_ordinal, taken)?;
        }
        let finished = self.settle()?;
        for file in finished {
            outputs.publish(&file.path, &file.name)?;
            self.report.outputs.push(file.name);
        }
        if let Some(file) = self.rejects.finish()? {
            outputs.publish(&file, &self.rejects_name)?;
            self.report.outputs.push(self.rejects_name);
        }
        Ok(self.report)
    }

    /// Takes out what is not stored after all, and closes the lake's files.
    fn settle(&mut self) -> Result<Vec<Finished>, RouteError> {
        let superfluous = std::mem::replace(&mut self.superfluous, Sorter::new(&self.scratch, 0));
        let records = std::mem::replace(&mut self.records, RecordLog::new(&self.scratch));
        let mut superfluous = superfluous.finish(Vec::new())?;
        let mut lost = records.finish()?;
        let (mut last, mut rows) = (None, self.next_ordinal);
        while let Some([ordinal]) = superfluous.next()? {
            if last.replace(ordinal) == Some(ordinal) {
                continue;
            }
            rows -= 1;
            lost.lose(ordinal)?;
            if let Some(lake) = &mut self.lake {
                lake.lose(ordinal)?;
            }
        }
        let lost = lost.finish()?;
        self.report.stored -= lost;
        self.report.duplicate += lost;
        self.report.rows = rows;
        let Some(lake) = self.lake.take() else {
            return Ok(Vec::new());
        };
        let finished = lake.finish()?;
        let found = finished.iter().map(|file| file.rows).sum();
        accounted("the lake", rows, found)?;
        Ok(finished)
    }

    /// Takes out rows that the table has in a newer version. With a lake, they are stored there, as history.
    fn leave_out_stale(&mut self, stale: Vec<u64>) -> Result<(), SpoolError> {
        if self.lake.is_some() {
            return Ok(());
        }
        stale
            .into_iter()
            .try_for_each(|ordinal| self.superfluous.push([ordinal]))
    }

    fn reject(&mut self, rejected: &Rejected) -> Result<(), SpoolError> {
        self.report.rejected += 1;
        for finding in &rejected.findings {
            self.report.count_finding(&finding.code);
        }
        if self.report.first_reasons.len() < FIRST_REASONS
            && let Some(finding) = rejected.findings.first()
        {
            self.report.first_reasons.push(reason(rejected, finding));
        }
        self.rejects.append(rejected)
    }

    /// Leaves superfluous rows out and counts records.
    fn admit(
        &mut self,
        rows: RecordBatch,
        records: Option<Vec<u64>>,
    ) -> Result<(RecordBatch, Option<Vec<u64>>), RouteError> {
        let keep = match &mut self.versions {
            Some(versions) => versions.admit(&rows, self.next_ordinal, &mut self.superfluous)?,
            None => None,
        };
        let all = records
            .as_ref()
            .map_or(rows.num_rows(), |records| distinct(records));
        let Some(keep) = keep else {
            self.report.stored += all as u64;
            return Ok((rows, records));
        };
        let records = records.map(|records| {
            let kept = records.into_iter().zip(&keep).filter(|(_, keep)| **keep);
            kept.map(|(record, _)| record).collect::<Vec<_>>()
        });
        let mask = BooleanArray::from(keep);
        let rows = arrow_select::filter::filter_record_batch(&rows, &mask)
            .expect("the mask has the batch's length");
        let kept = records
            .as_ref()
            .map_or(rows.num_rows(), |records| distinct(records));
        self.report.stored += kept as u64;
        self.report.duplicate += (all - kept) as u64;
        Ok((rows, records))
    }
}

/// Fails unless a sink has all that it was given.
fn accounted(sink: &'static str, given: u64, found: u64) -> Result<(), RouteError> {
    if given == found {
        Ok(())
    } else {
        Err(RouteError::Unaccounted { sink, given, found })
    }
}

/// How many records rows belong to; rows of one record need not be neighbours.
fn distinct(records: &[u64]) -> usize {
    let mut sorted = records.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

fn reason(rejected: &Rejected, finding: &RejectFinding) -> Reason {
    Reason {
        row: rejected.record + 1,
        column: finding.column.clone(),
        code: finding.code.clone(),
        message: finding.message.clone(),
    }
}
