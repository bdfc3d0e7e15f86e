//! From checked batches to the sinks: superfluous versions out, rows to the table and the lake, the rest to the rejects,
//! and a report in which every record occurs once.

mod dedupe;
mod lake;
mod partition;
mod reject_line;
mod rejects;

use std::{collections::HashMap, path::Path};

use arrow_array::{BooleanArray, RecordBatch};
use sluice_manifest::stack::Pipeline;

pub use self::reject_line::{RejectLine, RejectLineFinding};
pub(crate) use self::rejects::RejectsForm;
use self::{dedupe::Dedupe, lake::LakeWriter, rejects::RejectsWriter};
use crate::{
    check::{Checked, RejectFinding, Rejected, table_schema},
    decode::Damage,
    plugin::Severity,
    ports::{Outputs, SinkError, SourceObject, Table},
    report::{ObjectReport, Reason},
};

/// How many reasons a report keeps.
const FIRST_REASONS: usize = 10;

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
}

/// Routes the batches of one object, in its order.
pub(crate) struct Router<'a> {
    dedupe: Option<Dedupe>,
    table: Option<&'a mut (dyn Table + 'a)>,
    lake: Option<LakeWriter>,
    rejects: RejectsWriter,
    rejects_name: String,
    report: ObjectReport,
    next_ordinal: u64,
    /// Ordinals of rows that a later row replaced.
    superseded: Vec<u64>,
    exploded: Exploded,
}

/// Records that became several rows, while any of these may still turn out to be superfluous.
#[derive(Default)]
struct Exploded {
    record_of: HashMap<u64, u64>,
    live_rows: HashMap<u64, u32>,
}

impl<'a> Router<'a> {
    /// Routes into these sinks, by way of the empty folder `scratch`.
    pub(crate) fn new(
        pipeline: &Pipeline,
        object: &SourceObject,
        plugin_sha256: Option<&str>,
        form: RejectsForm,
        table: Option<&'a mut (dyn Table + 'a)>,
        scratch: &Path,
    ) -> Result<Self, SpoolError> {
        let stem = &object.stem;
        let schema = table_schema(pipeline);
        let lake = pipeline
            .lake
            .as_ref()
            .map(|lake| LakeWriter::new(pipeline, lake, &schema, scratch, stem));
        Ok(Self {
            dedupe: Dedupe::new(pipeline),
            table,
            lake: lake.transpose()?,
            rejects: RejectsWriter::new(scratch, &object.uri, form, plugin_sha256),
            rejects_name: format!("rejects/{}/{stem}.ndjson", pipeline.name),
            report: ObjectReport {
                source: object.uri.clone(),
                pipeline: pipeline.name.clone(),
                plugin_sha256: plugin_sha256.map(str::to_owned),
                ..ObjectReport::default()
            },
            next_ordinal: 0,
            superseded: Vec::new(),
            exploded: Exploded::default(),
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
            *self.report.findings.entry(code).or_default() += 1;
        }
        for rejected in &rejected {
            self.reject(rejected)?;
        }
        let (rows, records) = self.admit(rows, records);
        if rows.num_rows() == 0 {
            return Ok(());
        }
        if let Some(records) = records {
            self.exploded
                .add(self.next_ordinal, &records, self.dedupe.is_some());
        }
        if let Some(table) = &mut self.table {
            table.put(&rows, self.next_ordinal)?;
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
        self.superseded.sort_unstable();
        let mut rows = self.next_ordinal - self.superseded.len() as u64;
        let stale = self
            .table
            .take()
            .map(|table| table.finish())
            .transpose()?
            .unwrap_or_default();
        // With a lake, a row that the table has in a newer version is stored there, as history.
        if self.lake.is_none() {
            let superseded = &self.superseded;
            let stale: Vec<u64> = stale
                .into_iter()
                .filter(|ordinal| superseded.binary_search(ordinal).is_err())
                .collect();
            rows -= stale.len() as u64;
            stale.into_iter().for_each(|ordinal| self.lose(ordinal));
        }
        if let Some(lake) = self.lake.take() {
            for file in lake.finish(&self.superseded)? {
                outputs.publish(&file.path, &file.name)?;
                self.report.outputs.push(file.name);
            }
        }
        if let Some(file) = self.rejects.finish()? {
            outputs.publish(&file, &self.rejects_name)?;
            self.report.outputs.push(self.rejects_name);
        }
        self.report.rows = rows;
        Ok(self.report)
    }

    fn reject(&mut self, rejected: &Rejected) -> Result<(), SpoolError> {
        self.report.rejected += 1;
        for finding in &rejected.findings {
            *self
                .report
                .findings
                .entry(finding.code.clone())
                .or_default() += 1;
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
    ) -> (RecordBatch, Option<Vec<u64>>) {
        let admission = self
            .dedupe
            .as_mut()
            .map(|dedupe| dedupe.admit(&rows, self.next_ordinal));
        let (keep, superseded) = admission.map_or((None, Vec::new()), |admission| {
            (admission.keep, admission.superseded)
        });
        for ordinal in superseded {
            self.lose(ordinal);
            self.superseded.push(ordinal);
        }
        let all = records
            .as_ref()
            .map_or(rows.num_rows(), |records| distinct(records));
        let Some(keep) = keep else {
            self.report.stored += all as u64;
            return (rows, records);
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
        (rows, records)
    }

    /// A stored row turned out to be superfluous, and with it perhaps its record.
    fn lose(&mut self, ordinal: u64) {
        if self.exploded.lose(ordinal) {
            self.report.stored -= 1;
            self.report.duplicate += 1;
        }
    }
}

impl Exploded {
    fn add(&mut self, first_ordinal: u64, records: &[u64], can_lose: bool) {
        if !can_lose {
            return;
        }
        for (ordinal, record) in (first_ordinal..).zip(records) {
            self.record_of.insert(ordinal, *record);
            *self.live_rows.entry(*record).or_default() += 1;
        }
    }

    /// Whether the row was the last one of its record.
    fn lose(&mut self, ordinal: u64) -> bool {
        let Some(record) = self.record_of.remove(&ordinal) else {
            return true;
        };
        let Some(live) = self.live_rows.get_mut(&record) else {
            return true;
        };
        *live -= 1;
        *live == 0
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
