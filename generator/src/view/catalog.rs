//! The Glue database that the lake's tables are in, and how Glue calls things.

use serde::Serialize;
use sluice_contract::stack::Stack;

#[derive(Debug, Serialize)]
pub(super) struct CatalogView {
    database: String,
    description: String,
}

impl CatalogView {
    /// The database, if there is a lake.
    pub(super) fn new(stack: &Stack) -> Option<CatalogView> {
        stack
            .pipelines
            .iter()
            .any(|pipeline| pipeline.lake().is_some())
            .then(|| CatalogView {
                database: identifier(&format!("{}-{}", stack.project, stack.stage)),
                description: format!("The lake of {}, stage {}", stack.project, stack.stage),
            })
    }
}

/// A name that needs no quotes in SQL.
pub(super) fn identifier(name: &str) -> String {
    name.replace('-', "_")
}

/// The name of a column. Glue has lower case only, and engines that read Parquet by name do not tell the cases apart.
pub(super) fn column_name(field: &str) -> String {
    field.to_lowercase()
}
