//! Where things are, and how other programs are called: from the root of the repository, without standard input, and
//! with the whole command line in the error when one fails.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    let here =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&here)
        .parent()
        .expect("xtask lies in a folder of the repository")
        .to_owned()
}

/// The folder where cargo puts finished programs: this one is among them.
pub(crate) fn finished_programs() -> Result<PathBuf> {
    let this = env::current_exe().context("cannot tell where this program is")?;
    Ok(this
        .parent()
        .context("this program is in no folder")?
        .to_owned())
}

/// A program, to be called from the root of the repository.
pub(crate) fn program(name: impl AsRef<Path>) -> Command {
    let mut command = Command::new(name.as_ref());
    command.current_dir(repository()).stdin(Stdio::null());
    command
}

/// The cargo that runs this program. What it told this program about itself is kept from the other builds, because some
/// build scripts would take it for a change.
pub(crate) fn cargo() -> Command {
    let mut command = program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || text == "CARGO_PRIMARY_PACKAGE"
        {
            command.env_remove(&name);
        }
    }
    command
}

/// Whether a program can be called at all.
pub(crate) fn answers(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a program to its end. It may write where this one does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", line_of(command)))?;
    ensure!(status.success(), "{} ended with {status}", line_of(command));
    Ok(())
}

/// Runs a program to its end and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", line_of(command)))?;
    ensure!(
        output.status.success(),
        "{} ended with {}",
        line_of(command),
        output.status
    );
    String::from_utf8(output.stdout)
        .with_context(|| format!("{} did not write UTF-8", line_of(command)))
}

/// The command line in backticks, for messages.
fn line_of(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .map(|word| {
            if word.contains(' ') {
                format!("'{word}'")
            } else {
                word.into_owned()
            }
        })
        .collect();
    format!("`{}`", words.join(" "))
}
