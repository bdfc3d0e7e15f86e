//! The plugin kit: in every language, a plugin is begun, built from nothing and tested; and all of them are brought into
//! use one after the other while records flow, which nobody who reads the records can tell.

mod contacts;

use std::{env, fs, path::PathBuf, process::Command};

use anyhow::ensure;
use sluice_tests::{Manifest, generate, on_a_cloud, repository, run, tool};

use crate::contacts::Contacts;

/// The languages of `gen plugin new`.
const LANGUAGES: [&str; 5] = ["rust", "c", "python", "javascript", "typescript"];
/// The plugin that needs no SDK.
const RAW: &str = "plugins/raw-zig";

/// The `sluice/` folders may import nothing but the log, and a whole interpreter brings this many megabytes along.
const INTERPRETERS: [(&str, u64); 3] = [("python", 12), ("javascript", 8), ("typescript", 8)];

#[test]
fn plugins_of_every_language_take_turns() {
    on_a_cloud(|cloud| {
        let mut components: Vec<(String, PathBuf)> = Vec::new();
        for language in LANGUAGES {
            let folder = cloud.folder().join(language).join("mask-emails");
            fs::create_dir(cloud.folder().join(language))?;
            let path = folder.display().to_string();
            generate(&["plugin", "new", &path, "--lang", language])?;
            let component = cloud.folder().join(format!("{language}.wasm"));
            let out = component.display().to_string();
            generate(&["plugin", "build", &path, "--out", &out])?;
            generate(&["plugin", "test", &path])?;
            components.push((language.to_owned(), component));
        }
        components.push(("zig".to_owned(), raw(cloud.folder().join("zig.wasm"))?));
        for (language, megabytes) in INTERPRETERS {
            let component = cloud.folder().join(format!("{language}.wasm"));
            let found = fs::metadata(component)?.len() / 1_000_000;
            ensure!(
                found >= megabytes,
                "the {language} component has {found} MB only"
            );
        }

        let template = Manifest::parse(contacts::MANIFEST)?.render(cloud.folder())?;
        let mut contacts = Contacts::deploy(cloud, &template)?;
        for (language, component) in &components {
            contacts.swap(language, component)?;
        }
        contacts.is_complete()
    });
}

#[test]
fn text_that_is_built_in_c() {
    passes("c", "builders", "plugin.c");
}

#[test]
fn columns_of_every_type_in_python() {
    passes("python", "types", "plugin.py");
}

/// A plugin of these tests passes its cases; `entry` is the author's file.
fn passes(language: &str, name: &str, entry: &str) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let plugin = folder.path().join(name);
    let ending = entry.rsplit('.').next().unwrap_or_default();
    let test = || {
        let path = plugin.display().to_string();
        generate(&["plugin", "new", &path, "--lang", language])?;
        let sources = repository().join("tests/tests/kit");
        fs::copy(sources.join(format!("{name}.{ending}")), plugin.join(entry))?;
        fs::copy(
            sources.join(format!("{name}.toml")),
            plugin.join("cases.toml"),
        )?;
        generate(&["plugin", "test", &path]).map(drop)
    };
    let outcome: anyhow::Result<()> = test();
    outcome.unwrap_or_else(|error| panic!("{error:#}"));
}

/// Builds the plugin without an SDK as its own page says, and runs the golden cases of all others on it.
fn raw(component: PathBuf) -> anyhow::Result<PathBuf> {
    let out = component.display().to_string();
    let module = component.with_extension("core.wasm");
    // Its `python3` is the one that has the compiler.
    let tools = tool("python3")?.with_file_name("").into_os_string();
    let mut path = tools;
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    let mut compiler = Command::new("sh");
    compiler
        .current_dir(repository().join(RAW))
        .env("PATH", path);
    run(compiler.arg("build.sh").arg(&module))?;
    let module = module.display().to_string();
    generate(&["plugin", "build", &module, "--out", &out])?;
    let cases = component
        .with_file_name("rust")
        .join("mask-emails/cases.toml");
    generate(&[
        "plugin",
        "test",
        &out,
        "--cases",
        &cases.display().to_string(),
    ])?;
    Ok(component)
}
