//! The handler's ports on a laptop: the table and the keys that were used in SQLite, and files for the lake.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};
use sluice_api::ports::{
    Claim, Claimed, Entry, Forward, Idempotency, Origin, PortError, Ports, Put, RecordBatch, Store,
};
use sluice_api::{KeptAnswer, Key, Record, RecordBuilder};
use sluice_contract::stack::Pipeline;
use sluice_pipeline::ports::SinkError;
use sluice_pipeline::sink::table::{LocalRecords, PutRow, StoredRow};

/// The ports of one pipeline.
pub(super) struct LocalPorts {
    store: Option<LocalStore>,
    forward: Option<LocalForward>,
    keys: LocalKeys,
}

impl LocalPorts {
    /// Opens them below a folder.
    pub(super) fn open(
        folder: &Path,
        database: &str,
        pipeline: &Pipeline,
    ) -> Result<LocalPorts, PortError> {
        let database = folder.join(database);
        let store = match pipeline.table() {
            Some(_) => Some(LocalStore {
                records: LocalRecords::open(&database, pipeline).map_err(refused)?,
                pipeline: pipeline.clone(),
            }),
            None => None,
        };
        let forward = pipeline.lake().map(|_| LocalForward {
            path: folder
                .join("raw")
                .join(&pipeline.source.prefix)
                .join(file_name()),
            file: Mutex::default(),
        });
        Ok(LocalPorts {
            store,
            forward,
            keys: LocalKeys::open(&database)?,
        })
    }

    /// What a handler is given.
    pub(super) fn ports(&self) -> Ports<'_> {
        Ports {
            store: self.store.as_ref().map(|store| store as &dyn Store),
            forward: self.forward.as_ref().map(|forward| forward as &dyn Forward),
            idempotency: &self.keys,
        }
    }
}

struct LocalStore {
    records: LocalRecords,
    pipeline: Pipeline,
}

impl LocalStore {
    fn record(&self, row: StoredRow) -> Record {
        let mut record = RecordBuilder::default();
        for (field, value) in self.pipeline.fields.iter().zip(row) {
            record.push(field, value.as_deref());
        }
        record.finish()
    }
}

impl Store for LocalStore {
    fn put(&self, rows: &RecordBatch, origin: &Origin) -> Result<Vec<Put>, PortError> {
        let put = self.records.put(rows, &origin.source, origin.received_at);
        let put = put.map_err(refused)?.into_iter().map(|put| match put {
            PutRow::Stored => Put::Stored,
            PutRow::Same(row) => Put::Same(self.record(row)),
            PutRow::Newer => Put::Newer,
        });
        Ok(put.collect())
    }

    fn get(&self, key: &Key) -> Result<Option<Record>, PortError> {
        let key: Vec<&str> = key.0.iter().map(|part| part.text.as_str()).collect();
        let found = self.records.get(&key).map_err(refused)?;
        Ok(found.map(|row| self.record(row)))
    }
}

fn refused(error: SinkError) -> PortError {
    PortError {
        target: error.target,
        action: error.action,
        reason: error.reason,
    }
}

/// A file of NDJSON, made when the first record comes.
struct LocalForward {
    path: PathBuf,
    file: Mutex<Option<File>>,
}

/// No two runs write to the same file.
fn file_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = now.map_or(0, |now| now.as_micros());
    format!("api-{micros}.ndjson")
}

impl LocalForward {
    fn append(&self, lines: &[Vec<u8>]) -> io::Result<()> {
        let mut text = lines.join(&b'\n');
        text.push(b'\n');
        let mut file = lock(&self.file);
        let file = match &mut *file {
            Some(file) => file,
            none => {
                if let Some(folder) = self.path.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                let mut options = OpenOptions::new();
                none.insert(options.create(true).append(true).open(&self.path)?)
            }
        };
        file.write_all(&text)
    }
}

impl Forward for LocalForward {
    fn forward(&self, lines: &[Vec<u8>], _: &Origin) -> Result<(), PortError> {
        self.append(lines).map_err(|error| PortError {
            target: self.path.display().to_string(),
            action: "take records for the lake".to_owned(),
            reason: error.to_string(),
        })
    }
}

/// Keys that were used: the table `_idempotency`.
struct LocalKeys {
    connection: Mutex<Connection>,
}

impl LocalKeys {
    fn open(database: &Path) -> Result<LocalKeys, PortError> {
        let error = sqlite("open the keys that were used");
        let connection = Connection::open(database).map_err(&error)?;
        for (name, value) in [("journal_mode", "wal"), ("synchronous", "normal")] {
            connection
                .pragma_update(None, name, value)
                .map_err(&error)?;
        }
        let create = "CREATE TABLE IF NOT EXISTS _idempotency (
            entry TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, owner TEXT NOT NULL, lease_until INTEGER NOT NULL,
            expires_at INTEGER NOT NULL, answer BLOB)";
        connection.execute(create, ()).map_err(&error)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| now.as_secs()).cast_signed();
        let delete = "DELETE FROM _idempotency WHERE expires_at <= ?";
        connection.execute(delete, (now,)).map_err(&error)?;
        Ok(LocalKeys {
            connection: Mutex::new(connection),
        })
    }

    fn try_claim(&self, claim: &Claim) -> rusqlite::Result<Claimed> {
        let mut connection = lock(&self.connection);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let select =
            "SELECT fingerprint, lease_until, expires_at, answer FROM _idempotency WHERE entry = ?";
        let there = transaction
            .prepare_cached(select)?
            .query_row((&claim.entry,), |row| {
                Ok(Entry {
                    fingerprint: row.get(0)?,
                    lease_until: row.get(1)?,
                    expires_at: row.get(2)?,
                    answer: row.get::<_, Option<Vec<u8>>>(3)?.map(KeptAnswer),
                })
            })
            .optional()?;
        let met = there.map_or(Claimed::Ours, |entry| entry.meets(claim));
        if met == Claimed::Ours {
            let insert = "INSERT OR REPLACE INTO _idempotency
                (entry, fingerprint, owner, lease_until, expires_at, answer) VALUES (?, ?, ?, ?, ?, NULL)";
            transaction.prepare_cached(insert)?.execute((
                &claim.entry,
                &claim.fingerprint,
                &claim.owner,
                claim.lease_until,
                claim.expires_at,
            ))?;
        }
        transaction.commit()?;
        Ok(met)
    }
}

impl Idempotency for LocalKeys {
    fn claim(&self, claim: &Claim) -> Result<Claimed, PortError> {
        self.try_claim(claim).map_err(sqlite("claim a key"))
    }

    fn complete(&self, claim: &Claim, answer: &KeptAnswer) -> Result<(), PortError> {
        let update = "UPDATE _idempotency SET answer = ? WHERE entry = ? AND owner = ?";
        lock(&self.connection)
            .execute(update, (&answer.0, &claim.entry, &claim.owner))
            .map_err(sqlite("keep an answer"))?;
        Ok(())
    }

    fn release(&self, claim: &Claim) -> Result<(), PortError> {
        let delete = "DELETE FROM _idempotency WHERE entry = ? AND owner = ?";
        lock(&self.connection)
            .execute(delete, (&claim.entry, &claim.owner))
            .map_err(sqlite("give a key back"))?;
        Ok(())
    }
}

fn sqlite(action: &str) -> impl Fn(rusqlite::Error) -> PortError {
    move |error| PortError {
        target: "sluice.sqlite".to_owned(),
        action: action.to_owned(),
        reason: error.to_string(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
