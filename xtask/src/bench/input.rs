//! The benchmark's input: a million rows of feedback in one CSV file, all of them valid, in two date forms.
//!
//! It is tidier than the sample, because every program under test has to do all of the same cleaning on it: blanks
//! around values, mixed case, ratings as `4` and `4/5`, two forms of timestamps, runs of blanks in comments, and one
//! comment in ten with quotation marks and line breaks.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result};
use jiff::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::sample::{CommentStyle, Feedback, write_csv_record};

/// The header, in the order of the example's manifest.
pub(crate) const COLUMNS: [&str; 9] = [
    "id",
    "submitted_at",
    "customer",
    "email",
    "channel",
    "country",
    "product",
    "rating",
    "comment",
];

/// 2026-01-01T00:00:00Z, in seconds.
const FIRST_SECOND: i64 = 1_767_225_600;
/// Between one row and the next, in seconds; a million rows are ten months.
const SECONDS_PER_ROW: i64 = 26;
const SEED: u64 = 20_261_122;
const STYLE: CommentStyle = CommentStyle {
    quoted_percent: 10,
    emoji_percent: 5,
    blanks_percent: 20,
};

/// Writes `rows` rows to `path` unless it is there already. The name should hold the number of rows.
pub(crate) fn ensure(path: &Path, rows: u32) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().context("the input has no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let unfinished = path.with_extension("unfinished");
    let file = File::create(&unfinished)
        .with_context(|| format!("cannot write `{}`", unfinished.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    write(&mut out, rows)?;
    out.flush()?;
    fs::rename(&unfinished, path).with_context(|| format!("cannot write `{}`", path.display()))
}

fn write(out: &mut impl Write, rows: u32) -> Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut line = Vec::with_capacity(1024);
    write_csv_record(&mut line, COLUMNS);
    for number in 0..rows {
        let submitted_at = FIRST_SECOND
            + i64::from(number) * SECONDS_PER_ROW
            + rng.random_range(0..SECONDS_PER_ROW);
        let feedback = Feedback::draw(&mut rng, number, submitted_at, STYLE);
        append_row(&mut line, &mut rng, &feedback)?;
        if line.len() > 1 << 16 {
            out.write_all(&line)?;
            line.clear();
        }
    }
    out.write_all(&line)?;
    Ok(())
}

fn append_row(line: &mut Vec<u8>, rng: &mut impl Rng, feedback: &Feedback) -> Result<()> {
    let at = Timestamp::from_second(feedback.submitted_at)?.to_string();
    let submitted_at = if rng.random_bool(0.25) {
        at.replace('T', " ").replace('Z', "")
    } else {
        at
    };
    let channel = match rng.random_range(0..10) {
        0 => feedback.channel.to_uppercase(),
        1 => format!(" {}", feedback.channel),
        _ => feedback.channel.to_owned(),
    };
    let country = match rng.random_range(0..10) {
        0..3 => feedback.country.to_lowercase(),
        3 => format!("{} ", feedback.country),
        _ => feedback.country.to_owned(),
    };
    let rating = match rng.random_range(0..20) {
        0 => format!("{}/5", feedback.rating),
        1 => format!(" {} ", feedback.rating),
        _ => feedback.rating.to_string(),
    };
    let values: [&str; 9] = [
        &feedback.id,
        &submitted_at,
        &feedback.customer,
        &feedback.email,
        &channel,
        &country,
        feedback.product,
        &rating,
        &feedback.comment,
    ];
    write_csv_record(line, values);
    Ok(())
}
