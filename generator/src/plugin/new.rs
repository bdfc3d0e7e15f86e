//! `gen plugin new`: a folder with a plugin in it that builds and passes its tests at once.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::kit;
use super::language::Language;
use crate::failure::Failure;
use crate::terminal::write_result;

/// Begins a plugin
///
/// Makes a folder with a small plugin in it, its golden cases and the SDK of its language. It builds and passes its tests
/// as it is: change it step by step until it cleans your records.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  gen plugin new mask-emails --lang python
  gen plugin new plugins/mask-emails --lang rust

Exit codes:
  0  the folder is made
  1  the name cannot be used, or the folder is there already
  2  anything else went wrong")]
pub(crate) struct NewArgs {
    /// The plugin's name, or a path that ends in it: lower-case letters, digits and hyphens
    #[arg(value_name = "NAME")]
    folder: PathBuf,
    /// The language to write it in
    #[arg(long, value_name = "LANGUAGE", value_parser = Language::parser())]
    lang: Language,
}

/// Makes the folder, and says what to do next.
pub(crate) fn run(args: &NewArgs) -> Result<ExitCode, Failure> {
    // Without a slash at the end.
    let folder = &args.folder.components().collect::<PathBuf>();
    let name = name_of(folder)?;
    if folder.exists() {
        return Err(Failure::Input(format!(
            "`{}` is there already; choose another name, or remove it first",
            folder.display()
        )));
    }
    kit::begin(folder, &name, args.lang)?;
    write_result(&format!(
        "{0}\n\nnext:\n\
         \x20 edit `{0}/{1}`, and what it should do in `{0}/cases.toml`\n\
         \x20 gen plugin test {0}\n\
         \x20 gen plugin build {0}\n",
        folder.display(),
        args.lang.source(),
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The plugin's name, which its folder has.
fn name_of(folder: &Path) -> Result<String, Failure> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    match sluice_manifest::check_plugin_name(&name) {
        Ok(()) => Ok(name.into_owned()),
        Err((fact, remedy)) => Err(Failure::Input(format!("{fact}\nhelp: {remedy}"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(folder: &str, expected: &str) {
        let name = name_of(Path::new(folder)).unwrap_or_else(|failure| failure.to_string());
        assert!(name.ends_with(expected), "{name}");
    }

    #[test]
    fn names() {
        check("mask-emails", "mask-emails");
        check("plugins/a1", "a1");
        check(
            "Mask_Emails",
            "starting with a letter, such as `mask-emails`",
        );
        check("1st", "starting with a letter");
        check("a\"b", "such as `a-b`");
        check("..", "starting with a letter");
    }
}
