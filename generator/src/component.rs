//! Where the component of a plugin is found: in a folder of the user's, or in `gen` itself, which brings those that need no
//! code.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use crate::embedded::COMPONENTS;

/// A plugin's component.
pub(crate) struct Component {
    pub(crate) bytes: Cow<'static, [u8]>,
    /// The file that it is from; `None` where it comes with `gen`.
    pub(crate) file: Option<PathBuf>,
}

impl Component {
    /// That of a plugin: the file of its name in a folder, or what comes with `gen` where there is none.
    pub(crate) fn find(plugin: &str, folder: &Path) -> io::Result<Component> {
        let file = folder.join(file_name(plugin));
        match (std::fs::read(&file), shipped(plugin)) {
            (Ok(bytes), _) => Ok(Component {
                bytes: bytes.into(),
                file: Some(file),
            }),
            (Err(error), Some(bytes)) if error.kind() == io::ErrorKind::NotFound => Ok(Component {
                bytes: bytes.into(),
                file: None,
            }),
            (Err(error), _) => Err(error),
        }
    }

    /// Which of two it is, where a plugin of that name comes with `gen`.
    pub(crate) fn choice(&self, plugin: &str) -> Option<String> {
        shipped(plugin)?;
        Some(match &self.file {
            None => format!("plugin `{plugin}` is the one that comes with `gen`"),
            Some(file) => format!(
                "plugin `{plugin}` is `{}`, and not the one that comes with `gen`",
                file.display()
            ),
        })
    }
}

/// The component of a plugin that comes with `gen`.
pub(crate) fn shipped(plugin: &str) -> Option<&'static [u8]> {
    let mut components = COMPONENTS.iter();
    let found = components.find(|(name, _)| *name == plugin)?;
    Some(found.1)
}

/// The plugins that come with `gen`.
pub(crate) fn shipped_names() -> impl Iterator<Item = &'static str> {
    COMPONENTS.iter().map(|(name, _)| *name)
}

/// The folder in which plugins are looked for, if nothing else is said.
pub(crate) fn folder_beside(manifest: &Path) -> PathBuf {
    manifest.parent().unwrap_or(Path::new("")).join("plugins")
}

/// What the file of a plugin's component is called.
pub(crate) fn file_name(plugin: &str) -> String {
    format!("{}.wasm", plugin.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_of_the_users_wins() {
        let folder = tempfile::tempdir().unwrap();
        let found = Component::find("tidy", folder.path()).unwrap();
        assert_eq!(found.bytes, shipped("tidy").unwrap());
        assert_eq!(
            found.choice("tidy").unwrap(),
            "plugin `tidy` is the one that comes with `gen`"
        );
        let file = folder.path().join("tidy.wasm");
        std::fs::write(&file, "mine").unwrap();
        let found = Component::find("tidy", folder.path()).unwrap();
        assert_eq!(*found.bytes, *b"mine");
        assert_eq!(
            found.choice("tidy").unwrap(),
            format!(
                "plugin `tidy` is `{}`, and not the one that comes with `gen`",
                file.display()
            )
        );
    }

    #[test]
    fn other_plugins_are_files() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Component::find("mask-emails", folder.path());
        assert_eq!(missing.err().unwrap().kind(), io::ErrorKind::NotFound);
        std::fs::write(folder.path().join("mask_emails.wasm"), "mine").unwrap();
        let found = Component::find("mask-emails", folder.path()).unwrap();
        assert_eq!(
            (&*found.bytes, found.choice("mask-emails")),
            (&b"mine"[..], None)
        );
    }

    /// Something else of that name is no reason to use another plugin in silence.
    #[test]
    fn a_file_that_cannot_be_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tidy.wasm")).unwrap();
        assert!(Component::find("tidy", folder.path()).is_err());
    }
}
