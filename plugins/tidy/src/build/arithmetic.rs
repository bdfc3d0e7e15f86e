//! Columns that are computed of others.

use std::rc::Rc;

use serde_json::Value;

use super::number::number_kind;
use super::{Built, Combined, How};
use crate::findings::{Otherwise, Remark};
use crate::mistake::Mistake;
use crate::options::{Options, as_text};
use crate::steps::arithmetic::{Arithmetic, Operand};
use crate::steps::exact::{Exact, Operator, ResultKind};
use crate::steps::number::NumberKind;
use crate::steps::numeral::Form;

/// The most columns and numbers that are added or multiplied.
const MOST_OPERANDS: usize = 16;

pub(crate) fn add(options: &Options<'_>) -> Result<Built, Mistake> {
    compute(options, "add", Operator::Add, MOST_OPERANDS)
}

pub(crate) fn subtract(options: &Options<'_>) -> Result<Built, Mistake> {
    compute(options, "subtract", Operator::Subtract, 2)
}

pub(crate) fn multiply(options: &Options<'_>) -> Result<Built, Mistake> {
    compute(options, "multiply", Operator::Multiply, MOST_OPERANDS)
}

pub(crate) fn divide(options: &Options<'_>) -> Result<Built, Mistake> {
    compute(options, "divide", Operator::Divide, 2)
}

fn compute(
    options: &Options<'_>,
    step: &'static str,
    operator: Operator,
    most: usize,
) -> Result<Built, Mistake> {
    let form = Form::of("plain").ok_or("the plain locale is gone")?;
    let written = options.needed("of")?.as_array();
    let written = written.map(Vec::as_slice).unwrap_or_default();
    if !(2..=most).contains(&written.len()) {
        let many = if most == 2 { "two" } else { "two or more" };
        let words = format!(
            "{} are given: write {many} columns or numbers",
            written.len()
        );
        return Err(options.wrong("of", words));
    }
    let mut columns: Vec<String> = Vec::new();
    let mut operands = Vec::new();
    for (index, value) in written.iter().enumerate() {
        operands.push(match value {
            Value::Number(number) => {
                let exact = Exact::parse(&form, &number.to_string());
                Operand::Number(exact.ok_or_else(|| {
                    let words = format!("`{number}` has too many digits: write 38 at the most");
                    options.wrong_item("of", index, words)
                })?)
            }
            name => {
                let name = as_text(name);
                let known = columns.iter().position(|column| *column == name);
                Operand::Column(known.unwrap_or_else(|| {
                    columns.push(name);
                    columns.len() - 1
                }))
            }
        });
    }
    if columns.is_empty() {
        return Err(options.wrong("of", "only numbers are given: write a column"));
    }
    let result = match number_kind(options)? {
        NumberKind::Integer => ResultKind::Integer,
        NumberKind::Decimal { precision, scale } => ResultKind::Decimal { precision, scale },
        NumberKind::Float => {
            return Err(options.wrong(
                "as",
                "a result is exact, and `float` is not: write `integer` or `decimal(p,s)`",
            ));
        }
    };
    let arithmetic = Arithmetic {
        operator,
        operands,
        result,
        otherwise: options.otherwise(Otherwise::Null),
        form,
        unreadable: Remark::new("bad_number", "a number to compute with is none"),
        overflow: Remark::new("overflow", "the result has more digits than its type"),
        by_zero: Remark::new("division_by_zero", "the divisor is zero"),
    };
    Ok(Built::Of(Rc::new(Combined {
        step,
        columns,
        how: How::Arithmetic(Box::new(arithmetic)),
    })))
}
