//! What the plugin boundary costs by itself: `pipeline/examples/boundary` measures it and prints one JSON object a
//! line, whose members become the columns of a table.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::program::{cargo, output};

/// What one line says.
pub(super) type Measurement = Map<String, Value>;

/// Builds and runs the benchmark, or one of its measures. `components` take part in the worked example.
pub(super) fn run(measure: Option<&str>, components: &[PathBuf]) -> Result<Vec<Measurement>> {
    let arguments = ["run", "--release", "--quiet", "--example", "boundary", "--"];
    let text = output(cargo().args(arguments).args(measure).args(components))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("not a JSON object: {line}"))
        })
        .collect()
}
