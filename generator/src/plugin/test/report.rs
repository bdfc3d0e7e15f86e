//! How cases went, for people and for programs.

use serde_json::{Value, json};
use sluice_pipeline::plugin::{Cell, PluginVersion};

use super::compare::{Difference, What};
use super::trial::{Again, Trial};
use crate::plugin::cases::{Case, Finding, Form, Refused, Scalar, severity_name};
use crate::plugin::paint::{Change, Paint, printable, shown, shown_apart};
use crate::run::grouped;

/// How a case went.
pub(super) struct CaseReport<'a> {
    pub(super) case: &'a Case,
    /// `None` where the plugin could not be run.
    pub(super) trial: Option<Trial>,
    pub(super) differences: Vec<Difference>,
}

impl CaseReport<'_> {
    pub(super) fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    /// A line, and the differences below it.
    pub(super) fn text(&self, path: &str, width: usize, paint: Paint) -> String {
        let case = self.case;
        let name = printable(&case.name);
        let blanks = " ".repeat(width.saturating_sub(name.chars().count()));
        let rows = match case.rows.len() {
            0 => "no rows".to_owned(),
            1 => "1 row".to_owned(),
            rows => format!("{rows} rows"),
        };
        let cost = self.cost().map_or(String::new(), |cost| {
            format!(", {} fuel a row", grouped(cost.fuel_per_row))
        });
        let about = paint.faint(&format!("{rows}{cost}"));
        if self.passed() {
            return format!("  {}    {name}{blanks}  {about}\n", paint.good("ok"));
        }
        let place = paint.faint(&format!("{}:{}", printable(path), case.line));
        let mut text = format!(
            "  {}  {}{blanks}  {about}  {place}\n",
            paint.bad("FAIL"),
            paint.strong(&name)
        );
        let nothing_expected = |difference: &&Difference| difference.what == What::NothingExpected;
        let without = self.differences.iter().filter(nothing_expected).count();
        if without > 0 {
            text.push_str(&format!(
                "    nothing is expected of {} yet; write `out`, or take what comes out with --bless\n",
                if without == case.rows.len() {
                    rows
                } else {
                    format!("{without} of {rows}")
                }
            ));
        }
        let mut place = (None, None);
        for difference in &self.differences {
            if difference.what == What::NothingExpected {
                continue;
            }
            if place != (difference.row, difference.out) {
                place = (difference.row, difference.out);
                if let Some(heading) = heading(difference) {
                    text.push_str(&format!("    {heading}\n"));
                }
            }
            let indent = if difference.row.is_some() {
                "      "
            } else {
                "    "
            };
            for line in lines(&difference.what, paint) {
                text.push_str(&format!("{indent}{line}\n"));
            }
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let cost = self.cost();
        json!({
            "name": self.case.name,
            "line": self.case.line,
            "ok": self.passed(),
            "differences": self.differences.iter().map(in_json).collect::<Vec<_>>(),
            "fuel_per_row": cost.map(|cost| cost.fuel_per_row),
            "memory_bytes": cost.map(|cost| cost.memory_bytes),
        })
    }

    fn cost(&self) -> Option<super::trial::Cost> {
        self.trial.as_ref()?.cost
    }
}

/// What is known of the plugin, for programs.
pub(super) fn plugin_json(version: &PluginVersion) -> Value {
    let descriptor = version.descriptor();
    json!({
        "name": descriptor.name,
        "version": descriptor.version,
        "sha256": version.sha256(),
    })
}

fn heading(difference: &Difference) -> Option<String> {
    let row = difference.row? + 1;
    Some(match difference.out {
        Some(out) => format!("row {row}, its output row {}", out + 1),
        None => format!("row {row}"),
    })
}

/// What is different, in lines.
fn lines(what: &What, paint: Paint) -> Vec<String> {
    match what {
        What::NothingExpected => vec!["nothing is expected yet".to_owned()],
        What::Outcome { expected, got } => {
            vec![format!(
                "outcome: {}",
                change(expected.name(), got.name(), paint)
            )]
        }
        What::RowCount { expected, got } => {
            let (expected, got) = (expected.to_string(), got.to_string());
            vec![format!("output rows: {}", change(&expected, &got, paint))]
        }
        What::Value {
            column,
            expected,
            got,
        } => {
            let (expected, got) = apart(expected.as_ref(), got);
            let column = printable(column);
            match paint.change(&expected, &got) {
                Change::Short(change) => vec![format!("`{column}`: {change}")],
                Change::Long(expected, got) => vec![
                    format!("`{column}`:"),
                    format!("  {} {expected}", paint.bad("-")),
                    format!("  {} {got}", paint.good("+")),
                ],
            }
        }
        What::NoColumn {
            column,
            expected,
            remedy,
        } => vec![format!(
            "`{}`: {}, but the plugin makes no such column; {remedy}",
            printable(column),
            paint.bad(&scalar(expected)),
        )],
        What::Finding { expected, got } => sides(
            "finding",
            expected.as_ref().map(finding),
            got.as_ref().map(finding),
            paint,
        ),
        What::Refused { expected, got } => sides(
            "refused",
            expected.as_ref().map(refused),
            got.as_ref().map(refused),
            paint,
        ),
        What::Impure { again, how } => {
            let mut text = vec![paint.odd(&format!("came out differently {}", again.in_words()))];
            for difference in how {
                let deeper = lines(&difference.what, paint);
                text.extend(deeper.into_iter().map(|line| format!("  {line}")));
            }
            text.push("help: the answer to a row may depend on nothing but the row".to_owned());
            text
        }
        What::Budget { limit, got } => vec![format!(
            "fuel a row: got {}, limit {}; make it cheaper, or raise `fuel_per_row`",
            paint.bad(&grouped(*got)),
            grouped(*limit)
        )],
        What::NoCost { limit } => vec![format!(
            "fuel a row: the limit is {}, and no row could be measured",
            grouped(*limit)
        )],
        What::Broken { reason } => vec![paint.bad(&printable(reason))],
    }
}

/// What is missing, and what is there instead.
fn sides(label: &str, expected: Option<String>, got: Option<String>, paint: Paint) -> Vec<String> {
    let expected = expected.map(|text| format!("{} {}", paint.bad("-"), paint.bad(&text)));
    let got = got.map(|text| format!("{} {}", paint.good("+"), paint.good(&text)));
    let sides = expected.into_iter().chain(got);
    sides.map(|side| format!("{label}: {side}")).collect()
}

fn change(expected: &str, got: &str, paint: Paint) -> String {
    format!("{} -> {}", paint.bad(expected), paint.good(got))
}

/// Both sides of a value, told apart even where they look alike.
fn apart(expected: Option<&Scalar>, got: &Cell) -> (String, String) {
    let got_scalar = Scalar::of(got);
    if let (Some(Scalar::Text(expected)), Some(Scalar::Text(got))) = (expected, &got_scalar) {
        return shown_apart(expected, got);
    }
    let shown = |value: Option<&Scalar>| value.map_or_else(|| "null".to_owned(), scalar);
    (shown(expected), shown(got_scalar.as_ref()))
}

fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => shown(text),
        other => Form::Toml.scalar(other),
    }
}

fn finding(finding: &Finding) -> String {
    let column = finding.column.as_ref();
    let column = column.map_or_else(String::new, |column| format!(" in `{}`", printable(column)));
    let message = finding.message.as_deref().unwrap_or("(any message)");
    format!(
        "{} {}{column}: {}",
        severity_name(finding.severity),
        printable(&finding.code),
        printable(message)
    )
}

fn refused(refused: &Refused) -> String {
    let message = refused.message.as_deref().unwrap_or("(any message)");
    format!("{}: {}", printable(&refused.code), printable(message))
}

impl Again {
    fn in_words(self) -> &'static str {
        match self {
            Again::SameInstance => "when the same instance was given the same rows again",
            Again::Alone => "alone, on a fresh instance",
        }
    }
}

fn in_json(difference: &Difference) -> Value {
    let plain = Paint { colour: false };
    let message = lines(&difference.what, plain).join("\n");
    let (kind, column, expected, got) = match &difference.what {
        What::NothingExpected => ("nothing_expected", None, Value::Null, Value::Null),
        What::Outcome { expected, got } => {
            ("outcome", None, expected.name().into(), got.name().into())
        }
        What::RowCount { expected, got } => ("row_count", None, json!(expected), json!(got)),
        What::Value {
            column,
            expected,
            got,
        } => (
            "value",
            Some(column),
            scalar_json(expected.as_ref()),
            scalar_json(Scalar::of(got).as_ref()),
        ),
        What::NoColumn {
            column, expected, ..
        } => (
            "no_column",
            Some(column),
            scalar_json(Some(expected)),
            Value::Null,
        ),
        What::Finding { expected, got } => {
            let json = |finding: &Option<Finding>| finding.as_ref().map(finding_json).into();
            ("finding", None, json(expected), json(got))
        }
        What::Refused { expected, got } => {
            let json = |refused: &Option<Refused>| {
                let refused = refused.as_ref();
                refused
                    .map(|refused| json!({ "code": refused.code, "message": refused.message }))
                    .into()
            };
            ("refused", None, json(expected), json(got))
        }
        What::Impure { .. } => ("impure", None, Value::Null, Value::Null),
        What::Budget { limit, got } => ("budget", None, json!(limit), json!(got)),
        What::NoCost { limit } => ("budget", None, json!(limit), Value::Null),
        What::Broken { .. } => ("broken", None, Value::Null, Value::Null),
    };
    json!({
        "kind": kind,
        "row": difference.row.map(|row| row + 1),
        "out": difference.out.map(|out| out + 1),
        "column": column,
        "expected": expected,
        "got": got,
        "message": message,
    })
}

fn scalar_json(value: Option<&Scalar>) -> Value {
    value.map_or(Value::Null, Scalar::to_json)
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "severity": severity_name(finding.severity),
        "column": finding.column,
        "code": finding.code,
        "message": finding.message,
    })
}
