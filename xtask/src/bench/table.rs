//! Results as Markdown, ready to be put into README.md.

use std::fmt::Write;

use serde_json::Value;

use super::{ProgramResult, Results, boundary::Measurement, measure::Cost};

/// The peer that the others are compared with.
const REFERENCE: &str = "Polars";

/// All tables.
pub(super) fn markdown(results: &Results) -> String {
    programs(results) + &boundary(&results.boundary)
}

fn programs(results: &Results) -> String {
    let megabytes = results.input_bytes as f64 / 1e6;
    let runs = results
        .programs
        .iter()
        .map(|program| program.costs.len())
        .max()
        .unwrap_or(0);
    let mut text = format!(
        "{} rows, {megabytes:.0} MB of CSV to Parquet (zstd, level 1); medians of {runs} rounds, in brackets the least and \
         the most.\n\n",
        grouped(results.rows.into())
    );
    text.push_str("| program | threads | seconds | rows/s | processor seconds | peak MiB | time against Polars |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
    for program in &results.programs {
        let seconds = spread(program, |cost| cost.seconds);
        let rows_per_second = (f64::from(results.rows) / seconds.median) as u64;
        let reference = results
            .programs
            .iter()
            .find(|other| other.name == REFERENCE && other.threads == program.threads);
        let ratio = reference.map_or_else(String::new, |reference| {
            format!(
                "{:.2} ×",
                seconds.median / spread(reference, |cost| cost.seconds).median
            )
        });
        let row = format!(
            "| {} | {} | {:.2} ({:.2}–{:.2}) | {} | {:.2} | {:.0} | {ratio} |",
            program.name,
            program.threads,
            seconds.median,
            seconds.least,
            seconds.most,
            grouped(rows_per_second),
            spread(program, |cost| cost.processor_seconds).median,
            spread(program, |cost| cost.peak_bytes as f64 / f64::from(1 << 20)).median,
        );
        text.push_str(&row);
        text.push('\n');
    }
    text
}

/// One table for each kind of measurement, which `measure` names; one row a measurement, one column a member, text
/// before numbers.
pub(super) fn boundary(measurements: &[Measurement]) -> String {
    let kind = |measurement: &Measurement| measurement.get("measure").cloned();
    let mut text = String::new();
    for same in measurements.chunk_by(|one, other| kind(one) == kind(other)) {
        let mut columns: Vec<&String> = same[0].keys().filter(|key| *key != "measure").collect();
        columns.sort_by_key(|column| same[0][*column].is_number());
        text.push_str("\n|");
        columns
            .iter()
            .for_each(|column| _ = write!(text, " {} |", column.replace('_', " ")));
        text.push_str("\n|");
        columns.iter().for_each(|_| text.push_str(" --- |"));
        for measurement in same {
            text.push_str("\n|");
            columns
                .iter()
                .for_each(|column| _ = write!(text, " {} |", cell(measurement.get(*column))));
        }
        text.push('\n');
    }
    text
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::Number(number)) if number.is_f64() => {
            format!("{:.1}", number.as_f64().unwrap_or_default())
        }
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

fn spread(program: &ProgramResult, of: impl Fn(&Cost) -> f64) -> Spread {
    let mut values: Vec<f64> = program.costs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = if values.len().is_multiple_of(2) {
        (values[middle - 1] + values[middle]) / 2.0
    } else {
        values[middle]
    };
    Spread {
        least: values[0],
        median,
        most: values[values.len() - 1],
    }
}

/// `1,234,567`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_digits() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[track_caller]
    fn check(seconds: &[f64], least: f64, median: f64, most: f64) {
        let costs = seconds.iter().map(|seconds| Cost {
            seconds: *seconds,
            processor_seconds: 0.0,
            peak_bytes: 0,
        });
        let program = ProgramResult {
            name: String::new(),
            threads: 1,
            costs: costs.collect(),
        };
        let spread = spread(&program, |cost| cost.seconds);
        assert_eq!(
            (spread.least, spread.median, spread.most),
            (least, median, most)
        );
    }

    #[test]
    fn the_median_is_in_the_middle() {
        check(&[3.0, 1.0, 2.0], 1.0, 2.0, 3.0);
        check(&[4.0, 1.0, 2.0, 3.0], 1.0, 2.5, 4.0);
        check(&[1.0], 1.0, 1.0, 1.0);
    }
}
