//! `cargo xtask test`: everything that CI checks, on a machine that has what README.md asks for and nothing else.
//!
//! One build serves the programs, the unit tests and the tests end to end, and clippy reads no more than it must. A step
//! that fails is named, and nothing after it runs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};

use crate::{
    api,
    build::{Selection, build_all, build_gen, run_tests},
    demo::PLUGIN_FILE,
    dependencies,
    program::{cargo, finished_programs, program, repository, run as run_program},
    readme,
    step::Steps,
    venv::Venv,
    wasm,
};

/// What to test.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Only these parts; all of them where it is not given.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    only: Vec<Part>,
}

/// A part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Part {
    /// Formatting.
    Format,
    /// Clippy, without a warning.
    Lint,
    /// The tests of every crate but those end to end, and the examples in the documentation.
    Unit,
    /// The SDKs in Python and JavaScript, in their own languages, and the plugin that needs no code in the sandbox.
    Plugins,
    /// The rendered stack on an emulated AWS.
    E2e,
    /// cfn-lint on every rendered template, without an error or a warning.
    Templates,
    /// The commands of README.md.
    Readme,
    /// `gen serve` against its own OpenAPI document.
    Api,
    /// Licences and sources of everything that the programs are made of.
    Dependencies,
}

/// The crate of the tests end to end.
pub(crate) const E2E_PACKAGE: &str = "sluice-tests";
/// Where rendered templates are.
const TEMPLATE_FOLDERS: [&str; 2] = ["out", "generator/tests/cases"];

pub(crate) fn run(args: &TestArgs) -> Result<()> {
    let parts = if args.only.is_empty() {
        Part::value_variants().to_vec()
    } else {
        args.only.clone()
    };
    let wants = |part: Part| parts.contains(&part);
    let wants_programs = wants(Part::Unit)
        || wants(Part::E2e)
        || wants(Part::Readme)
        || wants(Part::Plugins)
        || wants(Part::Api);
    let wants_tools = wants_programs || wants(Part::Templates);
    let tests = [Part::Unit, Part::E2e]
        .into_iter()
        .filter(|part| wants(*part))
        .count();
    let mut steps = Steps::new(
        usize::from(wants(Part::Format))
            + usize::from(wants_tools)
            + 3 * usize::from(wants_programs)
            + usize::from(tests > 0)
            + usize::from(wants(Part::Unit))
            + usize::from(wants(Part::Plugins))
            + usize::from(wants(Part::Templates))
            + usize::from(wants(Part::Readme))
            + usize::from(wants(Part::Api))
            + usize::from(wants(Part::Dependencies))
            + usize::from(wants(Part::Lint)),
    );

    if wants(Part::Format) {
        steps.step("format", || {
            run_program(cargo().args(["fmt", "--all", "--check"]))
        })?;
    }
    let venv = if wants_tools {
        Some(steps.step("Python tools", tools)?)
    } else {
        None
    };
    if wants_programs {
        steps.step("WebAssembly target", wasm::ensure_target)?;
        // The README needs `gen` alone.
        let build = if tests > 0 { build_all } else { build_gen };
        steps.step("build", build)?;
        steps.step("plugin", || {
            wasm::build_clean_feedback(&repository().join(PLUGIN_FILE))
        })?;
    }
    match (wants(Part::Unit), wants(Part::E2e)) {
        (true, true) => steps.step("tests", || test(Selection::All))?,
        (true, false) => steps.step("unit tests", || test(Selection::AllBut(E2E_PACKAGE)))?,
        (false, true) => steps.step("end to end", || test(Selection::Only(E2E_PACKAGE)))?,
        (false, false) => {}
    }
    if wants(Part::Unit) {
        steps.step("documentation tests", || {
            run_program(cargo().args(["test", "--release", "--workspace", "--doc", "--quiet"]))
        })?;
    }
    if wants(Part::Plugins) {
        steps.step("plugins", test_plugins)?;
    }
    if let Some(venv) = &venv {
        if wants(Part::Templates) {
            steps.step("templates", || lint_templates(venv))?;
        }
        if wants(Part::Readme) {
            steps.step("README", || readme::check(venv))?;
        }
    }
    if wants(Part::Api) {
        steps.step("API", api::check)?;
    }
    if wants(Part::Dependencies) {
        steps.step("dependencies", dependencies::check)?;
    }
    if wants(Part::Lint) {
        steps.step("clippy", || {
            let what = [
                "clippy",
                "--release",
                "--locked",
                "--workspace",
                "--all-targets",
                "--quiet",
            ];
            run_program(cargo().args(what).args(["--", "--deny", "warnings"]))
        })?;
    }
    steps.summary();
    Ok(())
}

/// The Python tools that the tests call.
pub(crate) fn tools() -> Result<Venv> {
    let root = repository();
    Venv::ensure(root.join(".venv"), &root.join("tests/requirements.txt"))
}

/// Runs tests that are built already.
fn test(selection: Selection) -> Result<()> {
    let programs = finished_programs()?.display().to_string();
    let venv = repository().join(".venv").display().to_string();
    let variables = [
        ("SLUICE_PROGRAMS", programs.as_str()),
        ("SLUICE_VENV", venv.as_str()),
    ];
    run_tests(selection, &variables)
}

/// The SDKs by the test runners of their languages; the components that are a part of `gen`, and the golden cases of the
/// one that needs no code.
fn test_plugins() -> Result<()> {
    let sdks = repository().join("plugins/sdk");
    run_program(program("python3").current_dir(sdks.join("python")).args([
        "-m",
        "unittest",
        "discover",
        "--start-directory",
        "tests",
    ]))?;
    let javascript = sdks.join("javascript");
    let mut node = program("node");
    node.current_dir(&javascript).args([
        "--no-warnings",
        "--import",
        "./tests/log-stub.mjs",
        "--test",
    ]);
    for file in fs::read_dir(javascript.join("tests")).context("the JavaScript SDK has tests")? {
        let name = file?.file_name();
        if name.to_string_lossy().ends_with(".test.mjs") {
            node.arg(Path::new("tests").join(name));
        }
    }
    run_program(&mut node)?;
    wasm::check_components()?;
    let gen_program = finished_programs()?.join("gen");
    run_program(program(gen_program).args(["plugin", "test", "plugins/tidy"]))
}

/// Neither an error nor a warning of cfn-lint on what is rendered.
fn lint_templates(venv: &Venv) -> Result<()> {
    let root = repository();
    let mut templates = Vec::new();
    for folder in TEMPLATE_FOLDERS {
        collect_templates(root.join(folder), &mut templates)?;
    }
    ensure!(
        !templates.is_empty(),
        "there is no rendered template under `{}`",
        TEMPLATE_FOLDERS.join("`, `")
    );
    let mut command: Command = venv.tool("cfn-lint");
    run_program(
        command
            .args(["--non-zero-exit-code", "warning", "--"])
            .args(&templates),
    )?;
    eprintln!("{} templates", templates.len());
    Ok(())
}

/// Rendered templates below `folder`, by name.
fn collect_templates(folder: PathBuf, templates: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut paths: Vec<_> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect_templates(path, templates)?;
        } else if path.extension().is_some_and(|ending| ending == "json") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read `{}`", path.display()))?;
            if text.contains("AWSTemplateFormatVersion") {
                templates.push(path);
            }
        }
    }
    Ok(())
}
