//! Why a subcommand did not do what it was asked. How that is printed, and what the process exits with, is the command
//! line's affair.

use sluice_manifest::Problems;

/// Why a subcommand did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
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
