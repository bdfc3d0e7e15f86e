//! `gen replay dead-letters`: the script that has failed objects tried again.

use std::process::ExitCode;

use clap::Args;
use sluice_contract::{outputs::PipelineOutput, stack::Pipeline};

use super::{Deployed, script::Script};
use crate::{failure::Failure, project, terminal::write_result};

/// Prints the script that puts dead letters back into the queues that they came from
///
/// Run it once the cause of the failures is removed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen replay dead-letters manifest.toml --stack feedback | less
  gen replay dead-letters manifest.toml --stack feedback | sh
  gen replay dead-letters manifest.toml --stack shop --pipeline orders | sh

Exit codes:
  0  the script is printed
  1  the manifest or the command line is wrong
  2  anything else went wrong")]
pub(crate) struct DeadLettersArgs {
    #[command(flatten)]
    deployed: Deployed,
    /// The pipeline; without it, all of them
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
}

const PURPOSE: &str = "\
Puts dead letters back into the queues that they came from. Their objects are then tried again.

Run it once the cause is removed: what fails again comes back here. Nothing is doubled by it: an object that is done is
not processed again, and a retry writes the same files and keys.";

const COUNT: &str = r#"
arn=$(aws sqs get-queue-attributes --queue-url "$dead_letters" \
    --attribute-names QueueArn --query Attributes.QueueArn --output text)
aws sqs get-queue-attributes --queue-url "$dead_letters" \
    --attribute-names ApproximateNumberOfMessages --query Attributes.ApproximateNumberOfMessages --output text"#;

const START: &str = r#"aws sqs start-message-move-task --source-arn "$arn""#;

const WATCH: &str = r#"
aws sqs list-message-move-tasks --source-arn "$arn"
echo "ask again with: aws sqs list-message-move-tasks --source-arn $arn""#;

pub(super) fn run(args: &DeadLettersArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.deployed.manifest, None)?;
    let chosen = args.pipeline.as_deref();
    let chosen = chosen
        .map(|name| project::pipeline(&stack, name))
        .transpose()?;
    let pipelines: Vec<&Pipeline> = match chosen {
        Some(pipeline) => vec![pipeline],
        None => stack.pipelines.iter().collect(),
    };
    write_result(&script(&args.deployed.stack, &pipelines))?;
    Ok(ExitCode::SUCCESS)
}

fn script(stack: &str, pipelines: &[&Pipeline]) -> String {
    let mut script = Script::new(PURPOSE, stack);
    for pipeline in pipelines {
        let name = &pipeline.name;
        script.gap();
        script.look_up("dead_letters", &PipelineOutput::DeadLetterQueueUrl.of(name));
        script.step(&format!("How many dead letters {name} has."), COUNT);
        script.step(
            "Moves them back. There can be one such task a queue at a time.",
            START,
        );
        script.step(
            "How far that is. It is over when the status is COMPLETED.",
            WATCH,
        );
    }
    script.finish()
}
