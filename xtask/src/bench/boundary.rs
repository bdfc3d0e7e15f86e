//! What the plugin boundary costs by itself: `pipeline/examples/boundary.rs` measures it and prints one JSON object a
//! line, whose members become the columns of a table.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::program::{cargo, output};

/// What one line says.
pub(super) type Measurement = Map<String, Value>;

/// Builds and runs the benchmark.
pub(super) fn run() -> Result<Vec<Measurement>> {
    let arguments = [
        "run",
        "--release",
        "--quiet",
        "--package",
        "sluice-pipeline",
        "--example",
        "boundary",
    ];
    let text = output(cargo().args(arguments))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("not a JSON object: {line}"))
        })
        .collect()
}
