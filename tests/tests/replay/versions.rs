//! Rejects that go in again, and a version of a plugin that comes back.

use std::fs;

use anyhow::{Context, ensure};
use sluice_tests::{
    Deployment, FEEDBACK_PLUGIN, Lake, Manifest, Measurements, eventually, generate, on_a_cloud,
};

/// Two records, of which one is rejected.
const RECORDS: &str = "id,submitted_at,customer,channel\none-1,2026-03-06T12:00:00Z,c-1,web\n\
                       two-2,2026-03-07T12:00:00Z,c-2,pigeon\n";

/// Waits until an object of so many records was read, all of which but `stored` were rejected.
fn read(stack: &Deployment, records: u64, stored: u64) -> anyhow::Result<()> {
    let awaited = format!("an object of {records} records is done");
    Measurements::eventually(stack, "Feedback", &awaited, |log| {
        let found = log.figures.iter().any(|line| {
            line["RowsRead"] == records
                && line["RowsStored"] == stored
                && line["RowsRejected"] == records - stored
        });
        ensure!(found, "figures: {:?}", log.figures);
        Ok(())
    })
}

#[test]
fn rejects_go_in_again_and_a_version_comes_back() {
    on_a_cloud(|cloud| {
        let template = Manifest::example("feedback")?
            .set("pipeline.feedback.source.via", "s3")
            .render(cloud.folder())?;
        let stack = Deployment::new(cloud, "again", &template)?;
        stack.publish_plugin(FEEDBACK_PLUGIN, "FeedbackPluginTo")?;
        let aws = cloud.aws();
        let file = cloud.folder().join("records.csv");
        fs::write(&file, RECORDS)?;
        stack.drop_file(&file, "FeedbackUploadTo", "records.csv")?;
        read(&stack, 2, 1)?;

        let path = |name: &str| cloud.folder().join(name).display().to_string();
        let lake_bucket = stack.output("LakeBucket")?;
        let from = format!("s3://{lake_bucket}/rejects/feedback");
        aws.call(&["s3", "cp", "--recursive", &from, &path("rejects")])?;
        let mut files = Vec::new();
        for entry in fs::read_dir(path("rejects"))? {
            files.push(entry?.path().display().to_string());
        }
        let (out, manifest) = (path("replayed"), path("manifest.toml"));
        let mut words = vec!["replay", "rejects"];
        words.extend(files.iter().map(String::as_str));
        words.extend(["--out", &out, "--manifest", &manifest]);
        let printed = generate(&words)?;
        ensure!(printed.contains("replayed 1 of 1"), "printed: {printed}");
        let upload = printed
            .lines()
            .find(|line| line.trim_start().starts_with("aws s3 cp"));
        let upload = upload.context("no command puts the files in")?;
        aws.run(&upload.replace("RAW-BUCKET", stack.output("RawBucket")?))?;
        // Nothing was corrected, so that it is rejected once more.
        read(&stack, 1, 0)?;
        let rejects = Lake::new(cloud, lake_bucket, "feedback").rejects()?;
        ensure!(
            rejects.len() == 2 && rejects[0]["raw"] == rejects[1]["raw"],
            "rejects: {rejects:?}"
        );

        let in_use = || -> anyhow::Result<String> {
            let pointer = stack.plugin_in_use("feedback")?;
            let sha256 = pointer["sha256"].as_str().map(str::to_owned);
            sha256.context("no version is in use")
        };
        let first = in_use()?;
        let file = cloud.folder().join("plugin.wasm");
        let mut component = fs::read(&file)?;
        // An empty custom section called `n`: another component that does the same.
        component.extend([0, 2, 1, b'n']);
        fs::write(&file, component)?;
        aws.upload(&file, stack.output("FeedbackPluginTo")?)?;
        let second = eventually("another version is in use", || {
            let now = in_use()?;
            ensure!(now != first, "in use is still {now}");
            Ok(now)
        })?;
        let printed = stack.replay("plugin", &[])?;
        for sha256 in [&first, &second] {
            let entry = format!("version#{sha256}");
            ensure!(printed.contains(&entry), "no `{entry}`: {printed}");
        }
        ensure!(in_use()? == second, "showing versions changes nothing");
        stack.replay("plugin", &[&first])?;
        eventually("the first version is in use again", || {
            let now = in_use()?;
            ensure!(now == first, "in use is {now}");
            Ok(())
        })
    });
}
