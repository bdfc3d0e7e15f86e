//! Golden cases: a folder with a manifest in, the template or the error out. A feature is one more folder, and each folder
//! and each example is a test of its own.
//!
//! `BLESS=1 cargo test --release --test golden` writes what is expected; a review sees the difference.

#![allow(clippy::unwrap_used)]

mod aws;
mod roles;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sluice_generator::{RenderOptions, Templates, render};

/// What holds for AWS's rules.
const RULES: [(&str, fn()); 4] = [
    (
        "every_rule_finds_what_breaks_it",
        aws::every_rule_finds_what_breaks_it,
    ),
    (
        "the_examples_break_no_rule",
        aws::the_examples_break_no_rule,
    ),
    (
        "every_rule_has_a_name_of_its_own",
        aws::every_rule_has_a_name_of_its_own,
    ),
    ("the_page_is_the_list", aws::the_page_is_the_list),
];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut trials = vec![Trial::test(
        "the_feedback_example_is_small",
        the_feedback_example_is_small,
    )];
    for (name, test) in RULES {
        trials.push(Trial::test(name, move || {
            test();
            Ok(())
        }));
    }
    for folder in folders(&root.join("tests/cases")) {
        trials.push(Trial::test(name(&folder), move || case(&folder)));
    }
    let has_manifest = |folder: &PathBuf| folder.join("manifest.toml").is_file();
    let examples = folders(&root.join("../examples"));
    for folder in examples.into_iter().filter(has_manifest) {
        trials.push(Trial::test(format!("out/{}", name(&folder)), move || {
            example(&folder)
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// The folders of a folder, by name.
fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = parent.read_dir().unwrap();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.is_dir())
        .collect();
    assert!(!folders.is_empty(), "`{}` is empty", parent.display());
    folders.sort();
    folders
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap().to_string_lossy().into_owned()
}

/// A manifest whose template is beside it, or what is wrong with it.
fn case(folder: &Path) -> Result<(), Failed> {
    let mut complaints = Vec::new();
    let (file, got) = match render_checked(&folder.join("manifest.toml"), &mut complaints) {
        Ok(template) => ("stack.json", template),
        Err(error) => ("error.txt", format!("{error}\n")),
    };
    compare(&folder.join(file), &got, &mut complaints);
    verdict(&complaints)
}

/// The rendered examples, under `out`, are what a review of an example looks at.
fn example(folder: &Path) -> Result<(), Failed> {
    let mut complaints = Vec::new();
    let template = render_checked(&folder.join("manifest.toml"), &mut complaints)?;
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out");
    let path = out.join(name(folder)).join("stack.json");
    compare(&path, &template, &mut complaints);
    verdict(&complaints)
}

/// The template of one pipeline with everything, as people read it, fits the body of one call.
fn the_feedback_example_is_small() -> Result<(), Failed> {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out/feedback/stack.json");
    let template: serde_json::Value = serde_json::from_str(&fs::read_to_string(template)?)?;
    let bytes = template.to_string().len();
    if bytes <= 51_200 {
        Ok(())
    } else {
        Err(format!("got {bytes} bytes, limit 51200 bytes").into())
    }
}

fn verdict(complaints: &[String]) -> Result<(), Failed> {
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints.join("\n").into())
    }
}

/// Where the lines of two texts begin to differ.
fn first_difference(expected: &str, got: &str) -> String {
    let mut lines = expected.lines().zip(got.lines()).enumerate();
    match lines.find(|(_, (expected, got))| expected != got) {
        Some((number, (expected, got))) => {
            format!("line {}: expected {expected:?}, got {got:?}", number + 1)
        }
        None => format!(
            "expected {} lines, got {}",
            expected.lines().count(),
            got.lines().count()
        ),
    }
}

/// Compares a file with what it should be, or writes it.
fn compare(path: &Path, got: &str, complaints: &mut Vec<String>) {
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, got).unwrap();
        return;
    }
    match fs::read_to_string(path) {
        Ok(expected) if expected == got => {}
        Ok(expected) => complaints.push(format!(
            "{}: {}",
            path.display(),
            first_difference(&expected, got)
        )),
        Err(error) => complaints.push(format!(
            "{}: {error}; bless it with BLESS=1",
            path.display()
        )),
    }
}

/// Renders a manifest, and checks what holds for every template.
fn render_checked(manifest: &Path, complaints: &mut Vec<String>) -> Result<String, String> {
    let text = fs::read_to_string(manifest).unwrap();
    let folder = manifest.parent().unwrap();
    let read = |file: &str| sluice_generator::read_table(folder, file);
    let stack = sluice_manifest::load_with_tables(&text, "manifest.toml", None, &read)
        .map_err(|problems| problems.to_string())?;
    let templates = Templates::embedded();
    let pretty =
        render(&stack, &templates, RenderOptions::default()).map_err(|error| error.to_string())?;
    let again = render(&stack, &templates, RenderOptions::default()).unwrap();
    let minified = render(&stack, &templates, RenderOptions { minify: true }).unwrap();

    let mut complain = |what: String| complaints.push(format!("{}: {what}", manifest.display()));
    if pretty != again {
        complain("the second rendering differs".to_owned());
    }
    let value: serde_json::Value = serde_json::from_str(&pretty).unwrap();
    if value != serde_json::from_str::<serde_json::Value>(&minified).unwrap() {
        complain("the minified template differs".to_owned());
    }
    aws::check(&stack, &pretty)
        .into_iter()
        .for_each(&mut complain);
    rules::check(&stack, &value, &pretty)
        .into_iter()
        .for_each(&mut complain);
    roles::check(&stack, &value)
        .into_iter()
        .for_each(&mut complain);
    Ok(pretty)
}
