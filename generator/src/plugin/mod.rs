//! The plugin kit: a folder to start from, a component made of it, and what that component does and costs.
//!
//! Plugins run here as they run on AWS, in the pipeline's own sandbox. Each subcommand is a module of its own.

mod bench;
mod build;
mod cases;
mod check;
mod error;
mod export;
mod files;
mod given;
mod kit;
mod language;
mod log;
mod new;
mod paint;
mod test;
mod tools;
mod tryout;

use crate::subcommands::subcommands;

subcommands! {
    /// Makes, builds, tests, checks and measures plugins.
    pub(crate) enum PluginCommand {
        New(new::NewArgs),
        Build(build::BuildArgs),
        Export(export::ExportArgs),
        Test(test::TestArgs),
        Try(tryout::TryArgs),
        Check(check::CheckArgs),
        Bench(bench::BenchArgs),
    }
}
