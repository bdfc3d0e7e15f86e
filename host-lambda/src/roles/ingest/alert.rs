//! What people are told of an object or a message.

use sluice_contract::{objects::Prefix, settings::Settings};
use sluice_pipeline::{
    report::{ObjectReport, Reason, Refused},
    shown::in_one_line,
};

use crate::tell::{Alert, Place};

/// The code of the damage that an object has which was overwritten before it was read.
pub(crate) const OVERWRITTEN: &str = "overwritten";

/// The code of the damage of an object that was deleted before it was read.
pub(crate) const MISSING: &str = "missing";

/// The code of the damage of an object in an archive class.
pub(crate) const ARCHIVED: &str = "archived";

/// Writes alerts of one pipeline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alerter<'a> {
    pub(super) settings: &'a Settings,
    pub(super) lake_bucket: &'a str,
}

impl Alerter<'_> {
    pub(super) fn place(&self) -> Place<'_> {
        self.settings.into()
    }

    /// What an object that was processed is worth telling: that it could not be read to its end, or that more of its
    /// records were rejected than the manifest thinks normal. One alert, whatever the number of reasons.
    pub(super) fn of_report(&self, report: &ObjectReport) -> Option<Alert> {
        if let Some(refused) = &report.refused {
            return Some(self.of_refused(report, refused));
        }
        let limit = self.settings.pipeline.rejects.alert_ratio;
        let ratio = report.rejected_ratio();
        let (what, why, remedy) = match &report.damage {
            // The newer version brings its own event, and nobody has to do anything.
            Some(damage) if damage.code == OVERWRITTEN => return None,
            Some(damage) if report.read == 0 => (
                "object not processed".to_owned(),
                format!("{} ({})", damage.message, damage.code),
                match damage.code.as_str() {
                    MISSING => "Upload the object again if its records are needed.",
                    ARCHIVED => "Restore the object, and upload it again under the same name.",
                    _ => {
                        "The object is unchanged in the raw bucket. Correct it, or its name, and upload it again."
                    }
                },
            ),
            Some(damage) => (
                "object damaged".to_owned(),
                format!(
                    "{} ({}, near record {})",
                    damage.message, damage.code, damage.row
                ),
                "The records before the damage are stored. Upload the whole object again under the same name.",
            ),
            None if report.rejected > 0 && ratio > limit => (
                format!("{} of {} records rejected", report.rejected, report.read),
                format!(
                    "{} of the records were rejected; an alert is sent above {}",
                    percent(ratio),
                    percent(limit)
                ),
                "Correct the source or the plugin, and upload the corrected records as a new object.",
            ),
            None => return None,
        };
        let mut lines = self.head(&report.source, &why);
        lines.push(format!("Records    {}", counts(report)));
        if let Some(sha256) = &report.plugin_sha256 {
            lines.push(format!("Plugin     sha256 {sha256}"));
        }
        let rejects = report
            .outputs
            .iter()
            .filter(|name| Prefix::Rejects.holds(name));
        lines.extend(rejects.map(|name| format!("Rejects    s3://{}/{name}", self.lake_bucket)));
        if !report.first_reasons.is_empty() {
            lines.extend([String::new(), "First reasons".to_owned()]);
            lines.extend(report.first_reasons.iter().map(reason_line));
        }
        Some(self.place().alert(&what, &report.source, lines, remedy))
    }

    /// An object of which nothing is stored, or of parts of which.
    fn of_refused(&self, report: &ObjectReport, refused: &Refused) -> Alert {
        let mut lines = self.head(
            &report.source,
            &format!("{} ({})", refused.message, refused.code),
        );
        lines.push(match report.read {
            0 => "Records    nothing of the object is stored".to_owned(),
            _ => format!(
                "Records    {}; of the parts that are refused, none",
                counts(report)
            ),
        });
        if let Some(sha256) = &report.plugin_sha256 {
            lines.push(format!("Plugin     sha256 {sha256}"));
        }
        if !report.first_reasons.is_empty() {
            lines.extend([String::new(), "First reasons".to_owned()]);
            lines.extend(report.first_reasons.iter().map(reason_line));
        }
        let remedy = "The object is unchanged in the raw bucket. If it is wrong, upload a right one under the same name. If \
                      the manifest or the plugin is, correct that, and have the object processed once more (gen replay \
                      object).";
        self.place()
            .alert("object refused", &report.source, lines, remedy)
    }

    /// An object whose last attempt failed. Its message is in the dead-letter queue.
    pub(super) fn of_failure(&self, source: &str, attempts: u32, why: &str) -> Alert {
        let lines = self.head(
            source,
            &format!("the last of {attempts} attempts failed: {why}"),
        );
        let remedy = "The message is in the dead-letter queue, and the object is unchanged in the raw bucket. Remove the \
                      cause, then redrive the dead-letter queue (aws sqs start-message-move-task).";
        self.place().alert("object failed", source, lines, remedy)
    }

    /// A queue message of which nobody can tell what object it is about. It is in the dead-letter queue.
    pub(super) fn of_message(&self, message_id: &str, attempts: u32, why: &str) -> Alert {
        let lines = vec![
            format!("Message    {message_id}"),
            self.place().line(),
            format!("Why        not understood in {attempts} attempts: {why}"),
        ];
        let remedy = "The message is in the dead-letter queue. Find out who sent it, and see whether it names an object \
                      that was meant to be processed.";
        self.place()
            .alert("message not understood", message_id, lines, remedy)
    }

    fn head(&self, source: &str, why: &str) -> Vec<String> {
        vec![
            format!("Object     {}", in_one_line(source)),
            self.place().line(),
            format!("Why        {why}"),
        ]
    }
}

fn counts(report: &ObjectReport) -> String {
    format!(
        "read {}, stored {}, dropped {}, duplicate {}, rejected {}",
        report.read, report.stored, report.dropped, report.duplicate, report.rejected
    )
}

fn reason_line(reason: &Reason) -> String {
    let column = reason
        .column
        .as_ref()
        .map(|column| format!(", {column}"))
        .unwrap_or_default();
    format!(
        "  record {}{column}: {} ({})",
        reason.row, reason.message, reason.code
    )
}

fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn settings() -> Settings {
        serde_json::from_str(include_str!("../../../tests/settings/lake.json")).unwrap()
    }

    fn report() -> ObjectReport {
        ObjectReport {
            source: "s3://raw/incoming/café/2026-11-22.csv".to_owned(),
            pipeline: "orders".to_owned(),
            read: 100,
            stored: 88,
            rejected: 12,
            plugin_sha256: "5c1a".repeat(16).parse().ok(),
            outputs: vec![
                "lake/orders/a.parquet".to_owned(),
                "rejects/orders/a.ndjson".to_owned(),
            ],
            first_reasons: vec![
                Reason {
                    row: 3,
                    column: Some("quantity".to_owned()),
                    code: "not_an_integer".to_owned(),
                    message: "not an integer".to_owned(),
                },
                Reason {
                    row: 7,
                    column: None,
                    code: "ragged_row".to_owned(),
                    message: "9 columns, header has 8".to_owned(),
                },
            ],
            ..ObjectReport::default()
        }
    }

    fn damage(row: u64) -> Option<Reason> {
        let message = "the gzip data ends too early".to_owned();
        Some(Reason {
            row,
            column: None,
            code: "truncated".to_owned(),
            message,
        })
    }

    fn text(alert: &Alert) -> String {
        format!("{}\n\n{}", alert.subject, alert.message)
    }

    #[test]
    fn alerts() {
        let settings = settings();
        let alerter = Alerter {
            settings: &settings,
            lake_bucket: "lake",
        };
        insta::assert_snapshot!(
            "alert-rejects",
            text(&alerter.of_report(&report()).unwrap())
        );
        let damaged = ObjectReport {
            damage: damage(101),
            read: 101,
            rejected: 13,
            ..report()
        };
        insta::assert_snapshot!("alert-damage", text(&alerter.of_report(&damaged).unwrap()));
        let unread = ObjectReport {
            source: report().source,
            damage: damage(1),
            pipeline: report().pipeline,
            ..Default::default()
        };
        insta::assert_snapshot!("alert-unread", text(&alerter.of_report(&unread).unwrap()));
        let refused = ObjectReport {
            source: report().source,
            refused: Some(Refused {
                code: "no_matching_column".to_owned(),
                message:
                    "none of its 3 columns is a field of the manifest: its first line may be no \
                          header"
                        .to_owned(),
                read: 0,
                rejected: 0,
            }),
            ..Default::default()
        };
        insta::assert_snapshot!(
            "alert-refused-object",
            text(&alerter.of_report(&refused).unwrap())
        );
        let in_parts = ObjectReport {
            refused: refused.refused,
            ..report()
        };
        insta::assert_snapshot!(
            "alert-refused-part",
            text(&alerter.of_report(&in_parts).unwrap())
        );
        let failure = alerter.of_failure(
            &report().source,
            5,
            "table `orders` refused to store 25 items: AccessDenied",
        );
        insta::assert_snapshot!("alert-failure", text(&failure));
    }

    #[test]
    fn what_is_normal_tells_nobody() {
        let settings = settings();
        let alerter = Alerter {
            settings: &settings,
            lake_bucket: "lake",
        };
        for (read, rejected) in [(0, 0), (100, 0), (100, 5)] {
            let report = ObjectReport {
                read,
                stored: read - rejected,
                rejected,
                ..report()
            };
            assert_eq!(alerter.of_report(&report), None, "{rejected} of {read}");
        }
    }
}
