//! The templates: built in, and replaced file by file from a folder of the user's.

use sluice_manifest::nearest::nearest;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::embedded::STACK_TEMPLATES;

/// The built-in templates, by name.
fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = STACK_TEMPLATES.iter();
    files.filter_map(|(file, source)| Some((file.strip_suffix(".hbs")?, *source)))
}

/// A set of templates that belong together.
#[derive(Debug, Clone)]
pub struct Templates {
    by_name: BTreeMap<String, Template>,
}

/// One template.
#[derive(Debug, Clone)]
pub(super) struct Template {
    /// Handlebars.
    pub(super) source: String,
    /// Its path, for messages.
    pub(super) origin: String,
}

/// Why a folder of templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplatesError {
    /// It cannot be read.
    #[error("cannot read the templates in `{}`: {error}\nhelp: give a folder of `.hbs` files", path.display())]
    Unreadable {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file in it replaces nothing.
    #[error("`{}` replaces no template\nhelp: {remedy}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What it may be called.
        remedy: String,
    },
}

/// Reads a file. What is none, such as a pipe, might never come to an end.
fn read(path: &Path) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    std::fs::read_to_string(path)
}

impl Templates {
    /// The built-in templates.
    pub fn embedded() -> Templates {
        let template = |name: &str, source: &str| Template {
            source: source.to_owned(),
            origin: format!("templates/stack/{name}.hbs"),
        };
        let by_name = built_in()
            .map(|(name, source)| (name.to_owned(), template(name, source)))
            .collect();
        Templates { by_name }
    }

    /// The built-in templates, of which those are replaced that have a file of their name in `folder`. Hidden files are
    /// passed over; every other one must be the name of a template and `.hbs`, in a folder where the name has one.
    pub fn with_overrides(folder: &Path) -> Result<Templates, TemplatesError> {
        let mut templates = Templates::embedded();
        let unreadable = |path: &Path, error| TemplatesError::Unreadable {
            path: path.to_owned(),
            error,
        };
        let mut paths = files(folder).map_err(|(path, error)| unreadable(&path, error))?;
        // The same mistake is reported first on every machine.
        paths.sort();
        for path in paths {
            let own = path.strip_prefix(folder).unwrap_or(&path);
            let parts = own
                .components()
                .map(|part| part.as_os_str().to_string_lossy());
            let file = parts.collect::<Vec<_>>().join("/");
            let name = file.strip_suffix(".hbs").unwrap_or(&file);
            let Some(template) = templates
                .by_name
                .get_mut(name)
                .filter(|_| file.ends_with(".hbs"))
            else {
                return Err(TemplatesError::Unknown {
                    remedy: remedy(name),
                    path,
                });
            };
            template.source = read(&path).map_err(|error| unreadable(&path, error))?;
            template.origin = path.display().to_string();
        }
        Ok(templates)
    }

    /// The templates by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Template)> {
        self.by_name
            .iter()
            .map(|(name, template)| (name.as_str(), template))
    }

    /// The path of a template.
    pub(super) fn origin(&self, name: &str) -> String {
        self.by_name
            .get(name)
            .map_or_else(|| format!("{name}.hbs"), |template| template.origin.clone())
    }
}

/// Every file in a folder and in those that are in it, except for hidden ones.
fn files(folder: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let unreadable = |error| (folder.to_owned(), error);
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// What a file may be called instead.
fn remedy(name: &str) -> String {
    match nearest(name, built_in().map(|(known, _)| known)) {
        Some(known) => format!("did you mean `{known}.hbs`?"),
        None => {
            let names: Vec<String> = built_in()
                .map(|(known, _)| format!("`{known}.hbs`"))
                .collect();
            format!("the templates are {}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sluice_contract::metrics::Metric;

    use super::*;

    #[test]
    fn every_file_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/stack");
        let mut files: Vec<String> = files(&folder)
            .unwrap()
            .iter()
            .map(|path| path.strip_prefix(&folder).unwrap().display().to_string())
            .collect();
        files.sort();
        let built_in: Vec<String> = built_in().map(|(name, _)| format!("{name}.hbs")).collect();
        assert_eq!(files, built_in);
    }

    /// What the host counts is called as the contract says, in alarms and on the dashboard too.
    #[test]
    fn no_template_types_a_metric() {
        for (name, source) in built_in() {
            for metric in Metric::ALL {
                let typed = format!("\"{}\"", metric.name());
                assert!(!source.contains(&typed), "{name}.hbs types {typed}");
            }
        }
    }

    #[test]
    fn a_typing_error_is_guessed() {
        assert_eq!(remedy("queues"), "did you mean `queue.hbs`?");
        assert!(remedy("xyz").starts_with("the templates are `alarm-actions.hbs`, "));
    }
}
