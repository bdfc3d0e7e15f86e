//! One run: objects are uploaded, functions work and fail until the queue is empty, and everything is looked for.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

use super::{
    calls::POISON,
    checker::{self, Verdict},
    objects::{Layout, Object},
    queue::Queue,
    scenario::{Scenario, Time},
    schedule::{Deals, Schedule},
    sent::Told,
    site::{Site, Upload},
    work::{MAX_RECEIVE_COUNT, Pace, Run},
};
use crate::aws::ministack::Ministack;

/// What one run did.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) objects: u64,
    /// Parts of objects, each of which has an entry in the ledger.
    pub(crate) parts: u64,
    pub(crate) records: u64,
    pub(crate) invocations: u64,
    pub(crate) faults: u64,
    pub(crate) deaths: u64,
    pub(crate) redriven: u64,
    /// How often each fault and each end of a process was met.
    pub(crate) met: BTreeMap<String, u64>,
    pub(crate) verdict: Verdict,
    pub(crate) log: Vec<String>,
}

/// Makes one run. `number` tells it from the others in the same emulator.
pub(crate) fn run(
    aws: &Ministack,
    pace: &Pace,
    deals: &Arc<Deals>,
    scenario: &Scenario,
    layout: Layout,
    seed: u64,
    number: usize,
) -> Outcome {
    let mut rng = fastrand::Rng::with_seed(seed);
    let objects = Object::invent(layout, scenario.size, &mut rng);
    let has_poison = scenario.name.contains("poison");
    let batch_size = if seed.is_multiple_of(2) {
        1
    } else {
        rng.usize(2..5)
    };
    let mut settings = layout.settings(scenario.size);
    settings["pipeline"]["source"]["batch_size"] = batch_size.into();
    settings["pipeline"]["source"]["max_receive_count"] = MAX_RECEIVE_COUNT.into();
    // Every third run reads each object once before it stores anything. No object has so many records that it is refused.
    if seed.is_multiple_of(3) {
        settings["pipeline"]["rejects"]["fail_ratio"] = 0.5.into();
        settings["pipeline"]["rejects"]["min_rows"] = u32::MAX.into();
    }
    if layout.has_http() && !seed.is_multiple_of(2) {
        // The first thing that goes wrong ends the attempt.
        settings["pipeline"]["http"]["retry_seconds"] = 0.into();
    }
    let queue = Queue::new(MAX_RECEIVE_COUNT, scenario.order, rng.u64(..));
    let kills = (scenario.kills)(&mut rng, layout);
    let schedule = Schedule::new(
        scenario.name,
        scenario.rules,
        kills,
        rng.u64(..),
        deals.clone(),
    );
    let site = Site::new(aws, &number.to_string());
    let mut run = Run::new(site, settings, queue, schedule, pace);
    run.batch_size = batch_size;
    run.serves_held_early = rng.bool();
    if scenario.time == Time::Short {
        run.shorten_time(aws, &objects, &format!("{number}-undisturbed"));
    }
    let uploads: Vec<Upload<'_>> = run.upload(&objects);
    run.work(scenario.functions);
    let mut verdict = Verdict::default();
    if has_poison {
        run.check_poison(&uploads, &mut verdict);
    }
    // Whoever looks after the system removes the cause, and sends the dead letters again.
    run.schedule.calm_down();
    let redriven = run.redrive();
    let waiting = run.queue.dead_letters();
    verdict.add(checker::check(
        &run.site,
        layout,
        scenario.size,
        &uploads,
        &waiting,
    ));
    verdict.findings.extend(run.schedule.unexpected());
    verdict.findings.append(&mut run.findings.lock().unwrap());
    verdict.findings.extend(run.unexplained());
    let mut met = run.schedule.met();
    let heard = Told::read(&run.site, &run.site.files()).statuses;
    for status in scenario.hears {
        let times = heard.get(status).copied().unwrap_or(0);
        met.insert(format!("the status {status} in the counts"), times);
    }
    Outcome {
        objects: objects.len() as u64,
        parts: run
            .site
            .ledger()
            .values()
            .map(|parts| parts.len() as u64)
            .sum(),
        records: objects
            .iter()
            .map(|object| object.records.len() as u64)
            .sum(),
        invocations: run.invocations.load(Ordering::SeqCst) as u64,
        faults: run.schedule.faults().into(),
        deaths: run.schedule.deaths().into(),
        redriven: redriven as u64,
        met,
        verdict,
        log: std::mem::take(&mut run.log.lock().unwrap()),
    }
}

impl Run<'_> {
    /// The poison object is a dead letter, and all the others are done. Messages that came in one batch with it may be dead
    /// letters, too: nobody acknowledged them.
    fn check_poison(&self, uploads: &[Upload<'_>], verdict: &mut Verdict) {
        let (poison, others): (Vec<_>, Vec<_>) = uploads
            .iter()
            .partition(|upload| upload.object.key.starts_with(POISON));
        let letters = self.queue.dead_letters();
        let is_right =
            letters.contains(&poison[0].event) && (self.batch_size > 1 || letters.len() == 1);
        if !is_right {
            let finding = format!("the poison object should be a dead letter: {letters:?}");
            verdict.findings.push(finding);
        }
        let ledger = self.site.ledger();
        for upload in others {
            let entries = ledger.get(&upload.ledger_key);
            let done =
                entries.is_some_and(|entries| entries.iter().all(|entry| entry.status == "done"));
            if !done {
                let finding = format!("{} waits for the poison", upload.object.key);
                verdict.findings.push(finding);
            }
        }
    }
}
