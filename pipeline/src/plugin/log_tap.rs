//! What a plugin says while it runs: passed on up to a limit, because a plugin may say anything any number of times, and
//! remembered where it may explain a trap.
//!
//! The limits are those of one call, of one object, which may take thousands of calls, and of a minute. What is left out is
//! counted, and told once an object.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::Severity;

/// Lines that are passed on for one call.
const MAX_LINES: u32 = 32;
/// For one object.
const MAX_LINES_OF_OBJECT: u32 = 256;
/// For all objects of a minute.
const MAX_LINES_OF_MINUTE: u32 = 1_000;
const MINUTE: Duration = Duration::from_secs(60);
/// The longest line, in bytes. The rest is cut off.
pub(super) const MAX_LINE_BYTES: usize = 1024;

/// How many lines all instances of a plugin have written, and may write yet.
#[derive(Debug)]
pub(super) struct LogBudget(Mutex<Spent>);

#[derive(Debug)]
struct Spent {
    object: String,
    /// Lines of the object that were passed on, and those that were not.
    passed: u32,
    left_out: u64,
    minute: Instant,
    of_minute: u32,
}

impl Default for LogBudget {
    fn default() -> Self {
        Self(Mutex::new(Spent {
            object: String::new(),
            passed: 0,
            left_out: 0,
            minute: Instant::now(),
            of_minute: 0,
        }))
    }
}

impl LogBudget {
    /// Turns to an object, which may be the same one.
    pub(super) fn turn_to(&self, object: &str) {
        let mut spent = self.lock();
        if spent.object != object {
            spent.tell();
            object.clone_into(&mut spent.object);
        }
    }

    /// Tells how much the object has written.
    pub(super) fn end(&self) {
        self.lock().tell();
    }

    /// Whether one more line is passed on.
    fn take(&self) -> bool {
        let mut spent = self.lock();
        if spent.minute.elapsed() >= MINUTE {
            (spent.minute, spent.of_minute) = (Instant::now(), 0);
        }
        let is_passed = spent.passed < MAX_LINES_OF_OBJECT && spent.of_minute < MAX_LINES_OF_MINUTE;
        match is_passed {
            true => (spent.passed, spent.of_minute) = (spent.passed + 1, spent.of_minute + 1),
            false => spent.left_out += 1,
        }
        is_passed
    }

    fn leave_out(&self) {
        self.lock().left_out += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Spent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spent {
    fn tell(&mut self) {
        let (passed, left_out) = (self.passed, self.left_out);
        if passed > 0 || left_out > 0 {
            tracing::warn!(target: "sluice_pipeline::plugin", lines = passed, left_out, "the plugin wrote to its log");
        }
        (self.passed, self.left_out) = (0, 0);
    }
}

impl Drop for LogBudget {
    fn drop(&mut self) {
        self.end();
    }
}

/// The log of one plugin instance.
#[derive(Debug, Default)]
pub(super) struct LogTap {
    lines: u32,
    last_error: Option<String>,
}

impl LogTap {
    /// Starts a call.
    pub(super) fn begin(&mut self) {
        *self = LogTap::default();
    }

    /// Takes a line.
    pub(super) fn write(&mut self, budget: &LogBudget, severity: Severity, line: &str) {
        let line = cut(line, MAX_LINE_BYTES);
        if severity == Severity::Error {
            let last = self.last_error.get_or_insert_default();
            last.clear();
            last.push_str(line);
        }
        self.lines = self.lines.saturating_add(1);
        if self.lines > MAX_LINES {
            budget.leave_out();
        } else if budget.take() {
            match severity {
                Severity::Info => tracing::info!(target: "sluice::plugin", "{line}"),
                Severity::Warning => tracing::warn!(target: "sluice::plugin", "{line}"),
                Severity::Error => tracing::error!(target: "sluice::plugin", "{line}"),
            }
        }
    }

    /// The last line of severity error, which is a panic's message.
    pub(super) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }
}

/// The start of `text`, `max` bytes at the most, whole characters only.
pub(super) fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_the_last_error_kept() {
        let budget = LogBudget::default();
        let mut tap = LogTap::default();
        for i in 0..100_000 {
            let severity = match i % 2 {
                0 => Severity::Error,
                _ => Severity::Info,
            };
            tap.write(&budget, severity, &format!("line {i}"));
        }
        tap.write(&budget, Severity::Error, &"é".repeat(5_000));
        assert_eq!(tap.last_error().map(str::len), Some(MAX_LINE_BYTES));
        tap.begin();
        assert_eq!(tap.last_error(), None);
    }

    /// A batch that fails is halved, and each half is a call.
    #[test]
    fn many_calls_and_many_objects_are_cut_too() {
        let budget = LogBudget::default();
        budget.turn_to("a.csv");
        let mut tap = LogTap::default();
        let spent = || {
            let spent = budget.lock();
            (spent.passed, spent.left_out, spent.of_minute)
        };
        for _ in 0..1_000 {
            tap.begin();
            (0..40).for_each(|_| tap.write(&budget, Severity::Info, "again"));
        }
        assert_eq!(spent(), (256, 1_000 * 40 - 256, 256));
        for object in 0..10 {
            budget.turn_to(&object.to_string());
            (0..40).for_each(|_| {
                tap.begin();
                (0..10).for_each(|_| tap.write(&budget, Severity::Info, "again"));
            });
        }
        assert_eq!(spent().2, MAX_LINES_OF_MINUTE);
    }
}
