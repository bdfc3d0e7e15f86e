//! What became of every version of a plugin that was uploaded.
//!
//! | attribute | meaning |
//! | --- | --- |
//! | `status` | `good`, `refused` or `rolled_back` |
//! | `reason` | why it was refused or rolled back |
//! | `sequencer` | of the newest upload that held it |
//! | `compiled_sha256`, `engine`, `name`, `version` | where it was published once |
//! | `bytes` | length of the component |
//! | `published_at`, `refused_at`, `rolled_back_at` | times |
//! | `unloadable_since` | the `flipped_at` of the pointer with which it could not be loaded |

use sluice_contract::{
    Sha256,
    control::{self, EXPIRES_AT},
};
use sluice_pipeline::ports::SinkError;

use super::registry::{PluginRegistry, PublishedVersion};
use crate::aws::attribute::{Attributes, now_seconds, now_text, number, text, text_of};

/// The longest reason that an entry keeps, in characters.
pub(crate) const LONGEST_REASON: usize = 2_000;

/// How long an upload is remembered that was refused unread, in seconds: far longer than Lambda delivers an event again.
const UPLOAD_SECONDS: i64 = 30 * 24 * 60 * 60;

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionStatus {
    /// It may be used.
    Good,
    /// It was never used, because it did not pass.
    Refused,
    /// It was used, and did not prove itself.
    RolledBack,
}

/// What is known of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRecord {
    /// What became of it.
    pub status: VersionStatus,
    /// Of the newest upload that held it.
    pub sequencer: String,
    /// Its bytes, where it was published once.
    pub published: Option<PublishedVersion>,
}

/// An upload, as entries name it.
#[derive(Debug, Clone, Copy)]
pub struct UploadedBytes<'a> {
    /// Of the component.
    pub sha256: Sha256,
    /// Its length.
    pub bytes: u64,
    /// Of the upload.
    pub sequencer: &'a str,
}

impl PluginRegistry {
    /// What is known of the version with this sha256.
    pub fn version(&self, sha256: Sha256) -> Result<Option<VersionRecord>, SinkError> {
        let item = self.entry(&control::plugin::version(sha256))?;
        Ok(item.and_then(|item| VersionRecord::of(sha256, &item)))
    }

    /// Records that a version may be used, whatever was thought of it before. A newer upload's word stands, and so does a
    /// roll-back of this very upload.
    pub fn approve(
        &self,
        upload: UploadedBytes<'_>,
        version: &PublishedVersion,
    ) -> Result<(), SinkError> {
        let key = control::plugin::version(upload.sha256);
        let mut update = self
            .update(
                &key,
                "SET #status = :good, sequencer = :sequencer, #bytes = :bytes, published_at = :now, \
                 compiled_sha256 = :compiled_sha256, engine = :engine, #name = :name, version = :version \
                 REMOVE #reason, refused_at, rolled_back_at, unloadable_since",
                "attribute_not_exists(sequencer) OR sequencer < :sequencer \
                 OR (sequencer = :sequencer AND #status <> :rolled_back)",
            )
            .expression_attribute_values(":good", text("good"))
            .expression_attribute_values(":rolled_back", text("rolled_back"))
            .expression_attribute_values(":sequencer", text(upload.sequencer))
            .expression_attribute_values(":bytes", number(upload.bytes))
            .expression_attribute_values(":now", text(now_text()));
        for (name, value) in version.attributes() {
            update = update.expression_attribute_values(format!(":{name}"), text(value));
        }
        self.make("approve", &key, update).map(drop)
    }

    /// Records that an upload did not pass. `true` only the first time: then people are to be told.
    pub fn refuse(&self, upload: UploadedBytes<'_>, reason: &str) -> Result<bool, SinkError> {
        let key = control::plugin::version(upload.sha256);
        let update = self
            .update(
                &key,
                "SET #status = :refused, #reason = :reason, sequencer = :sequencer, #bytes = :bytes, \
                 refused_at = :now",
                "attribute_not_exists(sequencer) OR sequencer < :sequencer",
            )
            .expression_attribute_values(":refused", text("refused"))
            .expression_attribute_values(":reason", text(shortened(reason)))
            .expression_attribute_values(":sequencer", text(upload.sequencer))
            .expression_attribute_values(":bytes", number(upload.bytes))
            .expression_attribute_values(":now", text(now_text()));
        Ok(self.make("refuse", &key, update)?.is_some())
    }

    /// Records that an upload was refused without being read. `true` only the first time: then people are to be told.
    pub fn refuse_unread(&self, sequencer: &str, reason: &str) -> Result<bool, SinkError> {
        let key = control::plugin::upload(sequencer);
        let update = self
            .update(
                &key,
                "SET #status = :refused, #reason = :reason, refused_at = :now, #ttl = :ttl",
                "attribute_not_exists(sk)",
            )
            .expression_attribute_names("#ttl", EXPIRES_AT.name())
            .expression_attribute_values(":refused", text("refused"))
            .expression_attribute_values(":reason", text(shortened(reason)))
            .expression_attribute_values(":now", text(now_text()))
            .expression_attribute_values(":ttl", number(now_seconds() + UPLOAD_SECONDS));
        Ok(self.make("refuse", &key, update)?.is_some())
    }

    /// Clears what was said against a version that was uploaded anew while it is in use.
    pub fn clear(&self, sha256: Sha256, sequencer: &str) -> Result<(), SinkError> {
        let key = control::plugin::version(sha256);
        let update = self
            .update(
                &key,
                "SET #status = :good, sequencer = :sequencer REMOVE #reason, refused_at, rolled_back_at, unloadable_since",
                "attribute_exists(compiled_sha256) AND sequencer < :sequencer",
            )
            .expression_attribute_values(":good", text("good"))
            .expression_attribute_values(":sequencer", text(sequencer));
        self.make("clear", &key, update).map(drop)
    }

    /// Records that a version did not prove itself.
    pub(super) fn mark_rolled_back(&self, sha256: Sha256, reason: &str) -> Result<(), SinkError> {
        let key = control::plugin::version(sha256);
        let update = self
            .update(
                &key,
                "SET #status = :rolled_back, #reason = :reason, rolled_back_at = :now",
                "attribute_exists(sk)",
            )
            .expression_attribute_values(":rolled_back", text("rolled_back"))
            .expression_attribute_values(":reason", text(shortened(reason)))
            .expression_attribute_values(":now", text(now_text()));
        self.make("roll back", &key, update).map(drop)
    }

    /// Records that a version could not be loaded since it came into use. `true` only for the first who says so.
    pub(super) fn mark_unloadable(
        &self,
        sha256: Sha256,
        flipped_at: &str,
        reason: &str,
    ) -> Result<bool, SinkError> {
        let key = control::plugin::version(sha256);
        let update = self
            .update(
                &key,
                "SET unloadable_since = :flipped_at, #reason = :reason",
                "attribute_not_exists(unloadable_since) OR unloadable_since <> :flipped_at",
            )
            .expression_attribute_values(":flipped_at", text(flipped_at))
            .expression_attribute_values(":reason", text(shortened(reason)));
        Ok(self.make("mark", &key, update)?.is_some())
    }
}

impl VersionRecord {
    fn of(sha256: Sha256, item: &Attributes) -> Option<Self> {
        let status = match text_of(item, "status")?.as_str() {
            "good" => VersionStatus::Good,
            "refused" => VersionStatus::Refused,
            "rolled_back" => VersionStatus::RolledBack,
            _ => return None,
        };
        Some(Self {
            status,
            sequencer: text_of(item, "sequencer").unwrap_or_default(),
            published: PublishedVersion::of(sha256, item),
        })
    }
}

/// A reason on one line, of a length that an entry and an alert can hold. Plugins have a say in reasons.
pub(crate) fn shortened(reason: &str) -> String {
    let one_line = |c: char| if c.is_control() { ' ' } else { c };
    reason.chars().take(LONGEST_REASON).map(one_line).collect()
}
