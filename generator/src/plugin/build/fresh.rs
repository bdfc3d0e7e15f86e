//! Whether a plugin changed since it was built last. Compilers that take tens of seconds are not asked again for nothing.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::{BUILD, BuildError, Language, read, write};

/// Folders in which nothing lies that the author wrote.
const NOT_SOURCES: [&str; 4] = [BUILD, "node_modules", "target", "__pycache__"];

/// Files that a folder has beside its sources.
const NOT_SOURCE_FILES: [&str; 4] = ["README.md", "cases.toml", "cases.ndjson", ".gitignore"];

/// The component of the last build, where nothing changed since; else that of a new one, kept for the next time.
pub(super) fn or_build(
    folder: &Path,
    language: Language,
    build: impl FnOnce() -> Result<Vec<u8>, BuildError>,
) -> Result<Vec<u8>, BuildError> {
    let (component, stamp) = (
        folder.join(BUILD).join("component.wasm"),
        folder.join(BUILD).join("stamp"),
    );
    let made_of = digest(folder, language)?;
    let is_whole = |component: &[u8]| {
        std::fs::read_to_string(&stamp).is_ok_and(|stamp| {
            stamp == format!("{made_of} {}", hex::encode(Sha256::digest(component)))
        })
    };
    if let Ok(built) = std::fs::read(&component)
        && is_whole(&built)
    {
        return Ok(built);
    }
    let built = build()?;
    write(&component, &built)?;
    let hash = hex::encode(Sha256::digest(&built));
    write(&stamp, format!("{made_of} {hash}").as_bytes())?;
    Ok(built)
}

/// What a build depends on: the sources, this program, and with it the versions of the tools that it pins.
fn digest(folder: &Path, language: Language) -> Result<String, BuildError> {
    let mut digest = Sha256::new();
    digest.update(format!(
        "{} {}\0",
        env!("CARGO_PKG_VERSION"),
        language.title()
    ));
    digest.update(super::super::tools::pins());
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
            } else if !NOT_SOURCE_FILES.contains(&name.as_ref()) {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    for file in files {
        digest.update(file.to_string_lossy().as_bytes());
        digest.update([0]);
        digest.update(Sha256::digest(read(&file)?));
    }
    Ok(hex::encode(digest.finalize()))
}
