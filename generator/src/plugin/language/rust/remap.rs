//! Paths of the machine that a component is built on are no part of it: two machines build the same bytes of the same
//! source, and nobody reads a user's name in a plugin. Only the places of panics have paths in them; cargo writes those of
//! the workspace from its root on.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler's flags that give what lies outside of the workspace names that are the same everywhere.
pub(super) fn flags(crate_dir: &Path) -> Vec<String> {
    let mut renamed: Vec<(PathBuf, String)> = Vec::new();
    if let Some(home) = cargo_home() {
        // The last that fits counts. A registry's folder is not there before the first download, and its name depends on
        // where crates are downloaded from.
        renamed.push((home.clone(), "cargo".into()));
        let registries = std::fs::read_dir(home.join("registry/src")).into_iter();
        let mut registries: Vec<PathBuf> = registries
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        registries.sort();
        renamed.extend(
            registries
                .into_iter()
                .map(|registry| (registry, "registry".into())),
        );
    }
    renamed.extend(standard_library(crate_dir));
    let flag = |(path, name): (PathBuf, String)| {
        [
            "--remap-path-prefix".to_owned(),
            format!("{}={name}", path.display()),
        ]
    };
    renamed.into_iter().flat_map(flag).collect()
}

fn cargo_home() -> Option<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    set.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

/// The source of the standard library, where it is installed, and what the compiler calls it where it is not.
fn standard_library(crate_dir: &Path) -> Option<(PathBuf, String)> {
    let ask = |argument: &[&str]| {
        let output = Command::new("rustc")
            .args(argument)
            .current_dir(crate_dir)
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let source = Path::new(ask(&["--print", "sysroot"])?.trim()).join("lib/rustlib/src/rust");
    if !source.is_dir() {
        return None;
    }
    let version = ask(&["--version", "--verbose"])?;
    let commit = version
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "))?;
    Some((source, format!("/rustc/{commit}")))
}
