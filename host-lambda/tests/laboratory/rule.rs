//! Rules: which calls meet what, and where a process ends.

use self::Mishap::{Is, Slow};
use super::{
    calls::{ANYTHING, CONTROL, Calls, ITEM, MESSAGE, READ, SENT, TOPIC, UPLOAD},
    objects::Layout,
};
use crate::aws::faults::Fault;

/// A fault that some calls meet.
pub(crate) struct Rule {
    pub(crate) calls: Calls,
    /// The probability, each time.
    pub(crate) share: f64,
    /// How often the same request meets it, at the most.
    pub(crate) times: u32,
    /// One of these, each as likely as the others.
    pub(crate) mishaps: &'static [Mishap],
}

impl Rule {
    /// What a person calls one of its mishaps.
    pub(crate) fn name(&self, mishap: Mishap) -> String {
        format!("{}: {mishap:?}", self.calls.name)
    }
}

/// What happens to a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mishap {
    /// Always the same.
    Is(Fault),
    /// Its answer breaks after fewer bytes than this.
    CutWithin(usize),
    /// It is served after fewer milliseconds than this.
    Slow(u64),
    /// It is not served before so many hundredths of the time of its invocation are over.
    Late(u32),
}

/// The end of a process.
#[derive(Clone, Copy)]
pub(crate) struct Kill {
    pub(crate) at: At,
    pub(crate) fault: Fault,
}

/// When a process ends.
#[derive(Clone, Copy)]
pub(crate) enum At {
    /// After this share of what an undisturbed invocation has taken lately.
    Time(f64),
    /// At the n-th of such calls, counted from 1.
    Call(Calls, u32),
    /// At each of such calls.
    Every(Calls),
}

impl At {
    /// What a person calls it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Time(_) => "killed after a while".to_owned(),
            Self::Call(calls, _) | Self::Every(calls) => format!("killed at {}", calls.name),
        }
    }
}

/// Which ends of processes a seed gives.
pub(crate) type Kills = fn(&mut fastrand::Rng, Layout) -> Vec<Kill>;

/// Each kind of call that there is in a layout is as likely as the others, however many there are of it; the first ones more
/// so than the last.
pub(crate) fn at_a_call(rng: &mut fastrand::Rng, layout: Layout, late: bool) -> Kill {
    let mut kinds = vec![
        (CONTROL, 5),
        (READ, 2),
        (UPLOAD, 8),
        (TOPIC, 2),
        (ANYTHING, 60),
    ];
    if layout.has_table() {
        kinds.push((ITEM, 40));
    }
    if layout.has_http() {
        kinds.push((SENT, 12));
    }
    at_one_of(rng, &kinds, late)
}

/// As [`at_a_call`], where the rest of an object is a message to the queue.
pub(crate) fn at_a_call_of_parts(rng: &mut fastrand::Rng, layout: Layout, late: bool) -> Kill {
    if rng.u32(0..4) == 0 {
        at_one_of(rng, &[(MESSAGE, 3)], late)
    } else {
        at_a_call(rng, layout, late)
    }
}

/// The end of a process at one of the first of such calls, each of which has its own number of them.
pub(crate) fn at_one_of(rng: &mut fastrand::Rng, kinds: &[(Calls, u32)], late: bool) -> Kill {
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

/// What a bad network does.
pub(crate) const ANY: &[Mishap] = &[
    Is(Fault::Throttle),
    Is(Fault::Error),
    Is(Fault::Lost),
    Is(Fault::Cut(0)),
    Slow(30),
];
