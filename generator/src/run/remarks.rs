//! What a run says of its files besides their counts: reasons for rejection, columns that are missing or left out, values
//! that a plugin took away, and files that were refused or are damaged. Files of which the same is to be said share a line.

use std::collections::BTreeMap;

use sluice_pipeline::{
    report::{MissingColumn, ObjectReport},
    shown::in_one_line,
};

use super::summary::grouped;

/// How many reasons are printed.
const PRINTED_REASONS: usize = 10;

/// How many names a line has, at the most.
const PRINTED_NAMES: usize = 20;

/// How many codes of findings are printed.
const PRINTED_CODES: usize = 20;

/// The lines about these files.
pub(super) fn remarks(objects: &[ObjectReport]) -> Vec<String> {
    let mut lines = Vec::new();
    first_reasons(objects, &mut lines);
    findings(objects, &mut lines);
    let mut shared = Shared::default();
    for object in objects {
        if !object.missing_columns.is_empty() {
            let fields = object.missing_columns.iter().map(missing).collect();
            shared.add(object, 0, format!("no column came for {}", listed(fields)));
        }
        if !object.ignored_columns.is_empty() {
            let columns = object.ignored_columns.iter();
            let columns = columns.map(|column| format!("`{column}`")).collect();
            let text = format!(
                "columns that nobody asked for were left out: {}",
                listed(columns)
            );
            shared.add(object, 1, text);
        }
        if !object.nulled_values.is_empty() {
            let fields = object.nulled_values.iter();
            let fields = fields.map(|(field, count)| format!("{} of `{field}`", grouped(*count)));
            let text = format!(
                "values that the plugin turned to null: {}",
                listed(fields.collect())
            );
            shared.add(object, 2, text);
        }
        if let Some(refused) = &object.refused {
            let (code, message) = (&refused.code, in_one_line(&refused.message));
            let text = format!("refused, nothing of it is stored: {message} ({code})");
            shared.add(object, 3, text);
        }
        if let Some(damage) = &object.damage {
            shared.add(
                object,
                4,
                format!("{} ({})", in_one_line(&damage.message), damage.code),
            );
        }
    }
    lines.extend(shared.lines());
    lines
}

fn first_reasons(objects: &[ObjectReport], lines: &mut Vec<String>) {
    let reasons = objects.iter().flat_map(|object| {
        let reasons = object.first_reasons.iter();
        reasons.map(move |reason| (object, reason))
    });
    for (index, (object, reason)) in reasons.take(PRINTED_REASONS).enumerate() {
        if index == 0 {
            lines.push("first reasons for rejection:".to_owned());
        }
        let column = reason.column.as_ref();
        let column = column.map_or(String::new(), |column| format!("`{column}`: "));
        let (source, message) = (in_one_line(&object.source), in_one_line(&reason.message));
        lines.push(format!(
            "  {source} row {}: {column}{message} ({})",
            reason.row, reason.code
        ));
    }
}

/// Findings of all files, the most frequent first.
fn findings(objects: &[ObjectReport], lines: &mut Vec<String>) {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (code, count) in objects.iter().flat_map(|object| &object.findings) {
        *counts.entry(code).or_default() += count;
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    if counts.is_empty() {
        return;
    }
    let more = counts.len().saturating_sub(PRINTED_CODES);
    let mut texts: Vec<String> = (counts.into_iter().take(PRINTED_CODES))
        .map(|(code, count)| format!("{} {code}", grouped(count)))
        .collect();
    if more > 0 {
        texts.push(format!("and {more} other codes"));
    }
    lines.push(format!("findings: {}", texts.join(", ")));
}

fn missing(MissingColumn { field, nearest }: &MissingColumn) -> String {
    match nearest {
        None => format!("`{field}`"),
        Some(nearest) => format!("`{field}` (there is `{nearest}`)"),
    }
}

fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(PRINTED_NAMES);
    names.truncate(PRINTED_NAMES);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}

/// What is said of several files, in the order of what it is about, and then of the files.
#[derive(Default)]
struct Shared<'a> {
    said: BTreeMap<(usize, String), Vec<&'a str>>,
}

impl<'a> Shared<'a> {
    fn add(&mut self, object: &'a ObjectReport, rank: usize, text: String) {
        self.said
            .entry((rank, text))
            .or_default()
            .push(&object.source);
    }

    fn lines(self) -> impl Iterator<Item = String> {
        let mut said: Vec<_> = self.said.into_iter().collect();
        said.sort_by(|((rank, _), sources), ((other_rank, _), other_sources)| {
            (rank, sources).cmp(&(other_rank, other_sources))
        });
        said.into_iter().map(|((_, text), sources)| {
            let first = in_one_line(sources[0]);
            match sources.len() - 1 {
                0 => format!("{first}: {text}"),
                1 => format!("{first} and another file: {text}"),
                others => format!("{first} and {others} other files: {text}"),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use sluice_pipeline::report::{Reason, Refused};

    use super::*;

    fn reason(code: &str, message: &str) -> Reason {
        Reason {
            row: 7,
            column: Some("rating".to_owned()),
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn what_is_said_of_files() {
        let missing = |field: &str, nearest: Option<&str>| MissingColumn {
            field: field.to_owned(),
            nearest: nearest.map(str::to_owned),
        };
        let object = |source: &str| ObjectReport {
            source: source.to_owned(),
            missing_columns: vec![missing("rating", Some("Rating")), missing("note", None)],
            ..ObjectReport::default()
        };
        let objects = [
            ObjectReport {
                first_reasons: vec![reason("too_great", "more than 5")],
                findings: [("too_great", 1_200), ("trimmed", 31_000)]
                    .map(|(code, count)| (code.to_owned(), count))
                    .into(),
                ignored_columns: vec!["Rating".to_owned(), "x\\u{1b}[31m".to_owned()],
                nulled_values: [("age".to_owned(), 12), ("at".to_owned(), 1_000)].into(),
                ..object("b.csv")
            },
            object("c.csv"),
            ObjectReport {
                findings: [("too_great".to_owned(), 1)].into(),
                damage: Some(reason("corrupt_compression", "the gzip stream is damaged")),
                ..object("a\n.csv")
            },
            ObjectReport {
                source: "d.csv".to_owned(),
                ignored_columns: (0..22).map(|column| column.to_string()).collect(),
                refused: Some(Refused {
                    code: "no_matching_column".to_owned(),
                    message: "its only column is no field".to_owned(),
                    read: 0,
                    rejected: 0,
                }),
                ..ObjectReport::default()
            },
        ];
        insta::assert_snapshot!(remarks(&objects).join("\n"));
        assert_eq!(remarks(&[]), [] as [&str; 0]);
    }
}
