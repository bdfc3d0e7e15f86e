//! Records that a sink refused after it was given their rows: they are rejected after all, with their text and the sink's
//! reason.
//!
//! Texts and reasons wait on scratch disk for the end of the object, and only where the pipeline has a sink that refuses
//! late. A record is rejected as a whole, whichever of its rows was refused.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    check::{Origins, RejectFinding, Rejected},
    plugin::{Severity, Words},
    sink::RefusedRow,
    spool::{Sorter, SpoolError},
};

/// What is needed to reject rows that were given to sinks already.
pub(super) struct LateRefusals {
    scratch: PathBuf,
    /// The [`Origins`] of one batch behind those of another.
    origins: BufWriter<File>,
    reasons: BufWriter<File>,
    /// Where the next reason begins.
    at: u64,
    /// Ordinals of refused rows, and where their reasons are.
    refused: Sorter<2>,
}

impl LateRefusals {
    pub(super) fn new(scratch: &Path, most: usize) -> Result<Self, SpoolError> {
        let file = || {
            let file = tempfile::tempfile_in(scratch);
            file.map_err(|error| SpoolError::io(scratch, error))
        };
        Ok(Self {
            scratch: scratch.to_owned(),
            origins: BufWriter::new(file()?),
            reasons: BufWriter::new(file()?),
            at: 0,
            refused: Sorter::new(scratch, most),
        })
    }

    /// Remembers the records of the rows that sinks are given next.
    pub(super) fn remember(&mut self, origins: &Origins) -> Result<(), SpoolError> {
        write_origins(&mut self.origins, origins)
            .map_err(|error| SpoolError::io(&self.scratch, error))
    }

    /// A sink refused a row that it was given.
    pub(super) fn refuse(&mut self, row: &RefusedRow) -> Result<(), SpoolError> {
        let written = write_texts(&mut self.reasons, [&row.code, &row.message]);
        let written = written.map_err(|error| SpoolError::io(&self.scratch, error))?;
        self.refused.push([row.ordinal, self.at])?;
        self.at += written;
        Ok(())
    }

    /// Gives every record of which a row was refused, in the order of the object, with the ordinals of all its rows.
    pub(super) fn finish(
        self,
        mut reject: impl FnMut(Rejected, &[u64]) -> Result<(), SpoolError>,
    ) -> Result<(), SpoolError> {
        let failed = |error| SpoolError::io(&self.scratch, error);
        let mut origins = rewound(self.origins).map_err(failed)?;
        let mut reasons = rewound(self.reasons).map_err(failed)?;
        let mut refused = self.refused.finish(Vec::new())?;
        let mut next = refused.next()?;
        let mut first = 0;
        while next.is_some() {
            let batch = read_origins(&mut origins).map_err(failed)?;
            let end = first + batch.records.len() as u64;
            let mut findings: BTreeMap<u64, Vec<RejectFinding>> = BTreeMap::new();
            while let Some([ordinal, at]) = next.filter(|[ordinal, _]| *ordinal < end) {
                let [code, message] = read_texts(&mut reasons, at).map_err(failed)?;
                let record = batch.records[(ordinal - first) as usize];
                findings.entry(record).or_default().push(RejectFinding {
                    column: None,
                    severity: Severity::Error,
                    code,
                    message,
                    words: Words::Own,
                });
                next = refused.next()?;
            }
            let mut rows_of: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
            for (record, ordinal) in batch.records.iter().zip(first..) {
                if findings.contains_key(record) {
                    rows_of.entry(*record).or_default().push(ordinal);
                }
            }
            for ((record, findings), ordinals) in findings.into_iter().zip(rows_of.values()) {
                let raw = batch.text((ordinals[0] - first) as usize).to_vec();
                let raw_bytes = raw.len() as u64;
                let rejected = Rejected {
                    record,
                    raw,
                    raw_bytes,
                    findings,
                };
                reject(rejected, ordinals)?;
            }
            first = end;
        }
        Ok(())
    }
}

fn rewound(file: BufWriter<File>) -> io::Result<BufReader<File>> {
    let mut file = file.into_inner().map_err(|error| error.into_error())?;
    file.rewind()?;
    Ok(BufReader::new(file))
}

fn write_origins(file: &mut BufWriter<File>, origins: &Origins) -> io::Result<()> {
    let Origins {
        records,
        texts,
        ends,
    } = origins;
    file.write_all(&(records.len() as u64).to_ne_bytes())?;
    file.write_all(bytemuck::cast_slice(records))?;
    file.write_all(bytemuck::cast_slice(ends))?;
    file.write_all(texts)
}

fn read_origins(file: &mut BufReader<File>) -> io::Result<Origins> {
    let rows = read_number(file)? as usize;
    let (mut records, mut ends) = (vec![0; rows], vec![0; rows]);
    file.read_exact(bytemuck::cast_slice_mut(&mut records))?;
    file.read_exact(bytemuck::cast_slice_mut(&mut ends))?;
    let mut texts = vec![0; ends.last().copied().unwrap_or(0) as usize];
    file.read_exact(&mut texts)?;
    Ok(Origins {
        records,
        texts,
        ends,
    })
}

/// Writes texts with their lengths; returns how many bytes that took.
fn write_texts(file: &mut BufWriter<File>, texts: [&String; 2]) -> io::Result<u64> {
    let mut written = 0;
    for text in texts {
        let length = text.len() as u64;
        file.write_all(&length.to_ne_bytes())?;
        file.write_all(text.as_bytes())?;
        written += size_of::<u64>() as u64 + length;
    }
    Ok(written)
}

fn read_texts(file: &mut BufReader<File>, at: u64) -> io::Result<[String; 2]> {
    file.seek(SeekFrom::Start(at))?;
    let mut read = || {
        let length = read_number(file)?;
        let mut text = String::new();
        file.take(length).read_to_string(&mut text)?;
        Ok::<_, io::Error>(text)
    };
    Ok([read()?, read()?])
}

fn read_number(file: &mut BufReader<File>) -> io::Result<u64> {
    let mut number = [0; size_of::<u64>()];
    file.read_exact(&mut number)?;
    Ok(u64::from_ne_bytes(number))
}
