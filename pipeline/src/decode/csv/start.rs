//! What comes before the first record of a CSV text: an instruction for Excel, lines that are skipped, and the header.

use sluice_contract::stack::{Delimiter, Dialect};

use super::{
    between::Between,
    header::{FoundHeader, Header, HeaderRules, read_header},
    index::index_structure,
    marks::{LineBreak, Marks},
    scan::Scan,
};

/// How a text begins.
pub(super) struct Start {
    pub(super) marks: Marks,
    pub(super) header: Header,
    /// The header as it stands in the text, without its line break; empty where there is none.
    pub(super) line: Vec<u8>,
    /// What another text needs before its records to be read as those of this one: the object's own beginning, and the
    /// delimiter in addition where that does not tell it.
    pub(super) prelude: Vec<u8>,
    /// Where the first record begins, or what comes before it.
    pub(super) records: usize,
}

/// How the start of a text is read.
pub(super) struct StartRules {
    pub(super) marks: Marks,
    /// Whether the delimiter is looked for.
    pub(super) finds_delimiter: bool,
    /// The columns, where the text does not name them.
    pub(super) names: Option<Vec<String>>,
    pub(super) skip_lines: u32,
    pub(super) header: HeaderRules,
    pub(super) max_record_bytes: usize,
}

impl StartRules {
    /// For a text in which `delimiter` stands between columns, if the format says so.
    pub(super) fn new(
        (delimiter, quote): (Option<char>, Option<char>),
        dialect: &Dialect,
        names: Option<Vec<String>>,
        header: HeaderRules,
        max_record_bytes: usize,
    ) -> Self {
        let delimiter = match delimiter {
            Some(delimiter) => Delimiter::Character(delimiter),
            None => dialect.delimiter,
        };
        let (delimiter, finds_delimiter) = match delimiter {
            Delimiter::Auto => (Delimiter::CANDIDATES[0], true),
            Delimiter::Character(delimiter) => (delimiter, false),
        };
        let quote = quote.map(|quote| quote as u8);
        Self {
            marks: Marks::new(delimiter as u8, quote, dialect),
            finds_delimiter,
            names,
            skip_lines: dialect.skip_lines,
            header,
            max_record_bytes,
        }
    }

    /// Reads the start of a text; `None` where it stops before the first record can.
    pub(super) fn read(&self, text: &[u8], ended: bool, index: &mut Vec<u32>) -> Option<Start> {
        let mut marks = Marks {
            line_break: LineBreak::of(text, ended)?,
            ..self.marks
        };
        let told = told_delimiter(text, &marks);
        let after_told = told.map_or(0, |(_, behind)| behind);
        let preamble_end = self.pass_lines(&marks, text, after_told, ended)?;
        match told {
            Some((delimiter, _)) => marks.delimiter = delimiter,
            None if self.finds_delimiter => {
                let line = first_line(&marks, &text[preamble_end..], ended)?;
                marks.delimiter = marks.likely_delimiter(line);
            }
            None => {}
        }
        let is_told_by_text = told.is_some() || !self.finds_delimiter && self.names.is_none();
        let mut prelude = match told {
            _ if !is_told_by_text => {
                let line = [&b"sep="[..], &[marks.delimiter, marks.line_break.as_byte()]];
                line.concat()
            }
            _ => text[..after_told].to_vec(),
        };
        if let Some(names) = &self.names {
            prelude.extend_from_slice(&text[after_told..preamble_end]);
            // Which of its columns nobody needs, the manifest knows.
            let header = Header {
                left_out: Vec::new(),
                ..Header::of_names(names, &self.header)
            };
            return Some(Start {
                marks,
                header,
                line: Vec::new(),
                prelude,
                records: preamble_end,
            });
        }
        index_structure(text, &marks, index);
        let mut scan = Scan::of(text, index, ended, self.max_record_bytes, marks);
        scan.go_to(preamble_end);
        if scan.between(&[]) == Between::Unknown {
            return None;
        }
        let FoundHeader { header, start, end } = read_header(&mut scan, &self.header)?;
        let prelude_start = if self.skip_lines > 0 {
            after_told
        } else {
            start
        };
        prelude.extend_from_slice(&text[prelude_start..end]);
        prelude.push(marks.line_break.as_byte());
        // A return in the header would pass for the end of a line where a line feed before it has said otherwise.
        if LineBreak::of(&prelude, true) != Some(marks.line_break) {
            prelude.splice(0..0, [marks.line_break.as_byte()]);
        }
        Some(Start {
            marks,
            header,
            line: text[start..end].to_vec(),
            prelude,
            records: scan.start,
        })
    }

    /// Where the lines end that are skipped.
    fn pass_lines(&self, marks: &Marks, text: &[u8], from: usize, ended: bool) -> Option<usize> {
        let mut at = from;
        for _ in 0..self.skip_lines {
            match marks.line_break.find(&text[at..]) {
                Some(length) => {
                    at += length;
                    at += marks.line_break.length_at(text, at);
                }
                None if ended => return Some(text.len()),
                None => return None,
            }
        }
        Some(at)
    }
}

/// The delimiter that the first line tells Excel, and where the next line begins.
fn told_delimiter(text: &[u8], marks: &Marks) -> Option<(u8, usize)> {
    let end = marks.line_break.find(text).unwrap_or(text.len());
    let behind = match text.get(end) {
        Some(_) => end + marks.line_break.length_at(text, end),
        None => end,
    };
    let line = text[..end].trim_ascii_end();
    let quoted = |line| Some(strip(line, b"\"")?.strip_suffix(b"\""));
    // Its blank may be the delimiter.
    let returns = text[..end].iter().rev().take_while(|byte| **byte == b'\r');
    let whole = &text[..end - returns.count()];
    let line = quoted(line).flatten().unwrap_or(whole);
    let [delimiter] = strip(line, b"sep=")? else {
        return None;
    };
    let can_separate = delimiter.is_ascii()
        && !delimiter.is_ascii_alphanumeric()
        && !matches!(delimiter, b'\r' | b'\n' | 0)
        && !marks.is_quote(*delimiter);
    can_separate.then_some((*delimiter, behind))
}

fn strip<'a>(line: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = line.split_at_checked(start.len())?;
    head.eq_ignore_ascii_case(start).then_some(rest)
}

/// The first line that is neither blank nor a comment.
fn first_line<'a>(marks: &Marks, text: &'a [u8], ended: bool) -> Option<&'a [u8]> {
    let mut rest = text;
    loop {
        let (line, behind) = match marks.line_break.find(rest) {
            Some(length) => (&rest[..length], &rest[length + 1..]),
            None if ended => return Some(rest),
            None => return None,
        };
        let is_blank = line.iter().all(|byte| *byte == b'\r');
        let is_comment = line
            .first()
            .is_some_and(|byte| Some(*byte) == marks.comment);
        if !is_blank && !is_comment {
            return Some(line);
        }
        rest = behind;
    }
}
