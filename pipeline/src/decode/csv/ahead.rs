//! What is known of the text behind a line that was given up, so that it is walked once, however many lines open a quote.
//!
//! A record can only go on into the next line inside quotes (or behind an escape, where there are no quotes). Two records
//! that both go on at the same line break are in the same state there, and come to the same end. So when a record that went
//! on from line to line was given up, and a later one goes on at one of those line breaks, its end is known already.

use super::scan::{Defect, LONGEST_BREAK, RecordEnd, Scan};

/// What comes of a record that goes on at a line break before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ahead {
    /// A place in the text. All line breaks before it, from the last line that was given up on, are inside a record.
    pub(super) until: usize,
    pub(super) verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has this defect.
    Broken(Defect),
    /// It ends, and the next one starts here.
    Ends(usize),
    /// It has no end before this place, which is where the text ended. What comes of it is found from `until` on.
    Open(usize),
}

impl Ahead {
    /// The same after the first `bytes` of the text are gone; `None` where nothing of it is left.
    pub(super) fn without(self, bytes: usize) -> Option<Self> {
        let until = self.until.checked_sub(bytes)?;
        let verdict = match self.verdict {
            Verdict::Broken(defect) => Verdict::Broken(defect),
            Verdict::Ends(end) => Verdict::Ends(end.checked_sub(bytes)?),
            Verdict::Open(reach) => Verdict::Open(reach.checked_sub(bytes)?),
        };
        Some(Self { until, verdict })
    }
}

impl Scan<'_> {
    /// The text stops in a record, which is `certain` to go on up to a place.
    #[cold]
    pub(super) fn stop(&mut self, crossed: bool, certain: usize) -> RecordEnd {
        if self.ended {
            return self.give_up(crossed, self.text.len(), Defect::UnpairedQuotes);
        }
        if !crossed {
            return RecordEnd::Incomplete;
        }
        let reach = self.text.len();
        self.ahead = Some(Ahead {
            until: certain,
            verdict: Verdict::Open(reach),
        });
        if self.is_too_far(reach) {
            return self.give_up_line(Defect::TooFarToClose);
        }
        RecordEnd::Incomplete
    }

    /// Gives up the record, of which `place` shows that it cannot be made sense of.
    #[cold]
    pub(super) fn give_up(&mut self, crossed: bool, place: usize, defect: Defect) -> RecordEnd {
        if !crossed {
            return self.give_up_line(defect);
        }
        let defect = Defect::UnpairedQuotes;
        self.ahead = Some(Ahead {
            until: place,
            verdict: Verdict::Broken(defect),
        });
        self.give_up_line(defect)
    }

    /// Whether a record that goes on over several lines cannot be read for its length, if the next one starts at `next` at the
    /// earliest. Its line break counts, so that the answer does not depend on how much of the text is at hand.
    pub(super) fn is_too_far(&self, next: usize) -> bool {
        next - self.start > self.limit + LONGEST_BREAK
    }

    pub(super) fn give_up_line(&mut self, defect: Defect) -> RecordEnd {
        let line = &self.text[self.start..];
        let (end, next) = match self.marks.line_break.find(line) {
            Some(length) => {
                let end = self.start + length;
                (end, end + self.marks.line_break.length_at(self.text, end))
            }
            None if self.ended => (self.text.len(), self.text.len()),
            None => return RecordEnd::Incomplete,
        };
        self.go_to(next);
        RecordEnd::Broken { end, next, defect }
    }

    /// What is known to come of the record, which goes on at the line break at `place`.
    #[cold]
    pub(super) fn known(&mut self, place: usize) -> Option<RecordEnd> {
        let ahead = self.ahead.filter(|ahead| place < ahead.until)?;
        match ahead.verdict {
            Verdict::Broken(defect) => Some(self.give_up_line(defect)),
            Verdict::Ends(next) | Verdict::Open(next) if self.is_too_far(next) => {
                Some(self.give_up_line(Defect::TooFarToClose))
            }
            Verdict::Ends(_) => None,
            Verdict::Open(_) => {
                let (start, at) = (self.start, self.at);
                match self.walk_on(ahead.until) {
                    // It is read once more, for what is in it.
                    RecordEnd::Complete { end, next } => {
                        (self.start, self.at) = (start, at);
                        self.ahead = Some(Ahead {
                            until: end,
                            verdict: Verdict::Ends(next),
                        });
                        None
                    }
                    end => Some(end),
                }
            }
        }
    }
}
