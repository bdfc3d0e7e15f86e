//! The command line: what can be asked, and how it ends. Results go to standard output, everything said to a person goes
//! to standard error.
//!
//! What a subcommand does is in the module of its name.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sluice_contract::Stack;
use sluice_contract::stack::Pipeline;
use sluice_manifest::Problems;

use crate::plugin::PluginCommand;
use crate::{check, plugin, replay, run, stack};

/// From one manifest to a running, least-privilege ingest system on AWS.
///
/// `gen` reads a manifest, renders its CloudFormation template, and runs the same pipeline on this machine. It makes no
/// AWS call.
#[derive(Debug, Parser)]
#[command(name = "gen", version, after_long_help = EXAMPLES, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::CheckArgs),
    /// Makes, builds, tests, checks and measures plugins.
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Processes something once more: rejects, dead letters, an object, or an earlier plugin.
    #[command(subcommand)]
    Replay(replay::ReplayCommand),
    Run(run::RunArgs),
    Stack(stack::StackArgs),
}

const EXAMPLES: &str = "\
Examples:
  gen check manifest.toml                          is the manifest right?
  gen run manifest.toml data --out demo-out        what becomes of these files?
  gen plugin test mask-emails                      does this plugin do what its cases say?
  gen plugin try clean.wasm --manifest manifest.toml data.csv
                                                   what does it make of these records?
  gen plugin check clean.wasm                      may this plugin be used?
  gen stack manifest.toml > out/stack.json         the CloudFormation template
  gen stack manifest.toml --stage prod --minify    for production, as small as it gets
  gen replay --help                                rejects, dead letters, objects and plugins once more

Exit codes:
  0  done
  1  what was given is wrong: the command line, the manifest, a template or a record
  2  anything else went wrong

Colours are left out where the output is not a terminal, or NO_COLOR is set.";

/// Why a subcommand did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The manifest, or another text that is read as it is, is wrong.
    #[error("{0}")]
    Manifest(Problems),
    /// Something else that the user gave is wrong. The first line is the fact; others may follow with the remedy.
    #[error("{0}")]
    Input(String),
    /// Nothing that the user gave is to blame.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl Failure {
    fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Manifest(_) | Failure::Input(_) => ExitCode::from(1),
            Failure::Other(_) => ExitCode::from(2),
        }
    }

    fn print(&self) {
        match self {
            Failure::Manifest(problems) => eprint!("{}", problems.render(colour_on(&io::stderr()))),
            Failure::Input(_) | Failure::Other(_) => say("error", &self.to_string()),
        }
    }
}

/// Runs what the command line asks for, and says how the process ends.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => {
            let code = if answer.use_stderr() {
                ExitCode::from(1)
            } else {
                ExitCode::SUCCESS
            };
            // Nobody is left to hear that the answer could not be printed.
            let _ = answer.print();
            return code;
        }
    };
    let outcome = match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Plugin(command) => plugin::run(&command),
        Command::Replay(command) => replay::run(&command),
        Command::Run(args) => run::run(&args),
        Command::Stack(args) => stack::run(&args),
    };
    outcome.unwrap_or_else(|failure| {
        failure.print();
        failure.exit_code()
    })
}

/// Reads a manifest. `stage` is that of the command line.
pub fn load(manifest: &Path, stage: Option<&str>) -> Result<Stack, Failure> {
    let path = manifest.display().to_string();
    let text = std::fs::read_to_string(manifest).map_err(|error| {
        let remedy = if manifest.is_dir() {
            format!(
                "name the file in it: `{}`",
                manifest.join("manifest.toml").display()
            )
        } else if error.kind() == io::ErrorKind::InvalidData {
            "save it as UTF-8".to_owned()
        } else {
            "give the path of a manifest".to_owned()
        };
        Failure::Input(format!(
            "cannot read the manifest `{path}`: {error}\nhelp: {remedy}"
        ))
    })?;
    sluice_manifest::load(&text, &path, stage).map_err(Failure::Manifest)
}

/// The pipeline of this name.
pub fn pipeline<'a>(stack: &'a Stack, name: &str) -> Result<&'a Pipeline, Failure> {
    let mut pipelines = stack.pipelines.iter();
    let found = pipelines.find(|pipeline| pipeline.name == name);
    found.ok_or_else(|| {
        let names: Vec<_> = stack
            .pipelines
            .iter()
            .map(|pipeline| format!("`{}`", pipeline.name))
            .collect();
        Failure::Input(format!(
            "there is no pipeline `{name}`; the manifest has {}",
            names.join(", ")
        ))
    })
}

/// Writes a result to standard output. A reader that has seen enough is not an error.
pub fn write_result(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Other(
            anyhow::Error::new(error).context("cannot write to standard output"),
        )),
        _ => Ok(()),
    }
}

/// Says something to the person at the terminal: `error`, `warning` or `note`, and what.
pub fn say(label: &str, text: &str) {
    if colour_on(&io::stderr()) {
        let colour = match label {
            "error" => "31",
            "warning" => "33",
            _ => "36",
        };
        eprintln!("\u{1b}[1;{colour}m{label}\u{1b}[0m: {text}");
    } else {
        eprintln!("{label}: {text}");
    }
}

/// Whether a stream should be coloured: it is a terminal, and `NO_COLOR` (<https://no-color.org>) is not set.
pub fn colour_on(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
