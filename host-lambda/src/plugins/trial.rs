//! The trial of a new version: its first objects are counted at the pointer, and where too many of their records are
//! rejected, the version before comes back by itself.

use std::fmt;

use sluice_contract::Sha256;
use sluice_pipeline::ports::SinkError;

use crate::tell::Untold;

use super::{
    pointer::{CanaryCount, Pointer},
    registry::PublishedVersion,
    store::PluginStore,
};

/// How a version stands after an object.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "people have to be told of a version that failed"]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Trial {
    /// It has nothing to prove, or nothing any more.
    None,
    /// It has to prove itself on so many objects more.
    Goes {
        /// How many.
        objects_left: i64,
    },
    /// It has proved itself with this object.
    Passed,
    /// It has failed. Only the caller that ended the trial gets this, and is to tell what waits at the pointer.
    Failed(FailedTrial),
}

/// A version that did not prove itself.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedTrial {
    /// The version.
    pub version: PublishedVersion,
    /// What was counted.
    pub count: CanaryCount,
    /// Whether it made an object fail altogether.
    pub failed_object: bool,
    /// The version that is in use instead; `None` where there was none, and the failed one stays.
    pub restored: Option<PublishedVersion>,
}

impl PluginStore {
    /// Counts an object that a version has processed: the records that were read and rejected, and whether the object
    /// failed because of the plugin. Where the version has nothing to prove, this costs no call. `untold` makes of a trial
    /// that failed what has to be told; it waits at the pointer.
    pub fn record(
        &self,
        sha256: Sha256,
        read: u64,
        rejected: u64,
        failed: bool,
        untold: impl FnOnce(&FailedTrial) -> Untold,
    ) -> Result<Trial, SinkError> {
        // A version that has proved itself never has to again, so that what was seen last is enough to say no.
        if self.state().on_trial != Some(sha256) {
            return Ok(Trial::None);
        }
        let trial = match self.registry.count(sha256, read, rejected)? {
            Some(Pointer {
                version,
                previous,
                canary: Some(count),
                untold: before,
                ..
            }) => {
                if failed || count.is_bad() {
                    let untold = |failed: &FailedTrial| {
                        let mut all = before.as_deref().map(Untold::read).unwrap_or_default();
                        all.append(untold(failed));
                        all.text()
                    };
                    self.fail(version, count, failed, previous, untold)?
                } else if count.left > 0 {
                    return Ok(Trial::Goes {
                        objects_left: count.left,
                    });
                } else {
                    Trial::Passed
                }
            }
            _ => Trial::None,
        };
        let mut state = self.state();
        state.on_trial = None;
        // Whatever ended the trial may have moved the pointer.
        state.checked_at = None;
        Ok(trial)
    }

    /// Ends a trial that failed. Of several who want to, one does.
    fn fail(
        &self,
        version: PublishedVersion,
        count: CanaryCount,
        failed_object: bool,
        previous: Option<Sha256>,
        untold: impl FnOnce(&FailedTrial) -> String,
    ) -> Result<Trial, SinkError> {
        let record = match previous {
            Some(previous) => self.registry.version(previous)?,
            None => None,
        };
        let restored = record.and_then(|record| record.published);
        let failed = FailedTrial {
            version,
            count,
            failed_object,
            restored,
        };
        let (bad, untold) = (failed.version.sha256, untold(&failed));
        let ended = match &failed.restored {
            Some(restored) => self.registry.roll_back(bad, restored, &untold)?,
            None => self.registry.end_canary(bad, &untold)?,
        };
        if !ended {
            return Ok(Trial::None);
        }
        if failed.restored.is_some() {
            let marked = self
                .registry
                .mark_rolled_back(failed.version.sha256, &failed.to_string());
            if let Err(error) = marked {
                // The pointer is right, and its sequencer keeps the bad upload out.
                tracing::warn!(
                    reason = error.to_string(),
                    "a version that was rolled back is not marked"
                );
            }
        }
        Ok(Trial::Failed(failed))
    }
}

/// Why it failed.
impl fmt::Display for FailedTrial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CanaryCount {
            read,
            rejected,
            max_rejected,
            ..
        } = self.count;
        if self.failed_object {
            f.write_str("it could not process an object")
        } else {
            write!(
                f,
                "{rejected} of {read} records of its first objects were rejected, and {:.1} % are tolerated",
                max_rejected * 100.0
            )
        }
    }
}
