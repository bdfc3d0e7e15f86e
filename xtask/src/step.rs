//! How a command with several steps shows where it is: a header and the time of every step, on standard error, so that
//! results on standard output stay clean.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Runs steps one after the other.
pub(crate) struct Steps {
    of: usize,
    begun: usize,
    times: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Of how many steps.
    pub(crate) fn new(of: usize) -> Self {
        Self {
            of,
            begun: 0,
            times: Vec::new(),
        }
    }

    /// Runs one. An error names it.
    pub(crate) fn step<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        self.begun += 1;
        eprintln!("\n== {}/{} {name}", self.begun, self.of);
        let start = Instant::now();
        let outcome = work().with_context(|| format!("step `{name}` failed"))?;
        eprintln!("== {name}: {}", seconds(start.elapsed()));
        self.times.push((name, start.elapsed()));
        Ok(outcome)
    }

    /// Shows all steps and their times.
    pub(crate) fn summary(&self) {
        eprintln!();
        let width = self
            .times
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or(0);
        for (name, time) in &self.times {
            eprintln!("{name:<width$}  {:>8}", seconds(*time));
        }
        let total = self.times.iter().map(|(_, time)| *time).sum();
        eprintln!("{:<width$}  {:>8}", "all", seconds(total));
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
