//! A crash laboratory: the real program with an emulated AWS behind a bad network, killed wherever it hurts.
//!
//! After every run each record of each object must be exactly once in the table, the lake or the rejects, and the ledger
//! must say so. A fault that no run of its scenario has met fails the laboratory, too: it has tested nothing. So does an
//! invocation that gives a message back and does not say why.

#![allow(clippy::unwrap_used)]

mod alerts;
mod asking;
mod asks;
#[path = "../aws/mod.rs"]
mod aws;
mod calls;
mod checker;
mod compacting;
mod crawling;
mod function;
mod objects;
mod people;
mod queue;
mod reasons;
mod receiver;
mod requests;
mod rule;
mod run;
mod runtime_api;
mod scenario;
mod schedule;
mod sending;
mod sent;
mod site;
mod table;
mod tampered;
mod telling;
mod work;

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    io::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use self::{objects::Layout, run::Outcome, scenario::Scenario, table::Row, work::Pace};
use crate::aws::ministack::Ministack;

/// Emulators, and runs in each of them at the same time: most of a run's time is waiting.
const EMULATORS: usize = 2;
const RUNS_AT_ONCE: usize = 4;

/// More runs of everything: as many seeds as this variable says, times those of the scenario.
const SEEDS: &str = "SLUICE_SEEDS";
/// Only runs whose name, such as `killed at any call, table+lake, seed 3`, has this in it.
const ONLY: &str = "SLUICE_RUNS";

/// What a run is about.
#[derive(Clone, Copy)]
enum Case {
    /// Objects that are ingested.
    Objects(&'static Scenario, Layout),
    /// Requests to an API.
    Requests(&'static requests::Scenario),
    /// Objects that are ingested while the folders that they are in are compacted.
    Compacting(&'static compacting::Scenario, Layout),
    /// What people are told.
    Alerts(&'static telling::Scenario),
    /// Files that a crawler registers.
    Files(&'static crawling::Scenario),
}

impl Case {
    fn scenario(&self) -> &'static str {
        match self {
            Self::Objects(scenario, _) => scenario.name,
            Self::Requests(scenario) => scenario.name,
            Self::Compacting(scenario, _) => scenario.name,
            Self::Alerts(scenario) => scenario.name,
            Self::Files(scenario) => scenario.name,
        }
    }
}

#[derive(Clone, Copy)]
struct Job {
    case: Case,
    seed: u64,
}

impl Job {
    fn name(&self) -> String {
        let scenario = self.case.scenario();
        match self.case {
            Case::Objects(_, layout) | Case::Compacting(_, layout) => {
                format!("{scenario}, {}, seed {}", layout.name(), self.seed)
            }
            Case::Requests(_) | Case::Alerts(_) | Case::Files(_) => {
                format!("{scenario}, seed {}", self.seed)
            }
        }
    }
}

#[test]
fn nothing_is_lost_and_nothing_doubled() {
    let jobs = jobs();
    let waiting = Mutex::new(jobs.iter().copied().enumerate().collect::<VecDeque<_>>());
    let done = Mutex::new(Vec::new());
    let pace = Pace::new();
    let deals = Arc::default();
    std::thread::scope(|scope| {
        for _ in 0..EMULATORS {
            scope.spawn(|| {
                let aws = Ministack::start();
                std::thread::scope(|scope| {
                    for _ in 0..RUNS_AT_ONCE {
                        scope.spawn(|| {
                            loop {
                                let Some((number, job)) = waiting.lock().unwrap().pop_front()
                                else {
                                    break;
                                };
                                let seed = job.seed;
                                let outcome = match job.case {
                                    Case::Objects(scenario, layout) => run::run(
                                        &aws, &pace, &deals, scenario, layout, seed, number,
                                    ),
                                    Case::Requests(scenario) => {
                                        asking::run(&aws, &pace, &deals, scenario, seed, number)
                                    }
                                    Case::Compacting(scenario, layout) => compacting::run(
                                        &aws, &pace, &deals, scenario, layout, seed, number,
                                    ),
                                    Case::Alerts(scenario) => {
                                        telling::run(&aws, &pace, &deals, scenario, seed, number)
                                    }
                                    Case::Files(scenario) => {
                                        crawling::run(&pace, &deals, scenario, seed)
                                    }
                                };
                                done.lock().unwrap().push((job, outcome));
                            }
                        });
                    }
                });
            });
        }
    });
    let done = done.into_inner().unwrap();
    let mut rows: Vec<Row> = Vec::new();
    for scenario in names() {
        let mut row = Row::new(scenario);
        let runs = done
            .iter()
            .filter(|(job, _)| job.case.scenario() == scenario);
        let mut any = false;
        for (_, outcome) in runs {
            any = true;
            row.add(outcome);
        }
        if any {
            rows.push(row);
        }
    }
    // Past the test's own capture, so that it is seen where all is well.
    let _ = writeln!(std::io::stdout(), "\n{}", table::table(&rows));
    let mut bad: Vec<String> = done
        .iter()
        .filter(|(_, outcome)| !outcome.verdict.findings.is_empty())
        .map(|(job, outcome)| told(job, outcome))
        .collect();
    // Some runs of a scenario need not meet everything.
    if only().is_empty() {
        bad.extend(names().flat_map(|scenario| untested(scenario, &done)));
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    for row in &rows {
        let wrong = (row.lost, row.unfinished, row.doubled);
        assert_eq!(wrong, (0, 0, 0), "{}", row.name);
    }
}

/// What all runs of a scenario together have not met.
fn untested(scenario: &str, done: &[(Job, Outcome)]) -> Vec<String> {
    let of_scenario = || {
        let runs = done.iter();
        runs.filter(|(job, _)| job.case.scenario() == scenario)
    };
    let mut met: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, times) in of_scenario().flat_map(|(_, outcome)| &outcome.met) {
        *met.entry(name).or_default() += times;
    }
    let never = met.iter().filter(|(_, times)| **times == 0);
    let mut untested: Vec<String> = never
        .map(|(name, _)| format!("`{scenario}`: nothing has met `{name}`"))
        .collect();
    let whole = of_scenario().filter(|(job, outcome)| {
        let shares_out = matches!(job.case, Case::Objects(scenario, _) if scenario.shares_out);
        shares_out && outcome.parts <= outcome.objects
    });
    untested.extend(whole.map(|(job, _)| format!("{}: no object was shared out", job.name())));
    untested
}

/// The names of all scenarios.
fn names() -> impl Iterator<Item = &'static str> {
    let requests = requests::SCENARIOS.iter().map(|scenario| scenario.name);
    let compacting = compacting::SCENARIOS.iter().map(|scenario| scenario.name);
    let alerts = telling::SCENARIOS.iter().map(|scenario| scenario.name);
    let files = crawling::SCENARIOS.iter().map(|scenario| scenario.name);
    scenario::all()
        .map(|scenario| scenario.name)
        .chain(requests)
        .chain(compacting)
        .chain(alerts)
        .chain(files)
}

/// Which runs are made, where these are not all.
fn only() -> String {
    std::env::var(ONLY).unwrap_or_default()
}

fn jobs() -> Vec<Job> {
    let factor = std::env::var(SEEDS)
        .ok()
        .and_then(|seeds| seeds.parse().ok())
        .unwrap_or(1);
    let only = only();
    let mut jobs = Vec::new();
    let mut add = |case: Case, seeds: u64| {
        let seeds = 0..seeds * factor;
        jobs.extend(seeds.map(|seed| Job { case, seed }));
    };
    for scenario in scenario::all() {
        for layout in scenario.layouts {
            add(Case::Objects(scenario, *layout), scenario.seeds);
        }
    }
    for scenario in requests::SCENARIOS {
        add(Case::Requests(scenario), scenario.seeds);
    }
    for scenario in compacting::SCENARIOS {
        for layout in [Layout::Lake, Layout::TableAndLake] {
            add(Case::Compacting(scenario, layout), scenario.seeds);
        }
    }
    for scenario in telling::SCENARIOS {
        add(Case::Alerts(scenario), scenario.seeds);
    }
    for scenario in crawling::SCENARIOS {
        add(Case::Files(scenario), scenario.seeds);
    }
    jobs.retain(|job| job.name().contains(&only));
    // Long and short ones mixed.
    fastrand::Rng::with_seed(7).shuffle(&mut jobs);
    jobs
}

/// What is wrong with a run, and where its log is.
fn told(job: &Job, outcome: &Outcome) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let name: String = job
        .name()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let path = folder.join(format!("{name}.log"));
    let _ = fs::write(&path, outcome.log.join("\n"));
    let findings = &outcome.verdict.findings;
    let first: Vec<&str> = findings.iter().take(5).map(String::as_str).collect();
    format!(
        "{}: {} findings\n  {}\n  log: {}",
        job.name(),
        findings.len(),
        first.join("\n  "),
        path.display()
    )
}
