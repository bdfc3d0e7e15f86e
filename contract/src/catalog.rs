//! A pipeline's lake as the Glue Data Catalog has it: the table, its columns and its partitions.
//!
//! The template makes the table, and the host its partitions, each of which repeats what the table says of its files. Every
//! partition column is text: Glue filters partitions of several types in one request unreliably, compares no booleans, and
//! cannot turn the folder of a null into a number or a date.
//! <https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html>

use crate::stack::{Field, Lake, Partition, PartitionTransform, Pipeline};

/// How files are read.
pub const INPUT_FORMAT: &str = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
/// How files are written.
pub const OUTPUT_FORMAT: &str = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";
/// What knows how rows are in them.
pub const SERDE: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
/// The Hive type of every partition column.
pub const PARTITION_TYPE: &str = "string";

/// How lines of rejects are read.
pub const REJECT_SERDE: &str = "org.openx.data.jsonserde.JsonSerDe";
/// What reads files of lines.
pub const LINES_INPUT_FORMAT: &str = "org.apache.hadoop.mapred.TextInputFormat";
/// What would write them.
pub const LINES_OUTPUT_FORMAT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";

/// The columns of rejects and their Hive types: the members of a line.
pub const REJECT_COLUMNS: &[(&str, &str)] = &[
    ("source", "string"),
    ("row", "bigint"),
    ("format", "string"),
    ("encoding", "string"),
    ("header", "string"),
    ("header_base64", "string"),
    ("raw", "string"),
    ("raw_base64", "string"),
    ("raw_bytes", "bigint"),
    (
        "findings",
        "array<struct<column:string,severity:string,code:string,message:string>>",
    ),
    ("plugin_sha256", "string"),
];

/// A name that needs no quotes in SQL.
pub fn identifier(name: &str) -> String {
    name.replace('-', "_")
}

/// The table of a pipeline.
pub fn table(pipeline: &Pipeline) -> String {
    identifier(&pipeline.name)
}

/// The name of a column. Glue has lower case only, and engines that read Parquet by name do not tell the cases apart.
pub fn column(field: &str) -> String {
    field.to_lowercase()
}

/// The fields that are columns of the files, in their order.
pub fn columns<'a>(pipeline: &'a Pipeline, lake: &'a Lake) -> impl Iterator<Item = &'a Field> {
    let is_folder = |field: &&Field| {
        let mut levels = lake.partition_by.iter();
        levels
            .any(|level| level.transform == PartitionTransform::Value && level.field == field.name)
    };
    pipeline
        .fields
        .iter()
        .filter(move |field| !is_folder(field))
}

/// The name of a partition column.
pub fn partition(partition: &Partition) -> String {
    column(&partition.column())
}
