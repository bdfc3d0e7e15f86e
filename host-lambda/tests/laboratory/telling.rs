//! The role `notify` between its queue and people who are hard to reach: what can go wrong, by name, and one run of it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use std::time::Duration;

use serde_json::{Value, json};

use super::{
    alerts::{self, Happening},
    calls::{CONTROL, SECRET, SENT},
    function::Function,
    people::{PAGERDUTY, People, ROUTING_KEY, SLACK},
    queue::{Message, Order, Queue},
    rule::{At, Kill, Mishap::Is, Rule, at_one_of},
    run::Outcome,
    runtime_api::{Clock, Ended},
    schedule::{Connection, Deals, Schedule},
    work::{ENOUGH_SECONDS, Pace, failed},
};
use crate::aws::{
    faults::Fault,
    ministack::{Ministack, REGION},
};

/// One row of the table.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    rules: &'static [Rule],
    kills: fn(&mut fastrand::Rng) -> Vec<Kill>,
    /// Whether trouble that is over comes again. Two functions at once may tell of it in the wrong order, which PagerDuty
    /// cannot see.
    again: bool,
    functions: usize,
    pub(crate) seeds: u64,
}

const TELLING: Scenario = Scenario {
    name: "",
    rules: &[],
    kills: |_| Vec::new(),
    again: true,
    functions: 1,
    seeds: 3,
};

/// Longer than an attempt may take; and it is never served.
const UNHEARD: Fault = Fault::Hangs(Duration::from_millis(10_500));

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "people: messages late, twice, in any order",
        seeds: 6,
        ..TELLING
    },
    Scenario {
        name: "people: 429 with Retry-After, 503, 403",
        rules: &[Rule {
            calls: SENT,
            share: 0.4,
            times: 2,
            mishaps: &[Is(Fault::Throttle), Is(Fault::Error), Is(Fault::Refuse)],
        }],
        ..TELLING
    },
    Scenario {
        name: "people: connections break, answers lost",
        rules: &[Rule {
            calls: SENT,
            share: 0.4,
            times: 2,
            mishaps: &[Is(Fault::Lost), Is(Fault::Reset), Is(Fault::Cut(0))],
        }],
        ..TELLING
    },
    Scenario {
        // What is served late comes after what was told later, and nobody can tell PagerDuty in which order that was.
        name: "people: time-outs",
        rules: &[Rule {
            calls: SENT,
            share: 0.2,
            times: 1,
            mishaps: &[Is(UNHEARD)],
        }],
        again: false,
        seeds: 2,
        ..TELLING
    },
    Scenario {
        name: "people: table and secrets throttled, down",
        rules: &[
            Rule {
                calls: CONTROL,
                share: 0.3,
                times: 2,
                mishaps: &[Is(Fault::Throttle), Is(Fault::Refuse), Is(Fault::Cut(0))],
            },
            Rule {
                calls: SECRET,
                share: 0.4,
                times: 2,
                mishaps: &[Is(Fault::Throttle), Is(Fault::Error), Is(Fault::Refuse)],
            },
        ],
        ..TELLING
    },
    Scenario {
        name: "people: killed at any call or at any time",
        kills: |rng| {
            let times = rng.usize(2..6);
            (0..times).map(|_| killed(rng)).collect()
        },
        seeds: 6,
        ..TELLING
    },
    Scenario {
        name: "people: all of it, and two functions",
        rules: &[
            Rule {
                calls: SENT,
                share: 0.2,
                times: 1,
                mishaps: &[Is(Fault::Throttle), Is(Fault::Error), Is(Fault::Cut(0))],
            },
            Rule {
                calls: CONTROL,
                share: 0.2,
                times: 1,
                mishaps: &[Is(Fault::Refuse), Is(Fault::Cut(0))],
            },
        ],
        kills: |rng| {
            let times = rng.usize(1..4);
            (0..times).map(|_| killed(rng)).collect()
        },
        again: false,
        functions: 2,
        seeds: 6,
    },
];

fn killed(rng: &mut fastrand::Rng) -> Kill {
    match rng.u32(0..4) {
        0 => Kill {
            at: At::Time(f64::from(1 << rng.u8(0..6)) / 64.0),
            fault: Fault::None,
        },
        _ => at_one_of(rng, &[(SENT, 12), (CONTROL, 20), (SECRET, 4)], false),
    }
}

/// What the functions of a run share.
struct Telling<'a> {
    aws: &'a Ministack,
    pace: &'a Pace,
    /// Tells the run from the others in the same emulator.
    run: String,
    people: People,
    queue: Arc<Queue>,
    schedule: Arc<Schedule>,
    batch_size: usize,
    starts: AtomicUsize,
    invocations: AtomicUsize,
    findings: Mutex<Vec<String>>,
    log: Arc<Mutex<Vec<String>>>,
}

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
    let happenings = alerts::invent(scenario.again, &mut rng);
    let kills = (scenario.kills)(&mut rng);
    let (name, rules) = (scenario.name, scenario.rules);
    let telling = Telling {
        aws,
        pace,
        run: format!("people-{number}"),
        people: People::start(),
        // What cannot be told is kept for two weeks, which is longer than anything here lasts.
        queue: Arc::new(Queue::new(u32::MAX, Order::Bad, rng.u64(..))),
        schedule: Arc::new(Schedule::new(
            name,
            rules,
            kills,
            rng.u64(..),
            deals.clone(),
        )),
        batch_size: rng.usize(1..=5),
        starts: 0.into(),
        invocations: 0.into(),
        findings: Mutex::default(),
        log: Arc::default(),
    };
    aws.create_table(&telling.table(), "pk", Some("sk"));
    for Happening { body, .. } in &happenings {
        telling.queue.send(body);
    }
    std::thread::scope(|scope| {
        for _ in 0..scenario.functions {
            scope.spawn(|| telling.work());
        }
    });
    let mut verdict = alerts::check(&happenings, &telling.people.heard());
    verdict.findings.extend(telling.schedule.unexpected());
    verdict
        .findings
        .append(&mut telling.findings.lock().unwrap());
    Outcome {
        objects: happenings.len() as u64,
        invocations: telling.invocations.load(Ordering::SeqCst) as u64,
        faults: telling.schedule.faults().into(),
        deaths: telling.schedule.deaths().into(),
        met: telling.schedule.met(),
        verdict,
        log: std::mem::take(&mut telling.log.lock().unwrap()),
        ..Outcome::default()
    }
}

impl Telling<'_> {
    fn table(&self) -> String {
        format!("control-{}", self.run)
    }

    /// One execution environment, whose process is started again where it died, until the queue is empty.
    fn work(&self) {
        let mut function: Option<Function> = None;
        while let Some(batch) = self.queue.receive(self.batch_size, Vec::new) {
            let process = function.get_or_insert_with(|| self.start());
            let number = self.invocations.fetch_add(1, Ordering::SeqCst);
            let request_id = format!("request-{number:06}");
            let death = self.schedule.death_by_time();
            let killed_after = death.map(|share| self.pace.share(share));
            let ended = process.invoke(&request_id, &batch.event(), killed_after);
            self.log
                .lock()
                .unwrap()
                .push(format!("{request_id}: {ended:?}"));
            if let Ended::Answered(answer) = &ended {
                let failed = failed(answer);
                let is_failed = |message: &Message| failed.contains(&message.id.as_str());
                self.queue.settle(batch, is_failed);
                continue;
            }
            if ended == Ended::Died {
                self.schedule.count_death();
                if death.is_some() {
                    self.schedule.count_death_by_time();
                }
            } else {
                self.findings
                    .lock()
                    .unwrap()
                    .push(format!("{request_id}: {ended:?}"));
            }
            if let Some(process) = function.take() {
                process.end();
            }
            self.queue.settle(batch, |_| true);
        }
        if let Some(process) = function {
            process.end();
        }
    }

    /// Starts a process. Its secrets say where people are, on the far side of its own network.
    fn start(&self) -> Function {
        let start = self.starts.fetch_add(1, Ordering::SeqCst);
        let secret = |name: &str| format!("{}/{start}/{name}", self.run);
        let variables = [
            ("AWS_REGION", REGION.to_owned()),
            ("SLUICE_ROLE", "notify".to_owned()),
            (
                "SLUICE_SETTINGS",
                settings(&secret("pagerduty"), &secret("slack")).to_string(),
            ),
            ("SLUICE_CONTROL_TABLE", self.table()),
            ("SLUICE_STACK_NAME", "shop-dev".to_owned()),
            ("SLUICE_DASHBOARD", "dashboard".to_owned()),
        ];
        let clock = Arc::new(Clock::new(Duration::from_secs(ENOUGH_SECONDS)));
        let network = |killer| {
            Arc::new(Connection {
                role: "notify",
                schedule: Arc::clone(&self.schedule),
                queue: Arc::clone(&self.queue),
                killer,
                clock: Arc::clone(&clock),
                holds: AtomicBool::new(false),
            }) as Arc<_>
        };
        let ports = [self.aws.port(), self.people.port()];
        let function = Function::start(&variables, ports, Arc::clone(&clock), network, &self.log);
        let url = |path: &str| format!("http://127.0.0.1:{}{path}", function.others());
        let pagerduty = json!({ "routing_key": ROUTING_KEY, "url": url(PAGERDUTY) });
        self.aws
            .create_secret(&secret("pagerduty"), &pagerduty.to_string());
        self.aws.create_secret(&secret("slack"), &url(SLACK));
        function
    }
}

/// What the function is told: trouble goes to both, and what is done to Slack.
fn settings(pagerduty: &str, slack: &str) -> Value {
    json!({
        "project": "shop", "stage": "dev", "pipelines": [],
        "notify": {
            "pagerduty": pagerduty, "slack": slack,
            "routes": [
                { "events": ["failed", "refused", "alarm"], "to": ["pagerduty", "slack"] },
                { "events": ["done"], "to": ["slack"] },
            ],
        },
    })
}
