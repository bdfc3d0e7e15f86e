//! A pipeline's table in SQLite. All rows of an object become visible at once.

use std::path::Path;

use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::DataType;
use rusqlite::{Connection, types::ToSqlOutput};
use sluice_manifest::{
    literal,
    stack::{Field, FieldType, Pipeline},
};

use super::{quoted, sqlite_error};
use crate::ports::{SinkError, Table};

/// One pipeline's table.
pub struct LocalTable {
    connection: Connection,
    insert: String,
    begun: bool,
    stale: Vec<u64>,
}

impl LocalTable {
    /// Opens the table of a pipeline, and makes it where it is missing.
    pub fn open(database: &Path, pipeline: &Pipeline) -> Result<Self, SinkError> {
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
        let insert = insert_statement(pipeline);
        // A table of another shape is found out here, not at the first row.
        connection.prepare(&insert).map_err(|reason| SinkError {
            target: format!("table `{}` of {}", pipeline.name, database.display()),
            action: "take the manifest's fields (did they change? delete the database or choose another --out)".to_owned(),
            reason: reason.to_string(),
        })?;
        Ok(Self {
            connection,
            insert,
            begun: false,
            stale: Vec::new(),
        })
    }

    fn store(&mut self, rows: &RecordBatch, first_ordinal: u64) -> rusqlite::Result<()> {
        if !self.begun {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            self.begun = true;
        }
        let mut insert = self.connection.prepare_cached(&self.insert)?;
        for row in 0..rows.num_rows() {
            for (index, column) in rows.columns().iter().enumerate() {
                insert.raw_bind_parameter(index + 1, sql_value(column.as_ref(), row))?;
            }
            if insert.raw_execute()? == 0 {
                self.stale.push(first_ordinal + row as u64);
            }
        }
        Ok(())
    }
}

impl Table for LocalTable {
    fn put(&mut self, rows: &RecordBatch, first_ordinal: u64) -> Result<(), SinkError> {
        self.store(rows, first_ordinal)
            .map_err(sqlite_error("store rows"))
    }

    fn finish(&mut self) -> Result<Vec<u64>, SinkError> {
        if std::mem::take(&mut self.begun) {
            self.connection
                .execute_batch("COMMIT")
                .map_err(sqlite_error("commit rows"))?;
        }
        Ok(std::mem::take(&mut self.stale))
    }
}

fn create_statement(pipeline: &Pipeline) -> String {
    let column = |field: &Field| {
        let null = if field.required && field.default.is_none() {
            " NOT NULL"
        } else {
            ""
        };
        format!("  {} {}{null}", quoted(&field.name), sql_type(&field.kind))
    };
    let mut lines: Vec<String> = pipeline.fields.iter().map(column).collect();
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
    let fields: Vec<String> = pipeline
        .fields
        .iter()
        .map(|field| field.name.clone())
        .collect();
    let parameters = vec!["?"; fields.len()].join(", ");
    let table = quoted(&pipeline.name);
    let mut statement = format!(
        "INSERT INTO {table} ({}) VALUES ({parameters})",
        names(&fields)
    );
    if !pipeline.key.is_empty() {
        let others = fields
            .iter()
            .filter(|field| !pipeline.key.contains(field))
            .map(|field| quoted(field));
        let updates: Vec<String> = others
            .map(|field| format!("{field} = excluded.{field}"))
            .collect();
        statement += &format!(" ON CONFLICT ({}) DO ", names(&pipeline.key));
        match (updates.is_empty(), &pipeline.order_by) {
            (true, _) => statement += "NOTHING",
            (false, None) => statement += &format!("UPDATE SET {}", updates.join(", ")),
            (false, Some(order_by)) => {
                let order_by = quoted(order_by);
                let newer = format!("excluded.{order_by} >= {table}.{order_by}");
                statement += &format!("UPDATE SET {} WHERE {newer}", updates.join(", "));
            }
        }
    }
    statement
}

fn names(names: &[String]) -> String {
    names
        .iter()
        .map(|name| quoted(name))
        .collect::<Vec<_>>()
        .join(", ")
}

fn sql_type(kind: &FieldType) -> &'static str {
    match kind {
        FieldType::Integer { .. } | FieldType::Boolean => "INTEGER",
        FieldType::Float { .. } => "REAL",
        // Decimals, timestamps and dates as text that sorts like the value (for decimals: of equal length) and is exact.
        FieldType::Text { .. }
        | FieldType::Decimal { .. }
        | FieldType::Timestamp { .. }
        | FieldType::Date { .. }
        | FieldType::Json => "TEXT",
    }
}

fn sql_value(column: &dyn Array, row: usize) -> ToSqlOutput<'_> {
    if column.is_null(row) {
        return ToSqlOutput::Owned(rusqlite::types::Value::Null);
    }
    match column.data_type() {
        DataType::Int64 => ToSqlOutput::from(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => ToSqlOutput::from(column.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => ToSqlOutput::from(column.as_boolean().value(row)),
        DataType::Timestamp(..) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            ToSqlOutput::from(literal::timestamp_text(micros))
        }
        DataType::Date32 => ToSqlOutput::from(literal::date_text(
            column.as_primitive::<Date32Type>().value(row),
        )),
        DataType::Decimal128(_, scale) => {
            let units = column.as_primitive::<Decimal128Type>().value(row);
            ToSqlOutput::from(literal::decimal_text(units, *scale as u8))
        }
        _ => ToSqlOutput::from(column.as_string::<i32>().value(row)),
    }
}
