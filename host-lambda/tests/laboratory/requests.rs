//! What can go wrong with requests to the role `api`, by name: more rows of the laboratory's table.

use super::{
    calls::{ANYTHING, CLAIM, ITEM},
    rule::{
        At, Kill,
        Mishap::{Is, Slow},
        Rule, at_one_of,
    },
};
use crate::aws::faults::Fault;

/// One row of the table.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) rules: &'static [Rule],
    pub(crate) kills: fn(&mut fastrand::Rng) -> Vec<Kill>,
    /// The share of answers that get lost behind the gateway.
    pub(crate) unheard: f64,
    /// Clients, each with a function of its own.
    pub(crate) clients: usize,
    /// Whether all clients ask the same.
    pub(crate) race: bool,
    /// What must have been heard in its runs.
    pub(crate) hears: &'static [&'static str],
    pub(crate) seeds: u64,
}

const ASKING: Scenario = Scenario {
    name: "",
    rules: &[],
    kills: |_| Vec::new(),
    unheard: 0.0,
    clients: 1,
    race: false,
    hears: &[REPLAYED],
    seeds: 3,
};

/// An answer that was kept, and is given again.
pub(crate) const REPLAYED: &str = "replayed";

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "asked: answers lost behind the gateway",
        unheard: 0.4,
        ..ASKING
    },
    Scenario {
        name: "asked: the same twice at the same time",
        rules: &[Rule {
            calls: ITEM,
            share: 0.5,
            times: 1,
            mishaps: &[Slow(80)],
        }],
        clients: 2,
        race: true,
        hears: &[REPLAYED, "under_way"],
        ..ASKING
    },
    Scenario {
        name: "asked: table and answers throttled, down",
        rules: &[
            Rule {
                calls: ITEM,
                share: 0.3,
                times: 3,
                mishaps: &[Is(Fault::Throttle), Is(Fault::Error), Is(Fault::Refuse)],
            },
            Rule {
                calls: CLAIM,
                share: 0.3,
                times: 3,
                mishaps: &[Is(Fault::Throttle), Is(Fault::Error), Is(Fault::Refuse)],
            },
        ],
        unheard: 0.1,
        hears: &[REPLAYED, "unavailable"],
        ..ASKING
    },
    Scenario {
        name: "asked: answers of the tables lost, cut, slow",
        rules: &[Rule {
            calls: ANYTHING,
            share: 0.3,
            times: 2,
            mishaps: &[
                Is(Fault::Cut(0)),
                Is(Fault::Lost),
                Is(Fault::Reset),
                Slow(40),
            ],
        }],
        unheard: 0.1,
        ..ASKING
    },
    Scenario {
        name: "asked: killed at any write or at any time",
        kills: |rng| {
            let times = rng.usize(2..6);
            (0..times).map(|_| killed(rng)).collect()
        },
        hears: &[REPLAYED, "under_way"],
        seeds: 8,
        ..ASKING
    },
    Scenario {
        name: "asked: all of it at once, some served late",
        rules: &[Rule {
            calls: ANYTHING,
            share: 0.15,
            times: 2,
            mishaps: &[
                Is(Fault::Throttle),
                Is(Fault::Refuse),
                Is(Fault::Cut(0)),
                Slow(40),
            ],
        }],
        kills: |rng| {
            let kinds = [(ITEM, 30), (CLAIM, 20)];
            let late = |_| at_one_of(rng, &kinds, true);
            (0..3).map(late).collect()
        },
        unheard: 0.1,
        clients: 2,
        hears: &[REPLAYED, "under_way", "unavailable"],
        seeds: 6,
        ..ASKING
    },
];

fn killed(rng: &mut fastrand::Rng) -> Kill {
    match rng.u32(0..4) {
        0 => Kill {
            at: At::Time(f64::from(1 << rng.u8(0..6)) / 64.0),
            fault: Fault::None,
        },
        _ => at_one_of(rng, &[(ITEM, 30), (CLAIM, 20)], false),
    }
}
