//! Python programs of ours, which load no module that only happens to lie in the current folder.

use std::path::Path;
use std::process::Command;

/// What Python is called where nobody says otherwise.
pub(crate) const USUAL: &str = "python3";

/// Takes the current folder, which is the empty name, out of where modules are sought. `-P` and `PYTHONSAFEPATH` do this
/// since Python 3.11; `sys` is built in, so that this line itself loads nothing.
const ISOLATED: &str = "import sys; sys.path[:] = [place for place in sys.path if place]\n";

/// A Python.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Python<'a>(&'a Path);

impl<'a> Python<'a> {
    /// The one that this program is.
    pub(crate) fn of(program: &'a Path) -> Self {
        Self(program)
    }

    /// Runs a program, which has `sys` already. Arguments follow.
    pub(crate) fn program(self, text: &str) -> Command {
        let mut command = Command::new(self.0);
        command
            .env_remove("PYTHONHOME")
            .env("PYTHONSAFEPATH", "1")
            .args(["-c", &format!("{ISOLATED}{text}")]);
        command
    }

    /// Runs an installed module. Arguments follow.
    pub(crate) fn module(self, name: &str) -> Command {
        self.program(&format!(
            "import runpy; runpy.run_module({name:?}, run_name='__main__', alter_sys=True)"
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn said(command: &mut Command) -> String {
        let output = command.output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn what_lies_about_is_not_loaded() {
        let folder = tempfile::tempdir().unwrap();
        for module in ["json", "runpy", "pip", "mine"] {
            let path = folder.path().join(format!("{module}.py"));
            std::fs::write(path, "print('from the current folder')").unwrap();
        }
        let python = Python::of(Path::new(USUAL));
        let mut json = python.program("import json; print(json.dumps([1]))");
        assert_eq!(said(json.current_dir(folder.path())), "[1]");
        let mut pip = python.module("pip");
        let version = said(pip.arg("--version").current_dir(folder.path()));
        assert!(version.starts_with("pip "), "{version}");
        // Without it, that would have been loaded.
        let mut mine = Command::new(USUAL);
        mine.args(["-c", "import mine"])
            .env_remove("PYTHONSAFEPATH");
        assert_eq!(
            said(mine.current_dir(folder.path())),
            "from the current folder"
        );
        // A folder that the user names is another matter.
        let mut named = python.program("import mine");
        assert_eq!(
            said(named.env("PYTHONPATH", folder.path())),
            "from the current folder"
        );
    }
}
