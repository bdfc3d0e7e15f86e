//! What holds for any configuration and any rows.

use proptest::prelude::*;
use sluice_sdk::contract::Batch;
use sluice_sdk::{ColumnPlugin, testing};

use super::{Became, became, configured};
use crate::vocabulary::WORDS;
use crate::written::WHEN;

/// Steps of every kind that take text, as JSON.
fn text_steps() -> Vec<&'static str> {
    vec![
        r#""trim""#,
        r#""collapse""#,
        r#""printable""#,
        r#""lower""#,
        r#""upper""#,
        r#""title""#,
        r#""nfc""#,
        r#""nfkc""#,
        r#""strip_accents""#,
        r#"{"only":"digits","also":"+"}"#,
        r#"{"only":"letters_digits"}"#,
        r#"{"only":"ascii"}"#,
        r#"{"before":"a"}"#,
        r#"{"cut":3}"#,
        r#"{"cut":3,"end":"…"}"#,
        r#"{"pad":6}"#,
        r#""email""#,
        r#"{"email":{"else":"reject"}}"#,
        r#""empty_to_null""#,
        r#"{"null_if":["a",""],"ignore_case":true}"#,
        r#"{"default":"x"}"#,
        r#"{"one_of":["a","B"],"ignore_case":true}"#,
        r#"{"mask":"email"}"#,
        r#"{"mask":"phone"}"#,
        r#"{"mask":"card"}"#,
        r#"{"mask":"all","keep_last":2}"#,
        r#"{"regex_extract":"[ab]+","else":"keep"}"#,
        r#"{"regex_replace":"^[0-9]+","with":"a"}"#,
        r#"{"upper":true,"when":{"x":{"longer_than":4}}}"#,
        r#"{"null_if":"a","when":{"other":{"empty":true}}}"#,
    ]
}

/// Steps that are not the same when they are done again, or that end a list.
fn other_steps() -> Vec<&'static str> {
    vec![
        r#"{"redact":["email","card","phone"]}"#,
        r#"{"map":{"a":"b"},"else":"null"}"#,
        r#"{"after":"a"}"#,
        r#"{"regex_extract":"(a)|b"}"#,
        r#"{"regex_extract":"(a?)(b?)","into":["p","q"],"else":"drop"}"#,
        r#"{"regex_replace":"b*","with":"[$0]"}"#,
        r#"{"json_path":"a[0]","else":"reject"}"#,
        r#""explode""#,
        r#"{"explode":{"into":{"p":"a","q":"[0]"}}}"#,
        r#"{"reject_if":{"matches":"\d"},"when":{"x":["a","b"]}}"#,
        r#"{"default":"z","when":{"x":{"empty":true},"other":"a"}}"#,
        r#"{"replace":{"a":"aa","b":""}}"#,
        r#""hash""#,
        r#"{"hash":{"salt":"s","digits":8}}"#,
        r#"{"drop_if":{"contains":"b","ignore_case":true}}"#,
        r#"{"warn_if":{"longer_than":2}}"#,
        r#""required""#,
        r#"{"copy":"copied"}"#,
        r#"{"split":",","into":["p","q"]}"#,
        r#"{"explode":";"}"#,
        r#"{"number":{"locale":"de","as":"decimal(6,2)","currency":true,"percent":"divide","round":true}}"#,
        r#"{"integer":{"locale":"en","else":"drop"}}"#,
        r#"{"float":"fr"}"#,
        r#""boolean""#,
        r#"{"date":["%d.%m.%y","excel"]}"#,
        r#"{"timestamp":["iso","%d %b %Y %I:%M%p %z","unix"],"zone":"Europe/Paris","else":"reject"}"#,
        r#""remove""#,
    ]
}

fn cell() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        1 => Just(None),
        2 => ".{0,12}".prop_map(Some),
        4 => "[aAbB@.,;:/ +0-9€%()ßİΣσςéÉ\u{301}\u{200b}\t-]{0,14}".prop_map(Some),
        1 => prop::sample::select(vec!["[\"a\", null, [1]]", "[{\"a\": 1}, {\"a\": \"b\"}, 3]", "{\"a\": [\"é\", 2]}", "[", "{\"a\"", "null", "[\" \"]"]).prop_map(|text| Some(text.into())),
        2 => prop::sample::select(vec!["2026-03-29 02:30", "29.3.26", "1.234,50 €", "a@b.example", "4111 1111 1111 1111", "+49 30 1234567", "1 mar 2026 1:00pm Z"]).prop_map(|text| Some(text.into())),
    ]
}

fn entries_of(steps: &[&str]) -> Vec<(String, String)> {
    let made = r#"{"join":["p","x","copied"],"with":"-"}"#;
    vec![
        ("x".into(), format!("[{}]", steps.join(","))),
        ("of".into(), made.into()),
    ]
}

fn batch_of(cells: &[Option<String>]) -> Batch {
    let rows: Vec<Vec<Option<&str>>> = cells.iter().map(|cell| vec![cell.as_deref()]).collect();
    testing::batch(1, &rows)
}

/// What became of each cell, whatever batch it was in.
fn transformed(
    entries: &[(String, String)],
    cells: &[Option<String>],
) -> Option<Vec<(Became, Vec<String>)>> {
    let (mut tidy, fields) = configured(entries, &["x".into()]).ok()?;
    let batch = batch_of(cells);
    let output = tidy.transform(batch.clone(), testing::origin()).unwrap();
    assert!(output.findings.len() <= 4 * cells.len() + 16);
    Some(
        (0..cells.len() as u32)
            .map(|row| became(row, &batch, &fields, &output))
            .collect(),
    )
}

proptest! {
    #[test]
    fn steps_over_text_done_twice_are_done_once(step in prop::sample::select(text_steps()), cells in prop::collection::vec(cell(), 1..80)) {
        let texts = |found: &[(Became, Vec<String>)]| -> Vec<Option<String>> {
            found.iter().map(|(became, _)| match became {
                Became::Rows(rows) => rows[0].get("x").cloned(),
                _ => None,
            }).collect()
        };
        let once = texts(&transformed(&entries_of(&[step]), &cells).unwrap());
        let twice = texts(&transformed(&entries_of(&[step]), &once).unwrap());
        prop_assert_eq!(once, twice, "{}", step);
    }

    #[test]
    fn a_row_does_not_depend_on_its_batch(
        first in prop::collection::vec(prop::sample::select(text_steps()), 0..4),
        then in prop::collection::vec(prop::sample::select(other_steps()), 0..4),
        cells in prop::collection::vec(cell(), 1..80),
        half in any::<prop::sample::Index>(),
    ) {
        let entries = entries_of(&[first, then].concat());
        if let Some(whole) = transformed(&entries, &cells) {
            let (left, right) = cells.split_at(half.index(cells.len()));
            let mut halves = transformed(&entries, left).unwrap();
            halves.extend(transformed(&entries, right).unwrap());
            prop_assert_eq!(whole, halves);
        }
    }

    #[test]
    fn no_configuration_panics(key in "[a-c*]?", value in prop_oneof![".*", any_json()], cells in prop::collection::vec(cell(), 1..9)) {
        transformed(&[("x".into(), value.clone())], &cells);
        let _ = configured(&[(key, value)], &["a".into(), "x".into()]);
    }
}

/// JSON that is nearly a configuration.
fn any_json() -> impl Strategy<Value = String> {
    let names: Vec<String> = WORDS
        .iter()
        .flat_map(|word| {
            word.takes()
                .into_iter()
                .map(|(name, _)| name)
                .chain([word.name])
        })
        .chain([WHEN, "x", "other", "empty", "is"])
        .map(String::from)
        .collect();
    let leaf = prop_oneof![
        prop::sample::select(names.clone()).prop_map(serde_json::Value::from),
        "[a-z%.,YmdHM ]{0,9}".prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        (0u64..40).prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
    ];
    let json = leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map(prop::sample::select(names.clone()), inner, 0..4)
                .prop_map(|table| table.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    });
    json.prop_map(|json: serde_json::Value| json.to_string())
}
