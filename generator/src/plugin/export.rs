//! `gen plugin export`: the component of a plugin that comes with `gen`, as a file to upload.

use std::path::PathBuf;
use std::process::ExitCode;

use sluice_contract::Sha256;
use sluice_manifest::nearest::suggestion;

use super::files::write;
use crate::component::{file_name, shipped, shipped_names};
use crate::failure::Failure;
use crate::terminal::write_result;

/// Writes the component of a plugin that comes with gen
///
/// What `gen run` does with it needs no file. The file is for AWS, where a plugin is what lies in the artifacts bucket.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  gen plugin export tidy
  gen plugin export tidy -o contacts.wasm
  aws s3 cp contacts.wasm s3://ARTIFACTS-BUCKET/plugins/contacts.wasm

Exit codes:
  0  the component is written
  1  no such plugin comes with gen
  2  anything else went wrong")]
pub(crate) struct ExportArgs {
    /// The plugin's name: tidy
    #[arg(value_name = "NAME")]
    name: String,
    /// Where to write the component [default: the plugin's name with `.wasm`, in the current folder]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes it, and says where.
pub(crate) fn run(args: &ExportArgs) -> Result<ExitCode, Failure> {
    let Some(component) = shipped(&args.name) else {
        return Err(Failure::Input(format!(
            "no plugin `{}` comes with `gen`: {}\nhelp: `gen plugin build` makes a component of a plugin of your own",
            args.name,
            suggestion(&args.name, shipped_names().collect::<Vec<_>>()),
        )));
    };
    let out = args.out.clone();
    let out = out.unwrap_or_else(|| PathBuf::from(file_name(&args.name)));
    write(&out, component)?;
    write_result(&format!(
        "{} → {} ({} KB, sha256 {})\n",
        args.name,
        out.display(),
        component.len().div_ceil(1000),
        Sha256::of(component),
    ))?;
    Ok(ExitCode::SUCCESS)
}
