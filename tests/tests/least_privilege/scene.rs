//! Who tries what on which stack: a deployed stack with an object in every place, sessions of its roles, and the calls of
//! the AWS CLI as lines of words without blanks.

use std::{fs, path::PathBuf};

use anyhow::{Context, ensure};
use serde_json::json;
use sluice_tests::{Aws, Cloud, Credentials, Deployment, found};

/// The entry of Secrets Manager that says how PagerDuty is reached.
pub(crate) const SECRET: &str = "alerts/pagerduty";

/// One that is not the stack's.
pub(crate) const OTHER_SECRET: &str = "alerts/of-somebody-else";

/// The deployed stack, with an object in every place.
pub(crate) struct Scene<'a> {
    pub(crate) cloud: &'a Cloud,
    stack: &'a Deployment<'a>,
    file: PathBuf,
    /// A topic that is not the stack's.
    other_topic: String,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(stack: &'a Deployment<'a>) -> anyhow::Result<Self> {
        let cloud = stack.cloud();
        let root = cloud.aws();
        let file = cloud.folder().join("record.csv");
        fs::write(&file, "id\n1\n")?;
        let topic = root.call(&["sns", "create-topic", "--name", "of-somebody-else"])?;
        let other_topic = topic["TopicArn"].as_str().context("a topic has an ARN")?;
        let parameter = "ssm put-parameter --name /somebody/else --type String --value 1";
        root.call(&words(parameter))?;
        for name in [SECRET, OTHER_SECRET] {
            let create = format!("secretsmanager create-secret --name {name} --secret-string x");
            root.call(&words(&create))?;
        }
        root.call(&words("events create-event-bus --name of-somebody-else"))?;
        let raw = stack.output("RawBucket")?;
        for key in ["incoming/a.csv", "returned/a.csv", "elsewhere/a.csv"] {
            root.upload(&file, &format!("s3://{raw}/{key}"))?;
        }
        let artifacts = stack.output("ArtifactsBucket")?;
        for key in ["samples/feedback/0.ndjson", "samples/returns/0.ndjson"] {
            root.upload(&file, &format!("s3://{artifacts}/{key}"))?;
        }
        root.upload(&file, stack.output("FeedbackPluginTo")?)?;
        Ok(Self {
            cloud,
            stack,
            other_topic: other_topic.to_owned(),
            file,
        })
    }

    pub(crate) fn output(&self, name: &str) -> anyhow::Result<&str> {
        self.stack.output(name)
    }

    /// The physical name of a resource.
    pub(crate) fn resource(&self, logical_id: &str) -> anyhow::Result<String> {
        self.stack.resource(logical_id)
    }

    /// A session of a function's role. On AWS nobody but Lambda gets one, which the role's trust says; the emulator gives
    /// root any.
    pub(crate) fn function(&self, logical_id: &str) -> anyhow::Result<Aws> {
        let root = self.cloud.aws();
        let role = self.stack.resource(logical_id)?;
        let described = root.call(&["iam", "get-role", "--role-name", &role])?;
        let trust = found(&described, "/Role/AssumeRolePolicyDocument/Statement")?;
        let lambda = json!([{
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }]);
        ensure!(*trust == lambda, "the role is trusted to others: {trust}");
        session(root, &role)
    }

    /// A call that writes an object.
    pub(crate) fn put(&self, bucket: &str, key: &str) -> String {
        format!("s3 cp {} s3://{bucket}/{key}", self.file.display())
    }

    /// A call that alerts.
    pub(crate) fn alert(&self) -> anyhow::Result<String> {
        let alerts = self.output("AlertsTopic")?;
        Ok(format!("sns publish --topic-arn {alerts} --message tried"))
    }

    /// A call that tells an event bus something.
    pub(crate) fn event(&self, bus: &str) -> String {
        let entry = json!([{ "Source": "sluice", "DetailType": "Tried", "Detail": "{}", "EventBusName": bus }]);
        format!("events put-events --entries {entry}")
    }

    /// What no function may do, beyond the resources of its pipeline.
    pub(crate) fn elsewhere(&self) -> anyhow::Result<[String; 13]> {
        let alerts = self.output("AlertsTopic")?;
        Ok([
            format!("sns publish --topic-arn {} --message tried", self.other_topic),
            format!("sns subscribe --topic-arn {alerts} --protocol email --notification-endpoint a@example.com"),
            self.event("default"),
            self.event("of-somebody-else"),
            "s3api list-buckets".to_owned(),
            "ssm get-parameters --names /somebody/else".to_owned(),
            "iam list-roles".to_owned(),
            "iam create-user --user-name intruder".to_owned(),
            "lambda list-functions".to_owned(),
            "secretsmanager list-secrets".to_owned(),
            "kms create-key".to_owned(),
            "events list-rules".to_owned(),
            "sts assume-role --role-arn arn:aws:iam::000000000000:role/admin --role-session-name intruder".to_owned(),
        ])
    }

    pub(crate) fn allows(&self, who: &Aws, calls: &[String]) -> anyhow::Result<()> {
        calls
            .iter()
            .try_for_each(|call| who.call(&words(call)).map(drop))
    }

    pub(crate) fn refuses(&self, who: &Aws, calls: &[String]) -> anyhow::Result<()> {
        calls
            .iter()
            .try_for_each(|call| who.is_refused(&words(call)))
    }
}

/// A call that reads an object.
pub(crate) fn get(bucket: &str, key: &str) -> String {
    format!("s3 cp s3://{bucket}/{key} got")
}

/// A call that removes an object.
pub(crate) fn delete(bucket: &str, key: &str) -> String {
    format!("s3api delete-object --bucket {bucket} --key {key}")
}

/// A session of a role.
pub(crate) fn session(root: &Aws, role: &str) -> anyhow::Result<Aws> {
    let described = root.call(&["iam", "get-role", "--role-name", role])?;
    let arn = found(&described, "/Role/Arn")?
        .as_str()
        .context("an ARN is text")?;
    let name = ["--role-session-name", "tried"];
    let answer = root.call(&[&["sts", "assume-role", "--role-arn", arn][..], &name].concat())?;
    Ok(root.with(Credentials::of_session(&answer)?))
}

fn words(call: &str) -> Vec<&str> {
    call.split_whitespace().collect()
}
