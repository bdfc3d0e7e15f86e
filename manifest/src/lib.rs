//! What a Sluice manifest says, and what it means.
//!
//! Text enters as a manifest, every problem of which is reported at once, and becomes a [`Stack`] that cannot be wrong.
//! This crate knows no AWS call, no template and no record.

mod manifest;
mod plugin_refusal;
pub mod plugin_settings;
pub mod problem;
pub mod reader;
mod resolve;

use sluice_contract::Stack;
use toml::de::DeTable;

pub use sluice_nearest as nearest;

pub use plugin_refusal::{PluginRefusal, plugin_problems};
pub use problem::{Problem, Problems};
pub use resolve::{ReadTable, Table, check_plugin_name};

use problem::ProblemSink;
use reader::DecodeTable;

/// Reads a manifest's text. `path` is what messages call the file, and `stage` stands in for the manifest's own.
///
/// # Errors
/// Everything that is wrong with it, at once. A text that is not TOML is not looked at any further.
pub fn load(text: &str, path: &str, stage: Option<&str>) -> Result<Stack, Problems> {
    let no_files = |_: &str| Err("there are no files at hand".to_owned());
    load_with_tables(text, path, stage, &no_files)
}

/// The same, with what reads the tables that the manifest names.
///
/// # Errors
/// As for [`load`].
pub fn load_with_tables(
    text: &str,
    path: &str,
    stage: Option<&str>,
    read: &ReadTable<'_>,
) -> Result<Stack, Problems> {
    let mut sink = ProblemSink::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        problem::report_syntax(&error, &mut sink);
    }
    if !sink.is_empty() {
        return Err(sink.into_problems(path));
    }

    let manifest = manifest::Manifest::from_table(document.get_ref(), "", &mut sink);
    let stack = resolve::resolve(&manifest, stage, read, &mut sink);
    if sink.is_empty() {
        Ok(stack)
    } else {
        Err(sink.into_problems(path))
    }
}
