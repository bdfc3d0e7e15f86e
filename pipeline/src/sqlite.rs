//! What everything that is kept in SQLite says in the same way.

use crate::ports::SinkError;

/// A failure, told as a sink's.
pub(crate) fn sqlite_error(action: &str) -> impl Fn(rusqlite::Error) -> SinkError {
    move |error| SinkError {
        target: "sluice.sqlite".to_owned(),
        action: action.to_owned(),
        reason: error.to_string(),
    }
}

/// A name as SQL writes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
