//! `gen openapi`: how requests to the APIs of a manifest and their answers look, as an OpenAPI document.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;
use sluice_contract::Stack;

use crate::failure::Failure;
use crate::project;
use crate::terminal::write_result;

/// Prints the OpenAPI document of a manifest's APIs.
///
/// OpenAPI 3.1 with JSON Schema 2020-12: paths, records as they are sent and as they are stored, every answer and every
/// problem. Fields that are personal data have `x-pii`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gen openapi manifest.toml > openapi.json
  gen openapi manifest.toml --pipeline feedback | jq .paths

Exit codes: 0 printed, 1 the manifest is wrong or has no API, 2 anything else.")]
pub(crate) struct OpenapiArgs {
    /// The project's manifest.
    manifest: PathBuf,
    /// Only the API of this pipeline.
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &OpenapiArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.manifest, None)?;
    let only = args.pipeline.as_deref();
    let named = only
        .map(|name| project::pipeline(&stack, name))
        .transpose()?;
    let mut pipelines = stack
        .pipelines
        .iter()
        .filter(|it| named.is_none_or(|named| named.name == it.name));
    if !pipelines.any(|pipeline| pipeline.api.is_some()) {
        let which = match only {
            Some(name) => format!("pipeline `{name}` has no API"),
            None => "no pipeline of the manifest has an API".to_owned(),
        };
        return Err(Failure::Input(format!(
            "{which}\nhelp: add `api = true` to it"
        )));
    }
    write_result(&format!("{:#}\n", document(&stack, only)))?;
    Ok(ExitCode::SUCCESS)
}

/// The document of all APIs, or of that of one pipeline.
pub(crate) fn document(stack: &Stack, only: Option<&str>) -> Value {
    sluice_api::openapi::document(stack, only)
}
