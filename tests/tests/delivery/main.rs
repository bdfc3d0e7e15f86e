//! Files in, cleaned records out, through each of the three ways that events take to a pipeline's queue.
//!
//! The files lie in `data`, and what must become of them is in `expected`.

mod expected;
mod feedback;

use std::{collections::BTreeMap, fs};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sluice_tests::{Manifest, eventually, found, on_a_cloud, rendered};

use crate::expected::{
    ALERTED, CONTENT, DELIVERIES, Packing, STORED, items_are_clean, lake_is_clean, rejects_say_why,
};
use crate::feedback::Feedback;

#[test]
fn through_a_notification_to_the_queue() {
    on_a_cloud(|cloud| {
        let manifest = Manifest::example("feedback")?.set("pipeline.feedback.source.via", "s3");
        let mut feedback = Feedback::deploy(cloud, &manifest.render(cloud.folder())?)?;
        everything_arrives(&mut feedback)?;
        nothing_arrives_twice(&mut feedback)
    });
}

#[test]
fn through_a_rule_of_the_event_bus() {
    on_a_cloud(|cloud| {
        let manifest =
            Manifest::example("feedback")?.set("pipeline.feedback.source.via", "eventbridge");
        let mut feedback = Feedback::deploy(cloud, &manifest.render(cloud.folder())?)?;
        everything_arrives(&mut feedback)?;
        nothing_arrives_twice(&mut feedback)
    });
}

#[test]
fn through_a_topic_with_the_committed_template() {
    on_a_cloud(|cloud| {
        let mut feedback = Feedback::deploy(cloud, &rendered("feedback")?)?;
        everything_arrives(&mut feedback)?;
        sql_finds_it(&feedback)?;
        nothing_arrives_twice(&mut feedback)?;
        an_envelope_is_opened(&feedback)
    });
}

#[test]
fn by_the_newest_plugin_that_works() {
    on_a_cloud(|cloud| {
        let manifest = Manifest::example("feedback")?.set("pipeline.feedback.source.via", "s3");
        let mut feedback = Feedback::deploy(cloud, &manifest.render(cloud.folder())?)?;
        plugins_are_followed(&mut feedback)
    });
}

/// Every object is accounted for, and everything that it became is where it belongs.
fn everything_arrives(feedback: &mut Feedback) -> anyhow::Result<()> {
    for delivery in DELIVERIES {
        feedback.drop_file(delivery.file, delivery.packing, delivery.key)?;
    }
    let measurements = feedback.eventually_measured("every object is accounted for", |seen| {
        DELIVERIES
            .iter()
            .try_for_each(|delivery| seen.of_object(delivery.key).map(drop))?;
        Ok(seen.clone())
    })?;
    DELIVERIES
        .iter()
        .try_for_each(|delivery| delivery.is_accounted_for(&measurements))?;
    items_are_clean(&feedback.items()?)?;
    lake_is_clean(&feedback.lake)?;
    rejects_say_why(&feedback.lake, &measurements)?;

    feedback.is_idle()?;
    let alerts = feedback.alerts.messages()?;
    for key in ALERTED {
        let about = |alert: &&Value| {
            alert["Body"]
                .as_str()
                .is_some_and(|body| body.contains(key))
        };
        ensure!(
            alerts.iter().filter(about).count() == 1,
            "not one alert of `{key}`: {alerts:?}"
        );
    }
    ensure!(alerts.len() == ALERTED.len(), "alerts: {alerts:?}");
    for content in CONTENT {
        let line = measurements
            .lines
            .iter()
            .find(|line| line.contains(content));
        ensure!(line.is_none(), "the log holds record content: {line:?}");
    }
    Ok(())
}

/// The same object announced again changes nothing. Its content as a new version of it is read again, finds its records
/// in the table, and is not told twice. S3's test event is no object.
fn nothing_arrives_twice(feedback: &mut Feedback) -> anyhow::Result<()> {
    let items = without_origin(&feedback.items()?);
    let rows = |feedback: &Feedback| feedback.lake.query("select count(*) from lake");
    let rows_before = rows(feedback)?;
    for _ in 0..2 {
        feedback.announce_again("2026/visits.csv")?;
        feedback.announce_again("app.json")?;
    }
    let bucket = feedback.stack.output("RawBucket")?;
    feedback.send(&json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": bucket }))?;
    feedback.is_idle()?;
    ensure!(
        without_origin(&feedback.items()?) == items,
        "the items changed: {:?}",
        feedback.items()?
    );
    ensure!(
        rows(feedback)? == rows_before,
        "the lake changed: {:?} and {rows_before:?} before",
        rows(feedback)?
    );

    // The same records in other bytes: a new version, and a compressed one that does not say so in its name.
    feedback.drop_file("app.json", Packing::Gzip, "app.json")?;
    feedback.eventually_measured("the second version is accounted for", |seen| {
        let lines = seen.figures.len();
        ensure!(
            lines == DELIVERIES.len() + 1,
            "{lines} objects were measured"
        );
        Ok(())
    })?;
    feedback.is_idle()?;
    ensure!(
        without_origin(&feedback.items()?) == items,
        "the items changed: {:?}",
        feedback.items()?
    );
    ensure!(
        rows(feedback)? == rows_before,
        "the second version is beside the first: {:?} and {rows_before:?} before",
        rows(feedback)?
    );
    the_catalog_knows_every_folder(feedback)
}

/// What an engine reads that asks the catalog is every file that there is.
fn the_catalog_knows_every_folder(feedback: &Feedback) -> anyhow::Result<()> {
    let table = feedback.stack.output("FeedbackAthenaTable")?;
    let (database, table) = table.split_once('.').context("a table is in a database")?;
    let ask = [
        "glue",
        "get-partitions",
        "--database-name",
        database,
        "--table-name",
        table,
    ];
    let answer = feedback.aws().call(&ask)?;
    let partitions = answer["Partitions"].as_array().context("a list")?;
    let bucket = format!("s3://{}/", feedback.stack.output("LakeBucket")?);
    let mut folders = Vec::new();
    for partition in partitions {
        let location = found(partition, "/StorageDescriptor/Location")?
            .as_str()
            .context("a text")?;
        let prefix = location
            .strip_prefix(&bucket)
            .context("it is in the lake bucket")?;
        let folder = prefix
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let value = found(partition, "/Values/0")?.as_str().context("a text")?;
        ensure!(
            folder == format!("submitted_at_day={value}"),
            "`{value}` is said to be in `{location}`"
        );
        folders.push(prefix.to_owned());
    }
    let bucket = feedback.stack.output("LakeBucket")?;
    let answer = feedback.aws().call(&[
        "s3api",
        "list-objects-v2",
        "--bucket",
        bucket,
        "--prefix",
        "lake/feedback/",
    ])?;
    let files = answer["Contents"]
        .as_array()
        .context("the lake has files")?;
    for file in files {
        let key = file["Key"].as_str().context("an object has a key")?;
        ensure!(
            folders
                .iter()
                .any(|folder| key.starts_with(folder.as_str())),
            "no partition has `{key}`: {folders:?}"
        );
    }
    Ok(())
}

/// Items without the attributes that name the object they come from.
fn without_origin(items: &BTreeMap<String, Value>) -> Vec<Value> {
    let mut items: Vec<Value> = items.values().cloned().collect();
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        item.retain(|attribute, _| !attribute.contains('#'));
    }
    items
}

/// The catalog's table answers SQL.
fn sql_finds_it(feedback: &Feedback) -> anyhow::Result<()> {
    let table = feedback.stack.output("FeedbackAthenaTable")?;
    let rows = feedback
        .lake
        .athena(&format!("select count(*), max(rating) from {table}"))?;
    ensure!(
        rows == [[STORED.len().to_string(), "5".to_owned()]],
        "Athena counts {rows:?}"
    );
    let rows = feedback
        .lake
        .athena(&format!("select email from {table} where id = 'visit-1'"))?;
    ensure!(
        rows == [["ada.lovelace@example.com"]],
        "Athena finds {rows:?}"
    );
    Ok(())
}

/// Events come out of the topic raw; a subscription that wraps them serves as well.
fn an_envelope_is_opened(feedback: &Feedback) -> anyhow::Result<()> {
    let topic = feedback.stack.output("FeedbackSourceTopic")?;
    let answer =
        feedback
            .aws()
            .call(&["sns", "list-subscriptions-by-topic", "--topic-arn", topic])?;
    let subscription = found(&answer, "/Subscriptions/0/SubscriptionArn")?
        .as_str()
        .context("an ARN is text")?;
    let set = [
        "sns",
        "set-subscription-attributes",
        "--subscription-arn",
        subscription,
        "--attribute-name",
    ];
    feedback.aws().call(
        &[
            set.as_slice(),
            &["RawMessageDelivery", "--attribute-value", "false"],
        ]
        .concat(),
    )?;
    feedback.plugin_of_next("wrapped.csv").map(drop)
}

/// A new plugin is used soon after its upload, without a deployment. One that cannot be used replaces nothing, and somebody
/// is told once. Everything that was published stays where it can be verified and compiled again.
fn plugins_are_followed(feedback: &mut Feedback) -> anyhow::Result<()> {
    let folder = feedback.stack.cloud().folder();
    let destination = feedback.stack.output("FeedbackPluginTo")?.to_owned();
    let in_use = |feedback: &Feedback| {
        let pointer = feedback.stack.plugin_in_use("feedback")?;
        let sha256 = pointer["sha256"].as_str().map(str::to_owned);
        sha256.with_context(|| format!("no plugin is in use: {pointer}"))
    };
    let first = feedback.plugin_of_next("first.csv")?;
    ensure!(in_use(feedback)? == first, "another plugin is in use");

    let mut component = fs::read(folder.join("plugin.wasm"))?;
    // A custom section named `v` changes the plugin's hash and nothing else.
    component.extend([0, 2, 1, b'v']);
    let file = folder.join("second.wasm");
    fs::write(&file, &component)?;
    feedback.aws().upload(&file, &destination)?;
    let mut objects = 0;
    let mut next = |feedback: &Feedback| {
        objects += 1;
        feedback.plugin_of_next(&format!("{objects}.csv"))
    };
    let second = eventually("the new plugin is used", || {
        let sha256 = next(feedback)?;
        ensure!(sha256 != first, "it is still the first plugin");
        Ok(sha256)
    })?;
    ensure!(in_use(feedback)? == second, "another plugin is in use");
    let pointer = feedback.stack.plugin_in_use("feedback")?;
    ensure!(pointer["previous"] == *first, "the pointer: {pointer}");

    let file = folder.join("useless.wasm");
    fs::write(&file, "not a component")?;
    feedback.aws().upload(&file, &destination)?;
    eventually("somebody is told of the useless plugin", || {
        let alerts = feedback.alerts.messages()?;
        let told = |alert: &Value| {
            alert["Body"]
                .as_str()
                .is_some_and(|body| body.contains("new plugin refused"))
        };
        ensure!(alerts.iter().any(told), "alerts: {alerts:?}");
        Ok(())
    })?;
    ensure!(in_use(feedback)? == second, "the useless plugin is in use");
    ensure!(next(feedback)? == second, "another plugin cleans");
    ensure!(
        feedback.alerts.messages()?.len() == 1,
        "alerts: {:?}",
        feedback.alerts.messages()?
    );

    // The first one once more, as if it were new.
    let file = folder.join("plugin.wasm");
    feedback.aws().upload(&file, &destination)?;
    eventually("the first plugin is used again", || {
        let sha256 = next(feedback)?;
        ensure!(sha256 == first, "it is still the second plugin");
        Ok(())
    })?;

    let artifacts = feedback.stack.output("ArtifactsBucket")?;
    let list = ["s3api", "list-objects-v2", "--bucket", artifacts];
    let listed = feedback.aws().call(&list)?;
    let keys: Vec<&str> = listed["Contents"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|object| object["Key"].as_str())
        .collect();
    for sha256 in [&first, &second] {
        let component = format!("components/feedback/{sha256}.wasm");
        ensure!(keys.contains(&component.as_str()), "{component}: {keys:?}");
        let compiled = |key: &&&str| {
            key.starts_with("compiled/feedback/") && key.ends_with(&format!("/{sha256}.cwasm"))
        };
        let compiled = keys.iter().filter(compiled).count();
        ensure!(compiled == 1, "{compiled} compiled: {keys:?}");
    }
    Ok(())
}
