//! What happens to objects and alarms, and what people must have heard of it in the end.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sluice_contract::event::{EventKind, SOURCE, sample};

use super::{checker::Verdict, people::Heard};

/// Objects and alarms of a run.
const THINGS: usize = 5;

/// What happened to an object or an alarm.
#[derive(Debug, Clone)]
pub(crate) struct Happening {
    /// Tells it from every other: in what is told of it.
    pub(crate) mark: String,
    /// The key of its incident.
    key: String,
    /// Counts up: when it happened.
    at: u32,
    what: What,
    /// The body of its message.
    pub(crate) body: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Both hear of it, and PagerDuty has an incident.
    Trouble,
    /// An alarm has stopped: both hear of it.
    Over,
    /// An object is done: Slack hears of it.
    Done,
}

/// What happens to some objects and alarms, in its order. Trouble comes and is over, and comes again where `again` says so.
pub(crate) fn invent(again: bool, rng: &mut fastrand::Rng) -> Vec<Happening> {
    let mut all = Vec::new();
    let mut left: Vec<(usize, u32)> = (0..THINGS)
        .map(|thing| {
            let most = if again { 5 } else { 2 };
            (thing, rng.u32(1..=most))
        })
        .collect();
    let mut happened = [0; THINGS];
    while !left.is_empty() {
        let index = rng.usize(..left.len());
        let (thing, times) = left[index];
        match times {
            1 => drop(left.swap_remove(index)),
            _ => left[index].1 -= 1,
        }
        let is_trouble = happened[thing] % 2 == 0;
        happened[thing] += 1;
        let number = all.len();
        all.push(happening(thing, number, is_trouble, rng));
    }
    all
}

/// Odd things are alarms.
fn happening(thing: usize, number: usize, is_trouble: bool, rng: &mut fastrand::Rng) -> Happening {
    let mark = format!("mark-{number:03}");
    let at = u32::try_from(number).unwrap();
    let time = format!("2026-11-22T10:{:02}:{:02}", at / 60, at % 60);
    if thing % 2 == 1 {
        let name = format!("shop-dev/Orders{thing}Alarm");
        let state = if is_trouble { "ALARM" } else { "OK" };
        let detail = json!({
            "alarmName": name,
            "state": { "value": state, "reason": "crossed", "timestamp": format!("{time}.000+0000") },
            "configuration": { "description": mark },
        });
        let body = envelope(
            &mark,
            "aws.cloudwatch",
            "CloudWatch Alarm State Change",
            &detail,
        );
        return Happening {
            key: format!("sluice/shop/dev/alarm/{name}"),
            what: if is_trouble {
                What::Trouble
            } else {
                What::Over
            },
            mark,
            at,
            body,
        };
    }
    let kind = match is_trouble {
        false => EventKind::ObjectDone,
        true if rng.bool() => EventKind::ObjectFailed,
        true => EventKind::ObjectRefused,
    };
    let mut event = sample(kind, "shop", "dev", "orders", "incoming/");
    event.head.event_id = mark.clone();
    event.head.at = format!("{time}Z");
    let mut detail = event.detail();
    detail["object"]["key"] = format!("incoming/{thing}.csv").into();
    if is_trouble {
        detail["reason"]["message"] = mark.clone().into();
    } else {
        detail["codes"] = json!({ &mark: 1 });
    }
    let bucket = detail["object"]["bucket"].as_str().unwrap();
    Happening {
        key: format!("sluice/shop/dev/orders/s3://{bucket}/incoming/{thing}.csv"),
        what: if is_trouble {
            What::Trouble
        } else {
            What::Done
        },
        body: envelope(&mark, SOURCE, kind.detail_type(), &detail),
        mark,
        at,
    }
}

fn envelope(id: &str, source: &str, detail_type: &str, detail: &Value) -> String {
    json!({
        "version": "0", "id": id, "source": source, "detail-type": detail_type,
        "region": "eu-central-1", "account": "123456789012", "time": "2026-11-22T10:00:00Z", "resources": [],
        "detail": detail,
    })
    .to_string()
}

/// Whether everybody was told of everything, under one key an incident, and those incidents are open that should be.
pub(crate) fn check(happenings: &[Happening], heard: &Heard) -> Verdict {
    let mut verdict = Verdict::default();
    let marks: Vec<String> = happenings.iter().map(|it| it.mark.clone()).collect();
    let keys = heard.keys_with(&marks);
    let slack: Vec<String> = heard.slack.iter().map(Value::to_string).collect();
    for Happening {
        mark, key, what, ..
    } in happenings
    {
        let of_slack = slack.iter().any(|message| message.contains(mark.as_str()));
        verdict.compare("Slack", &[mark], 1, u64::from(of_slack));
        if *what != What::Trouble {
            continue;
        }
        let told = keys.get(mark);
        verdict.compare("PagerDuty", &[mark], 1, u64::from(told.is_some()));
        if told.is_some_and(|told| !told.iter().eq([key])) {
            verdict.note(format!(
                "PagerDuty: {mark} is under {told:?}, expected {key}"
            ));
        }
    }
    let mut last: BTreeMap<&str, &Happening> = BTreeMap::new();
    for happening in happenings {
        let before = last.entry(&happening.key).or_insert(happening);
        if before.at < happening.at {
            *before = happening;
        }
    }
    let open = heard.open();
    for (key, happening) in last {
        let expected = happening.what == What::Trouble;
        if open.contains(key) != expected {
            let (is, should) = if expected {
                ("closed", "open")
            } else {
                ("open", "closed")
            };
            verdict.note(format!(
                "PagerDuty: the incident {key} is {is}, and should be {should}"
            ));
        }
    }
    heard
        .findings
        .iter()
        .for_each(|finding| verdict.note(finding.clone()));
    verdict
}

/// What must not go unnoticed.
#[test]
fn what_is_lost_is_found() {
    let happenings = invent(true, &mut fastrand::Rng::with_seed(1));
    let mut heard = Heard::default();
    for Happening {
        mark, key, what, ..
    } in &happenings
    {
        heard.slack.push(json!({ "text": mark, "blocks": [{}] }));
        heard.pagerduty.push(match what {
            What::Trouble => {
                json!({ "event_action": "trigger", "dedup_key": key, "payload": mark })
            }
            What::Over | What::Done => json!({ "event_action": "resolve", "dedup_key": key }),
        });
    }
    assert_eq!(check(&happenings, &heard).findings, [""; 0]);
    for at in 0..happenings.len() {
        let spoilt = |spoil: &dyn Fn(&mut Heard)| {
            let mut heard = heard.clone();
            spoil(&mut heard);
            check(&happenings, &heard)
        };
        let lost = spoilt(&|heard| drop(heard.slack.remove(at)));
        assert_eq!((lost.lost, lost.findings.len()), (1, 1), "{lost:?}");
        if happenings[at].what != What::Trouble {
            continue;
        }
        let lost = spoilt(&|heard| drop(heard.pagerduty.remove(at)));
        assert_eq!(lost.lost, 1, "{lost:?}");
        let two_keys = spoilt(&|heard| {
            let mut other = heard.pagerduty[at].clone();
            other["dedup_key"] = "other".into();
            heard.pagerduty.insert(at, other);
        });
        assert_eq!(two_keys.findings.len(), 1, "{two_keys:?}");
        let late = spoilt(&|heard| {
            let late = heard.pagerduty[at].clone();
            heard.pagerduty.push(late);
        });
        let is_over = !heard.open().contains(happenings[at].key.as_str());
        assert_eq!(late.findings.len(), usize::from(is_over), "{late:?}");
        let closed = spoilt(&|heard| {
            let key = &happenings[at].key;
            let resolve = json!({ "event_action": "resolve", "dedup_key": key });
            heard.pagerduty.push(resolve);
        });
        assert_eq!(closed.findings.len(), usize::from(!is_over), "{closed:?}");
    }
}
