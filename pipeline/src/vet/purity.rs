//! Whether a plugin gives the same answer to the same row again. A retry must end like the first attempt, and a batch
//! that fails is answered in parts, so a plugin that remembers, counts or looks at other rows would change records.

use std::collections::BTreeSet;

use super::refusal::{Again, Refusal};
use super::samples::Samples;
use crate::plugin::{Answer, Origin, PluginVersion, Transformed, Transformer};

/// What a plugin is asked about.
pub(super) struct Question<'a> {
    /// The number of the sample set, from 1.
    pub(super) number: usize,
    pub(super) set: &'a Samples,
    pub(super) version: &'a PluginVersion,
    pub(super) origin: &'a Origin,
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
            transformer.answers(all.rows(), all.values(), &transformed)
        } else {
            self.answers_to(&mut transformer, &all, 0)?
        };
        let again = self.answers_to(&mut transformer, &all, 0)?;
        self.compare(&records, &first, &again, Again::SameInstance)?;
        let middle = records.len() / 2;
        for range in [middle..records.len(), 0..middle] {
            let mut fresh = self.version.configure_fresh(&self.set.schema())?;
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
            .map_err(|error| Refusal::in_set(self.number, error))?;
        Ok(transformer.answers(part.rows(), part.values(), &transformed))
    }

    fn compare(
        &self,
        records: &[usize],
        first: &[Answer],
        second: &[Answer],
        again: Again,
    ) -> Result<(), Refusal> {
        let differs =
            |(first, second): (&Answer, &Answer)| !second.timed_out() && !first.agrees_with(second);
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
