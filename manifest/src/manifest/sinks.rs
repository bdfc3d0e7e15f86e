//! `[pipeline.NAME.table]`, `[pipeline.NAME.lake]` and `[pipeline.NAME.http]` as they were written.

use crate::reader::{Choice, OneOrMany, Short, Shorten, Word, Written};
use crate::table;
use sluice_contract::stack::{Catalog, Compact, Reupload};

table! {
    /// `table = { … }`
    pub(crate) struct Table {
        partition_key: String,
        sort_key: OneOrMany<String>,
        indexes: Vec<Written<Index>>,
        ttl: Ttl,
    }
}

table! {
    /// An item of `indexes = [ … ]`
    pub(crate) struct Index {
        name: String,
        partition_key: String,
        sort_key: String,
    }
}

table! {
    /// `ttl = { … }`
    pub(crate) struct Ttl {
        field: String,
        days: i64,
    }
}

table! {
    /// `lake = { … }`
    pub(crate) struct Lake {
        partition_by: OneOrMany<String>,
        reupload: Word<Reupload>,
        catalog: Word<Catalog>,
        compact: Word<Compact>,
    }
}

impl Choice for Catalog {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("partitions", Catalog::Partitions),
        ("crawler", Catalog::Crawler),
    ];
    const FOREIGN: &'static [(&'static str, &'static str)] =
        &[("glue", "partitions"), ("crawl", "crawler")];
}

impl Choice for Compact {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("never", Compact::Never), ("daily", Compact::Daily)];
    const FOREIGN: &'static [(&'static str, &'static str)] = &[
        ("day", "daily"),
        ("1d", "daily"),
        ("no", "never"),
        ("off", "never"),
    ];
}

impl Choice for Reupload {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("replace", Reupload::Replace), ("append", Reupload::Append)];
    const FOREIGN: &'static [(&'static str, &'static str)] = &[
        ("overwrite", "replace"),
        ("keep", "append"),
        ("add", "append"),
    ];
}

table! {
    /// `http = "https://…"` or `http = { … }`
    pub(crate) struct Http {
        url: String,
        batch: i64,
        in_flight: i64,
        rate: f64,
        connect_timeout_ms: i64,
        timeout_ms: i64,
        retry_seconds: i64,
        auth: Short<HttpAuth>,
    }
}

impl Shorten for Http {
    const KEY: &'static str = "url";
    const HELP: &'static str =
        "write where records are sent: `\"https://…\"`, or `{ url = \"https://…\", … }`";
}

table! {
    /// `auth = "sigv4"` or `auth = { header = "…", secret = "…" }`
    pub(crate) struct HttpAuth {
        scheme: Word<AuthScheme>,
        header: String,
        secret: String,
    }
}

impl Shorten for HttpAuth {
    const KEY: &'static str = "scheme";
    const HELP: &'static str =
        "write `\"sigv4\"`, or `{ header = \"x-api-key\", secret = \"NAME\" }`";
}

/// A way to authorise requests that needs no more than its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthScheme {
    /// AWS Signature Version 4.
    SigV4,
}

impl Choice for AuthScheme {
    const CHOICES: &'static [(&'static str, Self)] = &[("sigv4", AuthScheme::SigV4)];
    const FOREIGN: &'static [(&'static str, &'static str)] = &[
        ("iam", "sigv4"),
        ("aws", "sigv4"),
        ("v4", "sigv4"),
        ("SigV4", "sigv4"),
    ];
}
