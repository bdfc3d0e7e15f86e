//! Which rows stay, of those that have the same key: in this object, and where it is asked for, in all objects.

use std::path::Path;

use arrow_array::RecordBatch;
use sluice_contract::stack::Pipeline;

use super::{
    RouteError,
    absent::Absent,
    dedupe::{Admission, Dedupe},
    identity::Identity,
};
use crate::{
    ports::{Brought, SeenKeys},
    spool::SpoolError,
};

/// What tells records of the same key from each other.
pub(super) struct Versions<'a> {
    identity: Identity,
    dedupe: Dedupe,
    seen: Option<&'a mut (dyn SeenKeys + 'a)>,
}

impl<'a> Versions<'a> {
    /// `None` where records have no identity.
    pub(super) fn new(
        pipeline: &Pipeline,
        seen: Option<&'a mut (dyn SeenKeys + 'a)>,
        scratch: &Path,
        keys_in_memory: usize,
    ) -> Option<Self> {
        Identity::new(pipeline).map(|identity| Self {
            identity,
            dedupe: Dedupe::new(scratch, keys_in_memory),
            seen,
        })
    }

    /// Which rows, of these records, stay, `None` for all; ordinals of earlier rows that do not are added to `absent`.
    pub(super) fn admit(
        &mut self,
        rows: &RecordBatch,
        records: &[u64],
        first_ordinal: u64,
        absent: &mut Absent,
    ) -> Result<Option<Vec<bool>>, RouteError> {
        let Admission {
            mut keep,
            superseded,
        } = self.dedupe.admit(&self.identity, rows, first_ordinal)?;
        for ordinal in superseded {
            absent.everywhere(ordinal)?;
        }
        if let Some(seen) = &mut self.seen {
            let stays = |row: &usize| keep.as_ref().is_none_or(|keep| keep[*row]);
            let asked: Vec<usize> = (0..rows.num_rows()).filter(stays).collect();
            let brought = |row: &usize| Brought {
                key: self.identity.stable_hash(rows, *row),
                record: records[*row],
            };
            let new = seen.register(&asked.iter().map(brought).collect::<Vec<_>>())?;
            let known = asked.iter().zip(new).filter(|(_, new)| !new);
            for (row, _) in known {
                keep.get_or_insert_with(|| vec![true; rows.num_rows()])[*row] = false;
            }
        }
        if let Some(keep) = &keep {
            self.dedupe.settle(keep);
        }
        Ok(keep)
    }

    /// Names rows that do not stay after all, by ordinal, in any order.
    pub(super) fn finish(
        self,
        lose: impl FnMut(u64) -> Result<(), SpoolError>,
    ) -> Result<(), SpoolError> {
        self.dedupe.finish(lose)
    }
}
