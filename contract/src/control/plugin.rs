//! A pipeline's plugin: which version is in use, and what became of every upload.

use super::path::{Number, Text, attributes};
use crate::Sha256;

attributes! {
    /// The version in use, by sha256 of the component.
    SHA256: Text = "sha256";
    /// sha256 of the compiled file.
    COMPILED_SHA256: Text = "compiled_sha256";
    /// Which engine that file is for.
    ENGINE: Text = "engine";
    /// The plugin's name for itself.
    NAME: Text = "name";
    /// The plugin's own version.
    VERSION: Text = "version";
    /// Of the newest upload that was heeded, or that held a version; an older one changes nothing any more.
    SEQUENCER: Text = "sequencer";
    /// When the version came into use.
    FLIPPED_AT: Text = "flipped_at";
    /// The sha256 of the last version that had proved itself before.
    PREVIOUS: Text = "previous";
    /// Objects that the version still has to prove itself on; absent where it need not.
    CANARY_LEFT: Number = "canary_left";
    /// Records of the objects so far.
    CANARY_READ: Number = "canary_read";
    /// How many of them were rejected.
    CANARY_REJECTED: Number = "canary_rejected";
    /// The share of rejected records above which `previous` comes back.
    CANARY_MAX_REJECTED: Number = "canary_max_rejected";
    /// What became of a version: a [`VersionStatus`].
    STATUS: Text = "status";
    /// Why it was refused or rolled back.
    REASON: Text = "reason";
    /// Length of the component.
    BYTES: Number = "bytes";
    /// When it was published.
    PUBLISHED_AT: Text = "published_at";
    /// When it was refused.
    REFUSED_AT: Text = "refused_at";
    /// When it was rolled back.
    ROLLED_BACK_AT: Text = "rolled_back_at";
    /// The `flipped_at` of the pointer with which it could not be loaded.
    UNLOADABLE_SINCE: Text = "unloadable_since";
    /// What the event bus and people have to be told of it, as JSON; absent once they are. At the pointer, and at what was
    /// refused.
    UNTOLD: Text = "untold";
}

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

impl VersionStatus {
    /// Every status.
    pub const ALL: [VersionStatus; 3] = [
        VersionStatus::Good,
        VersionStatus::Refused,
        VersionStatus::RolledBack,
    ];

    /// How it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            VersionStatus::Good => "good",
            VersionStatus::Refused => "refused",
            VersionStatus::RolledBack => "rolled_back",
        }
    }

    /// The status of that name.
    pub fn of(name: &str) -> Option<VersionStatus> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// The sort key of the pointer to the version in use.
pub const POINTER: &str = "pointer";

/// The partition key of a pipeline's plugin.
pub fn partition_key(pipeline: &str) -> String {
    format!("plugin#{pipeline}")
}

/// The sort key of a version.
pub fn version(sha256: Sha256) -> String {
    format!("version#{sha256}")
}

/// The sort key of an upload that was refused unread.
pub fn upload(sequencer: &str) -> String {
    format!("upload#{sequencer}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_as_they_are() {
        assert_eq!(partition_key("orders"), "plugin#orders");
        let digits = "5c1a".repeat(16);
        assert_eq!(digits.parse().map(version), Ok(format!("version#{digits}")));
        assert_eq!(upload("0A"), "upload#0A");
    }

    #[test]
    fn a_status_is_found_by_its_name() {
        for status in VersionStatus::ALL {
            assert_eq!(VersionStatus::of(status.name()), Some(status));
        }
    }
}
