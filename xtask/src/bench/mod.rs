//! `cargo xtask bench`: Sluice and its peers, doing the same cleaning on the same million rows.
//!
//! Machines are noisy, so the programs alternate in rounds, every one is measured as a whole process, and the table shows
//! medians with the least and the most. What they wrote is compared value by value: a program that does less is found.

mod api;
mod boundary;
mod contender;
mod facts;
mod input;
mod measure;
mod plugins;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::{build::build_gen, program::repository, step::Steps, test, venv::Venv, wasm};
use contender::{Contender, Workshop};
use measure::Cost;
pub(crate) use measure::{MeasureArgs, measure};

/// What to measure.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    what: Option<What>,
    /// Rows of the input.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    rows: u32,
    /// Rounds, in each of which every program runs once.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Only programs whose name contains this, such as `sluice` or `polars`, and not the plugin boundary.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only what a row costs in plugins: the worked example in every language, and the plugin that needs no code.
    #[arg(long, conflicts_with = "only")]
    plugins: bool,
    /// What is printed.
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
}

/// What else there is to measure.
#[derive(Debug, Subcommand)]
enum What {
    /// Records by HTTP: `gen serve` beside FastAPI, and `gen run` beside scripts that send.
    Api(api::ApiArgs),
}

/// What is printed on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    /// Tables in Markdown.
    Text,
    /// Every single measurement.
    Json,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
struct Results {
    rows: u32,
    input_bytes: u64,
    /// What all programs wrote, as long as they agree.
    facts: facts::Facts,
    programs: Vec<ProgramResult>,
    boundary: Vec<boundary::Measurement>,
}

/// All rounds of one program.
#[derive(Debug, Serialize)]
struct ProgramResult {
    name: String,
    threads: u32,
    costs: Vec<Cost>,
}

pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    if let Some(What::Api(args)) = &args.what {
        return api::run(args);
    }
    if args.plugins {
        return measure_plugins(args.format);
    }
    let contenders = contender::all(&args.only)?;
    let root = repository();
    let out = root.join("bench-out");
    let input = out.join(input_name(args.rows));
    let mut steps = Steps::new(if args.only.is_empty() { 6 } else { 4 });
    let venv = steps.step("peers", || {
        Venv::ensure(out.join("venv"), &root.join("xtask/bench/requirements.txt"))
    })?;
    steps.step("input", || input::ensure(&input, args.rows))?;
    steps.step("build", || {
        wasm::ensure_target()?;
        build_gen()?;
        wasm::build_clean_feedback(&out.join("plugins/clean_feedback.wasm"))
    })?;
    let workshop = Workshop {
        venv,
        out: out.clone(),
        input: input.clone(),
    };
    let (facts, programs) = steps.step("programs", || {
        measure_all(&workshop, &contenders, args.runs)
    })?;
    let boundary = if args.only.is_empty() {
        let components = steps.step("plugins", || build_plugins(&out))?;
        steps.step("plugin boundary", || boundary::run(None, &components))?
    } else {
        Vec::new()
    };
    let input_bytes = fs::metadata(&input).context("the input is gone")?.len();
    let results = Results {
        rows: args.rows,
        input_bytes,
        facts,
        programs,
        boundary,
    };
    report(&results, &out, args.format)
}

/// The worked example in every language.
fn measure_plugins(format: OutputFormat) -> Result<()> {
    let out = repository().join("bench-out");
    let mut steps = Steps::new(3);
    steps.step("build", || {
        wasm::ensure_target()?;
        build_gen()
    })?;
    let components = steps.step("plugins", || build_plugins(&out))?;
    let figures = steps.step("worked example", || {
        boundary::run(Some("worked-example"), &components)
    })?;
    match format {
        OutputFormat::Text => print!("{}", table::boundary(&figures)),
        OutputFormat::Json => println!("{}", serde_json::to_string_pretty(&figures)?),
    }
    Ok(())
}

fn build_plugins(out: &Path) -> Result<Vec<PathBuf>> {
    plugins::build(&out.join("kit"), &test::tools()?)
}

/// All rounds of all programs. What a program writes is looked at in its last round.
fn measure_all(
    workshop: &Workshop,
    contenders: &[Contender],
    runs: u32,
) -> Result<(facts::Facts, Vec<ProgramResult>)> {
    let mut programs: Vec<_> = contenders
        .iter()
        .map(|one| ProgramResult {
            name: one.name.to_owned(),
            threads: one.threads,
            costs: Vec::new(),
        })
        .collect();
    let mut agreed = None;
    for round in 1..=runs {
        for (contender, result) in contenders.iter().zip(&mut programs) {
            let cost = contender
                .run(workshop)
                .with_context(|| format!("{} failed", contender.label()))?;
            eprintln!(
                "{round}/{runs} {}: {:.2} s, {} MiB",
                contender.label(),
                cost.seconds,
                cost.peak_bytes >> 20
            );
            result.costs.push(cost);
            if round == runs {
                facts::agree(&mut agreed, contender, contender.facts(workshop)?)?;
            }
        }
    }
    Ok((
        agreed
            .map(|(_, facts)| facts)
            .context("nothing was measured")?,
        programs,
    ))
}

/// Writes both forms to `bench-out/`, and the chosen one to standard output.
fn report(results: &Results, out: &Path, format: OutputFormat) -> Result<()> {
    let json = serde_json::to_string_pretty(results)? + "\n";
    let markdown = table::markdown(results);
    fs::write(out.join("results.json"), &json).context("cannot write the results")?;
    fs::write(out.join("results.md"), &markdown).context("cannot write the results")?;
    match format {
        OutputFormat::Text => print!("{markdown}"),
        OutputFormat::Json => print!("{json}"),
    }
    Ok(())
}

fn input_name(rows: u32) -> String {
    if rows.is_multiple_of(1_000_000) {
        format!("feedback-{}m.csv", rows / 1_000_000)
    } else {
        format!("feedback-{rows}.csv")
    }
}
