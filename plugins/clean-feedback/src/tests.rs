#![allow(clippy::unwrap_used)]
use sluice_sdk::testing::{Cleaned, origin, run, try_run};
use sluice_sdk::{FromConfig, RowPlugin, Rows};

use super::Plugin;

const COLUMNS: [&str; 9] = [
    "id",
    "submitted_at",
    "customer",
    "email",
    "channel",
    "country",
    "product",
    "rating",
    "comment",
];
const GOOD: [&str; 9] = [
    "F-1",
    "2026-03-01T10:00:00Z",
    "C-17",
    "ada@example.com",
    "web",
    "GB",
    "Kettle",
    "5",
    "Works well, thank you.",
];
const TEN: i64 = 1_772_359_200_000_000;

/// Cleans good rows in which some values are replaced.
fn with(changes: &[(&str, &str)]) -> Cleaned {
    let mut row = GOOD;
    for (name, value) in changes {
        row[COLUMNS.iter().position(|column| column == name).unwrap()] = value;
    }
    run::<Plugin>(&[], &COLUMNS, &[&GOOD, &row, &GOOD])
}

#[test]
fn clean_rows_come_back_as_they_are() {
    let cleaned = with(&[]);
    assert_eq!(cleaned.rows(), 3);
    for name in COLUMNS
        .iter()
        .filter(|name| !["submitted_at", "rating"].contains(*name))
    {
        assert!(cleaned.is_kept(name), "{name}");
    }
    assert_eq!(
        (
            cleaned.integer(1, "submitted_at"),
            cleaned.integer(1, "rating")
        ),
        (Some(TEN), Some(5))
    );
    assert!(cleaned.output().findings.is_empty());
}

#[test]
fn every_field_is_cleaned() {
    let cleaned = with(&[
        ("id", "  F-2 "),
        ("submitted_at", "1 Mar 2026 10:00"),
        ("customer", " c-18"),
        ("email", "Mailto:ADA@Example.com."),
        ("channel", "E-Mail"),
        ("country", "Deutschland"),
        ("product", " Tea   pot "),
        ("rating", "8/10"),
        ("comment", "Call  me:\n+49 30 901820"),
    ]);
    let texts = [
        "id", "customer", "email", "channel", "country", "product", "comment",
    ];
    let row: Vec<_> = texts
        .iter()
        .map(|name| cleaned.text(1, name).unwrap())
        .collect();
    assert_eq!(
        row,
        [
            "F-2",
            "C-18",
            "ada@example.com",
            "email",
            "DE",
            "Tea pot",
            "Call me: [phone]"
        ]
    );
    assert_eq!(
        (
            cleaned.integer(1, "submitted_at"),
            cleaned.integer(1, "rating")
        ),
        (Some(TEN), Some(4))
    );
    assert_eq!(cleaned.findings(1), ["i:masked_phone"]);
    for name in texts {
        assert_eq!(cleaned.text(0, name), cleaned.text(2, name), "{name}");
        assert_eq!(
            cleaned.text(0, name),
            Some(GOOD[COLUMNS.iter().position(|column| *column == name).unwrap()])
        );
    }
}

fn check_findings(changes: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(with(changes).findings(1), expected, "{changes:?}");
}

#[test]
fn odd_values_are_pointed_out() {
    check_findings(&[("email", "nobody")], &["w:bad_email"]);
    check_findings(&[("email", "a@yopmail.com")], &["w:disposable_email"]);
    check_findings(&[("country", "Atlantis")], &["w:unknown_country"]);
    check_findings(&[("rating", "meh")], &["w:bad_rating"]);
    check_findings(&[("submitted_at", "2026-07-01")], &["w:future_date"]);
    check_findings(&[("submitted_at", "1999-12-31")], &["w:ancient_date"]);
    check_findings(&[("comment", "NEVER AGAIN WITH YOU")], &["i:shouting"]);
    check_findings(
        &[("comment", "simply awful")],
        &["w:rating_contradicts_comment"],
    );
    check_findings(&[("comment", &"x".repeat(4001))], &["w:comment_cut"]);
    check_findings(
        &[("comment", "card 4111 1111 1111 1111")],
        &["i:masked_card"],
    );
    check_findings(
        &[
            ("email", ""),
            ("country", " "),
            ("rating", ""),
            ("product", ""),
            ("comment", ""),
        ],
        &[],
    );
}

#[test]
fn bad_values_become_null() {
    let cleaned = with(&[
        ("email", "nobody"),
        ("country", "Atlantis"),
        ("rating", "meh"),
        ("comment", "  "),
    ]);
    for name in ["email", "country", "comment"] {
        assert_eq!(cleaned.text(1, name), None, "{name}");
    }
    assert_eq!(cleaned.integer(1, "rating"), None);
    assert_eq!(cleaned.integer(2, "rating"), Some(5));
}

#[test]
fn records_without_id_or_date_are_rejected() {
    for (changes, finding) in [
        (("id", " "), "e:missing_id"),
        (("submitted_at", ""), "e:missing_date"),
        (("submitted_at", "soon"), "e:bad_date"),
    ] {
        let cleaned = with(&[changes]);
        assert_eq!(
            (cleaned.rejected(), cleaned.findings(1)),
            (&[1][..], vec![finding.to_string()])
        );
    }
}

#[test]
fn empty_and_test_records_are_dropped() {
    let mut empty = [""; 9];
    empty[0] = "F-3";
    let mut test = GOOD;
    test[0] = "TEST-1";
    let mut no_date = GOOD;
    no_date[1] = "?";
    let rows: [&[&str]; 6] = [&GOOD, &no_date, &empty, &GOOD, &test, &GOOD];
    let cleaned = run::<Plugin>(&[], &COLUMNS, &rows);
    assert_eq!(
        (cleaned.rejected(), cleaned.dropped()),
        (&[1][..], vec![2, 4])
    );
    assert_eq!(
        (0..cleaned.rows())
            .map(|row| cleaned.source_row(row))
            .collect::<Vec<_>>(),
        [0, 3, 5]
    );
    assert_eq!(
        (0..3)
            .map(|row| cleaned.integer(row, "submitted_at"))
            .collect::<Vec<_>>(),
        [Some(TEN); 3]
    );
    let kept = run::<Plugin>(&[("keep_tests", "true")], &COLUMNS, &rows);
    assert_eq!(kept.dropped(), [2]);
}

#[test]
fn columns_are_found_and_others_go_through() {
    let cleaned = run::<Plugin>(
        &[],
        &["Ticket ID", "Created At", "E-mail", "Score", "Agent"],
        &[&["F-1", "2026-03-01 10:00", "ADA@example.com", "five", "Bob "]],
    );
    assert_eq!(cleaned.text(0, "id"), Some("F-1"));
    assert_eq!(cleaned.integer(0, "submitted_at"), Some(TEN));
    assert_eq!(cleaned.text(0, "email"), Some("ada@example.com"));
    assert_eq!(cleaned.integer(0, "rating"), Some(5));
    assert_eq!(cleaned.text(0, "customer"), None);
    assert_eq!(cleaned.text(0, "Agent"), Some("Bob "));
}

#[test]
fn wrong_configuration_is_refused() {
    for (config, message) in [
        (
            ("chanels", "web"),
            "`chanels` is not known; known are `channels`, `dates`, `max_comment`, `keep_tests`",
        ),
        (
            ("dates", "us"),
            "`dates` is `us`, and should be `day-first` or `month-first`",
        ),
        (
            ("max_comment", "-1"),
            "`max_comment` is `-1`, and should be a number of characters",
        ),
        (
            ("channels", "web,,app"),
            "`channels` is `web,,app`, and should be names separated by commas",
        ),
    ] {
        let failure = try_run::<Rows<Plugin>>(&[config], &COLUMNS, &[], &origin()).unwrap_err();
        assert_eq!(failure.message, message);
    }
    assert!(<Plugin as RowPlugin>::Config::SCHEMA.contains("month-first"));
}
