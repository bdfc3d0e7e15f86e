//! What a query sees: views over the files of a folder that is laid out like the lake bucket.
//!
//! They have every column that the manifest has, of the type that Athena gives it, whatever is in the files: one that was
//! added later is null in older ones, and a lake without a file has no rows.

use std::path::{Path, PathBuf};

use sluice_contract::Stack;
use sluice_contract::catalog::{self, REJECT_COLUMNS};
use sluice_contract::objects::Prefix;
use sluice_contract::stack::{Lake, Pipeline};

use crate::failure::Failure;
use crate::view::latest;
use crate::view::query::quoted;

/// The column of a file's name, which no field is called.
const FILE: &str = "sluice#file";

/// The statements that make the views.
pub(super) fn of(stack: &Stack, folder: &Path) -> Result<Vec<String>, Failure> {
    let mut statements = vec![
        "SET timezone = 'UTC'".to_owned(),
        "CREATE SCHEMA rejects".to_owned(),
    ];
    let mut any = false;
    for pipeline in &stack.pipelines {
        let table = quoted(&catalog::table(pipeline));
        let rejects = rejects(folder, pipeline)?;
        statements.push(format!("CREATE VIEW rejects.{table} AS {rejects}"));
        let Some(lake) = pipeline.lake() else {
            continue;
        };
        any = true;
        let rows = rows(folder, pipeline, lake)?;
        let list: Vec<String> = latest::columns(pipeline, lake)
            .map(|(name, _)| quoted(&name))
            .collect();
        statements.push(format!(
            "CREATE VIEW {table} AS SELECT {} FROM ({rows})",
            list.join(", ")
        ));
        if !pipeline.key.is_empty() {
            statements.push(format!(
                "CREATE VIEW {} AS {}",
                quoted(&latest::name(pipeline)),
                latest::sql(pipeline, lake, &format!("({rows})"), &[&quoted(FILE)])
            ));
        }
    }
    if !any {
        return Err(Failure::Input(
            "no pipeline of the manifest has a lake, and there is nothing to query\nhelp: add `lake = true` to one"
                .to_owned(),
        ));
    }
    Ok(statements)
}

/// All rows of a pipeline's lake, and the file of each.
fn rows(folder: &Path, pipeline: &Pipeline, lake: &Lake) -> Result<String, Failure> {
    let file = (FILE.to_owned(), "string".to_owned());
    let columns: Vec<(String, String)> = latest::columns(pipeline, lake).chain([file]).collect();
    let typed = |value: &dyn Fn(&str) -> String| {
        let typed = columns.iter().map(|(name, kind)| {
            format!(
                "CAST({} AS {}) AS {}",
                value(name),
                duckdb(kind),
                quoted(name)
            )
        });
        typed.collect::<Vec<_>>().join(", ")
    };
    let none = typed(&|_| "NULL".to_owned());
    let Some(files) = files(folder, Prefix::Lake, pipeline, "parquet")? else {
        return Ok(format!("SELECT {none} WHERE false"));
    };
    let file = quoted(FILE);
    Ok(format!(
        "SELECT {} FROM (SELECT {none} WHERE false UNION ALL BY NAME SELECT *, filename AS {file} FROM read_parquet({files}, \
         hive_partitioning = {}, hive_types_autocast = false, union_by_name = true, filename = true))",
        typed(&quoted),
        !lake.partition_by.is_empty(),
    ))
}

/// All refused records of a pipeline.
fn rejects(folder: &Path, pipeline: &Pipeline) -> Result<String, Failure> {
    let typed = REJECT_COLUMNS
        .iter()
        .map(|(name, kind)| (*name, duckdb(kind)));
    let Some(files) = files(folder, Prefix::Rejects, pipeline, "ndjson")? else {
        let none = typed.map(|(name, kind)| format!("CAST(NULL AS {kind}) AS {}", quoted(name)));
        let none: Vec<String> = none.collect();
        return Ok(format!("SELECT {} WHERE false", none.join(", ")));
    };
    let columns: Vec<String> = typed
        .map(|(name, kind)| format!("{}: '{kind}'", quoted(name)))
        .collect();
    Ok(format!(
        "SELECT * FROM read_json({files}, format = 'newline_delimited', maximum_object_size = 268435456, columns = {{{}}})",
        columns.join(", ")
    ))
}

/// A pattern of the files of a pipeline, as text in SQL, if there are any.
fn files(
    folder: &Path,
    prefix: Prefix,
    pipeline: &Pipeline,
    ending: &str,
) -> Result<Option<String>, Failure> {
    let root = folder.join(prefix.folder()).join(&pipeline.name);
    let found = has_file(&root, ending)
        .map_err(|error| Failure::Input(format!("`{}` cannot be read: {error}", root.display())))?;
    let pattern = format!("{}/**/*.{ending}", literally(&root.display().to_string()));
    let pattern = pattern.replace('\'', "''");
    Ok(found.then(|| format!("'{pattern}'")))
}

/// A path in a pattern: what would stand for other names stands for itself.
fn literally(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    for letter in path.chars() {
        match letter {
            '*' | '?' | '[' => pattern.extend(['[', letter, ']']),
            letter => pattern.push(letter),
        }
    }
    pattern
}

/// Whether there is a file with this ending, at any depth.
fn has_file(root: &Path, ending: &str) -> std::io::Result<bool> {
    let mut folders: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// What DuckDB calls a Hive type.
fn duckdb(hive: &str) -> String {
    match hive {
        "string" => "VARCHAR".to_owned(),
        "array<struct<column:string,severity:string,code:string,message:string>>" => {
            "STRUCT(\"column\" VARCHAR, severity VARCHAR, code VARCHAR, message VARCHAR)[]"
                .to_owned()
        }
        same => same.to_uppercase(),
    }
}
