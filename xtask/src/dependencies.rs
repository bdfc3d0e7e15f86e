//! What the programs are made of: whether everything may be passed on with them, and comes from where it should. What is
//! allowed stands in `deny.toml`, which `cargo deny` reads, too; that knows known holes besides, and is asked where it is there.

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::Value;
use spdx::Expression;

use crate::program::{cargo, repository, run as run_program};

/// What is read of `deny.toml`.
#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    /// In SPDX's words, with an exception where it has one.
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// Checks every crate that a program, a test or a plugin is made of.
pub(crate) fn check() -> Result<()> {
    let path = repository().join("deny.toml");
    let deny = std::fs::read_to_string(&path).context("read deny.toml")?;
    let deny: Deny = toml::from_str(&deny).context("deny.toml")?;
    // It may have to fetch what other systems need, which no build on this one has.
    let metadata = ["metadata", "--format-version", "1", "--locked"];
    let output = cargo().args(metadata).output().context("cargo metadata")?;
    ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let packages = metadata["packages"].as_array().context("packages")?;
    // Crates of this repository have no source.
    let foreign: Vec<&Value> = packages
        .iter()
        .filter(|package| !package["source"].is_null())
        .collect();
    ensure!(!foreign.is_empty(), "cargo metadata names no crate");
    let wrong: Vec<String> = foreign
        .iter()
        .filter_map(|package| deny.refuses(package))
        .collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} crates may be used", foreign.len());
    let has_cargo_deny = cargo().args(["deny", "--version"]).output();
    if has_cargo_deny.is_ok_and(|output| output.status.success()) {
        let check = ["deny", "--workspace", "--locked", "check"];
        run_program(cargo().args(check).args(["licenses", "bans", "sources"]))?;
    }
    Ok(())
}

impl Deny {
    /// Why a crate may not be used, if it may not.
    fn refuses(&self, package: &Value) -> Option<String> {
        let text = |name: &str| package[name].as_str().unwrap_or_default();
        let name = format!("{} {}", text("name"), text("version"));
        if self
            .bans
            .deny
            .iter()
            .any(|banned| banned.name == text("name"))
        {
            return Some(format!("{name}: it is banned"));
        }
        let registry = text("source").strip_prefix("registry+").unwrap_or_default();
        if !self
            .sources
            .allow_registry
            .iter()
            .any(|own| own == registry)
        {
            return Some(format!("{name}: it comes from {}", text("source")));
        }
        let license = text("license");
        // Before 2019, people wrote a slash.
        let expression = Expression::parse(&license.replace('/', " OR "));
        let may = expression.is_ok_and(|expression| {
            expression.evaluate(|license| {
                let allowed = &self.licenses.allow;
                allowed.iter().any(|own| *own == license.to_string())
            })
        });
        (!may).then(|| format!("{name}: its license is `{license}`"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_may_not_be_used_is_told() {
        const REGISTRY: &str = "https://github.com/rust-lang/crates.io-index";
        let deny = Deny {
            licenses: Licenses {
                allow: ["MIT", "Apache-2.0 WITH LLVM-exception"]
                    .map(str::to_owned)
                    .into(),
            },
            bans: Bans {
                deny: vec![Banned {
                    name: "openssl-sys".to_owned(),
                }],
            },
            sources: Sources {
                allow_registry: vec![REGISTRY.to_owned()],
            },
        };
        let check = |name: &str, license: &str, source: &str, expected: Option<&str>| {
            let package =
                json!({ "name": name, "version": "1.0.0", "license": license, "source": source });
            assert_eq!(deny.refuses(&package).as_deref(), expected);
        };
        let registry = format!("registry+{REGISTRY}");
        check("a", "MIT", &registry, None);
        check("a", "MIT/GPL-3.0-only", &registry, None);
        check(
            "a",
            "GPL-3.0-only OR Apache-2.0 WITH LLVM-exception",
            &registry,
            None,
        );
        check(
            "a",
            "MIT AND GPL-3.0-only",
            &registry,
            Some("a 1.0.0: its license is `MIT AND GPL-3.0-only`"),
        );
        check("a", "", &registry, Some("a 1.0.0: its license is ``"));
        check(
            "openssl-sys",
            "MIT",
            &registry,
            Some("openssl-sys 1.0.0: it is banned"),
        );
        let elsewhere = "git+https://example.com/a";
        check(
            "a",
            "MIT",
            elsewhere,
            Some("a 1.0.0: it comes from git+https://example.com/a"),
        );
    }
}
