//! The worked example in every language of the plugin kit, each begun and built as its author would, and the plugin that
//! needs no code.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    program::{finished_programs, program, repository, run},
    venv::Venv,
    wasm,
};

/// The languages of `gen plugin new`.
const LANGUAGES: [&str; 5] = ["rust", "c", "python", "javascript", "typescript"];

/// Builds all of them in a folder, anew, and says where the components are.
pub(super) fn build(folder: &Path, venv: &Venv) -> Result<Vec<PathBuf>> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove `{}`", folder.display()))?;
    }
    let mut components = Vec::new();
    for language in LANGUAGES {
        let source = folder.join(language).join("mask-emails");
        fs::create_dir_all(folder.join(language))
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
        generate(&[
            "plugin",
            "new",
            &source.display().to_string(),
            "--lang",
            language,
        ])?;
        components.push(built(&source, &folder.join(format!("{language}.wasm")))?);
    }
    let zig = wasm::compile_raw_zig(venv, &folder.join("zig.core.wasm"))?;
    components.push(built(&zig, &folder.join("zig.wasm"))?);
    let tidy = repository().join("plugins/tidy");
    components.push(built(&tidy, &folder.join("tidy.wasm"))?);
    Ok(components)
}

fn built(source: &Path, component: &Path) -> Result<PathBuf> {
    let (source, out) = (
        source.display().to_string(),
        component.display().to_string(),
    );
    generate(&["plugin", "build", &source, "--out", &out])?;
    Ok(component.to_owned())
}

fn generate(arguments: &[&str]) -> Result<()> {
    run(program(finished_programs()?.join("gen"))
        .args(arguments)
        .stdout(std::io::stderr()))
}
