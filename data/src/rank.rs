//! Ranks without gaps over the values of one field, as Spark has them: `dense_rank() over (order by FIELD)`. Equal values
//! have equal ranks, nulls come first, and text is in the order of its bytes.

use std::collections::HashMap;

use sluice_contract::field_type::FieldType;
use sluice_contract::literal;

/// A rank that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenseRank {
    /// The field that is ranked.
    pub field: String,
    /// The column that gets its ranks.
    pub column: String,
}

/// The ranks of a field's values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranks {
    /// By the value's text; `None` where it is missing.
    values: HashMap<Box<str>, u64>,
    has_null: bool,
}

/// A value as it is ordered.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order<'a> {
    Number(i128),
    Text(&'a str),
}

impl Ranks {
    /// Notes that a value occurs.
    pub(crate) fn note(&mut self, value: Option<&str>) {
        match value {
            None => self.has_null = true,
            Some(value) if !self.values.contains_key(value) => {
                self.values.insert(value.into(), 0);
            }
            Some(_) => {}
        }
    }

    /// How many values were noted, and whether some were missing.
    pub(crate) fn noted(&self) -> (usize, bool) {
        (self.values.len(), self.has_null)
    }

    /// Gives every value that was noted its rank, and says how many ranks there are.
    pub(crate) fn settle(&mut self, kind: &FieldType) -> u64 {
        let mut rank = u64::from(self.has_null);
        let mut ordered: Vec<(Box<str>, u64)> = self.values.drain().collect();
        ordered.sort_unstable_by(|(one, _), (other, _)| order(kind, one).cmp(&order(kind, other)));
        for at in 0..ordered.len() {
            let is_same = at > 0 && order(kind, &ordered[at].0) == order(kind, &ordered[at - 1].0);
            rank += u64::from(!is_same);
            ordered[at].1 = rank;
        }
        self.values = ordered.into_iter().collect();
        rank
    }

    /// The rank of a value that was noted.
    pub(crate) fn of(&self, value: Option<&str>) -> u64 {
        match value {
            None => 1,
            Some(value) => self.values.get(value).copied().unwrap_or_default(),
        }
    }
}

/// A value in the order of its type.
fn order<'a>(kind: &FieldType, text: &'a str) -> Order<'a> {
    let bytes = text.as_bytes();
    let number = match kind {
        FieldType::Text { .. } | FieldType::Json => None,
        FieldType::Integer { .. } => literal::integer(bytes).map(i128::from),
        FieldType::Float { .. } => literal::float(bytes).map(|value| {
            // Bits of floats are in the order of the numbers, once those of negative ones are turned round. Zero has no sign.
            let bits = (value + 0.0).to_bits() as i64;
            i128::from(if bits < 0 { bits ^ i64::MAX } else { bits })
        }),
        FieldType::Decimal {
            precision, scale, ..
        } => literal::decimal(bytes, *precision, *scale),
        FieldType::Boolean => literal::boolean(bytes).map(i128::from),
        FieldType::Timestamp { .. } => literal::timestamp(bytes).map(i128::from),
        FieldType::Date { .. } => literal::date(bytes).map(i128::from),
    };
    number.map_or(Order::Text(text), Order::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: FieldType, values: &[Option<&str>], expected: &[u64]) {
        let mut ranks = Ranks::default();
        values.iter().for_each(|value| ranks.note(*value));
        ranks.settle(&kind);
        let got: Vec<u64> = values.iter().map(|value| ranks.of(*value)).collect();
        assert_eq!(got, expected, "{values:?}");
    }

    fn text() -> FieldType {
        FieldType::Text {
            min_length: None,
            max_length: None,
            pattern: None,
            one_of: Vec::new(),
        }
    }

    /// What Spark says of `select dense_rank() over (order by v) from values …`: nulls come first in ascending order, and
    /// strings are compared as UTF-8, byte by byte, so that capitals come before small letters and both before `Ö`.
    #[test]
    fn texts_are_ranked_as_spark_does() {
        check(
            text(),
            &[
                Some("b"),
                None,
                Some("a"),
                Some("B"),
                Some("Ö"),
                Some("a"),
                Some("aa"),
                None,
            ],
            &[5, 1, 3, 2, 6, 3, 4, 1],
        );
        check(text(), &[Some("DE"), Some("AT"), Some("DE")], &[2, 1, 2]);
    }

    #[test]
    fn numbers_are_ranked_as_numbers() {
        let integer = FieldType::Integer {
            min: None,
            max: None,
            one_of: Vec::new(),
        };
        check(
            integer,
            &[Some("10"), Some("9"), Some("-1"), None, Some("9")],
            &[4, 3, 2, 1, 3],
        );
        let float = FieldType::Float {
            min: None,
            max: None,
        };
        check(
            float,
            &[
                Some("1e3"),
                Some("-0"),
                Some("0"),
                Some("-2.5"),
                Some("999.9"),
                Some("-2.6"),
            ],
            &[5, 3, 3, 2, 4, 1],
        );
        check(
            FieldType::Boolean,
            &[Some("true"), Some("false"), None],
            &[3, 2, 1],
        );
        let decimal = FieldType::Decimal {
            precision: 10,
            scale: 2,
            min: None,
            max: None,
        };
        check(
            decimal,
            &[Some("10.00"), Some("9.50"), Some("-1.00")],
            &[3, 2, 1],
        );
    }
}
