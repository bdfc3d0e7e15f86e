//! People on a cloud: PagerDuty and Slack hear of what becomes of objects, and of alarms.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use sluice_tests::{Deployment, Manifest, eventually, on_a_cloud};

const MANIFEST: &str = r#"
[project]
name = "people"

[alerts]
pagerduty = "people/pagerduty"
slack     = { secret = "people/slack" }
routes    = [
    { events = ["refused", "failed", "alarm"], to = "pagerduty" },
    { events = ["done"], to = "slack" },
]

[pipeline.orders]
source = { prefix = "incoming/", via = "s3" }
key    = "id"
fields = { id = "text", quantity = "integer" }
table  = true
"#;

/// A server that keeps what it is sent.
struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    fn start(status: &'static str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/", listener.local_addr()?);
        let received: Arc<Mutex<Vec<Value>>> = Arc::default();
        let own = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(body) = answer(stream, status) {
                    own.lock()
                        .unwrap_or_else(|lock| lock.into_inner())
                        .push(body);
                }
            }
        });
        Ok(Self { url, received })
    }

    fn received(&self) -> Vec<Value> {
        self.received
            .lock()
            .unwrap_or_else(|lock| lock.into_inner())
            .clone()
    }
}

fn answer(stream: TcpStream, status: &str) -> Option<Value> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while stream.read_line(&mut line).ok()? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.get_mut().write_all(answer.as_bytes()).ok()?;
    serde_json::from_slice(&body).ok()
}

#[test]
fn people_hear_of_objects_and_alarms() {
    on_a_cloud(|cloud| {
        let aws = cloud.aws();
        let (pagerduty, slack) = (Receiver::start("202 Accepted")?, Receiver::start("200 OK")?);
        let key = json!({ "routing_key": "KEY", "url": pagerduty.url }).to_string();
        // As JSON: the AWS CLI would fetch what a bare URL says.
        let webhook = json!({ "url": slack.url }).to_string();
        for (name, text) in [("people/pagerduty", &key), ("people/slack", &webhook)] {
            aws.call(&[
                "secretsmanager",
                "create-secret",
                "--name",
                name,
                "--secret-string",
                text,
            ])?;
        }
        let template = Manifest::parse(MANIFEST)?.render(cloud.folder())?;
        for text in ["KEY", &pagerduty.url] {
            ensure!(
                !template.contains(&format!("\"{text}\"")),
                "a secret is in the template"
            );
        }
        let stack = Deployment::new(cloud, "people", &template)?;
        let drop_in = |name: &str, text: &str| {
            let file = cloud.folder().join(name);
            fs::write(&file, text)?;
            stack.drop_file(&file, "OrdersUploadTo", name)
        };
        let told = |of: &str, action: &str, key: &str| {
            eventually(of, || {
                let sent = pagerduty.received();
                let found = sent.iter().find(|one| {
                    one["event_action"] == action
                        && one["dedup_key"]
                            .as_str()
                            .is_some_and(|own| own.contains(key))
                });
                found
                    .cloned()
                    .with_context(|| format!("PagerDuty was sent {sent:?}"))
            })
        };

        // An object that is none of the pipeline's, and the right one in its place.
        drop_in("a.csv", "nobody,knows\n1,2\n")?;
        let sent = told(
            "PagerDuty hears of a refused object",
            "trigger",
            "incoming/a.csv",
        )?;
        ensure!(sent["routing_key"] == "KEY", "sent: {sent}");
        ensure!(sent["payload"]["class"] == "refused", "sent: {sent}");
        drop_in("a.csv", "id,quantity\n1,2\n")?;
        told("the incident is closed", "resolve", "incoming/a.csv")?;
        eventually("Slack hears of an object that is done", || {
            let sent = slack.received();
            let heard = sent.iter().any(|one| {
                let text = one.to_string();
                text.contains("object done") && text.contains("incoming/a.csv")
            });
            ensure!(heard, "Slack was sent {sent:?}");
            Ok(())
        })?;
        let refused = slack
            .received()
            .iter()
            .any(|one| one.to_string().contains("refused"));
        ensure!(!refused, "Slack is told of what it does not want to hear");

        // CloudWatch's alarms are told on the default bus, where the emulator tells none: what the rule would take is put
        // into its queue.
        let queue = stack.resource("NotifyQueue")?;
        for state in ["ALARM", "OK"] {
            let event = alarm(state);
            let rule = stack.resource("NotifyAlarmsRule")?;
            let described = aws.call(&["events", "describe-rule", "--name", &rule])?;
            let pattern = described["EventPattern"]
                .as_str()
                .context("a rule has a pattern")?;
            let test = [
                "events",
                "test-event-pattern",
                "--event-pattern",
                pattern,
                "--event",
            ];
            let matches = aws.call(&[&test[..], &[&event]].concat())?;
            ensure!(
                matches["Result"] == true,
                "`{pattern}` does not match {event}"
            );
            aws.call(&[
                "sqs",
                "send-message",
                "--queue-url",
                &queue,
                "--message-body",
                &event,
            ])?;
            let action = if state == "ALARM" {
                "trigger"
            } else {
                "resolve"
            };
            told(
                "PagerDuty hears of an alarm",
                action,
                "people-OrdersDeadLettersAlarm",
            )?;
        }

        // What `gen alert test` prints tells PagerDuty, marked as what it is.
        let said = stack.generate_and_run(&["alert", "test"], &[])?;
        ensure!(said.contains("FailedEntryCount"), "it said {said}");
        let sent = told("PagerDuty hears of a test", "trigger", "2026-11-22.csv")?;
        let summary = sent["payload"]["summary"].as_str().unwrap_or_default();
        ensure!(
            summary.contains("TEST, nothing happened"),
            "the summary: {summary}"
        );
        ensure!(sent["payload"]["severity"] == "info", "sent: {sent}");
        stack.generate_and_run(&["alert", "test"], &["--over"])?;
        told("the test is over", "resolve", "2026-11-22.csv")?;

        // Everything was told, and nothing is left to be.
        for output in ["NotifyQueue", "NotifyGivenUpQueue", "UndeliveredQueue"] {
            let url = stack.resource(output)?;
            eventually("nothing waits", || {
                let ask = [
                    "sqs",
                    "get-queue-attributes",
                    "--queue-url",
                    &url,
                    "--attribute-names",
                    "All",
                ];
                let answer = aws.call(&ask)?;
                let waits = |name: &str| answer["Attributes"][name] != "0";
                let names = [
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ];
                ensure!(!names.iter().any(|name| waits(name)), "{output}: {answer}");
                Ok(())
            })?;
        }
        Ok(())
    });
}

fn alarm(state: &str) -> String {
    let name = "people-OrdersDeadLettersAlarm-1X2Y";
    json!({
        "version": "0", "id": format!("alarm-{state}"), "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change", "account": "000000000000", "region": "eu-central-1",
        "time": "2026-11-22T10:00:00Z",
        "resources": [format!("arn:aws:cloudwatch:eu-central-1:000000000000:alarm:{name}")],
        "detail": {
            "alarmName": name,
            "state": { "value": state, "reason": "crossed", "timestamp": "2026-11-22T10:00:00.000+0000" },
            "previousState": { "value": if state == "OK" { "ALARM" } else { "OK" } },
            "configuration": { "description": "orders: objects failed for good" },
        },
    })
    .to_string()
}
