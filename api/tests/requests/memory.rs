//! The ports in memory, with the rules that the real ones keep.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use arrow_array::RecordBatch;
use sluice_contract::stack::Pipeline;

use sluice_api::{
    KeptAnswer, Key, KeyPart, Record, RecordBuilder,
    ports::{Claim, Claimed, Entry, Forward, Idempotency, Origin, PortError, Ports, Put, Store},
};
use sluice_pipeline::cells::Cells;

/// A table, a lake and a memory.
pub(crate) struct Memory {
    pipeline: Pipeline,
    records: Mutex<BTreeMap<String, (i64, Record)>>,
    entries: Mutex<BTreeMap<String, (String, Entry)>>,
    lines: Mutex<Vec<String>>,
    /// Whether nothing answers.
    down: Mutex<bool>,
    /// Whether functions die before they give their keys back.
    dying: Mutex<bool>,
}

thread_local! {
    /// A row that the table refuses, by its key.
    pub(crate) static REFUSED: RefCell<Option<String>> = const { RefCell::new(None) };
}

impl Memory {
    pub(crate) fn new(pipeline: &Pipeline) -> Self {
        Self {
            pipeline: pipeline.clone(),
            records: Mutex::default(),
            entries: Mutex::default(),
            lines: Mutex::default(),
            down: Mutex::default(),
            dying: Mutex::default(),
        }
    }

    pub(crate) fn ports(&self) -> Ports<'_> {
        Ports {
            store: self.pipeline.table().map(|_| self as &dyn Store),
            forward: self.pipeline.lake().map(|_| self as &dyn Forward),
            idempotency: self,
        }
    }

    pub(crate) fn records(&self) -> usize {
        self.records.lock().unwrap().len()
    }

    pub(crate) fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.lock().unwrap()
    }

    pub(crate) fn set_down(&self, down: bool) {
        *self.down.lock().unwrap() = down;
    }

    pub(crate) fn set_dying(&self, dying: bool) {
        *self.dying.lock().unwrap() = dying;
    }

    fn ask(&self, action: &str) -> Result<(), PortError> {
        match *self.down.lock().unwrap() {
            false => Ok(()),
            true => Err(PortError {
                target: "memory".to_owned(),
                action: action.to_owned(),
                reason: "it is down".to_owned(),
            }),
        }
    }
}

impl Store for Memory {
    fn put(&self, rows: &RecordBatch, origin: &Origin) -> Result<Vec<Put>, PortError> {
        self.ask("store rows")?;
        let mut records = self.records.lock().unwrap();
        let order_by = self.pipeline.order_by.as_ref();
        let order_by = order_by.map(|name| {
            let mut fields = self.pipeline.fields.iter();
            fields.position(|field| field.name == *name).unwrap()
        });
        let columns = rows.columns().iter().zip(&self.pipeline.fields);
        let cells: Vec<Cells<'_>> = columns
            .map(|(column, field)| Cells::of(column.as_ref(), field.kind.stored()))
            .collect();
        let record = |row: usize| {
            let mut record = RecordBuilder::default();
            for (field, cells) in self.pipeline.fields.iter().zip(&cells) {
                record.push(field, cells.text(row).as_deref());
            }
            record.finish()
        };
        let part = |name: &String, row: usize| {
            let mut fields = self.pipeline.fields.iter();
            let at = fields.position(|field| field.name == *name).unwrap();
            KeyPart {
                field: name.clone(),
                text: cells[at].text(row).unwrap(),
            }
        };
        let put = |row: usize| {
            let key = self.pipeline.key.iter().map(|name| part(name, row));
            let key = Key(key.collect()).in_path();
            if REFUSED.with_borrow(|refused| refused.as_ref() == Some(&key)) {
                return Put::Refused {
                    code: "item_too_large".to_owned(),
                    message: "too large".to_owned(),
                };
            }
            let version = match order_by {
                Some(field) => cells[field].text(row).unwrap().parse().unwrap(),
                None => origin.received_at,
            };
            match records.get(&key) {
                Some((there, _)) if *there > version => return Put::Newer,
                Some((there, record)) if *there == version && order_by.is_some() => {
                    return Put::Same(record.clone());
                }
                _ => {}
            }
            records.insert(key, (version, record(row)));
            Put::Stored
        };
        Ok((0..rows.num_rows()).map(put).collect())
    }

    fn get(&self, key: &Key) -> Result<Option<Record>, PortError> {
        self.ask("read a record")?;
        let records = self.records.lock().unwrap();
        Ok(records
            .get(&key.in_path())
            .map(|(_, record)| record.clone()))
    }
}

impl Forward for Memory {
    fn forward(&self, lines: &[Vec<u8>], _: &Origin) -> Result<(), PortError> {
        self.ask("take records")?;
        let lines = lines
            .iter()
            .map(|line| String::from_utf8(line.clone()).unwrap());
        self.lines.lock().unwrap().extend(lines);
        Ok(())
    }
}

impl Idempotency for Memory {
    fn claim(&self, claim: &Claim) -> Result<Claimed, PortError> {
        let mut entries = self.entries.lock().unwrap();
        let met = entries
            .get(&claim.entry)
            .map(|(_, entry)| entry.meets(claim));
        let met = met.unwrap_or(Claimed::Ours);
        if met == Claimed::Ours {
            let entry = Entry {
                fingerprint: claim.fingerprint.clone(),
                lease_until: claim.lease_until,
                expires_at: claim.expires_at,
                answer: None,
            };
            entries.insert(claim.entry.clone(), (claim.owner.clone(), entry));
        }
        Ok(met)
    }

    fn complete(&self, claim: &Claim, answer: &KeptAnswer) -> Result<(), PortError> {
        let mut entries = self.entries.lock().unwrap();
        if let Some((owner, entry)) = entries.get_mut(&claim.entry)
            && *owner == claim.owner
        {
            entry.answer = Some(answer.clone());
        }
        Ok(())
    }

    fn release(&self, claim: &Claim) -> Result<(), PortError> {
        if *self.dying.lock().unwrap() {
            return Ok(());
        }
        let mut entries = self.entries.lock().unwrap();
        if entries
            .get(&claim.entry)
            .is_some_and(|(owner, _)| *owner == claim.owner)
        {
            entries.remove(&claim.entry);
        }
        Ok(())
    }
}
