//! `gen query`: SQL over the lake of this machine, under the names that Athena has for it.
//!
//! DuckDB runs it, by the Python package of that name: built in, an engine would take longer to compile than the rest of
//! this program. What the views are is in [`views`].

mod views;

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::failure::Failure;
use crate::project;
use crate::python::Python;

/// What DuckDB's package is asked with.
const PROGRAM: &str = include_str!("duckdb.py");

/// How that ends where there is no such package, and where it refuses the query.
const NO_PACKAGE: i32 = 3;
const REFUSED: i32 = 1;

/// Asks the lake of this machine in SQL.
///
/// Every pipeline with a lake is a table: NAME with `_` for `-`, NAME_latest with the newest version of each key, and
/// rejects.NAME with what was refused. Names, columns and types are those of Athena. DuckDB runs the query, from the Python
/// package `duckdb`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gen query manifest.toml 'select count(*) from feedback' --out demo-out
  gen query manifest.toml 'select * from feedback_latest limit 5' --out demo-out --format json
  gen query manifest.toml 'select raw, findings from rejects.feedback' --out demo-out
  gen query manifest.toml - --out demo-out < report.sql

Exit codes: 0 done, 1 the manifest or the query is wrong, 2 anything else.")]
pub(crate) struct QueryArgs {
    /// The project's manifest.
    manifest: PathBuf,
    /// The query, or `-` to read it from standard input.
    sql: String,
    /// Where `gen run` or `gen serve` put the results.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How to print the rows.
    #[arg(long, value_enum, default_value_t)]
    format: RowFormat,
    /// The Python that has the package. [default: that of the active environment, or `python3`]
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum RowFormat {
    /// A table for people.
    #[default]
    Text,
    /// A list of objects.
    Json,
    /// With a header.
    Csv,
}

impl RowFormat {
    fn name(self) -> &'static str {
        match self {
            RowFormat::Text => "text",
            RowFormat::Json => "json",
            RowFormat::Csv => "csv",
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: &QueryArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.manifest, None)?;
    let setup = views::of(&stack, &args.out)?;
    let asked = json!({ "setup": setup, "sql": sql(args)?, "format": args.format.name() });
    let python = python(args);
    let mut child = Python::of(&python)
        .program(PROGRAM)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            Failure::Input(format!(
                "`{}` cannot be run: {error}\nhelp: install Python 3, or name it with --python",
                python.display()
            ))
        })?;
    let written = child
        .stdin
        .take()
        .context("its input is open")?
        .write_all(asked.to_string().as_bytes());
    let output = child.wait_with_output().context("wait for DuckDB")?;
    match output.status.code() {
        Some(0) => {
            written.context("ask DuckDB")?;
            Ok(ExitCode::SUCCESS)
        }
        Some(NO_PACKAGE) => Err(Failure::Input(format!(
            "`{}` does not have the package `duckdb`, which runs queries\nhelp: install it with `{} -m pip install duckdb`, \
             or name a Python that has it with --python",
            python.display(),
            python.display()
        ))),
        Some(REFUSED) => {
            let message = String::from_utf8_lossy(&output.stderr);
            Err(Failure::Input(message.trim().to_owned()))
        }
        _ => {
            let message = String::from_utf8_lossy(&output.stderr);
            Err(anyhow::anyhow!("DuckDB ended with {}: {}", output.status, message.trim()).into())
        }
    }
}

fn sql(args: &QueryArgs) -> Result<String, Failure> {
    if args.sql != "-" {
        return Ok(args.sql.clone());
    }
    if io::stdin().is_terminal() {
        return Err(Failure::Input(
            "the query is read from standard input, which is a terminal\nhelp: write `… < query.sql`, or the query itself"
                .to_owned(),
        ));
    }
    let mut sql = String::new();
    io::stdin()
        .read_to_string(&mut sql)
        .map_err(|error| Failure::Input(format!("the query cannot be read: {error}")))?;
    Ok(sql)
}

fn python(args: &QueryArgs) -> PathBuf {
    let active = || {
        let environment = PathBuf::from(std::env::var_os("VIRTUAL_ENV")?);
        let programs = [["bin", "python"], ["Scripts", "python.exe"]];
        let programs = programs.map(|[folder, name]| environment.join(folder).join(name));
        programs.into_iter().find(|program| program.is_file())
    };
    args.python
        .clone()
        .or_else(active)
        .unwrap_or_else(|| PathBuf::from("python3"))
}
