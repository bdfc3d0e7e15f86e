//! Finds where the records of a JSON text start and end, without reading what is inside.
//!
//! Every piece depends on the text from its start on alone, and on the state before it; never on how much of the text is
//! at hand. What is broken is one piece from where it begins to the next place that looks like the start of a record, and
//! is looked at a fixed number of times at the most.

mod flaw;
mod lines;
mod run;
#[cfg(test)]
mod tests;
mod values;
mod wrapped;

pub(super) use self::{
    flaw::Flaw,
    run::{Passed, Run},
    values::Values,
    wrapped::Wrapped,
};
use super::scan::{Scanned, ValueScan};

/// How records follow each other.
#[derive(Debug, Clone)]
pub(super) enum Order {
    /// Records on lines of their own, or several objects on one line.
    Lines,
    /// Elements of arrays, and values outside of them, one after the other.
    Values(Values),
    /// Elements of an array inside of an object.
    Wrapped(Wrapped),
}

/// What stands at a position of the text. Positions are in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A record, from `start` to before `end`.
    Record { start: usize, end: usize },
    /// Something that is no record and reaches to `end`.
    Broken {
        start: usize,
        end: usize,
        flaw: Flaw,
    },
    /// A record that begins at `start` and does not end within the text.
    Incomplete { start: usize },
}

/// The start of a piece.
enum Begun {
    Piece(Piece),
    /// What goes on at `at` and is, so far, flawed like this.
    Run {
        run: Run,
        at: usize,
        flaw: Flaw,
    },
}

/// The text that pieces are found in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) text: &'a [u8],
    /// Whether the object ends with it.
    pub(super) ended: bool,
    /// The longest record, in bytes.
    pub(super) limit: usize,
}

/// Whether a text is one value with nothing before or behind it, as far as its brackets and quotes tell.
pub(in crate::decode) fn is_whole(text: &[u8]) -> bool {
    let mut scan = ValueScan::new(false);
    match scan.feed(text, 0) {
        Scanned::End(end) => end == text.len(),
        Scanned::More => scan.may_end(),
        Scanned::Fault { .. } => false,
    }
}

impl Order {
    /// Whether records are on lines, so that where they are depends on nothing but the lines.
    pub(super) fn is_lines(&self) -> bool {
        matches!(self, Order::Lines)
    }

    /// The piece that follows `from`.
    pub(super) fn next_piece(&mut self, source: Source<'_>, from: usize) -> Piece {
        let start = match self.begin(source, from) {
            (_, Begun::Piece(piece)) => return piece,
            (
                start,
                Begun::Run {
                    mut run,
                    at,
                    mut flaw,
                },
            ) => match run.pass(source, at, &mut flaw, self.is_lines()) {
                Passed::To(end) => return self.end_run(source, start, end, flaw),
                Passed::On(_) if source.ended => {
                    let end = source.text.len();
                    return self.end_run(source, start, end, flaw.at_end());
                }
                Passed::On(_) => start,
            },
        };
        Piece::Incomplete { start }
    }

    /// The run that begins at the start of the text, of which more than the longest record is there.
    pub(super) fn begin_run(&mut self, source: Source<'_>) -> Option<(Run, usize, Flaw)> {
        match self.begin(source, 0) {
            (_, Begun::Piece(_)) => None,
            (_, Begun::Run { run, at, flaw }) => Some((run, at, flaw)),
        }
    }

    /// The state behind a run of this flaw.
    pub(super) fn pass_run(&mut self, flaw: Flaw) {
        match self {
            Order::Lines => {}
            Order::Values(values) => values.pass_run(flaw),
            Order::Wrapped(wrapped) => wrapped.pass_run(flaw),
        }
    }

    fn end_run(&mut self, source: Source<'_>, start: usize, end: usize, flaw: Flaw) -> Piece {
        self.pass_run(flaw);
        match self {
            // Whoever reads the line can say what is wrong with it.
            Order::Lines => Piece::Record {
                start,
                end: start + source.text[start..end].trim_ascii_end().len(),
            },
            Order::Values(_) | Order::Wrapped(_) => Piece::Broken { start, end, flaw },
        }
    }

    /// The piece that follows `from`, or its beginning; and where it begins.
    fn begin(&mut self, source: Source<'_>, from: usize) -> (usize, Begun) {
        match self {
            Order::Lines => lines::begin(source, from),
            Order::Values(values) => values.begin(source, from),
            Order::Wrapped(wrapped) => wrapped.begin(source, from),
        }
    }
}

/// The longest part of a text at which it is decided what a piece is.
fn within_limit(source: Source<'_>, start: usize) -> &[u8] {
    let end = start.saturating_add(source.limit).saturating_add(1);
    &source.text[..end.min(source.text.len())]
}

/// Where garbage may end at the earliest that begins at `start`, and is known to be garbage at `fault`: what was looked at
/// to know it is looked at again 64 times at the most.
fn earliest(start: usize, fault: usize, doubt: usize) -> usize {
    doubt.max(start + 1).max(start + (fault - start) / 64)
}

fn skip_blanks(text: &[u8], from: usize) -> usize {
    text[from..]
        .iter()
        .position(|byte| !byte.is_ascii_whitespace())
        .map_or(text.len(), |blanks| from + blanks)
}

/// The end of the blanks at `from`, in its line.
fn blanks_end(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))
        .map_or(text.len(), |blanks| from + blanks)
}
