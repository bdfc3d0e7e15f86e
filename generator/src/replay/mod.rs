//! `gen replay`: what an operator needs to process something once more.
//!
//! It makes no AWS call. Rejects become files on this machine; everything that happens on AWS is printed as a shell
//! script of AWS CLI commands, to be read and then run.

mod dead_letters;
mod files;
mod object;
mod plugin;
mod rejects;
pub(crate) mod script;

use std::path::PathBuf;

use clap::Args;

use crate::subcommands::subcommands;

subcommands! {
    /// Processes something once more: rejects, dead letters, an object, or an earlier plugin.
    pub(crate) enum ReplayCommand {
        Rejects(rejects::RejectsArgs),
        DeadLetters(dead_letters::DeadLettersArgs),
        Object(object::ObjectArgs),
        Plugin(plugin::PluginArgs),
    }
}

/// A deployed stack.
#[derive(Debug, Args)]
pub(crate) struct Deployed {
    /// The manifest, a TOML file
    #[arg(value_name = "MANIFEST")]
    pub(crate) manifest: PathBuf,
    /// The name that the stack was deployed with
    #[arg(long, value_name = "NAME", value_parser = stack_name)]
    pub(crate) stack: String,
}

/// What CloudFormation takes as the name of a stack.
fn stack_name(text: &str) -> Result<String, String> {
    let fits = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.len() <= 128
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '-');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a stack's name is a letter and then up to 127 letters, digits and hyphens".to_owned())
    }
}
