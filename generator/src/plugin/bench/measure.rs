//! Two plugins that take turns on the same batches.

use std::hint::black_box;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use sluice_pipeline::columns::Values;
use sluice_pipeline::plugin::{Origin, PluginError, PluginVersion, Transformer};

use super::Data;

/// Rounds that are run however long they take.
const LEAST_ROUNDS: usize = 3;

/// What came of a race.
pub(super) struct Race {
    pub(super) rounds: usize,
    pub(super) plugin: Lap,
    pub(super) identity: Lap,
}

/// What one plugin did.
#[derive(Default)]
pub(super) struct Lap {
    /// The best time for all batches.
    pub(super) best: Duration,
    /// Memory of the instance at the end, in bytes.
    pub(super) memory_bytes: usize,
    /// Rows that were rejected, by the plugin or because they made it fail.
    pub(super) rejected: usize,
}

/// Runs both in turn for some time.
pub(super) fn race(
    plugin: &PluginVersion,
    identity: &PluginVersion,
    data: &Data,
    time: Duration,
    show: bool,
) -> Result<Race, PluginError> {
    let mut runners = [
        plugin.configure(&data.schema)?,
        identity.configure(&data.schema)?,
    ];
    let mut best = [Duration::MAX; 2];
    let mut rejected = [0; 2];
    let start = Instant::now();
    let bar = bar(time, show);
    let mut rounds = 0;
    while rounds < LEAST_ROUNDS || start.elapsed() < time {
        for (index, runner) in runners.iter_mut().enumerate() {
            let (spent, lost) = lap(runner, data)?;
            best[index] = best[index].min(spent);
            rejected[index] = lost;
        }
        rounds += 1;
        bar.set_position(start.elapsed().min(time).as_millis() as u64);
    }
    bar.finish_and_clear();
    let lap = |index: usize| Lap {
        best: best[index],
        memory_bytes: runners[index].cost().map_or(0, |cost| cost.memory_bytes),
        rejected: rejected[index],
    };
    Ok(Race {
        rounds,
        plugin: lap(0),
        identity: lap(1),
    })
}

/// All batches once: the time in the plugin, and the rows that were rejected.
fn lap(runner: &mut Transformer, data: &Data) -> Result<(Duration, usize), PluginError> {
    let (mut spent, mut rejected, mut first_row) = (Duration::ZERO, 0, 0);
    for (rows, columns) in data.rows.iter().zip(&data.batches) {
        let origin = origin(first_row);
        let start = Instant::now();
        let answer = black_box(runner.transform(*rows, black_box(columns), &origin)?);
        spent += start.elapsed();
        rejected += answer.rejected.len();
        first_row += *rows as u64;
    }
    Ok((spent, rejected))
}

/// Fuel of a row, after a round to warm up; `None` where a row made the instance fail, so that it cannot be told.
pub(super) fn fuel_per_row(
    version: &PluginVersion,
    data: &Data,
) -> Result<Option<f64>, PluginError> {
    let mut runner = version.configure(&data.schema)?;
    lap(&mut runner, data)?;
    let mut fuel = 0;
    for (rows, columns) in data.rows.iter().zip(&data.batches) {
        runner.transform(*rows, columns, &origin(0))?;
        match runner.cost().and_then(|cost| cost.fuel) {
            Some(spent) => fuel += spent,
            None => return Ok(None),
        }
    }
    Ok(Some(fuel as f64 / data.rows() as f64))
}

/// Bytes of values.
pub(super) fn value_bytes(values: &Values) -> usize {
    match values {
        Values::Bytes { data, .. } => data.len(),
        Values::Integers(values) => 8 * values.len(),
        Values::Floats(values) => 8 * values.len(),
        Values::Booleans(values) => values.len(),
    }
}

/// The same in every round, as it is for a retry.
fn origin(first_row: u64) -> Origin {
    Origin {
        pipeline: "bench".into(),
        source: "bench".into(),
        first_row,
        received_at: 1_767_225_600_000_000,
    }
}

fn bar(time: Duration, show: bool) -> ProgressBar {
    if !show {
        return ProgressBar::hidden();
    }
    // indicatif shows nothing where standard error is no terminal.
    let style = ProgressStyle::with_template("{bar:30} measuring").expect("the template is right");
    ProgressBar::new(time.as_millis() as u64).with_style(style)
}
