//! Parts of an object, for those that are too long for one attempt.
//!
//! Every part begins and ends between two records, so that parts are decoded, cleaned and stored without each other and
//! give what the whole would. Who hands parts to whom is not known here.

use serde::{Deserialize, Serialize};
use sluice_contract::control::ledger::RECORD_DIGITS;

/// A place between two records of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// How many records come before it.
    pub record: u64,
    /// How many bytes of the object, as it is stored, come before it; `None` where an object cannot be entered in the
    /// middle: compressed ones, UTF-16, and JSON that is not one record a line.
    pub byte: Option<u64>,
}

/// Consecutive records of an object that are processed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Where it begins. Without a byte, the records before it are read and left out.
    pub start: Position,
    /// Where it ends; `None` where that is the end of the object.
    pub end: Option<Position>,
}

impl Part {
    /// A whole object.
    pub const WHOLE: Part = Part {
        start: Position {
            record: 0,
            byte: Some(0),
        },
        end: None,
    };

    /// Whether it is the first of its object.
    pub fn is_first(&self) -> bool {
        self.start.record == 0
    }

    /// The name of the files made of it, where those of the first part are called `stem`.
    pub fn stem(&self, stem: &str) -> String {
        if self.is_first() {
            stem.to_owned()
        } else {
            format!("{stem}-{:0RECORD_DIGITS$}", self.start.record)
        }
    }
}
