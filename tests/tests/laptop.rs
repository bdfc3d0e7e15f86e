//! What runs on a laptop is what runs on AWS: the example's data, through both, with the same records in the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use serde_json::{Map, Value, json};
use sluice_tests::{
    Cloud, Deployment, FEEDBACK_PLUGIN, Lake, Laptop, Manifest, Measurements, example_data, found,
    on_a_cloud,
};

/// Records by their ids.
type Records = BTreeMap<String, Map<String, Value>>;

/// So much of every file is taken, wherever that cuts it: a record, a compressed block or a character. Damage must be the
/// same in both worlds, and the emulator takes its time over thousands of conditional writes.
const TAKEN_BYTES: usize = 20_000;

#[test]
fn agrees_with_the_cloud() {
    on_a_cloud(|cloud| {
        let files = cut_data(&cloud.folder().join("data"))?;
        let laptop = Laptop::run_example("feedback", FEEDBACK_PLUGIN, &files, cloud.folder())?;
        let expected = by_id(laptop.rows("feedback")?)?;
        ensure!(
            expected.len() > 1_000,
            "the files have {} records only",
            expected.len()
        );

        let manifest = Manifest::example("feedback")?.set("pipeline.feedback.source.via", "s3");
        let stack = Deployment::new(cloud, "feedback", &manifest.render(cloud.folder())?)?;
        stack.publish_plugin(FEEDBACK_PLUGIN, "FeedbackPluginTo")?;
        for file in files {
            let name = file
                .file_name()
                .and_then(|name| name.to_str())
                .context("a file has a name")?;
            stack.drop_file(&file, "FeedbackUploadTo", name)?;
            let local = report(&laptop.summary, name)?;
            // One after the other, so that of two equal versions of a record the same one comes first in both worlds.
            Measurements::eventually(
                &stack,
                "Feedback",
                &format!("`{name}` is accounted for"),
                |seen| {
                    let line = seen.of_object(name)?;
                    for (metric, member) in [
                        ("RowsRead", "read"),
                        ("RowsStored", "stored"),
                        ("RowsDropped", "dropped"),
                        ("RowsDuplicate", "duplicate"),
                        ("RowsRejected", "rejected"),
                    ] {
                        ensure!(
                            line[metric] == local[member],
                            "`{member}` of `{name}`: {line}, on the laptop {local}"
                        );
                    }
                    Ok(())
                },
            )?;
        }

        let records = by_id(items(cloud, stack.output("FeedbackRecordsTable")?)?)?;
        same(&records, &expected)?;
        let lake = Lake::new(cloud, stack.output("LakeBucket")?, "feedback");
        let sql = "select count(*), count(distinct id), sum(rating), min(submitted_at)::varchar, max(submitted_at)::varchar,
                   count(distinct submitted_at_day), sum(length(comment)) from lake";
        let (here, there) = (laptop.query("feedback", sql)?, lake.query(sql)?);
        ensure!(
            here == there,
            "the lakes differ: {there:?}, on the laptop {here:?}"
        );
        let (here, there) = (
            rejects(&laptop.rejects("feedback")?)?,
            rejects(&lake.rejects()?)?,
        );
        ensure!(
            here == there,
            "the rejects differ: {:?}",
            here.symmetric_difference(&there).next()
        );
        Ok(())
    });
}

/// The beginnings of the example's files, in a folder of their own.
fn cut_data(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    fs::create_dir(folder)?;
    let cut = |file: PathBuf| {
        let mut bytes = fs::read(&file)?;
        bytes.truncate(TAKEN_BYTES);
        let copy = folder.join(file.file_name().context("a file has a name")?);
        fs::write(&copy, bytes)?;
        Ok(copy)
    };
    example_data("feedback")?.into_iter().map(cut).collect()
}

/// The report of one file in a summary.
fn report<'a>(summary: &'a Value, name: &str) -> anyhow::Result<&'a Value> {
    let objects = found(summary, "/objects")?
        .as_array()
        .context("objects are a list")?;
    let of_file = objects.iter().find(|object| {
        object["source"]
            .as_str()
            .is_some_and(|source| source.ends_with(name))
    });
    of_file.with_context(|| format!("no report of `{name}` in {summary}"))
}

/// The items of a table as plain values, without the attributes that name the object they come from.
fn items(cloud: &Cloud, table: &str) -> anyhow::Result<Vec<Value>> {
    let answer = cloud.aws().call(&[
        "dynamodb",
        "scan",
        "--table-name",
        table,
        "--consistent-read",
    ])?;
    let items = answer["Items"].as_array().context("a scan has items")?;
    let plain = |value: &Value| match value {
        Value::Object(typed) if typed.contains_key("N") => {
            serde_json::from_str(typed["N"].as_str().unwrap_or_default()).unwrap_or_default()
        }
        Value::Object(typed) => typed.values().next().cloned().unwrap_or_default(),
        _ => Value::Null,
    };
    let item = |item: &Value| {
        let attributes = item
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| !name.contains('#'));
        attributes
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect()
    };
    Ok(items
        .iter()
        .map(|attributes| Value::Object(item(attributes)))
        .collect())
}

fn by_id(records: Vec<Value>) -> anyhow::Result<Records> {
    let mut by_id = Records::new();
    for record in records {
        let Value::Object(fields) = record else {
            anyhow::bail!("not a record: {record}")
        };
        let id = fields
            .get("id")
            .and_then(Value::as_str)
            .context("a record has an id")?
            .to_owned();
        let other = by_id.insert(id, fields);
        ensure!(other.is_none(), "two records of one id: {other:?}");
    }
    Ok(by_id)
}

/// The same records with the same values; otherwise the first that differs.
fn same(records: &Records, expected: &Records) -> anyhow::Result<()> {
    for id in expected.keys().chain(records.keys()) {
        let (here, there) = (expected.get(id), records.get(id));
        ensure!(
            here == there,
            "record `{id}` is {there:?}, on the laptop {here:?}"
        );
    }
    Ok(())
}

/// Rejects without the folder or bucket that their objects lie in.
fn rejects(rejects: &[Value]) -> anyhow::Result<BTreeSet<String>> {
    let without_place = |reject: &Value| {
        let mut reject = reject.clone();
        let name = reject["source"]
            .as_str()
            .and_then(|source| source.rsplit('/').next());
        reject["source"] = json!(name.context("a reject has a source")?);
        Ok(reject.to_string())
    };
    rejects.iter().map(without_place).collect()
}
