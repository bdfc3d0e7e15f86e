//! The ledger: what became of every version of every source object, an entry for each of its parts.

use super::path::{Flag, Number, Text, attributes, document};

attributes! {
    /// What became of it: a [`LedgerStatus`].
    STATUS: Text = "status";
    /// The status that the claim found.
    FOUND_STATUS: Text = "found_status";
    /// Which attempt has claimed it.
    OWNER: Text = "owner";
    /// The second after which a running attempt is surely dead, since 1970-01-01T00:00:00Z.
    LEASE_UNTIL: Number = "lease_until";
    /// How often it was claimed.
    ATTEMPTS: Number = "attempts";
    /// The pipeline.
    PIPELINE: Text = "pipeline";
    /// The object's URI.
    SOURCE: Text = "source";
    /// When the object arrived.
    RECEIVED_AT: Text = "received_at";
    /// When the last attempt began.
    CLAIMED_AT: Text = "claimed_at";
    /// When the last attempt ended.
    CLOSED_AT: Text = "closed_at";
    /// The plugin version that every attempt uses: that of the first, unless the plugin made it fail.
    FIRST_PLUGIN_SHA256: Text = "first_plugin_sha256";
    /// The part that follows; an object without one has a single part.
    NEXT: PartDocument = "next";
    /// Whether an attempt may have published files, so that the part has to end where it did.
    SEALED: Flag = "sealed";
    /// The report of a finished attempt; of long lists the first 100 entries.
    REPORT: ReportDocument = "report";
    /// Why the last attempt failed.
    REASON: Text = "reason";
    /// The version of the object whose rows replaced those of this one in the lake.
    REPLACED_BY: Text = "replaced_by";
    /// What the event bus and people have to be told of it, as JSON; absent once they are.
    UNTOLD: Text = "untold";
}

document! {
    /// A part of an object, as `sluice_pipeline::part::Part` is serialised.
    PartDocument {
        /// Where it begins.
        start: PositionDocument,
        /// Where it ends, unless that is the end of the object: null then.
        end: PositionDocument,
    }
}

document! {
    /// A place between two records, as `sluice_pipeline::part::Position` is serialised.
    PositionDocument {
        /// How many records come before it.
        record: Number,
        /// How many bytes come before it, where the object can be entered there; else null.
        byte: Number,
    }
}

document! {
    /// A report, as `sluice_pipeline::report::ObjectReport` is serialised. Members that are not listed are for people.
    ReportDocument {
        /// Records that were read.
        read: Number,
        /// Records that were stored.
        stored: Number,
        /// Records that the plugin dropped.
        dropped: Number,
        /// Records that were there already.
        duplicate: Number,
        /// Records that were refused.
        rejected: Number,
    }
}

/// What became of a part of an object. The entry of the first part is that of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerStatus {
    /// Nothing was known of it: what a claim found, and never what an entry is.
    New,
    /// An attempt is at it.
    Running,
    /// All is stored.
    Done,
    /// The last attempt failed.
    Failed,
    /// The first part is done or refused, and another one is neither.
    Parted,
    /// Nothing of it is stored, because it is none of its pipeline's; no attempt would end otherwise. Of an object in parts,
    /// one of them is.
    Refused,
}

impl LedgerStatus {
    /// Every status.
    pub const ALL: [LedgerStatus; 6] = [
        LedgerStatus::New,
        LedgerStatus::Running,
        LedgerStatus::Done,
        LedgerStatus::Failed,
        LedgerStatus::Parted,
        LedgerStatus::Refused,
    ];

    /// How it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            LedgerStatus::New => "new",
            LedgerStatus::Running => "running",
            LedgerStatus::Done => "done",
            LedgerStatus::Failed => "failed",
            LedgerStatus::Parted => "parted",
            LedgerStatus::Refused => "refused",
        }
    }

    /// The status of that name.
    pub fn of(name: &str) -> Option<LedgerStatus> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// Digits of a record's number in names, so that names sort as the records do.
pub const RECORD_DIGITS: usize = 20;

/// The partition key of a version of an object. It ends in the version.
pub fn partition_key(uri: &str, version: &str) -> String {
    format!("object#{uri}#{version}")
}

/// The sort key of an object and its first part.
pub fn object(pipeline: &str) -> String {
    format!("ledger#{pipeline}")
}

/// The sort key of the part that begins after so many records.
pub fn part(pipeline: &str, first_record: u64) -> String {
    if first_record == 0 {
        object(pipeline)
    } else {
        format!("{}#{first_record:0RECORD_DIGITS$}", object(pipeline))
    }
}

/// What no sort key of a part of an object comes after, while that of another pipeline may.
pub fn after_parts(pipeline: &str) -> String {
    format!("{}#~", object(pipeline))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_as_they_are() {
        assert_eq!(
            partition_key("s3://raw/a.csv", "1"),
            "object#s3://raw/a.csv#1"
        );
        assert_eq!(part("orders", 0), "ledger#orders");
        assert_eq!(part("orders", 7), "ledger#orders#00000000000000000007");
    }

    #[test]
    fn parts_lie_between_an_object_and_the_next_pipeline() {
        let (first, last) = (object("orders"), after_parts("orders"));
        for record in [0, 1, u64::MAX] {
            let part = part("orders", record);
            assert!(first <= part && part < last, "{part}");
        }
        let other = object("orders-2");
        assert!(other > last, "{other}");
    }

    #[test]
    fn a_status_is_found_by_its_name() {
        for status in LedgerStatus::ALL {
            assert_eq!(LedgerStatus::of(status.name()), Some(status));
        }
        assert_eq!(LedgerStatus::of("asleep"), None);
    }
}
