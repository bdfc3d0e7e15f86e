//! The function's role, tried from the inside: what the function does is allowed, and nothing beside it, on the
//! resources of its own pipeline and nobody else's.

use std::fs;

use anyhow::{Context, ensure};
use serde_json::json;
use sluice_tests::{Aws, Credentials, Deployment, Manifest, found, on_a_cloud};

#[test]
fn of_two_pipelines_in_one_stack() {
    on_a_cloud(|cloud| {
        let template = Manifest::example("feedback")?
            .set("pipeline.feedback.source.via", "s3")
            .copy_pipeline("feedback", "returns")
            .set("pipeline.returns.source.prefix", "returned/")
            .render(cloud.folder())?;
        let stack = Deployment::new(cloud, "two", &template)?;
        let root = cloud.aws();
        let function = session(root, &stack.resource("FeedbackIngestRole")?)?;

        let [raw, artifacts, lake] =
            ["RawBucket", "ArtifactsBucket", "LakeBucket"].map(|name| stack.output(name));
        let (raw, artifacts, lake) = (raw?, artifacts?, lake?);
        let table = stack.output("FeedbackRecordsTable")?;
        let other_table = stack.output("ReturnsRecordsTable")?;
        let control_table = stack.output("ControlTable")?;
        let queue = stack.output("FeedbackSourceQueueUrl")?;
        let other_queue = stack.output("ReturnsSourceQueueUrl")?;
        let dead_letters = stack.output("FeedbackDeadLetterQueueUrl")?;
        let alerts = stack.output("AlertsTopic")?;
        let file = cloud.folder().join("record.csv");
        fs::write(&file, "id\n1\n")?;
        let file = file.to_str().context("paths of tests are UTF-8")?;
        let topic = root.call(&["sns", "create-topic", "--name", "of-somebody-else"])?;
        let other_topic = topic["TopicArn"].as_str().context("a topic has an ARN")?;
        let secret = [
            "--name",
            "/somebody/else",
            "--type",
            "String",
            "--value",
            "1",
        ];
        root.call(&[["ssm", "put-parameter"].as_slice(), &secret].concat())?;
        for key in ["incoming/a.csv", "returned/a.csv", "elsewhere/a.csv"] {
            root.upload(file.as_ref(), &format!("s3://{raw}/{key}"))?;
        }

        root.upload(file.as_ref(), stack.output("FeedbackPluginTo")?)?;

        let item = json!({ "id": { "S": "1" } }).to_string();
        let key = item.as_str();
        let to = |bucket: &str, key: &str| format!("s3://{bucket}/{key}");
        let get = |bucket: &str, key: &str| {
            vec![
                "s3".to_owned(),
                "cp".to_owned(),
                to(bucket, key),
                "got".to_owned(),
            ]
        };
        let put = |bucket: &str, key: &str| {
            vec![
                "s3".to_owned(),
                "cp".to_owned(),
                file.to_owned(),
                to(bucket, key),
            ]
        };
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let with_item =
            |line: &str, flag: &str| [words(line), vec![flag.to_owned(), key.to_owned()]].concat();

        let allowed = [
            get(raw, "incoming/a.csv"),
            get(artifacts, "plugins/feedback.wasm"),
            put(lake, "lake/feedback/a.parquet"),
            put(lake, "rejects/feedback/a.ndjson"),
            with_item(&format!("dynamodb put-item --table-name {table}"), "--item"),
            words(&format!("sns publish --topic-arn {alerts} --message tried")),
            words(&format!(
                "sqs get-queue-attributes --queue-url {queue} --attribute-names QueueArn"
            )),
        ];
        for call in allowed {
            function.call(&call.iter().map(String::as_str).collect::<Vec<_>>())?;
        }

        let refused = [
            // Source objects are read, and neither changed, listed nor anybody else's.
            words(&format!(
                "s3api delete-object --bucket {raw} --key incoming/a.csv"
            )),
            put(raw, "incoming/b.csv"),
            words(&format!("s3api list-objects-v2 --bucket {raw}")),
            get(raw, "returned/a.csv"),
            get(raw, "elsewhere/a.csv"),
            words("s3api list-buckets"),
            // Plugins are read, and published by somebody else.
            put(artifacts, "plugins/feedback.wasm"),
            words(&format!(
                "s3api delete-object --bucket {artifacts} --key plugins/feedback.wasm"
            )),
            get(artifacts, "plugins/returns.wasm"),
            // Outputs are written under the pipeline's own prefixes, and not read or removed.
            put(lake, "lake/returns/a.parquet"),
            put(lake, "rejects/returns/a.ndjson"),
            put(lake, "a.parquet"),
            get(lake, "lake/feedback/a.parquet"),
            words(&format!(
                "s3api delete-object --bucket {lake} --key lake/feedback/a.parquet"
            )),
            // Items are stored in the pipeline's own table, and not read in bulk, removed or copied.
            with_item(
                &format!("dynamodb put-item --table-name {other_table}"),
                "--item",
            ),
            with_item(
                &format!("dynamodb delete-item --table-name {table}"),
                "--key",
            ),
            words(&format!("dynamodb scan --table-name {table}")),
            words(&format!("dynamodb scan --table-name {control_table}")),
            words(&format!("dynamodb delete-table --table-name {table}")),
            // Messages go to the alerts topic, and come from the pipeline's own queue.
            words(&format!(
                "sns publish --topic-arn {other_topic} --message tried"
            )),
            words(&format!(
                "sns subscribe --topic-arn {alerts} --protocol email --notification-endpoint a@example.com"
            )),
            words(&format!(
                "sqs send-message --queue-url {queue} --message-body tried"
            )),
            words(&format!("sqs receive-message --queue-url {other_queue}")),
            words(&format!("sqs receive-message --queue-url {dead_letters}")),
            words(&format!("sqs purge-queue --queue-url {queue}")),
            // Nothing else in the account.
            words("ssm get-parameters --names /somebody/else"),
            words("iam list-roles"),
            words("iam create-user --user-name intruder"),
            words("lambda list-functions"),
            words("secretsmanager list-secrets"),
            words("kms create-key"),
            words(
                "sts assume-role --role-arn arn:aws:iam::000000000000:role/admin --role-session-name intruder",
            ),
        ];
        for call in refused {
            function.is_refused(&call.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    });
}

/// A session of a role. On AWS nobody but Lambda gets one, which the role's trust says; the emulator gives root any.
fn session(root: &Aws, role: &str) -> anyhow::Result<Aws> {
    let described = root.call(&["iam", "get-role", "--role-name", role])?;
    let trust = found(&described, "/Role/AssumeRolePolicyDocument/Statement")?;
    let lambda = json!([{
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": "sts:AssumeRole",
    }]);
    ensure!(*trust == lambda, "the role is trusted to others: {trust}");
    let arn = found(&described, "/Role/Arn")?
        .as_str()
        .context("an ARN is text")?;
    let answer = root.call(&[
        "sts",
        "assume-role",
        "--role-arn",
        arn,
        "--role-session-name",
        "function",
    ])?;
    Ok(root.with(Credentials::of_session(&answer)?))
}
