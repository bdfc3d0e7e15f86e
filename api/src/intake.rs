//! Records on their way in: cleaned, handed on to the lake, stored, and each of them accounted for.

use serde_json::value::RawValue;
use sluice_contract::stack::Field;
use sluice_pipeline::{check::Checked, generate::Identity, plugin::PluginVersion};

use crate::{
    body::{Members, Piece, What},
    cleaned::{Cleaned, CleanedPiece},
    failure::Failure,
    findings::Teller,
    handler::{Handled, Handler},
    key::Key,
    ports::{Origin, Ports, Put},
    record::{Record, Rows},
    request::Request,
    results::{self, Outcome, Outcomed},
};

impl Handler {
    /// Takes records in: cleans them, hands them on, stores them, and says what became of each.
    pub(crate) fn take_in(
        &self,
        request: &Request,
        plugin: Option<&PluginVersion>,
        ports: &Ports<'_>,
        pieces: &[Piece<'_>],
        is_batch: bool,
        identity: Identity,
    ) -> Result<Handled, Failure> {
        if ports.store.is_none() && ports.forward.is_none() {
            let nowhere = "there is neither a table nor a way to the lake";
            return Err(Failure::unaccounted(nowhere.to_owned()));
        }
        let origin = Origin {
            source: format!("api:{}#{}", self.api.path, request.id),
            received_at: request.received_at,
        };
        let cleaned =
            self.pool
                .clean(&self.pipeline, plugin, pieces, is_batch, &origin, identity)?;
        // The lake first: what it has twice is told by the key, and what it never got by nobody.
        if let Some(forward) = ports.forward {
            let lines = self.lines(&cleaned, pieces, identity);
            if !lines.is_empty() {
                forward.forward(&lines, &origin)?;
            }
        }
        let mut rows = vec![Vec::new(); pieces.len()];
        for checked in &cleaned.checked {
            if checked.rows.num_rows() > 0 {
                self.store(checked, &cleaned.records, ports, &origin, &mut rows)?;
            }
        }
        let accepted = ports.store.is_none();
        let outcomes: Vec<Outcomed> = (cleaned.pieces.into_iter().zip(rows).enumerate())
            .map(|(index, (piece, rows))| self.outcome(piece, rows, is_batch.then_some(index)))
            .collect();
        let accounts = results::accounts(&outcomes);
        let dropped: u64 = cleaned.checked.iter().map(|checked| checked.dropped).sum();
        if !accounts.add_up() || accounts.read != pieces.len() as u64 || accounts.dropped != dropped
        {
            return Err(Failure::unaccounted(format!(
                "{accounts:?} of {} pieces, of which the plugin left out {dropped}",
                pieces.len()
            )));
        }
        let answer = match outcomes.as_slice() {
            [record] if !is_batch => results::one(record),
            records => results::several(records, accounts, accepted),
        };
        Ok(Handled {
            answer,
            accounts,
            trouble: None,
        })
    }

    /// Stores the rows of a batch, and notes what became of those of each piece.
    fn store(
        &self,
        checked: &Checked,
        pieces: &[usize],
        ports: &Ports<'_>,
        origin: &Origin,
        taken: &mut [Vec<Row>],
    ) -> Result<(), Failure> {
        let count = checked.rows.num_rows();
        let puts = match ports.store {
            Some(store) => store
                .put(&checked.rows, origin)?
                .into_iter()
                .map(Some)
                .collect(),
            None => vec![None; count],
        };
        if puts.len() != count {
            let said = puts.len();
            return Err(Failure::unaccounted(format!(
                "the table was given {count} rows and told of {said}"
            )));
        }
        let rows = Rows::new(&self.pipeline, &checked.rows);
        for (at, put) in puts.into_iter().enumerate() {
            let path = || {
                let key = Key::of_row(&self.pipeline, &rows, at)?;
                Some(format!("{}/{}", self.api.path, key.in_path()))
            };
            let row = match put {
                None => Row::Accepted(rows.record(at)),
                Some(Put::Stored) => Row::Stored(rows.record(at), path()),
                Some(Put::Same(record)) => Row::Same(record, path()),
                Some(Put::Newer) => Row::Newer,
                Some(Put::Refused { code, message }) => Row::Refused { code, message },
            };
            taken[pieces[checked.records[at] as usize]].push(row);
        }
        Ok(())
    }

    /// What became of a piece of which these rows were made.
    fn outcome(&self, piece: CleanedPiece, rows: Vec<Row>, index: Option<usize>) -> Outcomed {
        let mut outcomed = Outcomed {
            outcome: match (piece.rejected, rows.is_empty()) {
                (true, _) => Outcome::Rejected,
                (false, true) => Outcome::Dropped,
                // Whatever of it is newer than what is there outweighs the others.
                (false, false) => Outcome::Older,
            },
            findings: piece.findings,
            records: Vec::new(),
            locations: Vec::new(),
        };
        for row in rows {
            let (outcome, record, location) = match row {
                Row::Stored(record, location) => (Outcome::Stored, Some(record), location),
                Row::Accepted(record) => (Outcome::Accepted, Some(record), None),
                Row::Same(record, location) => (Outcome::Duplicate, Some(record), location),
                Row::Newer => (Outcome::Older, None, None),
                Row::Refused { code, message } => {
                    let none = Members::new();
                    Teller::new(&self.pipeline, &none, index, &mut outcomed.findings)
                        .refuse(&code, &message);
                    (Outcome::Rejected, None, None)
                }
            };
            outcomed.records.extend(record);
            outcomed.locations.extend(location);
            let weight = |outcome| match outcome {
                Outcome::Rejected => 4,
                Outcome::Stored | Outcome::Accepted => 3,
                Outcome::Duplicate => 2,
                Outcome::Older => 1,
                Outcome::Dropped => 0,
            };
            if weight(outcome) > weight(outcomed.outcome) {
                outcomed.outcome = outcome;
            }
        }
        outcomed
    }

    /// The records that passed, as they came, each with the values that were generated for it: so that whoever reads them
    /// from the lake's files makes the same of them as is stored here.
    fn lines(&self, cleaned: &Cleaned, pieces: &[Piece<'_>], identity: Identity) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        for checked in &cleaned.checked {
            let rows = Rows::new(&self.pipeline, &checked.rows);
            let mut last = None;
            for (at, record) in checked.records.iter().enumerate() {
                if last.replace(record) == Some(record) {
                    continue;
                }
                let piece = &pieces[cleaned.records[*record as usize]];
                if let What::Object(members) = &piece.what {
                    lines.push(self.line(members, &rows, at, *record, identity));
                }
            }
        }
        lines
    }

    fn line(
        &self,
        members: &Members<'_>,
        rows: &Rows<'_>,
        row: usize,
        record: u64,
        identity: Identity,
    ) -> Vec<u8> {
        let fields = self.pipeline.fields.iter().enumerate();
        let generated = fields.filter_map(|(at, field): (usize, &Field)| {
            field.generate?;
            let made = identity.uuid(&field.name, record, 0);
            (rows.text(at, row).as_ref() == Some(&made)).then_some((field.name.as_str(), made))
        });
        let generated: Vec<(&str, String)> = generated.collect();
        let is_generated = |name: &str| generated.iter().any(|(field, _)| *field == name);
        let mut line = String::from("{");
        let mut push = |name: &str, value: &str| {
            if line.len() > 1 {
                line.push(',');
            }
            line += &serde_json::Value::from(name).to_string();
            line.push(':');
            line += value;
        };
        let members = members
            .iter()
            .map(|(name, value): &(_, &RawValue)| (name, value.get()));
        for (name, value) in members.filter(|(name, _)| !is_generated(name)) {
            push(name, value);
        }
        for (name, uuid) in &generated {
            push(name, &format!("\"{uuid}\""));
        }
        line.push('}');
        line.into_bytes()
            .into_iter()
            .map(|byte| {
                if matches!(byte, b'\n' | b'\r') {
                    b' '
                } else {
                    byte
                }
            })
            .collect()
    }
}

/// What became of a row.
#[derive(Clone)]
enum Row {
    Stored(Record, Option<String>),
    Accepted(Record),
    Same(Record, Option<String>),
    Newer,
    Refused { code: String, message: String },
}
