//! `gen alert test`: the script that tells everybody of trouble that there is none of.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sluice_contract::{
    Stack,
    event::{EventKind, SOURCE, What, sample},
    outputs::StackOutput,
    stack::{Channel, Occasion},
};

use crate::failure::Failure;
use crate::project;
use crate::replay::{
    Deployed,
    script::{Script, json},
};
use crate::terminal::write_result;

/// Prints the script that tells everybody of a failure, marked as a test
///
/// PagerDuty and Slack hear of it as they would of a failed object, from the same rule, queue and function. E-mail and HTTPS
/// hear of it through the alerts topic. Run it again with `--over` to close the incident.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen alert test manifest.toml --stack feedback | less
  gen alert test manifest.toml --stack feedback | sh
  gen alert test manifest.toml --stack feedback --over | sh

Exit codes:
  0  the script is printed
  1  the manifest or the command line is wrong
  2  anything else went wrong")]
pub(crate) struct TestArgs {
    #[command(flatten)]
    deployed: Deployed,
    /// Says that it is over: the incident is closed
    #[arg(long)]
    over: bool,
}

const PURPOSE: &str = "\
Tells everybody of trouble that there is none of. Whatever comes of it says that it is a test.

PagerDuty and Slack hear of it within a minute or so. It changes nothing else.";

/// What the shell puts in, because it differs from run to run.
const FILL: &str = r#"fill() {
    sed -e "s|EVENT-BUS|$bus|g" -e "s|EVENT-ID|test-$(date +%s)|g" -e "s|EVENT-TIME|$(date -u +%Y-%m-%dT%H:%M:%SZ)|g"
}"#;

pub(super) fn run(args: &TestArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.deployed.manifest, None)?;
    write_result(&script(&stack, &args.deployed.stack, args.over))?;
    Ok(ExitCode::SUCCESS)
}

fn script(stack: &Stack, name: &str, over: bool) -> String {
    let mut script = Script::new(PURPOSE, name);
    script.gap();
    script.look_up("bus", StackOutput::EventBus.name());
    script.look_up("topic", StackOutput::AlertsTopic.name());
    let kind = if over {
        Some(EventKind::ObjectDone)
    } else {
        told(stack)
    };
    match kind {
        None => script.step(
            "Neither PagerDuty nor Slack is told of any event by this manifest: `alerts.routes`.",
            ":",
        ),
        Some(kind) => {
            script.step("What differs from run to run.", FILL);
            script.step(
                "What becomes of an object, on the stack's event bus.",
                &put(stack, kind),
            );
        }
    }
    if !over {
        let Stack { project, stage, .. } = stack;
        let subject = format!("[{project} {stage}] TEST, nothing happened");
        let message =
            "Somebody tries who is told of trouble. There is none, and nothing has to be done.";
        script.step(
            "Those who are subscribed to the alerts topic.",
            &format!(
                "aws sns publish --topic-arn \"$topic\" --subject {} --message {}",
                json(&subject.into()),
                json(&message.into())
            ),
        );
    }
    script.finish()
}

/// The first event that somebody is told of, the worst first.
fn told(stack: &Stack) -> Option<EventKind> {
    let notify = stack.alerts.notify.as_ref()?;
    let paged = |occasion: &Occasion| notify.tells(Channel::Pagerduty, *occasion);
    let heard = |occasion: &Occasion| notify.hears(*occasion);
    let all = || {
        Occasion::ALL
            .into_iter()
            .filter(|occasion| occasion.event().is_some())
    };
    let first = all().find(paged).or_else(|| all().find(heard));
    first.and_then(Occasion::event)
}

/// The call that puts an event on the bus.
fn put(stack: &Stack, kind: EventKind) -> String {
    let pipeline = &stack.pipelines[0];
    let (name, prefix) = (&pipeline.name, &pipeline.source.prefix);
    let mut event = sample(kind, &stack.project, &stack.stage, name, prefix);
    event.head.event_id = "EVENT-ID".to_owned();
    event.head.at = "EVENT-TIME".to_owned();
    event.head.test = Some(true);
    let says = "this is a test, and nothing happened";
    match &mut event.what {
        What::ObjectFailed(failed) => failed.reason.message = says.to_owned(),
        What::ObjectRefused(refused) => refused.reason.message = says.to_owned(),
        What::PluginRefused(refused) => refused.reason.message = says.to_owned(),
        What::PluginRolledBack(failed) => failed.reason.message = says.to_owned(),
        What::ObjectDone(_) | What::RecordsRejected(_) | What::PluginPublished(_) => {}
    }
    let entries = json!([{
        "EventBusName": "EVENT-BUS",
        "Source": SOURCE,
        "DetailType": kind.detail_type(),
        "Detail": event.detail().to_string(),
    }]);
    format!(
        "entries=$(printf '%s' {} | fill)\naws events put-events --entries \"$entries\"",
        json(&entries)
    )
}
