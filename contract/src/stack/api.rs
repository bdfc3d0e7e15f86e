//! How records of a pipeline are taken by HTTP, one request at a time.
//!
//! This says what an API is to be; how a request is answered is the crate `sluice_api`'s affair, and what API Gateway needs
//! for it the generator's.

use serde::{Deserialize, Serialize};

/// The API of one pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Api {
    /// Where it is: `/feedback`. It starts with `/` and does not end with it, and no other pipeline's starts with it and
    /// `/`.
    pub path: String,
    /// Who may call it.
    pub auth: Auth,
    /// The most records of one request.
    pub max_records: u32,
    /// The longest body of a request, in KiB: at most [`Api::MOST_BODY_KB`].
    pub max_body_kb: u32,
    /// The origins whose pages may call it from a browser; `*` alone for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cors: Vec<String>,
    /// How many requests it takes.
    pub throttle: Throttle,
    /// How long one request may take, in seconds: at most [`Api::MOST_TIMEOUT_SECONDS`].
    pub timeout_seconds: u32,
}

impl Api {
    /// A body reaches a function as Base64, and with all else in a call of 6 MB
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
    pub const MOST_BODY_KB: u32 = 4400;

    /// API Gateway waits for 30 seconds, and then tells the caller of a failure while the function goes on
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>).
    pub const MOST_TIMEOUT_SECONDS: u32 = 28;

    /// The longest body, in bytes.
    pub fn max_body_bytes(&self) -> usize {
        self.max_body_kb as usize * 1024
    }
}

/// Who may call an API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// Whoever AWS lets: requests are signed.
    Iam,
    /// Whoever has a token of an issuer.
    Jwt(Jwt),
    /// Everybody.
    None,
}

impl Auth {
    /// Its name in a manifest.
    pub fn name(&self) -> &'static str {
        match self {
            Auth::Iam => "iam",
            Auth::Jwt(_) => "jwt",
            Auth::None => "none",
        }
    }
}

/// Which tokens are good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwt {
    /// Who issues them: an `https://` address, below which its keys are found.
    pub issuer: String,
    /// For whom they are, by any of these names. At least one.
    pub audience: Vec<String>,
    /// What they must allow: any of these. At least one, because a token that only says who somebody is has none.
    pub scopes: Vec<String>,
}

/// How many requests an API takes before it asks to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// Requests a second in the long run.
    pub rate: u32,
    /// Requests at once.
    pub burst: u32,
}
