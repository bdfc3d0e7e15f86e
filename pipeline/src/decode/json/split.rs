//! Finds where the records of a JSON text start and end, without reading what is inside.

/// How records follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// One record a line.
    Lines,
    /// Elements of one array, or values one after the other. Which of them, the first character says.
    Values(ArrayState),
}

/// Where in an array the next character is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArrayState {
    /// Before everything.
    Start,
    /// Between values that are in no array.
    Bare,
    /// A value must follow, or the end of an empty array.
    First,
    /// A value must follow.
    Value,
    /// A comma or the end must follow.
    Comma,
    /// The array is closed.
    Closed,
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
        code: &'static str,
        message: &'static str,
    },
    /// A record that begins at `start` and does not end within the text.
    Incomplete { start: usize },
}

impl Order {
    /// The piece that follows `from`. `ended` says that the text is the end of the object.
    pub(super) fn next_piece(&mut self, text: &[u8], from: usize, ended: bool) -> Piece {
        match self {
            Self::Lines => next_line(text, from, ended),
            Self::Values(state) => next_element(state, text, from, ended),
        }
    }
}

/// Whether a text is one value with nothing before or behind it, as far as its brackets and quotes tell.
pub(in crate::decode) fn is_whole(text: &[u8]) -> bool {
    matches!(value_end(text, 0), ValueEnd::At(end) if end == text.len() && end > 0)
}

fn next_line(text: &[u8], from: usize, ended: bool) -> Piece {
    let start = skip_blanks(text, from);
    match memchr::memchr(b'\n', &text[start..]) {
        Some(length) => Piece::Record {
            start,
            end: start + trimmed(&text[start..start + length]),
        },
        None if ended && start < text.len() => Piece::Record {
            start,
            end: start + trimmed(&text[start..]),
        },
        None => Piece::Incomplete { start },
    }
}

fn trimmed(line: &[u8]) -> usize {
    line.trim_ascii_end().len()
}

fn next_element(state: &mut ArrayState, text: &[u8], from: usize, ended: bool) -> Piece {
    let mut at = from;
    loop {
        at = skip_blanks(text, at);
        let Some(byte) = text.get(at) else {
            let open = matches!(
                state,
                ArrayState::First | ArrayState::Value | ArrayState::Comma
            );
            if ended && open {
                *state = ArrayState::Closed;
                let message =
                    "the array is not closed: the object was cut short, or `]` is missing";
                return Piece::Broken {
                    start: at,
                    end: at,
                    code: "unclosed_array",
                    message,
                };
            }
            return Piece::Incomplete { start: at };
        };
        match (*state, byte) {
            (ArrayState::Start, b'[') => *state = ArrayState::First,
            (ArrayState::Start, _) => {
                *state = ArrayState::Bare;
                continue;
            }
            (ArrayState::Comma, b',') => *state = ArrayState::Value,
            (ArrayState::Comma | ArrayState::First, b']') => *state = ArrayState::Closed,
            (ArrayState::Value, b']') => {
                *state = ArrayState::Closed;
                let (code, message) = ("trailing_comma", "a comma must be followed by a record");
                return Piece::Broken {
                    start: at,
                    end: at + 1,
                    code,
                    message,
                };
            }
            (ArrayState::Closed, _) => {
                let (code, message) = ("trailing_garbage", "text follows the end of the array");
                return if ended {
                    Piece::Broken {
                        start: at,
                        end: text.len(),
                        code,
                        message,
                    }
                } else {
                    Piece::Incomplete { start: at }
                };
            }
            (ArrayState::Comma, _) => {
                *state = ArrayState::Value;
                continue;
            }
            (ArrayState::Bare | ArrayState::First | ArrayState::Value, _) => {
                let after = if *state == ArrayState::Bare {
                    ArrayState::Bare
                } else {
                    ArrayState::Comma
                };
                return match value_end(text, at) {
                    ValueEnd::At(end) if end == text.len() && !ended => {
                        Piece::Incomplete { start: at }
                    }
                    ValueEnd::At(end) => {
                        *state = after;
                        Piece::Record { start: at, end }
                    }
                    ValueEnd::Beyond if !ended => Piece::Incomplete { start: at },
                    ValueEnd::Beyond | ValueEnd::Mismatch => match resume(text, at) {
                        Some(end) => {
                            *state = if after == ArrayState::Bare {
                                after
                            } else {
                                ArrayState::Value
                            };
                            let message = "brackets or quotes do not pair up";
                            Piece::Broken {
                                start: at,
                                end,
                                code: "bad_json",
                                message,
                            }
                        }
                        None if ended => {
                            *state = ArrayState::Closed;
                            let message = "brackets or quotes do not pair up, from here to the end of the object";
                            Piece::Broken {
                                start: at,
                                end: text.len(),
                                code: "bad_json",
                                message,
                            }
                        }
                        None => Piece::Incomplete { start: at },
                    },
                };
            }
        }
        at += 1;
    }
}

fn skip_blanks(text: &[u8], from: usize) -> usize {
    text[from..]
        .iter()
        .position(|byte| !byte.is_ascii_whitespace())
        .map_or(text.len(), |blanks| from + blanks)
}

enum ValueEnd {
    /// Before this position; at the end of the text a number might go on.
    At(usize),
    /// The text stops inside.
    Beyond,
    /// A bracket is closed that was not opened.
    Mismatch,
}

/// How deep brackets may nest, as in `serde_json`.
const MAX_DEPTH: usize = 128;

fn value_end(text: &[u8], start: usize) -> ValueEnd {
    let mut open = [0_u8; MAX_DEPTH];
    let mut depth = 0;
    let mut at = start;
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => match string_end(text, at) {
                Some(end) => at = end,
                None => return ValueEnd::Beyond,
            },
            b'{' | b'[' if depth == MAX_DEPTH => return ValueEnd::Mismatch,
            b'{' | b'[' => {
                open[depth] = byte + 2;
                depth += 1;
                continue;
            }
            // In ASCII, a closing bracket is its opening one plus two.
            b'}' | b']' => {
                if depth == 0 {
                    return if at - 1 == start {
                        ValueEnd::Mismatch
                    } else {
                        ValueEnd::At(at - 1)
                    };
                }
                if open[depth - 1] != *byte {
                    return ValueEnd::Mismatch;
                }
                depth -= 1;
            }
            b',' if depth == 0 => {
                return if at - 1 == start {
                    ValueEnd::Mismatch
                } else {
                    ValueEnd::At(at - 1)
                };
            }
            _ if depth > 0 => continue,
            byte if byte.is_ascii_whitespace() => return ValueEnd::At(at - 1),
            _ => continue,
        }
        if depth == 0 {
            return ValueEnd::At(at);
        }
    }
    if depth == 0 {
        ValueEnd::At(at)
    } else {
        ValueEnd::Beyond
    }
}

fn string_end(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// After a record that does not pair up: the next place that looks like the start of one, which is an opening brace
/// that starts a line or follows `},`.
fn resume(text: &[u8], start: usize) -> Option<usize> {
    memchr::memchr_iter(b'{', &text[start + 1..])
        .map(|at| start + 1 + at)
        .find(|at| {
            let before = &text[start..*at];
            let line = before
                .iter()
                .rposition(|byte| !matches!(byte, b' ' | b'\t'));
            if line.is_some_and(|last| before[last] == b'\n') {
                return true;
            }
            let comma = before.trim_ascii_end().strip_suffix(b",");
            comma.is_some_and(|before| before.is_empty() || before.trim_ascii_end().ends_with(b"}"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(mut order: Order, text: &str) -> Vec<String> {
        let (text, mut at, mut found) = (text.as_bytes(), 0, Vec::new());
        let show = |start, end| String::from_utf8_lossy(&text[start..end]).into_owned();
        loop {
            match order.next_piece(text, at, true) {
                Piece::Record { start, end } => {
                    found.push(show(start, end));
                    at = end;
                }
                Piece::Broken {
                    start, end, code, ..
                } => {
                    found.push(format!("{code}: {}", show(start, end)));
                    at = end;
                }
                Piece::Incomplete { .. } => return found,
            }
        }
    }

    #[track_caller]
    fn check_array(text: &str, expected: &[&str]) {
        assert_eq!(pieces(Order::Values(ArrayState::Start), text), expected);
    }

    #[test]
    fn splits_arrays() {
        check_array("[]", &[]);
        check_array(
            " [ {\"a\": [1, {}]} , {\"b\": \"}]\\\"\"}\n]\n",
            &["{\"a\": [1, {}]}", "{\"b\": \"}]\\\"\"}"],
        );
        check_array("[1, \"x\", null]", &["1", "\"x\"", "null"]);
        check_array(
            "{\"a\":1}\n{\"a\":2} {\"a\":3}",
            &["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"],
        );
    }

    #[test]
    fn one_broken_record_costs_itself() {
        check_array(
            "[{\"a\": [1}, {\"b\":2}]",
            &["bad_json: {\"a\": [1}, ", "{\"b\":2}"],
        );
        check_array(
            "[{\"a\": \"x},\n {\"b\":2},\n {\"c\":3}]",
            &["bad_json: {\"a\": \"x},\n ", "{\"b\":2}", "{\"c\":3}"],
        );
        check_array("[{}, {\"a\":", &["{}", "bad_json: {\"a\":"]);
        check_array("[{}", &["{}", "unclosed_array: "]);
        check_array("[{},]", &["{}", "trailing_comma: ]"]);
        check_array("[{}] x", &["{}", "trailing_garbage: x"]);
        check_array("[,{}]", &["bad_json: ,", "{}"]);
    }

    #[test]
    fn whole_values() {
        for text in ["{\"a\": tru}", "[1 2]", "\"x\"", "12", "word"] {
            assert!(is_whole(text.as_bytes()), "{text}");
        }
        for text in ["", "{\"a\": [1}, ", "{\"a\": \"", ",", "]", "{} {}", "a b"] {
            assert!(!is_whole(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn splits_lines() {
        assert_eq!(
            pieces(Order::Lines, "{}\r\n\n  [1]  \n{"),
            ["{}", "[1]", "{"]
        );
    }
}
