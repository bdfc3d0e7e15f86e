//! The lake bucket as its readers see it: Parquet through DuckDB, rejects as lines of JSON, and SQL through Athena.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{cloud::Cloud, eventually::eventually, programs};

/// Prints the rows of a query as a JSON array of arrays.
const QUERY: &str = "
import duckdb, json, sys
duckdb.sql(\"set timezone = 'UTC'\")
print(json.dumps(duckdb.sql(sys.argv[1]).fetchall(), default=str))
";

/// A copy of one pipeline's part of the lake bucket.
#[derive(Debug)]
pub struct Lake<'a> {
    cloud: &'a Cloud,
    bucket: String,
    pipeline: String,
    copy: PathBuf,
}

impl<'a> Lake<'a> {
    /// The part of `pipeline` in `bucket`.
    pub fn new(cloud: &'a Cloud, bucket: &str, pipeline: &str) -> Self {
        let copy = cloud.folder().join("lake").join(bucket);
        Self {
            cloud,
            bucket: bucket.to_owned(),
            pipeline: pipeline.to_owned(),
            copy,
        }
    }

    /// Rows of a query; `lake` in it stands for the pipeline's Parquet files, with their folders as columns.
    ///
    /// # Errors
    /// Where the bucket cannot be read or DuckDB refuses.
    pub fn query(&self, sql: &str) -> anyhow::Result<Vec<Value>> {
        self.copy_bucket()?;
        query(&self.copy, &self.pipeline, sql)
    }

    /// Rows of a query; `compacted` in it stands for the files that were made of those of whole folders.
    ///
    /// # Errors
    /// Where the bucket cannot be read or DuckDB refuses.
    pub fn query_compacted(&self, sql: &str) -> anyhow::Result<Vec<Value>> {
        self.copy_bucket()?;
        let folder = self.copy.join("compacted").join(&self.pipeline);
        ask("compacted", &folder, sql)
    }

    /// Every reject, of all objects.
    ///
    /// # Errors
    /// Where the bucket cannot be read, or a line is not JSON.
    pub fn rejects(&self) -> anyhow::Result<Vec<Value>> {
        self.copy_bucket()?;
        rejects(&self.copy, &self.pipeline)
    }

    /// Rows of a query through Athena, each a list of texts; `table` is `database.table`.
    ///
    /// # Errors
    /// Where Athena refuses the query, with its reason.
    pub fn athena(&self, sql: &str) -> anyhow::Result<Vec<Vec<String>>> {
        let aws = self.cloud.aws();
        let results = format!("OutputLocation=s3://{}/athena/", self.bucket);
        let start = [
            "athena",
            "start-query-execution",
            "--query-string",
            sql,
            "--result-configuration",
            &results,
        ];
        let started = aws.call(&start)?;
        let id = started["QueryExecutionId"]
            .as_str()
            .context("a query has an id")?;
        eventually("Athena has answered", || {
            let answer =
                aws.call(&["athena", "get-query-execution", "--query-execution-id", id])?;
            let status = &answer["QueryExecution"]["Status"];
            match status["State"].as_str() {
                Some("SUCCEEDED" | "FAILED" | "CANCELLED") => Ok(()),
                _ => bail!("the query is {status}"),
            }
        })?;
        let answer = aws.call(&["athena", "get-query-results", "--query-execution-id", id])?;
        let rows = answer["ResultSet"]["Rows"]
            .as_array()
            .with_context(|| format!("no rows: {answer}"))?;
        let cell = |cell: &Value| cell["VarCharValue"].as_str().unwrap_or_default().to_owned();
        let row = |row: &Value| {
            row["Data"]
                .as_array()
                .into_iter()
                .flatten()
                .map(cell)
                .collect()
        };
        // The first row holds the names of the columns.
        Ok(rows.iter().skip(1).map(row).collect())
    }

    fn copy_bucket(&self) -> anyhow::Result<()> {
        let copy = self.copy.to_str().context("paths of tests are UTF-8")?;
        let bucket = format!("s3://{}", self.bucket);
        self.cloud
            .aws()
            .call(&["s3", "sync", "--delete", "--no-progress", &bucket, copy])
            .map(drop)
    }
}

/// Rows of a query over the Parquet files of a pipeline in a folder that is laid out like the lake bucket.
pub(crate) fn query(folder: &Path, pipeline: &str, sql: &str) -> anyhow::Result<Vec<Value>> {
    ask("lake", &folder.join("lake").join(pipeline), sql)
}

/// Rows of a query in which a name stands for the Parquet files of a folder.
fn ask(name: &str, folder: &Path, sql: &str) -> anyhow::Result<Vec<Value>> {
    let files = folder.join("**/*.parquet");
    let files = files.display();
    let sql = format!(
        "with {name} as (select * from read_parquet('{files}', hive_partitioning = true)) {sql}"
    );
    let answer = programs::run(Command::new(programs::tool("python")?).args(["-c", QUERY, &sql]))?;
    Ok(serde_json::from_str(&answer)?)
}

/// The rejects of a pipeline in a folder that is laid out like the lake bucket.
pub(crate) fn rejects(folder: &Path, pipeline: &str) -> anyhow::Result<Vec<Value>> {
    let mut rejects = Vec::new();
    let mut folders = vec![folder.join("rejects").join(pipeline)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)
            .with_context(|| format!("no rejects under `{}`", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path)?;
            let parse =
                |line| serde_json::from_str(line).with_context(|| format!("`{line}` is not JSON"));
            rejects.extend(
                text.lines()
                    .map(parse)
                    .collect::<anyhow::Result<Vec<Value>>>()?,
            );
        }
    }
    Ok(rejects)
}
