//! `cargo xtask demo`: from a fresh clone to cleaned records, on this machine alone.

use std::fs;

use anyhow::{Context, Result};

use crate::{
    build::build_gen,
    program::{finished_programs, program, repository, run as run_program},
    step::Steps,
    wasm,
};

/// Where `gen run` looks for the plugin that the example's manifest names.
pub(crate) const PLUGIN_FILE: &str = "examples/feedback/plugins/clean_feedback.wasm";

const NEXT: &str = "\
The records are cleaned. Look at them:

  sqlite3 -box demo-out/sluice.sqlite 'select channel, count(*) as records, round(avg(rating), 2) as rating
      from feedback group by channel order by records desc'
  find demo-out/lake -name '*.parquet' | head
  head -n 3 demo-out/rejects/feedback/*.ndjson

and change `examples/feedback/manifest.toml` or `plugins/clean-feedback`, and run this again.";

/// Builds what is needed, runs the example, and says what to look at. Every run begins anew.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new(4);
    steps.step("WebAssembly target", wasm::ensure_target)?;
    steps.step("build gen", build_gen)?;
    steps.step("build the plugin", || {
        wasm::build_clean_feedback(&repository().join(PLUGIN_FILE))
    })?;
    steps.step("run the example", || {
        let out = repository().join("demo-out");
        if out.exists() {
            fs::remove_dir_all(&out)
                .with_context(|| format!("cannot remove `{}`", out.display()))?;
        }
        let arguments = [
            "run",
            "examples/feedback/manifest.toml",
            "examples/feedback/data",
            "--out",
            "demo-out",
        ];
        run_program(program(finished_programs()?.join("gen")).args(arguments))
    })?;
    eprintln!("\n{NEXT}");
    Ok(())
}
