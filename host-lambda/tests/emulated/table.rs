//! Rows that become items.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use serde_json::json;
use sluice_contract::stack::Pipeline;
use sluice_host::aws::{ItemShape, ItemTable};
use sluice_pipeline::{
    check::table_schema,
    part::Part,
    ports::SourceObject,
    sink::{Settled, Sink},
};

use super::{faults::Fault, ministack::Ministack};

/// A pipeline with these fields (name, type and what goes with it), keyed by `id`.
fn pipeline(fields: &[(&str, serde_json::Value)], change: serde_json::Value) -> Pipeline {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, kind)| {
            let mut field = json!({ "name": name, "required": false, "default": null, "pii": false, "one_of": [] });
            field.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
            field
        })
        .collect();
    let mut settings: serde_json::Value =
        serde_json::from_str(include_str!("../settings/lake.json")).unwrap();
    let pipeline = settings["pipeline"].as_object_mut().unwrap();
    pipeline.insert("fields".to_owned(), fields.into());
    pipeline.insert("lake".to_owned(), serde_json::Value::Null);
    pipeline.extend(change.as_object().unwrap().clone());
    serde_json::from_value(settings["pipeline"].clone()).unwrap()
}

fn object(name: &str, sequencer: &str) -> SourceObject {
    let uri = format!("s3://raw/{name}");
    SourceObject {
        stem: SourceObject::stem_of(&uri, "1"),
        uri,
        size: None,
        version: "1".to_owned(),
        sequencer: sequencer.to_owned(),
        received_at: 0,
    }
}

fn table(aws: &Ministack, pipeline: &Pipeline, object: &SourceObject) -> ItemTable {
    let shape = ItemShape::new(pipeline, pipeline.table().unwrap(), object, &Part::WHOLE);
    ItemTable::new(&aws.session(), "items".to_owned(), shape)
}

/// So many rows are stored.
fn all(rows: u64) -> Settled {
    Settled {
        taken: rows,
        ..Settled::default()
    }
}

/// Which of so many rows are left out; the others are stored.
fn stale_of(mut table: ItemTable, rows: usize) -> Vec<u64> {
    let mut settled = table.settle().unwrap();
    assert_eq!(settled.taken, rows as u64);
    let stored = Box::new(table).finish().unwrap().rows;
    assert_eq!(stored + settled.stale.len() as u64, settled.taken);
    settled.stale.sort_unstable();
    settled.stale
}

fn rows(pipeline: &Pipeline, columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(table_schema(pipeline), columns).unwrap()
}

#[test]
fn every_type() {
    let aws = Ministack::start();
    let pipeline = pipeline(
        &[
            ("id", json!({ "type": "text", "required": true })),
            ("line", json!({ "type": "integer", "required": true })),
            ("part", json!({ "type": "text", "required": true })),
            (
                "price",
                json!({ "type": "decimal", "precision": 10, "scale": 2 }),
            ),
            ("weight", json!({ "type": "float" })),
            ("paid", json!({ "type": "boolean" })),
            ("at", json!({ "type": "timestamp" })),
            ("due", json!({ "type": "date" })),
            ("extra", json!({ "type": "json" })),
        ],
        json!({
            "key": ["id", "line", "part"], "order_by": null,
            "table": {
                "partition_key": "id", "sort_key": ["line", "part"],
                "indexes": [{ "name": "by_part", "partition_key": "part", "sort_key": null }],
                "ttl": { "field": "due", "days": 2 },
            },
        }),
    );
    aws.create_table("items", "id", Some("line#part"));
    let batch = rows(
        &pipeline,
        vec![
            Arc::new(StringArray::from(vec!["a", "b"])) as ArrayRef,
            Arc::new(Int64Array::from(vec![1, -2])),
            Arc::new(StringArray::from(vec!["x#y\\z", ""])),
            Arc::new(
                Decimal128Array::from(vec![Some(-1205), None])
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
            Arc::new(Float64Array::from(vec![Some(1.5e-7), None])),
            Arc::new(BooleanArray::from(vec![Some(true), None])),
            Arc::new(
                TimestampMicrosecondArray::from(vec![Some(1_795_341_600_000_001), None])
                    .with_timezone("UTC"),
            ),
            Arc::new(Date32Array::from(vec![Some(1), None])),
            Arc::new(StringArray::from(vec![
                Some(r#"{"b": [1, null, "c"], "a": 1e400}"#),
                Some(r#"{"n": 12.50}"#),
            ])),
        ],
    );
    let mut table = table(&aws, &pipeline, &object("incoming/a.csv", "0055"));
    table.put(&batch, 0, &[]).unwrap();
    assert_eq!(table.settle().unwrap(), all(2));
    insta::assert_snapshot!("items-of-every-type", aws.items("items").join("\n"));
}

fn numbered(pipeline: &Pipeline, rows_: &[(&str, i64)]) -> RecordBatch {
    let ids: Vec<_> = rows_.iter().map(|(id, _)| *id).collect();
    let versions: Vec<_> = rows_.iter().map(|(_, version)| *version).collect();
    rows(
        pipeline,
        vec![
            Arc::new(StringArray::from(ids)),
            Arc::new(Int64Array::from(versions)),
        ],
    )
}

fn keyed_by_id(order_by: Option<&str>) -> Pipeline {
    pipeline(
        &[
            ("id", json!({ "type": "text", "required": true })),
            ("version", json!({ "type": "integer", "required": true })),
        ],
        json!({
            "key": ["id"], "order_by": order_by,
            "table": { "partition_key": "id", "sort_key": [], "indexes": [], "ttl": null },
        }),
    )
}

#[test]
fn many_rows() {
    let aws = Ministack::start();
    aws.create_table("items", "id", None);
    let names: Vec<String> = (0..2003).map(|id| format!("{id:05}")).collect();
    let named: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    for order_by in [None, Some("version")] {
        let pipeline = keyed_by_id(order_by);
        let mut table = table(&aws, &pipeline, &object("a.csv", "1"));
        let (first, second) = named.split_at(1001);
        table.put(&numbered(&pipeline, first), 0, &[]).unwrap();
        table.put(&numbered(&pipeline, second), 1001, &[]).unwrap();
        let settled = table.settle().unwrap();
        assert_eq!(settled, all(2003), "a second time nothing is newer");
        assert_eq!(Box::new(table).finish().unwrap().rows, 2003);
        assert_eq!(aws.items("items").len(), 2003);
    }
}

#[test]
fn a_busy_table_is_asked_again() {
    fn check(order_by: Option<&str>, fault: Fault) {
        let aws = Ministack::start();
        aws.create_table("items", "id", None);
        let pipeline = keyed_by_id(order_by);
        let (session, _faults) = aws.faulty_session(fault, 7);
        let shape = ItemShape::new(
            &pipeline,
            pipeline.table().unwrap(),
            &object("a.csv", "1"),
            &Part::WHOLE,
        );
        let mut table = ItemTable::new(&session, "items".to_owned(), shape);
        let names: Vec<String> = (0..60).map(|id| format!("{id:05}")).collect();
        let rows: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        table.put(&numbered(&pipeline, &rows), 0, &[]).unwrap();
        assert_eq!(table.settle().unwrap(), all(60));
        assert_eq!(aws.items("items").len(), 60, "{order_by:?} {fault:?}");
    }
    check(None, Fault::Throttle);
    check(Some("version"), Fault::Throttle);
}

#[test]
fn the_newest_version_stays() {
    let aws = Ministack::start();
    aws.create_table("items", "id", None);
    let pipeline = keyed_by_id(Some("version"));
    let store = |name: &str, sequencer: &str, rows: &[(&str, i64)]| {
        let mut table = table(&aws, &pipeline, &object(name, sequencer));
        table.put(&numbered(&pipeline, rows), 10, &[]).unwrap();
        stale_of(table, rows.len())
    };
    assert_eq!(
        store("1.csv", "B", &[("a", 5), ("b", 5), ("c", 5), ("d", 5)]),
        [] as [u64; 0]
    );
    assert_eq!(
        store("2.csv", "C", &[("a", 4), ("b", 6), ("c", 5), ("e", 1)]),
        [10],
        "a is older; c is as old, but later"
    );
    assert_eq!(
        store("3.csv", "A", &[("c", 5), ("d", 5), ("d", 6)]),
        [10, 11],
        "an earlier object does not win a tie"
    );
    assert_eq!(
        store("2.csv", "C", &[("b", 6), ("e", 1)]),
        [] as [u64; 0],
        "a retry changes nothing"
    );
    insta::assert_snapshot!("the-newest-version-stays", aws.items("items").join("\n"));
}

#[test]
fn without_an_order_the_object_that_arrived_last_stays() {
    let aws = Ministack::start();
    aws.create_table("items", "id", None);
    let pipeline = keyed_by_id(None);
    let store = |name: &str, received_at: i64, sequencer: &str, rows: &[(&str, i64)]| {
        let mut object = object(name, sequencer);
        object.received_at = received_at;
        let mut table = table(&aws, &pipeline, &object);
        table.put(&numbered(&pipeline, rows), 0, &[]).unwrap();
        stale_of(table, rows.len())
    };
    let none = [] as [u64; 0];
    let versions: Vec<(&str, i64)> = (0..20).map(|version| ("a", version)).collect();
    let all_but_the_first: Vec<u64> = (1..20).collect();
    assert_eq!(store("2.csv", 2, "B", &versions), all_but_the_first);
    assert_eq!(store("1.csv", 1, "C", &[("a", 100), ("b", 1)]), [0]);
    assert_eq!(
        store("2.csv", 2, "A", &[("a", 200)]),
        [0],
        "an earlier version of it"
    );
    assert_eq!(store("2.csv", 2, "C", &[("a", 300)]), none, "a later one");
    assert_eq!(store("3.csv", 3, "A", &[("b", 2), ("b", 3)]), [1]);
    assert_eq!(
        store("3.csv", 3, "A", &[("b", 2), ("b", 3)]),
        [1],
        "a retry"
    );
    insta::assert_snapshot!("the-last-version-stays", aws.items("items").join("\n"));
}

#[test]
fn what_the_table_refuses() {
    fn check(rows: &[(&str, i64)], expected: &str) {
        let aws = Ministack::start();
        let pipeline = keyed_by_id(None);
        let mut table = table(&aws, &pipeline, &object("1.csv", "A"));
        let put = table
            .put(&numbered(&pipeline, rows), 6, &[])
            .and_then(|()| table.settle());
        assert_eq!(put.unwrap_err().to_string(), expected);
    }
    check(
        &[("a", 1), ("", 1)],
        "table `items` refused to store 1 item: row 8 of the object: key attribute `id` has 0 bytes, allowed are 1 to 2048",
    );
    check(
        &[("a", 1)],
        "table `items` refused to store 1 item: ResourceNotFoundException: Requested resource not found",
    );
}
