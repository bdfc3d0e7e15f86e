//! The ports on a laptop: a folder for the files, and one SQLite database for the tables, the keys seen
//! before and the ledger.

mod files;
mod ledger;
mod seen_keys;
mod sinks;

pub use files::LocalOutputs;
pub use ledger::LocalLedger;
pub use seen_keys::LocalSeenKeys;
pub use sinks::LocalSinks;
