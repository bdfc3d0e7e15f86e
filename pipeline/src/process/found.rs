//! What an object had for its fields: columns that nobody asked for, fields whose column never came, and values that a
//! plugin took away.

use std::collections::BTreeMap;

use sluice_contract::stack::Field;
use sluice_nearest::nearest;

use super::{Job, ProcessError};
use crate::{
    check::FieldTally,
    columns::ColumnField,
    decode::Decoder,
    report::{MissingColumn, ObjectReport},
    shown::shown,
    wanted::{Wanted, plain},
};

/// What is told of an object's columns.
pub(super) struct Found {
    ignored: Vec<String>,
    missing: Vec<MissingColumn>,
    nulled: BTreeMap<String, u64>,
}

impl Found {
    /// Of an object that is read to its end, whose fields had these values.
    pub(super) fn new(
        job: &Job<'_>,
        decoder: &Decoder,
        tallies: &[FieldTally],
    ) -> Result<Self, ProcessError> {
        let columns = decoder.columns();
        // Nothing is known of an object without records, nor of one whose header cannot be read.
        let is_known = !columns.is_empty();
        let wanted = Wanted::new(job.pipeline, job.plugin);
        let asked = wanted.of(&columns)?;
        let ignored: Vec<&str> = (columns.iter().zip(&asked.columns))
            .filter(|(_, is_asked)| asked.is_certain && !**is_asked)
            .map(|(column, _)| column.name.as_str())
            // Whoever would have asked for them did not get them.
            .chain(decoder.late_columns().iter().map(String::as_str))
            .collect();
        let fields = job.pipeline.fields.iter().enumerate();
        let missing = fields.clone().filter(|(at, field)| {
            let has_values = tallies.get(*at).is_some_and(|tally| tally.has_values);
            is_known && field.generate.is_none() && !came(job, field, &columns, has_values)
        });
        let missing = missing.map(|(_, field)| MissingColumn {
            nearest: nearest(&field.name, ignored.iter().copied()).map(shown),
            field: field.name.clone(),
        });
        let nulled = fields.clone().filter_map(|(at, field)| {
            let nulled = tallies.get(at)?.nulled;
            (nulled > 0).then(|| (field.name.clone(), nulled))
        });
        Ok(Self {
            missing: missing.collect(),
            nulled: nulled.collect(),
            ignored: ignored.into_iter().map(shown).collect(),
        })
    }

    /// Tells it in a report.
    pub(super) fn tell(self, report: &mut ObjectReport) {
        report.ignored_columns = self.ignored;
        report.missing_columns = self.missing;
        report.nulled_values = self.nulled;
    }
}

/// Whether a field had a column, by its own name or, where a plugin looks for it, by another.
fn came(job: &Job<'_>, field: &Field, columns: &[ColumnField], has_values: bool) -> bool {
    let Some(plugin) = job.plugin else {
        return columns.iter().any(|column| column.name == field.name);
    };
    // Of a field that the plugin makes, and of one that it found under another name, the values tell.
    let name = plain(&field.name);
    has_values || columns.iter().any(|column| plain(&column.name) == name) || {
        // What it does not read, it makes of something else, and need not have made of any record.
        let inputs = &plugin.descriptor().inputs;
        let outputs = &plugin.descriptor().outputs;
        !inputs.is_empty()
            && inputs.iter().all(|input| plain(&input.name) != name)
            && outputs.iter().any(|output| output.name == field.name)
    }
}
