//! What a contender's file holds, in numbers that are equal only where all values are.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::contender::Contender;

/// Numbers about a cleaned file; the order of its rows does not matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// Rows.
    rows: u64,
    /// Sum of the ratings.
    rating_sum: u64,
    /// The earliest and the latest time, in microseconds since 1970-01-01T00:00:00Z.
    submitted_at: [i64; 2],
    /// Different channels.
    channels: u64,
    /// Characters of all comments.
    comment_characters: u64,
    /// Sum of a hash of every row, all of its columns.
    content: String,
}

/// Compares a contender's facts with those of the first.
pub(super) fn agree(
    agreed: &mut Option<(String, Facts)>,
    contender: &Contender,
    facts: Facts,
) -> Result<()> {
    match agreed {
        None => *agreed = Some((contender.label(), facts)),
        Some((first, expected)) => ensure!(
            *expected == facts,
            "{} wrote something else than {first}: {facts:?} instead of {expected:?}",
            contender.label()
        ),
    }
    Ok(())
}
