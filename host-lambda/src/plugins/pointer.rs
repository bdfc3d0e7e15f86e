//! The pointer: which version of the plugin is in use, which one was before it, and how the new one proves itself.

use aws_sdk_dynamodb::types::ReturnValue;
use sluice_contract::{
    Sha256,
    control::{
        PARTITION_KEY, SORT_KEY,
        plugin::{
            CANARY_LEFT, CANARY_MAX_REJECTED, CANARY_READ, CANARY_REJECTED, FLIPPED_AT, POINTER,
            PREVIOUS, SEQUENCER, SHA256, UNTOLD,
        },
    },
    stack::Canary,
};
use sluice_pipeline::ports::SinkError;

use super::registry::{PluginRegistry, PublishedVersion, is_unmet};
use crate::aws::{
    attribute::{Attributes, entry, now_text, number_of, sha256_of, text_of},
    expression::{self, Condition, Update},
};

/// How often a flip is tried that others come in between of. Each time one of them has got through.
const FLIPS: u32 = 20;

/// The version in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Pointer {
    /// The version.
    pub version: PublishedVersion,
    /// Of the newest upload that was heeded; ordered as text.
    pub sequencer: String,
    /// When it came into use.
    pub flipped_at: String,
    /// The sha256 of the last version before it that had proved itself.
    pub previous: Option<Sha256>,
    /// How it has fared so far, where it has to prove itself.
    pub canary: Option<CanaryCount>,
    /// What is left to be told of it.
    pub untold: Option<String>,
}

/// How a version fares that has to prove itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CanaryCount {
    /// Objects still to come.
    pub left: i64,
    /// Records so far.
    pub read: u64,
    /// How many of them were rejected.
    pub rejected: u64,
    /// The share of rejected records that is tolerated.
    pub max_rejected: f64,
}

impl CanaryCount {
    /// Whether more records were rejected than is tolerated.
    pub fn is_bad(&self) -> bool {
        self.read > 0 && self.rejected as f64 / self.read as f64 > self.max_rejected
    }
}

/// What became of a flip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flip {
    /// The version is in use.
    Flipped {
        /// The version that would come back.
        previous: Option<Sha256>,
    },
    /// A newer upload was heeded, so that this one must not be.
    Superseded,
}

impl PluginRegistry {
    /// The version in use, if there is one.
    pub fn pointer(&self) -> Result<Option<Pointer>, SinkError> {
        Ok(self.entry(POINTER)?.as_ref().and_then(Pointer::of))
    }

    /// Brings a version into use that came with the upload of this sequencer, unless a newer upload was heeded. `untold`
    /// makes of the version that would come back what has to be told.
    pub fn flip(
        &self,
        version: &PublishedVersion,
        sequencer: &str,
        canary: Option<&Canary>,
        untold: impl Fn(Option<Sha256>) -> String,
    ) -> Result<Flip, SinkError> {
        for _ in 0..FLIPS {
            let before = self.pointer()?;
            match &before {
                // The answer to our own write was lost.
                Some(before)
                    if before.sequencer == sequencer && before.version.sha256 == version.sha256 =>
                {
                    return Ok(Flip::Flipped {
                        previous: before.previous,
                    });
                }
                Some(before) if before.sequencer.as_str() >= sequencer => {
                    return Ok(Flip::Superseded);
                }
                _ => {}
            }
            let mut next = Pointer::after(before.as_ref(), version, sequencer, canary);
            next.untold = Some(untold(next.previous));
            if self.replace(before.as_ref(), &next)? {
                return Ok(Flip::Flipped {
                    previous: next.previous,
                });
            }
        }
        Err(SinkError {
            target: format!("control table `{}`", self.table),
            action: format!("flip the pointer of plugin `{}`", self.pipeline),
            reason: format!("others came in between {FLIPS} times"),
        })
    }

    /// Remembers that a newer upload holds the version that is in use already, so that no upload in between is heeded.
    pub fn confirm(&self, sha256: Sha256, sequencer: &str) -> Result<(), SinkError> {
        let confirm = Update::new().set(SEQUENCER, sequencer);
        let is_newer = Condition::is(SHA256, sha256).and(Condition::is_less(SEQUENCER, sequencer));
        let update = self.update(POINTER, &confirm, &is_newer);
        self.make("confirm", POINTER, update).map(drop)
    }

    /// Counts an object of a version that has to prove itself. `None` where it has not, or no longer.
    ///
    /// Where an answer is lost, the SDK asks again, and an object may count twice: the verdict rests on a ratio.
    pub(super) fn count(
        &self,
        sha256: Sha256,
        read: u64,
        rejected: u64,
    ) -> Result<Option<Pointer>, SinkError> {
        let count = Update::new()
            .add(CANARY_LEFT, -1_i64)
            .add(CANARY_READ, read)
            .add(CANARY_REJECTED, rejected);
        let on_trial = Condition::is(SHA256, sha256).and(Condition::is_greater(CANARY_LEFT, 0_i64));
        let update = self
            .update(POINTER, &count, &on_trial)
            .return_values(ReturnValue::AllNew);
        let item = self.make("count an object in", POINTER, update)?;
        Ok(item.as_ref().and_then(Pointer::of))
    }

    /// Brings the version before back into use. `false` where `bad` is not in use any more.
    ///
    /// The sequencer stays, so that the upload of the bad version is not heeded again.
    pub(super) fn roll_back(
        &self,
        bad: Sha256,
        to: &PublishedVersion,
        untold: &str,
    ) -> Result<bool, SinkError> {
        let roll_back = to
            .written(Update::new().set(SHA256, to.sha256))
            .set(FLIPPED_AT, now_text())
            .set(UNTOLD, untold)
            .remove(PREVIOUS);
        let in_use = Condition::is(SHA256, bad).and(Condition::is(PREVIOUS, to.sha256));
        let update = self.update(POINTER, &without_canary(roll_back), &in_use);
        Ok(self.make("roll back", POINTER, update)?.is_some())
    }

    /// Ends the trial of a version that stays in use. `false` where it has ended already.
    pub(super) fn end_canary(&self, sha256: Sha256, untold: &str) -> Result<bool, SinkError> {
        let on_trial = Condition::is(SHA256, sha256).and(Condition::exists(CANARY_LEFT));
        let end = without_canary(Update::new().set(UNTOLD, untold));
        let update = self.update(POINTER, &end, &on_trial);
        Ok(self.make("end the trial of", POINTER, update)?.is_some())
    }

    /// Writes the pointer, if it still is what it was.
    fn replace(&self, before: Option<&Pointer>, next: &Pointer) -> Result<bool, SinkError> {
        let mut item = next.attributes();
        item.extend([
            entry(PARTITION_KEY, self.partition()),
            entry(SORT_KEY, POINTER),
        ]);
        let request = self
            .session
            .dynamodb()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item));
        let unchanged = match before {
            None => Condition::absent(PARTITION_KEY),
            Some(before) => Condition::is(SEQUENCER, &before.sequencer)
                .and(Condition::is(SHA256, before.version.sha256))
                .and(Condition::is(FLIPPED_AT, &before.flipped_at)),
        };
        let request = expression::put(request, &unchanged);
        match self.session.wait_for(request.send()) {
            Ok(_) => Ok(true),
            Err(error) if is_unmet(&error) => Ok(false),
            Err(error) => Err(self.refused("flip", POINTER, &error)),
        }
    }
}

impl Pointer {
    /// The pointer that follows.
    fn after(
        before: Option<&Pointer>,
        version: &PublishedVersion,
        sequencer: &str,
        canary: Option<&Canary>,
    ) -> Self {
        let mut next = Self {
            version: version.clone(),
            sequencer: sequencer.to_owned(),
            flipped_at: now_text(),
            previous: None,
            canary: canary.map(|canary| CanaryCount {
                left: canary.objects.into(),
                read: 0,
                rejected: 0,
                max_rejected: canary.max_rejected,
            }),
            untold: None,
        };
        match before {
            // The same version, stored anew: nothing else changes.
            Some(before) if before.version.sha256 == version.sha256 => {
                next.previous = before.previous;
                next.canary = before.canary;
            }
            Some(before) => {
                // What has not proved itself yet is nothing to go back to.
                let on_trial = before.canary.is_some_and(|canary| canary.left > 0);
                let proved = match &before.previous {
                    Some(previous) if on_trial => *previous,
                    _ => before.version.sha256,
                };
                next.previous = Some(proved).filter(|proved| *proved != version.sha256);
            }
            None => {}
        }
        next
    }

    fn of(item: &Attributes) -> Option<Self> {
        let sha256 = sha256_of(item, SHA256)?;
        Some(Self {
            version: PublishedVersion::of(sha256, item)?,
            sequencer: text_of(item, SEQUENCER).unwrap_or_default(),
            flipped_at: text_of(item, FLIPPED_AT).unwrap_or_default(),
            previous: sha256_of(item, PREVIOUS),
            canary: number_of(item, CANARY_LEFT).map(|left| CanaryCount {
                left,
                read: number_of(item, CANARY_READ).unwrap_or_default(),
                rejected: number_of(item, CANARY_REJECTED).unwrap_or_default(),
                max_rejected: number_of(item, CANARY_MAX_REJECTED).unwrap_or(1.0),
            }),
            untold: text_of(item, UNTOLD),
        })
    }

    fn attributes(&self) -> Attributes {
        let mut item = Attributes::from([
            entry(SHA256, self.version.sha256),
            entry(SEQUENCER, &self.sequencer),
            entry(FLIPPED_AT, &self.flipped_at),
        ]);
        item.extend(self.version.attributes());
        let previous = self.previous;
        item.extend(previous.map(|previous| entry(PREVIOUS, previous)));
        let untold = self.untold.as_ref();
        item.extend(untold.map(|untold| entry(UNTOLD, untold)));
        if let Some(canary) = &self.canary {
            item.extend([
                entry(CANARY_LEFT, canary.left),
                entry(CANARY_READ, canary.read),
                entry(CANARY_REJECTED, canary.rejected),
                entry(CANARY_MAX_REJECTED, canary.max_rejected),
            ]);
        }
        item
    }
}

/// An update after which a version has nothing to prove.
fn without_canary(update: Update) -> Update {
    update
        .remove(CANARY_LEFT)
        .remove(CANARY_READ)
        .remove(CANARY_REJECTED)
        .remove(CANARY_MAX_REJECTED)
}
