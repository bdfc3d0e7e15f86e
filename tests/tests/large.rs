//! An object that is longer than one invocation should take, shared out through the pipeline's own queue.

use std::fs;

use anyhow::{Context, ensure};
use serde_json::json;
use sluice_tests::{Deployment, FEEDBACK_PLUGIN, Lake, Manifest, eventually, on_a_cloud};

const RECORDS: usize = 40_000;

/// CSV whose comments hold line breaks, so that its lines are no records; one record is bad.
fn csv() -> String {
    let record = |number| {
        let channel = if number == 31_000 { "pigeon" } else { "web" };
        format!(
            "r-{number},2026-03-06T12:00:00Z,c-{},{channel},\"a comment\n\nof three lines\"\n",
            number % 100
        )
    };
    let records: String = (1..=RECORDS).map(record).collect();
    format!("id,submitted_at,customer,channel,comment\n{records}")
}

#[test]
fn an_object_in_several_parts_is_one_object_in_the_end() {
    on_a_cloud(|cloud| {
        let template = Manifest::example("feedback")?
            .set("pipeline.feedback.source.via", "s3")
            .set("pipeline.feedback.source.split_mb", 1)
            .without("pipeline.feedback.table")
            .without("pipeline.feedback.key")
            .without("pipeline.feedback.order_by")
            .render(cloud.folder())?;
        let stack = Deployment::new(cloud, "large", &template)?;
        stack.publish_plugin(FEEDBACK_PLUGIN, "FeedbackPluginTo")?;
        let file = cloud.folder().join("large.csv");
        fs::write(&file, csv())?;
        let parts = fs::metadata(&file)?.len().div_ceil(1_000_000) as usize;
        stack.drop_file(&file, "FeedbackUploadTo", "large.csv")?;

        let entries = eventually("the object is done", || {
            let entries = stack.ledger()?;
            let done = entries.iter().all(|entry| entry["status"]["S"] == "done");
            ensure!(done && entries.len() == parts, "entries: {entries:?}");
            Ok(entries)
        })?;
        let object = entries
            .iter()
            .find(|entry| entry["sk"]["S"] == "ledger#feedback");
        let report = &object.context("the object has an entry")?["report"]["M"];
        let count = |name: &str| report[name]["N"].as_str().map(str::to_owned);
        let counts = ["read", "stored", "rejected"].map(count);
        ensure!(
            counts == ["40000", "39999", "1"].map(|count| Some(count.to_owned())),
            "counts: {counts:?}"
        );
        let lake = Lake::new(cloud, stack.output("LakeBucket")?, "feedback");
        let rows = lake.query("select count(*), count(distinct id) from lake")?;
        ensure!(
            rows == [json!([RECORDS - 1, RECORDS - 1])],
            "rows: {rows:?}"
        );
        let rejects = lake.rejects()?;
        ensure!(
            rejects.len() == 1 && rejects[0]["row"] == 31_000,
            "rejects: {rejects:?}"
        );
        Ok(())
    })
}
