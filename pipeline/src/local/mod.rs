//! The ports on a laptop: a folder for the files, and one SQLite database for the tables, the keys seen
//! before and the ledger.

mod files;
mod ledger;
mod seen_keys;
mod table;

pub use files::LocalOutputs;
pub use ledger::LocalLedger;
pub use seen_keys::LocalSeenKeys;
pub use table::LocalTable;

use crate::ports::SinkError;

fn sqlite_error(action: &str) -> impl Fn(rusqlite::Error) -> SinkError {
    move |error| SinkError {
        target: "sluice.sqlite".to_owned(),
        action: action.to_owned(),
        reason: error.to_string(),
    }
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
