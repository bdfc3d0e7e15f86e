//! What the handler asks of the world: where records are stored, what was answered before, and who takes records for the
//! lake. A laptop has SQLite and files, a function DynamoDB and Firehose.
//!
//! All of it may wait for others, so it is called on threads that may.

pub use arrow_array::RecordBatch;

use crate::{answer::KeptAnswer, key::Key, record::Record};

/// Why something cannot be stored or read now. The caller of the API is asked to try again.
#[derive(Debug, thiserror::Error)]
#[error("{target} refused to {action}: {reason}")]
pub struct PortError {
    /// Whom we asked, such as a table's name.
    pub target: String,
    /// What it was asked to do.
    pub action: String,
    /// What it said.
    pub reason: String,
}

/// Where records come from, as it is stored beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What names the request: `api:/people#ID`.
    pub source: String,
    /// When it arrived: microseconds since 1970-01-01T00:00:00Z. Without `order_by`, this is the version of its records.
    pub received_at: i64,
}

/// What became of a row that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub enum Put {
    /// It is stored, and whatever older version there was is gone.
    Stored,
    /// Nothing was written: this version is there already.
    Same(Record),
    /// Nothing was written: a newer version is there.
    Newer,
    /// The table does not take it.
    Refused {
        /// A short stable name of the reason.
        code: String,
        /// The reason, for people, without record content.
        message: String,
    },
}

/// The pipeline's table: the newest version of each key.
pub trait Store: Sync {
    /// Stores rows, whose schema is that of [`table_schema`](sluice_pipeline::check::table_schema), and says of each, in
    /// order, what became of it.
    ///
    /// With `order_by`, a row is stored where there is none of its key, or one with a lesser `order_by`; an equal one is
    /// [`Put::Same`]. Without, it is stored unless the one that is there arrived later. Of two rows with the same key the
    /// first comes first. Where this fails, some of the rows may be stored, and are [`Put::Same`] or stored once more when
    /// they come again.
    fn put(&self, rows: &RecordBatch, origin: &Origin) -> Result<Vec<Put>, PortError>;

    /// The record of a key.
    fn get(&self, key: &Key) -> Result<Option<Record>, PortError>;
}

/// Takes records for the lake.
pub trait Forward: Sync {
    /// Takes records, each as one line of JSON without its line break. When this returns, none of them gets lost.
    /// [`Origin::source`] may name what is made of them.
    fn forward(&self, lines: &[Vec<u8>], origin: &Origin) -> Result<(), PortError>;
}

/// A request that claims its `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The name of the entry: a hash of pipeline, caller and key, in hexadecimal.
    pub entry: String,
    /// A hash of what was asked, in hexadecimal.
    pub fingerprint: String,
    /// Who claims: the request's own id.
    pub owner: String,
    /// Now, in seconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// Until when nobody else may take it over.
    pub lease_until: i64,
    /// When it is forgotten.
    pub expires_at: i64,
}

/// What is kept of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// That of the first claim.
    pub fingerprint: String,
    /// Until when its owner has it.
    pub lease_until: i64,
    /// When it is forgotten.
    pub expires_at: i64,
    /// What was answered, once it was.
    pub answer: Option<KeptAnswer>,
}

/// What a claim meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// Nothing: the request is to be dealt with.
    Ours,
    /// The same request was dealt with before.
    Answered(KeptAnswer),
    /// Another request had the key.
    OtherBody,
    /// The same request is under way.
    UnderWay {
        /// When its lease ends, in seconds since 1970-01-01T00:00:00Z.
        until: i64,
    },
}

impl Entry {
    /// What a claim meets in this entry. [`Claimed::Ours`] means that it may be replaced, where it is still the same.
    ///
    /// An entry whose time is over counts for nothing, whether or not it was deleted.
    pub fn meets(&self, claim: &Claim) -> Claimed {
        if self.expires_at <= claim.now {
            return Claimed::Ours;
        }
        if self.fingerprint != claim.fingerprint {
            return Claimed::OtherBody;
        }
        match &self.answer {
            Some(answer) => Claimed::Answered(answer.clone()),
            None if self.lease_until <= claim.now => Claimed::Ours,
            None => Claimed::UnderWay {
                until: self.lease_until,
            },
        }
    }
}

/// What was answered to requests with an `Idempotency-Key`.
pub trait Idempotency: Sync {
    /// Claims a key, where [`Entry::meets`] says so of what is there or nothing is: the entry then has the claim's
    /// fingerprint, owner, lease and expiry, and no answer. Of two that claim at the same time one gets it.
    fn claim(&self, claim: &Claim) -> Result<Claimed, PortError>;

    /// Keeps the answer, where the entry is still the claim's owner's.
    fn complete(&self, claim: &Claim, answer: &KeptAnswer) -> Result<(), PortError>;

    /// Gives the key back, where the entry is still the claim's owner's.
    fn release(&self, claim: &Claim) -> Result<(), PortError>;
}

/// Everything that the handler asks.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The table, where the pipeline has one.
    pub store: Option<&'a dyn Store>,
    /// The way to the lake, where the pipeline has one.
    pub forward: Option<&'a dyn Forward>,
    /// What was answered before.
    pub idempotency: &'a dyn Idempotency,
}
