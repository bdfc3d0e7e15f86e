//! The Rust SDK as it lies in a plugin's folder: a crate that needs no workspace around it. In the repository its versions
//! are those of the workspace, and here they are put in their places.

use std::borrow::Cow;

use toml_edit::{DocumentMut, Item, Table, TableLike};

use crate::embedded::{self, files_in};

const WORKSPACE: &str = include_str!("../../../../../Cargo.toml");

/// All of its files.
pub(super) fn files() -> Vec<(&'static str, Cow<'static, str>)> {
    let files = files_in(embedded::SDKS, "rust");
    files
        .map(|(file, text)| {
            let text = match file {
                "Cargo.toml" => manifest(text).into(),
                // In a plugin's folder, the contract lies in the crate.
                "src/bindings.rs" => text.replace("\"../../../wit\"", "\"wit\"").into(),
                _ => Cow::Borrowed(text),
            };
            (file, text)
        })
        .collect()
}

/// The crate's manifest, without what only the repository needs.
fn manifest(text: &str) -> String {
    let mut manifest: DocumentMut = text.parse().expect("the SDK's manifest is TOML");
    let workspace: DocumentMut = WORKSPACE.parse().expect("the workspace's manifest is TOML");
    manifest.remove("dev-dependencies");
    manifest.remove("lints");
    for table in ["package", "dependencies"] {
        let whole = &workspace["workspace"][table];
        let entries = manifest[table].as_table_mut().expect("it is a table");
        for (name, entry) in entries.iter_mut() {
            let inherits = entry.as_table_like().is_some_and(inherits);
            if inherits {
                *entry = whole[name.get()].clone();
            }
        }
        dotless(entries);
    }
    manifest.to_string()
}

/// Whether an entry is `{ workspace = true }`.
fn inherits(entry: &dyn TableLike) -> bool {
    entry.get("workspace").and_then(Item::as_bool) == Some(true)
}

/// `version.workspace = …` has become `version = …`.
fn dotless(table: &mut Table) {
    table.set_dotted(false);
    table.fmt();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_the_workspace() {
        let files = files();
        let text_of = |wanted: &str| {
            files
                .iter()
                .find(|(name, _)| *name == wanted)
                .map(|(_, text)| text)
        };
        let manifest = text_of("Cargo.toml").map_or("", |text| text);
        assert!(!manifest.contains("workspace"), "{manifest}");
        assert!(
            manifest.contains("wit-bindgen = { version = "),
            "{manifest}"
        );
        let bindings = text_of("src/bindings.rs");
        assert!(bindings.is_some_and(|text| text.contains("path: \"wit\"")));
    }
}
