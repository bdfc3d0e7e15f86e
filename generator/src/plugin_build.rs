//! `gen plugin build`: makes a component of a plugin's crate.
//!
//! The crate is compiled by the user's own cargo for a target without an operating system, and what comes out is wrapped
//! as a component that imports nothing but the log. This module knows nothing of what the plugin does.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sluice_pipeline::plugin::{PluginEngine, PluginError};
use wit_component::ComponentEncoder;

/// The target: WebAssembly without WASI.
const TARGET: &str = "wasm32-unknown-unknown";
/// Vector instructions, which the sandbox has on every processor, and no names and debug information, which it ignores.
const RUSTFLAGS: [&str; 4] = [
    "-C",
    "target-feature=+simd128,+bulk-memory",
    "-C",
    "strip=symbols",
];

/// Builds a plugin from its crate.
#[derive(Debug, clap::Args)]
pub struct PluginBuildArgs {
    /// Folder of the plugin's crate, with its `Cargo.toml`
    pub dir: PathBuf,
    /// Where to write the component [default: the plugin's name with `.wasm`, in the current folder]
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// A component that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltPlugin {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: usize,
    /// Its sha256, in hexadecimal.
    pub sha256: String,
    /// The plugin's name, as it describes itself.
    pub name: String,
    /// Its version, as it describes itself.
    pub version: String,
}

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum PluginBuildError {
    /// The folder holds no crate.
    #[error("no `Cargo.toml` in `{dir}`; give the folder of a plugin's crate", dir = dir.display())]
    NoCrate {
        /// The folder.
        dir: PathBuf,
    },
    /// There is no cargo.
    #[error("cannot run `cargo`: {source}; install Rust from https://rustup.rs")]
    NoCargo {
        /// What the system says.
        source: std::io::Error,
    },
    /// Cargo does not understand the crate.
    #[error("`cargo metadata` failed in `{dir}`:\n{stderr}", dir = dir.display())]
    Metadata {
        /// The folder.
        dir: PathBuf,
        /// What cargo says.
        stderr: String,
    },
    /// The crate makes no library that can be a plugin.
    #[error(
        "crate `{name}` makes no `cdylib`; add `crate-type = [\"cdylib\", \"rlib\"]` under `[lib]` in its `Cargo.toml`"
    )]
    NoCdylib {
        /// The crate.
        name: String,
    },
    /// The compiler lacks the target.
    #[error("the Rust toolchain cannot build for {TARGET}; run `rustup target add {TARGET}`")]
    NoTarget,
    /// The crate does not compile. Cargo has said why on standard error.
    #[error("crate `{name}` does not compile for {TARGET}; see cargo's messages above")]
    Compile {
        /// The crate.
        name: String,
    },
    /// What was compiled is no plugin.
    #[error(
        "crate `{name}` compiles, and is not a plugin: {reason}; does it call `sluice_sdk::plugin!`?"
    )]
    Componentize {
        /// The crate.
        name: String,
        /// What wit-component says.
        reason: String,
    },
    /// The component does not come up.
    #[error("crate `{name}` is built, and cannot be used: {source}")]
    Unusable {
        /// The crate.
        name: String,
        /// Why.
        source: PluginError,
    },
    /// A file cannot be read or written.
    #[error("cannot {action} `{path}`: {source}", path = path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Runs `gen plugin build` and says what was built.
pub fn run(args: &PluginBuildArgs) -> Result<String, PluginBuildError> {
    let library = Library::find(&args.dir)?;
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}.wasm", library.file_stem)));
    let built = build(&args.dir, &out)?;
    Ok(format!(
        "{} {} → {} ({} KB, sha256 {})\n",
        built.name,
        built.version,
        built.path.display(),
        built.bytes.div_ceil(1000),
        built.sha256
    ))
}

/// Builds the plugin whose crate is in `crate_dir`, tries whether it comes up, and writes the component to `out`, which
/// is replaced as a whole or not at all.
pub fn build(crate_dir: &Path, out: &Path) -> Result<BuiltPlugin, PluginBuildError> {
    let library = Library::find(crate_dir)?;
    let module_path = library.compile(crate_dir)?;
    let read = |source| PluginBuildError::File {
        action: "read",
        path: module_path.clone(),
        source,
    };
    let module = std::fs::read(&module_path).map_err(read)?;
    let component = componentize(&module).map_err(|reason| PluginBuildError::Componentize {
        name: library.name.clone(),
        reason,
    })?;

    let unusable = |source| PluginBuildError::Unusable {
        name: library.name.clone(),
        source,
    };
    let version =
        PluginEngine::new().and_then(|engine| engine.load(&component, &trial(&library.name)));
    let version = version.map_err(unusable)?;
    write(out, &component)?;
    let descriptor = version.descriptor();
    Ok(BuiltPlugin {
        path: out.to_path_buf(),
        bytes: component.len(),
        sha256: version.sha256().to_string(),
        name: descriptor.name.clone(),
        version: descriptor.version.clone(),
    })
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
    fn find(crate_dir: &Path) -> Result<Library, PluginBuildError> {
        let manifest = crate_dir.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(PluginBuildError::NoCrate {
                dir: crate_dir.into(),
            });
        }
        let output = cargo()
            .args([
                "metadata",
                "--format-version=1",
                "--no-deps",
                "--manifest-path",
            ])
            .arg(&manifest)
            .output()
            .map_err(|source| PluginBuildError::NoCargo { source })?;
        let metadata: Option<serde_json::Value> = if output.status.success() {
            serde_json::from_slice(&output.stdout).ok()
        } else {
            None
        };
        let metadata = metadata.ok_or_else(|| PluginBuildError::Metadata {
            dir: crate_dir.into(),
            stderr: String::from_utf8_lossy(&output.stderr).trim().to_string(),
        })?;
        Library::of(&metadata, &manifest).ok_or_else(|| PluginBuildError::NoCdylib {
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
    fn compile(&self, crate_dir: &Path) -> Result<PathBuf, PluginBuildError> {
        // Flags of this target only, so that what cargo builds for the host stays as it is.
        let flags = RUSTFLAGS.map(|flag| format!("{flag:?}")).join(",");
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
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .map_err(|source| PluginBuildError::NoCargo { source })?;
        if !status.success() {
            let no_target = || PluginBuildError::NoTarget;
            let compile = || PluginBuildError::Compile {
                name: self.name.clone(),
            };
            return Err(if has_target(crate_dir) {
                compile()
            } else {
                no_target()
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

/// Wraps a core module that holds its own description of the contract.
fn componentize(module: &[u8]) -> Result<Vec<u8>, String> {
    let encoded = ComponentEncoder::default()
        .module(module)
        .and_then(|encoder| encoder.validate(true).debug_names(false).encode());
    encoded.map_err(|error| format!("{error:#}"))
}

/// What the plugin may cost while it describes itself.
fn trial(name: &str) -> sluice_manifest::stack::Plugin {
    sluice_manifest::stack::Plugin {
        name: name.into(),
        config: Default::default(),
        wasi: false,
        samples: 0,
        refresh_seconds: 5,
        canary: None,
        limits: sluice_manifest::stack::PluginLimits {
            memory_mb: 256,
            batch_timeout_ms: 10_000,
            max_rows_per_row: 1,
            max_growth: 1,
        },
    }
}

/// Writes a file beside its place, then moves it there.
fn write(path: &Path, contents: &[u8]) -> Result<(), PluginBuildError> {
    let failed = |source| PluginBuildError::File {
        action: "write",
        path: path.into(),
        source,
    };
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let temporary = folder.join(format!(
        ".{}.{}",
        path.file_name().unwrap_or_default().to_string_lossy(),
        std::process::id()
    ));
    let written = std::fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(contents)?;
        file.sync_all()
    });
    written
        .and_then(|()| std::fs::rename(&temporary, path))
        .map_err(|source| {
            let _ = std::fs::remove_file(&temporary);
            failed(source)
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(files: &[(&str, &str)], expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        for (name, contents) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, contents).unwrap();
        }
        let error = build(folder.path(), &folder.path().join("out.wasm"))
            .unwrap_err()
            .to_string();
        let error = error.replace(&folder.path().display().to_string(), "DIR");
        assert!(error.contains(expected), "{error}");
        assert!(!folder.path().join("out.wasm").exists());
    }

    #[test]
    fn every_mistake_has_its_message() {
        const HEAD: &str = "[workspace]\n[package]\nname = \"mine\"\nedition = \"2024\"\n";
        check(
            &[],
            "no `Cargo.toml` in `DIR`; give the folder of a plugin's crate",
        );
        check(
            &[("Cargo.toml", "[package")],
            "`cargo metadata` failed in `DIR`:\nerror:",
        );
        check(
            &[("Cargo.toml", HEAD), ("src/lib.rs", "")],
            "makes no `cdylib`",
        );
        let cdylib = format!("{HEAD}[lib]\ncrate-type = [\"cdylib\"]\n");
        check(
            &[("Cargo.toml", &cdylib), ("src/lib.rs", "fn")],
            "crate `mine` does not compile for wasm32-unknown-unknown",
        );
        check(
            &[("Cargo.toml", &cdylib), ("src/lib.rs", "")],
            "crate `mine` is built, and cannot be used: does not export",
        );
    }
}
