//! Plugins in JavaScript and TypeScript: bundled to one module by esbuild, and put into one component with an engine by
//! `componentize-js`. TypeScript is checked first.

use std::path::Path;

use super::{Made, PluginLanguage};
use crate::plugin::error::BuildError;
use crate::plugin::files::{BUILD, read, write};
use crate::plugin::tools::{self, Tool};

/// Bundles and checks JavaScript and TypeScript, and makes components of them.
const COMPILER: Tool = Tool {
    what: "componentize-js 0.23, esbuild and TypeScript",
    files: &[
        ("package.json", include_str!("package.json")),
        ("package-lock.json", include_str!("package-lock.json")),
    ],
    install: tools::npm,
};
/// Calls the three tools.
const DRIVER: &str = include_str!("build.mjs");

/// What a row of the worked example may cost in fuel, in either language.
pub(super) const USUAL_FUEL: u32 = 1_200_000;

pub(super) struct Javascript;

impl PluginLanguage for Javascript {
    fn name(&self) -> &'static str {
        "javascript"
    }

    fn title(&self) -> &'static str {
        "JavaScript"
    }

    fn entry(&self) -> &'static str {
        "plugin.js"
    }

    fn usual_fuel(&self) -> u32 {
        USUAL_FUEL
    }

    fn build(&self, folder: &Path, name: &str) -> Result<Made, BuildError> {
        build(folder, name, self.entry(), Types::None)
    }
}

/// Whether there are types to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Types {
    None,
    Checked,
}

/// Checks, bundles and wraps the module `entry` of a folder.
pub(super) fn build(
    folder: &Path,
    name: &str,
    entry: &str,
    types: Types,
) -> Result<Made, BuildError> {
    let modules = COMPILER.installed()?;
    let out = folder.join(BUILD).join("javascript.wasm");
    let driver = folder.join(BUILD).join("build.mjs");
    write(&driver, DRIVER.as_bytes())?;
    let mut command = tools::node();
    command
        .arg(&driver)
        .arg(modules)
        .arg(folder.join(entry))
        .arg(folder.join("sluice/wit"))
        .arg(&out);
    if types == Types::Checked {
        command.arg("--check");
    }
    tools::compile(&mut command, "node", tools::NODE_REMEDY, name)?;
    read(&out).map(Made::Component)
}
