//! The formats that objects may be written in: one row each, and nothing else in the product lists them.
//!
//! A row says what a format is called, which endings its objects have, and how its records lie in an object. How they are
//! read is the record path's affair, which tells formats apart by their [`Layout`] alone.

use serde::{Deserialize, Serialize};

/// How records lie in an object. Each layout has its own reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Lines of fields, with a header, as RFC 4180 has them.
    Separated {
        /// What stands between fields; `None` where the manifest's `delimiter` does.
        delimiter: Option<char>,
        /// What encloses fields, if the manifest's `quote` does not say otherwise.
        quote: Option<char>,
    },
    /// One JSON object a line.
    JsonLines,
    /// One array of JSON objects, or objects one after the other.
    JsonValues,
    /// A file of columns whose values have types.
    ColumnFile,
    /// A workbook whose first sheet has a header and records below it.
    Workbook,
}

/// How an object is entered behind its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// At the end of any record, by its byte, where the object is neither compressed nor in an encoding other than UTF-8.
    AnyRecord,
    /// Only by reading what comes before.
    FromStart,
}

impl Layout {
    /// How an object is entered behind its start.
    pub fn entry(self) -> Entry {
        match self {
            Layout::Separated { .. } | Layout::JsonLines => Entry::AnyRecord,
            Layout::JsonValues | Layout::ColumnFile | Layout::Workbook => Entry::FromStart,
        }
    }

    /// Whether the columns are named before the first record.
    pub fn has_header(self) -> bool {
        match self {
            Layout::Separated { .. } => true,
            Layout::JsonLines | Layout::JsonValues | Layout::ColumnFile | Layout::Workbook => false,
        }
    }

    /// Whether each record ends with a line, so that a line without an end may be half a record.
    pub fn is_lines(self) -> bool {
        match self {
            Layout::Separated { .. } | Layout::JsonLines => true,
            Layout::JsonValues | Layout::ColumnFile | Layout::Workbook => false,
        }
    }

    /// Whether a record is a piece of text. The rejects of other layouts are written as lines of JSON.
    pub fn is_text(self) -> bool {
        match self {
            Layout::Separated { .. } | Layout::JsonLines | Layout::JsonValues => true,
            Layout::ColumnFile | Layout::Workbook => false,
        }
    }
}

/// Makes the enum and its lists of the rows below, so that neither can lack a format.
macro_rules! formats {
    ($(
        $(#[$doc:meta])+
        $format:ident {
            name: $name:literal,
            endings: [$($ending:literal),+],
            also_called: [$($foreign:literal),*],
            layout: $layout:expr,
        }
    )+) => {
        /// How records are written in an object.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Format {
            $(
                $(#[$doc])+
                #[serde(rename = $name)]
                $format,
            )+
        }

        impl Format {
            /// All of them.
            pub const ALL: &'static [Format] = &[$(Format::$format),+];

            /// All of them, by their names in a manifest.
            pub const NAMES: &'static [(&'static str, Format)] = &[$(($name, Format::$format)),+];

            /// What others call them, each with its name here.
            pub const ALSO_CALLED: &'static [(&'static str, &'static str)] =
                &[$($(($foreign, $name),)*)+];

            /// The endings that tell them in an object's name, without the point and in lower case. The first of a
            /// format is the one that Sluice writes itself.
            pub const ENDINGS: &'static [(&'static str, Format)] =
                &[$($(($ending, Format::$format),)+)+];

            /// Its name in a manifest.
            pub fn name(self) -> &'static str {
                match self {
                    $(Format::$format => $name,)+
                }
            }

            /// How its records lie in an object.
            pub fn layout(self) -> Layout {
                match self {
                    $(Format::$format => $layout,)+
                }
            }
        }
    };
}

formats! {
    /// RFC 4180 with a header.
    Csv {
        name: "csv",
        endings: ["csv"],
        also_called: ["txt"],
        layout: Layout::Separated {
            delimiter: None,
            quote: Some('"'),
        },
    }
    /// The same with tabs, which nothing encloses.
    Tsv {
        name: "tsv",
        endings: ["tsv"],
        also_called: ["tab"],
        layout: Layout::Separated {
            delimiter: Some('\t'),
            quote: None,
        },
    }
    /// One array of objects, or objects one after the other.
    Json {
        name: "json",
        endings: ["json"],
        also_called: [],
        layout: Layout::JsonValues,
    }
    /// One object a line.
    Ndjson {
        name: "ndjson",
        endings: ["ndjson", "jsonl"],
        also_called: ["jsonl", "jsonlines"],
        layout: Layout::JsonLines,
    }
    /// Apache Parquet.
    Parquet {
        name: "parquet",
        endings: ["parquet"],
        also_called: ["pq"],
        layout: Layout::ColumnFile,
    }
    /// A workbook of Excel and its like.
    Xlsx {
        name: "xlsx",
        endings: ["xlsx", "xlsm"],
        also_called: ["excel", "xls"],
        layout: Layout::Workbook,
    }
}

impl Format {
    /// The format whose objects have this ending, written without the point and in lower case.
    pub fn of_ending(ending: &str) -> Option<Format> {
        let known = Format::ENDINGS.iter().find(|(known, _)| *known == ending);
        known.map(|(_, format)| *format)
    }

    /// The ending of the files that Sluice writes in it, without the point.
    pub fn ending(self) -> &'static str {
        let own = Format::ENDINGS.iter().find(|(_, format)| *format == self);
        own.map_or("", |(ending, _)| ending)
    }

    /// The format in which rejected records are written, one by one.
    pub fn of_rejects(self) -> Format {
        if self.layout().is_text() {
            self
        } else {
            Format::Ndjson
        }
    }

    /// The endings as the middle of a sentence: `.csv, .tsv or .json`.
    pub fn listed_endings() -> String {
        let mut endings: Vec<String> = Format::ENDINGS
            .iter()
            .map(|(ending, _)| format!(".{ending}"))
            .collect();
        let last = endings.pop().unwrap_or_default();
        format!("{} or {last}", endings.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_format_is_told_from_the_others() {
        for (ending, format) in Format::ENDINGS {
            assert_eq!(Format::of_ending(ending), Some(*format));
            assert_eq!(*ending, ending.to_ascii_lowercase());
        }
        let endings: BTreeSet<_> = Format::ENDINGS.iter().map(|(ending, _)| ending).collect();
        assert_eq!(endings.len(), Format::ENDINGS.len());
        for format in Format::ALL {
            assert_eq!(Format::of_ending(format.ending()), Some(*format));
        }
        assert_eq!(Format::of_ending("txt"), None);
    }

    #[test]
    fn endings_in_a_sentence() {
        assert_eq!(
            Format::listed_endings(),
            ".csv, .tsv, .json, .ndjson, .jsonl, .parquet, .xlsx or .xlsm"
        );
    }
}
