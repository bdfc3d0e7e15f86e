//! How the plugin contract may grow: components that were built for a released version go on working.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::fs;
use std::path::Path;

use sluice_pipeline::columns::ColumnField;
use sluice_pipeline::plugin::{CONTRACT, PluginEngine, PluginVersion};
use wit_parser::{Resolve, WorldId};

/// The contract as it is.
const NOW: &str = include_str!("../../wit/transform.wit");

/// Whether a contract may take the place of a released one; if not, why.
fn verdict(released: &str, now: &str) -> Result<(), String> {
    let (before, after) = (version(released), version(now));
    if before > after {
        return Err(format!(
            "version {after:?} comes before {before:?}, which is released"
        ));
    }
    if before.0 < after.0 {
        return Ok(());
    }
    fits(released, now).map_err(|reason| {
        format!("plugins built for {before:?} do not fit, so this is a new major version: {reason}")
    })?;
    if before == after {
        fits(now, released).map_err(|reason| {
            format!(
                "it has more than the released {before:?}, so this is a new minor version: {reason}"
            )
        })?;
    }
    Ok(())
}

/// Whether a component that is built for one contract runs where another one is offered.
fn fits(built_for: &str, offered: &str) -> Result<(), String> {
    let mut resolve = Resolve::default();
    // One package cannot be there twice; what stands behind a `+` tells them apart and changes no meaning.
    let built_for = world(&mut resolve, &built_for.replacen(';', "+built;", 1));
    let offered = world(&mut resolve, offered);
    wit_component::semver_check(resolve, built_for, offered).map_err(|error| format!("{error:#}"))
}

fn world(resolve: &mut Resolve, text: &str) -> WorldId {
    let package = resolve.push_str("transform.wit", text).unwrap();
    resolve
        .select_world(&[package], Some("transformer"))
        .unwrap()
}

fn version(text: &str) -> (u64, u64, u64) {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("transform.wit", text).unwrap();
    let version = resolve.packages[package].name.version.clone().unwrap();
    (version.major, version.minor, version.patch)
}

#[test]
fn every_released_contract_still_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/released");
    let mut newest = (0, 0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let released = fs::read_to_string(&path).unwrap();
        let (major, minor, patch) = version(&released);
        let name = format!("transform-{major}.{minor}.{patch}.wit");
        assert_eq!(path.file_name().unwrap().to_str(), Some(name.as_str()));
        verdict(&released, NOW).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        newest = newest.max((major, minor, patch));
    }
    assert!(
        newest >= (1, 0, 0),
        "a released contract is never taken away"
    );
    assert_eq!(
        version(NOW),
        CONTRACT,
        "the host knows the contract that is written down"
    );
}

/// The contract with a change.
fn changed(version: &str, from: &str, to: &str) -> String {
    assert!(NOW.contains(from), "{from}");
    NOW.replacen("transform@1.0.0;", &format!("transform@{version};"), 1)
        .replacen(from, to, 1)
}

#[test]
fn changes_need_the_version_that_they_break() {
    let check = |version: &str, from: &str, to: &str, expected: &str| {
        let verdict = verdict(NOW, &changed(version, from, to));
        let verdict = verdict.err().unwrap_or_else(|| "fine".to_owned());
        assert!(verdict.contains(expected), "{version}, {to}: {verdict}");
    };
    let more = "write: func(level: severity, message: string);\n    @since(version = 1.1.0)\n    flush: func();";
    let write = "write: func(level: severity, message: string);";
    check("1.0.0", "Good to know.", "Nice to know.", "fine");
    check("1.1.0", write, more, "fine");
    check(
        "1.0.0",
        write,
        &more.replace("1.1.0", "1.0.0"),
        "a new minor version",
    );
    check("1.1.0", "write: func", "wrote: func", "a new major version");
    check("1.1.0", "rows: u32,", "rows: u64,", "a new major version");
    check(
        "1.1.0",
        "nullable: bool,",
        "nullable: bool,\n        unit: string,",
        "a new major version",
    );
    check("1.1.0", "        warning,\n", "", "a new major version");
    check(
        "1.1.0",
        "describe: func() -> descriptor;",
        "describe: func() -> descriptor;\n    @since(version = 1.1.0)\n    close: func();",
        "a new major version",
    );
    check("2.0.0", "rows: u32,", "rows: u64,", "fine");
    let later = changed("1.1.0", "Good to know.", "Nice to know.");
    assert!(verdict(&later, NOW).unwrap_err().contains("comes before"));
}

/// The component of a plugin that says it was built for another version of the contract.
fn built_for(version: &str) -> Vec<u8> {
    let component = support::component("sluice-plugin-boundary", "sluice_plugin_boundary");
    let (from, to) = (b"@1.0.0", format!("@{version}"));
    assert_eq!(
        from.len(),
        to.len(),
        "the bytes around it stay where they are"
    );
    let starts: Vec<usize> = (0..component.len() - from.len())
        .filter(|start| component[*start..].starts_with(from))
        .collect();
    let mut component = component;
    for start in starts {
        component[start..start + from.len()].copy_from_slice(to.as_bytes());
    }
    component
}

fn load(version: &str) -> Result<PluginVersion, String> {
    let plugin = support::plugin(&[("api", "columns"), ("work", "keep")]);
    let loaded = PluginEngine::new()
        .unwrap()
        .load(&built_for(version), &plugin);
    loaded.map_err(|error| error.to_string())
}

#[test]
fn a_plugin_is_taken_by_the_version_it_exports() {
    let field = ColumnField {
        name: "a".into(),
        logical: "text".into(),
        nullable: true,
    };
    for version in ["1.0.0", "1.0.7"] {
        let plugin = load(version).unwrap();
        assert_eq!(plugin.contract(), version);
        assert!(plugin.configure(std::slice::from_ref(&field)).is_ok());
    }
    let refused = ["1.1.0", "2.0.0", "0.9.0"].map(|version| load(version).err().unwrap());
    insta::assert_snapshot!(refused.join("\n"), @r"
    built for version 1.1.0 of the plugin contract, and this Sluice knows 1.0.0; update Sluice, or build it with the SDK of 1.0.0
    built for version 2.0.0 of the plugin contract, and this Sluice knows 1.0.0; update Sluice, or build it with the SDK of 1.0.0
    does not fit the plugin contract: it is made for `sluice:transform/types@0.9.0`, and the contract is 1.0.0; build it with the WIT of this version of Sluice
    ");
}
