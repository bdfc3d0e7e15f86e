//! Objects that stopped half-way because permissions were broken, and what an operator does once they are mended.
//!
//! One object is parted: its first part is done, a later one cannot store its files. Two others cannot even tell anybody
//! of their second part, so that it was never begun. The scripts give up the first two for new versions of them, and the
//! dead letters bring the third to its end.

use std::fs;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sluice_tests::{Deployment, Lake, Manifest, eventually, on_a_cloud};

/// Enough for two parts of a megabyte, and cleaned far within the function's time.
const RECORDS: usize = 16_000;

/// The queue waits six times as long before it gives a message up that failed.
const TIMEOUT_SECONDS: i64 = 10;

const ROLE: &str = "FeedbackIngestRole";

fn csv(stem: &str) -> String {
    let comment = "a comment that makes the record longer than it would have to be";
    let record = |number| {
        format!(
            "{stem}-{number},2026-03-06T12:00:00Z,c-{},web,{comment}\n",
            number % 100
        )
    };
    let records: String = (1..=RECORDS).map(record).collect();
    format!("id,submitted_at,customer,channel,comment\n{records}")
}

/// The entries of one object: of all its versions, and of all their parts.
fn entries(stack: &Deployment, name: &str) -> anyhow::Result<Vec<Value>> {
    let uri = format!("object#{}{name}#", stack.output("FeedbackUploadTo")?);
    let mut entries = stack.ledger()?;
    entries.retain(|entry| {
        entry["pk"]["S"]
            .as_str()
            .is_some_and(|key| key.starts_with(&uri))
    });
    Ok(entries)
}

fn is_first(entry: &Value) -> bool {
    entry["sk"]["S"] == "ledger#feedback"
}

/// The status of each part of an object of which there is one version: of the first part, and of the others.
fn statuses(entries: &[Value]) -> anyhow::Result<(&str, Vec<&str>)> {
    let first = entries.iter().find(|entry| is_first(entry));
    let first = first.context("the object has no entry yet")?;
    let others = entries.iter().filter(|entry| !is_first(entry));
    Ok((status(first), others.map(status).collect()))
}

fn status(entry: &Value) -> &str {
    entry["status"]["S"].as_str().unwrap_or_default()
}

/// Waits until the newest version of an object is done, with all its records.
fn whole(stack: &Deployment, name: &str) -> anyhow::Result<()> {
    let records = RECORDS.to_string();
    eventually(&format!("`{name}` is done"), || {
        let entries = entries(stack, name)?;
        let is_whole = |entry: &Value| {
            is_first(entry)
                && entry["status"]["S"] == "done"
                && entry["report"]["M"]["stored"]["N"] == records.as_str()
        };
        ensure!(entries.iter().any(is_whole), "entries: {entries:?}");
        Ok(())
    })
}

#[test]
fn what_stopped_half_way_is_given_up_or_brought_to_its_end() {
    on_a_cloud(|cloud| {
        let template = Manifest::example("feedback")?
            .set("host.timeout_seconds", TIMEOUT_SECONDS)
            .set("pipeline.feedback.source.via", "s3")
            .set("pipeline.feedback.source.split_mb", 1)
            .set("pipeline.feedback.source.max_receive_count", 1)
            .without("pipeline.feedback.plugin")
            .without("pipeline.feedback.table")
            .without("pipeline.feedback.key")
            .without("pipeline.feedback.order_by")
            .render(cloud.folder())?;
        let stack = Deployment::new(cloud, "halfway", &template)?;
        let lake_bucket = stack.output("LakeBucket")?;
        let upload = |name: &str| -> anyhow::Result<()> {
            let file = cloud.folder().join(name);
            fs::write(&file, csv(name))?;
            stack.drop_file(&file, "FeedbackUploadTo", name)
        };

        // Files of later parts end in the number of their first record, with 20 digits.
        let later_parts = format!("arn:aws:s3:::{lake_bucket}/lake/feedback/*-00000000000*");
        stack.forbid(ROLE, "s3:PutObject", &later_parts)?;
        upload("parted.csv")?;
        eventually("a later part failed", || {
            let entries = entries(&stack, "parted.csv")?;
            let (first, others) = statuses(&entries)?;
            ensure!(
                first == "parted" && others.contains(&"failed") && !others.contains(&"running"),
                "entries: {entries:?}"
            );
            Ok(())
        })?;
        stack.forbid(ROLE, "sqs:SendMessage", "*")?;
        for name in ["given-up.csv", "retried.csv"] {
            upload(name)?;
        }
        for name in ["given-up.csv", "retried.csv"] {
            eventually(&format!("`{name}` failed"), || {
                let entries = entries(&stack, name)?;
                let (first, others) = statuses(&entries)?;
                ensure!(
                    first == "failed" && others.is_empty(),
                    "entries: {entries:?}"
                );
                Ok(())
            })?;
        }
        eventually("all of them are dead letters", || {
            let dead = stack.messages("FeedbackDeadLetterQueueUrl")?;
            let waiting = stack.messages("FeedbackSourceQueueUrl")?;
            ensure!(dead >= 3 && waiting == 0, "{dead} dead, {waiting} waiting");
            Ok(())
        })?;
        for action in ["s3:PutObject", "sqs:SendMessage"] {
            stack.allow_again(ROLE, action)?;
        }

        for name in ["parted.csv", "given-up.csv"] {
            let before = entries(&stack, name)?;
            let uri = format!("{}{name}", stack.output("FeedbackUploadTo")?);
            stack.replay("object", &[&uri])?;
            let version = &before[0]["pk"];
            let mut after = entries(&stack, name)?;
            after.retain(|entry| entry["pk"] == *version);
            let (first, others) = statuses(&after)?;
            ensure!(
                first == "done" && !others.is_empty() && others.iter().all(|part| *part == "done"),
                "a message may still come that has a part processed: {after:?}"
            );
            // Each part ends where another one begins, also the one that nobody has begun.
            for next in after.iter().filter_map(|entry| {
                let next = &entry["next"]["M"]["start"]["M"]["record"]["N"];
                next.as_str()?.parse::<u64>().ok()
            }) {
                let key = format!("ledger#feedback#{next:020}");
                ensure!(
                    after.iter().any(|entry| entry["sk"]["S"] == key),
                    "`{key}` is not given up: {after:?}"
                );
            }
            whole(&stack, name)?;
        }

        let printed = stack.replay("dead-letters", &[])?;
        ensure!(printed.contains("COMPLETED"), "printed: {printed}");
        whole(&stack, "retried.csv")?;
        eventually("no message is left", || {
            let dead = stack.messages("FeedbackDeadLetterQueueUrl")?;
            let waiting = stack.messages("FeedbackSourceQueueUrl")?;
            ensure!(dead == 0 && waiting == 0, "{dead} dead, {waiting} waiting");
            Ok(())
        })?;
        let lake = Lake::new(cloud, lake_bucket, "feedback");
        let rows = lake.query("select count(*), count(distinct id) from lake")?;
        let expected = 3 * RECORDS;
        ensure!(
            rows == [json!([expected, expected])],
            "something is lost or doubled: {rows:?}"
        );
        Ok(())
    });
}
