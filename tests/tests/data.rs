//! Ranks of made-up data are those that a database gives: DuckDB's `dense_rank`, with nulls first as Spark has them.

use std::process::Command;

use anyhow::ensure;
use sluice_tests::{generate, run, tool};

/// Prints how many rows of a file have a rank, in the column `r`, that is not the one of its first argument.
const DIFFERING: &str = "
import duckdb, sys
ranked = f'select r, dense_rank() over (order by {sys.argv[2]} nulls first) as expected from read_parquet(?)'
print(*duckdb.execute(f'select count(*), count(*) filter (r <> expected), max(r) from ({ranked})', [sys.argv[1]]).fetchone())
";

#[test]
fn ranks_are_those_of_a_database() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("customers.parquet");
    let file = file.to_string_lossy();
    for field in [
        "country",
        "city",
        "birth_date",
        "updated_at",
        "newsletter",
        "postcode",
    ] {
        generate(&[
            "data",
            "examples/customers/manifest.toml",
            "--rows",
            "5000",
            "--format",
            "parquet",
            "--out",
            &file,
            "--dense-rank",
            &format!("{field}=r"),
        ])?;
        let mut python = Command::new(tool("python")?);
        let counted = run(python.args(["-c", DIFFERING, &file, field]))?;
        let numbers: Vec<u64> = counted
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        ensure!(numbers[..2] == [5000, 0], "{field}: {counted}");
        ensure!(numbers[2] > 1, "{field} has one value only");
    }
    Ok(())
}
