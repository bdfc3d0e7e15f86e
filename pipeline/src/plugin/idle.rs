//! Configured instances that wait for the next object, so that not every object waits for an interpreter to come up.
//!
//! Only an instance that never failed gets in here. The plugin is pure, so what it did before makes no difference.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::columns::ColumnField;

use super::sandbox::Sandbox;

/// Instances that wait, at the most. More threads than that hardly work on one object.
const MAX_INSTANCES: usize = 8;

/// The instances of one plugin version that wait.
pub(super) struct Idle {
    /// The one that waits longest comes first.
    waiting: Mutex<Vec<Waiting>>,
    /// Bytes of memory that they may have together: as much as a single one at work.
    memory_bytes: usize,
}

struct Waiting {
    schema: Vec<ColumnField>,
    outputs: Vec<ColumnField>,
    sandbox: Sandbox,
}

impl Idle {
    pub(super) fn new(memory_mb: u32) -> Idle {
        Idle {
            waiting: Mutex::default(),
            memory_bytes: (memory_mb as usize) << 20,
        }
    }

    /// An instance that is configured for `schema`, with the output fields that it promised.
    pub(super) fn take(&self, schema: &[ColumnField]) -> Option<(Sandbox, Vec<ColumnField>)> {
        let mut waiting = self.lock();
        let index = waiting.iter().rposition(|idle| idle.schema == schema)?;
        let Waiting {
            outputs, sandbox, ..
        } = waiting.remove(index);
        Some((sandbox, outputs))
    }

    /// Takes an instance back that did not fail. Those that wait longest make room for it.
    pub(super) fn give_back(
        &self,
        schema: Vec<ColumnField>,
        outputs: Vec<ColumnField>,
        sandbox: Sandbox,
    ) {
        let mut waiting = self.lock();
        waiting.push(Waiting {
            schema,
            outputs,
            sandbox,
        });
        let bytes = |waiting: &[Waiting]| -> usize {
            waiting
                .iter()
                .map(|idle| idle.sandbox.memory_bytes())
                .fold(0, usize::saturating_add)
        };
        while waiting.len() > MAX_INSTANCES || bytes(&waiting) > self.memory_bytes {
            waiting.remove(0);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
