//! What a plugin's folder begins with: the worked example of each language, and its SDK.
//!
//! The scaffolds are templates under `templates/plugin`, the SDKs are those under `plugins/sdk`. Both are part of this
//! program, so that a plugin is begun, and built, wherever it is.

use std::path::Path;

use handlebars::{Handlebars, no_escape};
use serde_json::json;

use super::error::BuildError;
use super::language::{Language, SDK_FOLDER};
use crate::embedded::{self, files_in};

/// The contract, as every SDK needs it.
const WIT: (&str, &str) = (
    "wit/transform.wit",
    include_str!("../../../wit/transform.wit"),
);

/// The templates of a language: those that are the same in every one, which lie beside the folders, and its own.
fn templates(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = embedded::PLUGIN_TEMPLATES.iter().copied();
    let common = all.filter(|(file, _)| !file.contains('/'));
    common.chain(files_in(embedded::PLUGIN_TEMPLATES, language.name()))
}

/// Writes the folder of a new plugin.
pub(super) fn begin(folder: &Path, name: &str, language: Language) -> Result<(), BuildError> {
    for (file, text) in language.beside() {
        write(&folder.join(file), text)?;
    }
    for (file, template) in templates(language) {
        let file = file.trim_end_matches(".hbs");
        let file = if file == "gitignore" {
            ".gitignore"
        } else {
            file
        };
        write(&folder.join(file), &fill(template, name, language))?;
    }
    write_sdk(folder, language)
}

/// Puts the SDK into a plugin's folder where it is missing. What is there stays as it is.
pub(super) fn complete(folder: &Path, language: Language) -> Result<(), BuildError> {
    if language.has_sdk_elsewhere(folder)? || folder.join(SDK_FOLDER).exists() {
        return Ok(());
    }
    write_sdk(folder, language)
}

fn write_sdk(folder: &Path, language: Language) -> Result<(), BuildError> {
    let sdk_folder = folder.join(SDK_FOLDER);
    for (file, text) in language.sdk() {
        write(&sdk_folder.join(file), &text)?;
    }
    write(&sdk_folder.join(WIT.0), WIT.1)
}

/// Fills a template of a scaffold.
fn fill(template: &str, name: &str, language: Language) -> String {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(no_escape);
    let values = json!({
        "name": name,
        "module": name.replace('-', "_"),
        "language": language.title(),
        "source": language.source(),
        "fuel": language.usual_fuel(),
    });
    let filled = handlebars.render_template(template, &values);
    filled.expect("the built-in scaffolds ask for these values only, which a test sees")
}

fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    let folder = path.parent().expect("a file lies in a folder");
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| BuildError::write(path, error))
}

#[cfg(test)]
mod tests;
