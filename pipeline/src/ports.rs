//! What the record path asks of the world: a place for finished files, and what was seen before. Where rows are stored is
//! for the [sinks](crate::sink).
//!
//! A source is anything that implements [`std::io::Read`]. Alerts and metrics are made of the
//! [`ObjectReport`] by whoever ran the object.

use sluice_contract::Sha256;

use crate::sink::FinishedFile;

/// One version of one source object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceObject {
    /// `s3://bucket/key`, or a file's path as the user wrote it.
    pub uri: String,
    /// Its size in bytes as stored, where known.
    pub size: Option<u64>,
    /// What tells this version from another with the same name: an S3 version id or ETag, or a file's size and time.
    pub version: String,
    /// The name of the files made of it, without folder and ending: the same for every attempt. Files of that name are
    /// replaced. See [`SourceObject::stem_of`].
    pub stem: String,
    /// Orders versions of records that have no `order_by`: S3's sequencer. May be empty.
    pub sequencer: String,
    /// When it arrived: microseconds since 1970-01-01T00:00:00Z, the same for every retry.
    pub received_at: i64,
}

impl SourceObject {
    /// A stem that no other name and version shares: 32 hexadecimal digits.
    pub fn stem_of(uri: &str, version: &str) -> String {
        Sha256::of_pieces([uri.as_bytes(), &[0], version.as_bytes()]).prefix(32)
    }
}

/// Why a sink did not take what it was given. The object is tried again.
#[derive(Debug, thiserror::Error)]
#[error("{target} refused to {action}: {reason}")]
pub struct SinkError {
    /// Which sink: a table's, bucket's or file's name.
    pub target: String,
    /// What it was asked to do, such as `store 25 items`.
    pub action: String,
    /// What it said.
    pub reason: String,
}

/// A record as the one of its kind that an object brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brought {
    /// The hash of its key and `order_by`.
    pub key: [u8; 16],
    /// Its number in the object, from 0.
    pub record: u64,
}

/// Which records other objects, or other parts of this one, have brought already.
///
/// It belongs to one pipeline and one part. To which part of its object a record belongs is not told by who registered it:
/// an attempt that died has asked for records that a later one, which ends sooner, leaves to the part that follows.
pub trait SeenKeys: Send {
    /// Registers records. Answers for each, in the same order, whether it is new: `false` where its key was registered
    /// first by a record of another object, or by one of this object that another part has. A record that asks again,
    /// within one attempt or in a retry, gets the same answer.
    fn register(&mut self, records: &[Brought]) -> Result<Vec<bool>, SinkError>;
}

/// Takes finished files, under the names of [`sluice_contract::objects`].
pub trait Outputs: Send {
    /// Makes the files of a part of an object visible, all that there are, each under its name (relative, with `/`). What an
    /// earlier attempt left there is replaced. The files are the callee's to move.
    fn publish(&mut self, files: &[FinishedFile]) -> Result<(), SinkError>;
}
