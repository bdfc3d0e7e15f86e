//! `[pipeline.NAME.table]` and `[pipeline.NAME.lake]` as they were written.

use crate::reader::{OneOrMany, Written};
use crate::table;

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
    }
}
