//! What `gen replay` prints, run as an operator runs it.

mod half_way;
mod refused;
mod versions;

use std::fs;

use anyhow::ensure;
use serde_json::{Value, json};
use sluice_tests::{Deployment, Lake, Manifest, Measurements, on_a_cloud};

const RECORDS: &str = "id,submitted_at,customer,channel\none,2026-03-06T12:00:00Z,c-1,web\n\
                       two,2026-03-07T12:00:00Z,c-2,app\nthree,someday\n";

/// Waits until an object of three records was processed so many times.
fn processed(stack: &Deployment, times: usize) -> anyhow::Result<()> {
    let awaited = format!("the object was processed {times} times");
    Measurements::eventually(stack, "Feedback", &awaited, |log| {
        let found: Vec<&Value> = log
            .figures
            .iter()
            .filter(|line| line["RowsRead"] == 3)
            .collect();
        ensure!(found.len() == times, "figures: {:?}", log.figures);
        for line in found {
            ensure!(
                line["RowsStored"] == 2 && line["RowsRejected"] == 1,
                "figures: {line}"
            );
        }
        Ok(())
    })
}

#[test]
fn an_object_is_processed_once_more_and_nothing_is_doubled() {
    on_a_cloud(|cloud| {
        let template = Manifest::example("feedback")?
            .without("pipeline.feedback.plugin")
            .set("pipeline.feedback.source.via", "s3")
            .set("pipeline.feedback.dedupe", "all")
            .render(cloud.folder())?;
        let stack = Deployment::new(cloud, "replayed", &template)?;
        let file = cloud.folder().join("records.csv");
        fs::write(&file, RECORDS)?;
        let name = "it's \"1\" $(touch x) = 100% été.csv";
        stack.drop_file(&file, "FeedbackUploadTo", name)?;
        processed(&stack, 1)?;

        let uri = format!("{}{name}", stack.output("FeedbackUploadTo")?);
        let printed = stack.replay("object", &[&uri])?;
        ensure!(
            printed.contains("done\tledger#feedback"),
            "printed: {printed}"
        );
        processed(&stack, 2)?;
        let lake = Lake::new(cloud, stack.output("LakeBucket")?, "feedback");
        let ids = lake.query("select id from lake order by id")?;
        ensure!(ids == [json!(["one"]), json!(["two"])], "ids: {ids:?}");
        let rejects = lake.rejects()?;
        ensure!(rejects.len() == 1, "rejects: {rejects:?}");
        ensure!(
            rejects[0]["raw"] == "three,someday"
                && rejects[0]["header"] == "id,submitted_at,customer,channel",
            "the reject: {}",
            rejects[0]
        );
        Ok(())
    });
}
