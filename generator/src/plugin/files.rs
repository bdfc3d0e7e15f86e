//! Files of a plugin's folder, read and written such that what goes wrong is told with their names.

use std::path::Path;

use super::error::BuildError;

/// Where a plugin's folder keeps what is made of it.
pub(super) const BUILD: &str = "build";

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(|error| BuildError::read(path, error))
}

/// Writes a file beside its place, then moves it there.
pub(super) fn write(path: &Path, contents: &[u8]) -> Result<(), BuildError> {
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
