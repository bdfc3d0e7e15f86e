//! One line of a rejects file: written where records are rejected, and read where they are replayed.
//!
//! A line says all that it takes to process its record again, without the object that it is from.

use std::borrow::Cow;

use base64::{DecodeError, Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use sluice_contract::{Sha256, stack::Format};

/// A rejected record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectLine<'a> {
    /// The object, as `s3://bucket/key` or a file's path.
    #[serde(borrow)]
    pub source: Cow<'a, str>,
    /// The record's number in it, counted from 1.
    pub row: u64,
    /// How the raw text is to be read. Lines that older versions wrote say nothing of it.
    #[serde(default)]
    pub format: Option<Format>,
    /// The encoding of the object, where that is not UTF-8: then header and raw text are here as what they are in UTF-8.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Cow<'a, str>>,
    /// What comes before the object's records as it stands there, without its last line break: the header, and lines that
    /// are skipped. Only in CSV and TSV, and not where it is longer than 4 KiB. Where the object does not tell by itself what
    /// its delimiter is, a line `sep=` comes first that does.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub header: Option<Cow<'a, str>>,
    /// Instead of `header` where that is not UTF-8.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub header_base64: Option<Cow<'a, str>>,
    /// The raw text.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Cow<'a, str>>,
    /// Instead of `raw` where the text is not UTF-8.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub raw_base64: Option<Cow<'a, str>>,
    /// Where `raw` is only the beginning, the length of the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_bytes: Option<u64>,
    /// What is wrong with it.
    #[serde(borrow)]
    pub findings: Vec<RejectLineFinding<'a>>,
    /// The plugin that it went through.
    #[serde(default)]
    pub plugin_sha256: Option<Sha256>,
}

/// What is wrong with a rejected record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectLineFinding<'a> {
    /// The field or output column.
    #[serde(default, borrow)]
    pub column: Option<Cow<'a, str>>,
    /// `info`, `warning` or `error`.
    #[serde(borrow)]
    pub severity: Cow<'a, str>,
    /// A short stable name.
    #[serde(borrow)]
    pub code: Cow<'a, str>,
    /// A sentence for people.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
}

impl<'a> RejectLine<'a> {
    /// A line about a record with this raw text.
    pub(super) fn new(source: &'a str, row: u64, raw: &'a [u8]) -> Self {
        let (raw, raw_base64) = text_or_base64(raw);
        Self {
            source: source.into(),
            row,
            format: None,
            encoding: None,
            header: None,
            header_base64: None,
            raw,
            raw_base64,
            raw_bytes: None,
            findings: Vec::new(),
            plugin_sha256: None,
        }
    }

    /// The bytes of the raw text, or of the beginning of it.
    pub fn raw_text(&self) -> Result<Cow<'_, [u8]>, DecodeError> {
        bytes(&self.raw, &self.raw_base64)
    }

    /// The bytes of the header. Empty where there is none.
    pub fn header_text(&self) -> Result<Cow<'_, [u8]>, DecodeError> {
        bytes(&self.header, &self.header_base64)
    }
}

/// Bytes as JSON has them: as text, or as Base64 where they are none.
pub(super) fn text_or_base64(bytes: &[u8]) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Some(Cow::Borrowed(text)), None),
        Err(_) => (None, Some(Cow::Owned(BASE64_STANDARD.encode(bytes)))),
    }
}

fn bytes<'a>(
    text: &'a Option<Cow<'_, str>>,
    base64: &'a Option<Cow<'_, str>>,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    match (text, base64) {
        (Some(text), _) => Ok(Cow::Borrowed(text.as_bytes())),
        (None, Some(base64)) => BASE64_STANDARD.decode(base64.as_ref()).map(Cow::Owned),
        (None, None) => Ok(Cow::Borrowed(&[])),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sluice_contract::catalog::REJECT_COLUMNS;

    use super::*;

    /// Who asks the catalog finds every member of a line, and no other.
    #[test]
    fn the_catalog_knows_every_member() {
        let finding = RejectLineFinding {
            column: Some("c".into()),
            severity: "error".into(),
            code: "c".into(),
            message: "m".into(),
        };
        let line = RejectLine {
            source: "s".into(),
            row: 1,
            format: Some(Format::Csv),
            encoding: Some("e".into()),
            header: Some("h".into()),
            header_base64: Some("h".into()),
            raw: Some("r".into()),
            raw_base64: Some("r".into()),
            raw_bytes: Some(1),
            findings: vec![finding],
            plugin_sha256: None,
        };
        let line = serde_json::to_value(line).expect("a line is JSON");
        let members = |value: &serde_json::Value| -> BTreeSet<String> {
            value
                .as_object()
                .expect("an object")
                .keys()
                .cloned()
                .collect()
        };
        let columns = REJECT_COLUMNS.iter().map(|(name, _)| (*name).to_owned());
        assert_eq!(members(&line), columns.collect());
        let kinds: BTreeSet<String> = REJECT_COLUMNS
            .iter()
            .filter_map(|(_, kind)| kind.strip_prefix("array<struct<"))
            .flat_map(|kind| kind.trim_end_matches('>').split(','))
            .filter_map(|member| member.split(':').next().map(str::to_owned))
            .collect();
        assert_eq!(members(&line["findings"][0]), kinds);
    }
}
