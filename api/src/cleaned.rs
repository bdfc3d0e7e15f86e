//! The records of a request through the plugin and the checks: what became of each piece of its body.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use sluice_contract::{
    Sha256,
    stack::{Format, Pipeline},
};
use sluice_pipeline::{
    check::Checked,
    clean::{CleanError, Cleaner},
    generate::Identity,
    plugin::PluginVersion,
};

use crate::{
    body::{Members, Piece, What},
    failure::Failure,
    findings::{Findings, Teller},
    ports::Origin,
    problem::BROKEN_JSON,
};

/// What became of the pieces of a body, as far as the record path goes.
pub(crate) struct Cleaned {
    /// Rows that passed, in the order of the body.
    pub(crate) checked: Vec<Checked>,
    /// For each piece.
    pub(crate) pieces: Vec<CleanedPiece>,
    /// Which piece each record is.
    pub(crate) records: Vec<usize>,
}

/// What became of one piece.
#[derive(Debug, Default)]
pub(crate) struct CleanedPiece {
    pub(crate) rejected: bool,
    pub(crate) findings: Findings,
}

/// Cleaners that wait for the next request, so that none has to start the plugin or plan columns anew.
pub(crate) struct Pool {
    waiting: Mutex<Vec<Waiting>>,
}

struct Waiting {
    cleaner: Cleaner<'static>,
    /// The plugin's.
    version: Option<Sha256>,
    /// Members that nobody has a use for, by the names of all members of a record.
    ignored: HashMap<Vec<String>, Vec<String>>,
}

/// More threads than that hardly clean at once.
const MOST_WAITING: usize = 64;
/// Kinds of records whose members are remembered.
const MOST_KINDS: usize = 64;

impl Pool {
    pub(crate) fn new() -> Self {
        Self {
            waiting: Mutex::default(),
        }
    }

    fn take(&self, pipeline: &Pipeline, plugin: Option<&PluginVersion>) -> Waiting {
        let version = plugin.map(PluginVersion::sha256);
        let mut waiting = self.lock();
        // Cleaners of an earlier version are of no more use to anybody.
        waiting.retain(|waiting| waiting.version == version);
        let cleaner = waiting.pop();
        drop(waiting);
        cleaner.unwrap_or_else(|| Waiting {
            cleaner: Cleaner::for_many(pipeline, plugin),
            version,
            ignored: HashMap::new(),
        })
    }

    fn give_back(&self, cleaner: Waiting) {
        let mut waiting = self.lock();
        if waiting.len() < MOST_WAITING {
            waiting.push(cleaner);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cleans the pieces of a body. `is_batch` is whether they are items of one.
    pub(crate) fn clean(
        &self,
        pipeline: &Pipeline,
        plugin: Option<&PluginVersion>,
        pieces: &[Piece<'_>],
        is_batch: bool,
        origin: &Origin,
        identity: Identity,
    ) -> Result<Cleaned, Failure> {
        let mut waiting = self.take(pipeline, plugin);
        let cleaner = &mut waiting.cleaner;
        cleaner.turn_to(&origin.source, origin.received_at, identity);
        let records: Vec<usize> = (pieces.iter().enumerate())
            .filter(|(_, piece)| matches!(piece.what, What::Object(_)))
            .map(|(index, _)| index)
            .collect();
        let text = lines(records.iter().map(|index| pieces[*index].text));
        let checked = match text.is_empty() {
            true => Vec::new(),
            false => cleaner.clean_text(Format::Ndjson, text)?,
        };
        let read: u64 = checked.iter().map(|checked| checked.read).sum();
        if read != records.len() as u64 {
            let sent = records.len();
            return Err(Failure::unaccounted(format!(
                "{sent} records went into the record path, and {read} came out"
            )));
        }
        let mut cleaned = Cleaned {
            checked,
            pieces: pieces.iter().map(|_| CleanedPiece::default()).collect(),
            records,
        };
        cleaned.tell(pipeline, pieces, is_batch, &mut waiting)?;
        self.give_back(waiting);
        Ok(cleaned)
    }
}

impl Cleaned {
    /// Says of each piece what there is to say.
    fn tell(
        &mut self,
        pipeline: &Pipeline,
        pieces: &[Piece<'_>],
        is_batch: bool,
        waiting: &mut Waiting,
    ) -> Result<(), CleanError> {
        let none = Members::new();
        for (index, (piece, cleaned)) in pieces.iter().zip(&mut self.pieces).enumerate() {
            let at = is_batch.then_some(index);
            match &piece.what {
                What::Object(members) => {
                    let ignored = waiting.ignored(members)?;
                    if ignored.is_empty() {
                        continue;
                    }
                    let mut teller = Teller::new(pipeline, members, at, &mut cleaned.findings);
                    ignored.iter().for_each(|name| teller.ignored(name));
                }
                What::Other => {
                    cleaned.rejected = true;
                    let mut teller = Teller::new(pipeline, &none, at, &mut cleaned.findings);
                    teller.refuse("not_an_object", "a record is an object");
                }
                What::Broken(reason) => {
                    cleaned.rejected = true;
                    let mut teller = Teller::new(pipeline, &none, at, &mut cleaned.findings);
                    teller.refuse(BROKEN_JSON.code, reason);
                }
            }
        }
        for checked in &self.checked {
            let said = (checked.rejected.iter())
                .flat_map(|rejected| {
                    let findings = rejected.findings.iter();
                    findings.map(|finding| (rejected.record, finding, true))
                })
                .chain(
                    (checked.remarks.iter()).map(|remark| (remark.record, &remark.finding, false)),
                );
            for (record, finding, rejected) in said {
                let index = self.records[record as usize];
                let piece = &mut self.pieces[index];
                piece.rejected |= rejected;
                let members = match &pieces[index].what {
                    What::Object(members) => members,
                    What::Other | What::Broken(_) => &none,
                };
                let at = is_batch.then_some(index);
                Teller::new(pipeline, members, at, &mut piece.findings).tell(finding, rejected);
            }
            // A reason is there in any case.
            for rejected in &checked.rejected {
                self.pieces[self.records[rejected.record as usize]].rejected = true;
            }
        }
        Ok(())
    }
}

impl Waiting {
    /// The members of a record that nobody has a use for.
    fn ignored(&mut self, members: &Members<'_>) -> Result<Vec<String>, CleanError> {
        let names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
        let key: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        if let Some(ignored) = self.ignored.get(&key) {
            return Ok(ignored.clone());
        }
        let ignored = self.cleaner.ignored(&names)?;
        let ignored: Vec<String> = ignored.into_iter().map(str::to_owned).collect();
        if self.ignored.len() >= MOST_KINDS {
            self.ignored.clear();
        }
        self.ignored.insert(key, ignored.clone());
        Ok(ignored)
    }
}

/// Records as lines. A line break inside a record is a blank between two of its tokens.
fn lines<'a>(records: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut lines = Vec::new();
    for record in records {
        lines.extend(record.bytes().map(|byte| match byte {
            b'\n' | b'\r' => b' ',
            byte => byte,
        }));
        lines.push(b'\n');
    }
    lines
}
