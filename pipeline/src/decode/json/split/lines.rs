//! Records on lines.
//!
//! An object can be entered at each of these records. So what a piece is must follow from its own text and from nothing
//! else but that a line break, another object or the end of the text comes behind it.

use super::{Begun, Flaw, Piece, Run, Source, blanks_end, skip_blanks, within_limit};
use crate::decode::json::{
    garbage::{Before, Garbage, NEAR, Strewn},
    scan::{Scanned, ValueScan},
};

/// The piece that follows `from`, or its beginning; and where it begins.
pub(in crate::decode::json) fn begin(source: Source<'_>, from: usize) -> (usize, Begun) {
    let start = skip_blanks(source.text, from);
    (start, begin_at(source, start))
}

fn begin_at(source: Source<'_>, start: usize) -> Begun {
    let Source { text, ended, limit } = source;
    let seen = within_limit(source, start);
    let is_object = text.get(start) == Some(&b'{');
    let record = |end: usize| {
        let end = start + text[start..end].trim_ascii_end().len();
        Begun::Piece(Piece::Record { start, end })
    };
    let run = |run, at| {
        let flaw = Flaw::TooLarge;
        Begun::Run { run, at, flaw }
    };
    // A line has one record, unless something in it looks like the end of one with another behind it.
    let mut several = false;
    for at in memchr::memchr2_iter(b'\n', b'}', &seen[start..]).map(|at| start + at) {
        if text[at] == b'\n' {
            return record(at);
        }
        if is_object && behind(text, at + 1) == Some(Behind::Object) {
            several = true;
            break;
        }
    }
    if !ended && text.len() - start <= limit + NEAR && !several || start == text.len() {
        return Begun::Piece(Piece::Incomplete { start });
    }
    if !several && seen.len() - start <= limit {
        return record(text.len());
    }
    if !is_object {
        let garbage = Garbage::new(Strewn::NextLine, Before::Other);
        return run(Run::Garbage(garbage), start);
    }
    // What is in doubt is one string at the most, and no quote is in it, so that it is not looked at again and again.
    let garbage = |doubt: usize| {
        let from = doubt.max(start + 1);
        let before = Before::of(&text[start..from], Strewn::Line);
        run(Run::Garbage(Garbage::new(Strewn::Line, before)), from)
    };
    let mut scan = ValueScan::new(true);
    match scan.feed(seen, start) {
        Scanned::End(end) => match behind(text, end) {
            Some(Behind::Object | Behind::Line | Behind::Far) => record(end),
            None if ended => record(end),
            // What follows is not there yet.
            None => Begun::Piece(Piece::Incomplete { start }),
            Some(Behind::Other) => run(Run::Behind, end),
        },
        Scanned::Fault { doubt, .. } => garbage(doubt),
        Scanned::More if ended && seen.len() - start <= limit => match scan.open_string() {
            Some(string) => garbage(string),
            None => record(text.len()),
        },
        Scanned::More if seen.len() - start <= limit => Begun::Piece(Piece::Incomplete { start }),
        Scanned::More => run(Run::Value(Box::new(ValueScan::new(true))), start),
    }
}

/// What stands behind a closing brace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    Object,
    Line,
    Other,
    /// Nothing for so long that it does not matter.
    Far,
}

/// What stands at `at`, blanks left out; `None` where the text ends before it is known.
fn behind(text: &[u8], at: usize) -> Option<Behind> {
    let near = &text[..text.len().min(at + NEAR)];
    match near.get(blanks_end(near, at)) {
        Some(b'{') => Some(Behind::Object),
        Some(b'\n') => Some(Behind::Line),
        Some(_) => Some(Behind::Other),
        None if near.len() == at + NEAR => Some(Behind::Far),
        None => None,
    }
}
