//! How cargo is called to build and to test. Every call sees the whole workspace and chooses targets (`--bin gen`): cargo
//! gives dependencies the features that the chosen packages want, so that a package chosen by itself would have wasmtime,
//! arrow and the AWS SDK compiled once more.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::program::{answers, cargo, output, run};

/// Builds `gen`, and nothing that it does not need.
pub(crate) fn build_gen() -> Result<()> {
    run(cargo().args(["build", "--release", "--locked", "--bin", "gen"]))
}

/// Builds all programs and tests.
pub(crate) fn build_all() -> Result<()> {
    run(cargo().args([
        "build",
        "--release",
        "--locked",
        "--workspace",
        "--all-targets",
    ]))
}

/// Which packages to test.
#[derive(Clone, Copy)]
pub(crate) enum Selection {
    /// Every one.
    All,
    /// Every one but this.
    AllBut(&'static str),
    /// This alone.
    Only(&'static str),
}

impl Selection {
    fn has(self, package: &str) -> bool {
        match self {
            Self::All => true,
            Self::AllBut(other) => package != other,
            Self::Only(one) => package == one,
        }
    }

    /// As nextest writes it.
    fn filter(self) -> String {
        match self {
            Self::All => "all()".to_owned(),
            Self::AllBut(package) => format!("not package({package})"),
            Self::Only(package) => format!("package({package})"),
        }
    }
}

/// Runs tests with cargo-nextest where it is installed, and else with cargo itself. `variables` are added to the
/// environment.
pub(crate) fn run_tests(selection: Selection, variables: &[(&str, &str)]) -> Result<()> {
    let mut command = cargo();
    command.envs(variables.iter().copied());
    if answers(cargo().args(["nextest", "--version"])) {
        command
            .args(["nextest", "run", "--release", "--workspace", "-E"])
            .arg(selection.filter());
    } else {
        command.args(["test", "--release", "--no-fail-fast", "--workspace"]);
        command.args(targets(selection)?);
    }
    run(&mut command)
}

/// What of the chosen packages has tests, as cargo's options. Their libraries have their own tests in them; of packages
/// that are not chosen, they cannot be left out by target, and are fast.
fn targets(selection: Selection) -> Result<Vec<String>> {
    let text = output(cargo().args(["metadata", "--format-version=1", "--no-deps", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&text).context("cargo's metadata is not JSON")?;
    let mut options = match selection {
        Selection::All | Selection::AllBut(_) => vec!["--lib".to_owned(), "--bins".to_owned()],
        Selection::Only(_) => Vec::new(),
    };
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let chosen = packages.filter(|package| {
        package["name"]
            .as_str()
            .is_some_and(|name| selection.has(name))
    });
    for target in chosen.flat_map(|package| package["targets"].as_array().into_iter().flatten()) {
        if target["kind"]
            .as_array()
            .is_some_and(|kinds| kinds.contains(&Value::from("test")))
        {
            let name = target["name"].as_str().context("a target without a name")?;
            options.extend(["--test".to_owned(), name.to_owned()]);
        }
    }
    Ok(options)
}
