//! The stage itself: a cloud that did not enforce permissions and transport security would let every other test pass.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sluice_tests::{Credentials, eventually, on_a_cloud};

#[test]
fn it_enforces_permissions() {
    on_a_cloud(|cloud| {
        let root = cloud.aws();
        let made = root.call(&["iam", "create-user", "--user-name", "nobody"])?;
        ensure!(made["User"]["UserName"] == "nobody", "the user: {made}");
        let made = root.call(&["iam", "create-access-key", "--user-name", "nobody"])?;
        let text = |name: &str| {
            made["AccessKey"][name]
                .as_str()
                .map(str::to_owned)
                .context("an access key has parts")
        };
        let nobody = root.with(Credentials {
            access_key_id: text("AccessKeyId")?,
            secret_access_key: text("SecretAccessKey")?,
            session_token: None,
        });
        nobody.is_refused(&["s3api", "list-buckets"])?;
        nobody.is_refused(&["dynamodb", "list-tables"])?;

        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" }],
        });
        let document = policy.to_string();
        let put = [
            "iam",
            "put-user-policy",
            "--user-name",
            "nobody",
            "--policy-name",
            "list",
            "--policy-document",
        ];
        root.call(&[put.as_slice(), &[document.as_str()]].concat())?;
        nobody.call(&["s3api", "list-buckets"])?;
        nobody.is_refused(&["dynamodb", "list-tables"])
    });
}

#[test]
fn it_announces_objects_in_the_order_of_aws() {
    on_a_cloud(|cloud| {
        let aws = cloud.aws();
        aws.call(&["s3", "mb", "s3://watched"])?;
        let made = aws.call(&["sqs", "create-queue", "--queue-name", "watcher"])?;
        let url = made["QueueUrl"].as_str().context("a queue has a URL")?;
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "s3.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": "arn:aws:sqs:eu-central-1:000000000000:watcher",
            }],
        });
        let attributes = json!({ "Policy": policy.to_string() }).to_string();
        aws.call(&[
            "sqs",
            "set-queue-attributes",
            "--queue-url",
            url,
            "--attributes",
            &attributes,
        ])?;
        let notification = json!({ "QueueConfigurations": [{
            "QueueArn": "arn:aws:sqs:eu-central-1:000000000000:watcher",
            "Events": ["s3:ObjectCreated:*"],
        }] });
        let notification = notification.to_string();
        let put = [
            "s3api",
            "put-bucket-notification-configuration",
            "--bucket",
            "watched",
        ];
        aws.call(
            &[
                put.as_slice(),
                &["--notification-configuration", &notification],
            ]
            .concat(),
        )?;
        aws.call(&["s3api", "put-object", "--bucket", "watched", "--key", "a b"])?;

        let mut watcher = sluice_tests::Inbox::of_queue(aws, url);
        eventually("the object is announced", || {
            let messages = watcher.messages()?;
            ensure!(messages.len() == 2, "messages: {messages:?}");
            Ok(())
        })?;
        let bodies = watcher
            .messages()?
            .iter()
            .filter_map(|message| message["Body"].as_str());
        let bodies: Vec<Value> = bodies.map(serde_json::from_str).collect::<Result<_, _>>()?;
        ensure!(
            bodies[0]["Event"] == "s3:TestEvent",
            "the first message: {}",
            bodies[0]
        );
        ensure!(
            bodies[1].pointer("/Records/0/s3/object/key") == Some(&json!("a+b")),
            "the second: {}",
            bodies[1]
        );
        Ok(())
    });
}
