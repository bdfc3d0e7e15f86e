//! `gen plugin build`: makes a component of a plugin's folder, whatever language it is written in, or of a core module.
//!
//! Each language is compiled by its own tools, which its own module knows. What comes out imports nothing but the log; where
//! it is a core module, it is wrapped here. This module knows nothing of what the plugin does.

mod component;
mod fresh;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sluice_contract::Sha256;
use sluice_pipeline::plugin::{PluginEngine, PluginError};

use super::error::BuildError;
use super::files::{read, write};
use super::kit;
use super::language::{Language, Made};
use crate::compiled;
use crate::failure::Failure;
use crate::terminal::write_result;

pub(super) use component::componentize_text;

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
            (true, []) => {
                return Err(BuildError::NoPlugin {
                    path: path.into(),
                    entries: Language::entries(),
                });
            }
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
            Kind::Folder(language) => language.file_stem(&self.path, &self.name),
            Kind::CoreModule => Ok(self.name.replace('-', "_")),
        }
    }

    /// Builds the component.
    pub(crate) fn component(&self) -> Result<Vec<u8>, BuildError> {
        match self.kind {
            Kind::CoreModule => self.in_component(Made::CoreModule(read(&self.path)?)),
            Kind::Folder(language) => {
                kit::complete(&self.path, language)?;
                let build = || self.in_component(language.build(&self.path, &self.name)?);
                if language.sees_what_is_fresh() {
                    build()
                } else {
                    fresh::or_build(&self.path, language.title(), build)
                }
            }
        }
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

#[cfg(test)]
mod tests;
