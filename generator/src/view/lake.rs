//! What the templates show of a pipeline's lake: a Glue table over its Parquet files.

use std::collections::BTreeMap;

use serde::Serialize;
use sluice_contract::catalog;
use sluice_contract::compaction::Order;
use sluice_contract::field_type::Stored;
use sluice_contract::objects::Prefix;
use sluice_contract::stack::{Field, Lake, Partition, PartitionTransform, Pipeline};

#[derive(Debug, Serialize)]
pub(super) struct LakeView {
    /// The table's name.
    table: String,
    description: String,
    /// Where the files are in the lake bucket.
    prefix: String,
    /// The message that has all of its folders compacted.
    compact_all: Option<String>,
    parameters: BTreeMap<String, String>,
    partition_keys: Vec<Column>,
    columns: Vec<Column>,
    formats: Formats,
    /// Of refused records.
    reject_columns: Vec<Column>,
    rejects: Formats,
}

/// How files are read and written.
#[derive(Debug, Serialize)]
struct Formats {
    input: &'static str,
    output: &'static str,
    serde: &'static str,
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
        let personal: Vec<String> = pipeline
            .fields
            .iter()
            .filter(|field| field.pii)
            .map(|field| catalog::column(&field.name))
            .collect();
        if !personal.is_empty() {
            parameters.insert("pii".to_owned(), personal.join(","));
        }
        let levels = lake.partition_by.iter();
        LakeView {
            table: catalog::table(pipeline),
            description: format!("Records of pipeline {}", pipeline.name),
            prefix: Prefix::Lake.of(&pipeline.name),
            compact_all: lake.is_compacted().then(|| Order::all().written()),
            parameters,
            partition_keys: levels.map(|level| partition_key(pipeline, level)).collect(),
            columns: catalog::columns(pipeline, lake).map(column).collect(),
            formats: Formats {
                input: catalog::INPUT_FORMAT,
                output: catalog::OUTPUT_FORMAT,
                serde: catalog::SERDE,
            },
            reject_columns: catalog::REJECT_COLUMNS
                .iter()
                .map(|(name, kind)| Column {
                    name: (*name).to_owned(),
                    kind: (*kind).to_owned(),
                    comment: None,
                })
                .collect(),
            rejects: Formats {
                input: catalog::LINES_INPUT_FORMAT,
                output: catalog::LINES_OUTPUT_FORMAT,
                serde: catalog::REJECT_SERDE,
            },
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
        name: catalog::column(&field.name),
        kind: field.kind.hive(),
        comment: comment.map(str::to_owned),
    }
}

fn partition_key(pipeline: &Pipeline, level: &Partition) -> Column {
    let example = match level.transform {
        PartitionTransform::Value => {
            let mut fields = pipeline.fields.iter();
            let field = fields.find(|field| field.name == level.field);
            match field.map(|field| field.kind.stored()) {
                Some(Stored::Integer) => "'7'",
                Some(Stored::Boolean) => "'true' or 'false'",
                Some(Stored::Date) => "'2026-11-22'",
                _ => "the value itself",
            }
        }
        PartitionTransform::Year => "'2026'",
        PartitionTransform::Month => "'2026-11'",
        PartitionTransform::Day => "'2026-11-22'",
        PartitionTransform::Hour => "'2026-11-22-17'",
    };
    Column {
        name: catalog::partition(level),
        kind: catalog::PARTITION_TYPE.to_owned(),
        comment: Some(format!("Text: {example}")),
    }
}
