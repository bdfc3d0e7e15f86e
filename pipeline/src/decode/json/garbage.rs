//! What is no JSON, up to the next place that looks like the start of a record.

/// What must follow an opening bracket is no further away than that, in bytes.
pub(super) const NEAR: usize = 1024;

/// Where records may be strewn among garbage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strewn {
    /// In a line, behind a closing brace; the line's end ends the garbage.
    Line,
    /// Nowhere: the line's end ends the garbage.
    NextLine,
    /// In a text: at the start of a line, and behind a comma or a closing bracket.
    Text,
}

/// What comes before a position, blanks left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// A line break.
    Line,
    /// A closing brace.
    Brace,
    /// A comma or a closing bracket.
    Join,
    /// Something else, or it does not matter.
    Other,
}

/// Garbage that is passed.
#[derive(Debug, Clone)]
pub(super) struct Garbage {
    strewn: Strewn,
    before: Before,
}

impl Before {
    /// What comes at the end of a text.
    pub(super) fn of(text: &[u8], strewn: Strewn) -> Self {
        let mut before = Before::Other;
        let blanks = text
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_whitespace());
        let blanks = blanks.inspect(|byte| {
            if **byte == b'\n' {
                before = Before::Line;
            }
        });
        let blanks = blanks.count();
        match (strewn, before) {
            (Strewn::Text, Before::Line) => before,
            _ => text[..text.len() - blanks]
                .last()
                .map_or(before, |last| before.behind(*last)),
        }
    }

    fn behind(self, byte: u8) -> Self {
        match byte {
            b'\n' => Before::Line,
            b' ' | b'\t' | b'\r' => self,
            b'}' => Before::Brace,
            b',' | b']' => Before::Join,
            _ => Before::Other,
        }
    }
}

impl Garbage {
    pub(super) fn new(strewn: Strewn, before: Before) -> Self {
        Self { strewn, before }
    }

    /// Goes on at `from`. The end of the garbage, or where to go on when there is more text.
    pub(super) fn pass(&mut self, text: &[u8], from: usize, ended: bool) -> Result<usize, usize> {
        for at in from..text.len() {
            let byte = text[at];
            let may_start = match (self.strewn, self.before, byte) {
                (Strewn::Line | Strewn::NextLine, _, b'\n') => return Ok(at),
                (Strewn::Line, Before::Brace, b'{') => true,
                (Strewn::Text, Before::Line | Before::Brace | Before::Join, b'{') => true,
                (Strewn::Text, Before::Line, b'[') => true,
                _ => false,
            };
            if may_start {
                let rest = &text[at + 1..];
                let near = &rest[..rest.len().min(NEAR)];
                // What decides must be part of what is decided about, or it is not there where that is read alone.
                let is_blank = |byte: &&u8| match self.strewn {
                    Strewn::Line | Strewn::NextLine => matches!(**byte, b' ' | b'\t' | b'\r'),
                    Strewn::Text => byte.is_ascii_whitespace(),
                };
                match (byte, near.iter().find(|byte| !is_blank(byte))) {
                    (b'{', Some(b'"' | b'}')) | (b'[', Some(b'{')) => return Ok(at),
                    (_, None) if !ended && rest.len() < NEAR => return Err(at),
                    _ => {}
                }
            }
            self.before = self.before.behind(byte);
        }
        Err(text.len())
    }
}

/// The first place from `from` on that looks like the start of a record, in a text that is at hand as a whole. What
/// comes before `start` does not count.
pub(super) fn find_record(text: &[u8], start: usize, from: usize) -> Option<usize> {
    let before = Before::of(&text[start..from], Strewn::Text);
    let found = Garbage::new(Strewn::Text, before).pass(text, from, true);
    found.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_among_garbage() {
        fn check(strewn: Strewn, text: &str, rest: &str) {
            let end = Garbage::new(strewn, Before::Other).pass(text.as_bytes(), 0, true);
            assert_eq!(&text[end.unwrap_or_else(|end| end)..], rest, "{text}");
            // However it is cut.
            let mut garbage = Garbage::new(strewn, Before::Other);
            let mut from = 0;
            let end = (1..=text.len()).find_map(|length| {
                let ended = length == text.len();
                let passed = garbage.pass(&text.as_bytes()[..length], from, ended);
                passed.map_err(|on| from = on).ok()
            });
            assert_eq!(&text[end.unwrap_or(from)..], rest, "{text}, cut");
        }
        check(Strewn::Text, "x {\"a\":1}", "");
        check(Strewn::Text, "x}, { \"a\":1}", "{ \"a\":1}");
        check(Strewn::Text, "x, {}", "{}");
        check(Strewn::Text, ",,{,{\"", "{\"");
        check(Strewn::Text, "x\n\t{\"a", "{\"a");
        check(Strewn::Text, "x\n[\n{", "[\n{");
        check(Strewn::Text, "x\n[1", "");
        check(Strewn::Line, "x\n{\"", "\n{\"");
        check(Strewn::NextLine, "}{\"}{\"\n", "\n");
        check(Strewn::Line, "x},{\"}{\"", "{\"");
        check(Strewn::Line, "}{\n\"", "\n\"");
    }

    #[test]
    fn what_comes_before() {
        fn check(strewn: Strewn, text: &str, expected: Before) {
            assert_eq!(Before::of(text.as_bytes(), strewn), expected, "{text:?}");
        }
        check(Strewn::Text, "a, ", Before::Join);
        check(Strewn::Text, "a} \n ", Before::Line);
        check(Strewn::Text, "", Before::Other);
        check(Strewn::Line, "a} ", Before::Brace);
    }
}
