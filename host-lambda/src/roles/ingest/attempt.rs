//! One attempt at one part of an object: claim it, process it, record what became of it, and tell.
//!
//! Everything an attempt writes is either bound to its claim or the same for every attempt, so that one that dies
//! half-way leaves nothing that the next one has to undo.

use std::time::Instant;

use sluice_contract::Sha256;
use sluice_pipeline::{
    part::Part,
    ports::SinkError,
    report::{ObjectReport, Refused},
};

use super::{
    Ingest, Invocation, chain,
    choice::Choice,
    reading::Processed,
    work::{Failed, Held, Work},
};
use crate::{
    aws::{Claim, LedgerEntry, ReadFailure, Settled},
    events::Message,
    tell::Untold,
};

/// How an attempt ended that did not fail.
pub(super) enum Ended {
    /// The part is done, now or before.
    Done,
    /// It is done, and what has to be told of it could not be: why.
    Untold(String),
    /// Another attempt is at it.
    Busy,
    /// It is claimed, and waits until the other messages of the batch are done: the attempt before died, and this one may
    /// take the whole invocation with it.
    PutOff,
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
        let choice = self.choose(work)?;
        let entry = self.ledger_entry(work, message, invocation);
        let (pinned, mut held) = match entry.claim(choice.sha256())? {
            Claim::Granted { taken_over, .. } if taken_over && invocation.puts_off => {
                return Ok(Ended::PutOff);
            }
            Claim::Granted {
                plugin,
                next,
                sealed,
                untold,
                ..
            } => {
                let untold = self.tell_left(&entry, untold);
                (
                    plugin,
                    Held {
                        next,
                        sealed,
                        untold,
                    },
                )
            }
            Claim::Busy => return Ok(Ended::Busy),
            Claim::Done { untold } => return self.find_done(work, &entry, untold),
        };
        let chosen = choice.sha256();
        match self.process_claimed(work, choice, pinned, &entry, &mut held, invocation) {
            Ok(Processed::Published(report)) => self.close(work, &entry, &held, &report),
            Ok(Processed::Abandoned) => {
                self.begin_again(work, &entry, chosen)?;
                Ok(Ended::Done)
            }
            Err(failed) => Err(self.give_up(work, message, &entry, &held, pinned, failed)),
        }
    }

    /// Processes a claimed part with the version that the first attempt at it used.
    fn process_claimed(
        &self,
        work: &Work<'_>,
        choice: Choice,
        pinned: Option<Sha256>,
        entry: &LedgerEntry,
        held: &mut Held,
        invocation: &Invocation,
    ) -> Result<Processed, Failed> {
        let split_mb = self.environment.settings.pipeline.source.split_mb;
        chain::check(work.links, work.object.size, split_mb)?;
        let plugin = match pinned {
            Some(pinned) if choice.sha256() != Some(pinned) => Some(self.plugin_version(pinned)?),
            _ => choice.plugin,
        };
        match choice.kind {
            Ok(kind) => self.share_out(work, kind, plugin.as_ref(), entry, held, invocation),
            Err(reason) => Ok(Processed::Published(self.untouched(&work.object, reason))),
        }
    }

    /// The part was done by an attempt before.
    fn find_done(
        &self,
        work: &Work<'_>,
        entry: &LedgerEntry,
        untold: Option<String>,
    ) -> Result<Ended, Failed> {
        tracing::info!(
            source = work.object.uri,
            version = work.object.version,
            first_record = work.part.start.record,
            "it was done before"
        );
        // Whoever did it may have died before telling.
        if let Some(text) = untold
            && let Err(reason) = self.announce(&Untold::read(&text), || entry.told(&text))
        {
            return Ok(Ended::Untold(reason));
        }
        // Whoever did the last part may have died before closing the object.
        self.settle(work, entry)
    }

    /// Records that a part is done or refused, and says so.
    fn close(
        &self,
        work: &Work<'_>,
        entry: &LedgerEntry,
        held: &Held,
        report: &ObjectReport,
    ) -> Result<Ended, Failed> {
        let following = |start| Part { start, end: None };
        let next = held.next.or(work.part.end.map(following));
        let is_whole = next.is_none() && work.part.is_first();
        let mut untold = held.untold.clone();
        if is_whole {
            self.replace_older(&work.object, report)?;
            untold.append(self.untold_of(work, entry, report));
        }
        let text = (untold != Untold::default()).then(|| untold.text());
        entry.close(report, next.as_ref(), text.as_deref())?;
        self.tell(&work.object, report);
        if let Some(sha256) = report.plugin_sha256 {
            match &report.refused {
                Some(refused) => {
                    let Refused { read, rejected, .. } = *refused;
                    self.judge(sha256, read, rejected, refused.is_by_plugin());
                }
                None => self.judge(sha256, report.read, report.rejected, false),
            }
        }
        if is_whole {
            self.tell_whole(report);
        }
        if let Some(text) = text
            && let Err(reason) = self.announce(&untold, || entry.told(&text))
        {
            return Ok(Ended::Untold(reason));
        }
        match is_whole {
            true => Ok(Ended::Done),
            false => self.settle(work, entry),
        }
    }

    /// Gives a part back of which nothing is published, to be processed as one among others.
    fn begin_again(
        &self,
        work: &Work<'_>,
        entry: &LedgerEntry,
        plugin: Option<Sha256>,
    ) -> Result<(), SinkError> {
        entry.fail(
            "it takes more than one invocation, and is begun again in parts",
            false,
            None,
        )?;
        self.send_rest(work, work.part, plugin)
    }

    /// Records that an attempt failed, and whether the plugin is to blame; and says so where it was the last.
    fn give_up(
        &self,
        work: &Work<'_>,
        message: &Message,
        entry: &LedgerEntry,
        held: &Held,
        used: Option<Sha256>,
        mut failed: Failed,
    ) -> Failed {
        // Another version might not replace all files that are there.
        let unpin = failed.by_plugin && !held.sealed;
        let mut untold = held.untold.clone();
        if self.is_last(message) {
            let attempts = message.attributes.approximate_receive_count;
            untold.append(self.untold_failure(work, entry.owner(), attempts, &failed.reason));
            failed.told = true;
        }
        let text = (untold != Untold::default()).then(|| untold.text());
        if let Err(error) = entry.fail(&failed.reason, unpin, text.as_deref()) {
            tracing::warn!(
                reason = error.to_string(),
                "a claim could not be given up, and ends with its lease"
            );
        }
        if let Some(sha256) = used.filter(|_| failed.by_plugin) {
            self.judge(sha256, 0, 0, true);
        }
        // What is not told now is told when somebody has the dead-letter queue redriven.
        if let Some(text) = text
            && let Err(reason) = self.announce(&untold, || entry.told(&text))
        {
            tracing::error!(reason, "a failure could not be told");
        }
        failed
    }

    /// Closes an object in several parts when all of them are done, and says so.
    fn settle(&self, work: &Work<'_>, entry: &LedgerEntry) -> Result<Ended, Failed> {
        let ready = |report: &ObjectReport| {
            self.replace_older(&work.object, report)?;
            Ok(self.untold_of(work, entry, report).text())
        };
        let text = match entry.settle(ready)? {
            Settled::Nothing => return Ok(Ended::Done),
            Settled::Now { report, untold } => {
                tracing::info!(source = work.object.uri, "all parts are done");
                self.tell_whole(&report);
                untold
            }
            Settled::Before { untold } => untold,
        };
        match self.announce(&Untold::read(&text), || entry.whole_told(&text)) {
            Ok(()) => Ok(Ended::Done),
            Err(reason) => Ok(Ended::Untold(reason)),
        }
    }

    /// Tells what an attempt before has left to be told, and returns what could not be.
    fn tell_left(&self, entry: &LedgerEntry, left: Option<String>) -> Untold {
        let Some(text) = left else {
            return Untold::default();
        };
        let untold = Untold::read(&text);
        match self.announce(&untold, || entry.told(&text)) {
            Ok(()) => Untold::default(),
            Err(reason) => {
                tracing::error!(reason, "what was left to be told could not be");
                untold
            }
        }
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
}
