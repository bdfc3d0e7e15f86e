//! The roles of the host that a pipeline has a function for.

use serde::{Serialize, Serializer};
use sluice_contract::stack::Pipeline;

/// What one function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Takes objects from the pipeline's queue.
    Ingest,
    /// Takes uploads of the pipeline's plugin.
    Publish,
}

impl Role {
    /// Every role.
    pub(super) const ALL: [Role; 2] = [Role::Ingest, Role::Publish];

    /// Whether a pipeline has a function for it.
    pub(super) fn serves(self, pipeline: &Pipeline) -> bool {
        match self {
            Role::Ingest => true,
            Role::Publish => pipeline.plugin.is_some(),
        }
    }

    /// What the host and `templates/access.json` call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Role::Ingest => "ingest",
            Role::Publish => "publish",
        }
    }

    /// What it is called in logical ids.
    pub(super) fn id(self) -> &'static str {
        match self {
            Role::Ingest => "Ingest",
            Role::Publish => "Publish",
        }
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
