//! The runbook knows every alarm, widget and alert that there is, and its filters show the lines that it sends people to.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use serde_json::Value;
use sluice_contract::control::ledger::LedgerStatus;
use sluice_generator::{RenderOptions, Templates, render};

const RUNBOOK: &str = include_str!("../../docs/operations.md");

/// The template of a pipeline that has everything.
fn template() -> Value {
    template_of(include_str!("../../examples/feedback/manifest.toml"))
}

fn template_of(manifest: &str) -> Value {
    let stack = sluice_manifest::load(manifest, "manifest.toml", None).unwrap();
    let text = render(&stack, &Templates::embedded(), RenderOptions::default()).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Whether a table has a row that begins with this.
fn has_row(start: &str) -> bool {
    RUNBOOK
        .lines()
        .any(|line| line.starts_with(&format!("| {start} |")))
}

#[test]
fn every_alarm_has_a_row() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap();
    let alarms: Vec<&str> = resources
        .iter()
        .filter(|(_, resource)| resource["Type"].as_str().unwrap().ends_with("Alarm"))
        .map(|(id, _)| id.strip_prefix("Feedback").unwrap_or(id))
        .collect();
    assert!(alarms.len() > 5);
    for alarm in alarms {
        assert!(
            has_row(&format!("`{alarm}`")),
            "`{alarm}` is not in the runbook"
        );
    }
}

#[test]
fn every_alarm_of_an_api_has_a_row() {
    let template = template_of(include_str!("cases/by-http/manifest.toml"));
    let resources = template["Resources"].as_object().unwrap().iter();
    let alarms =
        resources.filter(|(_, resource)| resource["Type"].as_str().unwrap().ends_with("Alarm"));
    let of_apis: Vec<&str> = alarms
        .filter_map(|(id, _)| id.strip_prefix("Members"))
        .filter(|id| id.starts_with("Api"))
        .collect();
    assert_eq!(of_apis.len(), 5);
    for alarm in of_apis {
        assert!(
            has_row(&format!("`{alarm}`")),
            "`{alarm}` is not in the runbook"
        );
    }
}

#[test]
fn every_alarm_of_those_who_are_told_has_a_row() {
    let template = template_of(include_str!("cases/everybody-told/manifest.toml"));
    let resources = template["Resources"].as_object().unwrap().iter();
    let alarms =
        resources.filter(|(_, resource)| resource["Type"].as_str().unwrap().ends_with("Alarm"));
    let own: Vec<&str> = alarms
        .map(|(id, _)| id.as_str())
        .filter(|id| id.starts_with("Notify"))
        .collect();
    assert_eq!(own.len(), 5);
    for alarm in own {
        assert!(
            has_row(&format!("`{alarm}`")),
            "`{alarm}` is not in the runbook"
        );
    }
}

#[test]
fn every_state_of_an_object_has_a_row() {
    for status in LedgerStatus::ALL {
        // Nothing is stored as new.
        let has_row = status == LedgerStatus::New || has_row(&format!("`{}`", status.name()));
        assert!(has_row, "{status:?} is not in the runbook");
    }
}

#[test]
fn every_widget_has_a_row_with_its_metrics() {
    let template = template();
    let body = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"];
    let body: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    let mut titles = 0;
    for widget in body["widgets"].as_array().unwrap() {
        let Some(title) = widget["properties"]["title"].as_str() else {
            continue;
        };
        titles += 1;
        let row = RUNBOOK
            .lines()
            .find(|line| line.starts_with(&format!("| *{title}* |")));
        let row = row.unwrap_or_else(|| panic!("widget `{title}` is not in the runbook"));
        for metric in widget["properties"]["metrics"].as_array().unwrap() {
            let name = metric.get(1).and_then(Value::as_str).unwrap_or(".");
            assert!(
                name == "." || row.contains(&format!("`{name}`")),
                "`{name}` of widget `{title}`"
            );
        }
    }
    assert!(titles > 4);
}

/// The subjects of all alerts, by the snapshots that the tests of the host keep of them.
fn subjects() -> Vec<String> {
    let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-lambda");
    let mut subjects = Vec::new();
    let mut folders = vec![host.join("src"), host.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.contains("alert") && name.ends_with(".snap") {
                let text = fs::read_to_string(&path).unwrap();
                let heads = text
                    .lines()
                    .filter_map(|line| line.strip_prefix('[')?.split_once("] "));
                subjects.extend(
                    heads.filter_map(|(_, rest)| Some(rest.split_once(": ")?.0.to_owned())),
                );
            }
        }
    }
    subjects
}

#[test]
fn every_alert_has_a_row() {
    let subjects = subjects();
    assert!(subjects.len() > 5, "{subjects:?}");
    for subject in subjects {
        // The numbers are those of the object.
        let subject = match subject.strip_suffix(" records rejected") {
            Some(_) => "N of M records rejected".to_owned(),
            None => subject,
        };
        assert!(
            has_row(&format!("`{subject}`")),
            "alert `{subject}` is not in the runbook"
        );
    }
}

/// The values that a filter pattern for JSON asks for, by the names that lead to them.
fn conditions(pattern: &str) -> Vec<(Vec<&str>, &str)> {
    let inner = pattern
        .strip_prefix("{ ")
        .and_then(|rest| rest.strip_suffix(" }"));
    let conditions = inner.unwrap().split(" || ").map(|condition| {
        let (selector, value) = condition.split_once(" = ").unwrap();
        let names = selector.strip_prefix("$.").unwrap().split('.');
        (names.collect(), value.trim_matches('"'))
    });
    conditions.collect()
}

/// Time-outs and crashes are Lambda's own lines, in JSON or, where the stack is older, in plain text.
#[test]
fn the_filters_show_what_people_are_sent_to_look_for() {
    let quoted = |start: &str| {
        let line = RUNBOOK.lines().find(|line| line.contains(start)).unwrap();
        line.split('\'').nth(1).unwrap()
    };
    let conditions = conditions(quoted("'{ $.level"));
    let shown = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        conditions.iter().any(|(names, expected)| {
            names.iter().fold(&line, |value, name| &value[*name]) == *expected
        })
    };
    for (line, expected) in [
        (
            r#"{"timestamp":"2026-11-27T10:00:00Z","level":"WARN","message":"x","target":"sluice_host"}"#,
            true,
        ),
        (
            r#"{"timestamp":"2026-11-27T10:00:00Z","level":"INFO","message":"object done"}"#,
            false,
        ),
        (
            r#"{"time":"2026-11-27T10:00:00Z","type":"platform.report","record":{"requestId":"a","status":"timeout"}}"#,
            true,
        ),
        (
            r#"{"time":"2026-11-27T10:00:00Z","type":"platform.report","record":{"requestId":"a","status":"error","errorType":"Runtime.OutOfMemory"}}"#,
            true,
        ),
        (
            r#"{"time":"2026-11-27T10:00:00Z","type":"platform.report","record":{"requestId":"a","status":"success"}}"#,
            false,
        ),
        (
            r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]},"RowsRead":1}"#,
            false,
        ),
    ] {
        assert_eq!(shown(line), expected, "{line}");
    }

    let terms: Vec<&str> = quoted("'?ERROR")
        .split('?')
        .skip(1)
        .map(|term| term.trim().trim_matches('"'))
        .collect();
    for (line, expected) in [
        (
            "2026-11-27T10:00:00Z 5b1c Task timed out after 300.00 seconds",
            true,
        ),
        (
            "RequestId: 5b1c Error: Runtime exited with error: signal: killed Runtime.ExitError",
            true,
        ),
        (r#"{"level":"ERROR","message":"attempt failed"}"#, true),
        ("REPORT RequestId: 5b1c Duration: 3.00 ms", false),
    ] {
        assert_eq!(
            terms.iter().any(|term| line.contains(term)),
            expected,
            "{line}"
        );
    }
}

#[test]
fn every_link_has_its_heading() {
    let anchor = |heading: &str| {
        let kept = |c: &char| c.is_alphanumeric() || *c == ' ' || *c == '-';
        heading
            .to_lowercase()
            .chars()
            .filter(kept)
            .collect::<String>()
            .replace(' ', "-")
    };
    let headings: Vec<String> = RUNBOOK
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(anchor)
        .collect();
    for link in RUNBOOK.split("](#").skip(1) {
        let link = link.split(')').next().unwrap();
        assert!(
            headings.iter().any(|heading| heading == link),
            "`#{link}` leads nowhere"
        );
    }
}
