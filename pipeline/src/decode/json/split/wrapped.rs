//! Records in an array that is inside of an object, or of several, one after the other.
//!
//! An object without that array is a record itself. What comes before the array must be at hand to know where it begins,
//! and so is no longer than a record may be; what comes behind it may be of any length.

use std::{borrow::Cow, sync::Arc};

use super::{
    Begun, Flaw, Piece, Source, skip_blanks,
    values::{Stop, Values},
    within_limit,
};
use crate::decode::json::scan::{Scanned, ValueScan};

/// Where in a text of objects the next character is.
#[derive(Debug, Clone)]
pub(in crate::decode::json) struct Wrapped {
    /// Names of members, from the outermost to the array's.
    path: Arc<[String]>,
    /// What is around the objects.
    outer: Values,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    /// Outside of an object.
    Outside,
    /// In the array of one.
    Inside(Values),
    /// Before an object that stands in place of the array: it is the only record.
    Single,
    /// Behind the array, in what is left of the object.
    Behind(Box<ValueScan>),
}

/// Where the array of an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Located {
    /// The array begins before this position.
    Array(usize),
    /// In its place, an object begins at this position.
    Single(usize),
    /// Nowhere.
    Missing,
    /// The text does not tell yet.
    Unknown,
}

impl Wrapped {
    pub(in crate::decode::json) fn new(path: &[String]) -> Self {
        Self {
            path: path.into(),
            outer: Values::START,
            place: Place::Outside,
        }
    }

    /// The piece that follows `from`, or its beginning; and where it begins.
    pub(super) fn begin(&mut self, source: Source<'_>, from: usize) -> (usize, Begun) {
        let mut at = from;
        loop {
            match &mut self.place {
                Place::Outside => match self.outer.advance(source, at, false) {
                    Ok(start) => match self.locate(source, start) {
                        Located::Missing => return (start, self.outer.value(source, start)),
                        Located::Unknown => {
                            return (start, Begun::Piece(Piece::Incomplete { start }));
                        }
                        located => at = self.enter(located, start),
                    },
                    Err(Stop::Begun(start, begun)) => return (start, begun),
                    Err(Stop::Closed(next)) => at = next,
                },
                Place::Inside(inner) => match inner.advance(source, at, true) {
                    Ok(start) if inner.is_lost() => match self.locate(source, start) {
                        Located::Missing => return self.inside(source, start),
                        Located::Unknown => {
                            return (start, Begun::Piece(Piece::Incomplete { start }));
                        }
                        // The object before it was not closed.
                        located => {
                            self.outer.lose();
                            at = self.enter(located, start);
                        }
                    },
                    Ok(start) => return self.inside(source, start),
                    Err(Stop::Closed(next)) => {
                        at = next;
                        self.place = self.behind();
                    }
                    Err(Stop::Begun(start, begun)) => {
                        if let Begun::Piece(Piece::Broken {
                            flaw: Flaw::UnclosedArray,
                            ..
                        }) = begun
                        {
                            self.leave();
                        }
                        return (start, begun);
                    }
                },
                Place::Single => return (at, self.single(source, at)),
                Place::Behind(scan) => match scan.feed(source.text, at) {
                    Scanned::End(end) => {
                        at = end;
                        self.outer.pass_value();
                        self.place = Place::Outside;
                    }
                    Scanned::More => {
                        let end = source.text.len();
                        return (end, Begun::Piece(self.end(source, end)));
                    }
                    Scanned::Fault { at: fault, .. } => {
                        at = fault;
                        self.leave();
                    }
                },
            }
        }
    }

    /// The state behind a run of this flaw.
    pub(super) fn pass_run(&mut self, flaw: Flaw) {
        match (&mut self.place, flaw) {
            (Place::Outside, _) => self.outer.pass_run(flaw),
            (Place::Inside(inner), _) => inner.pass_run(flaw),
            (Place::Single, Flaw::TooLarge) => self.place = self.behind(),
            (Place::Single | Place::Behind(_), _) => self.leave(),
        }
    }

    fn inside(&mut self, source: Source<'_>, start: usize) -> (usize, Begun) {
        let begun = match &mut self.place {
            Place::Inside(inner) => inner.value(source, start),
            Place::Outside | Place::Single | Place::Behind(_) => self.outer.value(source, start),
        };
        (start, begun)
    }

    fn single(&mut self, source: Source<'_>, start: usize) -> Begun {
        let mut alone = Values::START;
        let begun = alone.value(source, start);
        match &begun {
            Begun::Piece(Piece::Record { .. }) => self.place = self.behind(),
            Begun::Piece(Piece::Broken { .. }) => self.leave(),
            Begun::Piece(Piece::Incomplete { .. }) | Begun::Run { .. } => {}
        }
        begun
    }

    /// What there is at the end of the text, behind an array.
    fn end(&mut self, source: Source<'_>, at: usize) -> Piece {
        if !source.ended {
            return Piece::Incomplete { start: at };
        }
        self.leave();
        let flaw = Flaw::UnclosedObject;
        Piece::Broken {
            start: at,
            end: at,
            flaw,
        }
    }

    fn behind(&self) -> Place {
        Place::Behind(Box::new(ValueScan::in_objects(self.path.len())))
    }

    /// Goes on as if the object were closed, which it is not.
    fn leave(&mut self) {
        self.outer.lose();
        self.place = Place::Outside;
    }

    /// Goes to where the records of an object are, which begins at `start`.
    fn enter(&mut self, located: Located, start: usize) -> usize {
        match located {
            Located::Array(at) => {
                self.place = Place::Inside(Values::IN_ARRAY);
                at
            }
            Located::Single(at) => {
                self.place = Place::Single;
                at
            }
            Located::Missing | Located::Unknown => start,
        }
    }

    /// Where the records of what begins at `start` are.
    fn locate(&self, source: Source<'_>, start: usize) -> Located {
        let text = within_limit(source, start);
        let is_all = source.ended || text.len() - start > source.limit;
        match locate(text, start, &self.path) {
            Located::Unknown if is_all => Located::Missing,
            located => located,
        }
    }
}

/// Where a path of names leads to that begins with the members of the object at `start`.
fn locate(text: &[u8], start: usize, path: &[String]) -> Located {
    let (mut at, mut level) = (start + 1, 0);
    if text.get(start) != Some(&b'{') {
        return Located::Missing;
    }
    loop {
        at = skip_blanks(text, at);
        match text.get(at) {
            None => return Located::Unknown,
            Some(b',') => {
                at += 1;
                continue;
            }
            Some(b'"') => {}
            Some(_) => return Located::Missing,
        }
        let name_end = match ValueScan::new(false).feed(text, at) {
            Scanned::End(end) => end,
            Scanned::More => return Located::Unknown,
            Scanned::Fault { .. } => return Located::Missing,
        };
        let colon = skip_blanks(text, name_end);
        let value = skip_blanks(text, text.len().min(colon + 1));
        let first = match (text.get(colon), text.get(value)) {
            (Some(b':'), Some(first)) => first,
            (None, _) | (Some(b':'), None) => return Located::Unknown,
            (Some(_), _) => return Located::Missing,
        };
        if is_name(&text[at..name_end], &path[level]) {
            at = value + 1;
            level += 1;
            match (level == path.len(), first) {
                (true, b'[') => return Located::Array(at),
                (true, b'{') => return Located::Single(value),
                (false, b'{') => continue,
                (true | false, _) => return Located::Missing,
            }
        }
        at = match ValueScan::new(false).feed(text, value) {
            Scanned::End(end) => end,
            Scanned::More => return Located::Unknown,
            Scanned::Fault { .. } => return Located::Missing,
        };
    }
}

/// Whether a string, as it is written, is this name.
fn is_name(written: &[u8], name: &str) -> bool {
    let read: Result<Cow<'_, str>, _> = serde_json::from_slice(written);
    read.is_ok_and(|read| read == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_array_is_where_the_path_leads() {
        fn check(text: &str, path: &[&str], expected: Located) {
            let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(locate(text.as_bytes(), 0, &path), expected, "{text}");
        }
        check("{\"data\": [", &["data"], Located::Array(10));
        check("{\"data\": {", &["data"], Located::Single(9));
        check("{\"data\": 1, \"x\"", &["data"], Located::Missing);
        check(
            "{\"x\": [\"data\", {\"data\": []}], \"d\\u0061ta\":[1",
            &["data"],
            Located::Array(43),
        );
        check("{\"a\":{\"x\":1,\"b\":[", &["a", "b"], Located::Array(17));
        check("{\"a\":[", &["a", "b"], Located::Missing);
        check("{\"a\":{}, \"b\": []", &["a", "b"], Located::Missing);
        for end in 1..9 {
            check(&"{\"data\": ["[..end], &["data"], Located::Unknown);
        }
        check("[{", &["data"], Located::Missing);
        check("{}", &["data"], Located::Missing);
    }
}
