//! The first of two passes over an object, where the manifest has one refused of which too many records are rejected.
//!
//! A table takes rows as they come, and other objects are told which keys were seen: by the time an object is read to its
//! end, it is too late to store nothing of it. So it is read and cleaned once without any sink, which costs that time and
//! those bytes once more, and neither memory nor disk.

use std::{
    io::{self, Read},
    sync::atomic::Ordering,
    time::Instant,
};

use super::{
    Job, Outlets, ProcessError,
    crew::{self, Done, End},
    open, process, refused,
};
use crate::{
    decode::Refusal,
    part::Position,
    report::{ObjectReport, Refused},
    route::damaged,
};

/// More of an object's records are rejected than `fail_ratio` allows.
const TOO_MANY_REJECTED: &str = "too_many_rejected";

/// What becomes of a part, as far as reading it tells.
#[derive(Debug)]
pub struct Judgement {
    /// The report of the part where it is refused.
    pub refused: Option<ObjectReport>,
    /// Where the job stopped, if it did: what comes from there on was not judged.
    pub stopped_at: Option<Position>,
}

/// Reads a part without storing anything of it, and judges it by its records. `input` is as for
/// [`Decoder::part`](crate::decode::Decoder::part). Rows that a table refuses when it has them are not counted.
pub fn judge(job: &Job<'_>, input: Box<dyn Read + Send>) -> Result<Judgement, ProcessError> {
    let started = Instant::now();
    let (decoder, bytes) = open(job, input)?;
    let counted = ObjectReport {
        telling: job.telling(),
        ..ObjectReport::default()
    };
    let Done {
        decoder,
        end,
        in_plugin,
        stopped,
        refusal,
        ..
    } = crew::work(job, decoder, End::Counted(counted))?;
    let mut counted = match end {
        End::Counted(report) => report,
        End::Routed(_) => ObjectReport::default(),
    };
    if let Some(damage) = decoder.damage() {
        counted.add_rejected(&damaged(counted.read, damage));
        counted.read += 1;
    }
    let refusal = match refusal {
        Some(refusal) => Some(refusal),
        None => of_counts(job, &counted),
    };
    let stopped_at = (stopped && refusal.is_none()).then(|| decoder.position());
    let refused = refusal.map(|refusal| {
        let mut report = refused(job, refusal);
        if let Some(Refused { read, rejected, .. }) = &mut report.refused {
            (*read, *rejected) = (counted.read, counted.rejected);
        }
        report.findings = counted.findings;
        report.first_reasons = counted.first_reasons;
        report.bytes = bytes.load(Ordering::Relaxed);
        report.decompressed_bytes = decoder.decompressed_bytes();
        report.plugin_seconds = in_plugin.as_secs_f64();
        report.seconds = started.elapsed().as_secs_f64();
        report
    });
    Ok(Judgement {
        refused,
        stopped_at,
    })
}

/// Processes a whole object, in two passes where its manifest wants it judged first. `open` gives the object from its first
/// byte on.
pub fn judge_and_process<'a>(
    job: &'a Job<'a>,
    open: &dyn Fn() -> io::Result<Box<dyn Read + Send>>,
    outlets: Outlets<'a>,
) -> Result<ObjectReport, ProcessError> {
    let input = || open().map_err(|error| ProcessError::unreadable(job.object, error));
    if job.pipeline.rejects.judges()
        && let Some(refused) = judge(job, input()?)?.refused
    {
        return Ok(refused);
    }
    process(job, input()?, outlets)
}

fn of_counts(job: &Job<'_>, counted: &ObjectReport) -> Option<Refusal> {
    let rejects = &job.pipeline.rejects;
    let ObjectReport { read, rejected, .. } = counted;
    rejects.fails(*read, *rejected).then(|| Refusal {
        code: TOO_MANY_REJECTED,
        message: format!(
            "{rejected} of {read} records are rejected, {}, and `fail_ratio` allows {}",
            percent(counted.rejected_ratio()),
            percent(rejects.fail_ratio)
        ),
    })
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
