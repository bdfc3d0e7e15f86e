//! `gen plugin build`: makes a component of a plugin's folder, whatever language it is written in, or of a core module.
//!
//! Each language is compiled by its own tools, in a module of its own. What comes out imports nothing but the log; where
//! it is a core module, it is wrapped here. This module knows nothing of what the plugin does.

mod byte_lists;
mod c;
mod component;
mod error;
mod fresh;
mod javascript;
mod python;
mod rust;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sluice_contract::Sha256;
use sluice_pipeline::plugin::{PluginEngine, PluginError};

use super::kit;
use super::language::Language;
use crate::compiled;
use crate::failure::Failure;
use crate::terminal::write_result;

pub(super) use component::componentize_text;
pub(crate) use error::BuildError;

/// Where a plugin's folder keeps what is made of it.
const BUILD: &str = "build";

/// Builds a plugin
///
/// The folder's language is told by the file in it: Cargo.toml, plugin.py, plugin.js, plugin.ts or plugin.c. A core
/// WebAssembly module of any other language that exports the plugin contract can be given instead. Tools for Python,
/// JavaScript, TypeScript and C are fetched once, each in one pinned version, into the user's cache folder; of the system
/// they need Python 3 or Node.js, and Rust needs cargo.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  gen plugin build mask-emails
  gen plugin build mask-emails --out plugins/mask_emails.wasm
  gen plugin build target/plugin.core.wasm --out plugins/mine.wasm

Exit codes:
  0  the component is built, and starts
  1  the plugin is wrong
  2  anything else went wrong, such as a tool that is missing")]
pub(crate) struct BuildArgs {
    /// Folder of the plugin, or a core module
    #[arg(value_name = "PLUGIN")]
    plugin: PathBuf,
    /// Where to write the component [default: the plugin's name with `.wasm`, in the current folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What a component is made of.
pub(crate) struct Source {
    path: PathBuf,
    /// The plugin's name, as far as it is known before it is built.
    name: String,
    kind: Kind,
}

enum Kind {
    Folder(Language),
    CoreModule,
}

/// What a compiler makes.
enum Made {
    Component(Vec<u8>),
    CoreModule(Vec<u8>),
}

/// Builds, and says what was built.
pub(crate) fn run(args: &BuildArgs) -> Result<ExitCode, Failure> {
    let said = build(args).map_err(Failure::from)?;
    write_result(&said)?;
    Ok(ExitCode::SUCCESS)
}

fn build(args: &BuildArgs) -> Result<String, BuildError> {
    let source = Source::find(&args.plugin)?;
    let out = match (&args.out, &source.kind) {
        (Some(out), _) => out.clone(),
        (None, Kind::Folder(_)) => PathBuf::from(format!("{}.wasm", source.file_stem()?)),
        (None, Kind::CoreModule) => return Err(BuildError::NoOut { path: source.path }),
    };
    let component = source.component()?;
    let unusable = |source_error: PluginError| BuildError::Unusable {
        name: source.name.clone(),
        source: source_error,
    };
    let version = PluginEngine::new()
        .and_then(|engine| compiled::load(&engine, &component, &trial(&source.name)))
        .map_err(unusable)?;
    write(&out, &component)?;
    let descriptor = version.descriptor();
    Ok(format!(
        "{} {} → {} ({} KB, sha256 {})\n",
        descriptor.name,
        descriptor.version,
        out.display(),
        component.len().div_ceil(1000),
        Sha256::of(&component),
    ))
}

impl Source {
    /// Of a plugin's folder or a core module.
    pub(crate) fn find(path: &Path) -> Result<Source, BuildError> {
        let found = path
            .metadata()
            .map_err(|_| BuildError::Missing { path: path.into() })?;
        let kind = match (found.is_dir(), Language::all_of(path).as_slice()) {
            (false, _) => Kind::CoreModule,
            (true, [language]) => Kind::Folder(*language),
            (true, []) => return Err(BuildError::NoPlugin { path: path.into() }),
            (true, [one, other, ..]) => {
                return Err(BuildError::TwoPlugins {
                    path: path.into(),
                    entries: [one.entry(), other.entry()],
                });
            }
        };
        let whole = path
            .canonicalize()
            .map_err(|error| BuildError::read(path, error))?;
        let name = match kind {
            Kind::Folder(_) => whole.file_name(),
            Kind::CoreModule => whole.file_stem(),
        };
        Ok(Source {
            path: path.into(),
            name: name.unwrap_or_default().to_string_lossy().into_owned(),
            kind,
        })
    }

    /// The name of its component's file, without the ending.
    fn file_stem(&self) -> Result<String, BuildError> {
        match self.kind {
            Kind::Folder(Language::Rust) => Ok(rust::Library::find(&self.path)?.file_stem),
            _ => Ok(self.name.replace('-', "_")),
        }
    }

    /// Builds the component.
    pub(crate) fn component(&self) -> Result<Vec<u8>, BuildError> {
        let made = match self.kind {
            Kind::CoreModule => Made::CoreModule(read(&self.path)?),
            Kind::Folder(language) => {
                kit::complete(&self.path, language)?;
                match language {
                    // Cargo knows by itself what is fresh.
                    Language::Rust => rust::build(&self.path)?,
                    other => Made::Component(fresh::or_build(&self.path, other, || {
                        self.in_component(match other {
                            Language::C => c::build(&self.path, &self.name),
                            Language::Python => python::build(&self.path, &self.name),
                            _ => javascript::build(&self.path, &self.name, other),
                        }?)
                    })?),
                }
            }
        };
        self.in_component(made)
    }

    fn in_component(&self, made: Made) -> Result<Vec<u8>, BuildError> {
        match made {
            Made::Component(component) => Ok(component),
            Made::CoreModule(module) => {
                component::componentize(module).map_err(|reason| BuildError::Componentize {
                    name: self.name.clone(),
                    reason,
                })
            }
        }
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

/// What the plugin may cost while it describes itself.
fn trial(name: &str) -> sluice_contract::stack::Plugin {
    sluice_contract::stack::Plugin {
        name: name.into(),
        config: Default::default(),
        wasi: false,
        samples: 0,
        refresh_seconds: 5,
        canary: None,
        limits: sluice_contract::stack::PluginLimits {
            memory_mb: 256,
            batch_timeout_ms: 10_000,
            max_rows_per_row: 1,
            max_growth: 1,
        },
    }
}

fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(|error| BuildError::read(path, error))
}

/// Writes a file beside its place, then moves it there.
fn write(path: &Path, contents: &[u8]) -> Result<(), BuildError> {
    let failed = |error| BuildError::write(path, error);
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    // Others may read it, as far as the user's mask allows, which temporary files do not do by themselves.
    let mut temporary = tempfile::Builder::new();
    #[cfg(unix)]
    temporary.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = temporary.tempfile_in(folder).map_err(failed)?;
    std::fs::write(file.path(), contents).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests;
