//! What can go wrong, by name: the rows of the laboratory's table.

use std::time::Duration;

use super::{
    objects::{Layout, Size},
    queue::Order,
};
use crate::aws::faults::{Call, Fault, Service};

/// Picks calls.
pub(crate) type Calls = fn(&Call<'_>) -> bool;

/// A fault that some calls meet.
pub(crate) struct Rule {
    pub(crate) calls: Calls,
    /// The probability, each time.
    pub(crate) share: f64,
    /// How often the same request meets it, at the most.
    pub(crate) times: u32,
    pub(crate) fault: fn(&mut fastrand::Rng) -> Fault,
}

/// The end of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kill {
    pub(crate) at: At,
    pub(crate) fault: Fault,
}

/// When a process ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum At {
    /// So long after an invocation has begun.
    Time(Duration),
    /// At the n-th of such calls, counted from 1.
    Call(Calls, u32),
    /// At each of such calls.
    Every(Calls),
}

/// Which ends of processes a seed gives.
pub(crate) type Kills = fn(&mut fastrand::Rng) -> Vec<Kill>;

/// One row of the table.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) rules: &'static [Rule],
    pub(crate) kills: Kills,
    /// Execution environments at the same time.
    pub(crate) functions: usize,
    pub(crate) order: Order,
    pub(crate) size: Size,
    /// How long an invocation may take.
    pub(crate) timeout_seconds: u32,
    /// The layouts to which it means something.
    pub(crate) layouts: &'static [Layout],
    /// Runs of each layout.
    pub(crate) seeds: u64,
    /// Whether every request is served and nobody dies.
    pub(crate) is_calm: bool,
}

/// The object that no function survives.
pub(crate) const POISON: &str = "incoming/1.";

const PLAIN: Scenario = Scenario {
    name: "",
    rules: &[],
    kills: nobody,
    functions: 1,
    order: Order::Good,
    size: Size::Small,
    timeout_seconds: 60,
    layouts: &Layout::ALL,
    seeds: 2,
    is_calm: false,
};

/// All of them.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "none",
        is_calm: true,
        ..PLAIN
    },
    Scenario {
        name: "events twice, late, in any order",
        is_calm: true,
        order: Order::Bad,
        functions: 2,
        ..PLAIN
    },
    Scenario {
        name: "three functions race for each object",
        is_calm: true,
        order: Order::Bad,
        functions: 3,
        ..PLAIN
    },
    Scenario {
        name: "table throttled",
        rules: &[
            Rule {
                calls: is_batch,
                share: 0.5,
                times: 3,
                fault: |rng| {
                    let faults = [
                        Fault::Throttle,
                        Fault::Unprocessed,
                        Fault::PartlyUnprocessed,
                    ];
                    faults[rng.usize(..3)]
                },
            },
            Rule {
                calls: is_item_or_key,
                share: 0.2,
                times: 4,
                fault: |_| Fault::Throttle,
            },
        ],
        layouts: &[Layout::TableAndLake, Layout::Table, Layout::FirstOfAll],
        ..PLAIN
    },
    Scenario {
        name: "control table throttled",
        rules: &[Rule {
            calls: is_control,
            share: 0.6,
            times: 9,
            fault: |_| Fault::Throttle,
        }],
        ..PLAIN
    },
    Scenario {
        name: "internal errors",
        rules: &[Rule {
            calls: anything,
            share: 0.2,
            times: 3,
            fault: |_| Fault::Error,
        }],
        ..PLAIN
    },
    Scenario {
        name: "calls refused, later allowed",
        rules: &[
            Rule {
                calls: is_item,
                share: 0.02,
                times: 1,
                fault: |_| Fault::Refuse,
            },
            Rule {
                calls: is_no_item,
                share: 0.3,
                times: 1,
                fault: |_| Fault::Refuse,
            },
        ],
        ..PLAIN
    },
    Scenario {
        name: "S3 slows down",
        rules: &[Rule {
            calls: is_s3,
            share: 0.6,
            times: 5,
            fault: |_| Fault::Throttle,
        }],
        layouts: &[Layout::TableAndLake, Layout::Lake],
        ..PLAIN
    },
    Scenario {
        name: "reads broken",
        rules: &[Rule {
            calls: is_read,
            share: 0.8,
            times: 9,
            fault: |rng| Fault::Cut(rng.usize(0..2_000)),
        }],
        ..PLAIN
    },
    Scenario {
        name: "uploads cut",
        rules: &[Rule {
            calls: is_upload,
            share: 0.6,
            times: 4,
            fault: |rng| {
                if rng.bool() {
                    Fault::Lost
                } else {
                    Fault::Cut(0)
                }
            },
        }],
        layouts: &[Layout::TableAndLake, Layout::Lake],
        ..PLAIN
    },
    Scenario {
        name: "parts of large files cut, refused",
        rules: &[Rule {
            calls: is_s3,
            share: 0.3,
            times: 2,
            fault: |rng| {
                let faults = [
                    Fault::Lost,
                    Fault::Cut(0),
                    Fault::Throttle,
                    Fault::Error,
                    Fault::Refuse,
                ];
                faults[rng.usize(..5)]
            },
        }],
        size: Size::Large,
        layouts: &[Layout::Lake],
        ..PLAIN
    },
    Scenario {
        name: "answers lost after the deed",
        rules: &[Rule {
            calls: anything,
            share: 0.3,
            times: 2,
            fault: |_| Fault::Cut(0),
        }],
        ..PLAIN
    },
    Scenario {
        name: "alerts topic down",
        rules: &[Rule {
            calls: is_topic,
            share: 1.0,
            times: u32::MAX,
            fault: |rng| {
                let faults = [Fault::Lost, Fault::Error, Fault::Throttle];
                faults[rng.usize(..3)]
            },
        }],
        layouts: &[Layout::TableAndLake],
        ..PLAIN
    },
    Scenario {
        name: "answers slow",
        rules: &[Rule {
            calls: anything,
            share: 0.2,
            times: 2,
            fault: |rng| Fault::Slow(Duration::from_millis(rng.u64(1..60))),
        }],
        functions: 3,
        order: Order::Bad,
        ..PLAIN
    },
    Scenario {
        name: "killed at any time",
        kills: |rng| {
            let times = rng.usize(1..4);
            let kill = |_| Kill {
                // Mostly early: that is when most happens.
                at: At::Time(Duration::from_micros(2_000 << rng.u32(0..8))),
                fault: Fault::None,
            };
            (0..times).map(kill).collect()
        },
        seeds: 6,
        ..PLAIN
    },
    Scenario {
        name: "killed at any call",
        kills: |rng| {
            let times = rng.usize(1..4);
            (0..times).map(|_| at_a_call(rng, false)).collect()
        },
        seeds: 12,
        ..PLAIN
    },
    Scenario {
        name: "killed, its last calls served later",
        kills: |rng| {
            let times = rng.usize(1..3);
            (0..times).map(|_| at_a_call(rng, true)).collect()
        },
        functions: 2,
        order: Order::Bad,
        seeds: 6,
        ..PLAIN
    },
    Scenario {
        name: "killed while large files are uploaded",
        kills: |rng| {
            let kill = |_| Kill {
                at: At::Call(is_s3, rng.u32(1..12)),
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
        is_calm: true,
        functions: 3,
        order: Order::Bad,
        size: Size::Split,
        seeds: 1,
        ..PLAIN
    },
    Scenario {
        name: "split objects, killed at any call",
        kills: |rng| {
            let times = rng.usize(1..4);
            (0..times)
                .map(|_| {
                    let late = rng.u32(0..4) == 0;
                    at_a_call(rng, late)
                })
                .collect()
        },
        functions: 2,
        order: Order::Bad,
        size: Size::Split,
        seeds: 5,
        ..PLAIN
    },
    Scenario {
        name: "split objects, a bad network",
        rules: &[
            Rule {
                calls: is_item,
                share: 0.05,
                times: 2,
                fault: any_fault,
            },
            Rule {
                calls: is_no_item,
                share: 0.3,
                times: 2,
                fault: any_fault,
            },
        ],
        functions: 2,
        size: Size::Split,
        ..PLAIN
    },
    Scenario {
        name: "the time is up half-way",
        rules: &[
            Rule {
                calls: is_item_or_key,
                share: 0.4,
                times: 1,
                fault: |rng| Fault::Slow(Duration::from_millis(rng.u64(200..700))),
            },
            Rule {
                calls: is_upload,
                share: 0.5,
                times: 2,
                fault: |rng| Fault::Slow(Duration::from_millis(rng.u64(200..700))),
            },
        ],
        functions: 2,
        size: Size::Slow,
        timeout_seconds: 1,
        ..PLAIN
    },
    Scenario {
        name: "a poison object kills every time",
        kills: |_| {
            vec![Kill {
                at: At::Every(is_poison),
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
                calls: is_item,
                share: 0.1,
                times: 2,
                fault: any_fault,
            },
            Rule {
                calls: is_no_item,
                share: 0.3,
                times: 3,
                fault: any_fault,
            },
        ],
        kills: |rng| {
            let times = rng.usize(1..5);
            (0..times)
                .map(|_| {
                    let late = rng.bool();
                    at_a_call(rng, late)
                })
                .collect()
        },
        functions: 3,
        order: Order::Bad,
        seeds: 6,
        ..PLAIN
    },
];

fn nobody(_: &mut fastrand::Rng) -> Vec<Kill> {
    Vec::new()
}

/// Each kind of call is as likely as the others, however many there are of it; the first ones more so than the last.
fn at_a_call(rng: &mut fastrand::Rng, late: bool) -> Kill {
    let kinds: [(Calls, u32); 7] = [
        (is_control, 5),
        (is_read, 2),
        (is_item, 40),
        (is_upload, 8),
        (is_topic, 2),
        (is_message, 3),
        (anything, 60),
    ];
    let (calls, most) = kinds[rng.usize(..kinds.len())];
    let most = rng.u32(1..=most);
    let fault = if late {
        Fault::KillAndHold
    } else {
        [Fault::KillBefore, Fault::KillAfter][rng.usize(..2)]
    };
    Kill {
        at: At::Call(calls, rng.u32(1..=most)),
        fault,
    }
}

fn any_fault(rng: &mut fastrand::Rng) -> Fault {
    let slow = Fault::Slow(Duration::from_millis(rng.u64(1..30)));
    let faults = [
        Fault::Throttle,
        Fault::Error,
        Fault::Lost,
        Fault::Cut(0),
        slow,
    ];
    faults[rng.usize(..faults.len())]
}

fn anything(_: &Call<'_>) -> bool {
    true
}

/// Reads and writes of the ledger.
fn is_control(call: &Call<'_>) -> bool {
    let is_key = call.action == "PutItem";
    call.service == Service::DynamoDb && call.target.starts_with("control") && !is_key
}

/// Writes of records into the pipeline's table, or of their keys into the control table.
fn is_item_or_key(call: &Call<'_>) -> bool {
    call.service == Service::DynamoDb && !is_control(call)
}

/// Writes of one or several items into the pipeline's table.
fn is_item(call: &Call<'_>) -> bool {
    call.service == Service::DynamoDb && call.target.starts_with("items")
}

fn is_no_item(call: &Call<'_>) -> bool {
    !is_item_or_key(call)
}

fn is_batch(call: &Call<'_>) -> bool {
    call.action == "BatchWriteItem"
}

fn is_s3(call: &Call<'_>) -> bool {
    call.service == Service::S3
}

fn is_read(call: &Call<'_>) -> bool {
    is_s3(call) && call.action == "GetObject"
}

fn is_upload(call: &Call<'_>) -> bool {
    is_s3(call) && call.action != "GetObject"
}

fn is_message(call: &Call<'_>) -> bool {
    call.service == Service::Sqs
}

fn is_topic(call: &Call<'_>) -> bool {
    call.service == Service::Sns
}

fn is_poison(call: &Call<'_>) -> bool {
    let key = call.target.split_once('/').map_or("", |(_, key)| key);
    is_read(call) && key.starts_with(POISON)
}
