//! Finished files in a folder.

use std::path::{Path, PathBuf};

use crate::ports::{Outputs, SinkError};

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

impl Outputs for LocalOutputs {
    fn publish(&mut self, file: &Path, name: &str) -> Result<(), SinkError> {
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
