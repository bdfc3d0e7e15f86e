//! `[pipeline.NAME.api]` as it was written.

use crate::reader::{Choice, OneOrMany, Word};
use crate::table;

table! {
    /// `api = { … }`
    pub(crate) struct Api {
        path: String,
        auth: Word<WrittenAuth>,
        public: bool,
        issuer: String,
        audience: OneOrMany<String>,
        scopes: OneOrMany<String>,
        max_records: i64,
        max_body_kb: i64,
        cors: OneOrMany<String>,
        throttle: Throttle,
        timeout_seconds: i64,
    }
}

table! {
    /// `throttle = { … }`
    pub(crate) struct Throttle {
        rate: i64,
        burst: i64,
    }
}

/// Who may call, without what tokens must be like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrittenAuth {
    /// Whoever AWS lets.
    Iam,
    /// Whoever has a token.
    Jwt,
    /// Everybody.
    None,
}

impl Choice for WrittenAuth {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("iam", WrittenAuth::Iam),
        ("jwt", WrittenAuth::Jwt),
        ("none", WrittenAuth::None),
    ];
    const FOREIGN: &'static [(&'static str, &'static str)] = &[
        ("aws_iam", "iam"),
        ("sigv4", "iam"),
        ("oauth", "jwt"),
        ("oauth2", "jwt"),
        ("oidc", "jwt"),
        ("cognito", "jwt"),
        ("token", "jwt"),
        ("public", "none"),
        ("open", "none"),
    ];
}
