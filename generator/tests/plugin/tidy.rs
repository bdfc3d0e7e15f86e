//! The plugin that comes with `gen`: it needs neither a file nor a compiler.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

use crate::run;

/// What `gen run` says of the plugin that it brings.
const SHIPPED: &str = "note: plugin `tidy` is the one that comes with `gen`\n";

/// A folder with orders and their manifest, in which `plugin` says what cleans them.
fn project(plugin: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!(
        "[project]\nname = \"shop\"\n[pipeline.orders]\nsource = {{ prefix = \"orders/\" }}\n{plugin}\n\
         [pipeline.orders.fields]\nid = \"text\"\n[pipeline.orders.lake]\n"
    );
    fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
    fs::write(folder.path().join("orders.csv"), "id\n a \n").unwrap();
    folder
}

/// Runs `gen run` where there is no compiler of any kind.
fn run_orders(folder: &TempDir) -> (i32, String) {
    let output = Command::cargo_bin("gen")
        .unwrap()
        .current_dir(folder.path())
        .env_remove("PATH")
        .args("run manifest.toml orders.csv --out out --again --format json".split(' '))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), stderr)
}

#[track_caller]
fn check_run(folder: &TempDir, expected: &str) {
    assert_eq!(run_orders(folder), (0, expected.to_owned()));
    assert!(folder.path().join("out/lake/orders").exists());
}

#[test]
fn it_is_named_and_runs() {
    check_run(&project("plugin = \"tidy\""), SHIPPED);
    let table = "[pipeline.orders.plugin]\nname = \"tidy\"\nconfig = { id = \"trim\" }";
    check_run(&project(table), SHIPPED);
}

#[test]
fn a_file_beside_the_manifest_wins() {
    let folder = project("plugin = \"tidy\"");
    let plugins = folder.path().join("plugins");
    let (code, out, stderr) = run(&folder, &["export", "tidy", "--out", "plugins/tidy.wasm"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(out.starts_with("tidy → plugins/tidy.wasm ("), "{out}");
    check_run(
        &folder,
        "note: plugin `tidy` is `plugins/tidy.wasm`, and not the one that comes with `gen`\n",
    );
    fs::write(plugins.join("tidy.wasm"), "no component").unwrap();
    let (code, stderr) = run_orders(&folder);
    assert_eq!(code, 1);
    assert!(stderr.contains("plugin `plugins/tidy.wasm`: "), "{stderr}");
}

#[test]
fn what_is_exported_is_what_comes_with_gen() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, stderr) = run(&folder, &["export", "tidy"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let component = Path::new(env!("CARGO_MANIFEST_DIR")).join("components/tidy.wasm");
    let exported = fs::read(folder.path().join("tidy.wasm")).unwrap();
    assert!(exported == fs::read(component).unwrap());
    let (code, _, stderr) = run(&folder, &["export", "tiddy"]);
    assert_eq!(code, 1);
    assert_eq!(
        stderr,
        "error: no plugin `tiddy` comes with `gen`: did you mean `tidy`?\n\
         help: `gen plugin build` makes a component of a plugin of your own\n"
    );
}

#[test]
fn the_kit_takes_its_name() {
    let folder = project("plugin = { name = \"tidy\", config = { id = \"trim\" } }");
    let args = "check tidy --manifest manifest.toml --samples orders.csv";
    let (code, out, stderr) = run(&folder, &args.split(' ').collect::<Vec<_>>());
    assert_eq!((code, stderr.as_str()), (0, ""), "{out}");
    assert!(
        out.contains("may be used in pipeline orders\n  file      tidy, "),
        "{out}"
    );
    let args = "try tidy --manifest manifest.toml orders.csv";
    let (code, out, _) = run(&folder, &args.split(' ').collect::<Vec<_>>());
    assert_eq!(code, 0);
    assert!(out.contains("`id`: \" a \" -> \"a\""), "{out}");
    // What has that name wins.
    fs::write(folder.path().join("tidy"), "no component").unwrap();
    let (code, _, stderr) = run(&folder, &["check", "tidy"]);
    assert_eq!(code, 1);
    assert!(
        stderr.contains("`tidy` may not be used: not a WebAssembly component"),
        "{stderr}"
    );
}
