//! The folder of what is fetched and compiled once. What lies there is run as the user, so that nobody else may write there.

use std::path::{Path, PathBuf};

/// `$XDG_CACHE_HOME/sluice` or `~/.cache/sluice`; nothing where the user has no home. A folder in a place that everybody
/// shares would be made by whoever is first.
pub(crate) fn cache() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("sluice"))
}

/// Makes a folder that is the user's own. The error says why it is not, for people.
pub(crate) fn make(folder: &Path) -> Result<(), String> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| format!("it cannot be made: {error}"))?;
    check(folder)
}

/// Whether nobody but the user can write in a folder.
#[cfg(unix)]
pub(crate) fn check(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = std::fs::metadata(folder).map_err(|error| error.to_string())?;
    let own = rustix::process::geteuid().as_raw();
    if metadata.uid() != own {
        return Err(format!(
            "it belongs to the user with the number {}, and this is {own}",
            metadata.uid()
        ));
    }
    match metadata.mode() & 0o022 {
        0 => Ok(()),
        _ => Err(format!(
            "others can write there; run `chmod go-w {}`",
            folder.display()
        )),
    }
}

/// Other systems give every user a folder that is their own.
#[cfg(not(unix))]
pub(crate) fn check(_: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn where_others_can_write_is_not_ones_own() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("a/b");
        make(&own).unwrap();
        assert_eq!(
            std::fs::metadata(&own).unwrap().permissions().mode() & 0o777,
            0o700
        );
        for (mode, is_right) in [
            (0o755, true),
            (0o775, false),
            (0o777, false),
            (0o1777, false),
        ] {
            set_permissions(&own, Permissions::from_mode(mode)).unwrap();
            let made = make(&own);
            assert_eq!(made.is_ok(), is_right, "{mode:o}: {made:?}");
        }
        assert!(check(&folder.path().join("nowhere")).is_err());
    }
}
