//! What can go wrong, by name: the rows of the laboratory's table.

use super::{
    calls::{ANYTHING, CONTROL, ITEM, ITEM_OR_KEY, NO_ITEM, POISON_READ, READ, S3, TOPIC, UPLOAD},
    objects::{Layout, Size},
    queue::Order,
    rule::{
        ANY, At, Kill, Kills,
        Mishap::{CutWithin, Is, Late, Slow},
        Rule, at_a_call, at_a_call_of_parts,
    },
    sending,
};
use crate::aws::faults::Fault;

/// How long an invocation may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// So long that only one that hangs needs more.
    Enough,
    /// A few times what the same object has just taken undisturbed; more where this is not enough to get any further.
    Short,
}

/// One row of the table.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) rules: &'static [Rule],
    pub(crate) kills: Kills,
    /// Execution environments at the same time.
    pub(crate) functions: usize,
    pub(crate) order: Order,
    pub(crate) size: Size,
    pub(crate) time: Time,
    /// Whether the objects of each run have several parts in the end.
    pub(crate) shares_out: bool,
    /// Statuses of answers that the counts of its runs must have; 0 is for those that never came.
    pub(crate) hears: &'static [u16],
    /// The layouts to which it means something.
    pub(crate) layouts: &'static [Layout],
    /// Runs of each layout.
    pub(crate) seeds: u64,
}

pub(super) const PLAIN: Scenario = Scenario {
    name: "",
    rules: &[],
    kills: nobody,
    functions: 1,
    order: Order::Good,
    size: Size::Small,
    time: Time::Enough,
    shares_out: false,
    hears: &[],
    layouts: &Layout::ALL,
    seeds: 2,
};

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "none",
        ..PLAIN
    },
    Scenario {
        name: "events twice, late, in any order",
        order: Order::Bad,
        functions: 2,
        ..PLAIN
    },
    Scenario {
        name: "three functions race for each object",
        order: Order::Bad,
        functions: 3,
        ..PLAIN
    },
    Scenario {
        name: "table throttled",
        rules: &[Rule {
            calls: ITEM_OR_KEY,
            share: 0.3,
            times: 6,
            mishaps: &[Is(Fault::Throttle)],
        }],
        layouts: &[Layout::TableAndLake, Layout::Table, Layout::FirstOfAll],
        ..PLAIN
    },
    Scenario {
        name: "control table throttled",
        rules: &[Rule {
            calls: CONTROL,
            share: 0.6,
            times: 9,
            mishaps: &[Is(Fault::Throttle)],
        }],
        ..PLAIN
    },
    Scenario {
        name: "internal errors",
        rules: &[Rule {
            calls: ANYTHING,
            share: 0.2,
            times: 3,
            mishaps: &[Is(Fault::Error)],
        }],
        ..PLAIN
    },
    Scenario {
        name: "calls refused, later allowed",
        rules: &[
            Rule {
                calls: ITEM,
                share: 0.04,
                times: 1,
                mishaps: &[Is(Fault::Refuse)],
            },
            Rule {
                calls: NO_ITEM,
                share: 0.3,
                times: 1,
                mishaps: &[Is(Fault::Refuse)],
            },
        ],
        ..PLAIN
    },
    Scenario {
        name: "S3 slows down",
        rules: &[Rule {
            calls: S3,
            share: 0.6,
            times: 5,
            mishaps: &[Is(Fault::Throttle)],
        }],
        layouts: &[Layout::TableAndLake, Layout::Lake],
        ..PLAIN
    },
    Scenario {
        name: "reads broken",
        rules: &[Rule {
            calls: READ,
            share: 0.8,
            times: 9,
            mishaps: &[CutWithin(2_000)],
        }],
        ..PLAIN
    },
    Scenario {
        name: "uploads cut",
        rules: &[Rule {
            calls: UPLOAD,
            share: 0.6,
            times: 4,
            mishaps: &[Is(Fault::Lost), Is(Fault::Cut(0))],
        }],
        layouts: &[Layout::TableAndLake, Layout::Lake],
        ..PLAIN
    },
    Scenario {
        name: "parts of large files cut, refused",
        rules: &[Rule {
            calls: S3,
            share: 0.3,
            times: 2,
            mishaps: &[
                Is(Fault::Lost),
                Is(Fault::Cut(0)),
                Is(Fault::Throttle),
                Is(Fault::Error),
                Is(Fault::Refuse),
            ],
        }],
        size: Size::Large,
        layouts: &[Layout::Lake],
        seeds: 5,
        ..PLAIN
    },
    Scenario {
        name: "answers lost after the deed",
        rules: &[Rule {
            calls: ANYTHING,
            share: 0.3,
            times: 2,
            mishaps: &[Is(Fault::Cut(0))],
        }],
        ..PLAIN
    },
    Scenario {
        name: "alerts topic down",
        rules: &[Rule {
            calls: TOPIC,
            share: 1.0,
            times: u32::MAX,
            mishaps: &[Is(Fault::Lost), Is(Fault::Error), Is(Fault::Throttle)],
        }],
        layouts: &[Layout::TableAndLake],
        ..PLAIN
    },
    Scenario {
        name: "answers slow",
        rules: &[Rule {
            calls: ANYTHING,
            share: 0.2,
            times: 2,
            mishaps: &[Slow(60)],
        }],
        functions: 3,
        order: Order::Bad,
        ..PLAIN
    },
    Scenario {
        name: "killed at any time",
        kills: |rng, _| {
            let times = rng.usize(1..4);
            let kill = |_| Kill {
                // Mostly early: that is when most happens.
                at: At::Time(f64::from(1 << rng.u8(0..8)) / 128.0),
                fault: Fault::None,
            };
            (0..times).map(kill).collect()
        },
        seeds: 6,
        ..PLAIN
    },
    Scenario {
        name: "killed at any call",
        kills: |rng, layout| {
            let times = rng.usize(1..4);
            (0..times).map(|_| at_a_call(rng, layout, false)).collect()
        },
        seeds: 12,
        ..PLAIN
    },
    Scenario {
        name: "killed, its last calls served later",
        kills: |rng, layout| {
            let times = rng.usize(1..3);
            (0..times).map(|_| at_a_call(rng, layout, true)).collect()
        },
        functions: 2,
        order: Order::Bad,
        seeds: 6,
        ..PLAIN
    },
    Scenario {
        name: "killed while large files are uploaded",
        kills: |rng, _| {
            let kill = |_| Kill {
                at: At::Call(S3, rng.u32(1..12)),
                fault: [Fault::KillBefore, Fault::KillAfter][rng.usize(..2)],
            };
            (0..2).map(kill).collect()
        },
        size: Size::Large,
        layouts: &[Layout::Lake],
        seeds: 3,
        ..PLAIN
    },
    Scenario {
        name: "split objects, events twice, a race",
        functions: 3,
        order: Order::Bad,
        size: Size::Split,
        shares_out: true,
        seeds: 1,
        ..PLAIN
    },
    Scenario {
        name: "split objects, killed at any call",
        kills: |rng, layout| {
            let times = rng.usize(1..4);
            (0..times)
                .map(|_| {
                    let late = rng.u32(0..4) == 0;
                    at_a_call_of_parts(rng, layout, late)
                })
                .collect()
        },
        functions: 2,
        order: Order::Bad,
        size: Size::Split,
        shares_out: true,
        seeds: 5,
        ..PLAIN
    },
    Scenario {
        name: "split objects, a bad network",
        rules: &[
            Rule {
                calls: ITEM,
                share: 0.08,
                times: 2,
                mishaps: ANY,
            },
            Rule {
                calls: NO_ITEM,
                share: 0.3,
                times: 2,
                mishaps: ANY,
            },
        ],
        functions: 2,
        size: Size::Split,
        shares_out: true,
        ..PLAIN
    },
    Scenario {
        name: "the time is up half-way",
        rules: &[Rule {
            calls: READ,
            share: 1.0,
            times: 12,
            mishaps: &[Late(65)],
        }],
        functions: 2,
        size: Size::Slow,
        time: Time::Short,
        shares_out: true,
        seeds: 1,
        ..PLAIN
    },
    Scenario {
        name: "the time is up at any moment",
        rules: &[
            Rule {
                calls: READ,
                share: 0.5,
                times: 8,
                mishaps: &[Late(65)],
            },
            // Some are too late to be heard of.
            Rule {
                calls: ITEM_OR_KEY,
                share: 0.02,
                times: 1,
                mishaps: &[Late(50), Late(90), Late(110)],
            },
            Rule {
                calls: UPLOAD,
                share: 0.3,
                times: 2,
                mishaps: &[Late(50), Late(90), Late(110)],
            },
        ],
        functions: 2,
        size: Size::Slow,
        time: Time::Short,
        ..PLAIN
    },
    Scenario {
        name: "a poison object kills every time",
        kills: |_, _| {
            vec![Kill {
                at: At::Every(POISON_READ),
                fault: Fault::KillBefore,
            }]
        },
        seeds: 4,
        functions: 2,
        ..PLAIN
    },
    Scenario {
        name: "all of it at once",
        rules: &[
            Rule {
                calls: ITEM,
                share: 0.1,
                times: 2,
                mishaps: ANY,
            },
            Rule {
                calls: NO_ITEM,
                share: 0.3,
                times: 3,
                mishaps: ANY,
            },
        ],
        kills: |rng, layout| {
            let times = rng.usize(1..5);
            (0..times)
                .map(|_| {
                    let late = rng.bool();
                    at_a_call(rng, layout, late)
                })
                .collect()
        },
        functions: 3,
        order: Order::Bad,
        seeds: 6,
        ..PLAIN
    },
];

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().chain(sending::SCENARIOS)
}

fn nobody(_: &mut fastrand::Rng, _: Layout) -> Vec<Kill> {
    Vec::new()
}
