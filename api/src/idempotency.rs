//! `Idempotency-Key`: a request that is sent once more is answered as it was, and done once.
//!
//! <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>

use sluice_contract::{Sha256, stack::Api};

use crate::{
    answer::Answer,
    failure::Failure,
    ports::{Claim, Claimed, Idempotency},
    problem::{BAD_IDEMPOTENCY_KEY, OTHER_BODY, Problem, UNDER_WAY},
    request::{Request, Target},
};

/// How long a key is kept, in seconds: a day.
pub const KEPT_SECONDS: i64 = 24 * 3600;

/// The longest key, in characters.
pub const MOST_KEY_CHARS: usize = 255;

/// The header of an answer that is given once more.
pub const REPLAYED: &str = "idempotency-replayed";

/// How long the first request has the key, beyond the time that it may take, in seconds.
const LEASE_MARGIN_SECONDS: i64 = 5;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// The key of a request, if it has one.
pub(crate) fn key(request: &Request) -> Result<Option<&str>, Problem> {
    let Some(key) = request.header("idempotency-key") else {
        return Ok(None);
    };
    let got = key.chars().count();
    if key.is_empty() || got > MOST_KEY_CHARS {
        let detail = format!("got {got} characters, allowed 1 to {MOST_KEY_CHARS}");
        return Err(BAD_IDEMPOTENCY_KEY.because(detail));
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(BAD_IDEMPOTENCY_KEY.because("use visible ASCII characters, without blanks"));
    }
    Ok(Some(key))
}

/// The claim of a request with a key.
pub(crate) fn claim(pipeline: &str, api: &Api, request: &Request, key: &str) -> Claim {
    let principal = request.principal.as_deref().unwrap_or_default();
    let now = request.received_at.div_euclid(MICROS_PER_SECOND);
    let target = match &request.target {
        Target::Records => "records",
        Target::Batch => "batch",
        Target::Record(_) | Target::Unknown => "",
    };
    Claim {
        entry: hash(&[pipeline.as_bytes(), principal.as_bytes(), key.as_bytes()]),
        fingerprint: hash(&[target.as_bytes(), &request.body]),
        owner: request.id.clone(),
        now,
        lease_until: now + i64::from(api.timeout_seconds) + LEASE_MARGIN_SECONDS,
        expires_at: now + KEPT_SECONDS,
    }
}

/// Claims the key; the answer where there was one before.
pub(crate) fn begin(ports: &dyn Idempotency, claim: &Claim) -> Result<Option<Answer>, Failure> {
    match ports.claim(claim)? {
        Claimed::Ours => Ok(None),
        Claimed::Answered(kept) => {
            let answer = kept.answer().map_err(Failure::broken)?;
            Ok(Some(answer.with(REPLAYED, "true")))
        }
        Claimed::OtherBody => Err(OTHER_BODY
            .because("a key stands for one request; take another one for another request")
            .into()),
        Claimed::UnderWay { until } => {
            let seconds = u32::try_from(until - claim.now).unwrap_or(1);
            Err(UNDER_WAY
                .because("the first request with this key is not answered yet")
                .retry_after(seconds.min(2))
                .into())
        }
    }
}

/// A hash of pieces, which tells where one ends.
fn hash(pieces: &[&[u8]]) -> String {
    let lengths: Vec<[u8; 8]> = pieces
        .iter()
        .map(|piece| (piece.len() as u64).to_be_bytes())
        .collect();
    let pieces = lengths.iter().zip(pieces);
    Sha256::of_pieces(pieces.flat_map(|(length, piece)| [&length[..], piece])).to_string()
}
