//! `cargo xtask bless`: accepts what the golden tests see now: errors and templates of the cases, the rendered examples
//! under `out/`, snapshots. The change is then for a review to judge.

use anyhow::Result;

use crate::program::{cargo, run as run_program};

/// Crates with golden files or snapshots.
const PACKAGES: [&str; 6] = [
    "sluice-manifest",
    "sluice-pipeline",
    "sluice-generator",
    "sluice-host",
    "sluice-sdk",
    "clean-feedback",
];

pub(crate) fn run() -> Result<()> {
    let mut command = cargo();
    command
        .args(["test", "--release", "--no-fail-fast"])
        .env("BLESS", "1")
        .env("INSTA_UPDATE", "always");
    for package in PACKAGES {
        command.args(["--package", package]);
    }
    run_program(&mut command)?;
    eprintln!("\nwhat changed: git status, git diff");
    Ok(())
}
