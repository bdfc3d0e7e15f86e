//! What an attempt is at: a part of an object, what the ledger holds of it, and why it may fail.

use sluice_contract::Sha256;
use sluice_pipeline::{part::Part, ports::SourceObject};

use crate::{events::ObjectCreated, tell::Untold};

/// A part of an object that is to be processed.
pub(super) struct Work<'a> {
    pub(super) created: &'a ObjectCreated,
    pub(super) object: SourceObject,
    pub(super) part: Part,
    /// The plugin version of the parts before.
    pub(super) plugin: Option<Sha256>,
    /// How often the object was handed on until here.
    pub(super) links: u32,
}

/// What the ledger holds of a claimed part.
pub(super) struct Held {
    /// What follows it, once that was handed over.
    pub(super) next: Option<Part>,
    /// Whether files of it may have been published, so that it must end where it did then.
    pub(super) sealed: bool,
    /// What is left to be told of it.
    pub(super) untold: Untold,
}

/// Why an attempt failed, for people.
pub(super) struct Failed {
    pub(super) reason: String,
    /// Whether the plugin is to blame, and the next attempt may use another version.
    pub(super) by_plugin: bool,
    /// Whether the event bus and people have been told, as far as they have to be.
    pub(super) told: bool,
}

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Self {
            reason: error.to_string(),
            by_plugin: false,
            told: false,
        }
    }
}
