//! Objects that are small and would take much memory.

use std::fmt::Write as _;

use tempfile::tempdir;

use crate::bounded::{done, gen_within, manifest};

/// Address space, in MB, that an object may cost two threads. The program and its threads take 250 of it before they read
/// anything; 200 are the two batches in work and the one that waits, with as many cells as they may have.
const BOUND: u64 = 500;

const FIELDS: &str = "lake = true\nfields.id = { type = \"text\", required = false }";

fn run(name: &str, text: &str) -> String {
    let folder = tempdir().expect("there is room");
    manifest(folder.path(), FIELDS);
    std::fs::write(folder.path().join(name), text).expect("there is room");
    let mut command = gen_within(BOUND, folder.path());
    let arguments = [
        "run",
        "manifest.toml",
        name,
        "--out",
        "out",
        "--threads",
        "2",
    ];
    done(command.args(arguments).args(["--format", "json"]))
}

fn stored_and_rejected(summary: &str) -> (u64, u64) {
    let summary: serde_json::Value = serde_json::from_str(summary).expect("it is JSON");
    let count = |name: &str| summary["totals"][name].as_u64().expect("it is counted");
    (count("stored"), count("rejected"))
}

/// A thousand columns that one record each has, and a million rows that have none.
#[test]
fn columns_of_a_few_records_are_not_those_of_a_million() {
    let mut text = String::new();
    for column in 0..1_000 {
        writeln!(text, "{{\"id\":\"1\",\"k{column}\":\"\"}}").expect("a text grows");
    }
    text += &"{\"id\":\"\"}\n".repeat(300_000);
    assert_eq!(
        stored_and_rejected(&run("wide.ndjson", &text)),
        (301_000, 0)
    );
}

/// A header of a thousand columns without names, which records need not have.
#[test]
fn columns_that_records_leave_out_are_not_those_of_every_row() {
    let text = format!("id{}\n{}", ",".repeat(1_000), "x\n".repeat(300_000));
    assert_eq!(stored_and_rejected(&run("ragged.csv", &text)), (300_000, 0));
}

/// Every record has all columns, in another order.
#[test]
fn columns_in_any_order_are_as_many() {
    let mut text = String::new();
    for record in 0..3_000 {
        text.push_str("{\"id\":\"1\"");
        for column in 0..200 {
            write!(text, ",\"k{}\":1", (record * 7 + column) % 1_000).expect("a text grows");
        }
        text.push_str("}\n");
    }
    assert_eq!(
        stored_and_rejected(&run("orders.ndjson", &text)),
        (3_000, 0)
    );
}
