//! What a plugin's folder begins with: the worked example of each language, and its SDK.
//!
//! The scaffolds are templates under `templates/plugin`, the SDKs are those under `plugins/sdk`. Both are part of this
//! program, so that a plugin is begun, and built, wherever it is.

mod rust_sdk;

use std::borrow::Cow;
use std::path::Path;

use handlebars::{Handlebars, no_escape};
use serde_json::json;

use super::build::BuildError;
use super::language::Language;

/// Files, each with its path in a folder.
type Files = &'static [(&'static str, &'static str)];

macro_rules! files {
    ($folder:literal: $($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../", $folder, "/", $file)))),*]
    };
}
use files;

/// The folder of a plugin that the SDK is in.
const SDK_FOLDER: &str = "sluice";
/// The contract, as every SDK needs it.
const WIT: (&str, &str) = (
    "wit/transform.wit",
    include_str!("../../../wit/transform.wit"),
);

/// Templates that are the same in every language.
const COMMON: Files =
    files!("templates/plugin": "README.md.hbs", "cases.toml.hbs", "gitignore.hbs");

/// The templates of a language, without those that are the same in every one.
fn templates(language: Language) -> Files {
    match language {
        Language::Rust => files!("templates/plugin/rust": "Cargo.toml.hbs", "src/lib.rs.hbs"),
        Language::Python => files!("templates/plugin/python": "plugin.py.hbs"),
        Language::Javascript => files!("templates/plugin/javascript": "plugin.js.hbs"),
        Language::Typescript => {
            files!("templates/plugin/typescript": "plugin.ts.hbs", "tsconfig.json.hbs")
        }
        Language::C => files!("templates/plugin/c": "plugin.c.hbs"),
    }
}

/// The files of a language's SDK, as they lie in a plugin's folder.
fn sdk(language: Language) -> Vec<(&'static str, Cow<'static, str>)> {
    let files: Files = match language {
        Language::Rust => return rust_sdk::files(),
        Language::Python => files!("plugins/sdk/python":
            "__init__.py", "ascii.py", "column_plugin.py", "columns.py", "component.py", "config.py", "contract.py",
            "field.py", "log.py", "outputs.py", "parse.py", "py.typed", "row.py", "row_plugin.py", "sandbox.py",
            "stand_in.py", "testing.py",
        ),
        Language::Javascript | Language::Typescript => files!("plugins/sdk/javascript":
            "ascii.js", "columns.js", "config.js", "fields.js", "row.js", "sluice.d.ts", "sluice.js",
        ),
        Language::C => files!("plugins/sdk/c":
            "columns.c", "component.c", "config.c", "fields.c", "generated/transformer.c", "generated/transformer.h",
            "internal.h", "libc/assert.h", "libc/ctype.h", "libc/math.h", "libc/stdio.h", "libc/stdlib.h",
            "libc/string.h", "libc/time.h", "log.c", "memory.c", "number.c", "row.c", "runtime.c", "sluice.h", "text.c",
        ),
    };
    files
        .iter()
        .map(|(file, text)| (*file, Cow::Borrowed(*text)))
        .collect()
}

/// Writes the folder of a new plugin.
pub(super) fn begin(folder: &Path, name: &str, language: Language) -> Result<(), BuildError> {
    if language == Language::Rust {
        // The versions that this program was built and tested with; cargo leaves out what the plugin does not use.
        write(
            &folder.join("Cargo.lock"),
            include_str!("../../../Cargo.lock"),
        )?;
    }
    for (file, template) in COMMON.iter().chain(templates(language)) {
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
    let is_elsewhere = match language {
        // A crate says itself where its SDK is.
        Language::Rust => {
            let path = folder.join(language.entry());
            let manifest =
                std::fs::read_to_string(&path).map_err(|error| BuildError::read(&path, error))?;
            let manifest: toml::Table = toml::from_str(&manifest).unwrap_or_default();
            let path = manifest
                .get("dependencies")
                .and_then(|all| all.get("sluice-sdk")?.get("path"));
            path.and_then(toml::Value::as_str) != Some(SDK_FOLDER)
        }
        _ => false,
    };
    if is_elsewhere || folder.join(SDK_FOLDER).exists() {
        return Ok(());
    }
    write_sdk(folder, language)
}

fn write_sdk(folder: &Path, language: Language) -> Result<(), BuildError> {
    let sdk_folder = folder.join(SDK_FOLDER);
    for (file, text) in sdk(language) {
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
