//! Tables in files of their own, which a plugin gets as settings: `tables = { NAME = "FILE" }`.
//!
//! Where files are and how they are read is the caller's affair. Here a table becomes a setting, and is bounded: settings
//! go to a function through parameters of 4 KB, and a template has room for a few of them.

use std::collections::BTreeMap;

use serde_json::json;
use sluice_contract::stack::TABLE_SETTING;

use crate::problem::ProblemSink;
use crate::reader::{Entries, Given};

/// The tables of a plugin, as settings, at the most.
const MOST_BYTES: usize = 32 << 10;
/// The longest name of a table.
const MOST_NAME_BYTES: usize = 64;

/// A table that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of its columns.
    pub columns: Vec<String>,
    /// A value for each column, where there is one.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Reads the table in a file that a manifest names; the error says why it cannot be read.
pub type ReadTable<'r> = dyn Fn(&str) -> Result<Table, String> + 'r;

/// Adds the tables to the settings.
pub(super) fn add(
    given: &Given<Entries<String>>,
    config: &mut BTreeMap<String, String>,
    read: &ReadTable<'_>,
    sink: &mut ProblemSink,
) {
    let Some(Entries(tables)) = given.value() else {
        return;
    };
    let mut bytes = 0;
    for table in tables {
        let name = &table.name;
        if !is_name(&name.value) {
            sink.report(
                name.span,
                format!("`{}` cannot be the name of a table", name.value),
                format!("use 1 to {MOST_NAME_BYTES} letters, digits, hyphens and underscores"),
            );
        }
        let Some(file) = &table.value else {
            continue;
        };
        let table = match read(file) {
            Ok(table) => table,
            Err(reason) => {
                sink.report(
                    name.span,
                    format!("the table `{}` cannot be read: {reason}", name.value),
                    "give the path of a CSV, TSV, JSON or NDJSON file, seen from the manifest's folder",
                );
                continue;
            }
        };
        let setting = json!({ "columns": table.columns, "rows": table.rows }).to_string();
        bytes += setting.len();
        if bytes > MOST_BYTES {
            sink.report(
                name.span,
                format!("the plugin's tables are too large: they take {bytes} bytes as settings, limit {MOST_BYTES} bytes"),
                "leave out rows and columns that are not looked up, or write a plugin that has the table in it",
            );
            return;
        }
        config.insert(format!("{TABLE_SETTING}{}", name.value), setting);
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MOST_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_plain)
}
