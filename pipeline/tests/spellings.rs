//! One contact is one contact, whatever file it comes in and however that spells the names of its columns.
#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use arrow_array::{Array as _, cast::AsArray as _};
use proptest::prelude::*;
use serde_json::{Map, Value};
use sluice_contract::stack::{Format, Pipeline};
use sluice_pipeline::{
    clean::Cleaner,
    plugin::{PluginEngine, PluginVersion},
};

const MANIFEST: &str = r#"
[project]
name = "contacts"

[pipeline.contacts]
source = { prefix = "in/" }
lake = true

[pipeline.contacts.plugin]
name = "tidy"

[pipeline.contacts.plugin.config]
id = { from = ["contact id", "customer no"] }
"full name" = [{ from = "name" }, "collapse"]
e-mail = [{ from = "mail" }, "lower"]

[pipeline.contacts.fields]
id = "text"
"full name" = { type = "text", required = false }
e-mail = { type = "text", required = false }
"#;

/// How each column may be called: by its own name, by one that is written a little differently, or by another.
const SPELLINGS: [&[&str]; 3] = [
    &["id", "ID", "contact id", "Contact-ID", "customer no"],
    &["full name", "Full Name", "full_name", "FULLNAME", "name"],
    &["e-mail", "EMail", "e mail", "mail", "Mail"],
];

/// The plugin that comes with `gen`, made ready for the manifest.
static TIDY: LazyLock<(Pipeline, PluginVersion)> = LazyLock::new(|| {
    let mut stack = sluice_manifest::load(MANIFEST, "manifest.toml", None).unwrap();
    let mut pipeline = stack.pipelines.remove(0);
    let plugin = pipeline.plugin.as_mut().unwrap();
    // However slow the machine is.
    plugin.limits.batch_timeout_ms = 60_000;
    let component = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../generator/components/tidy.wasm"
    );
    let component = std::fs::read(component).unwrap();
    let version = PluginEngine::new().unwrap().load(&component, plugin);
    let version = version.unwrap();
    (pipeline, version)
});

/// A contact, and the spelling of each of its columns.
type Contact = ([String; 3], [usize; 3]);

/// What becomes of a file.
fn cleaned(format: Format, text: String) -> Vec<[Option<String>; 3]> {
    let (pipeline, version) = &*TIDY;
    let mut cleaner = Cleaner::new(pipeline, Some(version), "contacts", 0);
    let mut rows = Vec::new();
    for checked in cleaner.clean_text(format, text).unwrap() {
        assert!(checked.rejected.is_empty(), "{:?}", checked.rejected);
        for row in 0..checked.rows.num_rows() {
            rows.push([0, 1, 2].map(|column| {
                let column = checked.rows.column(column).as_string::<i32>();
                column.is_valid(row).then(|| column.value(row).to_owned())
            }));
        }
    }
    rows
}

fn object((values, spelling): &Contact) -> Value {
    let members = (0..3).map(|column| {
        let name = SPELLINGS[column][spelling[column]].to_owned();
        (name, Value::from(values[column].as_str()))
    });
    Value::Object(members.collect::<Map<_, _>>())
}

fn expected((values, _): &Contact) -> [Option<String>; 3] {
    values.clone().map(Some)
}

fn contacts() -> impl Strategy<Value = Vec<Contact>> {
    let values = [
        "[a-z0-9]{1,8}",
        "[A-Z][a-z]{1,8}",
        "[a-z]{1,8}@example\\.com",
    ];
    let spelling = [0..5_usize, 0..5_usize, 0..5_usize];
    proptest::collection::vec((values, spelling), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_contact_is_the_same_in_every_format_and_spelling(mut contacts in contacts()) {
        let rows: Vec<_> = contacts.iter().map(expected).collect();
        // Each record names its columns.
        let objects: Vec<Value> = contacts.iter().map(object).collect();
        let lines: String = objects.iter().map(|object| format!("{object}\n")).collect();
        prop_assert_eq!(&cleaned(Format::Ndjson, lines), &rows);
        prop_assert_eq!(&cleaned(Format::Json, Value::from(objects).to_string()), &rows);
        // The header names them.
        let spelling = contacts[0].1;
        contacts.iter_mut().for_each(|contact| contact.1 = spelling);
        let header = [0, 1, 2].map(|column| SPELLINGS[column][spelling[column]]);
        let mut csv = header.join(",") + "\n";
        for (values, _) in &contacts {
            csv.push_str(&(values.join(",") + "\n"));
        }
        prop_assert_eq!(&cleaned(Format::Csv, csv), &rows);
    }
}

#[test]
fn a_name_that_turns_up_late_reaches_the_plugin() {
    let mut lines = String::new();
    let count = 12_000;
    for id in 0..count {
        let object = serde_json::json!({"id": id.to_string(), "note": "z".repeat(200)});
        lines.push_str(&format!("{object}\n"));
    }
    let late = ["last", "Late", "late@example.com"].map(str::to_owned);
    lines.push_str(&object(&(late.clone(), [3, 4, 3])).to_string());
    let rows = cleaned(Format::Ndjson, lines);
    assert_eq!(rows.len(), count + 1);
    assert!(rows[..count].iter().all(|row| row[1].is_none()));
    assert_eq!(rows[count], late.map(Some));
}
