//! The threads that work on one object.
//!
//! Decoding and routing follow the order of the object and are each done by one thread at a time; what lies between,
//! the plugin and the checks, is done by all. Threads pick whatever is next, so that none has a fixed part: with two,
//! one usually decodes and cleans while the other routes and compresses, and either helps the other out.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Job, ProcessError};
use crate::{
    check::Checked,
    clean::{CleanError, Cleaner},
    decode::{Batch, Decoder, Refusal},
    generate::Identity,
    report::ObjectReport,
    route::{RouteError, Router},
    verdict,
    vet::Samples,
};

/// Where checked batches end.
#[allow(clippy::large_enum_variant, reason = "there is one an object")]
pub(super) enum End<'a> {
    /// In the sinks.
    Routed(Router<'a>),
    /// Nowhere: they are only counted.
    Counted(ObjectReport),
}

impl End<'_> {
    fn take(&mut self, checked: Checked) -> Result<(), RouteError> {
        match self {
            End::Routed(router) => router.route(checked),
            End::Counted(report) => {
                report.read += checked.read;
                checked
                    .remarks
                    .iter()
                    .for_each(|remark| report.count_remark(&remark.finding));
                checked
                    .rejected
                    .iter()
                    .for_each(|rejected| report.add_rejected(rejected));
                Ok(())
            }
        }
    }
}

/// What is left when an object is read to its end and all its batches are routed.
pub(super) struct Done<'a> {
    pub(super) decoder: Decoder,
    pub(super) end: End<'a>,
    /// Time inside the plugin, summed over threads.
    pub(super) in_plugin: Duration,
    /// Whether the job stopped before the end of its part.
    pub(super) stopped: bool,
    /// The first records, where the job asks for some.
    pub(super) samples: Option<Samples>,
    /// Why nothing of the object is to be stored. Then nothing of it was routed.
    pub(super) refusal: Option<Refusal>,
}

/// Works on an object with `job.threads` threads, the calling one included.
pub(super) fn work<'a>(
    job: &'a Job<'a>,
    decoder: Decoder,
    end: End<'a>,
) -> Result<Done<'a>, ProcessError> {
    let crew = Crew {
        job,
        state: Mutex::new(State::new(decoder, end)),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 1..job.threads {
            scope.spawn(|| crew.work());
        }
        crew.work();
    });
    let state = crew
        .state
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = state.error {
        return Err(error);
    }
    Ok(Done {
        decoder: state
            .decoder
            .expect("whoever took the decoder brought it back"),
        end: *state.end.expect("whoever took the end brought it back"),
        in_plugin: state.in_plugin,
        stopped: state.stopped,
        samples: state.samples,
        refusal: state.refusal,
    })
}

struct Crew<'a> {
    job: &'a Job<'a>,
    state: Mutex<State<'a>>,
    changed: Condvar,
}

struct State<'a> {
    /// Away while a thread decodes.
    decoder: Option<Decoder>,
    /// Away while a thread routes.
    end: Option<Box<End<'a>>>,
    ended: bool,
    stopped: bool,
    samples: Option<Samples>,
    /// Batches that are checked, by number, and not yet routed.
    checked: BTreeMap<u64, Checked>,
    next_decoded: u64,
    next_routed: u64,
    in_plugin: Duration,
    refusal: Option<Refusal>,
    error: Option<ProcessError>,
    panicked: bool,
}

/// What a thread does next.
enum Step<'a> {
    /// Routes the batch whose turn it is.
    Route(Box<End<'a>>, Box<Checked>),
    /// Decodes the next batch, and cleans it.
    Decode(Decoder),
    /// Lets nothing more be decoded: the rest is left to somebody else.
    Stop,
    /// Waits until others have done theirs.
    Wait,
    /// Goes home: nothing is left to do, or somebody failed.
    Leave,
}

impl<'a> State<'a> {
    fn new(decoder: Decoder, end: End<'a>) -> Self {
        Self {
            decoder: Some(decoder),
            end: Some(Box::new(end)),
            ended: false,
            stopped: false,
            samples: None,
            checked: BTreeMap::new(),
            next_decoded: 0,
            next_routed: 0,
            in_plugin: Duration::ZERO,
            refusal: None,
            error: None,
            panicked: false,
        }
    }

    /// Chooses what is next, and takes along what it needs.
    fn next_step(&mut self, job: &Job<'_>) -> Step<'a> {
        let is_done = self.ended && self.next_routed == self.next_decoded;
        if is_done || self.refusal.is_some() || self.error.is_some() || self.panicked {
            return Step::Leave;
        }
        // Routing comes first, because it lets go of a batch.
        if self.end.is_some()
            && let Some(checked) = self.checked.remove(&self.next_routed)
            && let Some(end) = self.end.take()
        {
            return Step::Route(end, Box::new(checked));
        }
        // Every thread may have a batch in hand, and one may wait, so that memory is bounded.
        let batches_in_flight = self.next_decoded - self.next_routed;
        if self.ended || batches_in_flight > job.threads as u64 {
            return Step::Wait;
        }
        match self.decoder.take() {
            None => Step::Wait,
            // What was not even begun would be handed on for ever, and nothing is no part.
            Some(decoder) if self.next_decoded > 0 && !decoder.is_at_end() && (job.stop)() => {
                self.decoder = Some(decoder);
                Step::Stop
            }
            Some(decoder) => Step::Decode(decoder),
        }
    }
}

impl<'a> Crew<'a> {
    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let _alarm = PanicAlarm(self);
        if let Err(error) = self.try_work() {
            self.lock().error.get_or_insert(error);
            self.changed.notify_all();
        }
    }

    /// Takes step after step until nothing is left or somebody failed.
    fn try_work(&self) -> Result<(), ProcessError> {
        let Job {
            pipeline,
            plugin,
            object,
            ..
        } = self.job;
        let mut cleaner = Cleaner::new(pipeline, *plugin, &object.uri, object.received_at);
        cleaner.identify(Identity::of(&[&object.uri, &object.version]));
        let mut state = self.lock();
        loop {
            state = match state.next_step(self.job) {
                Step::Leave => return Ok(()),
                Step::Wait => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Step::Stop => {
                    (state.ended, state.stopped) = (true, true);
                    self.changed.notify_all();
                    state
                }
                Step::Route(end, checked) => {
                    drop(state);
                    self.route(end, *checked)?
                }
                Step::Decode(decoder) => {
                    drop(state);
                    self.decode_and_clean(decoder, &mut cleaner)?
                }
            };
        }
    }

    /// Routes a batch, and brings the end back.
    fn route(
        &self,
        mut end: Box<End<'a>>,
        checked: Checked,
    ) -> Result<MutexGuard<'_, State<'a>>, ProcessError> {
        let outcome = end.take(checked);
        let mut state = self.lock();
        state.end = Some(end);
        outcome?;
        state.next_routed += 1;
        self.changed.notify_all();
        Ok(state)
    }

    /// Decodes a batch, brings the decoder back for others, and cleans the batch.
    fn decode_and_clean(
        &self,
        mut decoder: Decoder,
        cleaner: &mut Cleaner<'_>,
    ) -> Result<MutexGuard<'_, State<'a>>, ProcessError> {
        let outcome = decoder.next_batch();
        let object = self.job.object;
        // Whoever has the decoder alone counts batches.
        let number = self.lock().next_decoded;
        let verdict = match &outcome {
            Ok(batch) if number == 0 => self.judge(&decoder, batch.as_ref(), cleaner),
            _ => Ok(None),
        };
        let mut state = self.lock();
        state.decoder = Some(decoder);
        let batch = outcome.map_err(|error| ProcessError::unreadable(object, error))?;
        if let Some(refusal) = verdict.map_err(|error| ProcessError::uncleaned(object, error))? {
            return Ok(self.refuse(state, refusal));
        }
        let Some(batch) = batch else {
            state.ended = true;
            self.changed.notify_all();
            return Ok(state);
        };
        state.next_decoded += 1;
        if number == 0 && self.job.samples > 0 {
            state.samples = Some(Samples::of(&batch, self.job.samples));
        }
        drop(state);
        self.changed.notify_all();
        let before = cleaner.in_plugin();
        let cleaned = match number {
            0 => cleaner.clean_first(batch),
            _ => cleaner.clean(batch),
        };
        let mut state = self.lock();
        let checked = match cleaned {
            Ok(checked) => checked,
            Err(CleanError::Refused(refusal)) => return Ok(self.refuse(state, refusal)),
            Err(error) => return Err(ProcessError::uncleaned(object, error)),
        };
        state.checked.insert(number, checked);
        state.in_plugin += cleaner.in_plugin() - before;
        self.changed.notify_all();
        Ok(state)
    }

    /// Why nothing of the object is to be stored, as far as its beginning tells.
    fn judge(
        &self,
        decoder: &Decoder,
        first: Option<&Batch>,
        cleaner: &Cleaner<'_>,
    ) -> Result<Option<Refusal>, CleanError> {
        if let Some(refusal) = decoder.refusal() {
            return Ok(Some(refusal.clone()));
        }
        let Job { pipeline, kind, .. } = self.job;
        // Where each record names its members, they are judged one by one.
        if !kind.format.layout().has_header() {
            return Ok(None);
        }
        let of_header = decoder.columns();
        let columns = first.map_or(&of_header, |batch| &batch.fields);
        Ok(verdict::of_columns(
            pipeline,
            *kind,
            cleaner.wanted(),
            columns,
        )?)
    }

    /// Sends everybody home: nothing of the object is to be stored.
    fn refuse<'b>(
        &self,
        mut state: MutexGuard<'b, State<'a>>,
        refusal: Refusal,
    ) -> MutexGuard<'b, State<'a>> {
        state.refusal.get_or_insert(refusal);
        self.changed.notify_all();
        state
    }
}

/// Wakes the other threads when this one panics, so that they do not wait for what it took away.
struct PanicAlarm<'a, 'b>(&'a Crew<'b>);

impl Drop for PanicAlarm<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().panicked = true;
            self.0.changed.notify_all();
        }
    }
}
