//! `cargo xtask bless`: accepts what the golden tests see now: errors and templates of the cases, the rendered examples
//! under `out/`, snapshots; and builds the components that are a part of `gen`. The change is then for a review to judge.

use anyhow::Result;

use crate::{
    build::{Selection, build_gen, run_tests},
    test::E2E_PACKAGE,
    wasm,
};

pub(crate) fn run() -> Result<()> {
    wasm::ensure_target()?;
    build_gen()?;
    wasm::bless_components()?;
    let accept = [("BLESS", "1"), ("INSTA_UPDATE", "always")];
    run_tests(Selection::AllBut(E2E_PACKAGE), &accept)?;
    eprintln!("\nwhat changed: git status, git diff");
    Ok(())
}
