//! The view of a lake with one row a key: the newest version of each.
//!
//! Athena keeps its views as tables of the Glue Data Catalog whose text is JSON in Base64. The shape is that of Presto's
//! Hive connector, and what `SHOW CREATE VIEW` and `aws glue get-table` print of a view that Athena made.

use serde::Serialize;
use serde_json::json;
use sluice_contract::catalog;
use sluice_contract::stack::{Lake, Pipeline};

use super::query::quoted;

/// What no field is called.
const PLACE: &str = "sluice#place";

#[derive(Debug, Serialize)]
pub(super) struct LatestView {
    name: String,
    /// The columns as the catalog calls their types.
    columns: Vec<ViewColumn>,
    /// The view's definition as JSON, in the notation of `Fn::Sub`.
    definition: String,
}

#[derive(Debug, Serialize)]
struct ViewColumn {
    name: String,
    kind: String,
    comment: Option<String>,
}

/// What the view is called.
pub(crate) fn name(pipeline: &Pipeline) -> String {
    format!("{}_latest", catalog::table(pipeline))
}

impl LatestView {
    /// The view, where records have a key.
    pub(super) fn new(pipeline: &Pipeline, lake: &Lake) -> Option<LatestView> {
        if pipeline.key.is_empty() {
            return None;
        }
        let columns: Vec<ViewColumn> = columns(pipeline, lake)
            .map(|(name, kind)| ViewColumn {
                name,
                kind,
                comment: None,
            })
            .collect();
        let presto: Vec<_> = columns
            .iter()
            .map(|column| json!({ "name": column.name, "type": presto(&column.kind) }))
            .collect();
        // What arrived last is newest; of equal times the name decides, so that the answer is always the same.
        let from = quoted(&catalog::table(pipeline));
        let ties = ["\"$file_modified_time\"", "\"$path\""];
        let sql = sql(pipeline, lake, &from, &ties);
        let definition = json!({
            "originalSql": sql,
            "catalog": "awsdatacatalog",
            "schema": "${CatalogDatabase}",
            "columns": presto,
        });
        Some(LatestView {
            name: name(pipeline),
            columns,
            // Field names and SQL have no `${`, so that nothing else is substituted.
            definition: definition.to_string(),
        })
    }
}

/// The query behind the view, of rows in `from`. Of versions that `order_by` does not tell apart, the one with the greatest
/// `ties` is newest.
pub(crate) fn sql(pipeline: &Pipeline, lake: &Lake, from: &str, ties: &[&str]) -> String {
    let list: Vec<String> = columns(pipeline, lake)
        .map(|(name, kind)| match presto(&kind) {
            // A view says how exact a time is, and a file may be more exact.
            exact if exact.starts_with("timestamp") => {
                format!("CAST({0} AS {exact}) AS {0}", quoted(&name))
            }
            _ => quoted(&name),
        })
        .collect();
    let key: Vec<String> = pipeline
        .key
        .iter()
        .map(|field| quoted(&catalog::column(field)))
        .collect();
    let order = pipeline.order_by.iter();
    let order: Vec<String> = order
        .map(|field| quoted(&catalog::column(field)))
        .chain(ties.iter().map(|tie| (*tie).to_owned()))
        .map(|column| format!("{column} DESC"))
        .collect();
    format!(
        "SELECT {} FROM (SELECT *, row_number() OVER (PARTITION BY {} ORDER BY {}) AS {place} FROM {}) WHERE {place} = 1",
        list.join(", "),
        key.join(", "),
        order.join(", "),
        from,
        place = quoted(PLACE),
    )
}

/// Names and Hive types of the table's columns, those of the folders last.
pub(crate) fn columns<'a>(
    pipeline: &'a Pipeline,
    lake: &'a Lake,
) -> impl Iterator<Item = (String, String)> + 'a {
    let files = catalog::columns(pipeline, lake)
        .map(|field| (catalog::column(&field.name), field.kind.hive()));
    let folders = lake.partition_by.iter().map(|level| {
        (
            catalog::partition(level),
            catalog::PARTITION_TYPE.to_owned(),
        )
    });
    files.chain(folders)
}

/// What Athena calls a Hive type.
/// <https://docs.aws.amazon.com/athena/latest/ug/data-types.html>
fn presto(hive: &str) -> &str {
    match hive {
        "string" => "varchar",
        "timestamp" => "timestamp(3)",
        same => same,
    }
}
