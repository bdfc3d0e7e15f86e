//! From a request to its answer.
//!
//! What can be told of the request alone is told first. Then its key is claimed, its records are cleaned, handed on to the
//! lake and stored, and each of them is accounted for before anything is answered.

use sluice_contract::stack::{Api, Encoding, Items, Pipeline};
use sluice_pipeline::{generate::Identity, plugin::PluginVersion};

use crate::{
    accounts::Accounts,
    answer::{Answer, KeptAnswer},
    body,
    cleaned::Pool,
    failure::Failure,
    idempotency,
    key::Key,
    media::{JSON, Media, NDJSON},
    ports::Ports,
    problem::{
        BODY_TOO_LARGE, METHOD_NOT_ALLOWED, NO_SUCH_RECORD, NOT_FOUND, Problem,
        UNSUPPORTED_MEDIA_TYPE,
    },
    record::Record,
    request::{Request, Target},
};

/// Answers the requests to the API of one pipeline. It is shared by all threads.
pub struct Handler {
    pub(crate) pipeline: Pipeline,
    pub(crate) api: Api,
    pub(crate) pool: Pool,
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

impl From<Answer> for Handled {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            accounts: Accounts::default(),
            trouble: None,
        }
    }
}
