//! `cargo xtask bless`: accepts what the golden tests see now. The change is then for a review to judge.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    program::{cargo, finished_programs, output, program, repository, run as run_program},
    step::Steps,
};

/// Crates with golden files or snapshots.
const GOLDEN_PACKAGES: [&str; 4] = [
    "sluice-manifest",
    "sluice-pipeline",
    "sluice-generator",
    "sluice-host",
];

pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new(3);
    steps.step("build gen", || {
        run_program(cargo().args(["build", "--release", "--package", "sluice-generator"]))
    })?;
    // Before the tests, which compare with it.
    steps.step("render the examples", render_examples)?;
    steps.step("golden tests", || {
        let mut command = cargo();
        command
            .args(["test", "--release", "--no-fail-fast"])
            .env("BLESS", "1")
            .env("INSTA_UPDATE", "always");
        GOLDEN_PACKAGES
            .iter()
            .for_each(|package| _ = command.args(["--package", package]));
        run_program(&mut command)
    })?;
    eprintln!("\nwhat changed: git status, git diff");
    Ok(())
}

/// Renders every example to `out/<example>/stack.json`.
fn render_examples() -> Result<()> {
    let gen_program = finished_programs()?.join("gen");
    for (name, manifest) in examples()? {
        let template = output(program(&gen_program).arg("stack").arg(&manifest))?;
        let target = repository().join("out").join(&name).join("stack.json");
        let folder = target.parent().expect("a template lies in a folder");
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
        fs::write(&target, template)
            .with_context(|| format!("cannot write `{}`", target.display()))?;
        eprintln!("out/{name}/stack.json");
    }
    Ok(())
}

/// Names and manifests of the examples, in the order of their names.
fn examples() -> Result<Vec<(String, PathBuf)>> {
    let folder = repository().join("examples");
    let mut examples = Vec::new();
    for entry in
        fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().join("manifest.toml").is_file() {
            // A template names its manifest, so that this is relative.
            let manifest = Path::new("examples").join(&name).join("manifest.toml");
            examples.push((name, manifest));
        }
    }
    examples.sort();
    Ok(examples)
}
