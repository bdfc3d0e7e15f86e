//! The Rust SDK as it lies in a plugin's folder: a crate that needs no workspace around it. In the repository its versions
//! are those of the workspace, and here they are put in their places.

use std::borrow::Cow;

use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::{Files, files};

/// The sources, which are the same in both places.
const SOURCES: Files = files!("plugins/sdk/rust":
    "src/blank.rs", "src/column_plugin.rs", "src/config.rs", "src/field.rs", "src/input.rs", "src/lib.rs", "src/log.rs",
    "src/nulls.rs", "src/origins.rs", "src/output.rs", "src/row.rs", "src/row_plugin.rs", "src/testing.rs",
    "src/text_buffer.rs",
);
const BINDINGS: &str = include_str!("../../../../plugins/sdk/rust/src/bindings.rs");
const MANIFEST: &str = include_str!("../../../../plugins/sdk/rust/Cargo.toml");
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");

/// All of its files.
pub(super) fn files() -> Vec<(&'static str, Cow<'static, str>)> {
    let mut files = vec![
        ("Cargo.toml", Cow::Owned(manifest())),
        // In a plugin's folder, the contract lies in the crate.
        (
            "src/bindings.rs",
            BINDINGS.replace("\"../../../wit\"", "\"wit\"").into(),
        ),
    ];
    files.extend(
        SOURCES
            .iter()
            .map(|(file, text)| (*file, Cow::Borrowed(*text))),
    );
    files
}

/// The crate's manifest, without what only the repository needs.
fn manifest() -> String {
    let mut manifest: DocumentMut = MANIFEST.parse().expect("the SDK's manifest is TOML");
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
        let manifest = manifest();
        assert!(!manifest.contains("workspace"), "{manifest}");
        assert!(
            manifest.contains("wit-bindgen = { version = "),
            "{manifest}"
        );
        let files = files();
        let bindings = files.iter().find(|(name, _)| *name == "src/bindings.rs");
        assert!(bindings.is_some_and(|(_, text)| text.contains("path: \"wit\"")));
    }
}
