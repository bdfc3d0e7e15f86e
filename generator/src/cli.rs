//! The command line: what can be asked, and how it ends.
//!
//! What a subcommand does is in the module of its name, which does not know this one.

use std::io;
use std::process::ExitCode;

use clap::Parser;
use sluice_pipeline::plugin::{COMPILE, CompileLimits, compile_in_a_process, compile_plugin};

use crate::failure::Failure;
use crate::subcommands::subcommands;
use crate::terminal::{colour_on, say};
use crate::{alert, check, data, events, openapi, plugin, query, replay, run, serve, stack};

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

subcommands! {
    enum Command {
        /// Tries who is told of trouble.
        #[command(subcommand)]
        Alert(alert::AlertCommand),
        Check(check::CheckArgs),
        Data(data::DataArgs),
        Events(events::EventsArgs),
        Openapi(openapi::OpenapiArgs),
        /// Makes, builds, tests, checks and measures plugins.
        #[command(subcommand)]
        Plugin(plugin::PluginCommand),
        Query(query::QueryArgs),
        /// Processes something once more: rejects, dead letters, an object, or an earlier plugin.
        #[command(subcommand)]
        Replay(replay::ReplayCommand),
        Run(run::RunArgs),
        Serve(serve::ServeArgs),
        Stack(stack::StackArgs),
    }
}

/// What compiling a plugin may take on this machine.
const COMPILE_LIMITS: CompileLimits = CompileLimits {
    memory_mb: 3072,
    seconds: 600,
};

const EXAMPLES: &str = "\
Examples:
  gen check manifest.toml                          is the manifest right?
  gen data manifest.toml --rows 1000 > data.csv    records that this manifest accepts
  gen run manifest.toml data --out demo-out        what becomes of these files?
  gen query manifest.toml 'select count(*) from feedback' --out demo-out
                                                   what is in the lake?
  gen serve manifest.toml --out demo-out           take records by HTTP, on this machine
  gen openapi manifest.toml                        how requests and answers look
  gen events manifest.toml                         how events look
  gen plugin test mask-emails                      does this plugin do what its cases say?
  gen plugin try clean.wasm --manifest manifest.toml data.csv
                                                   what does it make of these records?
  gen plugin check clean.wasm                      may this plugin be used?
  gen stack manifest.toml > out/stack.json         the CloudFormation template
  gen stack manifest.toml --stage prod --minify    for production, as small as it gets
  gen alert test manifest.toml --stack feedback    is everybody told?
  gen replay --help                                rejects, dead letters, objects and plugins once more

Exit codes:
  0  done
  1  what was given is wrong: the command line, the manifest, a template or a record
  2  anything else went wrong

Colours are left out where the output is not a terminal, or NO_COLOR is set.";

/// Runs what the command line asks for, and says how the process ends.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == COMPILE) {
        return compile_plugin(arguments);
    }
    // Where the system does not say what program this is, plugins are compiled in it.
    let _ = compile_in_a_process(COMPILE_LIMITS);
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
    run(&cli.command).unwrap_or_else(|failure| end(&failure))
}

/// Prints why there is no result, and says how the process ends.
fn end(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Manifest(problems) => eprint!("{}", problems.render(colour_on(&io::stderr()))),
        Failure::Input(_) | Failure::Other(_) => say("error", &failure.to_string()),
    }
    match failure {
        Failure::Manifest(_) | Failure::Input(_) => ExitCode::from(1),
        Failure::Other(_) => ExitCode::from(2),
    }
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
