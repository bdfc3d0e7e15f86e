//! Plugins in Rust: the crate is compiled by the user's own cargo for a target without an operating system.

mod remap;
mod sdk;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Made, PluginLanguage, SDK_FOLDER};
use crate::embedded::Files;
use crate::plugin::error::BuildError;
use crate::plugin::files::read;

/// The target: WebAssembly without WASI.
const TARGET: &str = "wasm32-unknown-unknown";
/// Vector instructions, which the sandbox has on every processor, and no names and debug information, which it ignores.
const RUSTFLAGS: [&str; 4] = [
    "-C",
    "target-feature=+simd128,+bulk-memory",
    "-C",
    "strip=symbols",
];

pub(super) struct Rust;

impl PluginLanguage for Rust {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn title(&self) -> &'static str {
        "Rust"
    }

    fn entry(&self) -> &'static str {
        "Cargo.toml"
    }

    fn source(&self) -> &'static str {
        "src/lib.rs"
    }

    fn usual_fuel(&self) -> u32 {
        10_000
    }

    fn sdk(&self) -> Vec<(&'static str, Cow<'static, str>)> {
        sdk::files()
    }

    fn beside(&self) -> Files {
        // The versions that this program was built and tested with; cargo leaves out what the plugin does not use.
        &[("Cargo.lock", include_str!("../../../../../Cargo.lock"))]
    }

    fn has_sdk_elsewhere(&self, folder: &Path) -> Result<bool, BuildError> {
        let path = folder.join(self.entry());
        let manifest =
            std::fs::read_to_string(&path).map_err(|error| BuildError::read(&path, error))?;
        let manifest: toml::Table = toml::from_str(&manifest).unwrap_or_default();
        let path = manifest
            .get("dependencies")
            .and_then(|all| all.get("sluice-sdk")?.get("path"));
        Ok(path.and_then(toml::Value::as_str) != Some(SDK_FOLDER))
    }

    fn file_stem(&self, folder: &Path, _name: &str) -> Result<String, BuildError> {
        Ok(Library::find(folder)?.file_stem)
    }

    fn sees_what_is_fresh(&self) -> bool {
        true
    }

    fn build(&self, folder: &Path, _name: &str) -> Result<Made, BuildError> {
        let module = Library::find(folder)?.compile(folder)?;
        read(&module).map(Made::CoreModule)
    }
}

/// A crate's library.
struct Library {
    /// The package's name.
    name: String,
    /// Its file's name without an ending.
    file_stem: String,
    target_dir: PathBuf,
}

impl Library {
    fn find(crate_dir: &Path) -> Result<Library, BuildError> {
        let manifest = crate_dir.join("Cargo.toml");
        let output = cargo()
            .args([
                "metadata",
                "--format-version=1",
                "--no-deps",
                "--manifest-path",
            ])
            .arg(&manifest)
            .output()
            .map_err(no_cargo)?;
        let metadata: Option<serde_json::Value> = if output.status.success() {
            serde_json::from_slice(&output.stdout).ok()
        } else {
            None
        };
        let metadata = metadata.ok_or_else(|| BuildError::Metadata {
            dir: crate_dir.into(),
            stderr: String::from_utf8_lossy(&output.stderr).trim().to_string(),
        })?;
        Library::of(&metadata, &manifest).ok_or_else(|| BuildError::NoCdylib {
            name: crate_dir
                .file_name()
                .unwrap_or(OsStr::new("."))
                .to_string_lossy()
                .into_owned(),
        })
    }

    /// The `cdylib` of the package whose manifest it is, in what `cargo metadata` says.
    fn of(metadata: &serde_json::Value, manifest: &Path) -> Option<Library> {
        let manifest = manifest.canonicalize().ok()?;
        let packages = metadata["packages"].as_array()?;
        let package = packages.iter().find(|package| {
            package["manifest_path"]
                .as_str()
                .is_some_and(|path| Path::new(path).canonicalize().ok().as_ref() == Some(&manifest))
        })?;
        let is_cdylib = |target: &&serde_json::Value| {
            target["crate_types"]
                .as_array()
                .is_some_and(|types| types.iter().any(|kind| kind == "cdylib"))
        };
        let target = package["targets"].as_array()?.iter().find(is_cdylib)?;
        Some(Library {
            name: package["name"].as_str()?.into(),
            file_stem: target["name"].as_str()?.replace('-', "_"),
            target_dir: metadata["target_directory"].as_str()?.into(),
        })
    }

    /// Compiles it and says where the module is.
    fn compile(&self, crate_dir: &Path) -> Result<PathBuf, BuildError> {
        // Flags of this target only, so that what cargo builds for the host stays as it is.
        let flags = RUSTFLAGS.into_iter().map(String::from);
        let flags = flags.chain(remap::flags(crate_dir));
        let flags: Vec<String> = flags.map(|flag| format!("{flag:?}")).collect();
        let flags = flags.join(",");
        let status = cargo()
            .args([
                "build",
                "--release",
                "--quiet",
                "--lib",
                "--target",
                TARGET,
                "--package",
                &self.name,
            ])
            .arg("--config")
            .arg(format!("target.{TARGET}.rustflags=[{flags}]"))
            .arg("--manifest-path")
            .arg(crate_dir.join("Cargo.toml"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            // Pieces that are compiled one by one are others on every machine, and slower.
            .env("CARGO_INCREMENTAL", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .map_err(no_cargo)?;
        if !status.success() {
            return Err(if has_target(crate_dir) {
                BuildError::compile(&self.name)
            } else {
                BuildError::NoTarget { target: TARGET }
            });
        }
        Ok(self
            .target_dir
            .join(TARGET)
            .join("release")
            .join(format!("{}.wasm", self.file_stem)))
    }
}

/// Cargo as the user has it; inside a build, the one that runs it.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Whether the compiler that cargo uses in this folder has a standard library for the target. If it cannot be asked, the
/// target is not what is missing.
fn has_target(crate_dir: &Path) -> bool {
    let query = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(crate_dir)
        .output();
    match query {
        Ok(output) if output.status.success() => {
            Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
        }
        _ => true,
    }
}

fn no_cargo(source: std::io::Error) -> BuildError {
    BuildError::NoTool {
        tool: "cargo",
        source,
        remedy: "install Rust from https://rustup.rs",
    }
}
