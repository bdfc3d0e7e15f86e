//! The programs under test, as `cargo build` makes them, and the tools of the virtual environment.
//!
//! The programs are built here, because the tests must never run yesterday's; it takes no time where they are fresh.
//! With `SLUICE_PROGRAMS`, the ones in that folder are tested instead, such as those of a release.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context, ensure};

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .expect("the tests lie in a folder of the repository")
        .to_owned()
}

/// A program of the virtual environment: the one in `SLUICE_VENV`, or the repository's own.
///
/// # Errors
/// Where it is not there, with the remedy.
pub fn tool(name: &str) -> anyhow::Result<PathBuf> {
    let environment =
        env::var_os("SLUICE_VENV").map_or_else(|| repository().join(".venv"), PathBuf::from);
    let program = environment.join("bin").join(name);
    ensure!(
        program.exists(),
        "`{}` is not there; `cargo xtask test` installs it, or set `SLUICE_VENV` to a virtual environment with \
         `tests/requirements.txt` installed",
        program.display()
    );
    Ok(program)
}

/// The `gen` program.
///
/// # Errors
/// Where it cannot be built.
pub fn generator() -> anyhow::Result<PathBuf> {
    Ok(built()?.join("gen"))
}

/// The zip that a user deploys: `bootstrap` alone.
pub(crate) fn package() -> anyhow::Result<PathBuf> {
    let folder = built()?;
    let program = folder.join("bootstrap");
    let package = folder.join("bootstrap.zip");
    let modified = |file: &Path| fs::metadata(file).and_then(|file| file.modified());
    let built =
        modified(&program).with_context(|| format!("`{}` is not there", program.display()))?;
    // Several tests want the same zip, and packing takes seconds. Whoever finds one finds a whole one.
    if modified(&package).is_ok_and(|packed| packed > built) {
        return Ok(package);
    }
    let unfinished = tempfile::tempdir_in(&folder)?;
    let stripped = unfinished.path().join("bootstrap");
    let zip = unfinished.path().join("bootstrap.zip");
    run(Command::new("strip").arg("-o").arg(&stripped).arg(&program))?;
    run(Command::new(tool("python")?)
        .args(["-m", "zipfile", "-c"])
        .args([&zip, &stripped]))?;
    fs::rename(&zip, &package)?;
    Ok(package)
}

/// Builds the plugin of an example with `gen`, as its author would.
pub(crate) fn plugin(source: &str, file: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(generator()?);
    command
        .args(["plugin", "build"])
        .arg(repository().join(source))
        .arg("--out")
        .arg(file);
    run(command.current_dir(repository())).map(drop)
}

/// Runs `gen` from the root of the repository, and hands over what it wrote to standard output.
///
/// # Errors
/// Where it fails: what it said.
pub fn generate(arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new(generator()?);
    run(command.args(arguments).current_dir(repository()))
}

/// Runs a command to its end and hands over what it wrote.
///
/// # Errors
/// Where it fails: the command, without its environment, and what it said.
pub fn run(command: &mut Command) -> anyhow::Result<String> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    let line = words.join(" ");
    let output = command
        .output()
        .with_context(|| format!("`{line}` does not start"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "`{line}` failed, {}: {}",
        output.status,
        said.trim()
    );
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{line}` wrote something that is not UTF-8"))
}

/// The folder of the programs, which are there and fresh.
fn built() -> anyhow::Result<PathBuf> {
    if let Some(folder) = env::var_os("SLUICE_PROGRAMS") {
        return Ok(folder.into());
    }
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let outcome = BUILT.get_or_init(|| {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(repository());
        // What cargo tells a test about its package must not reach another build.
        let told =
            env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_"));
        for (name, _) in told {
            command.env_remove(name);
        }
        command.args([
            "build",
            "--release",
            "--quiet",
            "--workspace",
            "--bin",
            "gen",
            "--bin",
            "bootstrap",
        ]);
        run(&mut command)
            .map(drop)
            .map_err(|error| format!("{error:#}"))
    });
    outcome.clone().map_err(anyhow::Error::msg)?;
    let test = env::current_exe()?;
    let folder = test
        .ancestors()
        .nth(2)
        .context("tests lie in target/release/deps")?;
    Ok(folder.to_owned())
}
