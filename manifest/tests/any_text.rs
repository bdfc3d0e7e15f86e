//! Whatever the text of a manifest, the answer is a stack or a list of problems that can be shown.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sluice_manifest::load;

const SAMPLE: &str = include_str!("cases/valid_sample_of_everything/manifest.toml");

/// Loads a text and shows its problems in every way; says how many there are.
fn check(text: &str) -> Result<usize, TestCaseError> {
    let Err(problems) = load(text, "manifest.toml", None) else {
        return Ok(0);
    };
    let lines = text.split('\n').count();
    let json = problems.to_json();
    let json = json.as_array().unwrap();
    prop_assert!(!json.is_empty());
    prop_assert_eq!(json.len(), problems.iter().len());
    for problem in json {
        prop_assert!(
            problem["line"].is_null()
                || (1..=lines as u64).contains(&problem["line"].as_u64().unwrap())
        );
        prop_assert!(!problem["message"].as_str().unwrap().contains('\n'));
    }
    prop_assert_eq!(
        problems.to_string().matches("error: ").count() >= json.len(),
        true
    );
    prop_assert!(problems.render(true).len() > problems.render(false).len());
    Ok(json.len())
}

/// The sample without some of its characters and with others in between.
fn edited_samples() -> impl Strategy<Value = String> {
    let edit = (
        0..SAMPLE.len(),
        0..12usize,
        "[\\PC\n\r\t\"'=,.{}()\\[\\]0-9a-z]{0,4}",
    );
    proptest::collection::vec(edit, 1..6).prop_map(|edits| {
        let mut text: Vec<char> = SAMPLE.chars().collect();
        for (at, removed, inserted) in edits {
            let at = at.min(text.len());
            text.splice(at..(at + removed).min(text.len()), inserted.chars());
        }
        text.into_iter().collect()
    })
}

/// The sample with the words of its lines exchanged.
fn shuffled_samples() -> impl Strategy<Value = String> {
    let words: Vec<&str> = SAMPLE.split_inclusive([' ', '\n', ',', '=']).collect();
    let count = words.len();
    proptest::collection::vec((0..count, 0..count), 1..4).prop_map(move |swaps| {
        let mut words = words.clone();
        for (one, other) in swaps {
            words.swap(one, other);
        }
        words.concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_has_an_answer(text in "\\PC{0,200}") {
        check(&text)?;
    }

    #[test]
    fn any_characters_have_an_answer(text: String) {
        check(&text)?;
    }

    #[test]
    fn an_edited_manifest_has_an_answer(text in edited_samples()) {
        check(&text)?;
    }

    #[test]
    fn a_shuffled_manifest_has_an_answer(text in shuffled_samples()) {
        check(&text)?;
    }

    /// Each mistake in a different place is reported, all in one go.
    #[test]
    fn mistakes_add_up(mistakes in proptest::sample::subsequence(MISTAKES.to_vec(), 1..=MISTAKES.len())) {
        let text = mistakes.iter().fold(SAMPLE.to_owned(), |text, (right, wrong)| {
            assert!(text.contains(right), "{right}");
            text.replacen(right, wrong, 1)
        });
        prop_assert_eq!(check(&text)?, mistakes.len(), "{}", text);
    }
}

/// Changes of the sample that are one mistake each.
const MISTAKES: [(&str, &str); 12] = [
    ("name         = \"shop\"", "name         = \"Shop\""),
    ("slack     = \"alerts/slack\"", "slack     = 1"),
    ("\"x86_64\"", "\"x86\""),
    ("log_retention_days = 365", "log_retention_days = 366"),
    ("\"ndjson\"]", "\"xml\"]"),
    ("batch_size = 10", "batch_size = 100"),
    ("order_by = \"version\"", "order_by = \"vresion\""),
    ("max_growth       = 20", "max_grwoth       = 20"),
    ("min_length = 3", "min_length = 300"),
    ("pattern = '^c-", "pattern = '^c-("),
    ("days = 730", "days = 0"),
    ("\"hour(placed)\"", "\"hour(due)\""),
];

#[test]
fn positions_count_characters_from_one() {
    let text = "[project]\nname = \"shop\"\n\n[\"ä\"]\r\nx = 1\n";
    let problems = load(text, "my.toml", None).unwrap_err().to_json();
    let unknown = &problems[1];
    assert_eq!(unknown["message"], "unknown key `ä` in the manifest");
    assert_eq!(
        (&unknown["file"], &unknown["line"], &unknown["column"]),
        (&"my.toml".into(), &4.into(), &2.into())
    );

    let problems = load("", "my.toml", Some("PROD")).unwrap_err().to_json();
    let stage = problems
        .as_array()
        .unwrap()
        .iter()
        .find(|problem| problem["line"].is_null())
        .unwrap();
    assert_eq!(
        stage["message"],
        "`PROD` is not a valid stage (given by `--stage`)"
    );
}
