//! What the templates show of a pipeline's lake: a Glue table over its Parquet files.

use std::collections::BTreeMap;

use serde::Serialize;
use sluice_contract::field_type::Stored;
use sluice_contract::objects::Prefix;
use sluice_contract::stack::{Field, Lake, Partition, PartitionTransform, Pipeline};

use super::catalog::{column_name, identifier};
use super::projection::projection;

#[derive(Debug, Serialize)]
pub(super) struct LakeView {
    /// The table's name.
    table: String,
    description: String,
    /// Where the files are in the lake bucket.
    prefix: String,
    parameters: BTreeMap<String, String>,
    partition_keys: Vec<Column>,
    columns: Vec<Column>,
}

#[derive(Debug, Serialize)]
struct Column {
    name: String,
    /// Its Hive type.
    kind: String,
    comment: Option<String>,
}

impl LakeView {
    pub(super) fn new(pipeline: &Pipeline, lake: &Lake) -> LakeView {
        let mut parameters = BTreeMap::from([("classification".to_owned(), "parquet".to_owned())]);
        let mut partition_keys = Vec::new();
        for partition in &lake.partition_by {
            let field = field_of(pipeline, partition);
            let projection = projection(field, partition);
            let name = column_name(&partition.column());
            for (key, value) in projection.parameters {
                parameters.insert(format!("projection.{name}.{key}"), value);
            }
            partition_keys.push(Column {
                name,
                kind: partition_type(field, partition),
                comment: Some(projection.comment),
            });
        }
        if !lake.partition_by.is_empty() {
            parameters.insert("projection.enabled".to_owned(), "true".to_owned());
        }
        let personal: Vec<String> = pipeline
            .fields
            .iter()
            .filter(|field| field.pii)
            .map(|field| column_name(&field.name))
            .collect();
        if !personal.is_empty() {
            parameters.insert("pii".to_owned(), personal.join(","));
        }
        let is_folder = |field: &&Field| {
            let value = PartitionTransform::Value;
            lake.partition_by
                .iter()
                .any(|folder| folder.transform == value && folder.field == field.name)
        };
        LakeView {
            table: identifier(&pipeline.name),
            description: format!("Records of pipeline {}", pipeline.name),
            prefix: Prefix::Lake.of(&pipeline.name),
            parameters,
            partition_keys,
            columns: pipeline
                .fields
                .iter()
                .filter(|field| !is_folder(field))
                .map(column)
                .collect(),
        }
    }
}

fn column(field: &Field) -> Column {
    let is_document = field.kind.stored() == Stored::Document;
    let comment = match (is_document, field.pii) {
        (true, true) => Some("JSON; personal data"),
        (true, false) => Some("JSON"),
        (false, true) => Some("personal data"),
        (false, false) => None,
    };
    Column {
        name: column_name(&field.name),
        kind: field.kind.hive(),
        comment: comment.map(str::to_owned),
    }
}

/// The field that a partition is computed from.
fn field_of<'a>(pipeline: &'a Pipeline, partition: &Partition) -> &'a Field {
    let found = pipeline
        .fields
        .iter()
        .find(|field| field.name == partition.field);
    found.expect("a stack's references are resolved")
}

/// The Hive type of a folder's value. Parts of a time are text that sorts like the times do, and a year is a number.
fn partition_type(field: &Field, partition: &Partition) -> String {
    match partition.transform {
        PartitionTransform::Value => field.kind.hive(),
        PartitionTransform::Year => "int".to_owned(),
        PartitionTransform::Month | PartitionTransform::Day | PartitionTransform::Hour => {
            "string".to_owned()
        }
    }
}
