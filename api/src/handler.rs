//! From a request to its answer.
//!
//! What can be told of the request alone is told first. Then its key is claimed, its records are cleaned, handed on to the
//! lake and stored, and each of them is accounted for before anything is answered.

use serde_json::value::RawValue;
use sluice_contract::stack::{Api, Encoding, Field, Items, Pipeline};
use sluice_pipeline::{
    check::Checked, clean::CleanError, generate::Identity, plugin::PluginVersion,
};

use crate::{
    accounts::Accounts,
    answer::{Answer, KeptAnswer},
    body::{self, Members, Piece, What},
    cleaned::{Cleaned, CleanedPiece, Pool},
    findings::Teller,
    idempotency,
    key::Key,
    media::{JSON, Media, NDJSON},
    ports::{Origin, PortError, Ports, Put},
    problem::{
        BODY_TOO_LARGE, FAILED, METHOD_NOT_ALLOWED, NO_SUCH_RECORD, NOT_FOUND, Problem,
        UNAVAILABLE, UNSUPPORTED_MEDIA_TYPE,
    },
    record::{Record, Rows},
    request::{Request, Target},
    results::{self, Outcome, Outcomed},
};

/// How long to wait where something that we need does not answer, in seconds.
const RETRY_SECONDS: u32 = 2;

/// Answers the requests to the API of one pipeline. It is shared by all threads.
pub struct Handler {
    pipeline: Pipeline,
    api: Api,
    pool: Pool,
}

/// An answer, and what else there is to say of the request.
#[derive(Debug)]
pub struct Handled {
    /// The answer.
    pub answer: Answer,
    /// What became of its records; all zero where it had none, or where its answer was kept from an earlier request.
    pub accounts: Accounts,
    /// What went wrong on our side, for the log. It never holds record content.
    pub trouble: Option<String>,
}

/// Why there is no other answer.
pub(crate) struct Failure {
    problem: Problem,
    trouble: Option<String>,
}

impl Handler {
    /// For a pipeline that has an API; `None` for others.
    pub fn new(pipeline: &Pipeline) -> Option<Handler> {
        let api = pipeline.api.clone()?;
        let mut pipeline = pipeline.clone();
        // How objects are written says nothing of requests.
        pipeline.source.records.clear();
        pipeline.source.items = Items::Plain;
        pipeline.source.encoding = Encoding::Auto;
        Some(Handler {
            pipeline,
            api,
            pool: Pool::new(),
        })
    }

    /// What it is to be.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Answers a request. `plugin` is the version that is in use; the pipeline's, if it has one.
    pub fn handle(
        &self,
        request: &Request,
        plugin: Option<&PluginVersion>,
        ports: &Ports<'_>,
    ) -> Handled {
        let handled = self.try_handle(request, plugin, ports);
        let mut handled = handled.unwrap_or_else(|failure| failure.handled());
        if request.method == "HEAD" {
            handled.answer.body.clear();
        }
        self.allow_origin(request, &mut handled.answer);
        handled
    }

    fn try_handle(
        &self,
        request: &Request,
        plugin: Option<&PluginVersion>,
        ports: &Ports<'_>,
    ) -> Result<Handled, Failure> {
        let reads = ports.store.is_some();
        let allowed = match (&request.target, reads) {
            (Target::Records, _) | (Target::Batch, false) => "POST, OPTIONS",
            (Target::Batch, true) => "GET, HEAD, POST, OPTIONS",
            (Target::Record(_), true) => "GET, HEAD, OPTIONS",
            (Target::Record(_), false) | (Target::Unknown, _) => {
                let path = &self.api.path;
                let detail = format!(
                    "records go to `{path}`, and several to `{path}/{}`",
                    Target::BATCH
                );
                return Err(NOT_FOUND.because(detail).into());
            }
        };
        match (request.method.as_str(), &request.target) {
            ("OPTIONS", _) => Ok(Answer::empty(204).with("allow", allowed).into()),
            ("POST", Target::Records) => self.post(request, plugin, ports, false),
            ("POST", Target::Batch) => self.post(request, plugin, ports, true),
            ("GET" | "HEAD", Target::Record(key)) => self.get(key, ports),
            ("GET" | "HEAD", Target::Batch) if reads => self.get(Target::BATCH, ports),
            _ => {
                let detail = format!("possible are {allowed}");
                Err(METHOD_NOT_ALLOWED.because(detail).allow(allowed).into())
            }
        }
    }

    fn get(&self, key: &str, ports: &Ports<'_>) -> Result<Handled, Failure> {
        let key = Key::parse(&self.pipeline, key)
            .map_err(|reason| NO_SUCH_RECORD.because(reason.to_string()))?;
        let store = ports
            .store
            .ok_or_else(|| NOT_FOUND.because("there is no table"))?;
        match store.get(&key)? {
            Some(Record(text)) => Ok(Answer::json(200, text).into()),
            None => Err(NO_SUCH_RECORD.because("nothing is stored under it").into()),
        }
    }

    fn post(
        &self,
        request: &Request,
        plugin: Option<&PluginVersion>,
        ports: &Ports<'_>,
        is_batch: bool,
    ) -> Result<Handled, Failure> {
        let media = media(request, is_batch)?;
        let (got, limit) = (request.body.len(), self.api.max_body_bytes());
        if got > limit {
            return Err(BODY_TOO_LARGE
                .because(format!("got {got} bytes, limit {limit} bytes"))
                .into());
        }
        let key = idempotency::key(request)?;
        let text = body::text(&request.body)?;
        let pieces = match is_batch {
            true => body::many(text, media, self.api.max_records)?,
            false => vec![body::one(
                text,
                &format!("{}/{}", self.api.path, Target::BATCH),
            )?],
        };
        let claim = key.map(|key| idempotency::claim(&self.pipeline.name, &self.api, request, key));
        let Some(claim) = claim else {
            let identity = Identity::of(&["request", &self.pipeline.name, &request.id]);
            return self.take_in(request, plugin, ports, &pieces, is_batch, identity);
        };
        if let Some(answer) = idempotency::begin(ports.idempotency, &claim)? {
            return Ok(answer.into());
        }
        // A key that is used again when it is forgotten is another one where the body is.
        let identity = Identity::of(&["idempotency-key", &claim.entry, &claim.fingerprint]);
        match self.take_in(request, plugin, ports, &pieces, is_batch, identity) {
            Ok(mut handled) => {
                let kept = KeptAnswer::of(&handled.answer);
                // The records are stored. Without the answer, the same request finds them there once its lease is over.
                if let Err(error) = ports.idempotency.complete(&claim, &kept) {
                    handled.trouble = Some(error.to_string());
                }
                Ok(handled)
            }
            Err(mut failure) => {
                if let Err(error) = ports.idempotency.release(&claim) {
                    let trouble = failure.trouble.take().unwrap_or_default();
                    failure.trouble = Some(format!("{trouble}; {error}"));
                }
                Err(failure)
            }
        }
    }

    /// Takes records in: cleans them, hands them on, stores them, and says what became of each.
    fn take_in(
        &self,
        request: &Request,
        plugin: Option<&PluginVersion>,
        ports: &Ports<'_>,
        pieces: &[Piece<'_>],
        is_batch: bool,
        identity: Identity,
    ) -> Result<Handled, Failure> {
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

    /// Lets pages of the origins that the manifest names read the answer.
    fn allow_origin(&self, request: &Request, answer: &mut Answer) {
        let Some(origin) = request
            .header("origin")
            .filter(|_| !self.api.cors.is_empty())
        else {
            return;
        };
        let mut add =
            |name: &str, value: &str| answer.headers.push((name.to_owned(), value.to_owned()));
        add("vary", "origin");
        let mut allowed = self.api.cors.iter();
        let Some(allowed) = allowed.find(|allowed| *allowed == "*" || *allowed == origin) else {
            return;
        };
        add("access-control-allow-origin", allowed);
        add(
            "access-control-expose-headers",
            "location, retry-after, idempotency-replayed",
        );
        if request.method == "OPTIONS" {
            add("access-control-allow-methods", "GET, HEAD, POST, OPTIONS");
            add(
                "access-control-allow-headers",
                "authorization, content-type, idempotency-key",
            );
            add("access-control-max-age", "600");
        }
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

/// The media type of a request's body.
fn media(request: &Request, is_batch: bool) -> Result<Media, Problem> {
    let taken = match is_batch {
        true => format!("`{JSON}` or `{NDJSON}`"),
        false => format!("`{JSON}`"),
    };
    let plain = request
        .header("content-encoding")
        .is_none_or(|encoding| encoding.is_empty() || encoding.eq_ignore_ascii_case("identity"));
    let media = Media::of(request.header("content-type").unwrap_or_default());
    match media {
        Some(media) if plain && (is_batch || media == Media::Json) => Ok(media),
        _ => Err(UNSUPPORTED_MEDIA_TYPE.because(format!("send {taken} in UTF-8, not compressed"))),
    }
}

impl Failure {
    /// Something that was kept is broken.
    pub(crate) fn broken(error: impl std::fmt::Display) -> Self {
        Self {
            problem: FAILED.because("what was kept of an earlier request cannot be used"),
            trouble: Some(error.to_string()),
        }
    }

    /// Records are gone, or are there that never came: a defect of ours.
    pub(crate) fn unaccounted(trouble: String) -> Self {
        Self {
            problem: FAILED.because("records are unaccounted for"),
            trouble: Some(format!("records are unaccounted for: {trouble}")),
        }
    }

    fn handled(self) -> Handled {
        Handled {
            answer: self.problem.answer(),
            accounts: Accounts::default(),
            trouble: self.trouble,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            trouble: None,
        }
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self {
            problem: UNAVAILABLE
                .because("try again; what was stored is not stored twice with an `Idempotency-Key`")
                .retry_after(RETRY_SECONDS),
            trouble: Some(error.to_string()),
        }
    }
}

impl From<CleanError> for Failure {
    fn from(error: CleanError) -> Self {
        Self {
            problem: FAILED.because("the plugin cannot work with these records"),
            trouble: Some(error.to_string()),
        }
    }
}

impl From<Answer> for Handled {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            accounts: Accounts::default(),
            trouble: None,
        }
    }
}
