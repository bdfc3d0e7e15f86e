//! What an event says: no record content, not even a value of a record in a reason.

use std::collections::BTreeMap;

use super::shape::members;
use crate::Sha256;

members! {
    /// What every event says first.
    pub struct Head {
        /// The same whenever this event is sent again, so that whoever knows it can drop it.
        event_id: String,
        /// When it happened, in UTC (RFC 3339).
        at: String,
        /// The project.
        project: String,
        /// The stage.
        stage: String,
        /// The pipeline.
        pipeline: String,
        /// True where nothing happened, and somebody only tries who is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        test: Option<bool>,
    }
}

members! {
    /// A version of an object that came in.
    pub struct Object {
        /// The bucket.
        bucket: String,
        /// The key, as S3 has it. It may hold any character.
        key: String,
        /// The version of the object; in a bucket without versions, its ETag and sequencer.
        version: String,
        /// The size as it is stored, in bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        /// The partition key of its entries in the ledger, which is in the control table.
        ledger_id: String,
    }
}

members! {
    /// What became of records: read = stored + dropped + duplicate + rejected.
    pub struct Counts {
        /// Records that were read.
        read: u64,
        /// Records that were stored.
        stored: u64,
        /// Records that the plugin left out.
        dropped: u64,
        /// Records that were there already.
        duplicate: u64,
        /// Records that were refused.
        rejected: u64,
    }
}

members! {
    /// Why something is as it is.
    pub struct Cause {
        /// A short stable name, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// A sentence for people.
        message: String,
    }
}

members! {
    /// A version of a plugin.
    pub struct PluginVersion {
        /// The plugin's name for itself.
        name: String,
        /// Its own version.
        version: String,
        /// Of the component.
        sha256: Sha256,
    }
}

members! {
    /// An object is done: all of it is stored that can be.
    pub struct ObjectDone {
        /// The object.
        object: Object,
        /// What became of its records.
        counts: Counts,
        /// How often each code was found, errors and warnings alike; the greatest counts, 20 at the most.
        codes: BTreeMap<String, u64>,
        /// Where it could not be read to its end, or not at all: why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        damage: Option<Cause>,
        /// The component that cleaned it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plugin_sha256: Option<Sha256>,
    }
}

members! {
    /// The last attempt at an object failed. Its message is in the dead-letter queue.
    pub struct ObjectFailed {
        /// The object.
        object: Object,
        /// How often it was tried.
        attempts: u64,
        /// Why the last attempt failed.
        reason: Cause,
    }
}

members! {
    /// An object is none of its pipeline's, and nothing of it is stored; or of parts of it.
    pub struct ObjectRefused {
        /// The object.
        object: Object,
        /// Why.
        reason: Cause,
        /// What became of the records of the parts that were not refused.
        counts: Counts,
        /// The component that cleaned it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plugin_sha256: Option<Sha256>,
    }
}

members! {
    /// A greater share of an object's records was rejected than `rejects.alert_ratio` allows. The others are stored, and the
    /// object is done.
    pub struct RecordsRejected {
        /// The object.
        object: Object,
        /// What became of its records.
        counts: Counts,
        /// How often each code was found, errors and warnings alike; the greatest counts, 20 at the most.
        codes: BTreeMap<String, u64>,
        /// The files that hold the rejected records with their reasons: `s3://…`, 20 at the most.
        rejects: Vec<String>,
        /// The component that cleaned it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plugin_sha256: Option<Sha256>,
    }
}

members! {
    /// An uploaded plugin is in use.
    pub struct PluginPublished {
        /// Where it was uploaded: `s3://…`.
        upload: String,
        /// What is in use now.
        plugin: PluginVersion,
        /// The component that would come back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous_sha256: Option<Sha256>,
    }
}

members! {
    /// An uploaded plugin did not pass, and is not used.
    pub struct PluginRefused {
        /// Where it was uploaded: `s3://…`.
        upload: String,
        /// The component, where it was read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<Sha256>,
        /// Why.
        reason: Cause,
        /// The component that goes on cleaning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_use_sha256: Option<Sha256>,
    }
}

members! {
    /// A new version of a plugin did not prove itself.
    pub struct PluginRolledBack {
        /// The version that failed.
        plugin: PluginVersion,
        /// Why.
        reason: Cause,
        /// The version that is in use again; without it, the failed one stays, because there is none to go back to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        restored: Option<PluginVersion>,
    }
}

/// Codes that an event tells at the most.
const MOST_CODES: usize = 20;

/// Files that an event names at the most.
pub const MOST_FILES: usize = 20;

/// Characters of a code at the most. Plugins make up codes.
const MOST_CODE_CHARS: usize = 64;

/// The greatest of the counts, so that an event stays small.
pub fn greatest(counts: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let mut all: Vec<(&String, &u64)> = counts.iter().collect();
    all.sort_by_key(|(code, count)| (std::cmp::Reverse(**count), code.as_str()));
    let mut greatest = BTreeMap::new();
    for (code, count) in all.into_iter().take(MOST_CODES) {
        let code: String = code.chars().take(MOST_CODE_CHARS).collect();
        *greatest.entry(code).or_default() += count;
    }
    greatest
}
