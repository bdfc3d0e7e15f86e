//! What the templates show of a DynamoDB table.

use std::collections::BTreeMap;

use serde::Serialize;
use sluice_contract::stack::{Pipeline, Table};

#[derive(Debug, Serialize)]
pub(super) struct TableView {
    /// The attributes of all keys, each once, by name.
    attributes: Vec<Attribute>,
    partition_key: String,
    sort_key: Option<String>,
    indexes: Vec<IndexView>,
    ttl: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Attribute {
    name: String,
    /// `S` or `N`.
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct IndexView {
    name: String,
    partition_key: String,
    sort_key: Option<String>,
}

impl TableView {
    pub(super) fn new(pipeline: &Pipeline, table: &Table) -> TableView {
        let mut kinds = BTreeMap::new();
        let mut note =
            |field: &str| kinds.insert(field.to_owned(), attribute_kind(pipeline, field));
        note(&table.partition_key);
        if let [only] = table.sort_key.as_slice() {
            note(only);
        }
        for index in &table.indexes {
            note(&index.partition_key);
            index.sort_key.as_deref().map(&mut note);
        }
        let sort_key = table.sort_attribute();
        if let Some(joined) = sort_key.as_ref().filter(|_| table.sort_key.len() > 1) {
            kinds.insert(joined.clone(), "S");
        }
        TableView {
            attributes: kinds
                .into_iter()
                .map(|(name, kind)| Attribute { name, kind })
                .collect(),
            partition_key: table.partition_key.clone(),
            sort_key,
            indexes: table
                .indexes
                .iter()
                .map(|index| IndexView {
                    name: index.name.clone(),
                    partition_key: index.partition_key.clone(),
                    sort_key: index.sort_key.clone(),
                })
                .collect(),
            ttl: table.ttl.as_ref().map(|_| Table::TTL_ATTRIBUTE),
        }
    }
}

/// How the values of a key field are stored.
fn attribute_kind(pipeline: &Pipeline, name: &str) -> &'static str {
    let field = pipeline
        .fields
        .iter()
        .find(|field| field.name == name)
        .expect("a stack's references are resolved");
    field.kind.stored().key_attribute()
}
