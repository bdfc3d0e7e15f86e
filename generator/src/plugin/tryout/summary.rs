//! What a plugin made of all the records together.

use std::collections::BTreeMap;

use super::row::{Fate, TriedRow};
use crate::plugin::paint::{Paint, printable};

/// Counts over all records.
#[derive(Default)]
pub(super) struct Summary {
    records: usize,
    kept: usize,
    dropped: usize,
    rejected_by_plugin: usize,
    rejected_by_manifest: usize,
    unreadable: usize,
    /// Records that became several rows, and how many rows those are.
    exploded: (usize, usize),
    changed: BTreeMap<String, usize>,
    made: BTreeMap<String, usize>,
    findings: BTreeMap<String, usize>,
    left_out: Vec<String>,
}

impl Summary {
    pub(super) fn of(rows: &[TriedRow]) -> Summary {
        let mut summary = Summary {
            records: rows.len(),
            ..Summary::default()
        };
        for row in rows {
            *match row.fate {
                Fate::Kept => &mut summary.kept,
                Fate::Dropped => &mut summary.dropped,
                Fate::RejectedByPlugin => &mut summary.rejected_by_plugin,
                Fate::RejectedByManifest => &mut summary.rejected_by_manifest,
                Fate::Unreadable => &mut summary.unreadable,
            } += 1;
            if row.rows > 1 {
                summary.exploded.0 += 1;
                summary.exploded.1 += row.rows;
            }
            for change in &row.changes {
                let counts = if change.made {
                    &mut summary.made
                } else {
                    &mut summary.changed
                };
                *counts.entry(change.column.clone()).or_default() += 1;
            }
            for said in &row.findings {
                *summary.findings.entry(said.code.clone()).or_default() += 1;
            }
            for column in &row.left_out {
                if !summary.left_out.contains(column) {
                    summary.left_out.push(column.clone());
                }
            }
        }
        summary
    }

    /// `hidden` records are not shown above.
    pub(super) fn text(&self, file: &str, hidden: usize, paint: Paint) -> String {
        let records = if self.records == 1 {
            "record"
        } else {
            "records"
        };
        let fates = [
            (self.kept, "kept"),
            (self.dropped, "dropped"),
            (self.rejected_by_plugin, "rejected by the plugin"),
            (
                self.rejected_by_manifest,
                "rejected by the manifest's checks",
            ),
            (self.unreadable, "could not be read"),
        ];
        let fates: Vec<String> = fates
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let mut text = paint.strong(&format!(
            "{} {records} of {}: {}",
            self.records,
            printable(file),
            fates.join(", ")
        ));
        text.push('\n');
        if let (exploded @ 1.., rows) = self.exploded {
            text.push_str(&format!("exploded: {exploded} into {rows} rows\n"));
        }
        for (label, counts) in [
            ("cells changed", &self.changed),
            ("cells made", &self.made),
            ("findings", &self.findings),
        ] {
            if !counts.is_empty() {
                let counts = counts.iter();
                let counts: Vec<String> = counts
                    .map(|(name, count)| format!("`{}` {count}", printable(name)))
                    .collect();
                text.push_str(&format!("{label}: {}\n", counts.join(", ")));
            }
        }
        if !self.left_out.is_empty() {
            let names: Vec<String> = self.left_out.iter().map(|name| printable(name)).collect();
            text.push_str(&format!("columns left out: `{}`\n", names.join("`, `")));
        }
        if hidden > 0 {
            let (records, are) = if hidden == 1 {
                ("record", "is")
            } else {
                ("records", "are")
            };
            text.push_str(&format!(
                "{hidden} {records} without a change {are} not shown; --all shows them\n"
            ));
        }
        text
    }
}
