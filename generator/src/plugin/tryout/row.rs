//! One record before and after.

use serde_json::{Map, Value, json};
use sluice_pipeline::check::{RejectFinding, Rejected};
use sluice_pipeline::columns::ColumnField;
use sluice_pipeline::plugin::{Answer, OutColumn, Severity};
use sluice_pipeline::vet::Samples;

use crate::plugin::cases::{Outcome, Scalar, severity_name};
use crate::plugin::given::Broken;
use crate::plugin::paint::{Change, Paint, clipped, printable};

/// Which column of the input each column of the output was.
pub(super) struct Sources {
    /// The output's columns: name, and number in the input where it was there.
    outputs: Vec<(String, Option<usize>)>,
    /// Columns of the input that are in no column of the output.
    left_out: Vec<String>,
}

/// Letters that a name has in common with another one that is longer, at the least.
const LEAST_COMMON: usize = 3;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    Dropped,
    RejectedByPlugin,
    /// By the checks of the manifest's fields.
    RejectedByManifest,
    /// It never came to the plugin.
    Unreadable,
}

/// A record before and after.
pub(super) struct TriedRow {
    /// Its number in the file, from 0.
    pub(super) number: u64,
    pub(super) fate: Fate,
    /// How many rows it became.
    pub(super) rows: usize,
    pub(super) changes: Vec<CellChange>,
    pub(super) findings: Vec<Said>,
    /// Columns of the input that the plugin leaves out.
    pub(super) left_out: Vec<String>,
    /// Cells of its rows that are as they were.
    untouched: usize,
    input: Vec<(String, Option<String>)>,
    output: Vec<Vec<(String, Option<Scalar>)>>,
}

/// A cell that is not as it was.
pub(super) struct CellChange {
    /// Which of the rows that the record became, from 0.
    out: usize,
    pub(super) column: String,
    /// Whether the plugin made the column.
    pub(super) made: bool,
    before: Option<String>,
    after: Option<Scalar>,
}

/// What was said about a record.
pub(super) struct Said {
    /// Whether it was the plugin that said it, or the checks of the manifest's fields.
    by_plugin: bool,
    severity: Severity,
    column: Option<String>,
    pub(super) code: String,
    message: String,
    /// The value that came in, where the column was there.
    value: Option<String>,
}

impl Sources {
    /// A column was the one that it keeps, or the one of its name, in which case and punctuation do not count. A column
    /// that the plugin reads may have had a longer or shorter name, as long as there is only one such.
    pub(super) fn of(
        inputs: &[String],
        reads: &[ColumnField],
        outputs: &[ColumnField],
        columns: &[OutColumn],
    ) -> Sources {
        let named = |output: &str| {
            let same = inputs.iter().position(|input| input == output);
            same.or_else(|| {
                inputs
                    .iter()
                    .position(|input| plain(input) == plain(output))
            })
        };
        let mut outputs: Vec<(String, Option<usize>)> = outputs
            .iter()
            .zip(columns)
            .map(|(field, column)| {
                let source = match column {
                    OutColumn::Keep(index) => Some(*index),
                    OutColumn::Replace(_) => named(&field.name),
                };
                (field.name.clone(), source)
            })
            .collect();
        let left_out = |outputs: &[(String, Option<usize>)]| -> Vec<usize> {
            let is_out = |index: &usize| outputs.iter().all(|(_, source)| *source != Some(*index));
            (0..inputs.len()).filter(is_out).collect()
        };
        for index in 0..outputs.len() {
            let (name, source) = &outputs[index];
            let name = plain(name);
            if source.is_some() || !reads.iter().any(|read| plain(&read.name) == name) {
                continue;
            }
            let alike = |input: &usize| {
                let input = plain(&inputs[*input]);
                let shorter = input.len().min(name.len());
                shorter >= LEAST_COMMON && (input.contains(&name) || name.contains(&input))
            };
            let alike: Vec<usize> = left_out(&outputs).into_iter().filter(alike).collect();
            if let [one] = alike.as_slice() {
                outputs[index].1 = Some(*one);
            }
        }
        let left_out = left_out(&outputs);
        Sources {
            left_out: left_out
                .into_iter()
                .map(|index| inputs[index].clone())
                .collect(),
            outputs,
        }
    }

    fn of_output(&self, column: &str) -> Option<usize> {
        let mut outputs = self.outputs.iter();
        outputs.find(|(name, _)| name == column)?.1
    }
}

impl TriedRow {
    /// A record that the plugin was given. `checked` is what the checks of the fields rejected it for, if they did.
    pub(super) fn of(
        number: u64,
        samples: &Samples,
        row: usize,
        answer: &Answer,
        checked: Option<&Rejected>,
        sources: &Sources,
    ) -> TriedRow {
        let text = |column: usize| {
            let bytes = samples.values()[column].bytes(row)?;
            Some(String::from_utf8_lossy(bytes).into_owned())
        };
        let (mut changes, mut untouched, mut output) = (Vec::new(), 0, Vec::new());
        for (out, cells) in answer.rows.iter().enumerate() {
            let mut values = Vec::new();
            for ((column, source), cell) in sources.outputs.iter().zip(cells) {
                let before = source.and_then(text);
                let after = Scalar::of(cell);
                values.push((column.clone(), after.clone()));
                if before.as_deref() == cell.text().as_deref() {
                    untouched += usize::from(source.is_some());
                } else {
                    changes.push(CellChange {
                        out,
                        column: column.clone(),
                        made: source.is_none(),
                        before,
                        after,
                    });
                }
            }
            output.push(values);
        }
        let value = |column: Option<&String>| text(sources.of_output(column?)?);
        let said = |by_plugin, finding: RejectFinding| Said {
            by_plugin,
            severity: finding.severity,
            value: value(finding.column.as_ref()),
            column: finding.column,
            code: finding.code,
            message: finding.message,
        };
        let of_plugin: Vec<RejectFinding> = answer
            .findings
            .iter()
            .map(|finding| RejectFinding {
                column: finding
                    .column
                    .map(|column| sources.outputs[column as usize].0.clone()),
                severity: finding.severity,
                code: finding.code.clone(),
                message: finding.message.clone(),
                words: finding.words,
            })
            .collect();
        let of_manifest = checked.iter().flat_map(|rejected| &rejected.findings);
        let of_manifest: Vec<RejectFinding> = of_manifest
            .filter(|finding| !of_plugin.contains(finding))
            .cloned()
            .collect();
        let fate = match Outcome::of(answer) {
            Outcome::Rejected => Fate::RejectedByPlugin,
            _ if checked.is_some() => Fate::RejectedByManifest,
            Outcome::Dropped => Fate::Dropped,
            Outcome::Kept => Fate::Kept,
        };
        let of_plugin = of_plugin.into_iter().map(|finding| said(true, finding));
        let of_manifest = of_manifest.into_iter().map(|finding| said(false, finding));
        TriedRow {
            number,
            fate,
            rows: answer.rows.len(),
            changes,
            findings: of_plugin.chain(of_manifest).collect(),
            left_out: sources.left_out.clone(),
            untouched,
            input: samples
                .columns()
                .iter()
                .enumerate()
                .map(|(index, name)| (name.clone(), text(index)))
                .collect(),
            output,
        }
    }

    /// A record that could not be read.
    pub(super) fn unreadable(broken: &Broken) -> TriedRow {
        TriedRow {
            number: broken.number,
            fate: Fate::Unreadable,
            rows: 0,
            changes: Vec::new(),
            findings: vec![Said {
                by_plugin: false,
                severity: Severity::Error,
                column: None,
                code: broken.code.to_owned(),
                message: broken.message.clone(),
                value: None,
            }],
            left_out: Vec::new(),
            untouched: 0,
            input: Vec::new(),
            output: Vec::new(),
        }
    }

    /// Whether it is kept as it came, and nothing is said about it.
    pub(super) fn is_as_it_was(&self) -> bool {
        self.fate == Fate::Kept
            && self.rows == 1
            && self.changes.is_empty()
            && self.findings.is_empty()
    }

    pub(super) fn text(&self, paint: Paint) -> String {
        let fate = match self.fate {
            Fate::Kept if self.rows > 1 => paint.good(&format!("kept, as {} rows", self.rows)),
            Fate::Kept => paint.good("kept"),
            Fate::Dropped => paint.odd("dropped"),
            Fate::RejectedByPlugin => paint.bad("rejected by the plugin"),
            Fate::RejectedByManifest => paint.bad("rejected by the manifest's checks"),
            Fate::Unreadable => paint.bad("cannot be read"),
        };
        let mut text = format!(
            "{}: {fate}\n",
            paint.strong(&format!("row {}", self.number + 1))
        );
        let mut out = None;
        for change in &self.changes {
            if self.rows > 1 && out != Some(change.out) {
                out = Some(change.out);
                text.push_str(&format!("  its row {}\n", change.out + 1));
            }
            let indent = if self.rows > 1 { "    " } else { "  " };
            for line in change.lines(paint) {
                text.push_str(&format!("{indent}{line}\n"));
            }
        }
        for said in &self.findings {
            text.push_str(&format!("  {}\n", said.line(self.rows > 0, paint)));
        }
        if self.rows == 0 && !self.input.is_empty() {
            text.push_str(&format!("  {}\n", paint.faint(&self.record())));
        }
        if self.rows > 0 && self.untouched > 0 {
            let cells = if self.untouched == 1 { "cell" } else { "cells" };
            let untouched = format!("{} {cells} as before", self.untouched);
            text.push_str(&format!("  {}\n", paint.faint(&untouched)));
        }
        text
    }

    /// What came in.
    fn record(&self) -> String {
        let cells = self.input.iter().filter_map(|(name, value)| {
            Some(format!(
                "`{}` {}",
                printable(name),
                clipped(value.as_ref()?)
            ))
        });
        format!("it was: {}", cells.collect::<Vec<_>>().join(", "))
    }

    pub(super) fn json(&self) -> Value {
        let (outcome, by) = match self.fate {
            Fate::Kept => ("kept", None),
            Fate::Dropped => ("dropped", None),
            Fate::RejectedByPlugin => ("rejected", Some("plugin")),
            Fate::RejectedByManifest => ("rejected", Some("manifest")),
            Fate::Unreadable => ("unreadable", None),
        };
        let scalar = |value: &Option<Scalar>| value.as_ref().map(Scalar::to_json).into();
        let output = self.output.iter().map(|row| -> Map<String, Value> {
            let row = row.iter();
            row.map(|(name, value)| (name.clone(), scalar(value)))
                .collect()
        });
        let input = self.input.iter();
        let input: Map<String, Value> = input
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        let changes = self.changes.iter().map(|change| {
            json!({
                "out": change.out + 1,
                "column": change.column,
                "made": change.made,
                "before": change.before,
                "after": scalar(&change.after),
            })
        });
        let findings = self.findings.iter().map(|said| {
            json!({
                "by": if said.by_plugin { "plugin" } else { "manifest" },
                "severity": severity_name(said.severity),
                "column": said.column,
                "code": said.code,
                "message": said.message,
            })
        });
        json!({
            "row": self.number + 1,
            "outcome": outcome,
            "rejected_by": by,
            "in": input,
            "out": output.collect::<Vec<_>>(),
            "changes": changes.collect::<Vec<_>>(),
            "findings": findings.collect::<Vec<_>>(),
        })
    }
}

impl CellChange {
    fn lines(&self, paint: Paint) -> Vec<String> {
        let column = printable(&self.column);
        let after = match &self.after {
            None => "null".to_owned(),
            Some(Scalar::Text(text)) => clipped(text),
            Some(other) => crate::plugin::cases::Form::Toml.scalar(other),
        };
        if self.made {
            return vec![format!("`{column}`: {}", paint.good(&format!("+ {after}")))];
        }
        let before = self
            .before
            .as_deref()
            .map_or_else(|| "null".to_owned(), clipped);
        match paint.change(&before, &after) {
            Change::Short(change) => vec![format!("`{column}`: {change}")],
            Change::Long(before, after) => vec![
                format!("`{column}`:"),
                format!("  {} {before}", paint.bad("-")),
                format!("  {} {after}", paint.good("+")),
            ],
        }
    }
}

impl Said {
    fn line(&self, with_value: bool, paint: Paint) -> String {
        let severity = severity_name(self.severity);
        let severity = match self.severity {
            Severity::Error => paint.bad(severity),
            Severity::Warning => paint.odd(severity),
            Severity::Info => paint.faint(severity),
        };
        let column = match &self.column {
            Some(column) => format!(" in `{}`", printable(column)),
            None => String::new(),
        };
        let value = match &self.value {
            Some(value) if with_value => paint.faint(&format!(" (it was {})", clipped(value))),
            _ => String::new(),
        };
        format!(
            "{severity} {}{column}: {}{value}",
            printable(&self.code),
            printable(&self.message)
        )
    }
}

/// A name without what people write differently.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_pipeline::columns::{Column, Values};

    fn field(name: &str) -> ColumnField {
        ColumnField {
            name: name.into(),
            logical: "text".into(),
            nullable: true,
        }
    }

    #[test]
    fn columns_are_followed() {
        let made = || {
            OutColumn::Replace(Column {
                values: Values::Booleans(Vec::new()),
                validity: Vec::new(),
            })
        };
        let inputs = ["ID", "E-Mail Address", "note", "gone"].map(str::to_owned);
        let sources = Sources::of(
            &inputs,
            &[field("id"), field("email")],
            &[
                field("id"),
                field("email"),
                field("email_domain"),
                field("remark"),
            ],
            &[made(), made(), made(), OutColumn::Keep(2)],
        );
        let found: Vec<_> = sources.outputs.iter().map(|(_, source)| *source).collect();
        assert_eq!(found, [Some(0), Some(1), None, Some(2)]);
        assert_eq!(sources.left_out, ["gone"]);
    }
}
