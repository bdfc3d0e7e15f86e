//! Plugins in C: compiled by `clang` and linked by `wasm-ld` where the system has them, else by the clang in `zig`.
//!
//! There is no C library but the SDK's own, and undefined behaviour that can be seen at run time ends the row with a reason.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Made, PluginLanguage};
use crate::plugin::error::BuildError;
use crate::plugin::files::{BUILD, read};
use crate::plugin::tools::{self, Tool};

/// A compiler for systems without one.
const ZIG: Tool = Tool {
    what: "zig 0.17.1",
    files: &[("requirements.txt", include_str!("zig-requirements.txt"))],
    install: tools::pip,
};
const REMEDY: &str = "install clang and lld, or Python 3.10 or newer";
/// Flags that both compilers know. Paths are relative to the plugin's folder, so that the module is the same wherever it
/// lies.
const FLAGS: [&str; 20] = [
    "-std=c17",
    "-O2",
    "-flto",
    "-msimd128",
    "-mbulk-memory",
    "-ffreestanding",
    "-nostdlibinc",
    "-isystem",
    "sluice/libc",
    "-Wall",
    "-Wextra",
    "-Werror=implicit-function-declaration",
    "-Wno-missing-field-initializers",
    "-Wno-unused-parameter",
    "-nostdlib",
    "-Wl,--no-entry",
    "-Wl,--strip-all",
    "-Wl,-z,stack-size=262144",
    "-fsanitize-minimal-runtime",
    "-fno-sanitize-recover=all",
];
/// What ends a row instead of being undefined.
const CHECKED: &str = "-fsanitize=bounds,signed-integer-overflow,integer-divide-by-zero,shift,null,float-cast-overflow,\
                       return,unreachable,vla-bound";
/// Folders whose sources are part of a plugin: the author's, the SDK's, and what wit-bindgen made of the contract.
const SOURCES: [&str; 3] = ["", "sluice", "sluice/generated"];

pub(super) struct C;

impl PluginLanguage for C {
    fn name(&self) -> &'static str {
        "c"
    }

    fn title(&self) -> &'static str {
        "C"
    }

    fn entry(&self) -> &'static str {
        "plugin.c"
    }

    fn usual_fuel(&self) -> u32 {
        10_000
    }

    fn build(&self, folder: &Path, name: &str) -> Result<Made, BuildError> {
        build(folder, name)
    }
}

/// Compiles and links in one go.
fn build(folder: &Path, name: &str) -> Result<Made, BuildError> {
    let module = Path::new(BUILD).join("c.wasm");
    let out = folder.join(&module);
    std::fs::create_dir_all(folder.join(BUILD)).map_err(|error| BuildError::write(&out, error))?;
    let mut command = compiler()?;
    command.current_dir(folder).args(FLAGS).arg(CHECKED);
    for sources in SOURCES {
        command.args(sources_in(folder, sources)?);
    }
    command.arg("-o").arg(&module);
    tools::compile(&mut command, "clang", REMEDY, name)?;
    read(&out).map(Made::CoreModule)
}

fn compiler() -> Result<Command, BuildError> {
    if tools::answers("clang") && tools::answers("wasm-ld") {
        let mut clang = Command::new("clang");
        // A stack that overflows traps at once, and writes over nothing.
        clang.args(["--target=wasm32", "-Wl,--stack-first"]);
        return Ok(clang);
    }
    let site = ZIG.installed().map_err(|error| match error {
        BuildError::NoTool { source, .. } => BuildError::NoTool {
            tool: "clang` and `wasm-ld",
            source,
            remedy: REMEDY,
        },
        other => other,
    })?;
    let mut zig = tools::python().module("ziglang");
    zig.env("PYTHONPATH", site)
        .args(["cc", "-target", "wasm32-freestanding"]);
    Ok(zig)
}

/// The C files of a folder inside the plugin's, by name.
fn sources_in(folder: &Path, inside: &str) -> Result<Vec<PathBuf>, BuildError> {
    let path = folder.join(inside);
    let failed = |error| BuildError::read(&path, error);
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(&path).map_err(failed)? {
        let name = PathBuf::from(entry.map_err(failed)?.file_name());
        if name.extension().is_some_and(|ending| ending == "c") {
            sources.push(Path::new(inside).join(name));
        }
    }
    sources.sort();
    Ok(sources)
}
