//! Arrays of records, and records one after the other.

use super::{Begun, Flaw, Piece, Run, Source, blanks_end, earliest, skip_blanks, within_limit};
use crate::decode::json::{
    garbage::{Before, Garbage, Strewn, find_record},
    scan::{Scanned, ValueScan},
};

/// Where in a text of values the next character is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode::json) struct Values {
    place: Place,
    /// Blanks before the next character, if nothing else is before it in its line.
    indent: Option<usize>,
    /// How many bytes may still be looked at again, so that values that are never closed cost nothing but themselves.
    spare: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside of an array.
    Outside(Outside),
    /// Behind an opening bracket.
    First,
    /// Behind a comma in an array.
    Value,
    /// Behind an element.
    Comma,
}

/// What comes before the next character outside of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outside {
    /// Nothing, or a comma.
    Open,
    /// A value.
    Value,
    /// An array.
    Array,
    /// Something broken, perhaps in an array that is still to be closed.
    Lost,
}

/// Why there is no next value.
pub(super) enum Stop {
    /// Something else begins at this position.
    Begun(usize, Begun),
    /// The array ends before this position.
    Closed(usize),
}

/// What may be looked at again without a gain, in bytes: a twentieth of a second.
const SPARE_BYTES: usize = 64 << 20;

impl Place {
    fn behind_value(self) -> Self {
        match self {
            Place::Outside(Outside::Lost) => self,
            Place::Outside(_) => Place::Outside(Outside::Value),
            Place::First | Place::Value | Place::Comma => Place::Comma,
        }
    }
}

impl Values {
    /// Before everything.
    pub(in crate::decode::json) const START: Values = Values {
        place: Place::Outside(Outside::Open),
        indent: Some(0),
        spare: SPARE_BYTES,
    };

    /// Behind the bracket that opens an array.
    pub(super) const IN_ARRAY: Values = Values {
        place: Place::First,
        indent: None,
        spare: SPARE_BYTES,
    };

    /// The piece that follows `from`, or its beginning; and where it begins.
    pub(super) fn begin(&mut self, source: Source<'_>, from: usize) -> (usize, Begun) {
        let mut at = from;
        loop {
            match self.advance(source, at, false) {
                Ok(start) => return (start, self.value(source, start)),
                Err(Stop::Begun(start, begun)) => return (start, begun),
                Err(Stop::Closed(next)) => at = next,
            }
        }
    }

    /// Whether it is not known if this is in an array.
    pub(super) fn is_lost(&self) -> bool {
        self.place == Place::Outside(Outside::Lost)
    }

    /// The start of the value that follows `from`. What is `inside` of an array is so up to its end.
    pub(super) fn advance(
        &mut self,
        source: Source<'_>,
        from: usize,
        inside: bool,
    ) -> Result<usize, Stop> {
        let mut at = from;
        loop {
            if inside && self.place == Place::Outside(Outside::Array) {
                return Err(Stop::Closed(at));
            }
            at = self.skip_blanks(source.text, at);
            let stop = |begun| Err(Stop::Begun(at, begun));
            let Some(byte) = source.text.get(at) else {
                return stop(Begun::Piece(self.end(source, at)));
            };
            self.place = match (self.place, byte) {
                (Place::Outside(_), b'[') => Place::First,
                (Place::Outside(Outside::Value | Outside::Array | Outside::Lost), b',') => {
                    match self.place {
                        Place::Outside(Outside::Lost) => self.place,
                        _ => Place::Outside(Outside::Open),
                    }
                }
                (Place::Outside(Outside::Lost) | Place::First | Place::Comma, b']') => {
                    Place::Outside(Outside::Array)
                }
                (Place::Comma, b',') => Place::Value,
                (Place::Value, b']') => {
                    self.place = Place::Outside(Outside::Array);
                    self.indent = None;
                    let (end, flaw) = (at + 1, Flaw::TrailingComma);
                    return stop(Begun::Piece(Piece::Broken {
                        start: at,
                        end,
                        flaw,
                    }));
                }
                (Place::Outside(Outside::Array), b']' | b'}') => {
                    return stop(self.garbage(source, at, Flaw::Stray));
                }
                (_, b',' | b']' | b'}') => return stop(self.garbage(source, at, Flaw::NoRecord)),
                _ => return Ok(at),
            };
            self.indent = None;
            at += 1;
        }
    }

    /// The state behind a run of this flaw.
    pub(super) fn pass_run(&mut self, flaw: Flaw) {
        match flaw {
            Flaw::TooLarge => self.pass_value(),
            Flaw::Unpaired
            | Flaw::UnpairedToEnd
            | Flaw::NoRecord
            | Flaw::NotJson
            | Flaw::Stray
            | Flaw::UnclosedArray
            | Flaw::UnclosedObject
            | Flaw::TrailingComma => self.lose(),
        }
        self.indent = None;
    }

    /// The state behind a value.
    pub(super) fn pass_value(&mut self) {
        self.place = self.place.behind_value();
        self.indent = None;
    }

    /// The state behind something broken.
    pub(super) fn lose(&mut self) {
        self.place = match self.place {
            Place::Outside(Outside::Open | Outside::Value | Outside::Array) => {
                Place::Outside(Outside::Open)
            }
            Place::Outside(Outside::Lost) | Place::First | Place::Value | Place::Comma => {
                Place::Outside(Outside::Lost)
            }
        };
    }

    /// Passes blanks, and knows afterwards how far the line is indented.
    fn skip_blanks(&mut self, text: &[u8], from: usize) -> usize {
        let end = skip_blanks(text, from);
        self.indent = match memchr::memrchr(b'\n', &text[from..end]) {
            Some(line) => Some(end - from - line - 1),
            None => self.indent.map(|indent| indent + end - from),
        };
        end
    }

    /// What there is at the end of the text.
    fn end(&mut self, source: Source<'_>, at: usize) -> Piece {
        match self.place {
            Place::First | Place::Value | Place::Comma if source.ended => {
                self.place = Place::Outside(Outside::Array);
                let flaw = Flaw::UnclosedArray;
                Piece::Broken {
                    start: at,
                    end: at,
                    flaw,
                }
            }
            _ => Piece::Incomplete { start: at },
        }
    }

    /// What begins with the value at `start`.
    pub(super) fn value(&mut self, source: Source<'_>, start: usize) -> Begun {
        let text = source.text;
        let seen = within_limit(source, start);
        let mut scan = ValueScan::new(false);
        let (end, fault) = match scan.feed(seen, start) {
            Scanned::End(end) => (Some(end), None),
            Scanned::Fault { at, doubt } => (None, Some((at, doubt))),
            Scanned::More if seen.len() - start > source.limit => {
                return self.too_large(source, start);
            }
            Scanned::More if !source.ended => {
                return Begun::Piece(Piece::Incomplete { start });
            }
            Scanned::More if scan.may_end() => (Some(text.len()), None),
            Scanned::More => return self.never_closed(source, start, scan.open_string()),
        };
        if let Some((at, doubt)) = fault {
            let from = earliest(start, at, doubt);
            let before = Before::of(&text[start..from], Strewn::Text);
            let run = Run::Garbage(Garbage::new(Strewn::Text, before));
            return Begun::Run {
                run,
                at: from,
                flaw: Flaw::Unpaired,
            };
        }
        let end = end.unwrap_or(text.len());
        let is_word = !matches!(text[start], b'{' | b'[' | b'"');
        if is_word && !is_json(&text[start..end]) {
            let flaw = match self.place {
                Place::Outside(Outside::Array) => Flaw::Stray,
                _ => Flaw::NotJson,
            };
            return self.garbage(source, start, flaw);
        }
        self.pass_value();
        Begun::Piece(Piece::Record { start, end })
    }

    /// What is no value, whatever follows.
    fn garbage(&mut self, source: Source<'_>, start: usize, flaw: Flaw) -> Begun {
        let before = Before::of(&source.text[start..=start], Strewn::Text);
        let run = Run::Garbage(Garbage::new(Strewn::Text, before));
        let at = start + 1;
        Begun::Run { run, at, flaw }
    }

    /// A value of which more than the longest record is there, and not its end.
    fn too_large(&mut self, source: Source<'_>, start: usize) -> Begun {
        let seen = within_limit(source, start);
        match self.next_line_like_it(seen, start) {
            Some(end) => self.broken(start, end, seen.len()),
            None => Begun::Run {
                run: Run::Value(Box::new(ValueScan::new(false))),
                at: start,
                flaw: Flaw::TooLarge,
            },
        }
    }

    /// A value that does not end with the object.
    fn never_closed(&mut self, source: Source<'_>, start: usize, string: Option<usize>) -> Begun {
        let text = source.text;
        let in_string = string.and_then(|string| {
            let from = self.earliest(start, text.len(), string);
            find_record(text, start, from)
        });
        match in_string.or_else(|| self.next_line_like_it(text, start)) {
            Some(end) => self.broken(start, end, text.len()),
            None => Begun::Run {
                run: Run::Garbage(Garbage::new(Strewn::Text, Before::Other)),
                at: text.len(),
                flaw: Flaw::Unpaired,
            },
        }
    }

    /// As [`earliest`], or as early as can be while that may be afforded.
    fn earliest(&self, start: usize, seen: usize, doubt: usize) -> usize {
        if seen - start <= self.spare {
            doubt.max(start + 1)
        } else {
            earliest(start, seen, doubt)
        }
    }

    /// What begins at `start` and ends at `end`, as is known from what was looked at up to `seen`.
    fn broken(&mut self, start: usize, end: usize, seen: usize) -> Begun {
        self.spare = self.spare.saturating_sub(seen - start);
        self.lose();
        self.indent = None;
        let flaw = Flaw::Unpaired;
        Begun::Piece(Piece::Broken { start, end, flaw })
    }

    /// Where a line begins like the one that begins with the value at `start`: no deeper, and with an object.
    fn next_line_like_it(&self, text: &[u8], start: usize) -> Option<usize> {
        let own = self.indent?;
        let earliest = self.earliest(start, text.len(), start);
        let lines = memchr::memchr_iter(b'\n', &text[start..]).map(|at| start + at + 1);
        lines
            .map(|line| (line, blanks_end(text, line)))
            .find(|(line, at)| at - line <= own && *at >= earliest && text.get(*at) == Some(&b'{'))
            .map(|(_, at)| at)
    }
}

/// Whether a text is a number, a word or a text as JSON has them.
fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}
