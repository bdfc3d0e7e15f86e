//! The role `notify`, from a batch of messages to what PagerDuty and Slack are sent, whatever they answer.

use std::{
    io::{BufReader, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use sluice_contract::{
    event::{EventKind, SOURCE, sample},
    settings::StackSettings,
    stack::{Channel, Notify as Who, Occasion, Route},
};
use sluice_host::{
    events::QueueBatch,
    roles::{
        Handler,
        notify::{Notify, NotifyEnvironment},
    },
};

use super::ministack::Ministack;
use crate::aws::http::Message;

/// A server that keeps what it is sent, and answers as it is told: a status and, behind a blank, a header. Without any it
/// answers as all is well.
struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Value>>>,
    answers: Arc<Mutex<Vec<&'static str>>>,
}

impl Receiver {
    fn start(well: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v2/enqueue", listener.local_addr().unwrap());
        let received: Arc<Mutex<Vec<Value>>> = Arc::default();
        let answers: Arc<Mutex<Vec<&'static str>>> = Arc::default();
        let (own_received, own_answers) = (Arc::clone(&received), Arc::clone(&answers));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let Ok(Some(message)) = Message::read(&mut stream) else {
                    continue;
                };
                assert_eq!(
                    (message.method.as_str(), message.path.as_str()),
                    ("POST", "/v2/enqueue")
                );
                assert_eq!(message.header("content-type"), Some("application/json"));
                let answer = own_answers.lock().unwrap().pop();
                if answer.is_none() {
                    let body = serde_json::from_slice(&message.body).unwrap();
                    own_received.lock().unwrap().push(body);
                }
                let answer = answer.unwrap_or(well);
                let (status, header) = answer.split_once(' ').unwrap_or((answer, "x: y"));
                let answer = format!(
                    "HTTP/1.1 {status} Said\r\n{header}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                let _ = stream.get_mut().write_all(answer.as_bytes());
            }
        });
        Self {
            url,
            received,
            answers,
        }
    }

    /// What it was sent since the last time.
    fn received(&self) -> Vec<Value> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }

    /// Answers this, the last first, before all is well.
    fn answer(&self, answers: &[&'static str]) {
        *self.answers.lock().unwrap() = answers.to_vec();
    }
}

struct Scene {
    _aws: Ministack,
    notify: Notify,
    pagerduty: Receiver,
    slack: Receiver,
}

impl Scene {
    fn new() -> Self {
        let aws = Ministack::start();
        aws.create_table("control", "pk", Some("sk"));
        let (pagerduty, slack) = (Receiver::start("202"), Receiver::start("200"));
        let key = json!({ "routing_key": "KEY", "url": pagerduty.url });
        aws.create_secret("alerts/pagerduty", &key.to_string());
        aws.create_secret("alerts/slack", &slack.url);
        let route = |events: &[Occasion], channel| Route {
            events: events.to_vec(),
            to: vec![channel],
        };
        let who = Who {
            pagerduty: Some("alerts/pagerduty".to_owned()),
            slack: Some("alerts/slack".to_owned()),
            runbook: None,
            routes: vec![
                route(Occasion::PAGED, Channel::Pagerduty),
                route(
                    &[Occasion::Failed, Occasion::Done, Occasion::Alarm],
                    Channel::Slack,
                ),
            ],
        };
        let environment = NotifyEnvironment {
            settings: StackSettings {
                project: "shop".to_owned(),
                stage: "dev".to_owned(),
                pipelines: Vec::new(),
                notify: Some(who.clone()),
            },
            notify: who,
            control_table: "control".to_owned(),
            stack: "shop-dev".to_owned(),
            dashboard: "dashboard".to_owned(),
        };
        Self {
            notify: Notify::new(environment, aws.session()),
            _aws: aws,
            pagerduty,
            slack,
        }
    }

    /// Handles messages; gives the numbers of those that come again.
    fn handle(&self, bodies: &[String]) -> Vec<usize> {
        let records: Vec<Value> = bodies
            .iter()
            .enumerate()
            .map(|(number, body)| {
                json!({
                    "messageId": number.to_string(), "body": body,
                    "attributes": { "ApproximateReceiveCount": "1" },
                })
            })
            .collect();
        let batch: QueueBatch = serde_json::from_value(json!({ "Records": records })).unwrap();
        let Ok(answer) = self.notify.handle(batch, "request");
        let failures = answer.batch_item_failures.iter();
        failures
            .map(|failure| failure.item_identifier.parse().unwrap())
            .collect()
    }
}

fn told(kind: EventKind, id: &str, at: &str) -> String {
    let mut event = sample(kind, "shop", "dev", "orders", "incoming/");
    event.head.event_id = id.to_owned();
    event.head.at = at.to_owned();
    envelope(SOURCE, kind.detail_type(), &event.detail())
}

fn alarm(id: &str, state: &str) -> String {
    alarm_at(id, state, "10:00:00")
}

fn alarm_at(id: &str, state: &str, time: &str) -> String {
    let timestamp = format!("2026-11-22T{time}.000+0000");
    let detail = json!({
        "alarmName": "shop-dev/OrdersDeadLettersAlarm",
        "state": { "value": state, "reason": "1 is greater than 0", "timestamp": timestamp },
        "configuration": { "description": id },
    });
    let body = envelope("aws.cloudwatch", "CloudWatch Alarm State Change", &detail);
    body.replace("6a7e8feb", id)
}

fn envelope(source: &str, detail_type: &str, detail: &Value) -> String {
    json!({
        "version": "0", "id": "6a7e8feb", "source": source, "detail-type": detail_type,
        "region": "eu-central-1", "account": "123456789012", "time": "2026-11-22T10:00:00Z", "resources": [],
        "detail": detail,
    })
    .to_string()
}

fn actions(sent: &[Value]) -> Vec<(&str, &str)> {
    let of = |one| (text(one, "event_action"), text(one, "dedup_key"));
    sent.iter().map(of).collect()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

const NOTHING: [usize; 0] = [];
const OBJECT: &str = "sluice/shop/dev/orders/s3://shop-dev-raw/incoming/2026-11-22.csv";

#[test]
fn an_incident_opens_and_closes() {
    let scene = Scene::new();
    // Nothing is open yet.
    let early = told(EventKind::ObjectDone, "0", "2026-11-22T09:00:00Z");
    assert_eq!(scene.handle(std::slice::from_ref(&early)), NOTHING);
    assert_eq!(scene.pagerduty.received(), [] as [Value; 0]);
    assert_eq!(scene.slack.received().len(), 1);

    let failed = told(EventKind::ObjectFailed, "1", "2026-11-22T10:00:00Z");
    assert_eq!(scene.handle(&[failed.clone(), failed.clone()]), NOTHING);
    let sent = scene.pagerduty.received();
    assert_eq!(actions(&sent), [("trigger", OBJECT)]);
    assert_eq!(sent[0]["routing_key"], "KEY");
    assert_eq!(sent[0]["payload"]["severity"], "error");
    assert_eq!(scene.slack.received().len(), 1);

    // Nobody hears it twice, and what happened before does not close it.
    assert_eq!(scene.handle(&[failed, early]), NOTHING);
    assert_eq!(scene.pagerduty.received(), [] as [Value; 0]);
    assert_eq!(scene.slack.received(), [] as [Value; 0]);

    let done = told(EventKind::ObjectDone, "2", "2026-11-22T11:00:00Z");
    assert_eq!(scene.handle(&[done]), NOTHING);
    let sent = scene.pagerduty.received();
    assert_eq!(actions(&sent), [("resolve", OBJECT)]);
    let again = told(EventKind::ObjectDone, "3", "2026-11-22T12:00:00Z");
    assert_eq!(scene.handle(&[again]), NOTHING);
    assert_eq!(
        scene.pagerduty.received(),
        [] as [Value; 0],
        "it is closed once"
    );
}

#[test]
fn an_alarm_rings_and_stops() {
    let scene = Scene::new();
    let key = "sluice/shop/dev/alarm/shop-dev/OrdersDeadLettersAlarm";
    assert_eq!(scene.handle(&[alarm("a1", "ALARM")]), NOTHING);
    assert_eq!(actions(&scene.pagerduty.received()), [("trigger", key)]);
    assert_eq!(scene.handle(&[alarm("a2", "OK")]), NOTHING);
    assert_eq!(actions(&scene.pagerduty.received()), [("resolve", key)]);
    assert_eq!(scene.slack.received().len(), 2);
}

/// Trouble that could not be told in time is over when it can: it is told all the same, and nobody is left with an incident.
#[test]
fn trouble_that_is_told_late_may_be_over() {
    let scene = Scene::new();
    let done = told(EventKind::ObjectDone, "1", "2026-11-22T11:00:00Z");
    assert_eq!(scene.handle(&[done]), NOTHING);
    let failed = told(EventKind::ObjectFailed, "2", "2026-11-22T10:00:00Z");
    assert_eq!(scene.handle(&[failed]), NOTHING);
    let sent = scene.pagerduty.received();
    assert_eq!(actions(&sent), [("trigger", OBJECT), ("resolve", OBJECT)]);
    let failed = told(EventKind::ObjectFailed, "3", "2026-11-22T12:00:00Z");
    assert_eq!(scene.handle(&[failed]), NOTHING);
    assert_eq!(actions(&scene.pagerduty.received()), [("trigger", OBJECT)]);
    // The end of what was before is no end of what is now.
    let late = alarm_at("a1", "OK", "10:00:00").replace("6a7e8feb", "late");
    assert_eq!(
        scene.handle(&[alarm_at("a2", "ALARM", "10:05:00")]),
        NOTHING
    );
    scene.pagerduty.received();
    assert_eq!(scene.handle(&[late]), NOTHING);
    assert_eq!(scene.pagerduty.received(), [] as [Value; 0]);
}

#[test]
fn many_are_told_as_one() {
    let scene = Scene::new();
    let failed = |number: u32| {
        let body = told(
            EventKind::ObjectFailed,
            &number.to_string(),
            "2026-11-22T10:00:00Z",
        );
        body.replace("2026-11-22.csv", &format!("{number}.csv"))
    };
    assert_eq!(
        scene.handle(&(0..100).map(failed).collect::<Vec<_>>()),
        NOTHING
    );
    let sent = scene.pagerduty.received();
    assert_eq!(
        actions(&sent),
        [("trigger", "sluice/shop/dev/orders/many/failed")]
    );
    let sent = scene.slack.received();
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0].to_string().contains("100 objects failed"),
        "{}",
        sent[0]
    );
    assert_eq!(
        scene.handle(&(200..203).map(failed).collect::<Vec<_>>()),
        NOTHING
    );
    assert_eq!(
        scene.pagerduty.received().len(),
        3,
        "few are told one by one"
    );
}

#[test]
fn what_is_busy_is_asked_again() {
    let scene = Scene::new();
    scene.pagerduty.answer(&["503", "429 Retry-After: 0"]);
    scene.slack.answer(&["429 Retry-After: 0"]);
    let failed = told(EventKind::ObjectFailed, "1", "2026-11-22T10:00:00Z");
    assert_eq!(scene.handle(&[failed]), NOTHING);
    assert_eq!(scene.pagerduty.received().len(), 1);
    assert_eq!(scene.slack.received().len(), 1);
}

/// What one of them does not take comes again, and the other does not hear it twice.
#[test]
fn what_could_not_be_told_comes_again() {
    let scene = Scene::new();
    scene.slack.answer(&["404"]);
    let failed = told(EventKind::ObjectFailed, "1", "2026-11-22T10:00:00Z");
    let bodies = [failed, "hello".to_owned()];
    assert_eq!(scene.handle(&bodies), [1, 0]);
    assert_eq!(scene.pagerduty.received().len(), 1);
    assert_eq!(scene.slack.received(), [] as [Value; 0]);
    assert_eq!(scene.handle(&bodies), [1]);
    assert_eq!(scene.pagerduty.received(), [] as [Value; 0]);
    assert_eq!(scene.slack.received().len(), 1);
}
