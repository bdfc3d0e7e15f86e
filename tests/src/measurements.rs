//! The figures that the function writes into its log in CloudWatch's embedded metric format, and the law that they obey.

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::{aws::Aws, deployment::Deployment, eventually::eventually};

/// A message that the function ignores.
const NUDGE: &str = r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#;

/// Every line of a log group that holds metrics, as JSON, and those that do not, as text.
#[derive(Debug, Clone)]
pub struct Measurements {
    /// Lines with metrics.
    pub figures: Vec<Value>,
    /// All lines, as they are.
    pub lines: Vec<String>,
}

impl Measurements {
    /// Reads a log group.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn read(aws: &Aws, log_group: &str) -> anyhow::Result<Self> {
        let answer = aws.call(&["logs", "filter-log-events", "--log-group-name", log_group])?;
        let events = answer["events"]
            .as_array()
            .with_context(|| format!("no events: {answer}"))?;
        let messages = events.iter().filter_map(|event| event["message"].as_str());
        let lines: Vec<String> = messages.flat_map(str::lines).map(str::to_owned).collect();
        let parsed = lines
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let figures = parsed.filter(|line| line.get("_aws").is_some()).collect();
        Ok(Self { figures, lines })
    }

    /// The line of the one object whose address ends in `key`.
    ///
    /// # Errors
    /// Where there is none, or more than one.
    pub fn of_object(&self, key: &str) -> anyhow::Result<&Value> {
        let matches = |line: &&Value| {
            line["Source"]
                .as_str()
                .is_some_and(|source| source.ends_with(key))
        };
        let found: Vec<&Value> = self.figures.iter().filter(matches).collect();
        ensure!(
            found.len() == 1,
            "{} lines of metrics for `{key}`, of {} in all",
            found.len(),
            self.figures.len()
        );
        Ok(found[0])
    }

    /// Looks at the log of a pipeline's function until `look` succeeds. `pipeline` is how its outputs begin.
    ///
    /// The emulator hands out what a function wrote last only when the function is called again, if it was too busy to
    /// read it in time. So the function is called again.
    ///
    /// # Errors
    /// As for [`eventually`].
    pub fn eventually<T>(
        stack: &Deployment,
        pipeline: &str,
        awaited: &str,
        mut look: impl FnMut(&Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let aws = stack.cloud().aws();
        let log_group = stack.output(&format!("{pipeline}IngestLogGroup"))?;
        let queue = stack.output(&format!("{pipeline}SourceQueueUrl"))?;
        eventually(awaited, || {
            let seen = look(&Self::read(aws, log_group)?);
            if seen.is_err() {
                aws.call(&[
                    "sqs",
                    "send-message",
                    "--queue-url",
                    queue,
                    "--message-body",
                    NUDGE,
                ])?;
            }
            seen
        })
    }
}
