//! Why there is no component, and what to do about it.

use std::path::{Path, PathBuf};

use sluice_pipeline::plugin::PluginError;

use crate::failure::Failure;

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// There is nothing of this name.
    #[error("there is no `{path}`; `gen plugin new {name} --lang LANGUAGE` makes a plugin to start from", path = path.display(), name = name_of(path))]
    Missing { path: PathBuf },
    /// The folder holds no plugin.
    #[error(
        "`{path}` is no plugin's folder: it holds none of {entries}; make one with `gen plugin new NAME --lang LANGUAGE`",
        path = path.display()
    )]
    NoPlugin { path: PathBuf, entries: String },
    /// The folder holds two plugins.
    #[error(
        "`{path}` holds both `{}` and `{}`; give each plugin a folder of its own",
        entries[0], entries[1], path = path.display()
    )]
    TwoPlugins {
        path: PathBuf,
        entries: [&'static str; 2],
    },
    /// A core module would be overwritten by its own component.
    #[error("`{path}` is the module itself; say with --out where the component goes", path = path.display())]
    NoOut { path: PathBuf },
    /// A program that is needed cannot be run.
    #[error("cannot run `{tool}`: {source}; {remedy}")]
    NoTool {
        tool: &'static str,
        source: std::io::Error,
        /// How to get it.
        remedy: &'static str,
    },
    /// Python is there, and too old.
    #[error("`python3` is Python {found}; {remedy}")]
    OldPython { found: String, remedy: &'static str },
    /// There is no place for a tool that is fetched.
    #[error(
        "there is no folder to keep tools in: neither `HOME` nor `XDG_CACHE_HOME` is set; set one of them to a folder that is yours alone"
    )]
    NoHome,
    /// Somebody else could change a tool.
    #[error("tools are not kept in `{path}`: {why}", path = path.display())]
    Shared { path: PathBuf, why: String },
    /// A pinned tool cannot be fetched.
    #[error(
        "cannot install {what}:\n{output}\nhelp: it is fetched once, from the network; see that it can be reached"
    )]
    Install {
        what: &'static str,
        /// What the installer said.
        output: String,
    },
    /// Cargo does not understand the crate.
    #[error("`cargo metadata` failed in `{dir}`:\n{stderr}", dir = dir.display())]
    Metadata { dir: PathBuf, stderr: String },
    /// The crate makes no library that can be a plugin.
    #[error(
        "crate `{name}` makes no `cdylib`; add `crate-type = [\"cdylib\", \"rlib\"]` under `[lib]` in its `Cargo.toml`"
    )]
    NoCdylib { name: String },
    /// The compiler lacks the target.
    #[error("the Rust toolchain cannot build for {target}; run `rustup target add {target}`")]
    NoTarget { target: &'static str },
    /// The source is wrong. The compiler has said why on standard error.
    #[error("plugin `{name}` does not compile; see the compiler's messages above")]
    Compile { name: String },
    /// What was compiled is no plugin.
    #[error(
        "`{name}` compiles, and is not a plugin: {reason}; does it export the plugin contract?"
    )]
    Componentize { name: String, reason: String },
    /// The component does not come up.
    #[error("`{name}` is built, and cannot be used: {source}")]
    Unusable { name: String, source: PluginError },
    /// A file cannot be read or written.
    #[error("cannot {action} `{path}`: {source}", path = path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
}

impl BuildError {
    pub(super) fn compile(name: &str) -> BuildError {
        BuildError::Compile { name: name.into() }
    }

    pub(crate) fn read(path: &Path, source: std::io::Error) -> BuildError {
        BuildError::File {
            action: "read",
            path: path.into(),
            source,
        }
    }

    pub(crate) fn write(path: &Path, source: std::io::Error) -> BuildError {
        BuildError::File {
            action: "write",
            path: path.into(),
            source,
        }
    }

    /// Whether nothing that the user gave is to blame.
    pub(crate) fn is_of_the_machine(&self) -> bool {
        matches!(
            self,
            BuildError::NoTool { .. }
                | BuildError::OldPython { .. }
                | BuildError::Install { .. }
                | BuildError::NoTarget { .. }
                | BuildError::File { .. }
        )
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Failure {
        if error.is_of_the_machine() {
            Failure::Other(anyhow::Error::msg(error.to_string()))
        } else {
            Failure::Input(error.to_string())
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
