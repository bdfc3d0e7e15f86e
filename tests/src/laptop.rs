//! An example on this machine, with `gen run`: what the cloud is compared with.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use serde_json::Value;

use crate::{lake, programs};

/// Prints the rows of a table as JSON objects, without their nulls and without where they come from.
const ROWS: &str = "
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.row_factory = sqlite3.Row
rows = database.execute(f'select * from \"{sys.argv[2]}\"')
print(json.dumps([{name: row[name] for name in row.keys() if row[name] is not None and '#' not in name} for row in rows]))
";

/// What a local run left behind.
#[derive(Debug)]
pub struct Laptop {
    output: PathBuf,
    /// The summary that the run printed.
    pub summary: Value,
}

impl Laptop {
    /// Runs the manifest of `examples/NAME` on `files`, with the plugin that is built from `plugin`, in a folder of the
    /// caller's.
    ///
    /// # Errors
    /// Where the plugin does not build or the run fails.
    pub fn run_example(
        name: &str,
        plugin: &str,
        files: &[PathBuf],
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let manifest = programs::repository()
            .join("examples")
            .join(name)
            .join("manifest.toml");
        let plugins = folder.join("plugins");
        fs::create_dir_all(&plugins)?;
        let crate_name = Path::new(plugin)
            .file_name()
            .context("a plugin's folder has a name")?;
        let file = format!("{}.wasm", crate_name.to_string_lossy().replace('-', "_"));
        programs::plugin(plugin, &plugins.join(file))?;
        let output = folder.join("output");
        let mut command = Command::new(programs::generator()?);
        command
            .arg("run")
            .arg(manifest)
            .args(files)
            .args(["--format", "json"]);
        command
            .arg("--out")
            .arg(&output)
            .arg("--plugins")
            .arg(&plugins);
        let summary = programs::run(&mut command)?;
        Ok(Self {
            output,
            summary: serde_json::from_str(&summary).context("a summary is JSON")?,
        })
    }

    /// The rows of a pipeline's table, as objects without their nulls.
    ///
    /// # Errors
    /// Where there is no such table.
    pub fn rows(&self, pipeline: &str) -> anyhow::Result<Vec<Value>> {
        let database = self.output.join("sluice.sqlite");
        let mut command = Command::new(programs::tool("python")?);
        let rows = programs::run(command.args(["-c", ROWS]).arg(database).arg(pipeline))?;
        Ok(serde_json::from_str(&rows)?)
    }

    /// Rows of a query over a pipeline's Parquet files, which are `lake` in it.
    ///
    /// # Errors
    /// Where DuckDB refuses.
    pub fn query(&self, pipeline: &str, sql: &str) -> anyhow::Result<Vec<Value>> {
        lake::query(&self.output, pipeline, sql)
    }

    /// Every reject of a pipeline.
    ///
    /// # Errors
    /// Where one is no line of JSON.
    pub fn rejects(&self, pipeline: &str) -> anyhow::Result<Vec<Value>> {
        lake::rejects(&self.output, pipeline)
    }
}

/// The files of an example, by name.
///
/// # Errors
/// Where there is no folder `data`.
pub fn example_data(name: &str) -> anyhow::Result<Vec<PathBuf>> {
    let folder = programs::repository()
        .join("examples")
        .join(name)
        .join("data");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("`{}` cannot be read", folder.display()))?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(files)
}
