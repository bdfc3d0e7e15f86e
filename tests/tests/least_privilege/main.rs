//! The functions' roles, tried from the inside: what a function does is allowed, and nothing beside it, on the resources
//! of its own pipeline and nobody else's. Compiled code is written by `publish` alone, whatever else somebody may do.

mod scene;

use serde_json::json;
use sluice_tests::{Deployment, Manifest, on_a_cloud};

use crate::scene::{Scene, delete, get, session};

#[test]
fn of_two_pipelines_in_one_stack() {
    on_a_cloud(|cloud| {
        let template = Manifest::example("feedback")?
            .set("pipeline.feedback.source.via", "s3")
            .set("pipeline.feedback.lake.compact", "daily")
            .set("alerts.pagerduty", scene::SECRET)
            .copy_pipeline("feedback", "returns")
            .set("pipeline.returns.source.prefix", "returned/")
            .render(cloud.folder())?;
        let stack = Deployment::new(cloud, "two", &template)?;
        let scene = Scene::new(&stack)?;
        publish_writes_its_own_plugins(&scene)?;
        ingest_writes_its_own_records(&scene)?;
        compact_makes_files_of_its_own_folders(&scene)?;
        notify_reads_its_secret_and_notes_what_was_told(&scene)?;
        readers_see_no_more_than_they_may(&scene)?;
        an_administrator_writes_no_compiled_code(&scene)
    });
}

/// `publish` reads uploads and samples and writes components and compiled code, all of its own pipeline.
fn publish_writes_its_own_plugins(scene: &Scene) -> anyhow::Result<()> {
    let publish = scene.function("FeedbackPublishRole")?;
    let artifacts = scene.output("ArtifactsBucket")?;
    let raw = scene.output("RawBucket")?;
    let lake = scene.output("LakeBucket")?;
    let table = scene.output("FeedbackRecordsTable")?;
    let control_table = scene.output("ControlTable")?;
    let queue = scene.output("FeedbackSourceQueueUrl")?;
    let pointer = r#"{"pk":{"S":"plugin#feedback"},"sk":{"S":"pointer"}}"#;
    scene.allows(
        &publish,
        &[
            get(artifacts, "plugins/feedback.wasm"),
            get(artifacts, "samples/feedback/0.ndjson"),
            scene.put(artifacts, "components/feedback/1.wasm"),
            scene.put(artifacts, "compiled/feedback/1/1.cwasm"),
            get(artifacts, "components/feedback/1.wasm"),
            get(artifacts, "compiled/feedback/1/1.cwasm"),
            format!("dynamodb get-item --table-name {control_table} --key {pointer}"),
            format!("dynamodb put-item --table-name {control_table} --item {pointer}"),
            format!("dynamodb update-item --table-name {control_table} --key {pointer}"),
            scene.event(&scene.resource("EventBus")?),
            scene.alert()?,
        ],
    )?;
    scene.refuses(
        &publish,
        &[
            // Plugins are uploaded by people, and those of other pipelines are for other functions.
            scene.put(artifacts, "plugins/feedback.wasm"),
            get(artifacts, "plugins/returns.wasm"),
            scene.put(artifacts, "components/returns/1.wasm"),
            scene.put(artifacts, "compiled/returns/1/1.cwasm"),
            scene.put(artifacts, "compiled/1.cwasm"),
            get(artifacts, "samples/returns/0.ndjson"),
            scene.put(artifacts, "samples/feedback/0.ndjson"),
            delete(artifacts, "compiled/feedback/1/1.cwasm"),
            format!("s3api list-objects-v2 --bucket {artifacts}"),
            format!("s3api delete-bucket-policy --bucket {artifacts}"),
            // Records are none of its business, on no way.
            get(raw, "incoming/a.csv"),
            scene.put(raw, "incoming/b.csv"),
            scene.put(lake, "lake/feedback/a.parquet"),
            scene.put(lake, "rejects/feedback/a.ndjson"),
            get(lake, "lake/feedback/a.parquet"),
            format!("dynamodb put-item --table-name {table} --item {ITEM}"),
            format!("dynamodb get-item --table-name {table} --key {ITEM}"),
            format!("dynamodb scan --table-name {table}"),
            format!("dynamodb scan --table-name {control_table}"),
            format!("dynamodb delete-item --table-name {control_table} --key {pointer}"),
            format!("sqs send-message --queue-url {queue} --message-body tried"),
            format!("sqs receive-message --queue-url {queue}"),
        ],
    )?;
    scene.refuses(&publish, &scene.elsewhere()?)
}

/// `ingest` reads source objects and published plugins, and writes records, rejects and samples of its own pipeline.
fn ingest_writes_its_own_records(scene: &Scene) -> anyhow::Result<()> {
    let ingest = scene.function("FeedbackIngestRole")?;
    let artifacts = scene.output("ArtifactsBucket")?;
    let raw = scene.output("RawBucket")?;
    let lake = scene.output("LakeBucket")?;
    let table = scene.output("FeedbackRecordsTable")?;
    let other_table = scene.output("ReturnsRecordsTable")?;
    let control_table = scene.output("ControlTable")?;
    let queue = scene.output("FeedbackSourceQueueUrl")?;
    let other_queue = scene.output("ReturnsSourceQueueUrl")?;
    let dead_letters = scene.output("FeedbackDeadLetterQueueUrl")?;
    let claim = r#"{"pk":{"S":"object#1"},"sk":{"S":"ledger#feedback"}}"#;
    scene.allows(
        &ingest,
        &[
            get(raw, "incoming/a.csv"),
            get(artifacts, "components/feedback/1.wasm"),
            get(artifacts, "compiled/feedback/1/1.cwasm"),
            scene.put(artifacts, "samples/feedback/1.ndjson"),
            scene.put(lake, "lake/feedback/a.parquet"),
            scene.put(lake, "rejects/feedback/a.ndjson"),
            // Files of an older version of an object leave the lake.
            scene.put(lake, "lake/feedback/old.parquet"),
            delete(lake, "lake/feedback/old.parquet"),
            format!("dynamodb put-item --table-name {table} --item {ITEM}"),
            format!("dynamodb update-item --table-name {control_table} --key {claim}"),
            format!("sqs get-queue-attributes --queue-url {queue} --attribute-names QueueArn"),
            format!("sqs send-message --queue-url {queue} --message-body tried"),
            scene.event(&scene.resource("EventBus")?),
            scene.alert()?,
        ],
    )?;
    scene.refuses(
        &ingest,
        &[
            // Source objects are read, and neither changed, listed nor anybody else's.
            delete(raw, "incoming/a.csv"),
            scene.put(raw, "incoming/b.csv"),
            format!("s3api list-objects-v2 --bucket {raw}"),
            get(raw, "returned/a.csv"),
            get(raw, "elsewhere/a.csv"),
            // What was published is read, and published by somebody else.
            scene.put(artifacts, "plugins/feedback.wasm"),
            scene.put(artifacts, "components/feedback/2.wasm"),
            scene.put(artifacts, "compiled/feedback/1/1.cwasm"),
            delete(artifacts, "compiled/feedback/1/1.cwasm"),
            get(artifacts, "components/returns/1.wasm"),
            get(artifacts, "compiled/returns/1/1.cwasm"),
            // Samples are kept, and looked at by somebody else.
            get(artifacts, "samples/feedback/0.ndjson"),
            scene.put(artifacts, "samples/returns/0.ndjson"),
            // Outputs are written under the pipeline's own prefixes, and not read; rejects are not removed.
            scene.put(lake, "lake/returns/a.parquet"),
            scene.put(lake, "rejects/returns/a.ndjson"),
            scene.put(lake, "a.parquet"),
            get(lake, "lake/feedback/a.parquet"),
            delete(lake, "lake/returns/a.parquet"),
            delete(lake, "rejects/feedback/a.ndjson"),
            // Items are stored in the pipeline's own table, and not read in bulk, removed or copied.
            format!("dynamodb put-item --table-name {other_table} --item {ITEM}"),
            format!("dynamodb delete-item --table-name {table} --key {ITEM}"),
            format!("dynamodb scan --table-name {table}"),
            format!("dynamodb scan --table-name {control_table}"),
            format!("dynamodb delete-table --table-name {table}"),
            // Messages come from the pipeline's own queue, and what is left of an object goes back there.
            format!("sqs send-message --queue-url {other_queue} --message-body tried"),
            format!("sqs receive-message --queue-url {other_queue}"),
            format!("sqs receive-message --queue-url {dead_letters}"),
            format!("sqs purge-queue --queue-url {queue}"),
        ],
    )?;
    scene.refuses(&ingest, &scene.elsewhere()?)
}

/// `compact` reads the files of its own pipeline's lake and writes beside them; what the lake has it does not change.
fn compact_makes_files_of_its_own_folders(scene: &Scene) -> anyhow::Result<()> {
    let compact = scene.function("FeedbackCompactRole")?;
    let lake = scene.output("LakeBucket")?;
    let control_table = scene.output("ControlTable")?;
    let table = scene.output("FeedbackRecordsTable")?;
    let queue = scene.output("FeedbackCompactQueueUrl")?;
    let source_queue = scene.output("FeedbackSourceQueueUrl")?;
    let catalog = scene.output("FeedbackAthenaTable")?;
    let database = catalog.split('.').next().unwrap_or_default();
    let folder = r#"{"pk":{"S":"folder#feedback#day=1/"},"sk":{"S":"compacted"}}"#;
    let list = |prefix: &str| format!("s3api list-objects-v2 --bucket {lake} --prefix {prefix}");
    scene.allows(
        &compact,
        &[
            list("lake/feedback/"),
            list("compacted/feedback/day=1/"),
            get(lake, "lake/feedback/a.parquet"),
            scene.put(lake, "compacted/feedback/day=1/5c/0.parquet"),
            delete(lake, "compacted/feedback/day=1/5c/0.parquet"),
            format!("dynamodb update-item --table-name {control_table} --key {folder}"),
            format!("dynamodb get-item --table-name {control_table} --key {folder}"),
            format!("dynamodb delete-item --table-name {control_table} --key {folder}"),
            format!("glue get-partitions --database-name {database} --table-name feedback"),
            format!("sqs send-message --queue-url {queue} --message-body tried"),
        ],
    )?;
    scene.refuses(
        &compact,
        &[
            list("lake/returns/"),
            list("rejects/feedback/"),
            format!("s3api list-objects-v2 --bucket {lake}"),
            get(lake, "lake/returns/a.parquet"),
            get(lake, "rejects/feedback/a.ndjson"),
            scene.put(lake, "lake/feedback/b.parquet"),
            delete(lake, "lake/feedback/a.parquet"),
            scene.put(lake, "compacted/returns/day=1/5c/0.parquet"),
            format!("dynamodb put-item --table-name {control_table} --item {folder}"),
            format!("dynamodb scan --table-name {control_table}"),
            format!("dynamodb get-item --table-name {table} --key {ITEM}"),
            format!("sqs send-message --queue-url {source_queue} --message-body tried"),
            scene.alert()?,
        ],
    )?;
    scene.refuses(&compact, &scene.elsewhere()?)
}

/// `notify` reads what comes to its queue and how people are reached, and notes what they were told. Of objects and records it
/// knows what events say.
fn notify_reads_its_secret_and_notes_what_was_told(scene: &Scene) -> anyhow::Result<()> {
    let notify = scene.function("NotifyRole")?;
    let [raw, lake, artifacts] = ["RawBucket", "LakeBucket", "ArtifactsBucket"];
    let [raw, lake, artifacts] = [
        scene.output(raw)?,
        scene.output(lake)?,
        scene.output(artifacts)?,
    ];
    let control_table = scene.output("ControlTable")?;
    let table = scene.output("FeedbackRecordsTable")?;
    let source = scene.output("FeedbackSourceQueueUrl")?;
    let queue = scene.resource("NotifyQueue")?;
    let given_up = scene.resource("NotifyGivenUpQueue")?;
    let told = r#"{"pk":{"S":"told#1"},"sk":{"S":"pagerduty"}}"#;
    let secret = |name: &str| format!("secretsmanager get-secret-value --secret-id {name}");
    scene.allows(
        &notify,
        &[
            secret(scene::SECRET),
            format!("dynamodb put-item --table-name {control_table} --item {told}"),
            format!("dynamodb get-item --table-name {control_table} --key {told}"),
            format!("dynamodb delete-item --table-name {control_table} --key {told}"),
            format!("sqs get-queue-attributes --queue-url {queue} --attribute-names QueueArn"),
            format!("sqs receive-message --queue-url {queue}"),
        ],
    )?;
    scene.refuses(
        &notify,
        &[
            secret(scene::OTHER_SECRET),
            format!(
                "secretsmanager put-secret-value --secret-id {} --secret-string x",
                scene::SECRET
            ),
            format!("secretsmanager delete-secret --secret-id {}", scene::SECRET),
            format!("dynamodb scan --table-name {control_table}"),
            format!("dynamodb update-item --table-name {control_table} --key {told}"),
            format!("dynamodb get-item --table-name {table} --key {ITEM}"),
            format!("dynamodb put-item --table-name {table} --item {ITEM}"),
            get(raw, "incoming/a.csv"),
            get(lake, "lake/feedback/a.parquet"),
            get(artifacts, "samples/feedback/0.ndjson"),
            scene.put(lake, "rejects/feedback/b.ndjson"),
            // It hears, and makes nobody hear; what it gives up waits for people.
            format!("sqs send-message --queue-url {queue} --message-body tried"),
            format!("sqs receive-message --queue-url {given_up}"),
            format!("sqs receive-message --queue-url {source}"),
            scene.event(&scene.resource("EventBus")?),
            scene.alert()?,
        ],
    )?;
    scene.refuses(&notify, &scene.elsewhere()?)
}

/// Who may see cleaned records sees no refused ones, nor what others have asked, and the other way round; nobody writes.
fn readers_see_no_more_than_they_may(scene: &Scene) -> anyhow::Result<()> {
    let lake = scene.output("LakeBucket")?;
    let root = scene.cloud.aws();
    for key in ["queries/lake/a.csv", "queries/rejects/a.csv"] {
        root.call(&["s3api", "put-object", "--bucket", lake, "--key", key])?;
    }
    let catalog = scene.output("FeedbackAthenaTable")?;
    let database = catalog.split('.').next().unwrap_or_default();
    let rejects = scene.resource("RejectsDatabase")?;
    let partitions =
        |database: &str| format!("glue get-table --database-name {database} --name feedback");
    let reader = session(root, &scene.resource("LakeReaderRole")?)?;
    scene.allows(
        &reader,
        &[
            get(lake, "lake/feedback/a.parquet"),
            get(lake, "queries/lake/a.csv"),
            partitions(database),
        ],
    )?;
    scene.refuses(
        &reader,
        &[
            get(lake, "rejects/feedback/a.ndjson"),
            get(lake, "queries/rejects/a.csv"),
            scene.put(lake, "lake/feedback/b.parquet"),
            delete(lake, "lake/feedback/a.parquet"),
            partitions(&rejects),
            format!(
                "dynamodb scan --table-name {}",
                scene.output("ControlTable")?
            ),
        ],
    )?;
    let reader = session(root, &scene.resource("RejectsReaderRole")?)?;
    scene.allows(
        &reader,
        &[
            get(lake, "rejects/feedback/a.ndjson"),
            get(lake, "queries/rejects/a.csv"),
            partitions(&rejects),
        ],
    )?;
    scene.refuses(
        &reader,
        &[
            get(lake, "lake/feedback/a.parquet"),
            get(lake, "queries/lake/a.csv"),
            partitions(database),
        ],
    )
}

/// The bucket itself refuses compiled code from whoever may do everything with every bucket.
fn an_administrator_writes_no_compiled_code(scene: &Scene) -> anyhow::Result<()> {
    let root = scene.cloud.aws();
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole",
    }] });
    let everything = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:*", "Resource": "*",
    }] });
    let name = ["--role-name", "administrator"];
    let trust = trust.to_string();
    let create = [
        "iam",
        "create-role",
        "--assume-role-policy-document",
        &trust,
    ];
    root.call(&[&create[..], &name].concat())?;
    let everything = everything.to_string();
    let allow = [
        "iam",
        "put-role-policy",
        "--policy-name",
        "all",
        "--policy-document",
        &everything,
    ];
    root.call(&[&allow[..], &name].concat())?;
    let administrator = session(root, "administrator")?;
    let artifacts = scene.output("ArtifactsBucket")?;
    scene.allows(
        &administrator,
        &[
            scene.put(artifacts, "plugins/feedback.wasm"),
            scene.put(artifacts, "samples/feedback/2.ndjson"),
            get(artifacts, "compiled/feedback/1/1.cwasm"),
        ],
    )?;
    scene.refuses(
        &administrator,
        &[
            scene.put(artifacts, "components/feedback/2.wasm"),
            scene.put(artifacts, "compiled/feedback/1/1.cwasm"),
            scene.put(artifacts, "compiled/1.cwasm"),
            format!(
                "s3api copy-object --bucket {artifacts} --key compiled/feedback/1/1.cwasm \
                 --copy-source {artifacts}/plugins/feedback.wasm"
            ),
            format!(
                "s3api create-multipart-upload --bucket {artifacts} --key compiled/feedback/1/1.cwasm"
            ),
        ],
    )
}

/// A record of the feedback table, and its key.
const ITEM: &str = r#"{"id":{"S":"1"}}"#;
