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

/// Two mistakes in different lines, and one that only a plugin can know of.
const WRONG: &str = "plugin = { name = \"tidy\", config = { id = [\"trim\", \"lowr\"], \"at home\" = { from = [\"home\", \"HOME\"] }, seen = { timestamp = \"iso\", zone = \"Berlin\" } } }";

#[track_caller]
fn gen_of(folder: &TempDir, args: &str) -> (i32, String, String) {
    let output = Command::cargo_bin("gen")
        .unwrap()
        .current_dir(folder.path())
        .args(args.split(' '))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_wrong_configuration_is_told_before_any_record_is_read() {
    let folder = project(WRONG);
    let (code, out, told) = gen_of(&folder, "check manifest.toml");
    assert_eq!((code, out.as_str()), (1, ""));
    insta::assert_snapshot!("mistakes", told);
    let (code, out, stderr) = gen_of(&folder, "stack manifest.toml");
    assert_eq!((code, out.as_str(), &stderr), (1, "", &told));
    let (code, out, stderr) = gen_of(&folder, "plugin check tidy --manifest manifest.toml");
    assert_eq!((code, out.as_str(), &stderr), (1, "", &told));
    let (code, out, stderr) = gen_of(&folder, "run manifest.toml orders.csv --out out");
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(stderr, format!("{SHIPPED}{told}"));
    assert!(!folder.path().join("out/rejects").exists());
    assert!(!folder.path().join("out/lake").exists());

    let (code, out, stderr) = gen_of(&folder, "check manifest.toml --format json");
    assert_eq!((code, stderr.as_str()), (1, ""));
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["problems"].as_array().unwrap().len(), 3);
    assert_eq!(
        answer["problems"][0],
        serde_json::json!({
            "message": "`lowr` is no step", "help": "did you mean `lower`?",
            "file": "manifest.toml", "line": 5, "column": 52,
        })
    );
}

#[test]
fn a_right_configuration_is_checked_in_silence() {
    let folder = project("plugin = { name = \"tidy\", config = { id = \"trim\" } }");
    let (code, out, stderr) = gen_of(&folder, "check manifest.toml");
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(out.starts_with("shop is right for stage dev\n"), "{out}");
}

/// A plugin that is not at hand is not asked, and one that cannot be asked is no mistake of the manifest.
#[test]
fn a_plugin_that_cannot_be_asked() {
    let folder = project("plugin = { name = \"mine\", config = { id = \"lowr\" } }");
    let (code, _, stderr) = gen_of(&folder, "check manifest.toml");
    assert_eq!((code, stderr.as_str()), (0, ""));
    fs::create_dir(folder.path().join("plugins")).unwrap();
    fs::write(folder.path().join("plugins/mine.wasm"), "no component").unwrap();
    let (code, _, stderr) = gen_of(&folder, "check manifest.toml");
    assert_eq!(code, 0);
    assert!(
        stderr.starts_with(
            "warning: plugin `mine` of pipeline `orders` cannot be asked about its configuration: not a WebAssembly component"
        ),
        "{stderr}"
    );
}

#[test]
fn values_are_looked_up_in_a_file() {
    let folder = project(
        "plugin = { name = \"tidy\", config = { id = { lookup = \"letters\", else = \"reject\" } }, tables = { letters = \"tables/letters.csv\" } }",
    );
    fs::create_dir(folder.path().join("tables")).unwrap();
    fs::write(
        folder.path().join("tables/letters.csv"),
        "letter,name\na,alpha\n",
    )
    .unwrap();
    fs::write(folder.path().join("orders.csv"), "id\na\nb\n").unwrap();
    let (code, out, stderr) = gen_of(
        &folder,
        "plugin try tidy --manifest manifest.toml orders.csv",
    );
    assert_eq!((code, stderr.as_str()), (0, ""), "{out}");
    assert!(out.contains("`id`: \"a\" -> \"alpha\""), "{out}");
    assert!(out.contains("unknown_value"), "{out}");
    let (code, out, stderr) = gen_of(&folder, "stack manifest.toml --minify");
    assert_eq!(code, 0, "{stderr}");
    assert!(out.contains("alpha"), "{out}");

    fs::remove_file(folder.path().join("tables/letters.csv")).unwrap();
    let (code, _, stderr) = gen_of(&folder, "check manifest.toml");
    assert_eq!(code, 1);
    assert!(
        stderr.starts_with("error: the table `letters` cannot be read: `tables/letters.csv`: "),
        "{stderr}"
    );
}

/// Records of JSON bring columns whenever they like, under any of the names that the manifest lists.
#[test]
fn columns_may_turn_up_late() {
    let folder = project("");
    let manifest = fs::read_to_string(folder.path().join("manifest.toml")).unwrap();
    let manifest = manifest.replace(
        "[pipeline.orders.fields]\n",
        "key = [\"id\"]\ntable = true\nplugin = { name = \"tidy\", config = { name = [{ from = \"full name\" }, \"upper\"] } }\n\
         [pipeline.orders.fields]\nname = { type = \"text\", required = false }\n",
    );
    fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
    // Several batches without any of them.
    let filler = "z".repeat(1_000);
    let mut records: String = (0..3_000)
        .map(|id| format!("{{\"id\":\"{id}\",\"note\":\"{filler}\"}}\n"))
        .collect();
    records += "{\"id\":\"late\",\"Full Name\":\"ada\"}\n{\"id\":\"later\",\"name\":\"bo\"}\n\
                {\"id\":\"both\",\"name\":\"cy\",\"full_name\":\"no\"}\n";
    fs::write(folder.path().join("orders.ndjson"), records).unwrap();
    let (code, out, stderr) = gen_of(&folder, "run manifest.toml orders.ndjson --out out");
    assert_eq!(code, 0, "{stderr}");
    assert!(out.contains("3,003   3,003"), "{out}");
    let table = rusqlite::Connection::open(folder.path().join("out/sluice.sqlite")).unwrap();
    let name = |id: &str| -> Option<String> {
        let select = "select name from orders where id = ?1";
        table.query_row(select, [id], |row| row.get(0)).unwrap()
    };
    assert_eq!(name("7"), None);
    assert_eq!(name("late").as_deref(), Some("ADA"));
    assert_eq!(name("later").as_deref(), Some("BO"));
    assert_eq!(name("both").as_deref(), Some("CY"));
}

/// A column into which a path leads is one that somebody asks for, and what stands in a table is none.
#[test]
fn nested_members_are_columns_that_are_asked_for() {
    let folder = project(
        "plugin = { name = \"tidy\", config = { id = { from = \"order.id\" }, kind = { lookup = \"kinds\" } }, tables = { kinds = \"kinds.csv\" } }",
    );
    fs::write(folder.path().join("kinds.csv"), "short,long\no,other\n").unwrap();
    let records = "{\"order\":{\"id\":\"a\"}}\n{\"order\":{\"id\":\"b\"}}\n{\"other\":1}\n";
    fs::write(folder.path().join("orders.ndjson"), records).unwrap();
    let (code, out, stderr) = gen_of(
        &folder,
        "run manifest.toml orders.ndjson --out out --format json",
    );
    assert_eq!(code, 0, "{stderr}");
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    let totals =
        ["read", "stored", "rejected"].map(|name| answer["totals"][name].as_u64().unwrap());
    assert_eq!(totals, [3, 2, 1], "{out}");
    assert!(out.contains("no_matching_member"), "{out}");
}
