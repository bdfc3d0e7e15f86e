//! Which records were seen, in SQLite.

use std::path::Path;

use rusqlite::Connection;

use crate::ports::{Brought, SeenKeys, SinkError};
use crate::sqlite::{quoted, sqlite_error};

/// What one object registers: a table named after the pipeline, and `_owners` for the stems of objects. Keys come in no
/// order, so every byte of a row costs several that are written again. An object has one part here, so that
/// it does not matter which of its records brought a key.
pub struct LocalSeenKeys {
    connection: Connection,
    insert: String,
    owner: i64,
}

impl LocalSeenKeys {
    /// Opens what the objects of a pipeline registered, for the object with the stem `owner`. The database must be another
    /// than the table's, which is locked while an object's rows come.
    pub fn open(database: &Path, pipeline: &str, owner: &str) -> Result<Self, SinkError> {
        Self::try_open(database, pipeline, owner).map_err(sqlite_error("open the keys seen before"))
    }

    fn try_open(database: &Path, pipeline: &str, owner: &str) -> rusqlite::Result<Self> {
        let connection = Connection::open(database)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        let table = quoted(pipeline);
        connection.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS _owners (id INTEGER PRIMARY KEY, stem TEXT NOT NULL UNIQUE);
            CREATE TABLE IF NOT EXISTS {table} (key BLOB PRIMARY KEY, owner INTEGER NOT NULL) WITHOUT ROWID;"
        ))?;
        connection.execute("INSERT OR IGNORE INTO _owners (stem) VALUES (?)", [owner])?;
        let select = "SELECT id FROM _owners WHERE stem = ?";
        let owner = connection.query_row(select, [owner], |row| row.get(0))?;
        // An update that changes nothing counts as a change, which tells own keys from those of others.
        let insert = format!(
            "INSERT INTO {table} (key, owner) VALUES (?, ?)
            ON CONFLICT (key) DO UPDATE SET owner = owner WHERE owner = excluded.owner"
        );
        Ok(Self {
            connection,
            insert,
            owner,
        })
    }

    fn try_register(&mut self, records: &[Brought]) -> rusqlite::Result<Vec<bool>> {
        let transaction = self.connection.transaction()?;
        let mut new = Vec::with_capacity(records.len());
        let mut insert = transaction.prepare_cached(&self.insert)?;
        for Brought { key, .. } in records {
            new.push(insert.execute((key.as_slice(), self.owner))? == 1);
        }
        drop(insert);
        transaction.commit()?;
        Ok(new)
    }
}

impl SeenKeys for LocalSeenKeys {
    fn register(&mut self, records: &[Brought]) -> Result<Vec<bool>, SinkError> {
        self.try_register(records)
            .map_err(sqlite_error("register the keys of records"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_record_belongs_to_whoever_brings_it_first() {
        let folder = tempfile::tempdir().unwrap();
        let open = |pipeline: &str, owner: &str| {
            LocalSeenKeys::open(&folder.path().join("seen"), pipeline, owner).unwrap()
        };
        let key = |key: u8| Brought {
            key: [key; 16],
            record: key.into(),
        };
        let (one, two, three) = (key(1), key(2), key(3));
        let mut first = open("people", "first");
        assert_eq!(first.register(&[one, two]).unwrap(), [true, true]);
        let mut second = open("people", "second");
        assert_eq!(
            second.register(&[two, three, two]).unwrap(),
            [false, true, false]
        );
        assert_eq!(
            first.register(&[three, one, two]).unwrap(),
            [false, true, true]
        );
        let mut retry = open("people", "second");
        assert_eq!(retry.register(&[two, three]).unwrap(), [false, true]);
        assert_eq!(open("orders", "other").register(&[one]).unwrap(), [true]);
    }
}
