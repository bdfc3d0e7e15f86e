//! The Glue database that the lake's tables are in.

use serde::Serialize;
use sluice_contract::catalog::identifier;
use sluice_contract::stack::Stack;

#[derive(Debug, Serialize)]
pub(super) struct CatalogView {
    /// The start of its name. What follows it in the template tells it from that of another stack of the same project.
    database: String,
    description: String,
    rejects_description: String,
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
                rejects_description: format!(
                    "Refused records of {}, stage {}, as they came",
                    stack.project, stack.stage
                ),
            })
    }
}
