//! Which records were seen, in SQLite.

use std::path::Path;

use rusqlite::Connection;

use super::sqlite_error;
use crate::ports::{SeenKeys, SinkError};

/// What one part registers, in the table `_seen`.
pub struct LocalSeenKeys {
    connection: Connection,
    pipeline: String,
    owner: String,
}

impl LocalSeenKeys {
    /// Opens what the objects of a pipeline registered, for the part with the stem `owner`.
    pub fn open(database: &Path, pipeline: &str, owner: &str) -> Result<Self, SinkError> {
        let error = sqlite_error("open the keys seen before");
        let connection = Connection::open(database).map_err(&error)?;
        connection
            .pragma_update(None, "journal_mode", "wal")
            .map_err(&error)?;
        connection
            .pragma_update(None, "synchronous", "normal")
            .map_err(&error)?;
        let create = "CREATE TABLE IF NOT EXISTS _seen (
            pipeline TEXT NOT NULL, key BLOB NOT NULL, owner TEXT NOT NULL,
            PRIMARY KEY (pipeline, key)) WITHOUT ROWID";
        connection.execute(create, ()).map_err(&error)?;
        Ok(Self {
            connection,
            pipeline: pipeline.to_owned(),
            owner: owner.to_owned(),
        })
    }

    fn try_register(&mut self, keys: &[[u8; 16]]) -> rusqlite::Result<Vec<bool>> {
        let transaction = self.connection.transaction()?;
        let mut new = Vec::with_capacity(keys.len());
        {
            // An update that changes nothing counts as a change, which tells own keys from those of others.
            let mut insert = transaction.prepare_cached(
                "INSERT INTO _seen (pipeline, key, owner) VALUES (?, ?, ?)
                ON CONFLICT (pipeline, key) DO UPDATE SET owner = owner WHERE owner = excluded.owner",
            )?;
            for key in keys {
                new.push(insert.execute((&self.pipeline, key.as_slice(), &self.owner))? == 1);
            }
        }
        transaction.commit()?;
        Ok(new)
    }
}

impl SeenKeys for LocalSeenKeys {
    fn register(&mut self, keys: &[[u8; 16]]) -> Result<Vec<bool>, SinkError> {
        self.try_register(keys)
            .map_err(sqlite_error("register the keys of records"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_belongs_to_whoever_brings_it_first() {
        let folder = tempfile::tempdir().unwrap();
        let open = |pipeline: &str, owner: &str| {
            LocalSeenKeys::open(&folder.path().join("seen"), pipeline, owner).unwrap()
        };
        let (one, two, three) = ([1; 16], [2; 16], [3; 16]);
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
