//! What plugins need to be built: the compiler's target, and `gen`, which makes a component of a crate.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::{
    program::{answers, finished_programs, output, program, repository, run},
    venv::Venv,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// The plugin of the feedback example.
const CLEAN_FEEDBACK: &str = "plugins/clean-feedback";

/// Installs the compiler's target where it is missing.
pub(crate) fn ensure_target() -> Result<()> {
    let sysroot = output(program("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(TARGET)
        .is_dir()
    {
        return Ok(());
    }
    ensure!(
        answers(program("rustup").arg("--version")),
        "the compiler has no target `{TARGET}`, and there is no rustup to add it: install rustup, or the target as your \
         system packages it"
    );
    run(program("rustup").args(["target", "add", TARGET]))
}

/// Compiles the plugin without an SDK to a core module, as its page says.
pub(crate) fn compile_raw_zig(venv: &Venv, module: &Path) -> Result<PathBuf> {
    let mut path = venv.programs().into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut compiler = program("sh");
    compiler
        .current_dir(repository().join("plugins/raw-zig"))
        .env("PATH", path);
    run(compiler.arg("build.sh").arg(module))?;
    Ok(module.to_owned())
}

/// Builds the feedback example's plugin as its author would: with `gen`, which must have been built.
pub(crate) fn build_clean_feedback(file: &Path) -> Result<()> {
    let folder = file.parent().context("a plugin lies in a folder")?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make `{}`", folder.display()))?;
    let gen_program = finished_programs()?.join("gen");
    run(program(gen_program)
        .args(["plugin", "build", CLEAN_FEEDBACK, "--out"])
        .arg(file))
}
