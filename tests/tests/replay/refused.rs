//! An object that was refused comes in once what was wrong is mended.

use std::fs;

use anyhow::ensure;
use serde_json::json;
use sluice_tests::{Deployment, Lake, Manifest, Measurements, on_a_cloud};

const RECORDS: &str = "id;submitted_at;customer;channel\none;2026-03-06T12:00:00Z;c-1;web\n\
                       two;2026-03-07T12:00:00Z;c-2;app\n";

fn manifest(delimiter: &str) -> anyhow::Result<Manifest> {
    Ok(Manifest::example("feedback")?
        .without("pipeline.feedback.plugin")
        .set("pipeline.feedback.source.via", "s3")
        .set("pipeline.feedback.source.delimiter", delimiter))
}

#[test]
fn a_refused_object_comes_in_after_the_mend() {
    on_a_cloud(|cloud| {
        let template = manifest(",")?.render(cloud.folder())?;
        let mut stack = Deployment::new(cloud, "refused", &template)?;
        let file = cloud.folder().join("records.csv");
        fs::write(&file, RECORDS)?;
        stack.drop_file(&file, "FeedbackUploadTo", "records.csv")?;
        Measurements::eventually(&stack, "Feedback", "the object is refused", |log| {
            let refused = |line: &&serde_json::Value| line["ObjectsRefused"] == 1;
            let times = log.figures.iter().filter(refused).count();
            ensure!(times == 1, "figures: {:?}", log.figures);
            Ok(())
        })?;

        stack.update(&manifest(";")?.render(cloud.folder())?)?;
        let uri = format!("{}records.csv", stack.output("FeedbackUploadTo")?);
        let printed = stack.replay("object", &[&uri])?;
        ensure!(
            printed.contains("refused\tledger#feedback"),
            "printed: {printed}"
        );
        Measurements::eventually(&stack, "Feedback", "the object is stored", |log| {
            let stored = log.figures.iter().any(|line| line["RowsStored"] == 2);
            ensure!(stored, "figures: {:?}", log.figures);
            Ok(())
        })?;
        let lake = Lake::new(cloud, stack.output("LakeBucket")?, "feedback");
        let ids = lake.query("select id from lake order by id")?;
        ensure!(ids == [json!(["one"]), json!(["two"])], "ids: {ids:?}");
        Ok(())
    });
}
