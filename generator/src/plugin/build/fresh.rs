//! Whether a plugin changed since it was built last. Compilers that take tens of seconds are not asked again for nothing.

use std::path::Path;

use sluice_contract::Sha256;

use crate::plugin::error::BuildError;
use crate::plugin::files::{BUILD, read, write};

/// Folders in which nothing lies that the author wrote.
const NOT_SOURCES: [&str; 4] = [BUILD, "node_modules", "target", "__pycache__"];

/// Files that a folder has beside its sources.
const NOT_SOURCE_FILES: [&str; 4] = ["README.md", "cases.toml", "cases.ndjson", ".gitignore"];

/// The component of the last build, where nothing changed since; else that of a new one, kept for the next time.
pub(super) fn or_build(
    folder: &Path,
    language: &str,
    build: impl FnOnce() -> Result<Vec<u8>, BuildError>,
) -> Result<Vec<u8>, BuildError> {
    let (component, stamp) = (
        folder.join(BUILD).join("component.wasm"),
        folder.join(BUILD).join("stamp"),
    );
    let made_of = digest(folder, language)?;
    let is_whole = |component: &[u8]| {
        std::fs::read_to_string(&stamp)
            .is_ok_and(|stamp| stamp == format!("{made_of} {}", Sha256::of(component)))
    };
    if let Ok(built) = std::fs::read(&component)
        && is_whole(&built)
    {
        return Ok(built);
    }
    let built = build()?;
    write(&component, &built)?;
    let hash = Sha256::of(&built);
    write(&stamp, format!("{made_of} {hash}").as_bytes())?;
    Ok(built)
}

/// What a build depends on: the sources, and this program, which says how they are built and pins the tools.
fn digest(folder: &Path, language: &str) -> Result<Sha256, BuildError> {
    let program = std::env::current_exe().map_err(|error| BuildError::read(folder, error))?;
    let mut made_of = format!("{}\n{}\n", language, Sha256::of(read(&program)?));
    let mut folders = vec![folder.to_path_buf()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let failed = |error| BuildError::read(&folder, error);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if entry.path().is_dir() {
                if !name.starts_with('.') && !NOT_SOURCES.contains(&name.as_ref()) {
                    folders.push(entry.path());
                }
            } else if entry.path().is_file() && is_source(&name) {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    for file in files {
        let (name, hash) = (file.to_string_lossy(), Sha256::of(read(&file)?));
        made_of += &format!("{name}\0{hash}\n");
    }
    Ok(Sha256::of(made_of))
}

/// Whether a build may depend on a file of this name. Components are what comes out of one, wherever they were put.
fn is_source(name: &str) -> bool {
    !NOT_SOURCE_FILES.contains(&name) && !name.ends_with(".wasm")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_what_the_author_changes_is_built_again() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let mut builds = 0;
        let mut build = || {
            builds += 1;
            let made = format!("{builds}");
            let built = or_build(folder.path(), "Python", || Ok(made.into())).unwrap();
            String::from_utf8(built).unwrap()
        };
        write("plugin.py", "a");
        assert_eq!(build(), "1");
        write("cases.toml", "b");
        write("README.md", "c");
        write("mine.wasm", "d");
        write("node_modules/x.js", "e");
        assert_eq!(build(), "1", "nothing that it depends on has changed");
        write("sluice/row.py", "f");
        assert_eq!(build(), "3");
        write("build/component.wasm", "torn");
        assert_eq!(build(), "4");
        write("plugin.py", "g");
        assert_eq!(build(), "5");
        assert_eq!(build(), "5");
    }
}
