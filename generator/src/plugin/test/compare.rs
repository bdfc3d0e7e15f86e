//! What came of a case against what is expected of it: every difference, and what blessing would write about it.

use std::collections::BTreeMap;

use sluice_manifest::nearest::suggestion;
use sluice_pipeline::plugin::{Answer, Cell};

use super::trial::{Again, Trial};
use crate::plugin::cases::{Blessing, Case, Expected, Finding, Outcome, Refused, Scalar};

/// One thing that is not as it is expected to be.
#[derive(Debug, PartialEq)]
pub(super) struct Difference {
    /// The row, from 0, where it is about one.
    pub(super) row: Option<usize>,
    /// Which of the rows that it becomes, from 0, where it is about one of several.
    pub(super) out: Option<usize>,
    pub(super) what: What,
}

/// What is different.
#[derive(Debug, PartialEq)]
pub(super) enum What {
    /// Nothing is expected yet.
    NothingExpected,
    /// What becomes of a row.
    Outcome { expected: Outcome, got: Outcome },
    /// How many rows a row becomes.
    RowCount { expected: usize, got: usize },
    /// A value. `None` is null.
    Value {
        column: String,
        expected: Option<Scalar>,
        got: Cell,
    },
    /// A column that the plugin does not make.
    NoColumn {
        column: String,
        expected: Scalar,
        remedy: String,
    },
    /// A finding that is missing, is there, or is another one.
    Finding {
        expected: Option<Finding>,
        got: Option<Finding>,
    },
    /// Whether and how the plugin refuses its configuration.
    Refused {
        expected: Option<Refused>,
        got: Option<Refused>,
    },
    /// The row came out differently a second time.
    Impure {
        again: Again,
        /// In what way.
        how: Vec<Difference>,
    },
    /// A row costs too much fuel.
    Budget { limit: u64, got: u64 },
    /// There is a budget, and no row to measure.
    NoCost { limit: u64 },
    /// The plugin cannot be run.
    Broken { reason: String },
}

impl Difference {
    fn of_case(what: What) -> Difference {
        Difference {
            row: None,
            out: None,
            what,
        }
    }

    fn of_row(row: usize, what: What) -> Difference {
        Difference {
            row: Some(row),
            out: None,
            what,
        }
    }

    /// Whether another expectation would put it right.
    pub(super) fn can_be_blessed(&self) -> bool {
        !matches!(
            self.what,
            What::Impure { .. } | What::Budget { .. } | What::NoCost { .. } | What::Broken { .. }
        )
    }
}

/// Every difference.
pub(super) fn compare(case: &Case, trial: &Trial) -> Vec<Difference> {
    let answers = match (&trial.answers, &case.refused) {
        (Err(got), Some(expected)) if expected.fits(got) => return Vec::new(),
        (Err(got), expected) => {
            return vec![Difference::of_case(What::Refused {
                expected: expected.clone(),
                got: Some(got.clone()),
            })];
        }
        (Ok(answers), None) => answers,
        (Ok(answers), Some(expected)) => {
            let refused = What::Refused {
                expected: Some(expected.clone()),
                got: None,
            };
            let mut differences = vec![Difference::of_case(refused)];
            differences.extend(impure(answers, trial));
            return differences;
        }
    };
    let mut differences = Vec::new();
    for (index, (row, answer)) in case.rows.iter().zip(answers).enumerate() {
        match &row.expected {
            None => {
                differences.push(Difference::of_row(index, What::NothingExpected));
                if answer.failed() {
                    let kept = Expected {
                        outcome: Outcome::Kept,
                        out: None,
                        findings: Vec::new(),
                    };
                    compare_row(index, &kept, answer, trial, &mut differences);
                }
            }
            Some(expected) => compare_row(index, expected, answer, trial, &mut differences),
        }
    }
    differences.extend(impure(answers, trial));
    match (case.max_fuel_per_row, trial.cost) {
        (Some(limit), Some(cost)) if cost.fuel_per_row > limit => {
            let got = cost.fuel_per_row;
            differences.push(Difference::of_case(What::Budget { limit, got }));
        }
        // Where every row is one that the plugin fails on, there is nothing to measure.
        (Some(limit), None) if answers.iter().any(|answer| !answer.failed()) => {
            differences.push(Difference::of_case(What::NoCost { limit }));
        }
        _ => {}
    }
    differences
}

/// What is to be written so that a case passes; `None` where that would change nothing, or where the plugin does not
/// always say the same.
pub(super) fn blessing(case: &Case, trial: &Trial, differences: &[Difference]) -> Option<Blessing> {
    let can = differences.iter().any(Difference::can_be_blessed);
    if !can || !trial.impure.is_empty() {
        return None;
    }
    let answers = match &trial.answers {
        Ok(answers) => answers,
        Err(refused) => {
            return Some(Blessing {
                refused: Some(refused.clone()),
                rows: BTreeMap::new(),
            });
        }
    };
    let rows = 0..case.rows.len();
    let differs = |row: &usize| {
        let mut differences = differences.iter();
        case.refused.is_some() || differences.any(|difference| difference.row == Some(*row))
    };
    Some(Blessing {
        refused: None,
        rows: rows
            .filter(differs)
            .map(|row| (row, expectation(&answers[row], &trial.columns)))
            .collect(),
    })
}

/// What would have to be expected for an answer to be right.
fn expectation(answer: &Answer, columns: &[String]) -> Expected {
    let outcome = Outcome::of(answer);
    let rows = answer.rows.iter().map(|row| {
        let values = columns.iter().zip(row);
        let values = values.filter_map(|(name, cell)| Some((name.clone(), Scalar::of(cell)?)));
        values.collect()
    });
    Expected {
        outcome,
        out: (outcome == Outcome::Kept).then(|| rows.collect()),
        findings: findings(answer, columns),
    }
}

fn findings(answer: &Answer, columns: &[String]) -> Vec<Finding> {
    let findings = answer.findings.iter().map(|finding| Finding {
        severity: finding.severity,
        column: finding
            .column
            .and_then(|column| columns.get(column as usize).cloned()),
        code: finding.code.clone(),
        message: Some(finding.message.clone()),
    });
    findings.collect()
}

fn compare_row(
    row: usize,
    expected: &Expected,
    answer: &Answer,
    trial: &Trial,
    differences: &mut Vec<Difference>,
) {
    let got = Outcome::of(answer);
    if expected.outcome != got {
        let expected = expected.outcome;
        differences.push(Difference::of_row(row, What::Outcome { expected, got }));
    } else if let Some(rows) = &expected.out {
        if rows.len() != answer.rows.len() {
            let (expected, got) = (rows.len(), answer.rows.len());
            differences.push(Difference::of_row(row, What::RowCount { expected, got }));
        }
        let several = rows.len().max(answer.rows.len()) > 1;
        for (out, (expected, got)) in rows.iter().zip(&answer.rows).enumerate() {
            let found = compare_cells(expected, got, &trial.columns);
            differences.extend(found.into_iter().map(|what| Difference {
                row: Some(row),
                out: several.then_some(out),
                what,
            }));
        }
    }
    let found = compare_findings(&expected.findings, findings(answer, &trial.columns));
    differences.extend(found.into_iter().map(|what| Difference::of_row(row, what)));
}

fn compare_cells(expected: &[(String, Scalar)], got: &[Cell], columns: &[String]) -> Vec<What> {
    let mut found = Vec::new();
    for (column, cell) in columns.iter().zip(got) {
        let expected = expected.iter().find(|(name, _)| name == column);
        let expected = expected.map(|(_, value)| value);
        let fits = match expected {
            Some(expected) => expected.fits(cell),
            None => *cell == Cell::Null,
        };
        if !fits {
            found.push(What::Value {
                column: column.clone(),
                expected: expected.cloned(),
                got: cell.clone(),
            });
        }
    }
    for (column, value) in expected {
        if !columns.contains(column) {
            found.push(What::NoColumn {
                column: column.clone(),
                expected: value.clone(),
                remedy: suggestion(column, columns.iter().map(String::as_str)),
            });
        }
    }
    found
}

/// Findings in any order. Of those that do not fit, the ones with the same code belong together.
fn compare_findings(expected: &[Finding], mut got: Vec<Finding>) -> Vec<What> {
    let mut missing = Vec::new();
    for finding in expected {
        match got.iter().position(|other| finding.fits(other)) {
            Some(index) => drop(got.remove(index)),
            None => missing.push(finding.clone()),
        }
    }
    let mut found = Vec::new();
    for expected in missing {
        let other = got.iter().position(|other| other.code == expected.code);
        found.push(What::Finding {
            expected: Some(expected),
            got: other.map(|index| got.remove(index)),
        });
    }
    found.extend(got.into_iter().map(|got| What::Finding {
        expected: None,
        got: Some(got),
    }));
    found
}

fn impure(first: &[Answer], trial: &Trial) -> Vec<Difference> {
    let impure = trial.impure.iter().map(|impurity| {
        let row = impurity.row;
        let expected = expectation(&first[row], &trial.columns);
        let mut how = Vec::new();
        compare_row(row, &expected, &impurity.second, trial, &mut how);
        let again = impurity.again;
        Difference::of_row(row, What::Impure { again, how })
    });
    impure.collect()
}
