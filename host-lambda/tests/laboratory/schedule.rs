//! Which request of a run meets which fault. It follows from the seed and from what is asked for, not from the order in
//! which requests of concurrent tasks happen to come.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{
    function::Killer,
    queue::Queue,
    rule::{At, Kill, Mishap, Rule},
    runtime_api::Clock,
};
use crate::aws::{
    faults::{Call, Fault, Network, Unexpected},
    granted,
};

/// The faults of a run.
pub(crate) struct Schedule {
    scenario: &'static str,
    rules: &'static [Rule],
    seed: u64,
    deals: Arc<Deals>,
    state: Mutex<State>,
    /// No faults any more.
    calm: AtomicBool,
    faults: AtomicU32,
    deaths: AtomicU32,
}

struct State {
    /// How often a request was made, and how often it met a rule.
    seen: HashMap<(String, Option<usize>), u32>,
    /// The ends that are still to come, and how many of the requests that each waits for were made.
    kills: Vec<(Kill, u32)>,
    /// How often each fault and each end of a process was met, by what a person calls it. Those that never were are there.
    met: BTreeMap<String, u64>,
    unexpected: Vec<String>,
}

/// The network of one process.
pub(crate) struct Connection {
    pub(crate) schedule: Arc<Schedule>,
    /// What the process does.
    pub(crate) role: &'static str,
    /// The queue that hears of the messages that the process sends.
    pub(crate) queue: Arc<Queue>,
    pub(crate) killer: Killer,
    pub(crate) clock: Arc<Clock>,
    /// What is on its way of a dead process is held like its last request.
    pub(crate) holds: AtomicBool,
}

/// Which mishap of a rule is next. All runs of a scenario are dealt them in turn, so that chance leaves none out.
#[derive(Debug, Default)]
pub(crate) struct Deals(Mutex<HashMap<(&'static str, usize), usize>>);

impl Deals {
    /// One of so many mishaps of a scenario's rule.
    fn next(&self, scenario: &'static str, rule: usize, mishaps: usize) -> usize {
        let mut dealt = self.0.lock().unwrap();
        let next = dealt.entry((scenario, rule)).or_default();
        *next += 1;
        *next % mishaps
    }
}

impl Schedule {
    /// The network and the ends of one run. `deals` is what all runs of the scenario share.
    pub(crate) fn new(
        scenario: &'static str,
        rules: &'static [Rule],
        kills: Vec<Kill>,
        seed: u64,
        deals: Arc<Deals>,
    ) -> Self {
        let of_rules = rules
            .iter()
            .flat_map(|rule| rule.mishaps.iter().map(|mishap| rule.name(*mishap)));
        let of_kills = kills.iter().map(|kill| kill.at.name());
        let met = of_rules.chain(of_kills).map(|name| (name, 0)).collect();
        Self {
            scenario,
            rules,
            seed,
            deals,
            state: Mutex::new(State {
                seen: HashMap::new(),
                kills: kills.into_iter().map(|kill| (kill, 0)).collect(),
                met,
                unexpected: Vec::new(),
            }),
            calm: AtomicBool::new(false),
            faults: AtomicU32::new(0),
            deaths: AtomicU32::new(0),
        }
    }

    /// No fault at all.
    pub(crate) fn undisturbed() -> Self {
        Self::new("", &[], Vec::new(), 0, Arc::default())
    }

    /// Ends all faults.
    pub(crate) fn calm_down(&self) {
        self.calm.store(true, Ordering::SeqCst);
    }

    pub(crate) fn faults(&self) -> u32 {
        self.faults.load(Ordering::SeqCst)
    }

    pub(crate) fn deaths(&self) -> u32 {
        self.deaths.load(Ordering::SeqCst)
    }

    /// How often each fault and each end of a process was met.
    pub(crate) fn met(&self) -> BTreeMap<String, u64> {
        self.state.lock().unwrap().met.clone()
    }

    /// Requests that nobody expects.
    pub(crate) fn unexpected(&self) -> Vec<String> {
        self.state.lock().unwrap().unexpected.clone()
    }

    /// After which share of what an undisturbed one takes the next invocation dies, if that is a matter of time.
    pub(crate) fn death_by_time(&self) -> Option<f64> {
        if self.calm.load(Ordering::SeqCst) {
            return None;
        }
        let mut state = self.state.lock().unwrap();
        let share = |(kill, _): &(Kill, u32)| match kill.at {
            At::Time(share) => Some(share),
            At::Call(..) | At::Every(_) => None,
        };
        let next = state.kills.iter().position(|kill| share(kill).is_some())?;
        share(&state.kills.remove(next))
    }

    /// Counts that a process died of [`death_by_time`](Self::death_by_time).
    pub(crate) fn count_death_by_time(&self) {
        self.state.lock().unwrap().count(At::Time(0.0).name());
    }

    /// Counts the end of a process.
    pub(crate) fn count_death(&self) {
        self.deaths.fetch_add(1, Ordering::SeqCst);
    }

    fn decide(&self, call: &Call<'_>, clock: &Clock) -> Fault {
        if self.calm.load(Ordering::SeqCst) {
            return Fault::None;
        }
        let mut state = self.state.lock().unwrap();
        if let Some(fault) = state.kill(call) {
            return fault;
        }
        let identity = identity(call);
        for (number, rule) in self.rules.iter().enumerate() {
            if !(rule.calls.are)(call) {
                continue;
            }
            let asked = state.seen.entry((identity.clone(), None)).or_default();
            *asked += 1;
            let mut rng = self.rng(&identity, number, *asked);
            let met = state
                .seen
                .entry((identity.clone(), Some(number)))
                .or_default();
            if *met < rule.times && rng.f64() < rule.share {
                *met += 1;
                self.faults.fetch_add(1, Ordering::SeqCst);
                let mishaps = rule.mishaps;
                let mishap = mishaps[self.deals.next(self.scenario, number, mishaps.len())];
                state.count(rule.name(mishap));
                return match mishap {
                    Mishap::Is(fault) => fault,
                    Mishap::CutWithin(bytes) => Fault::Cut(rng.usize(..bytes)),
                    Mishap::Slow(ms) => Fault::Slow(Duration::from_millis(rng.u64(..ms))),
                    Mishap::Late(hundredths) => Fault::Slow(clock.until(hundredths)),
                };
            }
        }
        Fault::None
    }

    fn rng(&self, identity: &str, rule: usize, asked: u32) -> fastrand::Rng {
        let mut hasher = DefaultHasher::new();
        (self.seed, identity, rule, asked).hash(&mut hasher);
        fastrand::Rng::with_seed(hasher.finish())
    }
}

impl State {
    fn count(&mut self, name: String) {
        *self.met.entry(name).or_default() += 1;
    }

    /// Whether the caller dies now. Each end counts the calls that it waits for by itself, so that one that never comes
    /// keeps no other from coming.
    fn kill(&mut self, call: &Call<'_>) -> Option<Fault> {
        let mut due = None;
        for (number, (Kill { at, .. }, waited)) in self.kills.iter_mut().enumerate() {
            let (calls, nth) = match at {
                At::Time(_) => continue,
                At::Call(calls, nth) => (calls, *nth),
                At::Every(calls) => (calls, 1),
            };
            if (calls.are)(call) {
                *waited += 1;
                if *waited >= nth {
                    due = due.or(Some(number));
                }
            }
        }
        let due = due?;
        let Kill { at, fault } = self.kills[due].0;
        if !matches!(at, At::Every(_)) {
            self.kills.remove(due);
        }
        self.count(at.name());
        Some(fault)
    }
}

impl Network for Connection {
    fn meet(&self, call: &Call<'_>) -> Fault {
        if let Some(what) = granted::undeclared(self.role, call) {
            let mut state = self.schedule.state.lock().unwrap();
            state.unexpected.push(what);
        }
        if self.holds.load(Ordering::SeqCst) {
            return Fault::KillAndHold;
        }
        let fault = self.schedule.decide(call, &self.clock);
        if fault == Fault::KillAndHold {
            self.holds.store(true, Ordering::SeqCst);
        }
        fault
    }

    fn served(&self, call: &Call<'_>) {
        if call.action == "SendMessage" {
            self.queue.wake();
        }
    }

    fn unexpected(&self, request: &Unexpected) {
        let mut state = self.schedule.state.lock().unwrap();
        state.unexpected.push(request.to_string());
    }

    fn kill(&self) {
        self.killer.kill();
    }
}

/// What a request is about, the same for each attempt at it.
fn identity(call: &Call<'_>) -> String {
    let Call {
        action,
        target,
        parameters,
        ..
    } = call;
    // The members of JSON objects are in the order of their names.
    let (item, key) = (&parameters["Item"], &parameters["Key"]);
    format!("{action} {target} {item} {key}")
}
