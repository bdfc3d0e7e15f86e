#![allow(clippy::unwrap_used)]
use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder of a language's SDK in the repository.
fn sdk_folder(language: Language) -> PathBuf {
    repository().join("plugins/sdk").join(language.sdk_of())
}

/// Files below a folder that git knows, by their path in it.
fn files_below(folder: &Path) -> BTreeSet<String> {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(folder)
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn every_file_of_every_sdk_is_in_a_plugins_folder() {
    for language in Language::all() {
        let written: BTreeSet<String> = language
            .sdk()
            .iter()
            .map(|(file, _)| (*file).to_owned())
            .collect();
        let mut on_disk = files_below(&sdk_folder(language));
        on_disk.retain(|file| file != "README.md" && !file.starts_with("tests/"));
        assert_eq!(written, on_disk, "{language:?}");
    }
}

#[test]
fn every_scaffold_is_filled() {
    for language in Language::all() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("mask-emails");
        begin(&folder, "mask-emails", language).unwrap();
        assert_eq!(Language::all_of(&folder), [language]);
        let source = std::fs::read_to_string(folder.join(language.source())).unwrap();
        assert!(
            source.contains("mask-emails") && !source.contains("{{"),
            "{source}"
        );
        std::fs::remove_dir_all(folder.join(SDK_FOLDER)).unwrap();
        complete(&folder, language).unwrap();
        assert!(folder.join("sluice/wit/transform.wit").is_file());
    }
}

/// Makes `actual` the file's text where that is wished, else holds the file to it.
fn check_file(path: &Path, actual: &str) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap();
    assert!(
        expected == actual,
        "`{}` is not up to date; `cargo xtask bless` makes it so",
        path.display()
    );
}

#[test]
fn the_pages_quote_the_scaffolds() {
    for (language_name, fence) in [
        ("rust", "rust"),
        ("python", "python"),
        ("javascript", "js"),
        ("typescript", "ts"),
        ("c", "c"),
    ] {
        let language = Language::all().find(|language| language.name() == language_name);
        let language = language.unwrap();
        let scaffold = templates(language)
            .find(|(file, _)| file.trim_end_matches(".hbs") == language.source());
        let (_, scaffold) = scaffold.unwrap();
        let code = fill(scaffold, "mask-emails", language);
        let page = sdk_folder(language).join("README.md");
        let text = std::fs::read_to_string(&page).unwrap();
        let opening = format!("```{fence}\n");
        let first_line = code.lines().next().unwrap();
        let start = text.find(&format!("{opening}{first_line}\n"));
        let start = start.unwrap_or_else(|| panic!("{language:?}")) + opening.len();
        let end = start + text[start..].find("```\n").unwrap();
        check_file(&page, &format!("{}{code}{}", &text[..start], &text[end..]));
    }
}

#[test]
fn the_bindings_for_c_are_those_of_the_contract() {
    let mut resolve = wit_bindgen_core::wit_parser::Resolve::default();
    let package = resolve.push_str("transform.wit", WIT.1).unwrap();
    let world = resolve
        .select_world(&[package], Some("transformer"))
        .unwrap();
    let options = wit_bindgen_c::Opts {
        no_object_file: true,
        no_helpers: true,
        rename: [
            ("sluice:transform/types@1.0.0", "sluice"),
            ("sluice:transform/log@1.0.0", "sluice_log"),
            ("sluice:transform/plugin@1.0.0", "plugin"),
        ]
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
        .to_vec(),
        ..Default::default()
    };
    let mut files = wit_bindgen_core::Files::default();
    options
        .build()
        .generate(&mut resolve, world, &mut files)
        .unwrap();
    for (name, text) in files.iter() {
        let path = repository()
            .join("plugins/sdk/c")
            .join("generated")
            .join(name);
        check_file(&path, std::str::from_utf8(text).unwrap());
    }
}
