//! The role `api` behind a gateway: clients ask under an `Idempotency-Key` until they are answered, while functions die,
//! writes fail and answers get lost.
//!
//! The clock is the laboratory's own: a client that is told to wait lets that time pass.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    asks::{Ask, Heard},
    checker::Verdict,
    function::Function,
    queue::{Order, Queue},
    requests::{REPLAYED, Scenario},
    run::Outcome,
    runtime_api::{Clock, Ended},
    schedule::{Connection, Deals, Schedule},
    site::Site,
    work::{ENOUGH_SECONDS, Pace},
};
use crate::aws::{
    ministack::Ministack,
    proxy::{self, Held},
};

/// Requests of a run.
const ASKS: usize = 12;

/// A client that is told so often to ask again is told so for ever.
const MOST_ATTEMPTS: usize = 100;

const MANIFEST: &str = r#"
[project]
name = "shop"
[pipeline.orders]
source = { prefix = "incoming/" }
key = "id"
order_by = "ordered_at"
table = true
api = { auth = "none", public = true }
[pipeline.orders.fields]
id = { type = "text", generate = "uuid" }
ordered_at = "timestamp"
quantity = { type = "integer", min = 1 }
mark = "text"
"#;

/// Makes one run. `number` tells it from the others in the same emulator.
pub(crate) fn run(
    aws: &Ministack,
    pace: &Pace,
    deals: &Arc<Deals>,
    scenario: &'static Scenario,
    seed: u64,
    number: usize,
) -> Outcome {
    let mut rng = fastrand::Rng::with_seed(seed);
    let asks: Vec<Ask> = (0..ASKS)
        .map(|number| Ask::invent(number, &mut rng))
        .collect();
    let kills = (scenario.kills)(&mut rng);
    let schedule = Schedule::new(
        scenario.name,
        scenario.rules,
        kills,
        rng.u64(..),
        deals.clone(),
    );
    let asking = Asking {
        site: Site::new(aws, &number.to_string()),
        scenario,
        schedule: Arc::new(schedule),
        pace,
        now_ms: AtomicI64::new(1_795_341_600_000),
        invocations: AtomicUsize::new(0),
        heard: Mutex::default(),
        kept: Mutex::default(),
        names: Mutex::default(),
        held: Mutex::default(),
        findings: Mutex::default(),
        log: Arc::default(),
        rng: Mutex::new(rng.fork()),
    };
    asking.ask_all(&asks);
    // Whoever is in doubt asks again when all is well.
    asking.schedule.calm_down();
    asking.release();
    let mut all = asks.iter();
    asking.ask_each(|| all.next());
    let mut verdict = asking.check(&asks);
    verdict.findings.extend(asking.schedule.unexpected());
    verdict
        .findings
        .append(&mut asking.findings.lock().unwrap());
    let mut met = asking.schedule.met();
    let heard = asking.heard.lock().unwrap();
    for what in scenario.hears {
        let times = heard.get(*what).copied().unwrap_or(0);
        met.insert(format!("the answer `{what}`"), times);
    }
    Outcome {
        objects: asks.len() as u64,
        records: asks.iter().map(Ask::len).sum(),
        invocations: asking.invocations.load(Ordering::SeqCst) as u64,
        faults: asking.schedule.faults().into(),
        deaths: asking.schedule.deaths().into(),
        met,
        verdict,
        log: std::mem::take(&mut asking.log.lock().unwrap()),
        ..Outcome::default()
    }
}

/// What the clients of a run share.
struct Asking<'a> {
    site: Site<'a>,
    scenario: &'static Scenario,
    schedule: Arc<Schedule>,
    pace: &'a Pace,
    now_ms: AtomicI64,
    invocations: AtomicUsize,
    /// How often what was heard.
    heard: Mutex<BTreeMap<String, u64>>,
    /// By request, the answer that is given again.
    kept: Mutex<BTreeMap<String, Value>>,
    /// By mark, what a record is called.
    names: Mutex<BTreeMap<String, String>>,
    held: Mutex<Vec<Held>>,
    findings: Mutex<Vec<String>>,
    log: Arc<Mutex<Vec<String>>>,
    rng: Mutex<fastrand::Rng>,
}

impl Asking<'_> {
    /// All clients ask until everything is answered.
    fn ask_all(&self, asks: &[Ask]) {
        let shared: Mutex<VecDeque<&Ask>> = Mutex::new(asks.iter().collect());
        std::thread::scope(|scope| {
            for _ in 0..self.scenario.clients {
                scope.spawn(|| {
                    let mut own = asks.iter();
                    self.ask_each(|| match self.scenario.race {
                        true => own.next(),
                        false => shared.lock().unwrap().pop_front(),
                    });
                });
            }
        });
    }

    /// One client, with an execution environment that is started again where it died.
    fn ask_each<'k>(&self, mut next: impl FnMut() -> Option<&'k Ask>) {
        let mut function: Option<Function> = None;
        while let Some(ask) = next() {
            let answered = (0..MOST_ATTEMPTS).any(|_| self.ask(ask, &mut function));
            if !answered {
                self.complain(format!("{ask:?} is never answered"));
            }
        }
        if let Some(process) = function {
            process.end();
        }
    }

    /// Asks once. Whether it is answered for good.
    fn ask(&self, ask: &Ask, function: &mut Option<Function>) -> bool {
        let process = function.get_or_insert_with(|| self.start());
        let number = self.invocations.fetch_add(1, Ordering::SeqCst);
        let request_id = format!("request-{number:06}");
        let now_ms = self.now_ms.fetch_add(100, Ordering::SeqCst);
        let death = self.schedule.death_by_time();
        let killed_after = death.map(|share| self.pace.share(share));
        let ended = process.invoke(&request_id, &ask.event(&request_id, now_ms), killed_after);
        self.note(format!("{request_id}: {ended:?}"));
        let answer = match ended {
            Ended::Answered(answer) => answer,
            Ended::Died => {
                self.schedule.count_death();
                if death.is_some() {
                    self.schedule.count_death_by_time();
                }
                if let Some(process) = function.take() {
                    self.held.lock().unwrap().extend(process.end());
                }
                return false;
            }
            Ended::Failed(_) | Ended::TimedOut | Ended::Unexpected(_) => {
                self.complain(format!("{request_id} of {ask:?}: {ended:?}"));
                return false;
            }
        };
        match ask.hear(&answer) {
            Ok(Heard::Again(seconds, why)) => {
                self.count(&why);
                self.now_ms.fetch_add(1000 * seconds, Ordering::SeqCst);
                false
            }
            Ok(Heard::Done(stored)) => {
                self.keep(ask, &answer, &stored);
                self.rng.lock().unwrap().f64() >= self.scenario.unheard
            }
            Err(why) => {
                self.complain(format!("{request_id} of {ask:?}: {why}: {answer}"));
                false
            }
        }
    }

    /// Compares an answer with what was answered before.
    fn keep(&self, ask: &Ask, answer: &Value, stored: &[(String, String)]) {
        if answer["headers"]["idempotency-replayed"] == "true" {
            self.count(REPLAYED);
            let body = &answer["body"];
            let mut kept = self.kept.lock().unwrap();
            let first = kept
                .entry(format!("{ask:?}"))
                .or_insert_with(|| body.clone());
            if first != body {
                self.complain(format!("{ask:?} has two answers: {first} and {body}"));
            }
        }
        for (mark, id) in stored {
            let mut names = self.names.lock().unwrap();
            let first = names.entry(mark.clone()).or_insert_with(|| id.clone());
            if first != id {
                self.complain(format!("{mark} is called {first} and {id}"));
            }
        }
    }

    /// Whether each record is in the table once that is to be there, under the name that its client was told.
    fn check(&self, asks: &[Ask]) -> Verdict {
        let mut verdict = Verdict::default();
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, mark) in self.site.items() {
            found.entry(mark).or_default().push(id);
        }
        let names = self.names.lock().unwrap();
        for (mark, is_right) in asks.iter().flat_map(Ask::records) {
            let ids = found.remove(mark).unwrap_or_default();
            verdict.compare("table", &[mark], u64::from(is_right), ids.len() as u64);
            if is_right && names.get(mark) != ids.first() {
                let name = names.get(mark);
                verdict.note(format!(
                    "{mark} is {ids:?} in the table, and was told to be {name:?}"
                ));
            }
        }
        for (mark, ids) in found {
            verdict.compare("table", &[&mark], 0, ids.len() as u64);
        }
        verdict
    }

    fn start(&self) -> Function {
        let settings = settings();
        let mut variables = self.site.variables(&settings);
        variables.push(("SLUICE_ROLE", "api".to_owned()));
        let clock = Arc::new(Clock::new(Duration::from_secs(ENOUGH_SECONDS)));
        let network = |killer| {
            Arc::new(Connection {
                role: "api",
                schedule: Arc::clone(&self.schedule),
                queue: Arc::new(Queue::new(1, Order::Good, 0)),
                killer,
                clock: Arc::clone(&clock),
                holds: AtomicBool::new(false),
            }) as Arc<_>
        };
        let ports = [self.site.aws.port(), self.site.receiver.port()];
        Function::start(&variables, ports, Arc::clone(&clock), network, &self.log)
    }

    /// Serves the requests of dead processes.
    fn release(&self) {
        let held = std::mem::take(&mut *self.held.lock().unwrap());
        held.iter().for_each(proxy::release);
    }

    fn count(&self, what: &str) {
        *self
            .heard
            .lock()
            .unwrap()
            .entry(what.to_owned())
            .or_default() += 1;
    }

    fn complain(&self, what: String) {
        self.findings.lock().unwrap().push(what);
    }

    fn note(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }
}

/// What the function is told.
fn settings() -> Value {
    let mut stack = sluice_manifest::load(MANIFEST, "manifest.toml", None).unwrap();
    json!({
        "project": "shop", "stage": "dev", "timeout_seconds": 20, "pipeline": stack.pipelines.remove(0),
    })
}
