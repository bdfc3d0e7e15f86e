//! Where a pipeline's objects come from, and what their names and bytes do not say of them.

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use super::{Dialect, Format, is_default};

/// Where the objects of a pipeline come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The start of their keys in the raw bucket, such as `incoming/`.
    pub prefix: String,
    /// The way of their events into the queue.
    pub via: Via,
    /// How many events one invocation takes (1 to 10).
    pub batch_size: u32,
    /// How often an event is tried before it goes to the dead-letter queue.
    pub max_receive_count: u32,
    /// How CSV and TSV are written.
    #[serde(flatten)]
    pub dialect: Dialect,
    /// Objects that are longer than this, in MB, are shared out among several invocations; 0 where none is.
    pub split_mb: u32,
    /// Names of the members that lead to the array of records in JSON, from the outermost; empty where records are not
    /// inside of anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
    /// How the values of JSON records are written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub items: Items,
    /// The format of objects whose names end in none that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The encoding of text that has no byte-order mark.
    #[serde(default, skip_serializing_if = "is_default")]
    pub encoding: Encoding,
    /// The largest window that a Zstandard frame may ask for, in MB.
    #[serde(default = "least_window_mb", skip_serializing_if = "is_least_window")]
    pub max_window_mb: u32,
    /// Which objects are none of the pipeline's, by their names, in addition to those that never are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
}

/// How the values of JSON records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Items {
    /// As they are.
    #[default]
    Plain,
    /// Each with its type, as DynamoDB exports them: `{"S": "text"}`.
    DynamodbJson,
}

/// The way of S3 events into a pipeline's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Bucket notification straight to the queue.
    S3,
    /// Bucket notification to a topic that others may subscribe to, and from there to the queue.
    Sns,
    /// Bucket events on the default event bus, and a rule to the queue.
    Eventbridge,
}

/// Files that other programs leave beside their data, by the last part of the name: that a job is done (Hadoop, Spark,
/// Databricks), checksums, folders as some file systems keep them, and what is not written to its end.
const ALWAYS_IGNORED: &[&str] = &[
    "_SUCCESS",
    "_started_*",
    "_committed_*",
    "*_$folder$",
    "*.crc",
    "*.tmp",
];

/// A folder of files that a job has not committed yet.
const UNCOMMITTED_FOLDER: &str = "_temporary";

impl Source {
    /// What every decoder of Zstandard supports, in MB (RFC 8878, section 3.1.1.1.2).
    pub const LEAST_WINDOW_MB: u32 = 8;

    /// Whether the object of this key holds no records, as its name says. A pattern without `/` is about the last part of the
    /// name, and one with it about all that comes after the prefix.
    pub fn ignores(&self, key: &str) -> bool {
        let inside = key.strip_prefix(&self.prefix).unwrap_or(key);
        let (folders, name) = inside.rsplit_once('/').unwrap_or(("", inside));
        let own = self.ignore.iter().map(String::as_str);
        folders
            .split('/')
            .any(|folder| folder == UNCOMMITTED_FOLDER)
            || own.chain(ALWAYS_IGNORED.iter().copied()).any(|pattern| {
                let matched = if pattern.contains('/') { inside } else { name };
                WildMatch::new(pattern).matches(matched)
            })
    }
}

fn least_window_mb() -> u32 {
    Source::LEAST_WINDOW_MB
}

fn is_least_window(mb: &u32) -> bool {
    *mb == Source::LEAST_WINDOW_MB
}

/// The encoding of text that has no byte-order mark: one of the Encoding Standard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Encoding {
    /// UTF-8, and UTF-16 where its zero bytes give it away.
    #[default]
    Auto,
    /// This one.
    Known(&'static encoding_rs::Encoding),
}

/// A label that names no encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEncoding(
    /// The label.
    pub String,
);

impl std::fmt::Display for UnknownEncoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no encoding has the label `{}`", self.0)
    }
}

impl std::error::Error for UnknownEncoding {}

impl Encoding {
    /// The word for [`Encoding::Auto`] in a manifest.
    pub const AUTO: &'static str = "auto";

    /// Labels of encodings that objects come in, by their names or as people write them. There are more.
    pub const LABELS: &'static [&'static str] = &[
        "utf-8",
        "utf-16",
        "utf-16le",
        "utf-16be",
        "windows-1252",
        "iso-8859-1",
        "iso-8859-2",
        "iso-8859-15",
        "latin1",
        "us-ascii",
        "windows-1250",
        "windows-1251",
        "windows-1253",
        "windows-1254",
        "windows-1256",
        "macintosh",
        "koi8-r",
        "ibm866",
        "shift_jis",
        "euc-jp",
        "iso-2022-jp",
        "euc-kr",
        "gbk",
        "gb18030",
        "big5",
    ];
}

impl TryFrom<String> for Encoding {
    type Error = UnknownEncoding;

    /// Of `auto`, or of any label of the Encoding Standard. Encodings that it refuses to read have none here.
    fn try_from(label: String) -> Result<Self, UnknownEncoding> {
        if label == Self::AUTO {
            return Ok(Self::Auto);
        }
        match encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()) {
            Some(encoding) => Ok(Self::Known(encoding)),
            None => Err(UnknownEncoding(label)),
        }
    }
}

impl From<Encoding> for String {
    fn from(encoding: Encoding) -> String {
        match encoding {
            Encoding::Auto => Encoding::AUTO.to_owned(),
            Encoding::Known(known) => known.name().to_ascii_lowercase(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn source(ignore: &[&str]) -> Source {
        Source {
            prefix: "in/".to_owned(),
            via: Via::S3,
            batch_size: 1,
            max_receive_count: 5,
            split_mb: 256,
            records: Vec::new(),
            items: Items::Plain,
            format: None,
            encoding: Encoding::Auto,
            max_window_mb: Source::LEAST_WINDOW_MB,
            ignore: ignore.iter().map(|pattern| (*pattern).to_owned()).collect(),
            dialect: Dialect::default(),
        }
    }

    #[test]
    fn files_beside_the_data_are_ignored() {
        #[track_caller]
        fn check(key: &str, ignored: bool) {
            let source = source(&["*.bak", "test/*", "draft-?.csv"]);
            assert_eq!(source.ignores(key), ignored, "{key}");
        }
        check("in/_SUCCESS", true);
        check("in/a/_SUCCESS", true);
        check("in/.part-0.csv.crc", true);
        check("in/a.csv.tmp", true);
        check("in/a_$folder$", true);
        check("in/_temporary/0/part-0.csv", true);
        check("in/_committed_123", true);
        check("in/a.bak", true);
        check("in/x/a.bak", true);
        check("in/test/a.csv", true);
        check("in/draft-1.csv", true);
        check("in/a.csv", false);
        check("in/_a.csv", false);
        check("in/SUCCESS.csv", false);
        check("in/x/test/a.csv", false);
        check("in/a.bak.csv", false);
        check("in/draft-10.csv", false);
        check("in/crc/tmp/a.csv", false);
        check("in/my_temporary/a.csv", false);
    }

    #[test]
    fn every_label_is_one() {
        for label in Encoding::LABELS {
            assert!(Encoding::try_from((*label).to_owned()).is_ok(), "{label}");
        }
        for label in ["utf-7", "utf-32", "iso-2022-kr", "replacement", ""] {
            assert!(Encoding::try_from(label.to_owned()).is_err(), "{label}");
        }
    }
}
