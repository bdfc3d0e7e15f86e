//! Golden cases: each folder of `tests/cases` holds a `manifest.toml` and what [`sluice_manifest::load`] makes of it:
//! `stack.json` where it is valid, `error.txt` where it is not. `BLESS=1` writes those files anew.
//!
//! A `stage.txt` beside them is the stage of the command line.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sluice_manifest::Table;

fn main() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(&cases)
        .expect("the folder of cases can be read")
        .map(|entry| entry.expect("the folder of cases can be read").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let mut trials: Vec<Trial> = folders
        .into_iter()
        .map(|folder| {
            let name = folder
                .file_name()
                .expect("a folder has a name")
                .to_string_lossy()
                .into_owned();
            Trial::test(name, move || check(&folder))
        })
        .collect();
    trials.push(Trial::test(
        "every_example_is_valid",
        every_example_is_valid,
    ));
    trials.push(Trial::test(
        "the_reference_begins_with_a_valid_manifest",
        the_reference_begins_with_a_valid_manifest,
    ));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Compares what one manifest becomes with what is in its folder.
fn check(folder: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(folder.join("manifest.toml"))?;
    let stage = fs::read_to_string(folder.join("stage.txt")).ok();
    let (file, other, actual) =
        match sluice_manifest::load(&text, "manifest.toml", stage.as_deref().map(str::trim)) {
            Ok(stack) => (
                "stack.json",
                "error.txt",
                serde_json::to_string_pretty(&stack)? + "\n",
            ),
            Err(problems) => ("error.txt", "stack.json", problems.to_string()),
        };
    if std::env::var_os("BLESS").is_some() {
        fs::write(folder.join(file), actual)?;
        if folder.join(other).exists() {
            fs::remove_file(folder.join(other))?;
        }
        return Ok(());
    }
    let expected = fs::read_to_string(folder.join(file)).unwrap_or_default();
    if actual == expected && !folder.join(other).exists() {
        return Ok(());
    }
    Err(format!(
        "{} differs; expected:\n{expected}\nactual:\n{actual}",
        folder.join(file).display()
    )
    .into())
}

/// What is shown to newcomers loads.
fn every_example_is_valid() -> Result<(), Failed> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut seen = 0;
    for example in fs::read_dir(&examples)? {
        let manifest = example?.path().join("manifest.toml");
        if manifest.exists() {
            let text = fs::read_to_string(&manifest)?;
            let folder = manifest.parent().unwrap_or(&examples);
            let read = |name: &str| match folder.join(name).is_file() {
                true => Ok(Table {
                    columns: Vec::new(),
                    rows: Vec::new(),
                }),
                false => Err("there is no such file".to_owned()),
            };
            sluice_manifest::load_with_tables(&text, &manifest.to_string_lossy(), None, &read)
                .map_err(|problems| problems.to_string())?;
            seen += 1;
        }
    }
    if seen == 0 {
        Err("there are no examples".into())
    } else {
        Ok(())
    }
}

fn the_reference_begins_with_a_valid_manifest() -> Result<(), Failed> {
    let reference = include_str!("../../docs/manifest.md");
    let text = reference
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .ok_or("no manifest")?;
    sluice_manifest::load(text, "docs/manifest.md", None)
        .map(drop)
        .map_err(|problems| problems.to_string().into())
}
