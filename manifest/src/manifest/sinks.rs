//! `[pipeline.NAME.table]` and `[pipeline.NAME.lake]` as they were written.

use crate::reader::{DecodeTable, Given, OneOrMany, TableReader, Written};

/// `table = { … }`
pub(crate) struct Table {
    pub(crate) partition_key: Given<String>,
    pub(crate) sort_key: Given<OneOrMany<String>>,
    pub(crate) indexes: Given<Vec<Written<Index>>>,
    pub(crate) ttl: Given<Ttl>,
}

impl DecodeTable for Table {
    const KEYS: &'static [&'static str] = &["partition_key", "sort_key", "indexes", "ttl"];

    fn read(table: &mut TableReader) -> Self {
        Table {
            partition_key: table.get("partition_key"),
            sort_key: table.get("sort_key"),
            indexes: table.get("indexes"),
            ttl: table.get("ttl"),
        }
    }
}

/// An item of `indexes = [ … ]`
pub(crate) struct Index {
    pub(crate) name: Given<String>,
    pub(crate) partition_key: Given<String>,
    pub(crate) sort_key: Given<String>,
}

impl DecodeTable for Index {
    const KEYS: &'static [&'static str] = &["name", "partition_key", "sort_key"];

    fn read(table: &mut TableReader) -> Self {
        Index {
            name: table.get("name"),
            partition_key: table.get("partition_key"),
            sort_key: table.get("sort_key"),
        }
    }
}

/// `ttl = { … }`
pub(crate) struct Ttl {
    pub(crate) field: Given<String>,
    pub(crate) days: Given<i64>,
}

impl DecodeTable for Ttl {
    const KEYS: &'static [&'static str] = &["field", "days"];

    fn read(table: &mut TableReader) -> Self {
        Ttl {
            field: table.get("field"),
            days: table.get("days"),
        }
    }
}

/// `lake = { … }`
pub(crate) struct Lake {
    pub(crate) partition_by: Given<OneOrMany<String>>,
}

impl DecodeTable for Lake {
    const KEYS: &'static [&'static str] = &["partition_by"];

    fn read(table: &mut TableReader) -> Self {
        Lake {
            partition_by: table.get("partition_by"),
        }
    }
}
