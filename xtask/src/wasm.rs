//! What plugins need to be built: the compiler's target, and `gen`, which makes a component of a crate; and the components
//! that are a part of `gen`.
//!
//! Those are committed, so that a plain `cargo build` has all of `gen`, without the compiler's target and without a build
//! within a build, and so that every `gen` of one version has the same bytes, by whose hash AWS knows a plugin. They hold
//! no path of the machine that built them, and the tests compare them with what their source gives.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::{
    program::{answers, finished_programs, output, program, repository, run},
    venv::Venv,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// The plugin of the feedback example.
const CLEAN_FEEDBACK: &str = "plugins/clean-feedback";
/// The components that are a part of `gen`, each called as the plugin's folder under `plugins`, with `_` for `-`.
const COMPONENTS: &str = "generator/components";

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
    build(Path::new(CLEAN_FEEDBACK), file)
}

/// Fails where a component that is a part of `gen` is not what its source gives.
pub(crate) fn check_components() -> Result<()> {
    let old = with_fresh_components(|committed, fresh| {
        let same = fs::read(committed)? == fs::read(fresh)?;
        Ok((!same).then(|| committed.display().to_string()))
    })?;
    ensure!(
        old.is_empty(),
        "`{}` is not what its source gives: `cargo xtask bless` builds it again",
        old.join("`, `")
    );
    Ok(())
}

/// Builds the components that are a part of `gen` of their source.
pub(crate) fn bless_components() -> Result<()> {
    with_fresh_components(|committed, fresh| {
        // One that is the same keeps its time, and `gen` need not be built again.
        if fs::read(committed)? != fs::read(fresh)? {
            fs::copy(fresh, committed)?;
        }
        Ok(None)
    })?;
    Ok(())
}

/// What is said of each component that is a part of `gen` and the one that is built of its source.
fn with_fresh_components(
    look: impl Fn(&Path, &Path) -> Result<Option<String>>,
) -> Result<Vec<String>> {
    let folder = finished_programs()?.join("components");
    let mut said = Vec::new();
    let committed = repository().join(COMPONENTS);
    for entry in fs::read_dir(&committed).context("there are components of `gen`")? {
        let committed = entry?.path();
        let name = committed.file_stem().context("a component has a name")?;
        let source = name.to_string_lossy().replace('_', "-");
        let fresh = folder.join(name).with_extension("wasm");
        build(&Path::new("plugins").join(source), &fresh)?;
        said.extend(look(&committed, &fresh)?);
    }
    Ok(said)
}

/// Builds a plugin's folder with `gen`.
fn build(source: &Path, file: &Path) -> Result<()> {
    let folder = file.parent().context("a plugin lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let gen_program = finished_programs()?.join("gen");
    run(program(gen_program)
        .args(["plugin", "build"])
        .arg(source)
        .arg("--out")
        .arg(file))
}
