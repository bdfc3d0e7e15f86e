//! The table that a laboratory's day ends with.

use super::run::Outcome;

/// The sums of a scenario's runs.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) name: String,
    runs: u64,
    objects: u64,
    records: u64,
    invocations: u64,
    pub(crate) faults: u64,
    pub(crate) deaths: u64,
    redriven: u64,
    pub(crate) lost: u64,
    pub(crate) unfinished: u64,
    pub(crate) doubled: u64,
}

impl Row {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, outcome: &Outcome) {
        self.runs += 1;
        self.objects += outcome.objects;
        self.records += outcome.records;
        self.invocations += outcome.invocations;
        self.faults += outcome.faults;
        self.deaths += outcome.deaths;
        self.redriven += outcome.redriven;
        self.lost += outcome.verdict.lost;
        self.unfinished += outcome.verdict.unfinished;
        self.doubled += outcome.verdict.doubled;
    }

    fn add_row(&mut self, other: &Self) {
        self.runs += other.runs;
        self.objects += other.objects;
        self.records += other.records;
        self.invocations += other.invocations;
        self.faults += other.faults;
        self.deaths += other.deaths;
        self.redriven += other.redriven;
        self.lost += other.lost;
        self.unfinished += other.unfinished;
        self.doubled += other.doubled;
    }

    fn line(&self) -> String {
        format!(
            "{:<40} {:>5} {:>8} {:>8} {:>12} {:>7} {:>6} {:>9} {:>5} {:>11} {:>8}\n",
            self.name,
            self.runs,
            self.objects,
            self.records,
            self.invocations,
            self.faults,
            self.deaths,
            self.redriven,
            self.lost,
            self.unfinished,
            self.doubled
        )
    }
}

/// All rows, and their sum.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut sum = Row::new("all");
    let mut text = format!(
        "{:<40} {:>5} {:>8} {:>8} {:>12} {:>7} {:>6} {:>9} {:>5} {:>11} {:>8}\n",
        "fault",
        "runs",
        "objects",
        "records",
        "invocations",
        "faults",
        "deaths",
        "redriven",
        "lost",
        "unfinished",
        "doubled"
    );
    for row in rows {
        sum.add_row(row);
        text.push_str(&row.line());
    }
    text.push_str(&sum.line());
    text
}
