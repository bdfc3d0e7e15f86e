//! A program that is run within a bound on its memory.

use std::{
    path::Path,
    process::{Command, Output},
};

use sluice_tests::generator;

/// `gen`, with so much address space and no more, and nothing of the test's environment but where programs are.
pub(crate) fn gen_within(megabytes: u64, folder: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -v $0 && exec \"$@\""])
        .arg((megabytes * 1024).to_string())
        .arg(generator().expect("the programs are built"))
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder);
    command
}

/// `gen` without a bound.
pub(crate) fn r#gen(folder: &Path) -> Command {
    let mut command = Command::new(generator().expect("the programs are built"));
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder);
    command
}

/// What it wrote, both streams together.
pub(crate) fn said(output: &Output) -> String {
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(said).expect("programs write UTF-8")
}

/// Asserts that it ended well, and gives what it wrote.
pub(crate) fn done(command: &mut Command) -> String {
    let output = command.output().expect("the shell is there");
    let said = said(&output);
    assert!(output.status.success(), "{}: {said}", output.status);
    said
}

/// A manifest of one pipeline of records with an `id`.
pub(crate) fn manifest(folder: &Path, more: &str) {
    let text = format!(
        "[project]\nname = \"attacked\"\n[pipeline.records]\nsource = {{ prefix = \"in/\" }}\n{more}\n"
    );
    std::fs::write(folder.join("manifest.toml"), text).expect("the folder is there");
}
