//! A pipeline's table in SQLite. All rows of an object become visible at once.
//!
//! As on AWS, a row remembers where it came from, so that of two versions of a key the same one stays whatever the order
//! in which they come: the greater `order_by`, the object that arrived later, the row that comes first in its object. No
//! field can have a `#` in its name.

use std::path::Path;

use arrow_array::RecordBatch;
use rusqlite::{Connection, types::ToSqlOutput};
use sluice_contract::{
    field_type::Stored,
    literal,
    stack::{Field, Pipeline},
};

use crate::{
    cells::{Cells, scale_of},
    ports::{SinkError, SourceObject},
    sink::{Finished, Settled, Sink, SinkFailure},
    sqlite::{quoted, sqlite_error},
};

/// One pipeline's table.
pub struct LocalTable {
    connection: Connection,
    insert: String,
    /// How the values of each field lie in rows.
    forms: Vec<Stored>,
    arrival: i64,
    source: String,
    begun: bool,
    stored: u64,
    settled: Settled,
}

/// Columns behind the fields: when the object arrived, which one it is, and the row's ordinal in it.
pub(super) const ORIGIN: [(&str, &str); 3] = [
    ("sluice#arrival", "INTEGER"),
    ("sluice#source", "TEXT"),
    ("sluice#row", "INTEGER"),
];

impl LocalTable {
    /// Opens the table of a pipeline for the rows of one object, and makes it where it is missing.
    pub fn open(
        database: &Path,
        pipeline: &Pipeline,
        object: &SourceObject,
    ) -> Result<Self, SinkError> {
        let insert = insert_statement(pipeline);
        let connection = open(database, pipeline, &insert)?;
        Ok(Self {
            connection,
            insert,
            forms: pipeline
                .fields
                .iter()
                .map(|field| field.kind.stored())
                .collect(),
            arrival: object.received_at,
            source: object.uri.clone(),
            begun: false,
            stored: 0,
            settled: Settled::default(),
        })
    }

    fn store(&mut self, rows: &RecordBatch, first_ordinal: u64) -> rusqlite::Result<()> {
        if !self.begun {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            self.begun = true;
        }
        let mut insert = self.connection.prepare_cached(&self.insert)?;
        let columns = rows.columns().iter().zip(&self.forms);
        let cells: Vec<Cells<'_>> = columns
            .map(|(column, form)| Cells::of(column.as_ref(), *form))
            .collect();
        for row in 0..rows.num_rows() {
            for (index, cells) in cells.iter().enumerate() {
                insert.raw_bind_parameter(index + 1, sql_value(*cells, row))?;
            }
            let (ordinal, fields) = (first_ordinal + row as u64, rows.num_columns());
            insert.raw_bind_parameter(fields + 1, self.arrival)?;
            insert.raw_bind_parameter(fields + 2, &self.source)?;
            insert.raw_bind_parameter(fields + 3, ordinal as i64)?;
            match insert.raw_execute()? {
                0 => self.settled.stale.push(ordinal),
                _ => self.stored += 1,
            }
            self.settled.taken += 1;
        }
        Ok(())
    }
}

impl Sink for LocalTable {
    fn put(
        &mut self,
        rows: &RecordBatch,
        first_ordinal: u64,
        _: &[u64],
    ) -> Result<(), SinkFailure> {
        let stored = self.store(rows, first_ordinal);
        Ok(stored.map_err(sqlite_error("store rows"))?)
    }

    fn settled(&mut self) -> Settled {
        std::mem::take(&mut self.settled)
    }

    fn settle(&mut self) -> Result<Settled, SinkFailure> {
        if std::mem::take(&mut self.begun) {
            let committed = self.connection.execute_batch("COMMIT");
            committed.map_err(sqlite_error("commit rows"))?;
        }
        Ok(self.settled())
    }

    fn lose(&mut self, _: &[u64]) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Finished, SinkFailure> {
        Ok(Finished {
            rows: self.stored,
            files: Vec::new(),
        })
    }
}

/// Opens the database with the pipeline's table, which `insert` fits.
pub(super) fn open(
    database: &Path,
    pipeline: &Pipeline,
    insert: &str,
) -> Result<Connection, SinkError> {
    let error = sqlite_error("open the table");
    let connection = Connection::open(database).map_err(&error)?;
    connection
        .pragma_update(None, "journal_mode", "wal")
        .map_err(&error)?;
    connection
        .pragma_update(None, "synchronous", "normal")
        .map_err(&error)?;
    connection
        .execute(&create_statement(pipeline), ())
        .map_err(&error)?;
    // A table of another shape is found out here, not at the first row.
    connection.prepare(insert).map_err(|reason| SinkError {
        target: format!("table `{}` of {}", pipeline.name, database.display()),
        action: "take the manifest's fields (did they change? delete the database or choose another --out)".to_owned(),
        reason: reason.to_string(),
    })?;
    Ok(connection)
}

fn create_statement(pipeline: &Pipeline) -> String {
    let column = |field: &Field| {
        let null = if field.required && !field.may_be_null() {
            " NOT NULL"
        } else {
            ""
        };
        format!(
            "  {} {}{null}",
            quoted(&field.name),
            field.kind.stored().sqlite()
        )
    };
    let mut lines: Vec<String> = pipeline.fields.iter().map(column).collect();
    let origin = |(name, kind)| format!("  {} {kind} NOT NULL", quoted(name));
    lines.extend(ORIGIN.map(origin));
    if !pipeline.key.is_empty() {
        lines.push(format!("  PRIMARY KEY ({})", names(&pipeline.key)));
    }
    format!(
        "CREATE TABLE IF NOT EXISTS {} (\n{}\n)",
        quoted(&pipeline.name),
        lines.join(",\n")
    )
}

/// Inserts a row, or replaces an older version of it.
fn insert_statement(pipeline: &Pipeline) -> String {
    let age = |row: &str| {
        let mut age: Vec<String> = pipeline
            .order_by
            .iter()
            .map(String::as_str)
            .chain([ORIGIN[0].0, ORIGIN[1].0])
            .map(|column| format!("{row}.{}", quoted(column)))
            .collect();
        age.push(format!("-{row}.{}", quoted(ORIGIN[2].0)));
        age.join(", ")
    };
    let table = quoted(&pipeline.name);
    let (new, old) = (age("excluded"), age(&table));
    insert_where(pipeline, &format!("({new}) >= ({old})"))
}

/// Inserts a row, or replaces the one with its key where `condition` holds of both.
pub(super) fn insert_where(pipeline: &Pipeline, condition: &str) -> String {
    let fields = pipeline.fields.iter().map(|field| field.name.clone());
    let columns: Vec<String> = fields
        .chain(ORIGIN.map(|(name, _)| name.to_owned()))
        .collect();
    let parameters = vec!["?"; columns.len()].join(", ");
    let table = quoted(&pipeline.name);
    let mut statement = format!(
        "INSERT INTO {table} ({}) VALUES ({parameters})",
        names(&columns)
    );
    if !pipeline.key.is_empty() {
        let others = columns
            .iter()
            .filter(|column| !pipeline.key.contains(column))
            .map(|column| quoted(column));
        let updates: Vec<String> = others
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        statement += &format!(
            " ON CONFLICT ({}) DO UPDATE SET {} WHERE {condition}",
            names(&pipeline.key),
            updates.join(", "),
        );
    }
    statement
}

pub(super) fn names(names: &[String]) -> String {
    names
        .iter()
        .map(|name| quoted(name))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(super) fn sql_value(cells: Cells<'_>, row: usize) -> ToSqlOutput<'_> {
    if cells.is_null(row) {
        return ToSqlOutput::Owned(rusqlite::types::Value::Null);
    }
    match cells {
        Cells::Text(cells) | Cells::Document(cells) => ToSqlOutput::from(cells.value(row)),
        Cells::Integer(cells) => ToSqlOutput::from(cells.value(row)),
        Cells::Float(cells) => ToSqlOutput::from(cells.value(row)),
        Cells::Boolean(cells) => ToSqlOutput::from(cells.value(row)),
        Cells::Timestamp(cells) => ToSqlOutput::from(literal::timestamp_text(cells.value(row))),
        Cells::Date(cells) => ToSqlOutput::from(literal::date_text(cells.value(row))),
        Cells::Decimal(cells) => {
            ToSqlOutput::from(literal::decimal_text(cells.value(row), scale_of(cells)))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, StringArray};

    use super::*;
    use crate::check::table_schema;

    const MANIFEST: &str = r#"
[project]
name = "people"
[pipeline.people]
source = { prefix = "in/" }
key = "id"
ORDER_BY
[pipeline.people.fields]
id = "text"
age = "integer"
note = "integer"
[pipeline.people.table]
"#;

    /// Brings versions of one record, each as object, ordinal and age; returns which stays, and which were left out.
    fn check(order_by: &str, versions: &[(i64, u64, i64)], expected: usize, left_out: &[usize]) {
        let manifest = MANIFEST.replace("ORDER_BY", order_by);
        let stack = sluice_manifest::load(&manifest, "manifest.toml", None).unwrap();
        let pipeline = &stack.pipelines[0];
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("database");
        let mut stale = Vec::new();
        for (number, (object, ordinal, age)) in (0..).zip(versions) {
            let object = SourceObject {
                uri: format!("object-{object}"),
                size: None,
                version: String::new(),
                stem: String::new(),
                sequencer: String::new(),
                received_at: *object,
            };
            let columns: [ArrayRef; 3] = [
                Arc::new(StringArray::from_iter_values(["same"])),
                Arc::new(Int64Array::from_iter_values([*age])),
                Arc::new(Int64Array::from_iter_values([number])),
            ];
            let row = RecordBatch::try_new(table_schema(pipeline), columns.to_vec()).unwrap();
            let mut table = LocalTable::open(&database, pipeline, &object).unwrap();
            table.put(&row, *ordinal, &[0]).unwrap();
            let settled = table.settle().unwrap();
            assert_eq!(settled.taken, 1);
            let left_out = !settled.stale.is_empty();
            assert_eq!(Box::new(table).finish().unwrap().rows, u64::from(!left_out));
            if left_out {
                stale.push(number as usize);
            }
        }
        let connection = Connection::open(&database).unwrap();
        let note: i64 = connection
            .query_row("SELECT note FROM people", (), |row| row.get(0))
            .unwrap();
        assert_eq!((note as usize, stale.as_slice()), (expected, left_out));
    }

    #[test]
    fn the_same_version_stays_in_any_order() {
        let order_by = "order_by = \"age\"";
        check(order_by, &[(1, 0, 5), (2, 0, 4)], 0, &[1]);
        check(order_by, &[(2, 0, 4), (1, 0, 5)], 1, &[]);
        check(order_by, &[(1, 0, 5), (2, 0, 5)], 1, &[]);
        check(order_by, &[(2, 0, 5), (1, 0, 5)], 0, &[1]);
        check(order_by, &[(1, 9, 5), (1, 3, 5)], 1, &[]);
        check(order_by, &[(1, 3, 5), (1, 9, 5)], 0, &[1]);
        check("", &[(1, 0, 5), (2, 0, 4)], 1, &[]);
        check("", &[(2, 0, 4), (1, 0, 5)], 0, &[1]);
        check("", &[(1, 3, 4), (1, 9, 5)], 0, &[1]);
    }

    #[test]
    fn a_retry_is_not_left_out() {
        check("order_by = \"age\"", &[(1, 3, 5), (1, 3, 5)], 1, &[]);
        check("", &[(1, 3, 5), (1, 3, 5)], 1, &[]);
    }
}
