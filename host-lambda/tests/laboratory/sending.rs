//! What can go wrong with records that are sent to an API, by name: more rows of the laboratory's table.
//!
//! The API does a request once, by its key, and has each record of it. In every other run nothing is tried again but the
//! object as a whole.

use std::time::Duration;

use super::{
    calls::{CONTROL, READ, S3, SENT},
    objects::{Layout, Size, TIMEOUT_MS},
    queue::Order,
    rule::{
        Mishap::{self, CutWithin, Is, Late},
        Rule, at_a_call, at_one_of,
    },
    scenario::{PLAIN, Scenario, Time},
};
use crate::aws::faults::Fault;

/// Longer than a request may take, and after what would be the next attempt.
const TOO_SLOW: Mishap = Is(Fault::Slow(Duration::from_millis(2 * TIMEOUT_MS)));

/// As long, and never served.
const UNHEARD: Mishap = Is(Fault::Hangs(Duration::from_millis(2 * TIMEOUT_MS)));

const SENDING: Scenario = Scenario {
    layouts: &Layout::HTTP,
    ..PLAIN
};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "API: connections break",
        rules: &[Rule {
            calls: SENT,
            share: 0.3,
            times: 2,
            mishaps: &[
                Is(Fault::Lost),
                Is(Fault::Reset),
                Is(Fault::Cut(0)),
                CutWithin(60),
            ],
        }],
        hears: &[0],
        seeds: 4,
        ..SENDING
    },
    Scenario {
        name: "API: 429 with Retry-After, 503",
        rules: &[Rule {
            calls: SENT,
            share: 0.15,
            times: 1,
            mishaps: &[Is(Fault::Throttle), Is(Fault::Error)],
        }],
        hears: &[429, 503],
        ..SENDING
    },
    Scenario {
        name: "API: time-outs, served late or never",
        rules: &[Rule {
            calls: SENT,
            share: 0.15,
            times: 1,
            mishaps: &[TOO_SLOW, UNHEARD],
        }],
        hears: &[0],
        functions: 2,
        ..SENDING
    },
    Scenario {
        name: "API: 403, later let in",
        rules: &[Rule {
            calls: SENT,
            share: 0.05,
            times: 1,
            mishaps: &[Is(Fault::Refuse)],
        }],
        ..SENDING
    },
    Scenario {
        name: "API: killed at any call, some served late",
        kills: |rng, layout| {
            let times = rng.usize(1..4);
            (0..times)
                .map(|_| {
                    let late = rng.u32(0..3) == 0;
                    match rng.bool() {
                        true => at_one_of(rng, &[(SENT, 12)], late),
                        false => at_a_call(rng, layout, late),
                    }
                })
                .collect()
        },
        functions: 2,
        order: Order::Bad,
        hears: &[201, 422],
        seeds: 8,
        ..SENDING
    },
    Scenario {
        name: "API: all of it at once",
        rules: &[
            Rule {
                calls: SENT,
                share: 0.15,
                times: 2,
                mishaps: &[
                    Is(Fault::Lost),
                    Is(Fault::Reset),
                    Is(Fault::Cut(0)),
                    Is(Fault::Error),
                    TOO_SLOW,
                    UNHEARD,
                ],
            },
            Rule {
                calls: CONTROL,
                share: 0.2,
                times: 2,
                mishaps: &[Is(Fault::Throttle), Is(Fault::Cut(0))],
            },
            Rule {
                calls: S3,
                share: 0.2,
                times: 2,
                mishaps: &[Is(Fault::Error), CutWithin(2_000)],
            },
        ],
        kills: |rng, layout| {
            let times = rng.usize(1..4);
            (0..times).map(|_| at_a_call(rng, layout, true)).collect()
        },
        functions: 3,
        order: Order::Bad,
        seeds: 3,
        ..SENDING
    },
    Scenario {
        name: "API: the time is up half-way",
        rules: &[
            Rule {
                calls: READ,
                share: 1.0,
                times: 12,
                mishaps: &[Late(65)],
            },
            Rule {
                calls: SENT,
                share: 0.05,
                times: 1,
                mishaps: &[Is(Fault::Cut(0)), Is(Fault::Error)],
            },
        ],
        functions: 2,
        size: Size::Slow,
        time: Time::Short,
        shares_out: true,
        layouts: &[Layout::Http],
        // Where nothing is tried again but the object, it may be done in one part once all is calm.
        seeds: 1,
        ..SENDING
    },
];
