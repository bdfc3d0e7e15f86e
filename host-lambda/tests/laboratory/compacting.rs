//! The role `compact` beside `ingest`: folders are compacted while objects bring rows to them and take some out, while
//! functions die, calls fail and answers get lost.
//!
//! After every object that is done, somebody asks the catalog where the records are, and reads them: each of those that are
//! done must be there once. In the end, so it must be in the folders' own files, too.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    calls::{ANYTHING, FOLDER, LEAD, READ, UPLOAD},
    checker::{Verdict, marks_in_lake},
    function::Function,
    objects::{Layout, Object, Size, alternatives},
    queue::{Order, Queue},
    rule::{
        ANY, At, Kill,
        Mishap::{Is, Slow},
        Rule, at_one_of,
    },
    run::Outcome,
    runtime_api::{Clock, Ended},
    schedule::{Connection, Deals, Schedule},
    site::{Site, Upload},
    work::{ENOUGH_SECONDS, Pace},
};
use crate::aws::{faults::Fault, ministack::Ministack};

/// What is tried so often without success is never done.
const MOST_ATTEMPTS: usize = 100;

/// One row of the table.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) rules: &'static [Rule],
    pub(crate) kills: fn(&mut fastrand::Rng) -> Vec<Kill>,
    pub(crate) seeds: u64,
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "compacted: objects come meanwhile",
        rules: &[Rule {
            calls: LEAD,
            share: 0.5,
            times: 2,
            mishaps: &[Slow(120)],
        }],
        kills: |_| Vec::new(),
        seeds: 3,
    },
    Scenario {
        name: "compacted: calls fail, answers get lost",
        rules: &[Rule {
            calls: ANYTHING,
            share: 0.15,
            times: 2,
            mishaps: ANY,
        }],
        kills: |_| Vec::new(),
        seeds: 3,
    },
    Scenario {
        name: "compacted: calls refused, later allowed",
        rules: &[
            Rule {
                calls: FOLDER,
                share: 0.1,
                times: 1,
                mishaps: &[Is(Fault::Refuse)],
            },
            Rule {
                calls: LEAD,
                share: 0.3,
                times: 1,
                mishaps: &[Is(Fault::Refuse)],
            },
        ],
        kills: |_| Vec::new(),
        seeds: 2,
    },
    Scenario {
        name: "compacted: killed at any call or time",
        rules: &[Rule {
            calls: LEAD,
            share: 0.3,
            times: 1,
            mishaps: &[Slow(80)],
        }],
        kills: |rng| {
            let times = rng.usize(2..6);
            (0..times).map(|_| killed(rng)).collect()
        },
        seeds: 8,
    },
];

fn killed(rng: &mut fastrand::Rng) -> Kill {
    let kinds = [
        (FOLDER, 40),
        (LEAD, 12),
        (UPLOAD, 30),
        (READ, 30),
        (ANYTHING, 200),
    ];
    match rng.u32(0..5) {
        0 => Kill {
            at: At::Time(f64::from(1 << rng.u8(0..6)) / 32.0),
            fault: Fault::None,
        },
        _ => at_one_of(rng, &kinds, false),
    }
}

/// Makes one run. `number` tells it from the others in the same emulator.
pub(crate) fn run(
    aws: &Ministack,
    pace: &Pace,
    deals: &Arc<Deals>,
    scenario: &'static Scenario,
    layout: Layout,
    seed: u64,
    number: usize,
) -> Outcome {
    let mut rng = fastrand::Rng::with_seed(seed);
    let objects = Object::invent(layout, Size::Many, &mut rng);
    let kills = (scenario.kills)(&mut rng);
    let schedule = Schedule::new(
        scenario.name,
        scenario.rules,
        kills,
        rng.u64(..),
        deals.clone(),
    );
    let mut settings = layout.settings(Size::Many);
    settings["pipeline"]["lake"]["compact"] = "daily".into();
    let compacting = Compacting {
        site: Site::new(aws, &number.to_string()),
        layout,
        settings,
        scratch: tempfile::tempdir().unwrap(),
        schedule: Arc::new(schedule),
        pace,
        invocations: AtomicUsize::new(0),
        few: AtomicBool::new(false),
        is_over: AtomicBool::new(false),
        findings: Mutex::default(),
        log: Arc::default(),
    };
    let (begin, begins) = channel();
    let (end, ends) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| compacting.compact(begins, end));
        compacting.ingest(&objects, begin, &ends);
        compacting.is_over.store(true, Ordering::SeqCst);
    });
    compacting.schedule.calm_down();
    compacting.site.age_leading();
    compacting.day(&mut None);
    let mut verdict = compacting.check(&objects);
    verdict.findings.extend(compacting.schedule.unexpected());
    verdict
        .findings
        .append(&mut compacting.findings.lock().unwrap());
    let mut met = compacting.schedule.met();
    let few = u64::from(compacting.few.load(Ordering::SeqCst));
    met.insert("queries that read few files".to_owned(), few);
    Outcome {
        objects: objects.len() as u64,
        records: objects
            .iter()
            .map(|object| object.records.len() as u64)
            .sum(),
        invocations: compacting.invocations.load(Ordering::SeqCst) as u64,
        faults: compacting.schedule.faults().into(),
        deaths: compacting.schedule.deaths().into(),
        met,
        verdict,
        log: std::mem::take(&mut compacting.log.lock().unwrap()),
        ..Outcome::default()
    }
}

/// What the functions of a run share.
struct Compacting<'a> {
    site: Site<'a>,
    layout: Layout,
    settings: Value,
    scratch: tempfile::TempDir,
    schedule: Arc<Schedule>,
    pace: &'a Pace,
    invocations: AtomicUsize,
    /// Whether anybody has read files that were made of others, before the end.
    few: AtomicBool,
    /// Whether all objects are done.
    is_over: AtomicBool,
    findings: Mutex<Vec<String>>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Compacting<'_> {
    /// Brings the objects, one after the other, and reads after each what there is. A day begins before each of the later
    /// ones, and is over before some of the next.
    fn ingest(&self, objects: &[Object], day_begins: Sender<()>, day_ends: &Receiver<()>) {
        let mut function = None;
        let mut done: Vec<Upload<'_>> = Vec::new();
        let mut days = 0;
        for (number, object) in objects.iter().enumerate() {
            let upload = self.site.upload(object);
            if number >= 3 {
                let _ = day_begins.send(());
                days += 1;
            }
            self.insist("ingest", &upload.event, &mut function);
            done.push(upload);
            self.read(&done);
            if number % 2 == 1 {
                day_ends
                    .iter()
                    .take(std::mem::take(&mut days))
                    .for_each(drop);
            }
        }
        end(function);
    }

    /// Has days pass until all objects are done.
    fn compact(&self, begins: Receiver<()>, ends: Sender<()>) {
        let mut function = None;
        for () in begins {
            self.day(&mut function);
            let _ = ends.send(());
        }
        end(function);
    }

    /// A look at all folders, and what follows from it.
    fn day(&self, function: &mut Option<Function>) {
        self.insist("compact", r#"{"walk":{"quiet_minutes":0}}"#, function);
        loop {
            let folders = self.site.folders();
            if folders.is_empty() {
                return;
            }
            for folder in folders {
                self.insist("compact", &folder, function);
            }
        }
    }

    /// Brings a message until it is done with.
    fn insist(&self, role: &'static str, body: &str, function: &mut Option<Function>) {
        let is_done = (0..MOST_ATTEMPTS).any(|_| self.bring(role, body, function));
        if !is_done {
            self.complain(format!("{role} is never done with {body}"));
        }
    }

    /// Brings a message. Whether it is done with.
    fn bring(&self, role: &'static str, body: &str, function: &mut Option<Function>) -> bool {
        let process = function.get_or_insert_with(|| self.start(role));
        let number = self.invocations.fetch_add(1, Ordering::SeqCst);
        let request_id = format!("{role}-{number:06}");
        let event = json!({ "Records": [
            { "messageId": "1", "body": body, "attributes": { "ApproximateReceiveCount": "1" } },
        ]});
        let death = self.schedule.death_by_time();
        let killed_after = death.map(|share| self.pace.share(share));
        let ended = process.invoke(&request_id, &event, killed_after);
        self.note(format!("{request_id}: {body}: {ended:?}"));
        let is_done = match ended {
            Ended::Answered(answer) => answer["batchItemFailures"] == json!([]),
            Ended::Died => {
                self.schedule.count_death();
                if death.is_some() {
                    self.schedule.count_death_by_time();
                }
                end(function.take());
                false
            }
            Ended::Failed(_) | Ended::TimedOut | Ended::Unexpected(_) => {
                self.complain(format!("{request_id}: {ended:?}"));
                end(function.take());
                false
            }
        };
        if !is_done {
            // A message comes again after more time than anything that waits for its attempt.
            match role {
                "ingest" => self.site.age_leases(&[request_id]),
                _ => self.site.age_leading(),
            }
        }
        is_done
    }

    /// Reads what queries read, of objects that are done.
    fn read(&self, done: &[Upload<'_>]) {
        let read = self.by_catalog();
        let objects: Vec<&Object> = done.iter().map(|upload| upload.object).collect();
        for finding in misread(self.layout, &objects, &read) {
            let last = &objects[objects.len() - 1].key;
            self.complain(format!("after {last}: {finding}"));
        }
    }

    /// How often queries that ask the catalog read each mark.
    fn by_catalog(&self) -> BTreeMap<String, u64> {
        let places = self.site.partitions();
        let files = self.site.files();
        let mut read: BTreeMap<String, u64> = BTreeMap::new();
        for place in places {
            if place.starts_with("compacted/") && !self.is_over.load(Ordering::SeqCst) {
                self.few.store(true, Ordering::SeqCst);
            }
            for file in files.iter().filter(|file| file.starts_with(&place)) {
                for mark in self.site.marks(file) {
                    *read.entry(mark).or_default() += 1;
                }
            }
        }
        read
    }

    /// What is there in the end.
    fn check(&self, objects: &[Object]) -> Verdict {
        let mut verdict = Verdict::default();
        let objects: Vec<&Object> = objects.iter().collect();
        let left = objects.iter().copied();
        let left = left.filter(|object| !object.is_replaced(self.layout, &objects));
        let own = marks_in_lake(&self.site, &self.site.files());
        verdict.check_lake(alternatives(self.layout, Size::Many, left), &own);
        let read = self.by_catalog();
        for finding in misread(self.layout, &objects, &read) {
            verdict.lost += u64::from(finding.starts_with("nobody"));
            verdict.doubled += u64::from(!finding.starts_with("nobody"));
            verdict.note(format!("in the end: {finding}"));
        }
        verdict
    }

    fn start(&self, role: &'static str) -> Function {
        let mut settings = self.settings.clone();
        settings["timeout_seconds"] = ENOUGH_SECONDS.into();
        let mut variables = self.site.variables(&settings);
        variables.push(("SLUICE_ROLE", role.to_owned()));
        variables.push(("AWS_LAMBDA_LOG_STREAM_NAME", role.to_owned()));
        variables.push(("TMPDIR", self.scratch.path().display().to_string()));
        let clock = Arc::new(Clock::new(Duration::from_secs(ENOUGH_SECONDS)));
        let network = |killer| {
            Arc::new(Connection {
                role,
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

    fn complain(&self, what: String) {
        self.findings.lock().unwrap().push(what);
    }

    fn note(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }
}

fn end(function: Option<Function>) {
    if let Some(process) = function {
        process.end();
    }
}

/// What is wrong with what was read of objects that are done, by how often each mark was. Of records with a key, one version
/// of a day is read at the least, and with none all are.
fn misread(layout: Layout, objects: &[&Object], read: &BTreeMap<String, u64>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut versions: BTreeMap<(&str, u32), BTreeSet<&str>> = BTreeMap::new();
    for object in objects {
        let is_replaced = object.is_replaced(layout, objects);
        for record in object.live() {
            let times = read.get(&record.mark).copied().unwrap_or(0);
            if times > u64::from(!is_replaced) {
                findings.push(format!("{} is read {times} times", record.mark));
            }
            if !is_replaced {
                let group = match layout {
                    Layout::Lake => (record.mark.as_str(), 0),
                    _ => (record.id.as_str(), record.day),
                };
                versions.entry(group).or_default().insert(&record.mark);
            }
        }
    }
    for marks in versions.into_values() {
        if !marks.iter().any(|mark| read.contains_key(*mark)) {
            let marks: Vec<&str> = marks.into_iter().collect();
            findings.push(format!("nobody reads {}", marks.join(" or ")));
        }
    }
    findings
}
