//! Virtual environments of Python tools, each made from one requirements file and made again when that file changes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::program::{program, run};

/// A virtual environment that is there and complete.
#[derive(Debug)]
pub(crate) struct Venv {
    folder: PathBuf,
}

impl Venv {
    /// Makes `folder` from `requirements`, unless it was made from the same text before.
    pub(crate) fn ensure(folder: PathBuf, requirements: &Path) -> Result<Self> {
        let wanted = fs::read_to_string(requirements)
            .with_context(|| format!("cannot read `{}`", requirements.display()))?;
        // It is written last: an environment that was interrupted has none.
        let stamp = folder.join("requirements.txt");
        let venv = Self { folder };
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(venv);
        }
        if venv.folder.exists() {
            fs::remove_dir_all(&venv.folder)
                .with_context(|| format!("cannot remove `{}`", venv.folder.display()))?;
        }
        run(program("python3").args(["-m", "venv"]).arg(&venv.folder))
            .context("cannot make a virtual environment: install Python 3.11 or newer with its `venv` module")?;
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--requirement",
        ];
        run(venv.tool("python").args(pip).arg(requirements))?;
        fs::write(&stamp, wanted).with_context(|| format!("cannot write `{}`", stamp.display()))?;
        Ok(venv)
    }

    /// A program of the environment.
    pub(crate) fn tool(&self, name: &str) -> Command {
        program(self.folder.join("bin").join(name))
    }

    /// Where its programs are.
    pub(crate) fn programs(&self) -> PathBuf {
        self.folder.join("bin")
    }
}
