//! Finished files in a folder.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use sluice_contract::objects::Prefix;

use crate::{
    ports::{Outputs, SinkError},
    sink::FinishedFile,
};

/// Moves finished files below a folder.
pub struct LocalOutputs {
    root: PathBuf,
}

impl LocalOutputs {
    /// Publishes below `root`, which is made when it is needed.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }
}

impl LocalOutputs {
    /// Removes the files of a lake's object that an earlier version of it left: those that are called `stem` and are not
    /// among `published`.
    pub fn replace(
        &self,
        pipeline: &str,
        stem: &str,
        published: &[String],
    ) -> Result<(), SinkError> {
        let lake = self.root.join(Prefix::Lake.of(pipeline));
        let name = format!("{stem}.parquet");
        let published: HashSet<PathBuf> =
            published.iter().map(|name| self.root.join(name)).collect();
        let mut folders = vec![lake.clone()];
        let mut sweep = || -> std::io::Result<()> {
            while let Some(folder) = folders.pop() {
                if !folder.is_dir() {
                    continue;
                }
                for entry in std::fs::read_dir(folder)? {
                    let entry = entry?;
                    if entry.file_type()?.is_dir() {
                        folders.push(entry.path());
                    } else if entry.file_name() == name.as_str()
                        && !published.contains(&entry.path())
                    {
                        std::fs::remove_file(entry.path())?;
                    }
                }
            }
            Ok(())
        };
        sweep().map_err(|error| SinkError {
            target: lake.display().to_string(),
            action: "give up the files of an older version".to_owned(),
            reason: error.to_string(),
        })
    }

    fn store(&self, file: &Path, name: &str) -> Result<(), SinkError> {
        let target = self.root.join(name);
        let publish = || {
            if let Some(folder) = target.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::rename(file, &target)
        };
        publish().map_err(|error| SinkError {
            target: target.display().to_string(),
            action: "take a finished file".to_owned(),
            reason: error.to_string(),
        })
    }
}

impl Outputs for LocalOutputs {
    fn publish(&mut self, files: &[FinishedFile]) -> Result<(), SinkError> {
        files
            .iter()
            .try_for_each(|file| self.store(&file.path, &file.name))
    }
}
