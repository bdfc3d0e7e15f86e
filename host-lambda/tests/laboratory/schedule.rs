//! Which request of a run meets which fault. It follows from the seed and from what is asked for, not from the order in
//! which requests of concurrent tasks happen to come.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use super::{
    function::Killer,
    queue::Queue,
    scenario::{At, Kill, Rule},
};
use crate::aws::faults::{Call, Fault, Network};

/// The faults of a run.
pub(crate) struct Schedule {
    rules: &'static [Rule],
    seed: u64,
    state: Mutex<State>,
    /// No faults any more.
    calm: AtomicBool,
    faults: AtomicU32,
    deaths: AtomicU32,
}

struct State {
    /// How often a request was made, and how often it met a rule.
    seen: HashMap<(String, Option<usize>), u32>,
    kills: Vec<Kill>,
    /// Requests that the next kill has waited for.
    waited: u32,
}

/// The network of one process.
pub(crate) struct Connection {
    pub(crate) schedule: Arc<Schedule>,
    /// The queue that hears of the messages that the process sends.
    pub(crate) queue: Arc<Queue>,
    pub(crate) killer: Killer,
    /// What is on its way of a dead process is held like its last request.
    pub(crate) holds: AtomicBool,
}

impl Schedule {
    pub(crate) fn new(rules: &'static [Rule], kills: Vec<Kill>, seed: u64) -> Self {
        Self {
            rules,
            seed,
            state: Mutex::new(State {
                seen: HashMap::new(),
                kills,
                waited: 0,
            }),
            calm: AtomicBool::new(false),
            faults: AtomicU32::new(0),
            deaths: AtomicU32::new(0),
        }
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

    /// When the next invocation dies, if that is a matter of time.
    pub(crate) fn death_by_time(&self) -> Option<std::time::Duration> {
        if self.calm.load(Ordering::SeqCst) {
            return None;
        }
        let mut state = self.state.lock().unwrap();
        let Some(Kill {
            at: At::Time(delay),
            ..
        }) = state.kills.first()
        else {
            return None;
        };
        let delay = *delay;
        state.kills.remove(0);
        Some(delay)
    }

    /// Counts the end of a process.
    pub(crate) fn count_death(&self) {
        self.deaths.fetch_add(1, Ordering::SeqCst);
    }

    fn decide(&self, call: &Call<'_>) -> Fault {
        if self.calm.load(Ordering::SeqCst) {
            return Fault::None;
        }
        let mut state = self.state.lock().unwrap();
        if let Some(fault) = state.kill(call) {
            return fault;
        }
        let identity = identity(call);
        for (number, rule) in self.rules.iter().enumerate() {
            if !(rule.calls)(call) {
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
                return (rule.fault)(&mut rng);
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
    /// Whether the caller dies now.
    fn kill(&mut self, call: &Call<'_>) -> Option<Fault> {
        let Kill { at, fault } = self.kills.first()?;
        let (fault, nth, stays) = match at {
            At::Time(_) => return None,
            At::Call(calls, nth) if calls(call) => (*fault, *nth, false),
            At::Every(calls) if calls(call) => (*fault, 1, true),
            _ => return None,
        };
        self.waited += 1;
        if self.waited < nth {
            return None;
        }
        self.waited = 0;
        if !stays {
            self.kills.remove(0);
        }
        Some(fault)
    }
}

impl Network for Connection {
    fn meet(&self, call: &Call<'_>) -> Fault {
        if self.holds.load(Ordering::SeqCst) {
            return Fault::KillAndHold;
        }
        let fault = self.schedule.decide(call);
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
