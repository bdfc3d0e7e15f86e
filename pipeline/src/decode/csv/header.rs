//! The header of CSV: the names of the columns, or why they cannot be told.

use std::{collections::BTreeSet, sync::Arc};

use super::scan::{RecordEnd, Scan};
use crate::columns::ColumnField;

/// The longest header whose text is kept. It goes with every reject.
const KEPT_HEADER_BYTES: usize = 4 << 10;

/// What the first record says.
pub(super) struct Header {
    pub(super) columns: Arc<[ColumnField]>,
    /// As it stands in the object; `None` where it is longer than what is kept of it.
    pub(super) text: Option<String>,
    /// Why no record can be told by its columns.
    pub(super) problem: Option<(&'static str, String)>,
}

impl Header {
    /// Of a header that is given up for this reason.
    pub(super) fn unreadable(reason: &str) -> Self {
        Self {
            columns: Arc::default(),
            text: None,
            problem: Some((
                "missing_header",
                format!("the header cannot be read: {reason}"),
            )),
        }
    }
}

/// Reads the header; `None` where the text stops in it.
pub(super) fn read_header(scan: &mut Scan<'_>, max_columns: usize) -> Option<Header> {
    scan.skip_blank_lines();
    let start = scan.start;
    let mut names = Vec::new();
    let mut columns = 0;
    let end = scan.record(|cell| {
        columns += 1;
        if columns <= max_columns {
            let text = String::from_utf8_lossy(cell.text);
            names.push(if cell.escaped {
                text.replace("\"\"", "\"")
            } else {
                text.into_owned()
            });
        }
    });
    let (text, problem) = match end {
        RecordEnd::Incomplete => return None,
        RecordEnd::Complete { end, .. } => (
            &scan.text[start..end],
            header_problem(&names, columns, max_columns),
        ),
        RecordEnd::UnclosedQuote | RecordEnd::TextAfterQuote { .. } => {
            let line = memchr::memchr(b'\n', &scan.text[start..])
                .map_or(scan.text.len(), |at| start + at + 1);
            scan.go_to(line);
            let problem = (
                "missing_header",
                "the header cannot be read: its quotes do not pair up".to_owned(),
            );
            let text = &scan.text[start..line];
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            (text.strip_suffix(b"\r").unwrap_or(text), Some(problem))
        }
    };
    let columns = match problem {
        None => names.iter().map(|name| ColumnField::text(name)).collect(),
        Some(_) => Arc::default(),
    };
    // What is not UTF-8 in it is U+FFFD, as in the names of the columns.
    let text =
        (text.len() <= KEPT_HEADER_BYTES).then(|| String::from_utf8_lossy(text).into_owned());
    Some(Header {
        columns,
        text,
        problem,
    })
}

fn header_problem(
    names: &[String],
    columns: usize,
    max_columns: usize,
) -> Option<(&'static str, String)> {
    if columns > max_columns {
        return Some((
            "too_many_columns",
            format!("the header has {columns} columns, limit {max_columns}"),
        ));
    }
    if let Some(blank) = names.iter().position(|name| name.trim().is_empty()) {
        return Some((
            "missing_header",
            format!("column {} has no name in the header", blank + 1),
        ));
    }
    let mut seen = BTreeSet::new();
    let twice = names.iter().find(|name| !seen.insert(name.as_str()))?;
    Some((
        "duplicate_header",
        format!("the header names column `{twice}` twice"),
    ))
}
