//! The ledger in SQLite: one row for every version of every source.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};
use sluice_contract::{Sha256, control::ledger::LedgerStatus};

use crate::sqlite::sqlite_error;
use crate::{
    ports::{SinkError, SourceObject},
    report::ObjectReport,
};

/// The ledger of a local run, the table `_ledger`. One process uses it at a time.
pub struct LocalLedger {
    connection: Connection,
}

impl LocalLedger {
    /// Opens the ledger, and makes it where it is missing.
    pub fn open(database: &Path) -> Result<Self, SinkError> {
        let error = sqlite_error("open the ledger");
        let connection = Connection::open(database).map_err(&error)?;
        connection
            .pragma_update(None, "journal_mode", "wal")
            .map_err(&error)?;
        let create = "CREATE TABLE IF NOT EXISTS _ledger (
            source TEXT NOT NULL, version TEXT NOT NULL, pipeline TEXT NOT NULL, status TEXT NOT NULL,
            read INTEGER, stored INTEGER, dropped INTEGER, duplicate INTEGER, rejected INTEGER,
            plugin_sha256 TEXT, reason TEXT, report TEXT,
            PRIMARY KEY (source, version, pipeline))";
        connection.execute(create, ()).map_err(&error)?;
        Ok(Self { connection })
    }

    /// Forgets that an object was done, so that it can be claimed again.
    pub fn forget(&mut self, object: &SourceObject, pipeline: &str) -> Result<(), SinkError> {
        let delete = "DELETE FROM _ledger WHERE source = ? AND version = ? AND pipeline = ?";
        let key = (&object.uri, &object.version, pipeline);
        self.connection
            .execute(delete, key)
            .map_err(sqlite_error("forget an object"))?;
        Ok(())
    }

    /// Claims an object for processing. `false` where that was done before.
    pub fn claim(
        &mut self,
        object: &SourceObject,
        pipeline: &str,
        plugin: Option<Sha256>,
    ) -> Result<bool, SinkError> {
        let error = sqlite_error("claim an object");
        let select = "SELECT status FROM _ledger WHERE source = ? AND version = ? AND pipeline = ?";
        let key = (&object.uri, &object.version, pipeline);
        let status: Option<String> = self
            .connection
            .query_row(select, key, |row| row.get(0))
            .optional()
            .map_err(&error)?;
        if status.as_deref() == Some(LedgerStatus::Done.name()) {
            return Ok(false);
        }
        let insert =
            "INSERT OR REPLACE INTO _ledger (source, version, pipeline, status, plugin_sha256)
            VALUES (?, ?, ?, 'running', ?)";
        self.connection
            .execute(
                insert,
                (
                    &object.uri,
                    &object.version,
                    pipeline,
                    plugin.map(|sha256| sha256.to_string()),
                ),
            )
            .map_err(&error)?;
        Ok(true)
    }

    /// Records that a claimed object is done, or that it is refused: then it may be claimed again, by a manifest or a
    /// plugin that takes it.
    pub fn close(&mut self, object: &SourceObject, report: &ObjectReport) -> Result<(), SinkError> {
        let update =
            "UPDATE _ledger SET status = ?, read = ?, stored = ?, dropped = ?, duplicate = ?,
            rejected = ?, reason = ?, report = ? WHERE source = ? AND version = ? AND pipeline = ?";
        let status = match report.refused {
            Some(_) => LedgerStatus::Refused,
            None => LedgerStatus::Done,
        };
        let reason = report.refused.as_ref().map(|refused| &refused.message);
        let text = serde_json::to_string(report).expect("a report is plain data");
        let ObjectReport {
            read,
            stored,
            dropped,
            duplicate,
            rejected,
            ..
        } = report;
        let counts = [read, stored, dropped, duplicate, rejected].map(|count| *count as i64);
        let values = rusqlite::params![
            status.name(),
            counts[0],
            counts[1],
            counts[2],
            counts[3],
            counts[4],
            reason,
            text,
            object.uri,
            object.version,
            report.pipeline
        ];
        self.connection
            .execute(update, values)
            .map_err(sqlite_error("close an object"))?;
        Ok(())
    }

    /// Records that an attempt failed.
    pub fn fail(
        &mut self,
        object: &SourceObject,
        pipeline: &str,
        reason: &str,
    ) -> Result<(), SinkError> {
        let update =
            "UPDATE _ledger SET status = 'failed', reason = ? WHERE source = ? AND version = ?
            AND pipeline = ?";
        let values = (reason, &object.uri, &object.version, pipeline);
        self.connection
            .execute(update, values)
            .map_err(sqlite_error("record a failure"))?;
        Ok(())
    }
}
