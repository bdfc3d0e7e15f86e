//! Which part of an object one invocation processes, and how the rest gets to the next.

use sluice_contract::Sha256;
use sluice_pipeline::{
    decode::ObjectKind,
    part::{Part, Position},
    plugin::PluginVersion,
    ports::SinkError,
};

use super::{
    Ingest, Invocation,
    reading::{Processed, Verdict},
    work::{Failed, Held, Work},
};
use crate::{aws::LedgerEntry, events::Rest};

impl Ingest {
    /// Processes a claimed part, or the beginning of it: the rest goes to the queue, and is noted in `held`.
    pub(super) fn share_out(
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
                if let Some(start) = reading.cut(plugin)? {
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
    pub(super) fn send_rest(
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
}
