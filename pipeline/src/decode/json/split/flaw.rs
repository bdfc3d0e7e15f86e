//! What can be wrong with a piece of text that is no record.

/// What is wrong with a piece that is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode::json) enum Flaw {
    /// It may be a record, but is too long.
    TooLarge,
    /// Brackets and quotes.
    Unpaired,
    /// The same, and nothing that looks like a record follows.
    UnpairedToEnd,
    /// Commas and closing brackets where a record should be.
    NoRecord,
    /// No value of JSON.
    NotJson,
    /// The same behind the end of an array.
    Stray,
    /// The text ends in an array.
    UnclosedArray,
    /// The text ends in an object around an array.
    UnclosedObject,
    /// An array ends with a comma.
    TrailingComma,
}

impl Flaw {
    /// A short stable name.
    pub(in crate::decode::json) fn code(self) -> &'static str {
        match self {
            Flaw::TooLarge => "record_too_large",
            Flaw::Unpaired | Flaw::UnpairedToEnd | Flaw::NoRecord | Flaw::NotJson => "bad_json",
            Flaw::Stray => "trailing_garbage",
            Flaw::UnclosedArray => "unclosed_array",
            Flaw::UnclosedObject => "unclosed_object",
            Flaw::TrailingComma => "trailing_comma",
        }
    }

    /// What is wrong, where the piece has `bytes` and a record may have `limit`.
    pub(in crate::decode::json) fn message(self, bytes: u64, limit: usize) -> String {
        match self {
            Flaw::TooLarge => {
                format!("record too large: got {bytes} bytes, limit {limit} bytes")
            }
            Flaw::Unpaired => "brackets or quotes do not pair up".to_owned(),
            Flaw::UnpairedToEnd => {
                "brackets or quotes do not pair up, from here to the end of the object".to_owned()
            }
            Flaw::NoRecord => "a comma or a bracket stands where a record should be".to_owned(),
            Flaw::NotJson => "this is no JSON".to_owned(),
            Flaw::Stray => "text follows the end of the array".to_owned(),
            Flaw::UnclosedArray => {
                "the array is not closed: the object was cut short, or `]` is missing".to_owned()
            }
            Flaw::UnclosedObject => {
                "the object around the records is not closed: the file was cut short, or `}` is missing"
                    .to_owned()
            }
            Flaw::TrailingComma => "a comma must be followed by a record".to_owned(),
        }
    }

    /// The same where the object ends with it.
    pub(in crate::decode::json) fn at_end(self) -> Self {
        match self {
            // What is never closed cannot be told from what is too long.
            Flaw::Unpaired | Flaw::TooLarge => Flaw::UnpairedToEnd,
            other => other,
        }
    }
}
