//! Versions of records from a future: one would be the newest of its record for ever, and nothing that comes later would be
//! stored.

use arrow_array::Array;
use sluice_contract::{
    field_type::Stored,
    stack::{Field, Pipeline},
};

use super::Violation;
use crate::cells::Cells;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// What the field that tells versions apart may be at the most.
pub(super) struct Ahead {
    field: usize,
    stored: Stored,
    hours: u32,
    /// In microseconds since 1970-01-01T00:00:00Z, once it is known when the records arrived.
    latest: Option<i64>,
}

impl Ahead {
    /// Of a pipeline that tells versions apart by a time.
    pub(super) fn of(pipeline: &Pipeline) -> Option<Self> {
        let order_by = pipeline.order_by.as_ref()?;
        let is_it = |field: &Field| field.name == *order_by;
        let field = pipeline.fields.iter().position(is_it)?;
        let stored = pipeline.fields[field].kind.stored();
        match stored {
            Stored::Timestamp | Stored::Date => {}
            Stored::Text
            | Stored::Document
            | Stored::Integer
            | Stored::Float
            | Stored::Decimal
            | Stored::Boolean => return None,
        }
        Some(Self {
            field,
            stored,
            hours: pipeline.limits.max_ahead_hours,
            latest: None,
        })
    }

    pub(super) fn field(&self) -> usize {
        self.field
    }

    /// Of records whose arrival nobody knows, nothing is known to be ahead of it.
    pub(super) fn arrived_at(&mut self, micros: i64) {
        let ahead = i64::from(self.hours).saturating_mul(HOUR);
        self.latest = (micros > 0).then(|| micros.saturating_add(ahead));
    }

    /// The rows that are ahead.
    pub(super) fn check(&self, column: &dyn Array) -> Vec<Violation> {
        let Some(latest) = self.latest else {
            return Vec::new();
        };
        let cells = Cells::of(column, self.stored);
        let is_ahead = |row: usize| match cells {
            Cells::Timestamp(cells) => cells.value(row) > latest,
            Cells::Date(cells) => i64::from(cells.value(row)) > latest.div_euclid(DAY),
            Cells::Text(_)
            | Cells::Document(_)
            | Cells::Integer(_)
            | Cells::Float(_)
            | Cells::Decimal(_)
            | Cells::Boolean(_) => false,
        };
        (0..column.len())
            .filter(|row| !cells.is_null(*row) && is_ahead(*row))
            .map(|row| Violation {
                row: row as u32,
                code: "too_far_ahead",
                message: format!(
                    "more than {} h after the record arrived: it would be the newest version for ever; raise \
                     `limits.max_ahead_hours` if that is right",
                    self.hours
                ),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow_array::{Date32Array, TimestampMicrosecondArray};

    use super::*;

    fn ahead(kind: &str, hours: u32) -> Ahead {
        let manifest = format!(
            "[project]\nname = \"shop\"\n[pipeline.orders]\nsource = {{ prefix = \"in/\" }}\nlake = true\nkey = \"id\"\n\
             order_by = \"at\"\nlimits = {{ max_ahead_hours = {hours} }}\nfields = {{ id = \"text\", at = \"{kind}\" }}\n"
        );
        let stack = sluice_manifest::load(&manifest, "manifest.toml", None).unwrap();
        Ahead::of(&stack.pipelines[0]).unwrap()
    }

    #[test]
    fn what_is_from_a_future_is_told() {
        let now = 1_780_000_000_000_000;
        let column = TimestampMicrosecondArray::from(vec![
            Some(now + HOUR),
            None,
            Some(now + HOUR + 1),
            Some(i64::MAX),
            Some(i64::MIN),
        ])
        .with_timezone("UTC");
        let rows = |ahead: &Ahead| -> Vec<u32> {
            ahead.check(&column).iter().map(|found| found.row).collect()
        };
        let mut checked = ahead("timestamp", 1);
        assert!(rows(&checked).is_empty(), "nobody knows when it arrived");
        checked.arrived_at(now);
        assert_eq!(rows(&checked), [2, 3]);
        checked.arrived_at(i64::MAX);
        assert!(rows(&checked).is_empty());
    }

    #[test]
    fn a_date_is_ahead_by_days() {
        let today = 20_000;
        let column = Date32Array::from(vec![today, today + 1, today + 2, i32::MAX]);
        let mut checked = ahead("date", 24);
        checked.arrived_at(i64::from(today) * DAY + 5);
        let rows: Vec<u32> = checked
            .check(&column)
            .iter()
            .map(|found| found.row)
            .collect();
        assert_eq!(rows, [2, 3]);
    }
}
