//! What became of an upload.

use sluice_contract::Sha256;
use sluice_pipeline::vet::TrialReport;

use crate::plugins::{PublishedVersion, shortened};

/// What became of an upload.
pub(super) enum Outcome {
    /// It is in use.
    Published {
        version: PublishedVersion,
        bytes: u64,
        previous: Option<Sha256>,
        trial: TrialReport,
    },
    /// It was in use before it was uploaded.
    InUse { sha256: Sha256 },
    /// This upload, or a newer one, was dealt with before.
    Known {
        /// Where it was read.
        sha256: Option<Sha256>,
    },
    /// Another upload took its place before it was read.
    Replaced,
    /// It must not be used.
    Refused {
        refused: Refused,
        /// Whether this attempt was the one that refused it.
        first: bool,
    },
}

/// Why an upload must not be used.
pub(super) struct Refused {
    /// Where it was read.
    pub(super) sha256: Option<Sha256>,
    /// A whole sentence, on one line.
    pub(super) reason: String,
    /// The version that goes on processing.
    pub(super) in_use: Option<Sha256>,
}

impl Outcome {
    /// The component that it is about, where it was read.
    pub(super) fn sha256(&self) -> Option<Sha256> {
        match self {
            Self::Published { version, .. } => Some(version.sha256),
            Self::InUse { sha256 } => Some(*sha256),
            Self::Known { sha256 } => *sha256,
            Self::Replaced => None,
            Self::Refused { refused, .. } => refused.sha256,
        }
    }
}

impl Refused {
    pub(super) fn new(sha256: Option<Sha256>, reason: &str, in_use: Option<Sha256>) -> Self {
        Self {
            sha256,
            reason: shortened(reason),
            in_use,
        }
    }
}
