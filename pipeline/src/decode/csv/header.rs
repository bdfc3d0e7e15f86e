//! The columns of a CSV text: what its header calls them, and why they cannot be told.

use std::{collections::HashMap, sync::Arc};

use super::{
    super::refusal::Refusal,
    scan::{RecordEnd, Scan},
};
use crate::columns::ColumnField;

/// What the columns are.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// Those that are handed on.
    pub(super) columns: Arc<[ColumnField]>,
    /// For each column of a record whether it is one of them.
    pub(super) kept: Vec<bool>,
    /// The fewest columns of a record: those behind have no names, and may be missing.
    pub(super) least_width: usize,
    /// Columns that are not handed on although they are there, as they are shown.
    pub(super) left_out: Vec<String>,
    /// Why no record can be told by its columns, and nothing of the object be stored.
    pub(super) refusal: Option<Refusal>,
}

/// What the header of an object is judged by.
#[derive(Debug, Clone)]
pub(super) struct HeaderRules {
    pub(super) max_columns: usize,
    /// Columns that somebody asks for.
    pub(super) known: Vec<String>,
}

impl Header {
    /// Of a header that is given up for this reason.
    pub(super) fn unreadable(reason: &str) -> Self {
        Self::refused(
            "missing_header",
            format!("the header cannot be read: {reason}"),
        )
    }

    fn refused(code: &'static str, message: String) -> Self {
        Self {
            refusal: Some(Refusal { code, message }),
            ..Self::default()
        }
    }

    /// Columns with these names. Those without one are left out, and so are those of which several have the same name, as
    /// long as nobody asks for them.
    pub(super) fn of_names(names: &[String], rules: &HeaderRules) -> Self {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for name in names {
            *counts.entry(name).or_default() += 1;
        }
        let twice = |name: &str| counts[name] > 1;
        if names.iter().all(String::is_empty) {
            return Self::refused("missing_header", "the header names no column".to_owned());
        }
        if let Some(name) = (rules.known.iter()).find(|name| counts.get(name.as_str()) > Some(&1)) {
            let message = format!("the header names column `{name}` twice");
            return Self::refused("duplicate_header", message);
        }
        let kept = |name: &String| !name.is_empty() && !twice(name);
        let mut left_out = Vec::new();
        for (number, name) in names.iter().enumerate() {
            let shown = match name.as_str() {
                "" => format!("(column {})", number + 1),
                name => name.to_owned(),
            };
            if !kept(name) && !left_out.contains(&shown) {
                left_out.push(shown);
            }
        }
        let columns = names.iter().filter(|name| kept(name));
        Self {
            columns: columns.map(|name| ColumnField::text(name)).collect(),
            kept: names.iter().map(kept).collect(),
            least_width: (names.iter())
                .rposition(|name| !name.is_empty())
                .map_or(0, |last| last + 1),
            left_out,
            refusal: None,
        }
    }

    /// Columns of a record.
    pub(super) fn width(&self) -> usize {
        self.kept.len()
    }
}

/// A header, and where it stands in the text.
pub(super) struct FoundHeader {
    pub(super) header: Header,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Reads the header where the scan is, and passes it; `None` where the text stops in it.
pub(super) fn read_header(scan: &mut Scan<'_>, rules: &HeaderRules) -> Option<FoundHeader> {
    let start = scan.start;
    let marks = scan.marks;
    let mut names = Vec::new();
    let mut columns = 0;
    let end = scan.record(|cell| {
        columns += 1;
        if columns <= rules.max_columns {
            let mut name = Vec::new();
            if cell.escaped {
                cell.unescape(&marks, &mut name);
            } else {
                name.extend_from_slice(cell.text);
            }
            names.push(name);
        }
    });
    let (header, end) = match end {
        RecordEnd::Incomplete => return None,
        RecordEnd::Complete { end, .. } => (judged(names, columns, rules), end),
        RecordEnd::Broken { end, .. } => (Header::unreadable("its quotes do not pair up"), end),
    };
    Some(FoundHeader { header, start, end })
}

fn judged(names: Vec<Vec<u8>>, columns: usize, rules: &HeaderRules) -> Header {
    let max_columns = rules.max_columns;
    if columns > max_columns {
        let message = format!("the header has {columns} columns, limit {max_columns}");
        return Header::refused("too_many_columns", message);
    }
    let mut texts = Vec::with_capacity(names.len());
    for (number, name) in names.into_iter().enumerate() {
        let Ok(name) = String::from_utf8(name) else {
            return Header::refused(
                "invalid_utf8",
                format!(
                    "the header is not UTF-8 in column {}; say how it is written with `encoding` of the source, such as \
                     `windows-1252`",
                    number + 1
                ),
            );
        };
        let name = trimmed(&name);
        // A tab is there where a text has tabs between its columns, and was taken for another one.
        if name.chars().any(|c| c.is_control() && c != '\t') {
            return Header::refused(
                "control_in_header",
                format!(
                    "the name of column {} has control characters: the object may be no text, or in another encoding than \
                     `encoding` of the source says",
                    number + 1
                ),
            );
        }
        texts.push(name.to_owned());
    }
    Header::of_names(&texts, rules)
}

/// A name without what cannot be seen at its ends: blanks of all kinds, and characters without width.
fn trimmed(name: &str) -> &str {
    let is_unseen = |c: char| {
        c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
    };
    name.trim_matches(is_unseen)
}
