//! How the kit brings compilers along: each in one pinned version, fetched once from where its language publishes packages,
//! into the user's cache folder. Nothing is installed into the system. Which compiler it is, its language says.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sluice_contract::Sha256;

use super::error::BuildError;
use crate::own_folder;
use crate::python::{self, Python};
use crate::terminal::say;

/// The oldest Python that the tools work with.
const LEAST_PYTHON: [u32; 2] = [3, 10];
pub(super) const PYTHON_REMEDY: &str = "install Python 3.10 or newer, with pip";
pub(super) const NODE_REMEDY: &str = "install Node.js 20 or newer, with npm";

/// Tools that are installed together.
pub(super) struct Tool {
    /// Its name and version, and what else is in it.
    pub(super) what: &'static str,
    /// What the installer reads.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// Installs into a folder that has those files.
    pub(super) install: fn(&Path) -> (Command, &'static str, &'static str),
}

impl Tool {
    /// The folder it is in, where it is put now unless it is there.
    pub(super) fn installed(&self) -> Result<PathBuf, BuildError> {
        let name = self.what.split([' ', ',']).next().unwrap_or_default();
        let hash = Sha256::of_pieces(self.files.iter().map(|(_, text)| text));
        let cache = own_folder::cache().ok_or(BuildError::NoHome)?;
        let tools = cache.join("tools");
        own_folder::make(&tools).map_err(|why| BuildError::Shared {
            path: tools.clone(),
            why,
        })?;
        let folder = tools.join(format!("{name}-{}", hash.prefix(12)));
        if folder.is_dir() {
            return Ok(folder);
        }
        say(
            "note",
            &format!("fetching {}, once, into {}", self.what, folder.display()),
        );
        // A folder of this name is whole: it is filled elsewhere, and then moved.
        let failed = |error| BuildError::write(&folder, error);
        let filling = tempfile::tempdir_in(&tools).map_err(failed)?;
        for (file, text) in self.files {
            std::fs::write(filling.path().join(file), text).map_err(failed)?;
        }
        let (mut command, tool, remedy) = (self.install)(filling.path());
        if tool == "python3" {
            check_python()?;
        }
        let output = command.stdin(Stdio::null()).output();
        let output = output.map_err(|source| BuildError::NoTool {
            tool,
            source,
            remedy,
        })?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            return Err(BuildError::Install {
                what: self.what,
                output: String::from_utf8_lossy(&said).trim().to_owned(),
            });
        }
        match std::fs::rename(filling.path(), &folder) {
            // There is nothing left to take away.
            Ok(()) => drop(filling.keep()),
            // Somebody else was faster.
            Err(_) if folder.is_dir() => {}
            Err(error) => return Err(failed(error)),
        }
        Ok(folder)
    }
}

/// With Python's package installer, which reads `requirements.txt`: packages of these hashes, as they are, and no others.
pub(super) fn pip(folder: &Path) -> (Command, &'static str, &'static str) {
    let mut command = python().module("pip");
    command
        .current_dir(folder)
        .args([
            "install",
            "--require-hashes",
            "--only-binary=:all:",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
        ])
        .args(["--requirement"])
        .arg(folder.join("requirements.txt"))
        .arg("--target")
        .arg(folder);
    (command, "python3", PYTHON_REMEDY)
}

/// That Python is as new as the tools want it.
fn check_python() -> Result<(), BuildError> {
    let asked = python()
        .program("print(sys.version_info[0], sys.version_info[1])")
        .stderr(Stdio::null())
        .output();
    let source = |source| BuildError::NoTool {
        tool: "python3",
        source,
        remedy: PYTHON_REMEDY,
    };
    let answer = String::from_utf8_lossy(&asked.map_err(source)?.stdout).into_owned();
    let version: Vec<u32> = answer.split_whitespace().flat_map(str::parse).collect();
    // What does not say its version may still be one that works.
    if !version.is_empty() && version < LEAST_PYTHON.to_vec() {
        return Err(BuildError::OldPython {
            found: answer.trim().replace(' ', "."),
            remedy: PYTHON_REMEDY,
        });
    }
    Ok(())
}

/// With that of Node.js, which reads `package.json` and `package-lock.json`.
pub(super) fn npm(folder: &Path) -> (Command, &'static str, &'static str) {
    let mut command = Command::new("npm");
    command
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ])
        .current_dir(folder);
    (command, "npm", NODE_REMEDY)
}

/// Python as the user has it.
pub(super) fn python() -> Python<'static> {
    Python::of(Path::new(python::USUAL))
}

/// Node.js as the user has it.
pub(super) fn node() -> Command {
    Command::new("node")
}

/// Whether there is a program of this name.
pub(super) fn answers(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a compiler. What it says goes to standard error, and standard output stays for results.
pub(super) fn compile(
    command: &mut Command,
    tool: &'static str,
    remedy: &'static str,
    name: &str,
) -> Result<(), BuildError> {
    let output = command
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .status();
    let status = output.map_err(|source| BuildError::NoTool {
        tool,
        source,
        remedy,
    })?;
    if status.success() {
        Ok(())
    } else {
        Err(BuildError::Compile { name: name.into() })
    }
}
