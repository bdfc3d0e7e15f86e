//! The pointer: which version of the plugin is in use, which one was before it, and how the new one proves itself.
//!
//! | attribute | meaning |
//! | --- | --- |
//! | `sha256`, `compiled_sha256`, `engine`, `name`, `version` | the version in use |
//! | `sequencer` | of the newest upload that was heeded; an older one changes nothing any more |
//! | `flipped_at` | when it came into use |
//! | `previous` | the sha256 of the last version that had proved itself before |
//! | `canary_left` | objects that it still has to prove itself on; absent where it need not |
//! | `canary_read`, `canary_rejected` | records of the objects so far |
//! | `canary_max_rejected` | the share of rejected records above which `previous` comes back |

use aws_sdk_dynamodb::types::ReturnValue;
use sluice_contract::{
    Sha256,
    control::{PARTITION_KEY, SORT_KEY, plugin::POINTER},
    stack::Canary,
};
use sluice_pipeline::ports::SinkError;

use super::registry::{PluginRegistry, PublishedVersion, is_unmet, sha256_of};
use crate::aws::attribute::{Attributes, now_text, number, number_of, text, text_of};

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

    /// Brings a version into use that came with the upload of this sequencer, unless a newer upload was heeded.
    pub fn flip(
        &self,
        version: &PublishedVersion,
        sequencer: &str,
        canary: Option<&Canary>,
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
            let next = Pointer::after(before.as_ref(), version, sequencer, canary);
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
        let update = self
            .update(
                POINTER,
                "SET sequencer = :sequencer",
                "sha256 = :sha256 AND sequencer < :sequencer",
            )
            .expression_attribute_values(":sha256", text(sha256.to_string()))
            .expression_attribute_values(":sequencer", text(sequencer));
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
        let update = self
            .update(
                POINTER,
                "ADD canary_left :minus_one, canary_read :read, canary_rejected :rejected",
                "sha256 = :sha256 AND canary_left > :zero",
            )
            .expression_attribute_values(":sha256", text(sha256.to_string()))
            .expression_attribute_values(":minus_one", number(-1))
            .expression_attribute_values(":read", number(read))
            .expression_attribute_values(":rejected", number(rejected))
            .expression_attribute_values(":zero", number(0))
            .return_values(ReturnValue::AllNew);
        let item = self.make("count an object in", POINTER, update)?;
        Ok(item.as_ref().and_then(Pointer::of))
    }

    /// Brings the version before back into use. `false` where `bad` is not in use any more.
    ///
    /// The sequencer stays, so that the upload of the bad version is not heeded again.
    pub(super) fn roll_back(&self, bad: Sha256, to: &PublishedVersion) -> Result<bool, SinkError> {
        let mut update = self
            .update(
                POINTER,
                "SET sha256 = :sha256, compiled_sha256 = :compiled_sha256, engine = :engine, #name = :name, \
                 version = :version, flipped_at = :flipped_at \
                 REMOVE #previous, canary_left, canary_read, canary_rejected, canary_max_rejected",
                "sha256 = :bad AND #previous = :sha256",
            )
            .expression_attribute_values(":bad", text(bad.to_string()))
            .expression_attribute_values(":sha256", text(to.sha256.to_string()))
            .expression_attribute_values(":flipped_at", text(now_text()));
        for (name, value) in to.attributes() {
            update = update.expression_attribute_values(format!(":{name}"), text(value));
        }
        Ok(self.make("roll back", POINTER, update)?.is_some())
    }

    /// Ends the trial of a version that stays in use. `false` where it has ended already.
    pub(super) fn end_canary(&self, sha256: Sha256) -> Result<bool, SinkError> {
        let update = self
            .update(
                POINTER,
                "REMOVE canary_left, canary_read, canary_rejected, canary_max_rejected",
                "sha256 = :sha256 AND attribute_exists(canary_left)",
            )
            .expression_attribute_values(":sha256", text(sha256.to_string()));
        Ok(self.make("end the trial of", POINTER, update)?.is_some())
    }

    /// Writes the pointer, if it still is what it was.
    fn replace(&self, before: Option<&Pointer>, next: &Pointer) -> Result<bool, SinkError> {
        let mut item = next.attributes();
        item.insert(PARTITION_KEY.name().to_owned(), self.partition());
        item.insert(SORT_KEY.name().to_owned(), text(POINTER));
        let request = self
            .session
            .dynamodb()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item));
        let request = match before {
            None => request.condition_expression("attribute_not_exists(pk)"),
            Some(before) => request
                .condition_expression(
                    "sequencer = :sequencer AND sha256 = :sha256 AND flipped_at = :flipped_at",
                )
                .expression_attribute_values(":sequencer", text(&before.sequencer))
                .expression_attribute_values(":sha256", text(before.version.sha256.to_string()))
                .expression_attribute_values(":flipped_at", text(&before.flipped_at)),
        };
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
        let sha256 = sha256_of(item, "sha256")?;
        Some(Self {
            version: PublishedVersion::of(sha256, item)?,
            sequencer: text_of(item, "sequencer").unwrap_or_default(),
            flipped_at: text_of(item, "flipped_at").unwrap_or_default(),
            previous: sha256_of(item, "previous"),
            canary: number_of(item, "canary_left").map(|left| CanaryCount {
                left,
                read: number_of(item, "canary_read").unwrap_or_default(),
                rejected: number_of(item, "canary_rejected").unwrap_or_default(),
                max_rejected: number_of(item, "canary_max_rejected").unwrap_or(1.0),
            }),
        })
    }

    fn attributes(&self) -> Attributes {
        let mut item = Attributes::from([
            ("sha256".to_owned(), text(self.version.sha256.to_string())),
            ("sequencer".to_owned(), text(&self.sequencer)),
            ("flipped_at".to_owned(), text(&self.flipped_at)),
        ]);
        let shared = self.version.attributes();
        item.extend(shared.map(|(name, value)| (name.to_owned(), text(value))));
        item.extend(
            self.previous
                .iter()
                .map(|previous| ("previous".to_owned(), text(previous.to_string()))),
        );
        if let Some(canary) = &self.canary {
            item.extend(
                [
                    ("canary_left", number(canary.left)),
                    ("canary_read", number(canary.read)),
                    ("canary_rejected", number(canary.rejected)),
                    ("canary_max_rejected", number(canary.max_rejected)),
                ]
                .map(|(name, value)| (name.to_owned(), value)),
            );
        }
        item
    }
}
