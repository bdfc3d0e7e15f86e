//! What is known of the text behind a line that was given up, so that it is walked once, however many lines open a quote.
//!
//! A record can only go on into the next line inside quotes (or behind an escape, where there are no quotes). Two records
//! that both go on at the same line break are in the same state there, and come to the same end. So when a record that went
//! on from line to line was given up, and a later one goes on at one of those line breaks, its end is known already.

use super::scan::Defect;

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
