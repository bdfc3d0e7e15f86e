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
    Known,
    /// Another upload took its place before it was read.
    Replaced,
    /// It must not be used.
    Refused(Refused),
}

/// Why an upload must not be used.
pub(super) struct Refused {
    /// Where it was read.
    pub(super) sha256: Option<Sha256>,
    /// A whole sentence, on one line.
    pub(super) reason: String,
    /// The version that goes on processing.
    pub(super) in_use: Option<Sha256>,
    /// Whether this attempt was the one that refused it, so that people are to be told.
    pub(super) first: bool,
}

impl Outcome {
    pub(super) fn refused(
        sha256: Option<Sha256>,
        reason: String,
        in_use: Option<Sha256>,
        first: bool,
    ) -> Self {
        Self::Refused(Refused {
            sha256,
            reason: shortened(&reason),
            in_use,
            first,
        })
    }
}
