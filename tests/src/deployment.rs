//! A stack on a cloud, deployed as the README says: the program's zip into a bucket, the template through
//! `aws cloudformation deploy`, the plugin into the artifacts bucket.

use std::{collections::BTreeMap, ffi::OsStr, fs, path::Path, process::Command};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{cloud::Cloud, eventually::eventually, programs};

/// The plugin of the feedback example, in the repository.
pub const FEEDBACK_PLUGIN: &str = "plugins/clean-feedback";

/// The bucket of whoever deploys: the program's zip, and the template on its way.
const CODE_BUCKET: &str = "deployment-of-the-tests";

const CODE_KEY: &str = "bootstrap.zip";

/// A deployed stack.
#[derive(Debug)]
pub struct Deployment<'a> {
    cloud: &'a Cloud,
    stack: String,
    /// Parameters of its template, `NAME=VALUE`, besides those that say where the code is.
    parameters: Vec<String>,
    outputs: BTreeMap<String, String>,
}

impl<'a> Deployment<'a> {
    /// Deploys a template as a new stack.
    ///
    /// # Errors
    /// Where the CLI or CloudFormation refuses; CloudFormation's reasons are part of the message.
    pub fn new(cloud: &'a Cloud, stack: &str, template: &str) -> anyhow::Result<Self> {
        Self::with_parameters(cloud, stack, template, &[])
    }

    /// The same with parameters of the template, `NAME=VALUE`.
    ///
    /// # Errors
    /// As for [`Deployment::new`].
    pub fn with_parameters(
        cloud: &'a Cloud,
        stack: &str,
        template: &str,
        parameters: &[String],
    ) -> anyhow::Result<Self> {
        let aws = cloud.aws();
        // A second stack has the same code.
        if aws
            .call(&["s3api", "head-bucket", "--bucket", CODE_BUCKET])
            .is_err()
        {
            aws.call(&["s3", "mb", &format!("s3://{CODE_BUCKET}")])?;
        }
        aws.upload(
            &programs::package()?,
            &format!("s3://{CODE_BUCKET}/{CODE_KEY}"),
        )?;
        let mut deployment = Self {
            cloud,
            stack: stack.to_owned(),
            parameters: parameters.to_vec(),
            outputs: BTreeMap::new(),
        };
        deployment.update(template)?;
        Ok(deployment)
    }

    /// Deploys another template as the same stack, and says how the CLI put what it did.
    ///
    /// # Errors
    /// As for [`Deployment::new`].
    pub fn update(&mut self, template: &str) -> anyhow::Result<String> {
        let file = self.cloud.folder().join(format!("{}.json", self.stack));
        fs::write(&file, template)?;
        let file = file.to_str().context("paths of tests are UTF-8")?;
        let (bucket, key) = (
            format!("CodeBucket={CODE_BUCKET}"),
            format!("CodeKey={CODE_KEY}"),
        );
        let mut deploy = vec![
            "cloudformation",
            "deploy",
            "--template-file",
            file,
            "--stack-name",
            &self.stack,
            "--capabilities",
            "CAPABILITY_IAM",
            "--s3-bucket",
            CODE_BUCKET,
            "--no-fail-on-empty-changeset",
            "--parameter-overrides",
            &bucket,
            &key,
            // The emulator has no alarms over several metrics.
            "Extras=off",
        ];
        deploy.extend(self.parameters.iter().map(String::as_str));
        let answer = self.cloud.aws().call(&deploy);
        let answer = answer.with_context(|| self.failures())?;
        self.outputs = self.read_outputs()?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// Deletes the stack. What it retains stays.
    ///
    /// # Errors
    /// Where CloudFormation refuses.
    pub fn delete(self) -> anyhow::Result<()> {
        let aws = self.cloud.aws();
        aws.call(&[
            "cloudformation",
            "delete-stack",
            "--stack-name",
            &self.stack,
        ])?;
        aws.call(&[
            "cloudformation",
            "wait",
            "stack-delete-complete",
            "--stack-name",
            &self.stack,
        ])
        .map(drop)
        .with_context(|| self.failures())
    }

    /// An output of the stack.
    ///
    /// # Errors
    /// Where the stack has no such output; those that it has are part of the message.
    pub fn output(&self, name: &str) -> anyhow::Result<&str> {
        let names = || self.outputs.keys().cloned().collect::<Vec<_>>().join(", ");
        let value = self.outputs.get(name);
        value
            .map(String::as_str)
            .with_context(|| format!("the stack has no output `{name}`, only {}", names()))
    }

    /// The physical name of a resource.
    ///
    /// # Errors
    /// Where the stack has no such resource.
    pub fn resource(&self, logical_id: &str) -> anyhow::Result<String> {
        let answer = self.cloud.aws().call(&[
            "cloudformation",
            "describe-stack-resource",
            "--stack-name",
            &self.stack,
            "--logical-resource-id",
            logical_id,
        ])?;
        let name = answer["StackResourceDetail"]["PhysicalResourceId"].as_str();
        name.map(str::to_owned)
            .with_context(|| format!("resource `{logical_id}` has no name: {answer}"))
    }

    /// Builds the plugin of a pipeline, uploads it to where an output of the stack says, and waits until it is in use. A
    /// copy stays in the cloud's folder as `plugin.wasm`.
    ///
    /// # Errors
    /// Where it does not build, the upload is refused, or another version stays in use.
    pub fn publish_plugin(&self, source: &str, output: &str) -> anyhow::Result<()> {
        let file = self.cloud.folder().join("plugin.wasm");
        programs::plugin(source, &file)?;
        self.publish(&file, output)
    }

    /// Uploads a plugin to where an output of the stack says, and waits until it is in use.
    ///
    /// # Errors
    /// Where the upload is refused, or another version stays in use.
    pub fn publish(&self, component: &Path, output: &str) -> anyhow::Result<()> {
        let destination = self.output(output)?;
        let pipeline = Path::new(destination)
            .file_stem()
            .and_then(OsStr::to_str)
            .context("a plugin is named after its pipeline")?;
        let before = self.plugin_in_use(pipeline)?;
        self.cloud.aws().upload(component, destination)?;
        eventually("the plugin is published", || {
            let now = self.plugin_in_use(pipeline)?;
            ensure!(now["sha256"] != before["sha256"], "in use is {now}");
            Ok(())
        })
    }

    /// The pointer to the version of a pipeline's plugin that is in use; null where there is none.
    ///
    /// # Errors
    /// Where the control table cannot be read.
    pub fn plugin_in_use(&self, pipeline: &str) -> anyhow::Result<Value> {
        let key = json!({ "pk": { "S": format!("plugin#{pipeline}") }, "sk": { "S": "pointer" } });
        let answer = self.cloud.aws().call(&[
            "dynamodb",
            "get-item",
            "--consistent-read",
            "--table-name",
            self.output("ControlTable")?,
            "--key",
            &key.to_string(),
        ])?;
        let Some(item) = answer["Item"].as_object() else {
            return Ok(Value::Null);
        };
        // Each attribute is an object of its type and its value, which all are text here.
        let plain = item.iter().map(|(name, typed)| {
            let value = typed.as_object().and_then(|typed| typed.values().next());
            (name.clone(), value.cloned().unwrap_or_default())
        });
        Ok(Value::Object(plain.collect()))
    }

    /// Uploads a source object under the prefix that an output of the stack names.
    ///
    /// # Errors
    /// Where the upload is refused.
    pub fn drop_file(&self, file: &Path, output: &str, name: &str) -> anyhow::Result<()> {
        self.cloud
            .aws()
            .upload(file, &format!("{}{name}", self.output(output)?))
    }

    /// Forbids a role's functions an action on what the ARN fits, or takes the ban back: how AWS fails somebody whose
    /// permissions were broken by another deployment.
    ///
    /// # Errors
    /// Where the cloud refuses.
    pub fn forbid(&self, role: &str, action: &str, arn: &str) -> anyhow::Result<()> {
        self.put_policy(role, &ban(action), "Deny", action, arn)
    }

    /// Lets roles' functions read settings that are too long for their environment. Their policies name the parameters, and on
    /// AWS that is enough; the emulator wants the right to read whatever there is where several are asked for at once.
    ///
    /// # Errors
    /// Where the cloud refuses.
    pub fn allow_settings(&self, roles: &[&str]) -> anyhow::Result<()> {
        roles.iter().try_for_each(|role| {
            self.put_policy(role, "settings", "Allow", "ssm:GetParameters", "*")
        })
    }

    fn put_policy(
        &self,
        role: &str,
        name: &str,
        effect: &str,
        action: &str,
        arn: &str,
    ) -> anyhow::Result<()> {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": effect, "Action": action, "Resource": arn }],
        });
        let role = self.resource(role)?;
        let put = ["iam", "put-role-policy", "--role-name", &role];
        let policy = policy.to_string();
        let of = ["--policy-name", name, "--policy-document", &policy];
        self.cloud.aws().call(&[&put[..], &of].concat()).map(drop)
    }

    /// Takes back what [`forbid`](Self::forbid) did.
    ///
    /// # Errors
    /// Where the cloud refuses.
    pub fn allow_again(&self, role: &str, action: &str) -> anyhow::Result<()> {
        let role = self.resource(role)?;
        let delete = [
            "iam",
            "delete-role-policy",
            "--role-name",
            &role,
            "--policy-name",
            &ban(action),
        ];
        self.cloud.aws().call(&delete).map(drop)
    }

    /// All entries of the ledger.
    ///
    /// # Errors
    /// Where the control table cannot be read.
    pub fn ledger(&self) -> anyhow::Result<Vec<Value>> {
        let scan = [
            "dynamodb",
            "scan",
            "--consistent-read",
            "--table-name",
            self.output("ControlTable")?,
        ];
        let answer = self.cloud.aws().call(&scan)?;
        let items = answer["Items"].as_array().cloned();
        let is_entry = |item: &Value| {
            item["sk"]["S"]
                .as_str()
                .is_some_and(|key| key.starts_with("ledger#"))
        };
        let items = items.context("items are a list")?.into_iter();
        Ok(items.filter(is_entry).collect())
    }

    /// How many messages a queue holds, whether they wait or are being worked on.
    ///
    /// # Errors
    /// Where the queue cannot be asked.
    pub fn messages(&self, output: &str) -> anyhow::Result<u64> {
        let attributes = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ];
        let ask = [
            "sqs",
            "get-queue-attributes",
            "--queue-url",
            self.output(output)?,
            "--attribute-names",
        ];
        let answer = self.cloud.aws().call(&[&ask[..], &attributes].concat())?;
        let count = |name: &str| -> anyhow::Result<u64> {
            let text = answer["Attributes"][name].as_str();
            Ok(text
                .context("a queue says how many messages it has")?
                .parse()?)
        };
        Ok(count(attributes[0])? + count(attributes[1])?)
    }

    /// Runs the script that `gen replay` prints, as an operator would; returns what it printed.
    ///
    /// # Errors
    /// Where `gen` refuses, or a command of the script fails.
    pub fn replay(&self, kind: &str, words: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(programs::generator()?);
        command.args(["replay", kind]);
        command.arg(self.cloud.folder().join("manifest.toml"));
        command.args(["--stack", &self.stack]).args(words);
        self.cloud.aws().run(&programs::run(&mut command)?)
    }

    /// Runs the script that a subcommand of `gen` prints for the stack, as an operator would; returns what it printed.
    ///
    /// # Errors
    /// Where `gen` refuses, or a command of the script fails.
    pub fn generate_and_run(&self, command: &[&str], words: &[&str]) -> anyhow::Result<String> {
        let mut generator = Command::new(programs::generator()?);
        generator.args(command);
        generator.arg(self.cloud.folder().join("manifest.toml"));
        generator.args(["--stack", &self.stack]).args(words);
        self.cloud.aws().run(&programs::run(&mut generator)?)
    }

    /// The cloud it is on.
    pub fn cloud(&self) -> &'a Cloud {
        self.cloud
    }

    fn read_outputs(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let answer = self.cloud.aws().call(&[
            "cloudformation",
            "describe-stacks",
            "--stack-name",
            &self.stack,
        ])?;
        let status = &answer["Stacks"][0]["StackStatus"];
        let complete = status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE";
        ensure!(
            complete,
            "stack `{}` is {status}; {}",
            self.stack,
            self.failures()
        );
        let outputs = answer["Stacks"][0]["Outputs"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let text =
            |output: &Value, name: &str| output[name].as_str().unwrap_or_default().to_owned();
        Ok(outputs
            .iter()
            .map(|output| (text(output, "OutputKey"), text(output, "OutputValue")))
            .collect())
    }

    /// What CloudFormation says of the resources that failed.
    fn failures(&self) -> String {
        let arguments = [
            "cloudformation",
            "describe-stack-events",
            "--stack-name",
            &self.stack,
        ];
        let events = self.cloud.aws().call(&arguments).unwrap_or_default();
        let events = events["StackEvents"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let failed = events.iter().filter(|event| {
            event["ResourceStatus"]
                .as_str()
                .is_some_and(|status| status.ends_with("FAILED"))
        });
        let reasons: Vec<String> = failed
            .map(|event| {
                format!(
                    "{}: {}",
                    event["LogicalResourceId"], event["ResourceStatusReason"]
                )
            })
            .collect();
        format!(
            "resources that failed: {}",
            if reasons.is_empty() {
                "none".to_owned()
            } else {
                reasons.join("; ")
            }
        )
    }
}

/// What the policy is called that forbids an action.
fn ban(action: &str) -> String {
    format!("no-{}", action.replace(':', "-"))
}
