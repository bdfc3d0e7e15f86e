//! A pipeline's table in SQLite for those who bring single records and read them back: the table that [`LocalTable`] fills
//! with those of objects, kept open.
//!
//! A record here is either newer than what is there, the same, or older, and whoever brought it is told which. Any number of
//! threads may use it: writes come one after the other, and reads do not wait for them.
//!
//! [`LocalTable`]: super::LocalTable

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use arrow_array::RecordBatch;
use rusqlite::{Connection, Row, params_from_iter, types::ValueRef};
use sluice_contract::{field_type::Stored, stack::Pipeline};

use super::local::{ORIGIN, insert_where, names, open, sql_value};
use crate::{
    cells::Cells,
    ports::SinkError,
    sqlite::{quoted, sqlite_error},
};

/// Connections for reading that wait.
const MOST_READERS: usize = 16;

/// One pipeline's table.
pub struct LocalRecords {
    database: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    insert: String,
    select: String,
    forms: Vec<Stored>,
    key: Vec<usize>,
    order: Option<usize>,
}

/// The values of a stored row in the order of the manifest, each as its canonical text: `12.30`, `true`, a document's.
pub type StoredRow = Vec<Option<String>>;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutRow {
    /// It is stored.
    Stored,
    /// This is stored, with the same `order_by`.
    Same(StoredRow),
    /// A newer version is stored.
    Newer,
}

impl LocalRecords {
    /// Opens the table of a pipeline, and makes it where it is missing.
    pub fn open(database: &Path, pipeline: &Pipeline) -> Result<Self, SinkError> {
        let table = quoted(&pipeline.name);
        let insert = insert_where(pipeline, &condition(pipeline));
        let connection = open(database, pipeline, &insert)?;
        let place = |name: &String| {
            let place = pipeline.fields.iter().position(|field| field.name == *name);
            place.expect("a stack names declared fields only")
        };
        let fields: Vec<String> = pipeline
            .fields
            .iter()
            .map(|field| field.name.clone())
            .collect();
        let is_key = pipeline
            .key
            .iter()
            .map(|name| format!("{} = ?", quoted(name)));
        Ok(Self {
            database: database.to_owned(),
            writer: Mutex::new(connection),
            readers: Mutex::default(),
            insert,
            select: format!(
                "SELECT {} FROM {table} WHERE {}",
                names(&fields),
                is_key.collect::<Vec<_>>().join(" AND ")
            ),
            forms: pipeline
                .fields
                .iter()
                .map(|field| field.kind.stored())
                .collect(),
            key: pipeline.key.iter().map(place).collect(),
            order: pipeline.order_by.as_ref().map(place),
        })
    }

    /// Stores rows of a request that arrived at a time, in microseconds since 1970-01-01T00:00:00Z. All of them become
    /// visible at once, or none.
    pub fn put(
        &self,
        rows: &RecordBatch,
        source: &str,
        arrival: i64,
    ) -> Result<Vec<PutRow>, SinkError> {
        let error = sqlite_error("store rows");
        let mut writer = lock(&self.writer);
        let transaction = writer
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(&error)?;
        let put = self
            .put_in(&transaction, rows, source, arrival)
            .map_err(&error)?;
        transaction.commit().map_err(&error)?;
        Ok(put)
    }

    fn put_in(
        &self,
        connection: &Connection,
        rows: &RecordBatch,
        source: &str,
        arrival: i64,
    ) -> rusqlite::Result<Vec<PutRow>> {
        let mut insert = connection.prepare_cached(&self.insert)?;
        let columns = rows.columns().iter().zip(&self.forms);
        let cells: Vec<Cells<'_>> = columns
            .map(|(column, form)| Cells::of(column.as_ref(), *form))
            .collect();
        let mut put = Vec::with_capacity(rows.num_rows());
        for row in 0..rows.num_rows() {
            for (index, cells) in cells.iter().enumerate() {
                insert.raw_bind_parameter(index + 1, sql_value(*cells, row))?;
            }
            insert.raw_bind_parameter(cells.len() + 1, arrival)?;
            insert.raw_bind_parameter(cells.len() + 2, source)?;
            insert.raw_bind_parameter(cells.len() + 3, row as i64)?;
            put.push(match insert.raw_execute()? {
                0 => self.there(connection, &cells, row)?,
                _ => PutRow::Stored,
            });
        }
        Ok(put)
    }

    /// What is stored in the place of a row that was not.
    fn there(
        &self,
        connection: &Connection,
        cells: &[Cells<'_>],
        row: usize,
    ) -> rusqlite::Result<PutRow> {
        let Some(order) = self.order else {
            return Ok(PutRow::Newer);
        };
        let mut select = connection.prepare_cached(&self.select)?;
        let key = self.key.iter().map(|field| sql_value(cells[*field], row));
        let there = select.query_row(params_from_iter(key), |row| stored_row(row, &self.forms))?;
        Ok(match cells[order].text(row) == there[order] {
            true => PutRow::Same(there),
            false => PutRow::Newer,
        })
    }

    /// The row of a key, whose values are in the order of the pipeline's key, as canonical texts.
    pub fn get(&self, key: &[&str]) -> Result<Option<StoredRow>, SinkError> {
        let error = sqlite_error("read a row");
        let waiting = lock(&self.readers).pop();
        let reader = match waiting {
            Some(reader) => reader,
            None => Connection::open(&self.database).map_err(&error)?,
        };
        let found = self.find(&reader, key).map_err(&error)?;
        let mut readers = lock(&self.readers);
        if readers.len() < MOST_READERS {
            readers.push(reader);
        }
        Ok(found)
    }

    fn find(&self, reader: &Connection, key: &[&str]) -> rusqlite::Result<Option<StoredRow>> {
        use rusqlite::OptionalExtension as _;
        // A column of integers takes the text of one for its number.
        let mut select = reader.prepare_cached(&self.select)?;
        let found = select.query_row(params_from_iter(key), |row| stored_row(row, &self.forms));
        found.optional()
    }
}

/// When the row that comes replaces the one that is there: it is newer, and not only the same.
fn condition(pipeline: &Pipeline) -> String {
    let table = quoted(&pipeline.name);
    match &pipeline.order_by {
        Some(order_by) => {
            let order_by = quoted(order_by);
            format!("excluded.{order_by} > {table}.{order_by}")
        }
        None => {
            let arrival = quoted(ORIGIN[0].0);
            format!("excluded.{arrival} >= {table}.{arrival}")
        }
    }
}

fn stored_row(row: &Row<'_>, forms: &[Stored]) -> rusqlite::Result<StoredRow> {
    let values = forms.iter().enumerate();
    let values = values.map(|(index, form)| Ok(canonical(row.get_ref(index)?, *form)));
    values.collect()
}

/// The canonical text of a stored value; `None` where it is null.
fn canonical(value: ValueRef<'_>, form: Stored) -> Option<String> {
    match (value, form) {
        (ValueRef::Null, _) => None,
        (ValueRef::Integer(value), Stored::Boolean) => Some((value != 0).to_string()),
        (ValueRef::Integer(value), _) => Some(value.to_string()),
        (ValueRef::Real(value), _) => Some(serde_json::Value::from(value).to_string()),
        (ValueRef::Text(text) | ValueRef::Blob(text), _) => {
            Some(String::from_utf8_lossy(text).into_owned())
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use sluice_contract::stack::Format;

    use super::*;
    use crate::clean::Cleaner;

    const MANIFEST: &str = r#"
[project]
name = "people"
[pipeline.people]
source = { prefix = "in/" }
key = ["shop", "n"]
ORDER_BY
limits = { max_ahead_hours = 876000 }
table = true
[pipeline.people.fields]
shop = "text"
n = "integer"
at = { type = "timestamp", default = 2026-11-22T10:00:00Z }
price = { type = "decimal(10,2)", required = false }
weight = { type = "float", required = false }
gift = { type = "boolean", required = false }
day = { type = "date", required = false }
notes = { type = "json", required = false }
"#;

    struct Scene {
        pipeline: Pipeline,
        records: LocalRecords,
        _folder: tempfile::TempDir,
    }

    fn scene(order_by: &str) -> Scene {
        let manifest = MANIFEST.replace("ORDER_BY", order_by);
        let mut stack = sluice_manifest::load(&manifest, "manifest.toml", None).unwrap();
        let pipeline = stack.pipelines.remove(0);
        let folder = tempfile::tempdir().unwrap();
        Scene {
            records: LocalRecords::open(&folder.path().join("db"), &pipeline).unwrap(),
            pipeline,
            _folder: folder,
        }
    }

    impl Scene {
        fn put(&self, text: &str, arrival: i64) -> Vec<PutRow> {
            let mut cleaner = Cleaner::new(&self.pipeline, None, "a request", arrival);
            let checked = cleaner.clean_text(Format::Ndjson, text).unwrap();
            self.records
                .put(&checked[0].rows, "a request", arrival)
                .unwrap()
        }
    }

    #[test]
    fn what_is_stored_comes_back_as_it_is_told() {
        let scene = scene("");
        let text = r#"{"shop": "a,b", "n": 7, "price": 1.5, "weight": 2, "gift": true, "day": "2026-11-22", "notes": {"x": [1.0]}}
            {"shop": "c", "n": -1}"#;
        assert_eq!(scene.put(text, 1), [PutRow::Stored, PutRow::Stored]);
        let values = |key: &[&str]| {
            let row = scene.records.get(key).unwrap()?;
            let values = row
                .into_iter()
                .map(|value| value.unwrap_or_else(|| "∅".to_owned()));
            Some(values.collect::<Vec<_>>().join(" | "))
        };
        let all = "a,b | 7 | 2026-11-22T10:00:00.000000Z | 1.50 | 2.0 | true | 2026-11-22 | {\"x\": [1.0]}";
        assert_eq!(values(&["a,b", "7"]).as_deref(), Some(all));
        let none = "c | -1 | 2026-11-22T10:00:00.000000Z | ∅ | ∅ | ∅ | ∅ | ∅";
        assert_eq!(values(&["c", "-1"]).as_deref(), Some(none));
        assert_eq!(values(&["c", "1"]), None);
    }

    #[test]
    fn a_record_is_newer_the_same_or_older() {
        let kinds = |put: Vec<PutRow>| -> String {
            let kind = |put: &PutRow| match put {
                PutRow::Stored => 'S',
                PutRow::Same(_) => '=',
                PutRow::Newer => '<',
            };
            put.iter().map(kind).collect()
        };
        let row =
            |day: u32| format!("{{\"shop\": \"a\", \"n\": 1, \"at\": \"2026-11-{day:02}\"}}\n");
        let by_time = scene("order_by = \"at\"");
        assert_eq!(kinds(by_time.put(&(row(2) + &row(2) + &row(1)), 5)), "S=<");
        assert_eq!(kinds(by_time.put(&(row(2) + &row(3)), 1)), "=S");
        let by_arrival = scene("");
        assert_eq!(kinds(by_arrival.put(&row(2), 5)), "S");
        assert_eq!(kinds(by_arrival.put(&row(3), 4)), "<");
        assert_eq!(kinds(by_arrival.put(&row(1), 6)), "S");
    }

    #[test]
    fn many_write_and_read_at_once() {
        let scene = scene("order_by = \"at\"");
        let stored: BTreeSet<String> = std::thread::scope(|threads| {
            let scene = &scene;
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    threads.spawn(move || {
                        (0..50)
                            .map(move |n| {
                                let row = format!("{{\"shop\": \"{thread}\", \"n\": {n}}}");
                                assert_eq!(scene.put(&row, 1), [PutRow::Stored]);
                                let (thread, n) = (thread.to_string(), n.to_string());
                                assert!(scene.records.get(&[&thread, &n]).unwrap().is_some());
                                format!("{thread} {n}")
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(stored.len(), 200);
    }
}
