//! `gen serve` and its like, for as long as somebody needs them: servers that say where they listen.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::program::{finished_programs, program};

/// A server that ends with this value.
pub(crate) struct Server {
    process: Child,
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Serves a manifest with `gen serve`.
    pub(crate) fn of_manifest(manifest: &Path, out: &Path) -> Result<Self> {
        let mut serve = program(finished_programs()?.join("gen"));
        serve.arg("serve").arg(manifest).arg("--out").arg(out);
        serve.args(["--port", "0", "--format", "json"]);
        let (process, line) = started(serve)?;
        let listening: Value =
            serde_json::from_str(&line).context("`gen serve` does not listen")?;
        let address = listening["listening"].as_str();
        Ok(Self {
            process,
            address: address.context("it says where it listens")?.to_owned(),
        })
    }

    /// Starts a server that prints its address alone.
    pub(crate) fn of_command(command: Command) -> Result<Self> {
        let (process, line) = started(command)?;
        Ok(Self {
            process,
            address: line.trim().to_owned(),
        })
    }
}

/// The process, and the first line that it prints.
fn started(mut command: Command) -> Result<(Child, String)> {
    let mut process = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the server")?;
    let output = process.stdout.take().context("a server has an output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    Ok((process, line))
}
