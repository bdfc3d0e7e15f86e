//! The plugin kit as a person and a program use it: `gen plugin check`, `test`, `try` and `bench` on plugins that `gen plugin
//! build` has built.
#![allow(clippy::unwrap_used, missing_docs)]

mod bench;
mod check;
mod test;
mod tidy;
mod tryout;

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder with the plugin of that name, built by `gen`, and nothing else.
fn project(plugin: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let out = format!("{}.wasm", plugin.replace('-', "_"));
    let source = source.join(plugin).display().to_string();
    let (code, _, stderr) = run(&folder, &["build", &source, "--out", &out]);
    assert_eq!(code, 0, "{stderr}");
    folder
}

/// Runs `gen plugin` in a folder: how it ended, and what it wrote to standard output and standard error.
fn run(folder: &TempDir, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("gen")
        .unwrap()
        .current_dir(folder.path())
        .arg("plugin")
        .args(args)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}
