//! Every misbehaviour of `plugins/evil`: only the guilty row is rejected, with a whole message, and the host is alive for
//! the next batch.
#![allow(clippy::unwrap_used)]

mod support;

use std::fmt::Write;

use sluice_contract::{
    Sha256,
    stack::{Format, Plugin},
};
use sluice_pipeline::check::Checker;
use sluice_pipeline::clean::Cleaner;
use sluice_pipeline::columns::{Column, ColumnField, Values};
use sluice_pipeline::decode::{Batch, Raw};
use sluice_pipeline::generate::Identity;
use sluice_pipeline::plugin::{
    Origin, OutColumn, PluginEngine, PluginError, Transformed, Transformer, TrustedCompiled,
};

/// Misbehaviours of `transform`, each in a batch whose fourth row is evil.
const MISBEHAVIOURS: [&str; 39] = [
    "loop",
    "trap",
    "trap-silently",
    "stack",
    "memory",
    "log-flood",
    "failure",
    "columns",
    "rows",
    "explode-rows",
    "explode-bytes",
    "lengths",
    "keep",
    "kind",
    "offsets-none",
    "offsets-start",
    "offsets-fall",
    "offsets-end",
    "offsets-overlap",
    "offsets-huge",
    "offsets-many",
    "utf8",
    "half-characters",
    "boolean",
    "validity",
    "source-rows",
    "source-negative",
    "source-repeated",
    "source-count",
    "rejected-range",
    "rejected-twice",
    "rejected-and-kept",
    "finding-row",
    "finding-column",
    "finding-code",
    "finding-flood",
    "finding-long",
    "finding-stray-error",
    "rejected-silently",
];

const CONFIGURATIONS: [&str; 8] = [
    "configure-trap",
    "configure-refuse",
    "configure-nothing",
    "configure-twice",
    "configure-type",
    "configure-nameless",
    "configure-flood",
    "no-such-evil",
];

fn evil() -> Vec<u8> {
    match std::env::var_os("SLUICE_EVIL_WASM") {
        Some(path) => std::fs::read(path).unwrap(),
        None => support::component("sluice-plugin-evil", "sluice_plugin_evil"),
    }
}

fn origin(source: &str) -> Origin {
    Origin {
        pipeline: "test".into(),
        source: source.into(),
        first_row: 0,
        received_at: 0,
    }
}

fn schema() -> Vec<ColumnField> {
    vec![ColumnField {
        name: "value".into(),
        logical: "text".into(),
        nullable: true,
    }]
}

fn batch(values: &[&str]) -> Vec<Column> {
    let (mut offsets, mut data) = (vec![0], Vec::new());
    for value in values {
        data.extend_from_slice(value.as_bytes());
        offsets.push(data.len() as u32);
    }
    vec![Column {
        values: Values::Bytes { offsets, data },
        validity: Vec::new(),
    }]
}

/// The rows that go on, each as the capitals and the length that the honest plugin makes of it.
fn stored(transformed: &Transformed, values: &[&str]) -> Vec<String> {
    let rows = (0..transformed.rows as u32).filter_map(|row| {
        let source = transformed
            .source_rows
            .as_ref()
            .map_or(row, |rows| rows[row as usize]);
        (!transformed.rejected.contains(&source)).then_some((row as usize, source as usize))
    });
    rows.map(|(row, source)| {
        assert_eq!(transformed.columns[0], OutColumn::Keep(0));
        let (OutColumn::Replace(capitals), OutColumn::Replace(length)) =
            (&transformed.columns[1], &transformed.columns[2])
        else {
            panic!("the plugin makes two columns")
        };
        let Values::Integers(lengths) = &length.values else {
            panic!("lengths are integers")
        };
        let capitals = std::str::from_utf8(capitals.bytes(row).unwrap()).unwrap();
        assert_eq!(capitals, values[source].to_ascii_uppercase());
        format!("{capitals} {}", lengths[row])
    })
    .collect()
}

/// A plugin that misbehaves in this way, with a deadline that no row runs into which ends, however busy the machine is.
fn patient(evil: &str) -> Plugin {
    let mut plugin = support::plugin(&[("evil", evil)]);
    plugin.limits.batch_timeout_ms = 60_000;
    plugin
}

fn clean(transformer: &mut Transformer, values: &[&str]) -> Transformed {
    transformer
        .transform(values.len(), &batch(values), &origin("evil.csv"))
        .unwrap()
}

#[test]
fn only_the_guilty_row_pays() {
    const VALUES: [&str; 7] = ["one", "two", "three", "evil", "five", "", "seven"];
    const HONEST: [&str; 6] = ["ONE 3", "TWO 3", "THREE 5", "FIVE 4", " 0", "SEVEN 5"];
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let mut table = String::new();
    for name in MISBEHAVIOURS {
        let plugin = match name {
            "loop" => support::plugin(&[("evil", name)]),
            name => patient(name),
        };
        let version = engine.load(&component, &plugin).unwrap();
        let mut transformer = version.configure(&schema()).unwrap();
        let transformed = clean(&mut transformer, &VALUES);
        let mut stored = stored(&transformed, &VALUES);
        if transformed.rejected.is_empty() {
            assert_eq!(stored.remove(3), "EVIL 4");
        }
        assert_eq!(stored, HONEST, "{name}");
        let verdict = if transformed.rejected == [3] {
            "rejected"
        } else {
            "stored"
        };
        for finding in &transformed.findings {
            assert_eq!(finding.row, 3, "{name}");
            let message = if finding.message.len() > 200 {
                format!(
                    "{}… ({} bytes)",
                    &finding.message[..20],
                    finding.message.len()
                )
            } else {
                finding.message.clone()
            };
            writeln!(
                table,
                "{name}: {verdict}, {:?} {}: {message}",
                finding.severity, finding.code
            )
            .unwrap();
        }
        let next = clean(&mut transformer, &["fine", "as ever"]);
        assert_eq!(
            (next.rows, next.rejected, next.findings),
            (2, vec![], vec![]),
            "{name}"
        );
    }
    insta::assert_snapshot!(table);
}

/// Both are numbers to the plugin contract, and neither may be stored.
#[test]
fn floats_that_are_no_numbers_are_rejected_by_the_checks() {
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let pipeline = support::pipeline("share = { type = \"float\" }");
    for name in ["nan", "infinity"] {
        let version = engine
            .load(&component, &support::plugin(&[("evil", name)]))
            .unwrap();
        let mut transformer = version.configure(&schema()).unwrap();
        let checker = Checker::new(&pipeline, transformer.outputs()).unwrap();
        for (values, rejected) in [
            (["one", "evil", "three"], vec![1]),
            (["4", "5", "6"], vec![]),
        ] {
            let transformed = clean(&mut transformer, &values);
            let mut batch = Batch {
                rows: 3,
                columns: batch(&values),
                raw: Raw::Text {
                    text: Vec::new(),
                    spans: vec![(0, 0); 3],
                },
                ..Batch::default()
            };
            let checked = checker.check(&mut batch, transformed, &Identity::of(&[]));
            assert_eq!(checked.rows.num_rows() + rejected.len(), 3, "{name}");
            let found: Vec<u64> = checked.rejected.iter().map(|row| row.record).collect();
            assert_eq!(found, rejected, "{name}");
            for row in &checked.rejected {
                assert_eq!(row.findings[0].code, "not_a_number");
                assert_eq!(row.findings[0].message, "not a finite number");
            }
        }
    }
}

/// Every row alone is within the limits, and all of them together would fill the host's memory.
#[test]
fn the_parts_of_a_batch_share_one_limit() {
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let version = engine.load(&component, &patient("heap")).unwrap();
    let values = vec!["evil"; 2_500];
    let transformed = clean(&mut version.configure(&schema()).unwrap(), &values);
    assert_eq!(transformed.rows + transformed.rejected.len(), 2_500);
    assert!(transformed.rows * (60 << 10) <= 128 << 20);
    assert!((1..1_000).contains(&transformed.rejected.len()));
    let messages: std::collections::BTreeSet<&str> = transformed
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    let message = "the plugin returned more than 134217728 bytes for the rows of one batch";
    assert_eq!(messages, [message].into());
}

#[test]
fn instances_wait_for_the_next_object() {
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let version = engine
        .load(&component, &support::plugin(&[("evil", "state")]))
        .unwrap();
    // The plugin says how many calls its instance had, and traps on the third one.
    let calls = |schema: &[ColumnField], row: &str| {
        let mut transformer = version.configure(schema).unwrap();
        let columns = batch(&[row]);
        let columns = vec![columns[0].clone(); schema.len()];
        let transformed = transformer
            .transform(1, &columns, &origin("x.csv"))
            .unwrap();
        match &transformed.columns[2] {
            OutColumn::Replace(Column {
                values: Values::Integers(calls),
                ..
            }) if transformed.rejected.is_empty() => calls[0],
            _ => -1,
        }
    };
    let other_schema = vec![
        schema()[0].clone(),
        ColumnField {
            name: "other".into(),
            ..schema()[0].clone()
        },
    ];
    assert_eq!(calls(&schema(), "evil"), 1);
    assert_eq!(
        calls(&other_schema, "evil"),
        1,
        "another schema needs another instance"
    );
    assert_eq!(calls(&schema(), "evil"), 2, "the same schema does not");
    assert_eq!(calls(&schema(), "evil"), -1, "the third call fails");
    assert_eq!(calls(&schema(), "evil"), 1, "what failed is gone");
    assert_eq!(calls(&other_schema, "evil"), 2, "what did not fail is not");
    let both = [
        version.configure(&schema()).unwrap(),
        version.configure(&schema()).unwrap(),
    ];
    drop(both);
    assert_eq!(
        calls(&schema(), "evil"),
        1,
        "the last one that came back goes first"
    );
    assert_eq!(calls(&schema(), "evil"), 2);
}

/// Columns that a plugin refuses cost the records that have them. A configuration that it refuses costs none.
#[test]
fn a_wrong_configuration_is_no_fault_of_the_records() {
    let manifest = "[project]\nname = \"words\"\n[pipeline.words]\nsource = { prefix = \"in/\" }\nlake = true\n\
                    [pipeline.words.fields]\nvalue = \"text\"\n";
    let stack = sluice_manifest::load(manifest, "manifest.toml", None).unwrap();
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let clean = |name| {
        let plugin = support::plugin(&[("evil", name)]);
        let version = engine.load(&component, &plugin).unwrap();
        let mut cleaner = Cleaner::new(&stack.pipelines[0], Some(&version), "words.csv", 0);
        cleaner.clean_text(Format::Csv, "value\na\n")
    };
    let checked = clean("configure-refuse").unwrap();
    assert_eq!(checked[0].rejected[0].findings[0].code, "no_thanks");
    let refused = clean("no-such-evil").map(drop).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("refuses its configuration with `bad_config`"),
        "{refused}"
    );
}

#[test]
fn plugins_that_cannot_be_configured_say_why() {
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let mut table = String::new();
    for name in CONFIGURATIONS {
        let version = engine
            .load(&component, &support::plugin(&[("evil", name)]))
            .unwrap();
        let error = version.configure(&schema()).err().unwrap();
        writeln!(table, "{name}: {error}").unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn any_number_of_guilty_rows_is_found() {
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let version = engine
        .load(&component, &support::plugin(&[("evil", "trap")]))
        .unwrap();
    let mut transformer = version.configure(&schema()).unwrap();
    for guilty in [&[0][..], &[99], &[0, 1, 2], &[10, 50, 51, 99], &[]] {
        let values: Vec<&str> = (0..100)
            .map(|row| {
                if guilty.contains(&row) {
                    "evil"
                } else {
                    "good"
                }
            })
            .collect();
        let transformed = clean(&mut transformer, &values);
        let expected: Vec<u32> = guilty.iter().map(|row| *row as u32).collect();
        assert_eq!(transformed.rejected, expected);
        assert_eq!(
            stored(&transformed, &values),
            vec!["GOOD 4"; 100 - guilty.len()]
        );
    }
}

#[test]
fn a_plugin_that_fails_on_everything_is_given_up() {
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let mut messages = String::new();
    for (name, rows) in [("trap", 3_000), ("loop", 10)] {
        let mut plugin = support::plugin(&[("evil", name)]);
        plugin.limits.batch_timeout_ms = 200;
        let mut transformer = engine
            .load(&component, &plugin)
            .unwrap()
            .configure(&schema())
            .unwrap();
        let values = vec!["evil"; rows];
        let error = transformer
            .transform(rows, &batch(&values), &origin("all.csv"))
            .unwrap_err();
        assert!(matches!(error, PluginError::TooManyFailures { .. }));
        writeln!(messages, "{error}").unwrap();
        // Another object starts afresh.
        let next = transformer
            .transform(2, &batch(&["evil", "good"]), &origin("next.csv"))
            .unwrap();
        assert_eq!(next.rejected, [0]);
    }
    insta::assert_snapshot!(messages);
}

#[test]
fn a_batch_that_fits_no_memory_is_halved() {
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let mut plugin = support::plugin(&[]);
    plugin.limits.memory_mb = 8;
    let mut transformer = engine
        .load(&component, &plugin)
        .unwrap()
        .configure(&schema())
        .unwrap();
    let value = "x".repeat(1000);
    let values = vec![value.as_str(); 6_000];
    let transformed = clean(&mut transformer, &values);
    assert_eq!(
        (transformed.rows, transformed.rejected, transformed.findings),
        (6_000, vec![], vec![])
    );
}

#[test]
fn a_plugin_that_needs_more_memory_than_there_is_says_so() {
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let mut plugin = support::plugin(&[]);
    plugin.limits.memory_mb = 1;
    let error = engine.load(&component, &plugin).err().unwrap();
    insta::assert_snapshot!(error, @"the plugin does not start: the plugin trapped: out of memory: it asked for 2 MB, limit 1 MB; correct what it does before its first row, or give it more `memory_mb`");
}

#[test]
fn files_that_are_no_plugins_say_what_they_are() {
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let plugin = support::plugin(&[]);
    let mut table = String::new();
    let mut check = |what: &str, bytes: &[u8]| {
        let error = engine.load(bytes, &plugin).err().unwrap();
        writeln!(table, "{what}: {error}").unwrap();
    };
    let compiled = engine.compile(&component, false).unwrap();
    let wat = |text: &str| wit_component_text(text);
    check("empty", b"");
    check("text", b"id,name\n");
    check("core module", &wat("(module)"));
    check("compiled", compiled.code());
    check(
        "other world",
        &wat(
            r#"(component (component $c) (instance $i (instantiate $c)) (export "wasi:cli/run@0.2.6" (instance $i)))"#,
        ),
    );
    check("nothing", &wat("(component)"));
    check(
        "wasi",
        &wat(
            r#"(component (import "wasi:cli/environment@0.2.6" (instance (export "get-environment" (func (result (list (tuple string string)))))))) "#,
        ),
    );
    check(
        "other import",
        &wat(r#"(component (import "acme:db/query@1.0.0" (instance (export "run" (func)))))"#),
    );
    check(
        "newer",
        &wat(
            r#"(component (component $c) (instance $i (instantiate $c)) (export "sluice:transform/plugin@1.3.0" (instance $i)))"#,
        ),
    );
    check(
        "hollow",
        &wat(
            r#"(component (component $c) (instance $i (instantiate $c)) (export "sluice:transform/plugin@1.0.0" (instance $i)))"#,
        ),
    );
    insta::assert_snapshot!(table);

    for cut in [9, component.len() / 2, component.len() - 1] {
        let error = engine.load(&component[..cut], &plugin).err().unwrap();
        assert!(
            matches!(error, PluginError::Truncated { .. }),
            "cut at {cut}: {error}"
        );
    }
}

/// Bytes of a component in text.
fn wit_component_text(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn compiled_plugins_load_by_their_hash_only() {
    let (engine, component) = (PluginEngine::new().unwrap(), evil());
    let plugin = support::plugin(&[]);
    let compiled = engine.compile(&component, false).unwrap();
    let of_component = Sha256::of(&component);
    let version = engine.load_compiled(&compiled, &plugin).unwrap();
    assert_eq!(
        (version.sha256(), version.descriptor().name.as_str()),
        (of_component, "evil")
    );
    let transformed = clean(&mut version.configure(&schema()).unwrap(), &["a", "b"]);
    assert_eq!(transformed.rows, 2);

    let kept = |code: &[u8], published| {
        #[allow(unsafe_code, reason = "it is what is tested")]
        // SAFETY: it was compiled above, or wasmtime sees that it is no compiled code at all.
        unsafe {
            TrustedCompiled::kept(code.to_vec(), published, of_component)
        }
    };
    let whole = kept(compiled.code(), compiled.sha256()).unwrap();
    let version = engine.load_compiled(&whole, &plugin).unwrap();
    assert_eq!(version.sha256(), of_component);
    let mut changed = compiled.code().to_vec();
    *changed.last_mut().unwrap() ^= 1;
    let error = kept(&changed, compiled.sha256()).err().unwrap();
    assert!(matches!(error, PluginError::WrongHash { .. }), "{error}");

    let other = kept(&component, of_component).unwrap();
    let error = engine.load_compiled(&other, &plugin).err().unwrap();
    assert!(matches!(error, PluginError::NotCompiled { .. }), "{error}");
    let metered = PluginEngine::metered().unwrap();
    let error = metered.load_compiled(&compiled, &plugin).err().unwrap();
    assert!(matches!(error, PluginError::NotCompiled { .. }), "{error}");
}
