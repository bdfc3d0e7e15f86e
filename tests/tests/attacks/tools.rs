//! What lies about where `gen` is run: programs, modules and caches that somebody else has put there.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use sluice_tests::{repository, tool};
use tempfile::tempdir;

use crate::bounded::{r#gen, manifest, said};

/// A module in the current folder is not the one that is meant.
#[test]
fn modules_of_the_current_folder_are_not_run() {
    let folder = tempdir().expect("there is room");
    manifest(folder.path(), "lake = true\nfields.id = \"text\"");
    for module in ["duckdb.py", "json.py", "sys.py", "pip.py"] {
        let planted = "open('planted', 'w').write('run')\n";
        fs::write(folder.path().join(module), planted).expect("there is room");
    }
    let python = tool("python").expect("the environment is there");
    let mut query = r#gen(folder.path());
    query.args([
        "query",
        "manifest.toml",
        "select 1",
        "--out",
        "out",
        "--python",
    ]);
    let output = query.arg(python).output().expect("it runs");
    assert!(!folder.path().join("planted").exists(), "{}", said(&output));
    let mut new = r#gen(folder.path());
    assert!(
        new.args(["plugin", "new", "mask", "--lang", "python"])
            .output()
            .is_ok()
    );
    // There is no network where the tools are looked for; what counts is what was run.
    let mut build = r#gen(folder.path());
    build
        .env("PIP_INDEX_URL", "http://127.0.0.1:9/")
        .env("PIP_RETRIES", "0");
    let output = build
        .args(["plugin", "build", "mask"])
        .output()
        .expect("it runs");
    assert!(!folder.path().join("planted").exists(), "{}", said(&output));
}

/// Without a home, tools would be put where anybody may write.
#[test]
fn tools_are_not_put_where_others_may_write() {
    let folder = tempdir().expect("there is room");
    let mut new = r#gen(folder.path());
    assert!(
        new.args(["plugin", "new", "mask", "--lang", "python"])
            .output()
            .is_ok()
    );
    let mut build = r#gen(folder.path());
    build.env_remove("HOME").args(["plugin", "build", "mask"]);
    let output = build.output().expect("it runs");
    assert!(!output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("HOME"), "{}", said(&output));
}

/// Compiled code runs as it is, so that a folder which others may write to is none to take it from.
#[test]
fn a_cache_that_others_may_write_to_is_not_used() {
    let folder = tempdir().expect("there is room");
    let cache = folder.path().join(".cache/sluice");
    fs::create_dir_all(&cache).expect("there is room");
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).expect("it is ours");
    let example = repository().join("examples/contacts");
    let run = |folder: &std::path::Path| -> Command {
        let mut run = r#gen(folder);
        run.arg("run")
            .arg(example.join("manifest.toml"))
            .arg(example.join("data"));
        run.args(["--out", "out", "--again"]);
        run
    };
    let output = run(folder.path()).output().expect("it runs");
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("others"), "{}", said(&output));
    assert_eq!(fs::read_dir(&cache).expect("it is there").count(), 0);
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o700)).expect("it is ours");
    assert!(
        run(folder.path())
            .output()
            .expect("it runs")
            .status
            .success()
    );
    assert_eq!(fs::read_dir(&cache).expect("it is there").count(), 2);
}
