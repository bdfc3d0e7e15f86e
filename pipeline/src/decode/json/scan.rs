//! Finds where a JSON value ends, by its brackets, quotes and what may stand next to each other. What numbers and words
//! look like is left to whoever reads the value.
//!
//! A scan can stop and go on, so that a value that is longer than any buffer is passed without being kept.

/// Levels of nesting on which opening and closing brackets must be of the same kind. Deeper ones are only counted.
const PAIRED_LEVELS: usize = 1024;

/// A value of which the beginning was seen.
#[derive(Debug, Clone)]
pub(super) struct ValueScan {
    depth: usize,
    /// For each level of nesting, a bit that says whether it is an object.
    objects: [u64; PAIRED_LEVELS / 64],
    at: Place,
    /// Whether a line break ends the text in which the value must be.
    one_line: bool,
    /// Where the last string starts, if it does so in the text at hand.
    string: usize,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A value.
    Value,
    /// A member's name, or the end of the object.
    Name,
    /// A comma or a closing bracket.
    Behind,
    /// The same, or a colon. Anything else makes it likely that quotes do not pair up.
    BehindString,
    /// More of a number or a word, or what comes behind it.
    Word,
    /// More of a string.
    String,
    /// What a backslash in a string escapes.
    Escape,
}

/// How far a scan came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scanned {
    /// The value ends before this position.
    End(usize),
    /// It goes on behind the text.
    More,
    /// It is no value.
    Fault {
        /// What stands here cannot.
        at: usize,
        /// From here on, brackets may be text and text may be brackets: the last string's start, if it is to blame.
        doubt: usize,
    },
}

impl ValueScan {
    pub(super) fn new(one_line: bool) -> Self {
        Self {
            depth: 0,
            objects: [0; PAIRED_LEVELS / 64],
            at: Place::Value,
            one_line,
            string: 0,
        }
    }

    /// What is left of so many objects inside of each other, behind a value in the innermost.
    pub(super) fn in_objects(levels: usize) -> Self {
        let mut scan = Self::new(false);
        (0..levels).for_each(|_| scan.open(true));
        scan.at = Place::Behind;
        scan
    }

    /// Whether the value is complete if nothing follows it.
    pub(super) fn may_end(&self) -> bool {
        self.depth == 0 && self.at == Place::Word
    }

    /// Where doubt begins if the value never ends: at the string that is open.
    pub(super) fn open_string(&self) -> Option<usize> {
        matches!(self.at, Place::String | Place::Escape).then_some(self.string)
    }

    /// Goes on at `from`, to the end of the text at the most.
    pub(super) fn feed(&mut self, text: &[u8], from: usize) -> Scanned {
        let mut at = from;
        if self.open_string().is_some() {
            match self.string_end(text, at) {
                Ok(end) => at = end,
                Err(scanned) => return scanned,
            }
            if self.depth == 0 {
                return Scanned::End(at);
            }
        }
        while let Some(byte) = text.get(at) {
            let fault = Scanned::Fault { at, doubt: at };
            match byte {
                b'"' => {
                    if matches!(self.at, Place::BehindString | Place::Word) {
                        return self.fault_at(at);
                    }
                    self.at = Place::String;
                    self.string = at;
                    match self.string_end(text, at + 1) {
                        Ok(end) => at = end,
                        Err(scanned) => return scanned,
                    }
                    if self.depth == 0 {
                        return Scanned::End(at);
                    }
                    continue;
                }
                b'{' | b'[' => {
                    let fits = match self.at {
                        Place::Value => true,
                        // Without a comma, yet it cannot be mistaken for what follows an object that is not closed.
                        Place::Behind => self.is_object() != Some(true),
                        _ => false,
                    };
                    if !fits {
                        return self.fault_at(at);
                    }
                    self.open(*byte == b'{');
                }
                b'}' | b']' => {
                    if self.depth == 0 {
                        return match self.at {
                            Place::Word => Scanned::End(at),
                            _ => fault,
                        };
                    }
                    if self
                        .is_object()
                        .is_some_and(|object| object != (*byte == b'}'))
                    {
                        return self.fault_at(at);
                    }
                    self.depth -= 1;
                    self.at = Place::Behind;
                    if self.depth == 0 {
                        return Scanned::End(at + 1);
                    }
                }
                b',' => {
                    if self.depth == 0 {
                        return match self.at {
                            Place::Word => Scanned::End(at),
                            _ => fault,
                        };
                    }
                    self.at = match self.is_object() {
                        Some(true) => Place::Name,
                        Some(false) | None => Place::Value,
                    };
                }
                b':' if self.depth > 0 => self.at = Place::Value,
                b'\n' if self.one_line => return fault,
                b' ' | b'\t' | b'\r' | b'\n' => {
                    if self.at == Place::Word {
                        if self.depth == 0 {
                            return Scanned::End(at);
                        }
                        self.at = Place::Behind;
                    }
                }
                _ if self.at == Place::BehindString => return self.fault_at(at),
                _ => self.at = Place::Word,
            }
            at += 1;
        }
        Scanned::More
    }

    fn open(&mut self, object: bool) {
        if let Some(bits) = self.objects.get_mut(self.depth / 64) {
            let bit = 1 << (self.depth % 64);
            if object {
                *bits |= bit;
            } else {
                *bits &= !bit;
            }
        }
        self.depth += 1;
        self.at = if object { Place::Name } else { Place::Value };
    }

    /// Whether the innermost open bracket is that of an object, where that is known.
    fn is_object(&self) -> Option<bool> {
        let level = self.depth.checked_sub(1)?;
        let bits = self.objects.get(level / 64)?;
        Some(bits >> (level % 64) & 1 == 1)
    }

    /// The end of the string in which `at` is.
    fn string_end(&mut self, text: &[u8], mut at: usize) -> Result<usize, Scanned> {
        if self.at == Place::Escape && at < text.len() {
            self.at = Place::String;
            at += 1;
        }
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let Some(next) = memchr::memchr3(b'"', b'\\', b'\n', rest) else {
                return Err(Scanned::More);
            };
            at += next;
            match text[at] {
                b'"' => {
                    self.at = Place::BehindString;
                    return Ok(at + 1);
                }
                b'\\' if at + 1 == text.len() => {
                    self.at = Place::Escape;
                    return Err(Scanned::More);
                }
                b'\\' => at += 2,
                // No string goes on in the next line: its quote is not closed.
                _ => {
                    let doubt = self.string;
                    return Err(Scanned::Fault { at, doubt });
                }
            }
        }
    }

    /// A fault at `at`. Where a string comes right before it, that may have one quote too many or too few.
    fn fault_at(&self, at: usize) -> Scanned {
        let doubt = match self.at {
            Place::BehindString => self.string,
            _ => at,
        };
        Scanned::Fault { at, doubt }
    }
}

/// Levels of nesting of a valid JSON text.
pub(crate) fn json_depth(text: &[u8]) -> usize {
    let (mut at, mut depth, mut deepest) = (0, 0_usize, 0);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => loop {
                let rest = text.get(at..).unwrap_or_default();
                let Some(next) = memchr::memchr2(b'"', b'\\', rest) else {
                    return deepest;
                };
                at += next + 1;
                if text[at - 1] == b'"' {
                    break;
                }
                at += 1;
            },
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Scanned {
        ValueScan::new(false).feed(text.as_bytes(), 0)
    }

    #[test]
    fn values_end() {
        fn check(text: &str, end: usize) {
            assert_eq!(scan(text), Scanned::End(end), "{text}");
            // However it is cut.
            for cut in 0..end {
                let mut scan = ValueScan::new(false);
                let (first, rest) = text.as_bytes().split_at(cut);
                if scan.feed(first, 0) == Scanned::More {
                    assert_eq!(
                        scan.feed(rest, 0),
                        Scanned::End(end - cut),
                        "{text} at {cut}"
                    );
                }
            }
        }
        check("{}", 2);
        check(r#"{"a": [1, {}], "b\"}": "x" } {"#, 28);
        check(r#""x\\"y"#, 5);
        check("12,", 2);
        check("tru ]", 3);
        check("[[], [{}]]]", 10);
        check("[1,]", 4);
        check("[1,,2 3 {}{} \"x\"]", 17);
        check("{a: 'x', ,} {", 11);
        check(&format!("{}{} x", "[".repeat(3000), "]".repeat(3000)), 6000);
    }

    #[test]
    fn faults_are_found_where_they_are() {
        fn check(text: &str, at: usize, doubt: usize) {
            assert_eq!(scan(text), Scanned::Fault { at, doubt }, "{text}");
        }
        check("}", 0, 0);
        check(",", 0, 0);
        check("[1}", 2, 2);
        check(r#"{"a":1}"#.replace('}', "]").as_str(), 6, 6);
        check("{{", 1, 1);
        check("{\"a\": \"x\n", 8, 6);
        check(r#"{"a": "x},{"b":1}"#, 12, 6);
        check(r#"{"a":1,{"#, 7, 7);
        check(r#"{"a":{}{"#, 7, 7);
        check("[1{}]", 2, 2);
    }

    #[test]
    fn what_may_go_on_is_known() {
        assert_eq!(scan("[{\"a"), Scanned::More);
        let mut word = ValueScan::new(false);
        assert_eq!(word.feed(b"12", 0), Scanned::More);
        assert!(word.may_end());
    }

    #[test]
    fn depths() {
        assert_eq!(json_depth(b"1"), 0);
        assert_eq!(json_depth(br#"{"a": "[[", "b\"{": [[1], {}]}"#), 3);
    }
}
