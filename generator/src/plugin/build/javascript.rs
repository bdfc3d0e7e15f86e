//! Plugins in JavaScript and TypeScript: bundled to one module by esbuild, and put into one component with an engine by
//! `componentize-js`. TypeScript is checked first.

use std::path::Path;

use super::{BUILD, BuildError, Language, Made, read};
use crate::plugin::tools;

/// Calls the three tools.
const DRIVER: &str = include_str!("javascript.mjs");

pub(super) fn build(folder: &Path, name: &str, language: Language) -> Result<Made, BuildError> {
    let modules = tools::COMPONENTIZE_JS.installed()?;
    let out = folder.join(BUILD).join("javascript.wasm");
    let driver = folder.join(BUILD).join("build.mjs");
    super::write(&driver, DRIVER.as_bytes())?;
    let mut command = tools::node();
    command
        .arg(&driver)
        .arg(modules)
        .arg(folder.join(language.entry()))
        .arg(folder.join("sluice/wit"))
        .arg(&out);
    if language == Language::Typescript {
        command.arg("--check");
    }
    tools::compile(&mut command, "node", tools::NODE_REMEDY, name)?;
    read(&out).map(Made::Component)
}
