//! Arithmetic of columns: `add`, `subtract`, `multiply`, `divide`.

use sluice_sdk::NullBitmap;

use crate::column::Column;
use crate::findings::{Context, Otherwise, Remark};
use crate::steps::blanks::is_blank;
use crate::steps::exact::{Exact, Operator, ResultKind, Trouble};
use crate::steps::number::push_decimal;
use crate::steps::numeral::Form;
use crate::text::TextBuilder;

/// What is computed, and of what.
#[derive(Debug)]
pub(crate) struct Arithmetic {
    pub(crate) operator: Operator,
    pub(crate) operands: Vec<Operand>,
    pub(crate) result: ResultKind,
    pub(crate) otherwise: Otherwise,
    /// How text is read.
    pub(crate) form: Form,
    /// An operand is no number.
    pub(crate) unreadable: Remark,
    /// What comes out has more digits than the type.
    pub(crate) overflow: Remark,
    pub(crate) by_zero: Remark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    /// The first, second … of the columns.
    Column(usize),
    Number(Exact),
}

impl Arithmetic {
    /// Computes a column. `columns` are those of the operands; where one is not there, all is null.
    pub(crate) fn compute<'p>(
        &'p self,
        columns: &[Option<&Column>],
        rows: usize,
        context: &mut Context<'_, 'p>,
    ) -> Column {
        let mut results: Vec<Option<i128>> = Vec::with_capacity(rows);
        let mut operands = Vec::with_capacity(self.operands.len());
        for row in 0..rows {
            let result = match self.read(columns, row, &mut operands) {
                Ok(false) => None,
                Ok(true) => Some(self.operator.apply(&operands, self.result)),
                Err(trouble) => Some(Err(trouble)),
            };
            results.push(match result {
                None => None,
                Some(Ok(digits)) => Some(digits),
                Some(Err(trouble)) => {
                    let remark = match trouble {
                        Trouble::Unreadable => &self.unreadable,
                        Trouble::Overflow => &self.overflow,
                        Trouble::ByZero => &self.by_zero,
                    };
                    context.otherwise(row, self.otherwise, remark);
                    None
                }
            });
        }
        self.column(&results)
    }

    /// Reads the operands of a row; whether all of them have a value.
    fn read(
        &self,
        columns: &[Option<&Column>],
        row: usize,
        operands: &mut Vec<Exact>,
    ) -> Result<bool, Trouble> {
        operands.clear();
        for operand in &self.operands {
            let index = match operand {
                Operand::Number(number) => {
                    operands.push(*number);
                    continue;
                }
                Operand::Column(index) => *index,
            };
            operands.push(match columns.get(index).copied().flatten() {
                None => return Ok(false),
                Some(column) if column.is_null(row) => return Ok(false),
                Some(Column::Integers(values, _)) => Exact {
                    digits: i128::from(values[row]),
                    scale: 0,
                },
                Some(Column::Text(text)) if is_blank(text.value(row)) => return Ok(false),
                Some(Column::Text(text)) => {
                    let number = Exact::parse(&self.form, text.value(row));
                    number.ok_or(Trouble::Unreadable)?
                }
                // The configuration was checked.
                Some(Column::Floats(..) | Column::Booleans(..)) => return Err(Trouble::Unreadable),
            });
        }
        Ok(true)
    }

    fn column(&self, results: &[Option<i128>]) -> Column {
        match self.result {
            ResultKind::Integer => {
                let mut nulls = NullBitmap::new(results.len(), Vec::new());
                let values = results.iter().enumerate().map(|(row, result)| {
                    let value = result.and_then(|digits| i64::try_from(digits).ok());
                    if value.is_none() {
                        nulls.set_null(row);
                    }
                    value.unwrap_or_default()
                });
                let values = values.collect();
                Column::Integers(values, nulls)
            }
            ResultKind::Decimal { scale, .. } => {
                let mut builder = TextBuilder::default();
                let mut text = String::new();
                for result in results {
                    text.clear();
                    if let Some(digits) = result {
                        push_decimal(&mut text, *digits, scale);
                    }
                    builder.push(result.map(|_| text.as_str()));
                }
                Column::Text(builder.finish())
            }
        }
    }
}
