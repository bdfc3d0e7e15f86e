//! One run: objects are uploaded, functions work and fail until the queue is empty, and everything is looked for.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;

use super::{
    checker::{self, Verdict},
    function::Function,
    objects::{Layout, Object},
    queue::Queue,
    runtime_api::Ended,
    scenario::{POISON, Scenario},
    schedule::{Connection, Schedule},
    site::{Site, Upload},
};
use crate::aws::{http::Message, ministack::Ministack, proxy};

/// How often a message is received before it is a dead letter; the default of a manifest.
const MAX_RECEIVE_COUNT: u32 = 5;

/// How often an operator sends dead letters again before the run is given up.
const REDRIVES: usize = 3;

/// What one run did.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) objects: u64,
    pub(crate) records: u64,
    pub(crate) invocations: u64,
    pub(crate) faults: u64,
    pub(crate) deaths: u64,
    pub(crate) redriven: u64,
    pub(crate) verdict: Verdict,
    pub(crate) log: Vec<String>,
}

/// What the functions of a run share.
struct Run<'a> {
    site: Site<'a>,
    variables: Vec<(&'static str, String)>,
    scratch: tempfile::TempDir,
    queue: Arc<Queue>,
    schedule: Arc<Schedule>,
    batch_size: usize,
    timeout: Duration,
    /// Request ids of invocations that are over.
    over: Mutex<Vec<String>>,
    held: Mutex<Vec<Message>>,
    /// Requests that are held are served before the next attempt, not at the end.
    serves_held_early: AtomicBool,
    invocations: AtomicUsize,
    log: Arc<Mutex<Vec<String>>>,
}

/// Makes one run. `number` tells it from the others in the same emulator.
pub(crate) fn run(
    aws: &Ministack,
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
    settings["timeout_seconds"] = scenario.timeout_seconds.into();
    settings["pipeline"]["source"]["batch_size"] = batch_size.into();
    settings["pipeline"]["source"]["max_receive_count"] = MAX_RECEIVE_COUNT.into();
    let site = Site::new(aws, number);
    let run = Run {
        variables: site.variables(&settings),
        site,
        scratch: tempfile::tempdir().unwrap(),
        queue: Arc::new(Queue::new(MAX_RECEIVE_COUNT, scenario.order, rng.u64(..))),
        schedule: Arc::new(Schedule::new(
            scenario.rules,
            (scenario.kills)(&mut rng),
            rng.u64(..),
        )),
        batch_size,
        timeout: Duration::from_secs(scenario.timeout_seconds.into()),
        over: Mutex::default(),
        held: Mutex::default(),
        serves_held_early: rng.bool().into(),
        invocations: AtomicUsize::new(0),
        log: Arc::default(),
    };
    let uploads: Vec<Upload<'_>> = objects
        .iter()
        .map(|object| run.site.upload(object))
        .collect();
    for upload in &uploads {
        run.queue.send(&upload.event);
    }
    run.work(scenario.functions);
    let mut verdict = Verdict::default();
    if has_poison {
        run.check_poison(&uploads, &mut verdict);
    }
    // Whoever looks after the system removes the cause, and sends the dead letters again.
    run.schedule.calm_down();
    let mut redriven = 0;
    for _ in 0..REDRIVES {
        redriven += run.queue.redrive();
        run.work(1);
        // What is served late may be a message to the queue.
        run.release();
        run.work(1);
    }
    verdict.add(checker::check(&run.site, layout, scenario.size, &uploads));
    Outcome {
        objects: objects.len() as u64,
        records: objects
            .iter()
            .map(|object| object.records.len() as u64)
            .sum(),
        invocations: run.invocations.load(Ordering::SeqCst) as u64,
        faults: run.schedule.faults().into(),
        deaths: run.schedule.deaths().into(),
        redriven: redriven as u64,
        verdict,
        log: std::mem::take(&mut run.log.lock().unwrap()),
    }
}

impl Run<'_> {
    /// Has functions work until the queue is empty.
    fn work(&self, functions: usize) {
        std::thread::scope(|scope| {
            for slot in 0..functions {
                scope.spawn(move || self.work_alone(slot));
            }
        });
    }

    /// One execution environment, whose process is started again where it died.
    fn work_alone(&self, slot: usize) {
        let mut function: Option<Function> = None;
        while let Some(batch) = self.queue.receive(self.batch_size, || self.site.sent()) {
            let process = function.get_or_insert_with(|| self.start(slot));
            let number = self.invocations.fetch_add(1, Ordering::SeqCst);
            let request_id = format!("request-{number:06}");
            let killed_after = self.schedule.death_by_time();
            let ended = process.invoke(&request_id, &batch.event(), self.timeout, killed_after);
            self.note(format!("{request_id} in environment {slot}: {ended:?}"));
            if ended == Ended::Died {
                self.schedule.count_death();
                if let Some(process) = function.take() {
                    self.held.lock().unwrap().extend(process.end());
                }
                if self.serves_held_early.load(Ordering::SeqCst) {
                    self.release();
                }
            }
            self.over.lock().unwrap().push(request_id);
            match ended {
                Ended::Answered(answer) => {
                    let failed = failed(&answer);
                    if !failed.is_empty() {
                        self.let_leases_end();
                    }
                    self.queue
                        .settle(batch, |message| failed.contains(&message.id.as_str()));
                }
                Ended::Failed(_) | Ended::Died => {
                    self.let_leases_end();
                    self.queue.settle(batch, |_| true);
                }
            }
        }
        if let Some(process) = function {
            process.end();
        }
    }

    fn start(&self, slot: usize) -> Function {
        let mut variables = self.variables.clone();
        // Processes of one environment share its scratch disk.
        variables.push(("AWS_LAMBDA_LOG_STREAM_NAME", format!("environment-{slot}")));
        variables.push(("TMPDIR", self.scratch.path().display().to_string()));
        let network = |killer| {
            Arc::new(Connection {
                schedule: Arc::clone(&self.schedule),
                queue: Arc::clone(&self.queue),
                killer,
                holds: AtomicBool::new(false),
            }) as Arc<_>
        };
        Function::start(&variables, self.site.aws.port(), network, &self.log)
    }

    /// A message is delivered again after more time than the claim of any invocation that is over lasts.
    fn let_leases_end(&self) {
        let over = self.over.lock().unwrap().clone();
        self.site.age_leases(&over);
    }

    /// Serves the requests of dead processes.
    fn release(&self) {
        let held = std::mem::take(&mut *self.held.lock().unwrap());
        for request in held {
            self.note(format!("served late: {} {}", request.method, request.path));
            proxy::release(self.site.aws.port(), &request);
        }
    }

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

    fn note(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }
}

/// Ids of the messages that a function wants to see again.
fn failed(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array();
    let ids = failures.into_iter().flatten();
    ids.filter_map(|failure| failure["itemIdentifier"].as_str())
        .collect()
}
