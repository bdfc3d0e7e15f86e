//! `gen serve` against its own OpenAPI document, by tools that know neither: the document is one, and whatever they send,
//! no answer is other than it says.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::{
    program::{finished_programs, program, repository, run},
    serve::Server,
    venv::Venv,
};

/// Requests of each kind, at the most. More find the same, and take longer.
const EXAMPLES: &str = "40";

/// What each answer must keep to.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";

/// Checks the manifest of the manual, and others: one without a table, and one whose key has several fields.
pub(crate) fn check() -> Result<()> {
    let root = repository();
    let venv = Venv::ensure(
        root.join(".venv-api"),
        &root.join("tests/api/requirements.txt"),
    )?;
    let manual =
        fs::read_to_string(root.join("docs/api.md")).context("cannot read `docs/api.md`")?;
    let manifest = manual
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .context("`docs/api.md` has no manifest")?;
    let manifests = [
        ("as in the manual", manifest.to_owned()),
        (
            "a lake alone",
            manifest.replace("table    = true", "lake = true"),
        ),
        (
            "a key of two fields",
            manifest
                .replace("= \"id\"", "= [\"id\", \"version\"]")
                .replace("default = 1", "min = 1"),
        ),
    ];
    for (name, manifest) in manifests {
        eprintln!("{name}");
        check_one(&venv, &manifest).with_context(|| format!("the API is wrong: {name}"))?;
    }
    Ok(())
}

fn check_one(venv: &Venv, manifest: &str) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let path = folder.path().join("manifest.toml");
    fs::write(&path, manifest)?;
    let gen_program = finished_programs()?.join("gen");
    let document = folder.path().join("openapi.json");
    let printed = program(&gen_program).arg("openapi").arg(&path).output()?;
    ensure!(
        printed.status.success(),
        "`gen openapi` failed: {}",
        String::from_utf8_lossy(&printed.stderr)
    );
    fs::write(&document, &printed.stdout)?;
    run(venv.tool("openapi-spec-validator").arg(&document))?;

    let server = Server::of_manifest(&path, &folder.path().join("out"))?;
    let address = &server.address;
    run(venv.tool("schemathesis").current_dir(folder.path()).args([
        "run",
        &format!("{address}/openapi.json"),
        "--max-examples",
        EXAMPLES,
        "--seed",
        "1",
        "--generation-database",
        "none",
        "--no-color",
        "--checks",
        CHECKS,
    ]))
}
