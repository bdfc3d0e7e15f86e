//! The work of a run: functions in their environments, until the queue is empty.
//!
//! Nothing here depends on how fast the machine is. A time-out that is short is so beside what the same object has just taken
//! undisturbed; and where several invocations in a row get no further in it, the next ones get twice as much, as an operator
//! would give them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;

use super::{
    function::Function,
    objects::Object,
    queue::{Message, Order, Queue},
    reasons::GivenBack,
    runtime_api::{Clock, Ended},
    scenario::Time,
    schedule::{Connection, Schedule},
    site::{Progress, Site, Upload},
};
use crate::aws::{
    ministack::Ministack,
    proxy::{self, Held},
};

/// How often a message is received before it is a dead letter; the default of a manifest.
pub(crate) const MAX_RECEIVE_COUNT: u32 = 5;

/// An invocation that takes so many seconds hangs, however slow the machine is.
pub(crate) const ENOUGH_SECONDS: u64 = 300;

/// After so many invocations in a row that have had their time and got no further, the next ones get more.
const STANDSTILL: u32 = 3;

/// A short time is so many times what the same object takes undisturbed, and whole seconds.
const SHORT: u32 = 4;

/// How long an undisturbed invocation has taken lately, whichever run it belongs to.
#[derive(Debug)]
pub(crate) struct Pace(AtomicU64);

impl Pace {
    pub(crate) fn new() -> Self {
        // Until there is one.
        Self(AtomicU64::new(50_000))
    }

    /// Weighs in what one has taken.
    fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let before = self.0.load(Ordering::SeqCst);
        self.0.store(before / 2 + micros / 2, Ordering::SeqCst);
    }

    pub(crate) fn share(&self, share: f64) -> Duration {
        Duration::from_micros(self.0.load(Ordering::SeqCst)).mul_f64(share)
    }
}

/// What the functions of a run share.
pub(crate) struct Run<'a> {
    pub(crate) site: Site<'a>,
    settings: Value,
    scratch: tempfile::TempDir,
    pub(crate) queue: Arc<Queue>,
    pub(crate) schedule: Arc<Schedule>,
    pace: &'a Pace,
    pub(crate) batch_size: usize,
    time: Time,
    /// What an invocation may take from now on.
    timeout: Mutex<Duration>,
    /// Invocations that have had their time, since one got any further.
    standstill: AtomicU32,
    /// What the longest one has taken.
    longest: Mutex<Duration>,
    /// Request ids of invocations that are over.
    over: Mutex<Vec<String>>,
    held: Mutex<Vec<Held>>,
    /// Requests that are held are served before the next attempt, not at the end.
    pub(crate) serves_held_early: bool,
    pub(crate) invocations: AtomicUsize,
    pub(crate) findings: Mutex<Vec<String>>,
    given_back: GivenBack,
    pub(crate) log: Arc<Mutex<Vec<String>>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        site: Site<'a>,
        settings: Value,
        queue: Queue,
        schedule: Schedule,
        pace: &'a Pace,
    ) -> Self {
        Self {
            site,
            settings,
            scratch: tempfile::tempdir().unwrap(),
            queue: Arc::new(queue),
            schedule: Arc::new(schedule),
            pace,
            batch_size: 1,
            time: Time::Enough,
            timeout: Mutex::new(Duration::from_secs(ENOUGH_SECONDS)),
            standstill: AtomicU32::new(0),
            longest: Mutex::default(),
            over: Mutex::default(),
            held: Mutex::default(),
            serves_held_early: false,
            invocations: AtomicUsize::new(0),
            findings: Mutex::default(),
            given_back: GivenBack::default(),
            log: Arc::default(),
        }
    }

    /// Makes the time short beside what the same objects take without any fault, at another site.
    pub(crate) fn shorten_time(&mut self, aws: &'a Ministack, objects: &[Object], name: &str) {
        let queue = Queue::new(MAX_RECEIVE_COUNT, Order::Good, 0);
        let schedule = Schedule::undisturbed();
        let settings = self.settings.clone();
        let undisturbed = Run::new(Site::new(aws, name), settings, queue, schedule, self.pace);
        undisturbed.upload(objects);
        undisturbed.work(1);
        let longest = *undisturbed.longest.lock().unwrap();
        let seconds = (SHORT * longest).as_secs() + 1;
        self.note(format!(
            "undisturbed it took {longest:?}, and gets {seconds} s"
        ));
        self.time = Time::Short;
        self.timeout = Mutex::new(Duration::from_secs(seconds));
    }

    /// Uploads the objects, and announces them.
    pub(crate) fn upload<'o>(&self, objects: &'o [Object]) -> Vec<Upload<'o>> {
        let uploads: Vec<_> = objects
            .iter()
            .map(|object| self.site.upload(object))
            .collect();
        for upload in &uploads {
            self.queue.send(&upload.event);
        }
        uploads
    }

    /// Has functions work until the queue is empty.
    pub(crate) fn work(&self, functions: usize) {
        std::thread::scope(|scope| {
            for slot in 0..functions {
                scope.spawn(move || self.work_alone(slot));
            }
        });
    }

    /// Sends the dead letters again, as an operator does, for as long as that gets anything further. Gives their number.
    pub(crate) fn redrive(&self) -> usize {
        let mut redriven = 0;
        loop {
            let before = (self.site.progress(), self.timeout());
            redriven += self.queue.redrive();
            self.work(1);
            // What is served late may be a message to the queue.
            self.release();
            self.work(1);
            let stands_still = before == (self.site.progress(), self.timeout());
            if self.queue.dead_letters().is_empty() || stands_still {
                return redriven;
            }
        }
    }

    /// One execution environment, whose process is started again where it died, or where it has another time-out.
    fn work_alone(&self, slot: usize) {
        let mut function: Option<Function> = None;
        while let Some(batch) = self.queue.receive(self.batch_size, || self.site.sent()) {
            let timeout = self.timeout();
            if let Some(process) = function.take_if(|process| process.clock.timeout() != timeout) {
                process.end();
            }
            let process = function.get_or_insert_with(|| self.start(slot, timeout));
            let number = self.invocations.fetch_add(1, Ordering::SeqCst);
            let request_id = format!("request-{number:06}");
            let death = self.schedule.death_by_time();
            let killed_after = death.map(|share| self.pace.share(share));
            let before = self.look();
            let ended = process.invoke(&request_id, &batch.event(), killed_after);
            let took = process.clock.elapsed();
            self.note(format!(
                "{request_id} in environment {slot}, {took:?}: {ended:?}"
            ));
            let undisturbed = self.judge(&request_id, &ended, took, &before);
            let is_dead = !matches!(ended, Ended::Answered(_) | Ended::Failed(_));
            if is_dead {
                self.schedule.count_death();
                if death.is_some() {
                    self.schedule.count_death_by_time();
                }
                if let Some(process) = function.take() {
                    self.held.lock().unwrap().extend(process.end());
                }
                if self.serves_held_early {
                    self.release();
                }
            }
            match ended {
                Ended::Answered(answer) => {
                    let failed = failed(&answer);
                    let is_failed = |message: &Message| failed.contains(&message.id.as_str());
                    self.given_back
                        .note(&request_id, &batch, is_failed, undisturbed);
                    self.end(request_id, !failed.is_empty());
                    self.queue.settle(batch, is_failed);
                }
                Ended::Failed(_) | Ended::Died | Ended::TimedOut | Ended::Unexpected(_) => {
                    self.end(request_id, true);
                    self.queue.settle(batch, |_| true);
                }
            }
        }
        if let Some(process) = function {
            process.end();
        }
    }

    fn timeout(&self) -> Duration {
        *self.timeout.lock().unwrap()
    }

    /// How everything stands before an invocation.
    fn look(&self) -> Look {
        Look {
            misfortunes: self.schedule.faults() + self.schedule.deaths(),
            timeout: self.timeout(),
            progress: (self.time == Time::Short).then(|| self.site.progress()),
        }
    }

    /// What the end of an invocation says of the program, and of the machine. Whether nothing went wrong meanwhile.
    fn judge(&self, request_id: &str, ended: &Ended, took: Duration, before: &Look) -> bool {
        let complain = |what: &str| {
            let finding = format!("{request_id} {what}");
            self.findings.lock().unwrap().push(finding);
        };
        match ended {
            Ended::TimedOut if self.time == Time::Enough => {
                complain(&format!("has not ended after {took:?}"));
            }
            Ended::Unexpected(what) => complain(&format!("asked for {what}")),
            Ended::Answered(_) | Ended::Failed(_) | Ended::Died | Ended::TimedOut => {}
        }
        let now = self.look();
        let undisturbed = now.misfortunes == before.misfortunes;
        if matches!(ended, Ended::Answered(_)) && undisturbed {
            self.pace.note(took);
            let mut longest = self.longest.lock().unwrap();
            *longest = took.max(*longest);
        }
        if now.progress != before.progress {
            self.standstill.store(0, Ordering::SeqCst);
        } else if now.progress.is_some() && took >= before.timeout / 2 {
            let in_a_row = self.standstill.fetch_add(1, Ordering::SeqCst) + 1;
            if in_a_row >= STANDSTILL {
                self.give_more_time(before.timeout);
            }
        }
        undisturbed
    }

    /// Messages that were given back without a reason that will do. Known when all work is done.
    pub(crate) fn unexplained(&self) -> Vec<String> {
        self.given_back.unexplained(&self.log.lock().unwrap())
    }

    /// Gives the next invocations twice as much time, unless they have it already, or more would be of no use.
    fn give_more_time(&self, than: Duration) {
        let mut timeout = self.timeout.lock().unwrap();
        if *timeout == than && 2 * than.as_secs() <= ENOUGH_SECONDS {
            *timeout = 2 * than;
            self.standstill.store(0, Ordering::SeqCst);
            self.note(format!(
                "nothing gets any further; now each has {timeout:?}"
            ));
        }
    }

    fn start(&self, slot: usize, timeout: Duration) -> Function {
        let mut settings = self.settings.clone();
        settings["timeout_seconds"] = timeout.as_secs().into();
        let mut variables = self.site.variables(&settings);
        // Processes of one environment share its scratch disk.
        variables.push(("AWS_LAMBDA_LOG_STREAM_NAME", format!("environment-{slot}")));
        variables.push(("TMPDIR", self.scratch.path().display().to_string()));
        let clock = Arc::new(Clock::new(timeout));
        let network = |killer| {
            Arc::new(Connection {
                role: "ingest",
                schedule: Arc::clone(&self.schedule),
                queue: Arc::clone(&self.queue),
                killer,
                clock: Arc::clone(&clock),
                holds: AtomicBool::new(false),
            }) as Arc<_>
        };
        let ports = [self.site.aws.port(), self.site.receiver.port()];
        let clock = Arc::clone(&clock);
        Function::start(&variables, ports, clock, network, &self.log)
    }

    /// An invocation is over. A message is delivered again after more time than its claims, and those of all before it, last.
    fn end(&self, request_id: String, comes_again: bool) {
        self.over.lock().unwrap().push(request_id);
        if !comes_again {
            return;
        }
        let over = self.over.lock().unwrap().clone();
        self.site.age_leases(&over);
    }

    /// Serves the requests of dead processes.
    fn release(&self) {
        let held = std::mem::take(&mut *self.held.lock().unwrap());
        for held in held {
            let request = &held.request;
            self.note(format!("served late: {} {}", request.method, request.path));
            proxy::release(&held);
        }
    }

    fn note(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }
}

/// How everything stands.
struct Look {
    misfortunes: u32,
    timeout: Duration,
    /// How far the objects are, where the time is short.
    progress: Option<Progress>,
}

/// Ids of the messages that a function wants to see again.
pub(crate) fn failed(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array();
    let ids = failures.into_iter().flatten();
    ids.filter_map(|failure| failure["itemIdentifier"].as_str())
        .collect()
}
