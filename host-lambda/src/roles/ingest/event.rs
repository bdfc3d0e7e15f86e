//! What the event bus is told of an object, and people with it. No record content.

use sluice_contract::{
    control::ledger,
    event::{
        Cause, Counts, Event, Head, MOST_FILES, Object, ObjectDone, ObjectFailed, ObjectRefused,
        RecordsRejected, What, greatest,
    },
    objects::Prefix,
};
use sluice_pipeline::report::{ObjectReport, Reason};

use super::{Ingest, work::Work};
use crate::{
    aws::{LedgerEntry, attribute::now_text},
    plugins::shortened,
    tell::Untold,
};

impl Ingest {
    /// What has to be told of an object that is done or refused.
    pub(super) fn untold_of(
        &self,
        work: &Work<'_>,
        entry: &LedgerEntry,
        report: &ObjectReport,
    ) -> Untold {
        let told = happened(report, &self.object_of(work), self.alert_ratio(), |file| {
            format!("s3://{}/{file}", self.environment.lake_bucket)
        });
        let events = told.into_iter();
        Untold {
            events: events
                .map(|what| self.event(work, entry.owner(), what))
                .collect(),
            alerts: self.alerter().of_report(report).into_iter().collect(),
        }
    }

    /// What has to be told of an object whose last attempt failed. `attempt` tells it from every other.
    pub(super) fn untold_failure(
        &self,
        work: &Work<'_>,
        attempt: &str,
        attempts: u32,
        reason: &str,
    ) -> Untold {
        let what = What::ObjectFailed(ObjectFailed {
            object: self.object_of(work),
            attempts: attempts.into(),
            reason: cause(None, reason),
        });
        let alert = self
            .alerter()
            .of_failure(&work.object.uri, attempts, reason);
        Untold::new(self.event(work, attempt, what), Some(alert))
    }

    fn event(&self, work: &Work<'_>, attempt: &str, what: What) -> Event {
        let settings = &self.environment.settings;
        let (object, pipeline) = (&work.object, &settings.pipeline.name);
        let told = [pipeline.as_str(), &object.uri, &object.version, attempt];
        Event {
            head: Head {
                event_id: what.kind().event_id(&told),
                at: now_text(),
                project: settings.project.clone(),
                stage: settings.stage.clone(),
                pipeline: pipeline.clone(),
                test: None,
            },
            what,
        }
    }

    fn object_of(&self, work: &Work<'_>) -> Object {
        let object = &work.object;
        Object {
            bucket: work.created.bucket.clone(),
            key: work.created.key.clone(),
            version: object.version.clone(),
            bytes: object.size,
            ledger_id: ledger::partition_key(&object.uri, &object.version),
        }
    }

    fn alert_ratio(&self) -> f64 {
        self.environment.settings.pipeline.rejects.alert_ratio
    }
}

/// What happened to an object that has this report. `uri` is where a file of its is.
fn happened(
    report: &ObjectReport,
    object: &Object,
    alert_ratio: f64,
    uri: impl Fn(&String) -> String,
) -> Vec<What> {
    let counts = Counts {
        read: report.read,
        stored: report.stored,
        dropped: report.dropped,
        duplicate: report.duplicate,
        rejected: report.rejected,
    };
    let plugin_sha256 = report.plugin_sha256;
    if let Some(refused) = &report.refused {
        return vec![What::ObjectRefused(ObjectRefused {
            object: object.clone(),
            reason: cause(Some(&refused.code), &refused.message),
            counts,
            plugin_sha256,
        })];
    }
    let codes = greatest(&report.findings);
    let damage = |damage: &Reason| cause(Some(&damage.code), &damage.message);
    let mut told = vec![What::ObjectDone(ObjectDone {
        object: object.clone(),
        counts: counts.clone(),
        codes: codes.clone(),
        damage: report.damage.as_ref().map(damage),
        plugin_sha256,
    })];
    if report.rejected > 0 && report.rejected_ratio() > alert_ratio {
        let rejects = report
            .outputs
            .iter()
            .filter(|name| Prefix::Rejects.holds(name));
        told.push(What::RecordsRejected(RecordsRejected {
            object: object.clone(),
            counts,
            codes,
            rejects: rejects.take(MOST_FILES).map(uri).collect(),
            plugin_sha256,
        }));
    }
    told
}

fn cause(code: Option<&str>, message: &str) -> Cause {
    Cause {
        code: code.map(str::to_owned),
        message: shortened(message),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sluice_contract::event::{EventKind, sample};
    use sluice_pipeline::report::Refused;

    use super::*;

    fn kinds(report: &ObjectReport) -> Vec<EventKind> {
        let sample = sample(EventKind::ObjectDone, "shop", "dev", "orders", "incoming/");
        let What::ObjectDone(ObjectDone { object, .. }) = sample.what else {
            panic!("a sample is of its kind");
        };
        let told = happened(report, &object, 0.05, |file| file.clone());
        told.iter().map(What::kind).collect()
    }

    #[test]
    fn what_becomes_of_an_object() {
        let report = |rejected, damage| ObjectReport {
            read: 100,
            stored: 100 - rejected,
            rejected,
            damage,
            ..ObjectReport::default()
        };
        let damage = Some(Reason {
            row: 101,
            column: None,
            code: "truncated".to_owned(),
            message: "the gzip data ends too early".to_owned(),
        });
        assert_eq!(kinds(&report(5, None)), [EventKind::ObjectDone]);
        assert_eq!(kinds(&report(1, damage)), [EventKind::ObjectDone]);
        assert_eq!(
            kinds(&report(6, None)),
            [EventKind::ObjectDone, EventKind::RecordsRejected]
        );
        let refused = ObjectReport {
            refused: Some(Refused {
                code: "no_matching_column".to_owned(),
                message: "none of its columns is a field".to_owned(),
                read: 0,
                rejected: 0,
            }),
            ..report(60, None)
        };
        assert_eq!(kinds(&refused), [EventKind::ObjectRefused]);
    }
}
