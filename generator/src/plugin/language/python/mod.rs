//! Plugins in Python: `componentize-py` puts the interpreter, the SDK and the author's module into one component.

mod byte_lists;

use std::path::Path;
use std::process::Stdio;

use super::{Made, PluginLanguage};
use crate::plugin::error::BuildError;
use crate::plugin::files::{BUILD, read, write};
use crate::plugin::tools::{self, Tool};

/// What is handed to the compiler: the SDK's module, which imports the author's.
const MODULE: &str = "sluice.component";
/// Makes components of Python modules.
const COMPILER: Tool = Tool {
    what: "componentize-py 0.25.1",
    files: &[("requirements.txt", include_str!("requirements.txt"))],
    install: tools::pip,
};
/// The compiler's program, which is not there where packages are installed into a folder.
const RUN_COMPILER: &str =
    "from componentize_py import script; sys.argv[0] = 'componentize-py'; sys.exit(script())";
/// Packages that the author put beside the plugin, with `pip install --target`.
const VENDOR: &str = "vendor";
/// What comes before the trace of an exception in the author's code.
const TRACE: &str = "AssertionError: Traceback (most recent call last):\n";
/// Where the compiler has the plugin's folder, and the SDK.
const FOLDER: &str = "/0/";
const SDK: &str = "/0/sluice/";

pub(super) struct Python;

impl PluginLanguage for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn title(&self) -> &'static str {
        "Python"
    }

    fn entry(&self) -> &'static str {
        "plugin.py"
    }

    fn usual_fuel(&self) -> u32 {
        250_000
    }

    fn build(&self, folder: &Path, name: &str) -> Result<Made, BuildError> {
        build(folder, name)
    }
}

fn build(folder: &Path, name: &str) -> Result<Made, BuildError> {
    let site = COMPILER.installed()?;
    let made = folder.join(BUILD);
    let (wit, out) = (made.join("wit"), made.join("python.wasm"));
    let contract = read(&folder.join("sluice/wit/transform.wit"))?;
    let contract = byte_lists::byte_contract(&String::from_utf8_lossy(&contract));
    write(&wit.join("transform.wit"), contract.as_bytes())?;
    let mut command = tools::python().program(RUN_COMPILER);
    command
        .env("PYTHONPATH", site)
        .env_remove("VIRTUAL_ENV")
        .arg("--quiet")
        .arg("--wit-path")
        .arg(wit)
        .args(["--world", "transformer", "componentize", "--stub-wasi"])
        .arg("--python-path")
        .arg(folder);
    if folder.join(VENDOR).is_dir() {
        command.arg("--python-path").arg(folder.join(VENDOR));
    }
    command.arg(MODULE).arg("--output").arg(&out);
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|source| BuildError::NoTool {
        tool: "python3",
        source,
        remedy: tools::PYTHON_REMEDY,
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprint!("{}", of_the_author(&said, folder));
        return Err(BuildError::compile(name));
    }
    eprint!("{}{said}", String::from_utf8_lossy(&output.stdout));
    Ok(Made::Component(byte_lists::wrap(&read(&out)?)))
}

/// What the compiler says about an exception, without its own frames and the SDK's: the lines of the author's files that
/// led to it, and the exception.
fn of_the_author(said: &str, folder: &Path) -> String {
    let said = said.split("\nStack backtrace:").next().unwrap_or_default();
    let Some((_, trace)) = said.split_once(TRACE) else {
        return format!("{}\n", said.trim_end());
    };
    let trace = trace.split("\nCaused by:").next().unwrap_or_default();
    let (mut lines, mut own) = (String::new(), true);
    for line in trace.lines().filter(|line| !line.trim().is_empty()) {
        let frame = line.strip_prefix("  File \"");
        own = match frame {
            Some(file) => file.starts_with(FOLDER) && !file.starts_with(SDK),
            // What a frame holds is indented; the exception is not.
            None => own || !line.starts_with(' '),
        };
        if own {
            let place = frame.and_then(|file| file.strip_prefix(FOLDER));
            let shown = place.map(|place| format!("  File \"{}/{place}", folder.display()));
            lines += shown.as_deref().unwrap_or(line);
            lines.push('\n');
        }
    }
    let missing = |line: &str| line.starts_with("ModuleNotFoundError");
    if trace.lines().any(missing) {
        let vendor = folder.join(VENDOR);
        lines += &format!(
            "help: packages go into a folder beside the plugin, `python3 -m pip install --target {} PACKAGE`; \
             packages with compiled parts do not run\n",
            vendor.display()
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_told_by_the_lines_of_the_author() {
        let said = "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n\
            AssertionError: Traceback (most recent call last):\n  \
            File \"/0/sluice/component.py\", line 14, in <module>\n    import plugin as _author\n  \
            File \"/0/plugin.py\", line 1, in <module>\n    import orjson\n  \
            File \"/1/orjson/__init__.py\", line 1, in <module>\n    from .orjson import *\n\
            ModuleNotFoundError: No module named 'orjson.orjson'\n\n\n\
            Caused by:\n    ModuleNotFoundError: No module named 'orjson.orjson'\n\nStack backtrace:\n   0: x\n";
        assert_eq!(
            of_the_author(said, Path::new("mask")),
            "  File \"mask/plugin.py\", line 1, in <module>\n    import orjson\n\
             ModuleNotFoundError: No module named 'orjson.orjson'\n\
             help: packages go into a folder beside the plugin, \
             `python3 -m pip install --target mask/vendor PACKAGE`; packages with compiled parts do not run\n"
        );
        assert_eq!(
            of_the_author("no WIT\n\nStack backtrace:\n 0: x", Path::new("mask")),
            "no WIT\n"
        );
    }
}
