//! An API as the place where rows go: each is sent as JSON, and the answer says what became of it.
//!
//! A bounded number of requests is on its way while the next rows are cleaned. Every request has an `Idempotency-Key` made
//! of the object's version and its rows, the same in every attempt at the object, so that a receiver that honours it has
//! each record once, however often it is sent. A time-out is neither a success nor a refusal: the request is sent again
//! until it is answered, or else the object is tried again as a whole.

mod answer;
mod crew;
mod letter;
mod results;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use arrow_array::RecordBatch;
use sluice_contract::stack::{Http, Pipeline};
use sluice_courier::{
    Authorization, Backoff, Carrier, Clock, Courier, HttpCarrier, Limits, SystemClock,
};
use xxhash_rust::xxh3::xxh3_64;

use self::{
    crew::{Crew, Post},
    letter::{Letter, RowId, rows_of},
    results::{Fate, Results, Settlement},
};
use super::{Finished, RefusedRow, Settled, Sink, SinkFailure};
use crate::{
    json_rows::JsonRows,
    ports::{SinkError, SourceObject},
};

/// What is read of an answer. One of a batch has a result for each record.
const ANSWER_BYTES: u64 = 8 << 20;

/// Where requests go, and what only the adapter knows of that.
pub struct Destination {
    /// Where: usually what the manifest says.
    pub url: String,
    /// Who sends.
    pub authorization: Authorization,
    /// Whose certificates are trusted, if not those of the usual authorities: a text in PEM.
    pub authorities: Option<Vec<u8>>,
    /// When whoever runs this has no time left.
    pub deadline: Instant,
}

/// Whose certificates are trusted, where the variable says so that
/// every tool knows. The error is for people.
pub fn authorities() -> Result<Option<Vec<u8>>, String> {
    let Some(file) = std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()) else {
        return Ok(None);
    };
    let text = std::fs::read(&file);
    text.map(Some).map_err(|error| {
        format!(
            "`SSL_CERT_FILE` names `{}`, which cannot be read: {error}",
            file.display()
        )
    })
}

/// Sends the rows of one part of an object.
pub struct HttpSink {
    rows: Arc<JsonRows>,
    batch: usize,
    /// The places of the key's fields.
    key: Vec<usize>,
    /// Made of the object's version: what idempotency keys begin with.
    stem: Arc<str>,
    /// Where requests go, without what may be secret.
    target: String,
    pending: Letter,
    /// Keys of rows that are pending.
    pending_keys: HashSet<u64>,
    /// Keys of rows that are on their way.
    keys: HashSet<u64>,
    crew: Crew,
    /// Between the beginnings of two requests.
    pace: Option<Duration>,
    next_due: Option<Instant>,
    settled: Settled,
    stored: u64,
    results: Results,
}

impl HttpSink {
    /// Sends over the network. `stem` names the files of the part, which are made in `scratch`.
    pub(crate) fn open(
        pipeline: &Pipeline,
        http: &Http,
        destination: Destination,
        object: &SourceObject,
        scratch: &Path,
    ) -> Result<Self, SinkFailure> {
        let limits = Limits {
            connect: Duration::from_millis(http.connect_timeout_ms.into()),
            in_flight: http.in_flight as usize,
            answer_bytes: ANSWER_BYTES,
        };
        let carrier = HttpCarrier::new(limits, destination.authorities.as_deref());
        Self::over(
            carrier,
            SystemClock,
            pipeline,
            http,
            destination,
            object,
            scratch,
        )
    }

    fn over<C: Carrier + 'static, K: Clock + 'static>(
        carrier: C,
        clock: K,
        pipeline: &Pipeline,
        http: &Http,
        destination: Destination,
        object: &SourceObject,
        scratch: &Path,
    ) -> Result<Self, SinkFailure> {
        let Destination {
            url,
            authorization,
            deadline,
            ..
        } = destination;
        let timeout = Duration::from_millis(http.timeout_ms.into());
        let courier = Courier::new(carrier, clock, authorization, timeout, Backoff::default());
        let place = |name: &String| pipeline.fields.iter().position(|field| field.name == *name);
        Ok(Self {
            rows: Arc::new(JsonRows::new(pipeline)),
            batch: http.batch as usize,
            key: pipeline.key.iter().filter_map(place).collect(),
            // Not that of the part: how an object is cut may differ from one attempt to the next.
            stem: SourceObject::stem_of(&object.uri, &object.version).into(),
            target: format!("the API at {}", url.split('?').next().unwrap_or_default()),
            pending: Letter::default(),
            pending_keys: HashSet::new(),
            keys: HashSet::new(),
            crew: Crew::new(
                Post::new(courier, url, http.batch > 1),
                http.in_flight as usize,
                deadline,
                Duration::from_secs(http.retry_seconds.into()),
            ),
            pace: http.rate.map(|rate| Duration::from_secs_f64(1.0 / rate)),
            next_due: None,
            settled: Settled::default(),
            stored: 0,
            results: Results::new(pipeline, &object.stem, scratch)?,
        })
    }

    /// Lets what is pending go, once there is room and no other version of its records is on its way: of two that race,
    /// nobody knows which comes last.
    fn send(&mut self) -> Result<(), SinkFailure> {
        if self.pending.rows.is_empty() {
            return Ok(());
        }
        while !self.pending_keys.is_disjoint(&self.keys) {
            self.take_one()?;
        }
        self.keys.extend(self.pending_keys.drain());
        let mut letter = std::mem::take(&mut self.pending);
        letter.due = self.pace.map(|pace| {
            let now = Instant::now();
            // Open loop: a request is due when it is due, however late those before it are answered. What could not be sent
            // in time is not caught up on: the rate is the most.
            let due = self.next_due.map_or(now, |due| due.max(now));
            self.next_due = Some(due + pace);
            due
        });
        while !self.crew.has_room() {
            self.take_one()?;
        }
        self.crew.send(letter);
        Ok(())
    }

    /// Waits for any request, and books what became of its rows.
    fn take_one(&mut self) -> Result<(), SinkFailure> {
        let Some(settlement) = self.crew.wait() else {
            return Ok(());
        };
        self.book(settlement)
    }

    fn book(&mut self, settlement: Result<Settlement, (usize, String)>) -> Result<(), SinkFailure> {
        let settlement = settlement.map_err(|(rows, reason)| SinkError {
            target: self.target.clone(),
            action: match rows {
                1 => "take 1 record".to_owned(),
                rows => format!("take {rows} records"),
            },
            reason,
        })?;
        self.results.add(&settlement)?;
        for key in &settlement.keys {
            self.keys.remove(key);
        }
        for row in settlement.rows {
            self.settled.taken += 1;
            match row.fate {
                Fate::Stored => self.stored += 1,
                Fate::Stale => self.settled.stale.push(row.id.ordinal),
                Fate::Refused { code, .. } => self.settled.refused.push(RefusedRow {
                    ordinal: row.id.ordinal,
                    message: format!("the API answered with HTTP status {}", row.status),
                    code,
                }),
            }
        }
        Ok(())
    }
}

impl Sink for HttpSink {
    fn put(
        &mut self,
        rows: &RecordBatch,
        first_ordinal: u64,
        records: &[u64],
    ) -> Result<(), SinkFailure> {
        let writer = Arc::clone(&self.rows);
        let batch = writer.batch(rows);
        let mut key = Vec::new();
        for (row, id) in rows_of(first_ordinal, records).enumerate() {
            if !self.key.is_empty() {
                key.clear();
                batch.write_members(self.key.iter().copied(), row, &mut key);
                let key = xxh3_64(&key);
                // Which rows are sent together must not depend on what was answered meanwhile: the next attempt sends the
                // same requests.
                if !self.pending_keys.insert(key) {
                    self.send()?;
                    self.pending_keys.insert(key);
                }
                self.pending.keys.push(key);
            }
            self.pending
                .add(id, &self.stem, |text| batch.write(row, text));
            if self.pending.rows.len() >= self.batch {
                self.send()?;
            }
        }
        Ok(())
    }

    fn settled(&mut self) -> Settled {
        std::mem::take(&mut self.settled)
    }

    fn settle(&mut self) -> Result<Settled, SinkFailure> {
        self.send()?;
        while self.crew.is_busy() {
            self.take_one()?;
        }
        Ok(self.settled())
    }

    fn lose(&mut self, _: &[u64]) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Finished, SinkFailure> {
        Ok(Finished {
            rows: self.stored,
            files: self.results.finish()?,
        })
    }
}
