//! The plugin kit: a folder to start from, a component made of it, and what that component does and costs.
//!
//! Plugins run here as they run on AWS, in the pipeline's own sandbox. Each subcommand is a module of its own.

mod bench;
mod build;
mod cases;
mod check;
mod given;
mod kit;
mod language;
mod log;
mod new;
mod paint;
mod test;
mod tools;
mod tryout;

use std::process::ExitCode;

use clap::Subcommand;

use crate::cli::Failure;

/// Makes, builds, tests, checks and measures plugins.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    New(new::NewArgs),
    Build(build::BuildArgs),
    Test(test::TestArgs),
    Try(tryout::TryArgs),
    Check(check::CheckArgs),
    Bench(bench::BenchArgs),
}

/// Does what is asked.
pub(crate) fn run(command: &PluginCommand) -> Result<ExitCode, Failure> {
    match command {
        PluginCommand::New(args) => new::run(args),
        PluginCommand::Build(args) => build::run(args),
        PluginCommand::Test(args) => test::run(args),
        PluginCommand::Try(args) => tryout::run(args),
        PluginCommand::Check(args) => check::run(args),
        PluginCommand::Bench(args) => bench::run(args),
    }
}
