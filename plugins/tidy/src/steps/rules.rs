//! What becomes of a whole row: `required`, `reject_if`, `drop_if`, `warn_if`; and `default`, for what is missing.

use regex::Regex;

use crate::column::{Column, Kind};
use crate::findings::{Context, Remark};
use crate::steps::blanks::is_blank;
use crate::steps::number::plain_decimal;
use crate::steps::words::Words;

/// A condition, and what happens to rows for which it holds.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) condition: Condition,
    pub(crate) effect: Effect,
    pub(crate) remark: Remark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Reject,
    Drop,
    Warn,
}

/// Holds where all of its parts hold. A null is empty, and none of the other parts hold for it.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) tests: Vec<Test>,
    pub(crate) ignore_case: bool,
}

impl Condition {
    /// Of one test.
    pub(crate) fn of(test: Test) -> Condition {
        Condition {
            tests: vec![test],
            ignore_case: false,
        }
    }

    /// Whether a test can be made of values of a kind; what is wrong otherwise.
    pub(crate) fn check(&self, kind: Kind) -> Result<(), &'static str> {
        for test in &self.tests {
            match test {
                Test::Empty(_) | Test::Among(..) | Test::Above(_) | Test::Below(_) => {}
                _ if kind.is_text() => {}
                _ => {
                    return Err(
                        "the condition is about text, and the column is none any more: put it before the step that gives the type",
                    );
                }
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) enum Test {
    /// Null, empty or blank; or not.
    Empty(bool),
    Is(Words<()>),
    IsNot(Words<()>),
    /// The same for values of a type: whether it is one of these, or none.
    Among(Vec<Bound>, bool),
    Matches(Regex),
    StartsWith(Vec<String>),
    EndsWith(Vec<String>),
    Contains(Vec<String>),
    /// In characters.
    LongerThan(usize),
    ShorterThan(usize),
    Above(Bound),
    Below(Bound),
}

/// A limit, as values of the column's kind are compared with it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    Integer(i64),
    Float(f64),
    /// Times ten to the scale, and the precision and scale.
    Decimal(i128, u8, u8),
    Boolean(bool),
}

impl Rule {
    pub(crate) fn apply<'p>(&'p self, column: &Column, context: &mut Context<'_, 'p>) {
        for row in 0..column.rows() {
            if self.condition.holds(column, row) {
                match self.effect {
                    Effect::Reject => context.reject(row, &self.remark),
                    Effect::Drop => context.drop(row),
                    Effect::Warn => context.warn(row, &self.remark),
                }
            }
        }
    }
}

impl Condition {
    #[inline]
    pub(crate) fn holds(&self, column: &Column, row: usize) -> bool {
        match column {
            Column::Text(text) => {
                let value = text.value(row);
                self.tests.iter().all(|test| match test {
                    Test::Empty(empty) => is_blank(value) == *empty,
                    _ if text.is_null(row) => false,
                    test => self.holds_for_text(test, value),
                })
            }
            _ => self.tests.iter().all(|test| match test {
                Test::Empty(empty) => column.is_null(row) == *empty,
                _ if column.is_null(row) => false,
                Test::Among(bounds, is_in) => {
                    let mut orders = bounds.iter().map(|bound| bound.compare(column, row));
                    orders.any(|order| order.is_some_and(|order| order.is_eq())) == *is_in
                }
                Test::Above(bound) => bound
                    .compare(column, row)
                    .is_some_and(|order| order.is_gt()),
                Test::Below(bound) => bound
                    .compare(column, row)
                    .is_some_and(|order| order.is_lt()),
                _ => false,
            }),
        }
    }

    /// Whether it holds where there is no value.
    pub(crate) fn holds_for_null(&self) -> bool {
        self.tests
            .iter()
            .all(|test| matches!(test, Test::Empty(true)))
    }

    fn holds_for_text(&self, test: &Test, value: &str) -> bool {
        let lower;
        let cased = match test {
            Test::StartsWith(_) | Test::EndsWith(_) | Test::Contains(_) if self.ignore_case => {
                lower = value.to_lowercase();
                lower.as_str()
            }
            _ => value,
        };
        match test {
            Test::Empty(empty) => is_blank(value) == *empty,
            Test::Is(words) => words.get(value).is_some(),
            Test::IsNot(words) => words.get(value).is_none(),
            Test::Among(bounds, is_in) => {
                let mut orders = bounds.iter().map(|bound| bound.compare_text(value));
                orders.any(|order| order.is_some_and(|order| order.is_eq())) == *is_in
            }
            Test::Matches(regex) => regex.is_match(value),
            Test::StartsWith(parts) => parts.iter().any(|part| cased.starts_with(part)),
            Test::EndsWith(parts) => parts.iter().any(|part| cased.ends_with(part)),
            Test::Contains(parts) => parts.iter().any(|part| cased.contains(part.as_str())),
            Test::LongerThan(most) => value.len() > *most && value.chars().nth(*most).is_some(),
            Test::ShorterThan(least) => value.chars().take(*least).count() < *least,
            Test::Above(bound) => bound.compare_text(value).is_some_and(|order| order.is_gt()),
            Test::Below(bound) => bound.compare_text(value).is_some_and(|order| order.is_lt()),
        }
    }
}

impl Bound {
    fn compare(&self, column: &Column, row: usize) -> Option<std::cmp::Ordering> {
        match (column, self) {
            (Column::Integers(values, _), Bound::Integer(bound)) => Some(values[row].cmp(bound)),
            (Column::Floats(values, _), Bound::Float(bound)) => values[row].partial_cmp(bound),
            (Column::Booleans(values, _), Bound::Boolean(bound)) => {
                Some(values[row].cmp(&u8::from(*bound)))
            }
            _ => None,
        }
    }

    /// Compares an exact number, which is text.
    fn compare_text(&self, value: &str) -> Option<std::cmp::Ordering> {
        match self {
            Bound::Decimal(bound, precision, scale) => {
                Some(plain_decimal(value, *precision, *scale)?.cmp(bound))
            }
            _ => None,
        }
    }
}

/// What stands for what is missing.
#[derive(Debug, Clone)]
pub(crate) enum Default {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
}

impl Default {
    /// Fills nulls, and empty text.
    pub(crate) fn apply(&self, column: &mut Column) {
        fn fill<T: Copy>(values: &mut [T], nulls: &mut sluice_sdk::NullBitmap, with: T) {
            if nulls.any() {
                for (row, value) in values.iter_mut().enumerate() {
                    if nulls.is_null(row) {
                        *value = with;
                        nulls.set_valid(row);
                    }
                }
            }
        }
        match (column, self) {
            (Column::Text(text), Default::Text(value)) => text.fill(value),
            (Column::Integers(values, nulls), Default::Integer(value)) => {
                fill(values, nulls, *value)
            }
            (Column::Floats(values, nulls), Default::Float(value)) => fill(values, nulls, *value),
            (Column::Booleans(values, nulls), Default::Boolean(value)) => {
                fill(values, nulls, u8::from(*value))
            }
            // The configuration was checked against the column's kind.
            _ => {}
        }
    }
}
