//! A manifest to deploy: one of the examples, with a few values changed, so that a test says what it depends on and
//! nothing else.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use toml_edit::{DocumentMut, Item, Value};

use crate::programs;

/// A manifest as text in the making.
#[derive(Debug, Clone)]
pub struct Manifest {
    document: DocumentMut,
    /// Files that it names, such as tables, which lie beside it.
    beside: Vec<PathBuf>,
}

impl Manifest {
    /// The manifest of `examples/NAME`.
    ///
    /// # Errors
    /// Where it cannot be read or is not TOML.
    pub fn example(name: &str) -> anyhow::Result<Self> {
        let folder = programs::repository().join("examples").join(name);
        let file = folder.join("manifest.toml");
        let text = fs::read_to_string(&file)
            .with_context(|| format!("`{}` cannot be read", file.display()))?;
        let mut beside = Vec::new();
        for entry in fs::read_dir(&folder)? {
            beside.push(entry?.path());
        }
        beside.retain(|path| path.is_file() && *path != file);
        Ok(Self {
            document: text.parse()?,
            beside,
        })
    }

    /// A manifest of a test's own.
    ///
    /// # Errors
    /// Where it is not TOML.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(Self {
            document: text.parse()?,
            beside: Vec::new(),
        })
    }

    /// Sets the value at a dotted path, and makes the tables on the way to it.
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Self {
        let mut item = self.document.as_item_mut();
        for name in path.split('.') {
            item = &mut item[name];
        }
        *item = Item::Value(value.into());
        self
    }

    /// Takes the value at a dotted path away.
    pub fn without(mut self, path: &str) -> Self {
        let (table, name) = path.rsplit_once('.').unwrap_or(("", path));
        let mut item = self.document.as_item_mut();
        for name in table.split('.').filter(|name| !name.is_empty()) {
            item = &mut item[name];
        }
        item[name] = Item::None;
        self
    }

    /// Copies the tables of one pipeline to another name.
    pub fn copy_pipeline(mut self, from: &str, to: &str) -> Self {
        self.document["pipeline"][to] = self.document["pipeline"][from].clone();
        self
    }

    /// Renders it with `gen stack`, in a folder of the caller's, where it lies as `manifest.toml` then.
    ///
    /// # Errors
    /// Where `gen` refuses it.
    pub fn render(&self, folder: &Path) -> anyhow::Result<String> {
        let file = folder.join("manifest.toml");
        fs::write(&file, self.document.to_string())?;
        for path in &self.beside {
            let name = path.file_name().context("a file has a name")?;
            fs::copy(path, folder.join(name))?;
        }
        programs::run(Command::new(programs::generator()?).arg("stack").arg(&file))
    }
}

/// The committed template of an example, as it lies in `out`.
///
/// # Errors
/// Where it is not there.
pub fn rendered(name: &str) -> anyhow::Result<String> {
    let file = programs::repository()
        .join("out")
        .join(name)
        .join("stack.json");
    fs::read_to_string(&file).with_context(|| {
        format!(
            "`{}` cannot be read; `cargo xtask bless` makes it",
            file.display()
        )
    })
}
