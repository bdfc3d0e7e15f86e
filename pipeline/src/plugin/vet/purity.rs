//! Whether a plugin gives the same answer to the same row again. A retry must end like the first attempt, and a batch
//! that fails is answered in parts, so a plugin that remembers, counts or looks at other rows would change records.

use std::collections::BTreeSet;

use super::super::merge::text_of;
use super::super::transformer::{TIMEOUT, Transformer, is_failure};
use super::super::{Origin, OutColumn, PluginVersion, Severity, Transformed};
use super::refusal::{Again, Refusal};
use super::samples::Samples;
use super::trial::refusal_in_set;
use crate::columns::Column;

/// What a plugin is asked about.
pub(super) struct Question<'a> {
    /// The number of the sample set, from 1.
    pub(super) number: usize,
    pub(super) set: &'a Samples,
    pub(super) version: &'a PluginVersion,
    pub(super) origin: &'a Origin,
}

/// All that a plugin said of one row, in a form that does not depend on the rest of its batch.
#[derive(Default, PartialEq)]
struct Answer {
    rejected: bool,
    /// Output rows, each a value for every column; `None` is null.
    rows: Vec<Vec<Option<String>>>,
    findings: Vec<(Option<u32>, Severity, String, String)>,
    /// Whether it ran out of time, which says more about the machine than about the row.
    timed_out: bool,
}

impl Question<'_> {
    /// Asks again: the same instance the same batch, and fresh instances its halves, the second one first. Records that
    /// make the plugin fail are left out, for they cost an instance each.
    pub(super) fn ask(
        &self,
        mut transformer: Transformer,
        transformed: Transformed,
        failed: &BTreeSet<usize>,
    ) -> Result<(), Refusal> {
        let records: Vec<usize> = (0..self.set.rows())
            .filter(|row| !failed.contains(row))
            .collect();
        if records.is_empty() {
            return Ok(());
        }
        let part = |range: std::ops::Range<usize>| self.set.pick(&records[range]);
        let all = part(0..records.len());
        let first = if failed.is_empty() {
            answers(&transformer, &all, &transformed)
        } else {
            self.answers_to(&mut transformer, &all, 0)?
        };
        let again = self.answers_to(&mut transformer, &all, 0)?;
        self.compare(&records, &first, &again, Again::SameInstance)?;
        let middle = records.len() / 2;
        for range in [middle..records.len(), 0..middle] {
            let mut fresh = Transformer::fresh(self.version.clone(), &self.set.schema())?;
            let again = self.answers_to(&mut fresh, &part(range.clone()), range.start)?;
            let (records, first) = (&records[range.clone()], &first[range]);
            self.compare(records, first, &again, Again::FreshInstance)?;
        }
        Ok(())
    }

    fn answers_to(
        &self,
        transformer: &mut Transformer,
        part: &Samples,
        first_row: usize,
    ) -> Result<Vec<Answer>, Refusal> {
        let origin = Origin {
            first_row: first_row as u64,
            ..self.origin.clone()
        };
        let transformed = transformer
            .transform(part.rows(), part.values(), &origin)
            .map_err(|error| refusal_in_set(self.number, error))?;
        Ok(answers(transformer, part, &transformed))
    }

    fn compare(
        &self,
        records: &[usize],
        first: &[Answer],
        second: &[Answer],
        again: Again,
    ) -> Result<(), Refusal> {
        let differs = |(first, second): (&Answer, &Answer)| !second.timed_out && first != second;
        match first.iter().zip(second).position(differs) {
            Some(row) => Err(Refusal::Impure {
                set: self.number,
                record: records[row] + 1,
                again,
            }),
            None => Ok(()),
        }
    }
}

/// One answer for each row.
fn answers(transformer: &Transformer, batch: &Samples, transformed: &Transformed) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    answers.resize_with(batch.rows(), Answer::default);
    for row in &transformed.rejected {
        answers[*row as usize].rejected = true;
    }
    let outputs = transformer.typed_outputs();
    for row in 0..transformed.rows {
        let source = match &transformed.source_rows {
            Some(rows) => rows[row] as usize,
            None => row,
        };
        if answers[source].rejected {
            continue;
        }
        let values = transformed.columns.iter().zip(outputs);
        let values = values.map(|(column, (_, logical))| {
            let (column, row): (&Column, usize) = match column {
                OutColumn::Keep(index) => (&batch.values()[*index], source),
                OutColumn::Replace(column) => (column, row),
            };
            text_of(column, row, *logical).map(|text| text.into_owned())
        });
        let values = values.collect();
        answers[source].rows.push(values);
    }
    for finding in &transformed.findings {
        let answer = &mut answers[finding.row as usize];
        answer.timed_out |= finding.code == TIMEOUT;
        // How much memory or how many rows there were when it failed depends on the batch.
        let message = if is_failure(&finding.code) {
            String::new()
        } else {
            finding.message.clone()
        };
        answer.findings.push((
            finding.column,
            finding.severity,
            finding.code.clone(),
            message,
        ));
    }
    answers
}
