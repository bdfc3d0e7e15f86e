//! A plugin with a whole interpreter in it is published and used like any other.

use std::fs;

use anyhow::ensure;
use serde_json::Value;
use sluice_tests::{Deployment, Manifest, Measurements, eventually, on_a_cloud, python_plugin};

const RECORDS: &str = "id,submitted_at,customer,channel\none,2026-03-06T12:00:00Z,c-1,web\n\
                       two,2026-03-07T12:00:00Z,c-2,app\nthree,someday,c-3,app\n";

#[test]
fn a_component_with_an_interpreter_is_published() {
    on_a_cloud(|cloud| {
        let template = Manifest::example("feedback")?
            .set("pipeline.feedback.source.via", "s3")
            .set("pipeline.feedback.plugin.memory_mb", 256)
            .render(cloud.folder())?;
        let stack = Deployment::new(cloud, "python", &template)?;
        let component = cloud.folder().join("python.wasm");
        python_plugin("tests/tests/python", &component)?;
        let megabytes = fs::metadata(&component)?.len() / 1_000_000;
        ensure!(megabytes >= 12, "it has {megabytes} MB only");
        cloud
            .aws()
            .upload(&component, stack.output("FeedbackPluginTo")?)?;
        let in_use = eventually("the component is published", || {
            let pointer = stack.plugin_in_use("feedback")?;
            ensure!(pointer["name"] == "pass-through", "in use is {pointer}");
            Ok(pointer)
        })?;

        let file = cloud.folder().join("records.csv");
        fs::write(&file, RECORDS)?;
        stack.drop_file(&file, "FeedbackUploadTo", "records.csv")?;
        Measurements::eventually(&stack, "Feedback", "its records are stored", |log| {
            let done = |line: &&Value| line["RowsStored"] == 2 && line["RowsRejected"] == 1;
            let line = log.figures.iter().find(done);
            let sha256 = line.map(|line| &line["PluginSha256"]);
            ensure!(
                sha256 == Some(&in_use["sha256"]),
                "figures: {:?}",
                log.figures
            );
            Ok(())
        })
    })
}
