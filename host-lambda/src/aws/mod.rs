//! The AWS adapters of the record path's ports, and the calls that they make.
//!
//! The record path is synchronous and runs on threads of its own; these adapters wait for the SDK there, by the
//! [`Session`] that each is made of. None of them knows what a plugin or a check is.

pub(crate) mod answers;
pub(crate) mod attribute;
pub(crate) mod backoff;
pub(crate) mod catalog;
mod clients;
pub(crate) mod compacted;
pub(crate) mod crawler;
pub(crate) mod delivery;
mod document;
pub(crate) mod event_bus;
pub(crate) mod expression;
mod item;
mod json_call;
pub(crate) mod lake_files;
pub(crate) mod lake_versions;
pub(crate) mod ledger;
pub(crate) mod notified;
pub(crate) mod outputs;
mod parameters;
pub(crate) mod record_table;
pub(crate) mod refusal;
pub(crate) mod secrets;
pub(crate) mod seen_keys;
mod session;
pub(crate) mod source;
pub(crate) mod source_queue;
pub(crate) mod table;

use sluice_contract::access::Resource;

pub use answers::AnswersTable;
pub use catalog::CatalogTable;
pub use clients::Clients;
pub use compacted::CompactedFolders;
pub use crawler::{Crawl, Crawler};
pub use delivery::DeliveryStream;
pub use event_bus::EventBus;
pub use item::{Item, ItemShape, UnfitRow};
pub use lake_files::{LakeFiles, StoredFile};
pub use lake_versions::LakeVersions;
pub use ledger::{Claim, LedgerEntry, Settled};
pub use outputs::LakeBucket;
pub use record_table::RecordTable;
pub use seen_keys::SeenKeysTable;
pub use session::Session;
pub use source::{ByteRange, ObjectAddress, ObjectReader, ReadFailure, Trouble};
pub use source_queue::SourceQueue;
pub use table::ItemTable;

pub(crate) use refusal::reason;

/// What every adapter needs where objects, items and messages are encrypted with the stack's key.
pub(crate) const KEY_CALLS: &[(&str, Resource)] = &[
    ("kms:Decrypt", Resource::Key),
    ("kms:GenerateDataKey", Resource::Key),
];
