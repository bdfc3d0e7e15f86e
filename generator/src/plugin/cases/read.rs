//! From a text to cases: what its keys mean together, what is left out, and everything that is wrong, all at once.

use std::collections::BTreeSet;

use sluice_contract::stack::PluginLimits;
use sluice_manifest::nearest::listed;
use sluice_manifest::plugin_settings::ConfigValue;
use sluice_manifest::problem::{ProblemSink, Problems, Span, report_syntax};
use sluice_manifest::reader::{DecodeTable, Entries, Given, Written, in_backticks};
use sluice_pipeline::plugin::{Origin, Severity};
use toml::de::{DeTable, DeValue};

use super::shape::{
    WrittenBudget, WrittenCase, WrittenFile, WrittenFinding, WrittenOrigin, WrittenRow,
};
use super::{
    Case, CaseRow, CaseText, Cases, Expected, Finding, Form, Outcome, Refused, Scalar, json,
};

/// What sentences call the text.
const DOCUMENT: &str = "the case file";
/// When rows arrive of which that is not said: the start of 2026, so that every run is the same.
const RECEIVED_AT: i64 = 1_767_225_600_000_000;

/// What a file says.
pub(super) fn read(file: &CaseText) -> Result<Cases, Problems> {
    let mut sink = ProblemSink::of(DOCUMENT, &file.text);
    let mut cases = Cases {
        wasi: false,
        cases: Vec::new(),
    };
    match file.form {
        Form::Toml => read_toml(file, &mut cases, &mut sink),
        Form::Ndjson => read_ndjson(file, &mut cases, &mut sink),
    }
    if sink.is_empty() {
        Ok(cases)
    } else {
        Err(sink.into_problems(&file.path))
    }
}

fn read_toml(file: &CaseText, cases: &mut Cases, sink: &mut ProblemSink) {
    let (document, errors) = DeTable::parse_recoverable(&file.text);
    errors.iter().for_each(|error| report_syntax(error, sink));
    if !sink.is_empty() {
        return;
    }
    let written = WrittenFile::from_table(document.get_ref(), "", sink);
    let limits = match written.limits.value() {
        Some(limits) => limits.resolve(&PluginLimits::default(), sink),
        None => PluginLimits::default(),
    };
    cases.wasi = written.wasi.value().copied().unwrap_or_default();
    let budget = budget(&written.budget, sink);
    let whole = Span { start: 0, end: 0 };
    let list = written.cases.written().map(|list| list.value.as_slice());
    if written.cases.is_absent() || list.is_some_and(<[_]>::is_empty) {
        sink.report(whole, "there is no case", "begin one with `[[case]]`");
    }
    let mut resolver = Resolver {
        text: &file.text,
        names: BTreeSet::new(),
        limits,
        budget,
    };
    for case in list.unwrap_or_default() {
        cases
            .cases
            .push(resolver.case(&case.value, case.span, sink));
    }
}

fn read_ndjson(file: &CaseText, cases: &mut Cases, sink: &mut ProblemSink) {
    let mut resolver = Resolver {
        text: &file.text,
        names: BTreeSet::new(),
        limits: PluginLimits::default(),
        budget: None,
    };
    let (mut start, mut number) = (0, 0);
    for line in file.text.split_inclusive('\n') {
        let text = json::trimmed(line);
        let at = start + line.find(text).unwrap_or_default();
        start += line.len();
        if text.is_empty() {
            continue;
        }
        number += 1;
        let span = Span {
            start: at,
            end: at + 1,
        };
        let Some(value) = json::parse(text, at, sink) else {
            continue;
        };
        let DeValue::Table(table) = value.get_ref() else {
            sink.report(span, "a line is one case, an object", "write it as `{…}`");
            continue;
        };
        let line = file.text[..at].matches('\n').count() + 1;
        let path = format!("line {line}");
        let written = WrittenCase::from_table(table, &path, sink);
        cases.cases.push(resolver.case(&written, span, sink));
    }
    if number == 0 {
        let whole = Span { start: 0, end: 0 };
        sink.report(whole, "there is no case", "write one a line, as `{…}`");
    }
}

/// What a case inherits from its file, and the names that are taken.
struct Resolver<'t> {
    text: &'t str,
    names: BTreeSet<String>,
    limits: PluginLimits,
    budget: Option<u64>,
}

impl Resolver<'_> {
    fn case(&mut self, written: &WrittenCase, span: Span, sink: &mut ProblemSink) -> Case {
        let refused = written.refused.written().map(|refused| Refused {
            code: required(&refused.value.code, "code", "`refused`", refused.span, sink),
            message: refused.value.message.value().cloned(),
        });
        let rows = match written.rows.value() {
            Some(rows) => rows.iter().map(|written| row(written, sink)).collect(),
            None => Vec::new(),
        };
        if refused.is_some() {
            for row in written.rows.value().into_iter().flatten() {
                refuse_expectations(&row.value, sink);
            }
        }
        let has_rows =
            !written.rows.is_absent() && written.rows.value().is_none_or(|rows| !rows.is_empty());
        if !has_rows && written.refused.is_absent() && written.config.is_absent() {
            sink.report(
                start_of(span),
                "the case says nothing",
                "give it `rows`, or `config` and `refused`",
            );
        }
        Case {
            name: self.name(&written.name, span, sink),
            line: self.text[..span.start].matches('\n').count() + 1,
            config: config(&written.config),
            limits: match written.limits.value() {
                Some(limits) => limits.resolve(&self.limits, sink),
                None => self.limits.clone(),
            },
            origin: origin(&written.origin, sink),
            max_fuel_per_row: budget(&written.budget, sink).or(self.budget),
            columns: columns(written, sink),
            rows,
            refused,
        }
    }

    fn name(&mut self, given: &Given<String>, case: Span, sink: &mut ProblemSink) -> String {
        let name = required(given, "name", "the case", case, sink);
        if let Some(written) = given.written() {
            if name.trim().is_empty() {
                sink.report(
                    written.span,
                    "the name is empty",
                    "say what the case is about",
                );
            } else if !self.names.insert(name.clone()) {
                let fact = format!("there is another case {}", in_backticks(&name));
                sink.report(written.span, fact, "give each case a name of its own");
            }
        }
        name
    }
}

fn row(written: &Written<WrittenRow>, sink: &mut ProblemSink) -> CaseRow {
    let row = &written.value;
    if row.input.is_absent() {
        sink.report(
            start_of(written.span),
            "the row has no `in`",
            "write what goes in, such as `in = { id = \"1\" }`",
        );
    }
    CaseRow {
        span: written.span,
        input: texts(&row.input),
        expected: expected(row, sink),
    }
}

/// What is expected of a row; `None` where nothing is said.
fn expected(row: &WrittenRow, sink: &mut ProblemSink) -> Option<Expected> {
    let out = row
        .out
        .written()
        .map(|written| (written.key, &written.value.0));
    let said = row.outcome.written();
    let outcome = match (said, out) {
        (Some(said), _) => said.value.0,
        (None, Some(_)) => Outcome::Kept,
        (None, None) => return None,
    };
    if let Some((key, items)) = out {
        if outcome != Outcome::Kept {
            let fact = format!("a row that is {} has no `out`", outcome.name());
            sink.report(key, fact, "leave one of them out");
        } else if items.is_empty() {
            let remedy = "write `outcome = \"dropped\"` for a row that leaves nothing";
            sink.report(key, "`out` is empty", remedy);
        }
    }
    let findings = row.findings.value().into_iter().flatten();
    Some(Expected {
        outcome,
        out: out.map(|(_, items)| items.iter().map(|item| scalars(&item.value)).collect()),
        findings: findings.map(|written| finding(written, sink)).collect(),
    })
}

/// A plugin that refuses its configuration sees no row.
fn refuse_expectations(row: &WrittenRow, sink: &mut ProblemSink) {
    let keys = [
        row.out.written().map(|written| written.key),
        row.outcome.written().map(|written| written.key),
        row.findings.written().map(|written| written.key),
    ];
    for key in keys.into_iter().flatten() {
        sink.report(
            key,
            "nothing comes of a row where the plugin refuses its configuration",
            "leave it out, or leave out `refused`",
        );
    }
}

fn finding(written: &Written<WrittenFinding>, sink: &mut ProblemSink) -> Finding {
    let WrittenFinding {
        severity,
        column,
        code,
        message,
    } = &written.value;
    if severity.is_absent() {
        sink.report(
            start_of(written.span),
            "the finding has no `severity`",
            "write `severity = \"warning\"`, or `info` or `error`",
        );
    }
    Finding {
        severity: severity.value().map_or(Severity::Info, |word| word.0.0),
        column: column.value().cloned(),
        code: required(code, "code", "the finding", written.span, sink),
        message: message.value().cloned(),
    }
}

/// The columns of the input: those that are named, or those that the rows have, in the order in which they turn up.
fn columns(written: &WrittenCase, sink: &mut ProblemSink) -> Option<Vec<String>> {
    let inputs = || {
        let rows = written.rows.value().into_iter().flatten();
        let inputs = rows.filter_map(|row| row.value.input.value());
        inputs.flat_map(|entries| entries.0.iter().map(|entry| &entry.name))
    };
    let mut columns: Vec<String> = Vec::new();
    match written.columns.value() {
        Some(named) => {
            for name in named {
                if columns.contains(&name.value) {
                    let fact = format!("column {} is named twice", in_backticks(&name.value));
                    sink.report(name.span, fact, "leave one of them out");
                } else {
                    columns.push(name.value.clone());
                }
            }
            for name in inputs().filter(|name| !columns.contains(&name.value)) {
                let fact = format!("{} is none of `columns`", in_backticks(&name.value));
                let names = columns.iter().map(String::as_str);
                let remedy = format!(
                    "there are {}; add it, or leave out `columns`",
                    listed(names, "and")
                );
                sink.report(name.key, fact, remedy);
            }
        }
        None if written.rows.value().is_none_or(Vec::is_empty) => return None,
        None => {
            for name in inputs() {
                if !columns.contains(&name.value) {
                    columns.push(name.value.clone());
                }
            }
        }
    }
    Some(columns)
}

fn config(given: &Given<Entries<ConfigValue>>) -> std::collections::BTreeMap<String, String> {
    texts(given).into_iter().collect()
}

fn texts(given: &Given<Entries<ConfigValue>>) -> Vec<(String, String)> {
    let entries = given.value().into_iter().flat_map(|entries| &entries.0);
    let text = |value: &ConfigValue| value.0.clone();
    entries
        .filter_map(|entry| Some((entry.name.value.clone(), entry.value.as_ref().map(text)?)))
        .collect()
}

fn scalars(entries: &Entries<Scalar>) -> Vec<(String, Scalar)> {
    let entries = entries.0.iter();
    entries
        .filter_map(|entry| Some((entry.name.value.clone(), entry.value.clone()?)))
        .collect()
}

fn origin(given: &Given<WrittenOrigin>, sink: &mut ProblemSink) -> Origin {
    let mut origin = Origin {
        pipeline: "test".to_owned(),
        source: "cases".to_owned(),
        first_row: 0,
        received_at: RECEIVED_AT,
    };
    let Some(written) = given.value() else {
        return origin;
    };
    if let Some(source) = written.source.value() {
        origin.source.clone_from(source);
    }
    if let Some(first_row) = written.first_row.written() {
        origin.first_row = at_least(first_row, 0, "`first_row`", sink);
    }
    if let Some(received_at) = written.received_at.value() {
        origin.received_at = received_at.0;
    }
    origin
}

fn budget(given: &Given<WrittenBudget>, sink: &mut ProblemSink) -> Option<u64> {
    let written = given.written()?;
    match written.value.fuel_per_row.written() {
        Some(fuel) => Some(at_least(fuel, 1, "`fuel_per_row`", sink)),
        None => {
            if written.value.fuel_per_row.is_absent() {
                let remedy = "write `budget = { fuel_per_row = 1000 }`, or leave it out";
                sink.report(written.key, "`budget` says nothing", remedy);
            }
            None
        }
    }
}

fn at_least(written: &Written<i64>, least: u64, what: &str, sink: &mut ProblemSink) -> u64 {
    match u64::try_from(written.value) {
        Ok(value) if value >= least => value,
        _ => {
            let fact = format!(
                "{what} is out of range: got {}, allowed {least} or more",
                written.value
            );
            sink.report(
                written.span,
                fact,
                format!("choose a number from {least} on"),
            );
            least
        }
    }
}

/// A text that must be there.
fn required(
    given: &Given<String>,
    key: &str,
    of: &str,
    span: Span,
    sink: &mut ProblemSink,
) -> String {
    if given.is_absent() {
        let remedy = format!("write `{key} = \"…\"`");
        sink.report(start_of(span), format!("{of} has no `{key}`"), remedy);
    }
    given.value().cloned().unwrap_or_default()
}

/// The place that stands for something of many lines.
fn start_of(span: Span) -> Span {
    Span {
        start: span.start,
        end: (span.start + 1).min(span.end.max(span.start)),
    }
}
