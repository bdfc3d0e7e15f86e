//! What became of one source object, in numbers and first reasons. The same value feeds the ledger, the metrics, the
//! alerts and what a person reads.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use sluice_contract::Sha256;

use crate::{
    check::{RejectFinding, Rejected},
    plugin::{KnownCodes, Words},
    shown::{in_one_line, shown},
    verdict::NO_MATCHING_OUTPUT,
};

/// How many reasons a report keeps.
const FIRST_REASONS: usize = 10;

/// Names that a report of several parts keeps of each kind.
const LONGEST_LIST: usize = 100;
/// How many codes of findings a report tells apart.
const MAX_CODES: usize = 256;

/// What findings are counted under whose codes are too many.
const OTHER_CODE: &str = "other";

/// What became of one source object. `read = stored + dropped + duplicate + rejected`, always.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ObjectReport {
    /// `s3://bucket/key` or a file's path.
    pub source: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// Records in the object.
    pub read: u64,
    /// Records of which at least one row is in the table or the lake.
    pub stored: u64,
    /// Records that the plugin left out on purpose.
    pub dropped: u64,
    /// Records that another, equal or newer version of the same key makes superfluous.
    pub duplicate: u64,
    /// Records that are in the rejects with their reasons.
    pub rejected: u64,
    /// Rows that the stored records became: more than `stored` where a plugin makes several of one.
    pub rows: u64,
    /// Bytes of the object as stored.
    pub bytes: u64,
    /// Bytes after decompression.
    pub decompressed_bytes: u64,
    /// Wall-clock time, in seconds.
    pub seconds: f64,
    /// Part of `seconds` spent inside the plugin, summed over threads.
    pub plugin_seconds: f64,
    /// Of the component that cleaned it.
    pub plugin_sha256: Option<Sha256>,
    /// Names of the files made of it.
    pub outputs: Vec<String>,
    /// Findings by code, errors and warnings alike; the first 256 codes, and the others under `other`.
    pub findings: BTreeMap<String, u64>,
    /// The first reasons for rejection, ten at the most.
    pub first_reasons: Vec<Reason>,
    /// Columns of the object that neither the plugin nor the manifest asked for, as they are [shown](crate::shown).
    pub ignored_columns: Vec<String>,
    /// Fields whose column never came, required or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_columns: Vec<MissingColumn>,
    /// Values of stored, dropped and superfluous records that are null since the plugin had them, by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub nulled_values: BTreeMap<String, u64>,
    /// Set where the object could not be read to its end, and then the unreadable rest counts as one rejected record; or
    /// where it holds nothing, which counts as no record.
    pub damage: Option<Reason>,
    /// Set where the object is refused: then nothing of it is stored, and its records count nowhere. Of an object in parts,
    /// it is what the first refused one says, and the counts are those of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// Which words of a plugin it takes.
    #[serde(skip)]
    pub telling: Telling,
}

/// Which words of a plugin a report may hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Telling {
    /// All of them: who reads it has the records.
    #[default]
    Everything,
    /// These codes alone.
    Known(Arc<KnownCodes>),
}

/// What is said of a finding whose own words are not.
const UNTOLD: &str = "the plugin's own words are in the rejects";

impl Telling {
    fn code<'a>(&self, finding: &'a RejectFinding) -> &'a str {
        match (self, finding.words) {
            (Self::Known(codes), Words::Plugin) => codes.named(&finding.code),
            (Self::Everything | Self::Known(_), _) => &finding.code,
        }
    }

    fn message<'a>(&self, finding: &'a RejectFinding) -> &'a str {
        match (self, finding.words) {
            (Self::Known(_), Words::Plugin | Words::Quoting) => UNTOLD,
            (Self::Everything | Self::Known(_), _) => &finding.message,
        }
    }
}

/// A field whose column never came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingColumn {
    /// The field.
    pub field: String,
    /// A column that nobody asked for and that is called almost so, as it is [shown](crate::shown).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

/// Why nothing of an object is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// A short stable name, in the style of `no_matching_column`.
    pub code: String,
    /// What is wrong and what to do about it, for people. It never holds what a record holds.
    pub message: String,
    /// Records that were read until then, where the object is refused for those of them that are rejected.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub read: u64,
    /// How many of them are rejected. They are in no file of rejects.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rejected: u64,
}

impl Refused {
    /// Whether the plugin is to blame, so that one on trial has failed.
    pub fn is_by_plugin(&self) -> bool {
        self.code == NO_MATCHING_OUTPUT
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl ObjectReport {
    /// Whether every record is accounted for.
    pub fn adds_up(&self) -> bool {
        self.read == self.stored + self.dropped + self.duplicate + self.rejected
    }

    /// Whether nothing of it is stored because something is wrong with it: then what an older version of the object has
    /// brought stays.
    pub fn is_unusable(&self) -> bool {
        let is_wrong = self.damage.is_some() || self.rejected > 0;
        self.refused.is_some() || (self.stored == 0 && is_wrong)
    }

    /// Adds what became of the part that follows in the same object. Of long lists the first 100 entries stay.
    pub fn append(&mut self, next: ObjectReport) {
        self.append_missing(&next);
        self.read += next.read;
        self.stored += next.stored;
        self.dropped += next.dropped;
        self.duplicate += next.duplicate;
        self.rejected += next.rejected;
        self.rows += next.rows;
        self.bytes += next.bytes;
        self.decompressed_bytes += next.decompressed_bytes;
        self.seconds += next.seconds;
        self.plugin_seconds += next.plugin_seconds;
        for (code, count) in next.findings {
            self.count_findings(&code, count);
        }
        self.first_reasons.extend(next.first_reasons);
        self.first_reasons.truncate(FIRST_REASONS);
        for column in next.ignored_columns {
            if !self.ignored_columns.contains(&column) {
                self.ignored_columns.push(column);
            }
        }
        for (field, count) in next.nulled_values {
            *self.nulled_values.entry(field).or_default() += count;
        }
        self.outputs.extend(next.outputs);
        self.outputs.truncate(LONGEST_LIST);
        self.ignored_columns.truncate(LONGEST_LIST);
        self.damage = self.damage.take().or(next.damage);
        self.refused = self.refused.take().or(next.refused);
        self.plugin_sha256 = self.plugin_sha256.or(next.plugin_sha256);
    }

    /// A column that came in one part came in the object. A part without records says nothing.
    fn append_missing(&mut self, next: &ObjectReport) {
        if self.read == 0 {
            self.missing_columns = next.missing_columns.clone();
        } else if next.read > 0 {
            let is_missing = |missing: &MissingColumn| {
                let mut others = next.missing_columns.iter();
                others.any(|other| other.field == missing.field)
            };
            self.missing_columns.retain(is_missing);
        }
    }

    /// Counts a rejected record with its findings, and keeps its reason if it is among the first.
    pub(crate) fn add_rejected(&mut self, rejected: &Rejected) {
        self.rejected += 1;
        for finding in &rejected.findings {
            self.count_remark(finding);
        }
        if self.first_reasons.len() < FIRST_REASONS
            && let Some(finding) = rejected.findings.first()
        {
            let reason = Reason {
                code: self.telling.code(finding).to_owned(),
                message: in_one_line(self.telling.message(finding)),
                ..Reason::new(rejected, finding)
            };
            self.first_reasons.push(reason);
        }
    }

    /// Counts what was said of a record.
    pub(crate) fn count_remark(&mut self, finding: &RejectFinding) {
        let code = self.telling.code(finding);
        self.count_finding(code);
    }

    /// Counts a finding.
    pub(crate) fn count_finding(&mut self, code: &str) {
        self.count_findings(code, 1);
    }

    fn count_findings(&mut self, code: &str, number: u64) {
        if let Some(count) = self.findings.get_mut(code) {
            *count += number;
            return;
        }
        let code = if self.findings.len() < MAX_CODES {
            code
        } else {
            OTHER_CODE
        };
        *self.findings.entry(code.to_owned()).or_default() += number;
    }

    /// The share of records that were rejected, 0 to 1.
    pub fn rejected_ratio(&self) -> f64 {
        if self.read == 0 {
            0.0
        } else {
            self.rejected as f64 / self.read as f64
        }
    }
}

/// Why a record was rejected. It never holds the record's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The record's number in its object, counted from 1; in CSV the header is not counted.
    pub row: u64,
    /// The field that it is about.
    pub column: Option<String>,
    /// A short stable name, in the style of `not_an_integer`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

impl Reason {
    /// Why a record was rejected, without what is in it.
    pub(crate) fn new(rejected: &Rejected, finding: &RejectFinding) -> Self {
        Self {
            row: rejected.record + 1,
            column: finding.column.as_deref().map(shown),
            code: finding.code.clone(),
            message: in_one_line(&finding.message),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::plugin::Severity;

    #[test]
    fn a_column_that_came_in_one_part_is_not_missing() {
        let part = |read: u64, fields: &[&str]| ObjectReport {
            read,
            stored: read,
            missing_columns: (fields.iter())
                .map(|field| MissingColumn {
                    field: (*field).to_owned(),
                    nearest: None,
                })
                .collect(),
            nulled_values: BTreeMap::from([("a".to_owned(), 2)]),
            ..ObjectReport::default()
        };
        let mut report = part(0, &[]);
        for next in [
            part(5, &["a", "b", "c"]),
            part(1, &["b", "c"]),
            part(0, &[]),
        ] {
            report.append(next);
        }
        let fields: Vec<&str> = (report.missing_columns.iter())
            .map(|missing| missing.field.as_str())
            .collect();
        assert_eq!(fields, ["b", "c"]);
        assert_eq!(report.nulled_values["a"], 8);
    }

    #[test]
    fn codes_beyond_the_limit_are_counted_together() {
        let mut report = ObjectReport::default();
        for _ in 0..2 {
            (0..1_000).for_each(|code| report.count_finding(&code.to_string()));
        }
        assert_eq!(report.findings.len(), MAX_CODES + 1);
        assert_eq!(report.findings["255"], 2);
        assert_eq!(report.findings[OTHER_CODE], 2 * (1_000 - MAX_CODES as u64));
    }

    /// What a plugin makes up while it sees a record may be a part of it.
    #[test]
    fn a_discreet_report_has_no_word_of_a_plugin() {
        const PLANTED: &str = "4111-1111-1111-1111";
        let finding = |words, code: &str| RejectFinding {
            column: None,
            severity: Severity::Error,
            code: code.to_owned(),
            message: format!("trapped at {PLANTED}"),
            words,
        };
        let rejected = |finding: &RejectFinding| Rejected {
            record: 0,
            raw: PLANTED.into(),
            raw_bytes: PLANTED.len() as u64,
            findings: vec![finding.clone()],
        };
        let mut report = ObjectReport {
            telling: Telling::Known(Arc::default()),
            ..ObjectReport::default()
        };
        report.add_rejected(&rejected(&finding(Words::Plugin, PLANTED)));
        report.add_rejected(&rejected(&finding(Words::Plugin, "bad_number")));
        report.add_rejected(&rejected(&finding(Words::Quoting, "plugin_trap")));
        report.count_remark(&finding(Words::Plugin, PLANTED));
        let text = serde_json::to_string(&report).unwrap();
        assert!(
            !text.contains(PLANTED) && !text.contains("telling"),
            "{text}"
        );
        let counted = |code: &str| report.findings.get(code).copied();
        assert_eq!(counted("undeclared_code"), Some(2));
        assert_eq!(counted("bad_number"), Some(1));
        assert_eq!(counted("plugin_trap"), Some(1));
        // Who has the records may read all of it.
        let mut report = ObjectReport::default();
        report.add_rejected(&rejected(&finding(Words::Plugin, PLANTED)));
        assert!(report.first_reasons[0].message.contains(PLANTED));
    }
}
