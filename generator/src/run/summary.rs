//! What a run did, for people and for programs.

use std::{io::Write as _, path::Path, process::ExitCode};

use comfy_table::{CellAlignment, Table, presets::NOTHING};
use serde::Serialize;
use sluice_contract::objects::Prefix;
use sluice_pipeline::{report::ObjectReport, shown::in_one_line};

use super::remarks::remarks;

/// What a run did.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    pub(super) objects: Vec<ObjectReport>,
    /// Sources that were processed before.
    pub(super) skipped: Vec<String>,
    pub(super) failed: Vec<Failed>,
    totals: Totals,
}

/// A file that could not be processed; nothing of it is stored.
#[derive(Debug, Serialize)]
pub(super) struct Failed {
    pub(super) source: String,
    pub(super) message: String,
    /// Whether the plugin or the manifest is to blame.
    #[serde(skip)]
    pub(super) input_is_wrong: bool,
}

#[derive(Debug, Default, Serialize)]
struct Totals {
    read: u64,
    stored: u64,
    dropped: u64,
    duplicate: u64,
    rejected: u64,
    seconds: f64,
    rows_per_second: f64,
}

impl Summary {
    pub(super) fn add_up(&mut self) {
        let mut totals = Totals::default();
        for object in &self.objects {
            totals.read += object.read;
            totals.stored += object.stored;
            totals.dropped += object.dropped;
            totals.duplicate += object.duplicate;
            totals.rejected += object.rejected;
            totals.seconds += object.seconds;
        }
        totals.rows_per_second = rate(totals.read, totals.seconds);
        self.totals = totals;
    }

    pub(super) fn print_json(&self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, self)?;
        writeln!(out)?;
        Ok(())
    }

    pub(super) fn print_text(&self, out_folder: &Path) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if !self.objects.is_empty() {
            writeln!(out, "{}", self.table())?;
        }
        if !self.skipped.is_empty() {
            writeln!(
                out,
                "{} skipped, processed before (--again to redo)",
                files(self.skipped.len())
            )?;
        }
        for line in remarks(&self.objects) {
            writeln!(out, "{line}")?;
        }
        if self.totals.rejected > 0 {
            writeln!(
                out,
                "rejected records with their reasons are in {}",
                out_folder.join(Prefix::Rejects.folder()).display()
            )?;
        }
        Ok(())
    }

    pub(super) fn exit_code(&self, strict: bool) -> ExitCode {
        if self.failed.iter().any(|failed| !failed.input_is_wrong) {
            return ExitCode::from(2);
        }
        let is_refused = self.objects.iter().any(|object| object.refused.is_some());
        if is_refused || !self.failed.is_empty() {
            return ExitCode::from(1);
        }
        if strict && self.totals.rejected > 0 {
            ExitCode::from(1)
        } else {
            ExitCode::SUCCESS
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(NOTHING);
        table.set_header([
            "source",
            "read",
            "stored",
            "dropped",
            "duplicate",
            "rejected",
            "rows/s",
        ]);
        let numbers = |label: &str, counts: [u64; 5], seconds: f64| {
            let rate = rate(counts[0], seconds) as u64;
            let numbers = counts.into_iter().chain([rate]).map(grouped);
            std::iter::once(label.to_owned())
                .chain(numbers)
                .collect::<Vec<_>>()
        };
        for object in &self.objects {
            let ObjectReport {
                source,
                read,
                stored,
                dropped,
                duplicate,
                rejected,
                seconds,
                ..
            } = object;
            table.add_row(numbers(
                &in_one_line(source),
                [*read, *stored, *dropped, *duplicate, *rejected],
                *seconds,
            ));
        }
        if self.objects.len() > 1 {
            let Totals {
                read,
                stored,
                dropped,
                duplicate,
                rejected,
                seconds,
                ..
            } = self.totals;
            table.add_row(numbers(
                "total",
                [read, stored, dropped, duplicate, rejected],
                seconds,
            ));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

fn rate(rows: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        rows as f64 / seconds
    } else {
        0.0
    }
}

fn files(count: usize) -> String {
    if count == 1 {
        "1 file was".to_owned()
    } else {
        format!("{count} files were")
    }
}

/// 1234567 as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
