//! Those who are told: PagerDuty-shaped and Slack-shaped servers, whose addresses are in Secrets Manager and nowhere else.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use sluice_tests::{Cloud, Deployment, eventually};

use crate::receiver::Receiver;

/// Both of them.
pub(crate) struct People {
    pub(crate) pagerduty: Receiver,
    pub(crate) slack: Receiver,
}

impl People {
    /// Starts both, and puts where they are into the entries that the example's manifest names.
    pub(crate) fn start(cloud: &Cloud) -> anyhow::Result<Self> {
        let (pagerduty, slack) = (Receiver::start("202 Accepted")?, Receiver::start("200 OK")?);
        let key = json!({ "routing_key": "KEY", "url": pagerduty.url }).to_string();
        // As JSON: the AWS CLI would fetch what a bare URL says.
        let webhook = json!({ "url": slack.url }).to_string();
        let entries = [
            ("orders-lake/pagerduty", &key),
            ("orders-lake/slack", &webhook),
        ];
        for (name, text) in entries {
            let create = ["secretsmanager", "create-secret", "--name", name];
            let text = ["--secret-string", text.as_str()];
            cloud.aws().call(&[&create[..], &text].concat())?;
        }
        Ok(Self { pagerduty, slack })
    }

    /// Waits until PagerDuty is sent such an action about something.
    pub(crate) fn paged(&self, awaited: &str, action: &str, about: &str) -> anyhow::Result<Value> {
        eventually(awaited, || {
            let sent = self.pagerduty.received();
            let is_meant = |one: &&Value| {
                let key = one["dedup_key"].as_str().unwrap_or_default();
                one["event_action"] == action && key.contains(about)
            };
            let found = sent.iter().find(is_meant).cloned();
            found.with_context(|| format!("PagerDuty was sent {sent:?}"))
        })
    }

    /// Waits until Slack is sent a message with all of these in it.
    pub(crate) fn posted(&self, awaited: &str, texts: &[&str]) -> anyhow::Result<Value> {
        eventually(awaited, || {
            let sent = self.slack.received();
            let is_meant = |one: &&Value| {
                let text = one.to_string();
                texts.iter().all(|part| text.contains(part))
            };
            let found = sent.iter().find(is_meant).cloned();
            found.with_context(|| format!("Slack was sent {sent:?}"))
        })
    }
}

/// An alarm of the stack rings, and stops: CloudWatch tells it on the default bus, where the emulator tells none. So what the
/// deployed rule would take is put into its queue; and what it must not take is shown to it.
pub(crate) fn an_alarm_rings(stack: &Deployment, people: &People) -> anyhow::Result<()> {
    let aws = stack.cloud().aws();
    let name = stack.resource("OrdersDeadLettersAlarm")?;
    let asked = ["cloudwatch", "describe-alarms", "--alarm-names", &name];
    let described = aws.call(&asked)?;
    let alarm = &described["MetricAlarms"][0];
    let arn = alarm["AlarmArn"]
        .as_str()
        .with_context(|| format!("there is no alarm `{name}`: {described}"))?;
    let description = alarm["AlarmDescription"].as_str().unwrap_or_default();

    let rule = stack.resource("NotifyAlarmsRule")?;
    let described = aws.call(&["events", "describe-rule", "--name", &rule])?;
    let pattern = described["EventPattern"].as_str();
    let pattern = pattern.context("a rule has a pattern")?;
    let takes = |event: &str| {
        let test = ["events", "test-event-pattern", "--event-pattern", pattern];
        let matched = aws.call(&[&test[..], &["--event", event]].concat())?;
        Ok::<bool, anyhow::Error>(matched["Result"] == true)
    };
    for other in ["/", "-x/", "x/", "-"] {
        // Alarms of the stacks `orders-x` and `ordersx`, and one that somebody named after this one.
        let (name, arn) = (name.replace('/', other), arn.replace('/', other));
        let event = change(&name, &arn, description, "ALARM");
        let is_own = other == "/";
        ensure!(
            takes(&event)? == is_own,
            "`{pattern}` is wrong about `{name}`"
        );
    }

    let queue = stack.resource("NotifyQueue")?;
    for (state, action) in [("ALARM", "trigger"), ("OK", "resolve")] {
        let event = change(&name, arn, description, state);
        ensure!(takes(&event)?, "`{pattern}` does not match {event}");
        let send = ["sqs", "send-message", "--queue-url", &queue];
        aws.call(&[&send[..], &["--message-body", &event]].concat())?;
        people.paged("PagerDuty hears of an alarm", action, &name)?;
    }
    let over = format!("OK `{name}`");
    people.posted("Slack hears that it is over", &[over.as_str()])?;
    Ok(())
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html>
fn change(name: &str, arn: &str, description: &str, state: &str) -> String {
    let (second, before) = match state {
        "OK" => (1, "ALARM"),
        _ => (0, "OK"),
    };
    let time = format!("2026-11-22T10:00:0{second}.000+0000");
    json!({
        "version": "0", "id": format!("alarm-{state}"), "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change", "account": "000000000000", "region": "eu-central-1",
        "time": "2026-11-22T10:00:00Z", "resources": [arn],
        "detail": {
            "alarmName": name,
            "state": { "value": state, "reason": "crossed", "timestamp": time },
            "previousState": { "value": before },
            "configuration": { "description": description },
        },
    })
    .to_string()
}

/// Everything was told, and nothing is left to be.
pub(crate) fn nothing_waits(stack: &Deployment) -> anyhow::Result<()> {
    for queue in ["NotifyQueue", "NotifyGivenUpQueue", "UndeliveredQueue"] {
        let url = stack.resource(queue)?;
        let ask = ["sqs", "get-queue-attributes", "--queue-url", &url];
        let ask = [&ask[..], &["--attribute-names", "All"]].concat();
        eventually("nothing waits", || {
            let answer = stack.cloud().aws().call(&ask)?;
            let waits = |name: &str| answer["Attributes"][name] != "0";
            let names = [
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            ];
            ensure!(!names.iter().any(|name| waits(name)), "{queue}: {answer}");
            Ok(())
        })?;
    }
    Ok(())
}
