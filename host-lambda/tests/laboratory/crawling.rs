//! The role `catalog` between its queue and a crawler: what can go wrong, by name, and one run of it.
//!
//! The crawler is a model of Glue's: it runs for a while, refuses to be started meanwhile, and sees for certain only files that
//! were there when it began. Its time is counted in attempts to start it.

use std::{
    io::{self, BufReader},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    calls::ANYTHING,
    checker::Verdict,
    function::Function,
    queue::{Message, Order, Queue},
    rule::{
        At, Kill,
        Mishap::{Is, Slow},
        Rule, at_one_of,
    },
    run::Outcome,
    runtime_api::{Clock, Ended},
    schedule::{Connection, Deals, Schedule},
    work::{ENOUGH_SECONDS, Pace, failed},
};
use crate::aws::{
    faults::Fault,
    http::{self, Message as Request},
    ministack::REGION,
};

/// Files of a run.
const FILES: usize = 12;

/// One row of the table.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    rules: &'static [Rule],
    kills: fn(&mut fastrand::Rng) -> Vec<Kill>,
    functions: usize,
    pub(crate) seeds: u64,
}

const CRAWLING: Scenario = Scenario {
    name: "",
    rules: &[],
    kills: |_| Vec::new(),
    functions: 1,
    seeds: 3,
};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "crawler: files while it runs",
        functions: 2,
        seeds: 6,
        ..CRAWLING
    },
    Scenario {
        name: "crawler: throttled, down, answers lost",
        rules: &[Rule {
            calls: ANYTHING,
            share: 0.4,
            times: 8,
            mishaps: &[
                Is(Fault::Throttle),
                Is(Fault::Error),
                Is(Fault::Refuse),
                Is(Fault::Lost),
                Is(Fault::Cut(0)),
                Slow(30),
            ],
        }],
        ..CRAWLING
    },
    Scenario {
        name: "crawler: killed at any call or at any time",
        kills: |rng| {
            let times = rng.usize(2..5);
            (0..times).map(|_| killed(rng)).collect()
        },
        functions: 2,
        seeds: 6,
        ..CRAWLING
    },
];

fn killed(rng: &mut fastrand::Rng) -> Kill {
    match rng.u32(0..4) {
        0 => Kill {
            at: At::Time(f64::from(1 << rng.u8(0..6)) / 64.0),
            fault: Fault::None,
        },
        _ => at_one_of(rng, &[(ANYTHING, 6)], false),
    }
}

/// The crawler, and the lake that it crawls. It ends with this.
struct Glue {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    queue: Arc<Queue>,
    closed: AtomicBool,
}

struct State {
    /// Files that are there.
    files: usize,
    /// For each crawl, how many files were there when it began.
    crawls: Vec<usize>,
    /// Attempts to start it that the crawl at hand still refuses.
    runs_for: u32,
    findings: Vec<String>,
    rng: fastrand::Rng,
}

impl Glue {
    fn start(queue: &Arc<Queue>, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                files: 0,
                crawls: Vec::new(),
                runs_for: 0,
                findings: Vec::new(),
                rng: fastrand::Rng::with_seed(seed),
            }),
            queue: Arc::clone(queue),
            closed: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if own.closed.load(Ordering::SeqCst) {
                    break;
                }
                let own = Arc::clone(&own);
                std::thread::spawn(move || {
                    // Whoever was killed hears no answer.
                    let _ = own.serve(client);
                });
            }
        });
        Self { port, shared }
    }

    /// Some more files are there, if there will be any: what is told of them.
    fn files(&self) -> Vec<String> {
        let mut state = self.shared.state.lock().unwrap();
        let left = FILES - state.files;
        let more = state.rng.usize(0..=3).min(left);
        (0..more).map(|_| state.add_file()).collect()
    }
}

impl Drop for Glue {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut reader = BufReader::new(client.try_clone()?);
        let Some(request) = Request::read(&mut reader)? else {
            return Ok(());
        };
        let (answer, file) = self.state.lock().unwrap().answer(&request);
        // A file that comes right behind the start is one that the crawl may have passed.
        if let Some(file) = file {
            self.queue.send(&file);
        }
        let (status, body) = answer;
        let headers = [("Content-Type", "application/x-amz-json-1.1")];
        http::answer(&mut client, status, &headers, &body.to_string())
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> ((&'static str, Value), Option<String>) {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if body != json!({ "Name": "orders" }) {
            self.findings.push(format!("Glue was asked for {body}"));
        }
        if self.runs_for > 0 {
            self.runs_for -= 1;
            let refusal = json!({ "__type": "CrawlerRunningException", "Message": "it runs" });
            return (("400 Bad Request", refusal), None);
        }
        self.crawls.push(self.files);
        self.runs_for = self.rng.u32(0..4);
        let file = (self.files < FILES && self.rng.bool()).then(|| self.add_file());
        (("200 OK", json!({})), file)
    }

    fn add_file(&mut self) -> String {
        self.files += 1;
        json!({ "detail": { "object": { "key": format!("lake/orders/{}.parquet", self.files) } } })
            .to_string()
    }

    /// Whether every file was there before some crawl began.
    fn check(&self) -> Verdict {
        let mut verdict = Verdict::default();
        let seen = self.crawls.iter().copied().max().unwrap_or(0);
        for file in 1..=self.files {
            let mark = format!("file {file}");
            verdict.compare("crawls", &[&mark], 1, u64::from(file <= seen));
        }
        if self.files != FILES {
            verdict.note(format!("only {} files came", self.files));
        }
        self.findings.iter().for_each(|it| verdict.note(it.clone()));
        verdict
    }
}

/// What the functions of a run share.
struct Crawling<'a> {
    pace: &'a Pace,
    glue: Glue,
    queue: Arc<Queue>,
    schedule: Arc<Schedule>,
    batch_size: usize,
    invocations: AtomicUsize,
    findings: Mutex<Vec<String>>,
    log: Arc<Mutex<Vec<String>>>,
}

/// Makes one run.
pub(crate) fn run(
    pace: &Pace,
    deals: &Arc<Deals>,
    scenario: &'static Scenario,
    seed: u64,
) -> Outcome {
    let mut rng = fastrand::Rng::with_seed(seed);
    let kills = (scenario.kills)(&mut rng);
    let (name, rules) = (scenario.name, scenario.rules);
    // A message is tried for as long as a crawl may last.
    let queue = Arc::new(Queue::new(u32::MAX, Order::Bad, rng.u64(..)));
    let crawling = Crawling {
        pace,
        glue: Glue::start(&queue, rng.u64(..)),
        queue,
        schedule: Arc::new(Schedule::new(
            name,
            rules,
            kills,
            rng.u64(..),
            deals.clone(),
        )),
        batch_size: rng.usize(1..=4),
        invocations: 0.into(),
        findings: Mutex::default(),
        log: Arc::default(),
    };
    let has_more = || crawling.glue.shared.state.lock().unwrap().files < FILES;
    // Whoever finds the queue empty looks again while there are files to come.
    while has_more() {
        std::thread::scope(|scope| {
            for _ in 0..scenario.functions {
                scope.spawn(|| crawling.work());
            }
        });
    }
    let mut verdict = crawling.glue.shared.state.lock().unwrap().check();
    verdict.findings.extend(crawling.schedule.unexpected());
    verdict
        .findings
        .append(&mut crawling.findings.lock().unwrap());
    Outcome {
        objects: FILES as u64,
        invocations: crawling.invocations.load(Ordering::SeqCst) as u64,
        faults: crawling.schedule.faults().into(),
        deaths: crawling.schedule.deaths().into(),
        met: crawling.schedule.met(),
        verdict,
        log: std::mem::take(&mut crawling.log.lock().unwrap()),
        ..Outcome::default()
    }
}

impl Crawling<'_> {
    /// One execution environment, whose process is started again where it died, until the queue is empty.
    fn work(&self) {
        let mut function: Option<Function> = None;
        while let Some(batch) = self.queue.receive(self.batch_size, || self.glue.files()) {
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

    fn start(&self) -> Function {
        let settings = include_str!("../settings/lake.json");
        let variables = [
            ("AWS_REGION", REGION.to_owned()),
            ("SLUICE_ROLE", "catalog".to_owned()),
            ("SLUICE_SETTINGS", settings.to_owned()),
            ("SLUICE_CRAWLER", "orders".to_owned()),
        ];
        let clock = Arc::new(Clock::new(Duration::from_secs(ENOUGH_SECONDS)));
        let network = |killer| {
            Arc::new(Connection {
                role: "catalog",
                schedule: Arc::clone(&self.schedule),
                queue: Arc::clone(&self.queue),
                killer,
                clock: Arc::clone(&clock),
                holds: AtomicBool::new(false),
            }) as Arc<_>
        };
        // It sends nothing to anybody else.
        let ports = [self.glue.port, self.glue.port];
        Function::start(&variables, ports, Arc::clone(&clock), network, &self.log)
    }
}

/// A file that no crawl began after must not go unnoticed.
#[test]
fn a_file_that_is_passed_is_found() {
    let state = |crawls: &[usize]| State {
        files: FILES,
        crawls: crawls.to_vec(),
        runs_for: 0,
        findings: Vec::new(),
        rng: fastrand::Rng::new(),
    };
    assert_eq!(state(&[3, FILES, 5]).check().lost, 0);
    assert_eq!(state(&[3, FILES - 2]).check().lost, 2);
    assert_eq!(state(&[]).check().lost, FILES as u64);
}
