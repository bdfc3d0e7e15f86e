//! The life of a stack: made, left alone, changed, deleted. And what the emulated cloud accepts and forgets, on the
//! template itself.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sluice_tests::{Deployment, Manifest, Template, found, on_a_cloud, rendered};

#[test]
fn is_made_left_alone_changed_and_deleted() {
    on_a_cloud(|cloud| {
        let aws = cloud.aws();
        let manifest = Manifest::example("feedback")?;
        let template = rendered("feedback")?;
        ensure!(
            manifest.render(cloud.folder())? == template,
            "the committed template is not what `gen stack` renders"
        );
        let mut stack = Deployment::new(cloud, "feedback", &template)?;
        let answer = stack.update(&template)?;
        ensure!(
            answer.contains("No changes to deploy"),
            "the second deployment changes something: {answer}"
        );

        let function = stack.output("FeedbackIngestFunction")?.to_owned();
        let table = stack.output("FeedbackRecordsTable")?.to_owned();
        let memory = || {
            let answer = aws.call(&[
                "lambda",
                "get-function-configuration",
                "--function-name",
                &function,
            ])?;
            answer["MemorySize"]
                .as_u64()
                .context("a function has memory")
        };
        let before = memory()?;
        let changed = manifest
            .clone()
            .set("host.memory_mb", i64::try_from(before)? * 2);
        stack.update(&changed.render(cloud.folder())?)?;
        ensure!(memory()? == before * 2, "the function has {} MB", memory()?);
        ensure!(
            stack.output("FeedbackRecordsTable")? == table,
            "the change replaced the table"
        );

        let with_another = manifest
            .copy_pipeline("feedback", "returns")
            .set("pipeline.returns.source.prefix", "returned/");
        stack.update(&with_another.render(cloud.folder())?)?;
        let returns = stack.output("ReturnsRecordsTable")?.to_owned();
        stack.update(&template)?;
        ensure!(
            stack.output("ReturnsRecordsTable").is_err(),
            "the second pipeline is still there"
        );
        let tables = aws.call(&["dynamodb", "list-tables"])?;
        ensure!(
            !tables.to_string().contains(&returns),
            "the second pipeline's table is still there: {tables}"
        );

        stack.delete()?;
        let functions = aws.call(&["lambda", "list-functions"])?;
        ensure!(
            functions["Functions"] == json!([]),
            "a function outlives the stack: {functions}"
        );
        let queues = aws.call(&["sqs", "list-queues"])?;
        ensure!(
            queues["QueueUrls"].as_array().is_none_or(Vec::is_empty),
            "a queue outlives the stack: {queues}"
        );
        Ok(())
    });
}

#[test]
fn protected_data_outlives_it() {
    on_a_cloud(|cloud| {
        let template = Manifest::example("feedback")?
            .set("project.protect_data", true)
            .render(cloud.folder())?;
        let stack = Deployment::new(cloud, "kept", &template)?;
        let [table, raw, lake] = ["FeedbackRecordsTable", "RawBucket", "LakeBucket"]
            .map(|name| stack.output(name).map(str::to_owned));
        stack.delete()?;
        let aws = cloud.aws();
        aws.call(&["dynamodb", "describe-table", "--table-name", &table?])?;
        aws.call(&["s3api", "head-bucket", "--bucket", &raw?])?;
        aws.call(&["s3api", "head-bucket", "--bucket", &lake?])?;
        Ok(())
    });
}

#[test]
fn says_what_an_emulator_forgets() {
    check_template().unwrap_or_else(|error| panic!("{error:#}"));
}

fn check_template() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let manifest = Manifest::example("feedback")?
        .set("pipeline.feedback.table.ttl.field", "submitted_at")
        .set("pipeline.feedback.table.ttl.days", 400)
        .set("pipeline.feedback.rejects.retention_days", 45)
        .set("host.max_concurrency", 7);
    let template = Template::parse(&manifest.render(folder.path())?)?;

    let expiry = found(
        template.properties("LakeBucket")?,
        "/LifecycleConfiguration/Rules",
    )?;
    let rejects = expiry
        .as_array()
        .context("rules are a list")?
        .iter()
        .find(|rule| rule["Prefix"] == "rejects/feedback/");
    ensure!(
        rejects.is_some_and(|rule| rule["ExpirationInDays"] == 45 && rule["Status"] == "Enabled"),
        "rejects: {expiry}"
    );
    for (id, bucket) in template.of_type("AWS::S3::Bucket")? {
        let rules = found(bucket, "/LifecycleConfiguration/Rules").context(id.to_owned())?;
        let aborts = |rule: &Value| {
            rule.pointer("/AbortIncompleteMultipartUpload/DaysAfterInitiation")
                .is_some()
        };
        ensure!(
            rules
                .as_array()
                .is_some_and(|rules| rules.iter().any(aborts)),
            "`{id}` keeps torn uploads: {rules}"
        );
    }

    // Samples of records are gone after a week, and what takes their place does not keep them.
    let expiry = found(
        template.properties("ArtifactsBucket")?,
        "/LifecycleConfiguration/Rules",
    )?;
    let samples = expiry
        .as_array()
        .context("rules are a list")?
        .iter()
        .find(|rule| rule["Prefix"] == "samples/");
    ensure!(
        samples.is_some_and(|rule| rule["ExpirationInDays"] == 7
            && rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 1
            && rule["Status"] == "Enabled"),
        "samples: {expiry}"
    );

    let lives = found(
        template.properties("FeedbackRecordsTable")?,
        "/TimeToLiveSpecification",
    )?;
    ensure!(
        lives["Enabled"] == true && lives["AttributeName"].is_string(),
        "the time to live: {lives}"
    );
    for (id, table) in template.of_type("AWS::DynamoDB::Table")? {
        let recovery = found(
            table,
            "/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled",
        )?;
        ensure!(recovery == true, "`{id}` cannot be restored");
        ensure!(
            found(table, "/SSESpecification/SSEEnabled")? == true,
            "`{id}` is not encrypted with the stack's key"
        );
    }

    // Concurrency is limited at the queue, where a limit does not send messages to the dead-letter queue.
    let (_, mapping) = template.of_type("AWS::Lambda::EventSourceMapping")?[0];
    ensure!(
        found(mapping, "/ScalingConfig/MaximumConcurrency")? == 7,
        "the mapping: {mapping}"
    );
    for (id, function) in template.of_type("AWS::Lambda::Function")? {
        ensure!(
            function.get("ReservedConcurrentExecutions").is_none(),
            "`{id}` throttles: {function}"
        );
    }
    for (id, group) in template.of_type("AWS::Logs::LogGroup")? {
        let retention = found(group, "/RetentionInDays")?;
        ensure!(
            retention.as_u64().is_some_and(|days| days > 0),
            "`{id}` is kept for ever: {retention}"
        );
    }
    // Who uploads a plugin that cannot be published is told, even where the function could not.
    let (_, retries) = template.of_type("AWS::Lambda::EventInvokeConfig")?[0];
    ensure!(
        found(retries, "/DestinationConfig/OnFailure/Destination/Ref")? == "AlertsTopic",
        "what fails to be published goes nowhere: {retries}"
    );
    Ok(())
}
