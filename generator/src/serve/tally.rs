//! What became of all requests and their records, and the line that says so while it goes on.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use sluice_api::Accounts;

use crate::run::grouped;

/// Counts requests.
pub(super) struct Tally {
    counts: Mutex<Counts>,
    progress: ProgressBar,
}

#[derive(Debug, Clone, Default)]
struct Counts {
    /// Answers by their status.
    answers: BTreeMap<u16, u64>,
    records: Accounts,
}

impl Tally {
    pub(super) fn new() -> Tally {
        let progress = if std::io::stderr().is_terminal() {
            let spinner = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner} {wide_msg}");
            spinner.set_style(style.expect("a template that indicatif knows"));
            spinner.enable_steady_tick(Duration::from_millis(200));
            spinner
        } else {
            ProgressBar::hidden()
        };
        Tally {
            counts: Mutex::default(),
            progress,
        }
    }

    /// Adds a request.
    pub(super) fn add(&self, status: u16, records: Accounts) {
        let mut counts = self.lock();
        *counts.answers.entry(status).or_default() += 1;
        counts.records.add(records);
    }

    pub(super) fn show_progress(&self) {
        if !self.progress.is_hidden() {
            let line = self.text();
            self.progress.set_message(line.trim_end().to_owned());
        }
    }

    pub(super) fn clear_progress(&self) {
        self.progress.finish_and_clear();
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let Counts { answers, records } = self.lock().clone();
        let requests: u64 = answers.values().sum();
        let mut text = format!("{} requests", grouped(requests));
        for (index, (status, count)) in answers.iter().enumerate() {
            let before = if index == 0 { ": " } else { ", " };
            text += &format!("{before}{} × {status}", grouped(*count));
        }
        let Accounts {
            read,
            stored,
            dropped,
            duplicate,
            rejected,
        } = records;
        text + &format!(
            "; {} records: {} stored, {} dropped, {} duplicate, {} rejected\n",
            grouped(read),
            grouped(stored),
            grouped(dropped),
            grouped(duplicate),
            grouped(rejected)
        )
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let Counts { answers, records } = self.lock().clone();
        json!({ "requests": answers.values().sum::<u64>(), "answers": answers, "records": records })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
