//! `cargo xtask bless`: accepts what the golden tests see now: errors and templates of the cases, the rendered examples
//! under `out/`, snapshots. The change is then for a review to judge.

use anyhow::Result;

use crate::{
    build::{Selection, run_tests},
    test::E2E_PACKAGE,
};

pub(crate) fn run() -> Result<()> {
    let accept = [("BLESS", "1"), ("INSTA_UPDATE", "always")];
    run_tests(Selection::AllBut(E2E_PACKAGE), &accept)?;
    eprintln!("\nwhat changed: git status, git diff");
    Ok(())
}
