//! Golden cases: a folder with a manifest in, the template or the error out. A feature is one more folder.
//!
//! `BLESS=1 cargo test --release --test golden` writes what is expected; a review sees the difference.

#![allow(clippy::unwrap_used)]

mod aws;
mod roles;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};

use sluice_generator::{RenderOptions, Templates, render};

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
    let stack = sluice_manifest::load(&text, "manifest.toml", None)
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

#[test]
fn cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<PathBuf> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    let mut complaints = Vec::new();
    for case in &cases {
        match render_checked(&case.join("manifest.toml"), &mut complaints) {
            Ok(template) => compare(&case.join("stack.json"), &template, &mut complaints),
            Err(error) => compare(
                &case.join("error.txt"),
                &format!("{error}\n"),
                &mut complaints,
            ),
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The rendered examples, under `out`, are what a review of an example looks at.
#[test]
fn examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut complaints = Vec::new();
    for example in root.join("examples").read_dir().unwrap() {
        let example = example.unwrap();
        let manifest = example.path().join("manifest.toml");
        if manifest.is_file() {
            let template = render_checked(&manifest, &mut complaints).unwrap();
            compare(
                &root
                    .join("out")
                    .join(example.file_name())
                    .join("stack.json"),
                &template,
                &mut complaints,
            );
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The template of one pipeline with everything, as people read it, fits the body of one call.
#[test]
fn the_feedback_example_is_small() {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out/feedback/stack.json");
    let bytes = fs::metadata(template).unwrap().len();
    assert!(bytes <= 51_200, "got {bytes} bytes");
}
