//! `gen check`: says whether a manifest is right, and if not, everything that is wrong with it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sluice_contract::Stack;

use crate::failure::Failure;
use crate::project;
use crate::terminal::{Format, write_result};

/// Checks a manifest
///
/// Reports every mistake at once, with the line it is in and what to do about it. Nothing is rendered and nothing is
/// read but the manifest.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen check manifest.toml
  gen check manifest.toml --stage prod
  gen check manifest.toml --format json | jq '.problems[].message'

Exit codes:
  0  the manifest is right
  1  it is not, or it cannot be read
  2  anything else went wrong")]
pub(crate) struct CheckArgs {
    /// The manifest, a TOML file
    #[arg(value_name = "MANIFEST")]
    manifest: PathBuf,
    /// The stage to check it for, instead of the manifest's own
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// How the answer is written to standard output; the problems of `text` go to standard error, and `json` is
    /// `{"ok": …, "problems": [{"message", "file", "line", "column", "help"}, …]}`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Checks, and says so.
pub(crate) fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    match (
        project::load(&args.manifest, args.stage.as_deref()),
        args.format,
    ) {
        (Ok(stack), Format::Text) => write_result(&summary(&stack))?,
        (Ok(_), Format::Json) => {
            write_result(&format!("{}\n", json!({ "ok": true, "problems": [] })))?
        }
        (Err(Failure::Manifest(problems)), Format::Json) => {
            write_result(&format!(
                "{}\n",
                json!({ "ok": false, "problems": problems.to_json() })
            ))?;
            return Ok(ExitCode::from(1));
        }
        (Err(failure), _) => return Err(failure),
    }
    Ok(ExitCode::SUCCESS)
}

/// One line for the project and one for each pipeline.
fn summary(stack: &Stack) -> String {
    let mut text = format!("{} is right for stage {}\n", stack.project, stack.stage);
    for pipeline in &stack.pipelines {
        let cleaned = pipeline
            .plugin
            .as_ref()
            .map_or(String::new(), |plugin| format!(" → {}", plugin.name));
        let sinks = match (&pipeline.table, &pipeline.lake) {
            (Some(_), Some(_)) => "table, lake",
            (Some(_), None) => "table",
            _ => "lake",
        };
        text.push_str(&format!(
            "  {}: {}{cleaned} → {} fields → {sinks}\n",
            pipeline.name,
            pipeline.source.prefix,
            pipeline.fields.len(),
        ));
    }
    text
}
