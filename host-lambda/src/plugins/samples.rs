//! Records of recent objects, kept in the artifacts bucket so that a new version of the plugin can be tried on them.
//!
//! There are eight files for each pipeline; an object replaces the one that its name falls to, so that they come from
//! several objects and never add up. The bucket's lifecycle removes them after a week. What is in a record, and which of
//! them are worth keeping, is not known here.

use sluice_contract::{access::Resource, objects};
use sluice_pipeline::{ports::SinkError, vet::Samples};

use super::files::{Fetched, PluginFiles};

/// Of the role that keeps them.
pub(crate) const KEEP_CALLS: &[(&str, Resource)] = &[("s3:PutObject", Resource::SampleObjects)];

/// Of the role that tries plugins on them.
pub(crate) const READ_CALLS: &[(&str, Resource)] = &[("s3:GetObject", Resource::SampleObjects)];

/// How many files there are.
const SLOTS: u8 = 8;

/// The samples of one pipeline.
#[derive(Debug, Clone)]
pub struct SampleFiles {
    files: PluginFiles,
    pipeline: String,
}

impl SampleFiles {
    /// The samples of a pipeline, beside its plugin's files.
    pub fn new(files: PluginFiles, pipeline: String) -> Self {
        Self { files, pipeline }
    }

    /// Keeps records of an object in place of those that its slot held. `stem` is the start of the object's own names.
    pub fn keep(&self, stem: &str, samples: &Samples) -> Result<(), SinkError> {
        let slot = stem.bytes().next().unwrap_or_default() % SLOTS;
        self.files.write(&self.key(slot), samples.to_ndjson())
    }

    /// All records that are kept. What cannot be read is left out: there may be none at all.
    pub fn read(&self) -> Vec<Samples> {
        (0..SLOTS)
            .filter_map(|slot| {
                let key = self.key(slot);
                let reason = match self.files.read(&key) {
                    Fetched::Whole(ndjson) => match Samples::parse(&ndjson) {
                        Ok(samples) => return Some(samples),
                        Err(error) => error.to_string(),
                    },
                    Fetched::Missing { .. } | Fetched::Replaced => return None,
                    Fetched::Unreadable { reason } => reason,
                };
                tracing::warn!(key, reason, "samples are left out");
                None
            })
            .collect()
    }

    fn key(&self, slot: u8) -> String {
        objects::samples(&self.pipeline, slot)
    }
}
