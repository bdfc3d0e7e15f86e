//! One attempt at one part of an object: claim it, process it, record what became of it, and tell.
//!
//! Everything an attempt writes is either bound to its claim or the same for every attempt, so that one that dies
//! half-way leaves nothing that the next one has to undo.

use std::time::Instant;

use sluice_contract::Sha256;
use sluice_pipeline::{
    decode::ObjectKind,
    part::{Part, Position},
    plugin::PluginVersion,
    ports::{SinkError, SourceObject},
    report::{ObjectReport, Reason},
};

use super::{
    Ingest, Invocation,
    alert::{ARCHIVED, MISSING, OVERWRITTEN},
    chain, metrics,
    reading::{Processed, Verdict},
};
use crate::{
    aws::{Claim, LedgerEntry, ReadFailure},
    events::{Message, ObjectCreated, Rest},
    plugins::PluginUnavailable,
    tell::{now_micros, print_line},
};

/// A part of an object that is to be processed.
pub(super) struct Work<'a> {
    pub(super) created: &'a ObjectCreated,
    pub(super) object: SourceObject,
    pub(super) part: Part,
    /// The plugin version of the parts before.
    pub(super) plugin: Option<Sha256>,
    /// How often the object was handed on until here.
    pub(super) links: u32,
}

/// What the ledger holds of a claimed part.
struct Held {
    /// What follows it, once that was handed over.
    next: Option<Part>,
    /// Whether files of it may have been published, so that it must end where it did then.
    sealed: bool,
}

/// How an attempt ended that did not fail.
pub(super) enum Ended {
    /// The part is done, now or before.
    Done,
    /// Another attempt is at it.
    Busy,
    /// It is claimed, and waits until the other messages of the batch are done: the attempt before died, and this one may
    /// take the whole invocation with it.
    PutOff,
}

/// Why an attempt failed, for people.
pub(super) struct Failed {
    pub(super) reason: String,
    /// Whether the plugin is to blame, and the next attempt may use another version.
    pub(super) by_plugin: bool,
}

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Self {
            reason: error.to_string(),
            by_plugin: false,
        }
    }
}

impl Ingest {
    /// Tries a part of an object. After a failure it is tried again.
    pub(super) fn attempt(
        &self,
        work: &Work<'_>,
        message: &Message,
        invocation: &Invocation,
    ) -> Result<Ended, Failed> {
        let timeout_seconds = self.environment.settings.timeout_seconds;
        if Instant::now() >= invocation.deadline {
            return Err(ReadFailure::OutOfTime { timeout_seconds }.into());
        }
        let kind = self.kind_of(&work.created.key);
        let plugin = match (&kind, &work.plugin) {
            (Err(_), _) => None,
            (Ok(_), Some(sha256)) => Some(self.plugin_version(*sha256)?),
            (Ok(_), None) => self.plugin()?,
        };
        let entry = self.ledger_entry(work, message, invocation);
        let sha256 = plugin.as_ref().map(PluginVersion::sha256);
        let (pinned, mut held) = match entry.claim(sha256)? {
            Claim::Granted { taken_over, .. } if taken_over && invocation.puts_off => {
                return Ok(Ended::PutOff);
            }
            Claim::Granted {
                plugin,
                next,
                sealed,
                ..
            } => (plugin, Held { next, sealed }),
            Claim::Busy => return Ok(Ended::Busy),
            Claim::Done => {
                tracing::info!(
                    source = work.object.uri,
                    version = work.object.version,
                    first_record = work.part.start.record,
                    "it was done before"
                );
                // Whoever did the last part may have died before closing the object.
                self.settle(work, &entry)?;
                return Ok(Ended::Done);
            }
        };
        let used = pinned;
        let outcome = (|| {
            let split_mb = self.environment.settings.pipeline.source.split_mb;
            chain::check(work.links, work.object.size, split_mb)?;
            let plugin = match pinned {
                Some(pinned) if sha256 != Some(pinned) => Some(self.plugin_version(pinned)?),
                _ => plugin,
            };
            let kind = match kind {
                Ok(kind) => kind,
                Err(reason) => {
                    return Ok(Processed::Published(self.untouched(&work.object, reason)));
                }
            };
            self.share_out(work, kind, plugin.as_ref(), &entry, &mut held, invocation)
        })();
        match outcome {
            Ok(Processed::Abandoned) => {
                entry.fail(
                    "it takes more than one invocation, and is begun again in parts",
                    false,
                )?;
                self.send_rest(work, work.part, sha256)?;
                Ok(Ended::Done)
            }
            Ok(Processed::Published(report)) => {
                let following = |start| Part { start, end: None };
                let next = held.next.or(work.part.end.map(following));
                entry.close(&report, next.as_ref())?;
                self.tell(&work.object, &report);
                if let Some(sha256) = report.plugin_sha256 {
                    self.judge(sha256, report.read, report.rejected, false);
                }
                if next.is_none() && work.part.is_first() {
                    self.tell_whole(&report);
                } else {
                    self.settle(work, &entry)?;
                }
                Ok(Ended::Done)
            }
            Err(failed) => {
                // Another version might not replace all files that are there.
                let unpin = failed.by_plugin && !held.sealed;
                if let Err(error) = entry.fail(&failed.reason, unpin) {
                    tracing::warn!(
                        reason = error.to_string(),
                        "a claim could not be given up, and ends with its lease"
                    );
                }
                if let Some(sha256) = used.filter(|_| failed.by_plugin) {
                    self.judge(sha256, 0, 0, true);
                }
                Err(failed)
            }
        }
    }

    /// Processes a claimed part, or the beginning of it: the rest goes to the queue, and is noted in `held`.
    fn share_out(
        &self,
        work: &Work<'_>,
        kind: ObjectKind,
        plugin: Option<&PluginVersion>,
        entry: &LedgerEntry,
        held: &mut Held,
        invocation: &Invocation,
    ) -> Result<Processed, Failed> {
        let reading = match self.reading(work, kind, invocation)? {
            Ok(reading) => reading,
            Err(gone) => return Ok(Processed::Published(self.untouched(&work.object, gone))),
        };
        let send = |rest: Part| self.send_rest(work, rest, plugin.map(PluginVersion::sha256));
        match &held.next {
            // It was handed over before; whether the message went out too, nobody knows. A second one does no harm.
            Some(rest) => send(*rest)?,
            // Of a sealed part, files may be there that reach beyond a cut, and that nobody would take away.
            None if held.sealed => {}
            None => {
                if let Some(start) = reading.cut()? {
                    let rest = Part {
                        start,
                        end: work.part.end,
                    };
                    entry.hand_over(&rest)?;
                    held.next = Some(rest);
                    send(rest)?;
                }
            }
        }
        let part = Part {
            start: work.part.start,
            end: held.next.map(|rest| rest.start).or(work.part.end),
        };
        let can_stop = !held.sealed;
        let mut decide = |stopped: Option<Position>| -> Result<Verdict, SinkError> {
            let Some(start) = stopped else {
                entry.seal(None)?;
                return Ok(Verdict::Publish);
            };
            let rest = Part {
                start,
                end: part.end,
            };
            // Its duplicates may be in the parts that follow: then it has to be a part among others, too.
            let verdict = if reading.has_sought_too_little(&part) {
                entry.hand_over(&rest)?;
                Verdict::Abandon
            } else {
                entry.seal(Some(&rest))?;
                Verdict::Publish
            };
            held.next = Some(rest);
            send(rest)?;
            Ok(verdict)
        };
        reading.process(&part, plugin, can_stop, &mut decide)
    }

    /// Leaves a part to another invocation.
    fn send_rest(
        &self,
        work: &Work<'_>,
        part: Part,
        plugin: Option<Sha256>,
    ) -> Result<(), SinkError> {
        let rest = Rest {
            object: work.created.clone(),
            part,
            plugin,
            links: work.links.saturating_add(1),
        };
        tracing::info!(
            source = work.object.uri,
            first_record = part.start.record,
            "the rest is handed over"
        );
        self.source_queue().send(&rest.body())
    }

    /// Closes an object in several parts when all of them are done, and says so.
    fn settle(&self, work: &Work<'_>, entry: &LedgerEntry) -> Result<(), SinkError> {
        if let Some(report) = entry.settle()? {
            tracing::info!(source = work.object.uri, "all parts are done");
            self.tell_whole(&report);
        }
        Ok(())
    }

    fn ledger_entry(
        &self,
        work: &Work<'_>,
        message: &Message,
        invocation: &Invocation,
    ) -> LedgerEntry {
        LedgerEntry::new(
            &self.session,
            self.environment.control_table.clone(),
            work.object.clone(),
            work.part,
            self.environment.settings.pipeline.name.clone(),
            format!("{}/{}", invocation.id, message.message_id),
            self.environment.settings.timeout_seconds,
        )
    }

    /// What the object's name says of it, or why this pipeline does not take it.
    fn kind_of(&self, key: &str) -> Result<ObjectKind, Reason> {
        let pipeline = &self.environment.settings.pipeline;
        let refusal = |code: &str, message: String| Reason {
            row: 0,
            column: None,
            code: code.to_owned(),
            message,
        };
        if !key.starts_with(&pipeline.source.prefix) {
            let prefix = &pipeline.source.prefix;
            return Err(refusal(
                "wrong_prefix",
                format!("the object's name does not start with `{prefix}`"),
            ));
        }
        let formats: Vec<String> = pipeline
            .formats
            .iter()
            .map(|format| format!("{format:?}").to_lowercase())
            .collect();
        let formats = formats.join(", ");
        match ObjectKind::of(key) {
            None => Err(refusal(
                "unknown_format",
                format!("the object's name ends in no known format; this pipeline takes {formats}"),
            )),
            Some(kind) if !pipeline.formats.contains(&kind.format) => Err(refusal(
                "unsupported_format",
                format!("this pipeline takes {formats}; change the object's ending or `formats`"),
            )),
            Some(kind) => Ok(kind),
        }
    }

    /// The plugin to process with, if the pipeline has one.
    fn plugin(&self) -> Result<Option<PluginVersion>, Failed> {
        let Some(plugin) = &self.plugin else {
            return Ok(None);
        };
        let current = plugin.store.current()?;
        if let Some(unused) = &current.unused {
            let in_use = current.version.sha256();
            let reason = unused.reason.to_string();
            tracing::error!(reason, %in_use, "the published plugin is not used");
            if unused.tell {
                self.alerts
                    .send(&self.alerter().of_unused_version(&reason, in_use));
            }
        }
        Ok(Some(current.version))
    }

    /// A version that was in use before, for what was begun with it.
    fn plugin_version(&self, sha256: Sha256) -> Result<PluginVersion, Failed> {
        let Some(plugin) = &self.plugin else {
            return Err(Failed {
                reason: format!(
                    "this object was begun with plugin version {sha256}, and the pipeline has no plugin any more"
                ),
                by_plugin: true,
            });
        };
        let version = plugin.store.version(sha256);
        version.map_err(|unavailable| Failed {
            reason: unavailable.to_string(),
            by_plugin: !matches!(unavailable, PluginUnavailable::Unreadable { .. }),
        })
    }

    /// The report of an object of which nothing was read.
    pub(super) fn untouched(&self, object: &SourceObject, reason: Reason) -> ObjectReport {
        ObjectReport {
            source: object.uri.clone(),
            pipeline: self.environment.settings.pipeline.name.clone(),
            bytes: object.size.unwrap_or_default(),
            damage: Some(reason),
            ..ObjectReport::default()
        }
    }

    /// Tells the log and the metrics of a part.
    fn tell(&self, object: &SourceObject, report: &ObjectReport) {
        let now = now_micros();
        let latency_ms =
            now.saturating_sub(u64::try_from(object.received_at).unwrap_or_default()) / 1_000;
        tracing::info!(
            source = report.source,
            pipeline = report.pipeline,
            read = report.read,
            stored = report.stored,
            dropped = report.dropped,
            duplicate = report.duplicate,
            rejected = report.rejected,
            bytes = report.bytes,
            seconds = report.seconds,
            plugin_seconds = report.plugin_seconds,
            latency_ms,
            plugin_sha256 = report.plugin_sha256.map(display),
            damage = report.damage.as_ref().map(|damage| damage.code.as_str()),
            "object done"
        );
        print_line(&metrics::done(
            &self.environment.settings,
            report,
            latency_ms,
            now / 1_000,
        ));
    }

    /// Tells people of an object, where it is worth it.
    fn tell_whole(&self, report: &ObjectReport) {
        if let Some(alert) = self.alerter().of_report(report) {
            self.alerts.send(&alert);
        }
    }
}

/// Why there is nothing to read any more.
pub(super) fn gone(failure: &ReadFailure) -> Reason {
    let code = match failure {
        ReadFailure::Overwritten => OVERWRITTEN,
        ReadFailure::Archived => ARCHIVED,
        _ => MISSING,
    };
    Reason {
        row: 0,
        column: None,
        code: code.to_owned(),
        message: failure.to_string(),
    }
}
