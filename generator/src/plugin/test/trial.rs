//! What a plugin makes of a case, in the runtime that it will have: the answer to each row, whether it is always the same,
//! and what it costs.

use sluice_pipeline::plugin::{Answer, Origin, PluginError, PluginVersion, Transformer};
use sluice_pipeline::vet::Samples;

use crate::plugin::cases::{Case, Refused};
use crate::plugin::log;

/// How many rows the cost is measured with, at the least: so many that what a call costs whatever it brings hardly counts.
const MEASURED_ROWS: usize = 512;
/// And how many bytes of values these have at the most, as a batch has them.
const MEASURED_BYTES: usize = 1 << 20;
/// How long measuring may take on a slow machine, in milliseconds. The result does not depend on it.
const MEASURING_MS: u32 = 60_000;

/// What came of a case.
pub(super) struct Trial {
    /// The names of the output's columns.
    pub(super) columns: Vec<String>,
    /// One for each row, or how the plugin refused to begin.
    pub(super) answers: Result<Vec<Answer>, Refused>,
    /// Rows that came out differently when they were given again.
    pub(super) impure: Vec<Impurity>,
    /// `None` where no row passes without a failure.
    pub(super) cost: Option<Cost>,
}

/// A row that came out differently.
pub(super) struct Impurity {
    /// Its number in the case, from 0.
    pub(super) row: usize,
    pub(super) again: Again,
    /// What the plugin said then.
    pub(super) second: Answer,
}

/// What was different about the second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    SameInstance,
    Alone,
}

/// What a row costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// In wasmtime's fuel.
    pub(super) fuel_per_row: u64,
    /// What the instance had in the end.
    pub(super) memory_bytes: usize,
}

/// Runs a case. The error is the plugin's as a whole.
///
/// With `shows_log`, what the plugin writes to its log the first time goes to standard error.
pub(super) fn run(
    version: &PluginVersion,
    case: &Case,
    shows_log: bool,
) -> Result<Trial, PluginError> {
    let version = version.with_settings(case.config.clone(), case.limits.clone());
    let samples = samples(&version, case);
    let configured = log::shown(shows_log, || version.configure_fresh(&samples.schema()));
    let mut transformer = match configured {
        Ok(transformer) => transformer,
        Err(PluginError::Settings { code, message } | PluginError::Columns { code, message }) => {
            return Ok(Trial {
                columns: Vec::new(),
                answers: Err(Refused {
                    code,
                    message: Some(message),
                }),
                impure: Vec::new(),
                cost: None,
            });
        }
        Err(error) => return Err(error),
    };
    let outputs = transformer.outputs().iter();
    let columns = outputs.map(|field| field.name.clone()).collect();
    let first = || ask(&mut transformer, &samples, &case.origin);
    let answers = log::shown(shows_log, first)?;
    let impure = ask_again(&version, transformer, case, &samples, &answers)?;
    let cost = measure(&version, case, &samples, &answers);
    Ok(Trial {
        columns,
        answers: Ok(answers),
        impure,
        cost,
    })
}

/// The rows of a case. Where it has none, the columns are those that the plugin says it reads.
fn samples(version: &PluginVersion, case: &Case) -> Samples {
    let described = || {
        let inputs = version.descriptor().inputs.iter();
        inputs.map(|input| input.name.clone()).collect()
    };
    let columns: Vec<String> = case.columns.clone().unwrap_or_else(described);
    let rows = case.rows.iter().map(|row| {
        let value = |column: &String| {
            let mut input = row.input.iter();
            let (_, value) = input.find(|(name, _)| name == column)?;
            Some(value.as_str())
        };
        columns.iter().map(value).collect()
    });
    Samples::of_texts(&columns, rows)
}

fn ask(
    transformer: &mut Transformer,
    samples: &Samples,
    origin: &Origin,
) -> Result<Vec<Answer>, PluginError> {
    let transformed = transformer.transform(samples.rows(), samples.values(), origin)?;
    Ok(transformer.answers(samples.rows(), samples.values(), &transformed))
}

/// Asks the same instance again, and a fresh one about each row. Rows that ran out of time are not given again.
fn ask_again(
    version: &PluginVersion,
    mut transformer: Transformer,
    case: &Case,
    samples: &Samples,
    first: &[Answer],
) -> Result<Vec<Impurity>, PluginError> {
    let rows: Vec<usize> = (0..first.len())
        .filter(|row| !first[*row].timed_out())
        .collect();
    let mut impure: Vec<Impurity> = Vec::new();
    let mut compare = |row: usize, again, second: Answer| {
        let is_new = impure.iter().all(|known| known.row != row);
        if is_new && !second.timed_out() && !first[row].agrees_with(&second) {
            impure.push(Impurity { row, again, second });
        }
    };
    // Where a row is left out, the rows behind it have other numbers, and a plugin may look at them.
    if rows.len() == first.len() {
        let second = ask(&mut transformer, samples, &case.origin)?;
        for (row, second) in second.into_iter().enumerate() {
            compare(row, Again::SameInstance, second);
        }
    }
    for row in rows {
        let alone = samples.pick(&[row]);
        let origin = Origin {
            first_row: case.origin.first_row + row as u64,
            ..case.origin.clone()
        };
        let mut fresh = version.configure_fresh(&alone.schema())?;
        for second in ask(&mut fresh, &alone, &origin)? {
            compare(row, Again::Alone, second);
        }
    }
    impure.sort_by_key(|impurity| impurity.row);
    Ok(impure)
}

/// What a row costs once the instance is warm, on average over the rows of the case that pass without a failure.
fn measure(
    version: &PluginVersion,
    case: &Case,
    samples: &Samples,
    answers: &[Answer],
) -> Option<Cost> {
    let good = |row: &usize| !answers[*row].failed();
    let rows: Vec<usize> = (0..answers.len()).filter(good).collect();
    if rows.is_empty() {
        return None;
    }
    let bytes: usize = case
        .rows
        .iter()
        .flat_map(|row| &row.input)
        .map(|(_, value)| value.len())
        .sum();
    let times = MEASURED_ROWS.div_ceil(rows.len());
    let rows = rows.repeat(times.min(MEASURED_BYTES / bytes.max(1)).max(1));
    let mut limits = case.limits.clone();
    limits.batch_timeout_ms = limits.batch_timeout_ms.max(MEASURING_MS);
    let version = version.with_settings(case.config.clone(), limits);
    let batch = samples.pick(&rows);
    let mut transformer = version.configure_fresh(&batch.schema()).ok()?;
    for _ in 0..2 {
        let answers = ask(&mut transformer, &batch, &case.origin).ok()?;
        // A batch that fails is given again in parts, and only the last of them would be counted.
        if answers.iter().any(Answer::failed) {
            return None;
        }
    }
    let cost = transformer.cost()?;
    Some(Cost {
        fuel_per_row: cost.fuel? / rows.len() as u64,
        memory_bytes: cost.memory_bytes,
    })
}
