//! A plugin that says what records hold, in every way that there is: it comes to the rejects, and to no other store that tells
//! of objects.

use std::fs;

use anyhow::{Context as _, ensure};
use sluice_tests::{Deployment, Inbox, Lake, Manifest, Measurements, eventually, on_a_cloud};

/// What a record holds. It is in no name, in capitals as in small letters the same, and fits a code.
const PLANTED: &str = "4111111111111111";

const MANIFEST: &str = r#"
[project]
name = "leaks"
[pipeline.records]
source = { prefix = "in/", via = "s3", max_receive_count = 1 }
plugin = { name = "evil", config = { evil = "tell" } }
rejects = { alert_ratio = 0.0 }
lake = true
[pipeline.records.fields]
value = { type = "text", pii = true }
capitals = "text"
length = "integer"
long = "boolean"
share = "float"
"#;

#[test]
fn what_a_plugin_says_of_records_stays_in_the_rejects() {
    on_a_cloud(|cloud| {
        let template = Manifest::parse(MANIFEST)?.render(cloud.folder())?;
        let stack = Deployment::new(cloud, "leaks", &template)?;
        let aws = cloud.aws();
        let mut alerts = Inbox::of_topic(cloud, "heard", stack.output("AlertsTopic")?)?;
        let mut dead = Inbox::of_queue(aws, stack.output("RecordsDeadLetterQueueUrl")?);
        stack.publish_plugin("plugins/evil", "RecordsPluginTo")?;
        let objects = [
            ("finding.csv", format!("evil-{PLANTED}\n")),
            ("trap.csv", format!("evil-{PLANTED}T\n")),
            ("traps.csv", format!("evil-{PLANTED}T\n").repeat(1_100)),
        ];
        for (name, records) in objects {
            let file = cloud.folder().join(name);
            fs::write(&file, format!("value\nok\n{records}"))?;
            stack.drop_file(&file, "RecordsUploadTo", name)?;
        }
        eventually("two objects are done, and one is given up", || {
            let ledger = stack.ledger()?;
            let ended = |status: &str| {
                let is = |entry: &&serde_json::Value| entry["status"]["S"] == status;
                ledger.iter().filter(is).count()
            };
            ensure!((ended("done"), ended("failed")) == (2, 1), "{ledger:?}");
            ensure!(alerts.messages()?.len() >= 3, "{:?}", alerts.messages()?);
            ensure!(dead.messages()?.len() == 1, "no dead letter");
            Ok(())
        })?;

        // Where it may be.
        let lake = Lake::new(cloud, stack.output("LakeBucket")?, "records");
        let rejects = format!("{:?}", lake.rejects()?);
        ensure!(rejects.matches(PLANTED).count() >= 5, "{rejects}");

        // Where it must not be.
        let scan = [
            "dynamodb",
            "scan",
            "--table-name",
            stack.output("ControlTable")?,
        ];
        let control = aws.call(&scan)?.to_string();
        let ingest = Measurements::read(aws, stack.output("RecordsIngestLogGroup")?)?;
        let publish = Measurements::read(aws, stack.output("RecordsPublishLogGroup")?)?;
        let logs = [ingest.lines, publish.lines].concat().join("\n");
        let heard = format!("{:?}{:?}", alerts.messages()?, dead.messages()?);
        for (store, text) in [
            ("control table", control),
            ("logs", logs),
            ("messages", heard),
        ] {
            let at = text.find(PLANTED);
            let around = at.map(|at| &text[at.saturating_sub(200)..(at + 200).min(text.len())]);
            ensure!(around.is_none(), "the {store} holds it: {around:?}");
            ensure!(
                text.contains("undeclared_code") || store != "control table",
                "{text}"
            );
        }
        let samples = aws.call(&[
            "s3api",
            "list-objects-v2",
            "--bucket",
            stack.output("ArtifactsBucket")?,
            "--prefix",
            "samples/",
        ])?;
        ensure!(samples["Contents"].is_null(), "{samples}");
        stack.plugin_in_use("records")?["sha256"]
            .as_str()
            .context("the plugin stays")
            .map(drop)
    });
}
