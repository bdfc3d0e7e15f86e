//! Where records go: standard output, or a file that is there once it is complete.

use std::fs::File;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// Where bytes go.
pub(super) enum Outlet {
    Stdout(Stdout),
    /// Something that is no regular file, such as `/dev/null` or a named pipe.
    Special(File),
    /// A file beside the one that it becomes.
    File {
        file: BufWriter<NamedTempFile>,
        path: PathBuf,
    },
}

impl Outlet {
    /// Opens a file; standard output where none is named.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Outlet::Stdout(io::stdout()));
        };
        let refused = |error: io::Error| {
            Failure::Input(format!(
                "the file `{}` cannot be written: {error}",
                path.display()
            ))
        };
        let is_special = path
            .metadata()
            .is_ok_and(|known| !known.is_file() && !known.is_dir());
        if is_special {
            let file = File::options().write(true).open(path).map_err(refused)?;
            return Ok(Outlet::Special(file));
        }
        if path.is_dir() {
            return Err(refused(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let file = NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(refused)?;
        Ok(Outlet::File {
            file: BufWriter::new(file),
            path: path.to_owned(),
        })
    }

    /// Writes a line.
    pub(super) fn line(&mut self, line: &str) -> io::Result<()> {
        self.write_all(line.as_bytes())?;
        self.write_all(b"\n")
    }

    /// Gives a file its name, now that it is complete.
    pub(super) fn keep(self) -> Result<(), Failure> {
        let Outlet::File { file, path } = self else {
            return Ok(());
        };
        let refused = |error: io::Error| {
            Failure::Input(format!(
                "the file `{}` cannot be written: {error}",
                path.display()
            ))
        };
        let file = file
            .into_inner()
            .map_err(|error| refused(error.into_error()))?;
        set_usual_permissions(file.as_file()).map_err(refused)?;
        file.persist(&path).map_err(|error| refused(error.error))?;
        Ok(())
    }
}

/// A temporary file is its owner's alone; a result is like any other file.
#[cfg(unix)]
fn set_usual_permissions(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_usual_permissions(_: &File) -> io::Result<()> {
    Ok(())
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Outlet::Stdout(out) => out.write(bytes),
            Outlet::Special(file) => file.write(bytes),
            Outlet::File { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Outlet::Stdout(out) => out.flush(),
            Outlet::Special(file) => file.flush(),
            Outlet::File { file, .. } => file.flush(),
        }
    }
}
