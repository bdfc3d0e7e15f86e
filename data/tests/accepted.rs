//! What is made up is accepted by the pipeline's own checks, and what is polluted is rejected for the reason that is told:
//! for every valid manifest of the repository, in every format.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sluice_contract::stack::{Format, Pipeline, Stack};
use sluice_data::{DataError, DataFormat, DenseRank, Options, Records, Row, Truth, Value, writer};
use sluice_pipeline::check::Checked;
use sluice_pipeline::clean::{Cleaner, known_columns};
use sluice_pipeline::decode::{Decoder, Input, ObjectKind};

const FORMATS: [(DataFormat, Format, &str); 3] = [
    (DataFormat::Csv, Format::Csv, "a.csv"),
    (DataFormat::Ndjson, Format::Ndjson, "a.ndjson"),
    (DataFormat::Parquet, Format::Parquet, "a.parquet"),
];

fn options(rows: u64, seed: u64, format: DataFormat) -> Options {
    Options {
        rows,
        seed,
        format,
        mess: None,
        ranks: Vec::new(),
    }
}

/// The bytes of a run, and what was done to its rows.
fn made(pipeline: &Pipeline, options: &Options) -> Result<(Vec<u8>, Vec<Truth>), DataError> {
    let mut records = Records::new(pipeline, options)?;
    records.learn(|| {})?;
    let mut bytes = Vec::new();
    let mut truths = Vec::new();
    let polluted = options.mess.is_some();
    let mut out = writer(
        options.format,
        pipeline,
        records.columns(),
        polluted,
        &mut bytes,
    )?;
    let mut row = Row::default();
    for number in 0..options.rows {
        truths.extend(records.fill(number, &mut row)?);
        out.write(&row)?;
    }
    out.finish()?;
    Ok((bytes, truths))
}

/// What the pipeline's checks make of a file, without its plugin.
fn checked(pipeline: &Pipeline, name: &str, bytes: &[u8]) -> Vec<Checked> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let known = known_columns(pipeline, None);
    let kind = ObjectKind::of(name).unwrap();
    let mut records = Decoder::new(kind, pipeline, &known, Input::File(file));
    let mut cleaner = Cleaner::new(pipeline, None, name, 0);
    let mut all = Vec::new();
    while let Some(batch) = records.next_batch().unwrap() {
        all.push(cleaner.clean(batch).unwrap());
    }
    all
}

/// Codes of rejected records, by row and field.
fn rejects(checked: &[Checked]) -> BTreeMap<u64, Vec<(Option<String>, String)>> {
    let rejected = checked.iter().flat_map(|checked| &checked.rejected);
    rejected
        .map(|one| {
            let findings = one.findings.iter();
            let codes = findings.map(|finding| (finding.column.clone(), finding.code.clone()));
            (one.record, codes.collect())
        })
        .collect()
}

fn stacks() -> Vec<(PathBuf, Stack)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["manifest/tests/cases", "generator/tests/cases", "examples"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path().join("manifest.toml");
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            if let Ok(stack) = sluice_manifest::load(&text, "manifest.toml", None) {
                found.push((path, stack));
            }
        }
    }
    assert!(found.len() > 20, "{}", found.len());
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

#[track_caller]
fn check(path: &Path, pipeline: &Pipeline, rows: u64, seed: u64) {
    for (format, reads, name) in FORMATS {
        if !pipeline.formats.contains(&reads) {
            continue;
        }
        let what = format!("{} of {}, seed {seed}", name, path.display());
        let (bytes, _) = made(pipeline, &options(rows, seed, format)).unwrap_or_else(|error| {
            panic!("{what}: {error}");
        });
        let text = || String::from_utf8_lossy(&bytes[..bytes.len().min(600)]).into_owned();
        let checked = checked(pipeline, name, &bytes);
        let read: u64 = checked.iter().map(|checked| checked.read).sum();
        assert_eq!(read, rows, "{what}: {}", text());
        assert_eq!(rejects(&checked), BTreeMap::new(), "{what}: {}", text());
        let (again, _) = made(pipeline, &options(rows, seed, format)).unwrap();
        assert!(again == bytes, "{what}: the second run differs");
    }
}

#[test]
fn every_manifest_gets_records_that_it_accepts() {
    for (path, stack) in stacks() {
        for pipeline in &stack.pipelines {
            check(&path, pipeline, 300, 7);
        }
    }
}

#[test]
fn what_is_polluted_is_rejected_for_the_reason_that_is_told() {
    let mut seen = BTreeSet::new();
    for (path, stack) in stacks() {
        for pipeline in &stack.pipelines {
            for (format, reads, name) in FORMATS {
                if !pipeline.formats.contains(&reads) {
                    continue;
                }
                let what = format!("{} of {}", name, path.display());
                let options = Options {
                    mess: Some(0.3),
                    ..options(300, 3, format)
                };
                let (bytes, truths) = match made(pipeline, &options) {
                    Ok(made) => made,
                    Err(DataError::NothingToBreak { .. }) => continue,
                    Err(error) => panic!("{what}: {error}"),
                };
                assert!(truths.len() > 50, "{what}: {}", truths.len());
                seen.extend(truths.iter().map(|truth| truth.mess));
                let rejects = rejects(&checked(pipeline, name, &bytes));
                let expected: BTreeMap<u64, Vec<(Option<String>, String)>> = truths
                    .iter()
                    .filter(|truth| truth.code != "duplicate")
                    .map(|truth| {
                        (
                            truth.row,
                            vec![(truth.field.clone(), truth.code.to_owned())],
                        )
                    })
                    .collect();
                assert_eq!(rejects, expected, "{what}");
            }
        }
    }
    let all: BTreeSet<&str> = sluice_data::ways().collect();
    assert_eq!(seen, all, "every way is met");
}

fn customers() -> Pipeline {
    let text = include_str!("../../examples/customers/manifest.toml");
    let mut stack = sluice_manifest::load(text, "manifest.toml", None).unwrap();
    stack.pipelines.remove(0)
}

/// The values of some columns.
fn columns(pipeline: &Pipeline, options: &Options, names: &[&str]) -> Vec<Vec<Option<String>>> {
    let mut records = Records::new(pipeline, options).unwrap();
    records.learn(|| {}).unwrap();
    let place = |name: &&str| {
        let mut columns = records.columns().iter();
        columns.position(|column| column.name == **name).unwrap()
    };
    let places: Vec<usize> = names.iter().map(place).collect();
    let mut row = Row::default();
    let rows = 0..options.rows;
    rows.map(|number| {
        records.fill(number, &mut row).unwrap();
        places
            .iter()
            .map(|place| match row.value(*place) {
                Value::Null => None,
                Value::Right(text) | Value::Wrong(text) => Some(text.to_owned()),
            })
            .collect()
    })
    .collect()
}

#[test]
fn keys_differ_and_records_agree_with_themselves() {
    let pipeline = customers();
    let options = options(20_000, 7, DataFormat::Csv);
    let names = [
        "id",
        "country",
        "phone",
        "email",
        "first_name",
        "signed_up_at",
        "updated_at",
    ];
    let rows = columns(&pipeline, &options, &names);
    let ids: BTreeSet<&String> = rows.iter().map(|row| row[0].as_ref().unwrap()).collect();
    assert_eq!(ids.len(), rows.len());
    let domains = ["example.com", "example.org", "example.net"];
    for row in &rows {
        let country = row[1].as_deref().unwrap();
        let prefix = match country {
            "US" | "CA" => "+1 ",
            "DE" => "+49 ",
            "GB" => "+44 ",
            "IE" => "+353 ",
            _ => "+",
        };
        assert!(
            row[2]
                .as_deref()
                .is_none_or(|phone| phone.starts_with(prefix)),
            "{row:?}"
        );
        let (_, domain) = row[3].as_deref().unwrap().split_once('@').unwrap();
        let reserved =
            domains.contains(&domain) || domain.ends_with(".example") || domain.ends_with(".test");
        assert!(reserved, "{domain}");
        assert!(row[5] <= row[6], "{row:?}");
    }
}

#[test]
fn more_rows_begin_with_the_same_rows() {
    let pipeline = customers();
    let names = ["id", "email", "updated_at"];
    let few = columns(&pipeline, &options(50, 7, DataFormat::Csv), &names);
    let many = columns(&pipeline, &options(500, 7, DataFormat::Csv), &names);
    assert_eq!(few[..], many[..50]);
    let other = columns(&pipeline, &options(50, 8, DataFormat::Csv), &names);
    assert!(
        few.iter()
            .zip(&other)
            .all(|(one, other)| one[0] != other[0])
    );
}

/// Ranks as plain code has them: sorted, each value once, nulls first.
#[test]
fn ranks_follow_the_order_of_values() {
    let pipeline = customers();
    for (field, column) in [
        ("country", "country_rank"),
        ("city", "city_rank"),
        ("birth_date", "r"),
    ] {
        let rank = DenseRank {
            field: field.to_owned(),
            column: column.to_owned(),
        };
        let options = Options {
            ranks: vec![rank],
            mess: Some(0.2),
            ..options(3000, 7, DataFormat::Ndjson)
        };
        let clean = Options {
            mess: None,
            ..options.clone()
        };
        let rows = columns(&pipeline, &clean, &[field, column]);
        let values: BTreeSet<&Option<String>> = rows.iter().map(|row| &row[0]).collect();
        let ranks: BTreeMap<&Option<String>, usize> = values.into_iter().zip(1..).collect();
        for row in &rows {
            assert_eq!(
                row[1].as_deref(),
                Some(ranks[&row[0]].to_string().as_str()),
                "{row:?}"
            );
        }
        assert_eq!(columns(&pipeline, &options, &[field]).len(), 3000);
    }
}

#[track_caller]
fn check_refusal(field: &str, rows: u64, ranks: &[(&str, &str)], expected: &str) {
    let manifest = format!(
        "[project]\nname = \"shop\"\n[pipeline.orders]\nsource = {{ prefix = \"in/\" }}\nkey = \"id\"\ntable = true\n\
         [pipeline.orders.fields]\nid = {field}\nname = \"text\"\nplace = {{ type = \"integer\", max = 3 }}\n"
    );
    let stack = sluice_manifest::load(&manifest, "manifest.toml", None).unwrap();
    let ranks = ranks.iter().map(|(field, column)| DenseRank {
        field: (*field).to_owned(),
        column: (*column).to_owned(),
    });
    let options = Options {
        ranks: ranks.collect(),
        ..options(rows, 1, DataFormat::Csv)
    };
    let error = made(&stack.pipelines[0], &options).unwrap_err().to_string();
    assert_eq!(error, expected);
}

#[test]
fn what_cannot_be_made_is_said() {
    check_refusal(
        "{ type = \"text\", pattern = '^[0-9]{2}$' }",
        101,
        &[],
        "the key (`id`) has only 100 distinct values for 101 rows\n\
         help: ask for fewer rows with `--rows`, or loosen the constraints of a field of the key",
    );
    check_refusal(
        "{ type = \"text\", pattern = '^[a-z]{9}$', max_length = 8 }",
        1,
        &[],
        "no value was found for field `id` that its own constraints allow\n\
         help: loosen its `pattern`, `min_length` or `max_length`",
    );
    check_refusal(
        "{ type = \"text\", fake = \"email\", max_length = 6 }",
        1,
        &[],
        "no value of the kind `email` is one that field `id` allows\n\
         help: loosen the field's constraints, or choose another kind for `fake`",
    );
    check_refusal(
        "\"text\"",
        1,
        &[("nmae", "r")],
        "`--dense-rank nmae=r`: there is no field `nmae` in pipeline `orders`\nhelp: did you mean `name`?",
    );
    check_refusal(
        "\"text\"",
        1,
        &[("id", "name")],
        "`--dense-rank id=name`: field `name` is no integer\n\
         help: declare it as an integer, or give the column another name",
    );
    check_refusal(
        "\"text\"",
        50,
        &[("id", "place")],
        "`--dense-rank id=place`: ranks go from 1 to 50, and field `place` does not allow all of them\n\
         help: loosen its `min`, `max` or `one_of`, or give the column another name",
    );
}

fn field_types() -> impl Strategy<Value = String> {
    let bounds =
        (any::<i32>(), any::<i32>()).prop_map(|(one, other)| (one.min(other), one.max(other)));
    prop_oneof![
        (0_u32..6, 0_u32..60).prop_map(|(least, more)| format!(
            "type = \"text\", min_length = {least}, max_length = {}",
            least + more.max(1)
        )),
        "\\^\\[a-f\\]\\{1,[2-9]\\}-\\[0-9\\]\\+(x|yz)\\?\\$"
            .prop_map(|pattern| format!("type = \"text\", pattern = '{pattern}'")),
        bounds
            .clone()
            .prop_map(|(min, max)| format!("type = \"integer\", min = {min}, max = {max}")),
        any::<i64>().prop_map(|max| format!("type = \"integer\", max = {max}")),
        any::<i64>().prop_map(|min| format!("type = \"integer\", min = {min}")),
        bounds.prop_map(|(min, max)| format!(
            "type = \"float\", min = -{}.5, max = {}.5e3",
            min.unsigned_abs(),
            max.unsigned_abs()
        )),
        (1_u8..=38, 0_u8..=38).prop_map(|(precision, scale)| format!(
            "type = \"decimal({precision},{})\"",
            scale.min(precision)
        )),
        Just("type = \"timestamp\", min = 2030-01-01T00:00:00Z".to_owned()),
        Just("type = \"timestamp\", max = 1950-01-01T00:00:00.5Z".to_owned()),
        Just("type = \"date\", min = 2024-02-29, max = 2024-02-29".to_owned()),
        Just("type = \"json\"".to_owned()),
        Just("type = \"boolean\"".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn fields_of_any_name_and_bounds_are_accepted(
        fields in proptest::collection::btree_map(
            prop_oneof!["[a-z]{1,8}", proptest::sample::select(vec![
                "email", "phone", "country", "city", "rating", "price", "birth_date", "comment", "zip", "url", "age",
            ]).prop_map(str::to_owned)],
            (field_types(), any::<bool>()),
            1..8,
        ),
        seed: u64,
    ) {
        let lines: Vec<String> = fields
            .iter()
            .map(|(name, (kind, required))| format!("{name} = {{ {kind}, required = {required} }}"))
            .collect();
        let manifest = format!(
            "[project]\nname = \"shop\"\n[pipeline.orders]\nsource = {{ prefix = \"in/\" }}\nlake = true\n\
             [pipeline.orders.fields]\n{}\n",
            lines.join("\n")
        );
        let stack = sluice_manifest::load(&manifest, "manifest.toml", None);
        let stack = stack.unwrap_or_else(|problems| panic!("{manifest}\n{problems}"));
        check(Path::new(&manifest), &stack.pipelines[0], 60, seed);
    }
}
