//! Pieces that go on and on: they are passed to their end without being kept.

use super::{Flaw, Source, blanks_end};
use crate::decode::json::{
    garbage::{Before, Garbage, Strewn},
    scan::{Scanned, ValueScan},
};

/// A piece that goes on until something ends it: all of it can be passed without being kept.
#[derive(Debug, Clone)]
pub(in crate::decode::json) enum Run {
    /// A value that is too long.
    Value(Box<ValueScan>),
    /// A value on a line, behind which another may begin.
    Behind,
    /// What is no value.
    Garbage(Garbage),
}

/// How far a run was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode::json) enum Passed {
    /// It ends before this position.
    To(usize),
    /// It goes on here, whatever comes before.
    On(usize),
}

impl Run {
    /// Passes as much of it as there is from `at` on.
    pub(in crate::decode::json) fn pass(
        &mut self,
        source: Source<'_>,
        mut at: usize,
        flaw: &mut Flaw,
        lines: bool,
    ) -> Passed {
        loop {
            match self {
                Run::Value(scan) => match scan.feed(source.text, at) {
                    Scanned::More => return Passed::On(source.text.len()),
                    Scanned::End(end) if !lines => return Passed::To(end),
                    Scanned::End(end) => {
                        at = end;
                        *self = Run::Behind;
                    }
                    Scanned::Fault { at: fault, .. } => {
                        at = fault;
                        *flaw = Flaw::Unpaired;
                        *self = Run::Garbage(Garbage::new(strewn(lines), Before::Other));
                    }
                },
                Run::Behind => {
                    let next = blanks_end(source.text, at);
                    match source.text.get(next) {
                        None => return Passed::On(next),
                        Some(b'{' | b'\n') => return Passed::To(at),
                        Some(_) => {
                            *self = Run::Garbage(Garbage::new(Strewn::Line, Before::Other));
                        }
                    }
                }
                Run::Garbage(garbage) => {
                    return match garbage.pass(source.text, at, source.ended) {
                        Ok(end) => Passed::To(end),
                        Err(on) => Passed::On(on),
                    };
                }
            }
        }
    }
}

fn strewn(lines: bool) -> Strewn {
    if lines { Strewn::Line } else { Strewn::Text }
}
