//! The project's own commands. Each is a module of its own; what they share is how a step is shown and how a program is
//! called. They know the repository's layout and nothing of how Sluice works inside.

mod api;
mod bench;
mod bless;
mod build;
mod demo;
mod dependencies;
mod program;
mod readme;
mod sample;
mod serve;
mod step;
mod test;
mod venv;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Sluice's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds everything that the example needs and runs it on this machine.
    Demo,
    /// Runs all tests as CI does, on a machine with Rust and Python alone.
    Test(test::TestArgs),
    /// Accepts what the golden tests see, and renders `out/` again.
    Bless,
    /// Makes the example's data again.
    Sample,
    /// Measures Sluice and its peers on a million rows, alternating.
    Bench(bench::BenchArgs),
    /// Runs one program to its end and prints what it cost, as JSON.
    #[command(hide = true)]
    Measure(bench::MeasureArgs),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo => demo::run(),
        Command::Test(args) => test::run(&args),
        Command::Bless => bless::run(),
        Command::Sample => sample::run(),
        Command::Bench(args) => bench::run(&args),
        Command::Measure(args) => bench::measure(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
