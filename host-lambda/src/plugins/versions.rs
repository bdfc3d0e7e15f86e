//! What became of every version of a plugin that was uploaded.

use sluice_contract::{
    Sha256,
    control::{
        EXPIRES_AT, SORT_KEY,
        plugin::{
            self, BYTES, COMPILED_SHA256, PUBLISHED_AT, REASON, REFUSED_AT, ROLLED_BACK_AT,
            SEQUENCER, STATUS, UNLOADABLE_SINCE, UNTOLD, VersionStatus,
        },
    },
};
use sluice_pipeline::ports::SinkError;

use super::registry::{PluginRegistry, PublishedVersion};
use crate::aws::{
    attribute::{Attributes, now_seconds, now_text, text_of},
    expression::{Condition, Update},
};

/// The longest reason that an entry keeps, in characters.
pub(crate) const LONGEST_REASON: usize = 2_000;

/// How long an upload is remembered that was refused unread, in seconds: far longer than Lambda delivers an event again.
const UPLOAD_SECONDS: i64 = 30 * 24 * 60 * 60;

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
        let item = self.entry(&plugin::version(sha256))?;
        Ok(item.and_then(|item| VersionRecord::of(sha256, &item)))
    }

    /// Records that a version may be used, whatever was thought of it before. A newer upload's word stands, and so does a
    /// roll-back of this very upload.
    pub fn approve(
        &self,
        upload: UploadedBytes<'_>,
        version: &PublishedVersion,
    ) -> Result<(), SinkError> {
        let key = plugin::version(upload.sha256);
        let approve = version
            .written(Update::new().set(STATUS, VersionStatus::Good))
            .set(SEQUENCER, upload.sequencer)
            .set(BYTES, upload.bytes)
            .set(PUBLISHED_AT, now_text());
        let not_rolled_back = Condition::is(SEQUENCER, upload.sequencer)
            .and(Condition::is_not(STATUS, VersionStatus::RolledBack));
        let condition = newest(upload.sequencer).or(not_rolled_back);
        let update = self.update(&key, &cleared(approve), &condition);
        self.make("approve", &key, update).map(drop)
    }

    /// Records that an upload did not pass, and what has to be told of it. `true` only the first time.
    pub fn refuse(
        &self,
        upload: UploadedBytes<'_>,
        reason: &str,
        untold: &str,
    ) -> Result<bool, SinkError> {
        let key = plugin::version(upload.sha256);
        let refuse = Update::new()
            .set(STATUS, VersionStatus::Refused)
            .set(REASON, shortened(reason))
            .set(SEQUENCER, upload.sequencer)
            .set(BYTES, upload.bytes)
            .set(UNTOLD, untold)
            .set(REFUSED_AT, now_text());
        let update = self.update(&key, &refuse, &newest(upload.sequencer));
        Ok(self.make("refuse", &key, update)?.is_some())
    }

    /// Records that an upload was refused without being read, and what has to be told of it. `true` only the first time.
    pub fn refuse_unread(
        &self,
        sequencer: &str,
        reason: &str,
        untold: &str,
    ) -> Result<bool, SinkError> {
        let key = plugin::upload(sequencer);
        let refuse = Update::new()
            .set(STATUS, VersionStatus::Refused)
            .set(REASON, shortened(reason))
            .set(UNTOLD, untold)
            .set(REFUSED_AT, now_text())
            .set(EXPIRES_AT, now_seconds() + UPLOAD_SECONDS);
        let update = self.update(&key, &refuse, &Condition::absent(SORT_KEY));
        Ok(self.make("refuse", &key, update)?.is_some())
    }

    /// Clears what was said against a version that was uploaded anew while it is in use.
    pub fn clear(&self, sha256: Sha256, sequencer: &str) -> Result<(), SinkError> {
        let key = plugin::version(sha256);
        let clear = Update::new()
            .set(STATUS, VersionStatus::Good)
            .set(SEQUENCER, sequencer);
        let was_published =
            Condition::exists(COMPILED_SHA256).and(Condition::is_less(SEQUENCER, sequencer));
        let update = self.update(&key, &cleared(clear), &was_published);
        self.make("clear", &key, update).map(drop)
    }

    /// Records that a version did not prove itself.
    pub(super) fn mark_rolled_back(&self, sha256: Sha256, reason: &str) -> Result<(), SinkError> {
        let key = plugin::version(sha256);
        let mark = Update::new()
            .set(STATUS, VersionStatus::RolledBack)
            .set(REASON, shortened(reason))
            .set(ROLLED_BACK_AT, now_text());
        let update = self.update(&key, &mark, &Condition::exists(SORT_KEY));
        self.make("roll back", &key, update).map(drop)
    }

    /// Records that a version could not be loaded since it came into use. `true` only for the first who says so.
    pub(super) fn mark_unloadable(
        &self,
        sha256: Sha256,
        flipped_at: &str,
        reason: &str,
    ) -> Result<bool, SinkError> {
        let key = plugin::version(sha256);
        let mark = Update::new()
            .set(UNLOADABLE_SINCE, flipped_at)
            .set(REASON, shortened(reason));
        let is_first =
            Condition::absent(UNLOADABLE_SINCE).or(Condition::is_not(UNLOADABLE_SINCE, flipped_at));
        let update = self.update(&key, &mark, &is_first);
        Ok(self.make("mark", &key, update)?.is_some())
    }
}

impl VersionRecord {
    fn of(sha256: Sha256, item: &Attributes) -> Option<Self> {
        Some(Self {
            status: VersionStatus::of(&text_of(item, STATUS)?)?,
            sequencer: text_of(item, SEQUENCER).unwrap_or_default(),
            published: PublishedVersion::of(sha256, item),
        })
    }
}

/// Holds unless a newer upload has had its word.
fn newest(sequencer: &str) -> Condition {
    Condition::absent(SEQUENCER).or(Condition::is_less(SEQUENCER, sequencer))
}

/// An update after which nothing is said against a version.
fn cleared(update: Update) -> Update {
    update
        .remove(REASON)
        .remove(REFUSED_AT)
        .remove(ROLLED_BACK_AT)
        .remove(UNLOADABLE_SINCE)
}

/// A reason on one line, of a length that an entry and an alert can hold. Plugins have a say in reasons.
pub(crate) fn shortened(reason: &str) -> String {
    let one_line = |c: char| if c.is_control() { ' ' } else { c };
    reason.chars().take(LONGEST_REASON).map(one_line).collect()
}
