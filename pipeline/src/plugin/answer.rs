//! What a plugin said of single rows, in a form that does not depend on the rest of their batch. Whoever asks a plugin
//! twice compares these.

use super::cell::Cell;
use super::transformer::{TIMEOUT, Transformer, is_failure};
use super::{Finding, OutColumn, Transformed};
use crate::columns::Column;

/// All that a plugin said of one row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Whether the row is rejected. Then there are no output rows.
    pub rejected: bool,
    /// Output rows, each with a value for every column. A row without any, which is not rejected, was dropped.
    pub rows: Vec<Vec<Cell>>,
    /// What was said about it. Their rows are those of the batch.
    pub findings: Vec<Finding>,
}

impl Answer {
    /// Whether the plugin failed on the row: it trapped, ran out of time, or answered wrongly.
    pub fn failed(&self) -> bool {
        self.rejected
            && self
                .findings
                .iter()
                .any(|finding| is_failure(&finding.code))
    }

    /// Whether the plugin ran out of time, which says more about the machine than about the row.
    pub fn timed_out(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == TIMEOUT)
    }

    /// Whether it is the same answer, given at another time, in another batch or by another instance.
    pub fn agrees_with(&self, other: &Answer) -> bool {
        let texts = |answer: &Answer| -> Vec<Vec<Option<String>>> {
            // A plugin may leave a column as text in one batch and parse it in another.
            let text = |cell: &Cell| cell.text().map(|text| text.into_owned());
            let rows = answer.rows.iter();
            rows.map(|row| row.iter().map(text).collect()).collect()
        };
        let says = |answer: &Answer| -> Vec<Finding> {
            let said = answer.findings.iter().map(|finding| Finding {
                row: 0,
                // How much memory or how many rows there were when it failed depends on the batch.
                message: match is_failure(&finding.code) {
                    true => String::new(),
                    false => finding.message.clone(),
                },
                ..finding.clone()
            });
            said.collect()
        };
        self.rejected == other.rejected && texts(self) == texts(other) && says(self) == says(other)
    }
}

impl Transformer {
    /// What it said of each row of a batch with these columns.
    pub fn answers(
        &self,
        rows: usize,
        columns: &[Column],
        transformed: &Transformed,
    ) -> Vec<Answer> {
        let mut answers: Vec<Answer> = Vec::new();
        answers.resize_with(rows, Answer::default);
        for row in &transformed.rejected {
            answers[*row as usize].rejected = true;
        }
        for row in 0..transformed.rows {
            let source = match &transformed.source_rows {
                Some(rows) => rows[row] as usize,
                None => row,
            };
            if answers[source].rejected {
                continue;
            }
            let values = transformed.columns.iter().zip(self.typed_outputs());
            let values = values.map(|(column, (_, logical))| match column {
                OutColumn::Keep(index) => Cell::of(&columns[*index], source, *logical),
                OutColumn::Replace(column) => Cell::of(column, row, *logical),
            });
            let values = values.collect();
            answers[source].rows.push(values);
        }
        for finding in &transformed.findings {
            answers[finding.row as usize].findings.push(finding.clone());
        }
        answers
    }
}
