//! What became of every row, as a file of lines, and what that adds up to, as another.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;
use sluice_contract::{objects, stack::Pipeline};

use super::{super::FinishedFile, RowId};
use crate::spool::SpoolError;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// The API has it.
    Stored,
    /// The API has a newer version of it.
    Stale,
    /// The API does not want it.
    Refused {
        /// A short stable name of the reason.
        code: String,
        /// What the API says, which may hold content of the record.
        reason: String,
    },
}

/// A row that was answered for.
#[derive(Debug)]
pub(super) struct SettledRow {
    pub(super) id: RowId,
    /// The HTTP status that it got.
    pub(super) status: u16,
    /// How often its request was sent.
    pub(super) attempts: u32,
    pub(super) fate: Fate,
}

/// A letter that was answered.
#[derive(Debug)]
pub(super) struct Settlement {
    pub(super) rows: Vec<SettledRow>,
    /// Requests, without the attempts that passed.
    pub(super) requests: u64,
    /// The statuses of all attempts; 0 where there was no answer.
    pub(super) statuses: Vec<u16>,
    /// From when it was due to the last answer.
    pub(super) took: Duration,
    /// Hashes of the keys of its rows.
    pub(super) keys: Vec<u64>,
}

/// A line of the results.
#[derive(Serialize)]
struct Line<'a> {
    row: u64,
    outcome: &'static str,
    status: u16,
    attempts: u32,
    ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// What all lines add up to.
#[derive(Debug, Default, Serialize)]
struct Counts {
    rows: u64,
    stored: u64,
    stale: u64,
    refused: u64,
    requests: u64,
    attempts: u64,
    /// Attempts by their status; `0` has had no answer.
    statuses: BTreeMap<u16, u64>,
    /// How long requests took from when they were due, in milliseconds.
    ms: Percentiles,
}

#[derive(Debug, Default, Serialize)]
struct Percentiles {
    p50: u64,
    p90: u64,
    p99: u64,
    most: u64,
}

/// Writes both files.
pub(super) struct Results {
    path: PathBuf,
    counts_path: PathBuf,
    file: BufWriter<File>,
    name: String,
    counts_name: String,
    counts: Counts,
    /// In milliseconds, of every letter.
    times: Vec<u32>,
}

impl Results {
    /// In the folder `scratch`, to be published under `stem`.
    pub(super) fn new(pipeline: &Pipeline, stem: &str, scratch: &Path) -> Result<Self, SpoolError> {
        let (path, counts_path) = (scratch.join("results.ndjson"), scratch.join("counts.json"));
        let file = File::create(&path).map_err(|error| SpoolError::io(&path, error))?;
        Ok(Self {
            file: BufWriter::new(file),
            path,
            counts_path,
            name: objects::results(&pipeline.name, stem),
            counts_name: objects::counts(&pipeline.name, stem),
            counts: Counts::default(),
            times: Vec::new(),
        })
    }

    /// Notes what became of the rows of a letter.
    pub(super) fn add(&mut self, settlement: &Settlement) -> Result<(), SpoolError> {
        let ms = u64::try_from(settlement.took.as_millis()).unwrap_or(u64::MAX);
        let counts = &mut self.counts;
        counts.requests += settlement.requests;
        counts.attempts += settlement.statuses.len() as u64;
        for status in &settlement.statuses {
            *counts.statuses.entry(*status).or_default() += 1;
        }
        self.times.push(u32::try_from(ms).unwrap_or(u32::MAX));
        for row in &settlement.rows {
            counts.rows += 1;
            let (outcome, count, code, reason) = match &row.fate {
                Fate::Stored => ("stored", &mut counts.stored, None, None),
                Fate::Stale => ("stale", &mut counts.stale, None, None),
                Fate::Refused { code, reason } => {
                    let reason = (!reason.is_empty()).then_some(reason.as_str());
                    ("refused", &mut counts.refused, Some(code.as_str()), reason)
                }
            };
            *count += 1;
            let line = Line {
                row: row.id.record,
                outcome,
                status: row.status,
                attempts: row.attempts,
                ms,
                code,
                reason,
            };
            write_line(&mut self.file, &line).map_err(|error| SpoolError::io(&self.path, error))?;
        }
        Ok(())
    }

    /// Completes the files.
    pub(super) fn finish(mut self) -> Result<Vec<FinishedFile>, SpoolError> {
        self.file
            .flush()
            .map_err(|error| SpoolError::io(&self.path, error))?;
        self.counts.ms = percentiles(self.times);
        let counts = serde_json::to_vec_pretty(&self.counts)
            .map_err(io::Error::from)
            .and_then(|text| std::fs::write(&self.counts_path, text));
        counts.map_err(|error| SpoolError::io(&self.counts_path, error))?;
        Ok(vec![
            FinishedFile {
                path: self.path,
                name: self.name,
            },
            FinishedFile {
                path: self.counts_path,
                name: self.counts_name,
            },
        ])
    }
}

fn write_line(file: &mut BufWriter<File>, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *file, line)?;
    file.write_all(b"\n")
}

/// By nearest rank.
fn percentiles(mut times: Vec<u32>) -> Percentiles {
    times.sort_unstable();
    let at = |percent: usize| {
        let rank = (times.len() * percent).div_ceil(100).max(1);
        times.get(rank - 1).copied().map_or(0, u64::from)
    };
    Percentiles {
        p50: at(50),
        p90: at(90),
        p99: at(99),
        most: at(100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let Percentiles {
            p50,
            p90,
            p99,
            most,
        } = percentiles((1..=200).rev().collect());
        assert_eq!((p50, p90, p99, most), (100, 180, 198, 200));
        assert_eq!(percentiles(Vec::new()).most, 0);
        assert_eq!(percentiles(vec![7]).p50, 7);
    }
}
