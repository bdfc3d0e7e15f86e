//! What the templates show of queries: who may read what, in which workgroup, and the queries that are ready to run.

use serde::Serialize;
use sluice_contract::catalog;
use sluice_contract::objects::{Prefix, QUERIES};
use sluice_contract::stack::{Lake, Pipeline, Stack};

use super::latest;

/// The bytes of a GB.
const GB: u64 = 1_000_000_000;

#[derive(Debug, Serialize)]
pub(super) struct QueryView {
    results_prefix: &'static str,
    results_days: u32,
    scan_limit_bytes: u64,
    /// One for the lake, and one for the rejects: who may see cleaned records may not see what was refused, raw, too.
    access: [AccessView; 2],
}

/// A role of readers and their workgroup.
#[derive(Debug, Serialize)]
struct AccessView {
    /// The start of its logical ids.
    id: &'static str,
    /// What it is called in names.
    name: &'static str,
    /// What it reads, for people.
    reads: &'static str,
    /// The logical id of the database.
    database: &'static str,
    /// Where results lie in the lake bucket.
    results: String,
    /// Names of its tables and views.
    tables: Vec<String>,
    /// Where its files are in the lake bucket, each with a `/` at the end.
    prefixes: Vec<String>,
}

/// A query that is ready to run.
#[derive(Debug, Serialize)]
pub(super) struct NamedQueryView {
    /// The end of its logical id.
    id: &'static str,
    title: String,
    description: &'static str,
    /// The start of the logical ids of who runs it.
    access: &'static str,
    database: &'static str,
    sql: String,
}

const LAKE: (&str, &str) = ("Lake", "CatalogDatabase");
const REJECTS: (&str, &str) = ("Rejects", "RejectsDatabase");

impl QueryView {
    /// What there is to query, if there is a lake.
    pub(super) fn new(stack: &Stack) -> Option<QueryView> {
        let lakes: Vec<&Pipeline> = stack
            .pipelines
            .iter()
            .filter(|pipeline| pipeline.lake().is_some())
            .collect();
        if lakes.is_empty() {
            return None;
        }
        let tables = lakes.iter().flat_map(|pipeline| {
            let view = (!pipeline.key.is_empty()).then(|| latest::name(pipeline));
            [Some(catalog::table(pipeline)), view].into_iter().flatten()
        });
        // Folders that are compacted, or were once.
        let registered = lakes
            .iter()
            .filter(|pipeline| pipeline.lake().is_some_and(Lake::is_registered));
        let compacted = registered.map(|pipeline| Prefix::Compacted.of(&pipeline.name));
        let under = |prefix: Prefix| lakes.iter().map(move |pipeline| prefix.of(&pipeline.name));
        Some(QueryView {
            results_prefix: QUERIES,
            results_days: stack.query.results_days,
            scan_limit_bytes: u64::from(stack.query.scan_limit_gb) * GB,
            access: [
                AccessView {
                    id: LAKE.0,
                    name: "lake",
                    reads: "cleaned records",
                    database: LAKE.1,
                    results: format!("{QUERIES}lake/"),
                    tables: tables.collect(),
                    prefixes: under(Prefix::Lake).chain(compacted).collect(),
                },
                AccessView {
                    id: REJECTS.0,
                    name: "rejects",
                    reads: "refused records as they came, with personal data",
                    database: REJECTS.1,
                    results: format!("{QUERIES}rejects/"),
                    tables: lakes
                        .iter()
                        .map(|pipeline| catalog::table(pipeline))
                        .collect(),
                    prefixes: under(Prefix::Rejects).collect(),
                },
            ],
        })
    }
}

/// The queries of a pipeline with a lake.
pub(super) fn named(pipeline: &Pipeline) -> Vec<NamedQueryView> {
    let Some(lake) = pipeline.lake() else {
        return Vec::new();
    };
    let table = catalog::table(pipeline);
    let mut queries = Vec::new();
    if let Some(first) = lake.partition_by.first() {
        let column = quoted(&catalog::partition(first));
        queries.push(NamedQueryView {
            id: "RowsQuery",
            title: format!("{}: rows by folder", pipeline.name),
            description: "How many rows there are in each folder of the first level",
            access: LAKE.0,
            database: LAKE.1,
            sql: format!(
                "SELECT {column}, count(*) AS rows\nFROM {table}\nGROUP BY {column}\nORDER BY {column}"
            ),
        });
    }
    if let Some(key) = pipeline.key.first() {
        let column = quoted(&catalog::column(key));
        queries.push(NamedQueryView {
            id: "FilesQuery",
            title: format!("{}: files of a record", pipeline.name),
            description: "Which files hold the versions of a record, to correct or to delete them",
            access: LAKE.0,
            database: LAKE.1,
            sql: format!(
                "-- Put the record's key between the quotes.\nSELECT \"$path\" AS file, *\nFROM {table}\nWHERE CAST({column} AS varchar) = ''"
            ),
        });
    }
    queries.push(NamedQueryView {
        id: "ReasonsQuery",
        title: format!("{}: why records were rejected", pipeline.name),
        description: "The reasons of rejects, the most frequent first, without record content",
        access: REJECTS.0,
        database: REJECTS.1,
        sql: format!(
            "SELECT finding.code, finding.\"column\", count(*) AS findings, min(source) AS example\nFROM {table}\n\
             CROSS JOIN UNNEST(findings) AS t (finding)\nGROUP BY 1, 2\nORDER BY 3 DESC\nLIMIT 100"
        ),
    });
    queries
}

/// A name in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
