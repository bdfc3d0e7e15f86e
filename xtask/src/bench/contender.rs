//! Who is measured, and how each is called. All do the same cleaning; see `xtask/bench/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use super::{
    facts::Facts,
    measure::{Cost, cost_of},
};
use crate::{
    program::{finished_programs, output, program, repository},
    venv::Venv,
};

/// What is needed to run a contender.
pub(super) struct Workshop {
    pub(super) venv: Venv,
    /// `bench-out`
    pub(super) out: PathBuf,
    pub(super) input: PathBuf,
}

/// One program with one number of threads.
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) threads: u32,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `gen run` with the plugin.
    Sluice,
    /// A script of `xtask/bench/` that is told the number of threads in `POLARS_MAX_THREADS` and as third argument.
    Script(&'static str),
}

/// All of them, or those whose name contains one of `only`.
pub(super) fn all(only: &[String]) -> Result<Vec<Contender>> {
    let contender = |name, threads, kind| Contender {
        name,
        threads,
        kind,
    };
    let all = [
        contender("Sluice", 1, Kind::Sluice),
        contender("Polars", 1, Kind::Script("clean_polars.py")),
        contender("DuckDB", 1, Kind::Script("clean_duckdb.py")),
        contender("Sluice", 2, Kind::Sluice),
        contender("Polars", 2, Kind::Script("clean_polars.py")),
        contender("DuckDB", 2, Kind::Script("clean_duckdb.py")),
        contender("pandas", 1, Kind::Script("clean_pandas.py")),
        contender("Python csv loop", 1, Kind::Script("clean_python.py")),
    ];
    let wanted = |one: &Contender| {
        let name = one.name.to_lowercase();
        only.is_empty() || only.iter().any(|part| name.contains(&part.to_lowercase()))
    };
    let chosen: Vec<_> = all.into_iter().filter(wanted).collect();
    ensure!(
        !chosen.is_empty(),
        "no program is called `{}`",
        only.join("` or `")
    );
    Ok(chosen)
}

impl Contender {
    /// Name and threads.
    pub(super) fn label(&self) -> String {
        format!(
            "{} with {} thread{}",
            self.name,
            self.threads,
            if self.threads == 1 { "" } else { "s" }
        )
    }

    /// Runs it once, from an empty folder.
    pub(super) fn run(&self, workshop: &Workshop) -> Result<Cost> {
        let folder = self.folder(workshop);
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove `{}`", folder.display()))?;
        }
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
        cost_of(&self.command(workshop, &folder)?)
    }

    fn command(&self, workshop: &Workshop, folder: &Path) -> Result<Command> {
        let threads = self.threads.to_string();
        Ok(match self.kind {
            Kind::Sluice => {
                let mut command = program(finished_programs()?.join("gen"));
                command
                    .args(["run", "xtask/bench/manifest.toml", "--plugins"])
                    .arg(workshop.out.join("plugins"));
                command
                    .args(["--threads", &threads, "--format", "json", "--out"])
                    .arg(folder)
                    .arg(&workshop.input);
                command
            }
            Kind::Script(script) => {
                let mut command = workshop.venv.tool("python");
                command.arg(repository().join("xtask/bench").join(script));
                command
                    .arg(&workshop.input)
                    .arg(folder.join("cleaned.parquet"))
                    .arg(&threads);
                command.env("POLARS_MAX_THREADS", &threads);
                command
            }
        })
    }

    /// What the last run wrote.
    pub(super) fn facts(&self, workshop: &Workshop) -> Result<Facts> {
        let file = the_parquet_file(&self.folder(workshop))?;
        let mut command = workshop.venv.tool("python");
        let text = output(
            command
                .arg(repository().join("xtask/bench/facts.py"))
                .arg(file),
        )?;
        serde_json::from_str(&text).with_context(|| format!("facts are no JSON: {text}"))
    }

    fn folder(&self, workshop: &Workshop) -> PathBuf {
        let name = self.name.to_lowercase().replace(' ', "-");
        workshop.out.join(format!("{name}-{}", self.threads))
    }
}

/// The one Parquet file below a folder.
fn the_parquet_file(folder: &Path) -> Result<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "parquet") {
                found.push(path);
            }
        }
    }
    match <[PathBuf; 1]>::try_from(found) {
        Ok([file]) => Ok(file),
        Err(found) => bail!(
            "expected one Parquet file in `{}`, there are {}",
            folder.display(),
            found.len()
        ),
    }
}
