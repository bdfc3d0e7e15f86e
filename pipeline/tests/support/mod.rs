//! Builds the plugins that tests and measurements run, with the cargo that runs them.

use std::path::{Path, PathBuf};
use std::process::Command;

use sluice_contract::stack::{Pipeline, Plugin, PluginLimits};

const TARGET: &str = "wasm32-unknown-unknown";

/// The component of the plugin crate `package`, whose library is called `library`.
///
/// # Panics
/// Where it cannot be built; cargo has said why.
pub(crate) fn component(package: &str, library: &str) -> Vec<u8> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--lib", "--package", package, "--target", TARGET])
        // As `gen plugin build` does it, so that both find what the other compiled.
        .args(["--config", &format!(r#"target.{TARGET}.rustflags=["-C","target-feature=+simd128,+bulk-memory","-C","strip=symbols"]"#)])
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(&workspace)
        .status()
        .expect("cargo runs");
    assert!(
        status.success(),
        "plugin `{package}` does not build for {TARGET}"
    );
    let target_dir = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), PathBuf::from);
    let module = target_dir
        .join(TARGET)
        .join("release")
        .join(format!("{library}.wasm"));
    let module = std::fs::read(&module).expect("cargo wrote the module");
    wit_component::ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .expect("the module is a plugin")
}

/// A plugin with a configuration, and limits that a test reaches soon. That of time is for those that loop: however slow the
/// machine is, no other one comes near it.
pub(crate) fn plugin(config: &[(&str, &str)]) -> Plugin {
    let loops = config.contains(&("evil", "loop"));
    Plugin {
        name: "test".into(),
        config: config
            .iter()
            .map(|(key, value)| ((*key).to_string(), (*value).to_string()))
            .collect(),
        wasi: false,
        samples: 0,
        refresh_seconds: 5,
        canary: None,
        limits: PluginLimits {
            memory_mb: 64,
            batch_timeout_ms: if loops { 500 } else { 60_000 },
            max_rows_per_row: 4,
            max_growth: 8,
        },
    }
}

/// A pipeline with these fields, written as in a manifest.
#[allow(dead_code, reason = "measurements check no fields")]
pub(crate) fn pipeline(fields: &str) -> Pipeline {
    let manifest = format!(
        "[project]\nname = \"test\"\n[pipeline.test]\nformats = [\"csv\"]\nsource = {{ prefix = \"in/\" }}\n\
         [pipeline.test.fields]\n{fields}\n[pipeline.test.lake]\n"
    );
    let stack = sluice_manifest::load(&manifest, "manifest.toml", None);
    stack.expect("the manifest is right").pipelines.remove(0)
}
