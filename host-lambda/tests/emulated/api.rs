//! What the API of a pipeline keeps: records, answers, and lines on their way into the lake.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use serde_json::{Value, json};
use sluice_api::{
    KeptAnswer, Key, Record,
    ports::{Claim, Claimed, Forward, Idempotency, Origin, Put, Store},
};
use sluice_contract::stack::Pipeline;
use sluice_host::aws::{AnswersTable, DeliveryStream, RecordTable};
use sluice_pipeline::check::table_schema;

use super::ministack::Ministack;

const MANIFEST: &str = r#"
[project]
name = "shop"
[pipeline.orders]
source = { prefix = "in/" }
key = ["id", "line", "part"]
ORDER
[pipeline.orders.fields]
id = "text"
line = "integer"
part = "text"
version = "integer"
price = { type = "decimal(10,2)", required = false }
weight = { type = "float", required = false }
paid = { type = "boolean", required = false }
at = { type = "timestamp", required = false }
due = { type = "date", required = false }
extra = { type = "json", required = false }
[pipeline.orders.table]
partition_key = "id"
sort_key = ["line", "part"]
[pipeline.orders.api]
"#;

fn pipeline(order: &str) -> Pipeline {
    let manifest = MANIFEST.replace("ORDER", order);
    let mut stack = sluice_manifest::load(&manifest, "manifest.toml", None).unwrap();
    stack.pipelines.remove(0)
}

/// Rows with these ids and versions; the first has a value in every field.
fn rows(pipeline: &Pipeline, named: &[(&str, i64)]) -> RecordBatch {
    let count = named.len();
    let first = |row: usize| row == 0;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(
            named.iter().map(|(id, _)| id),
        )),
        Arc::new(Int64Array::from_iter_values((0..count).map(|_| -7))),
        Arc::new(StringArray::from_iter_values((0..count).map(|_| "x#y\\z"))),
        Arc::new(Int64Array::from_iter_values(
            named.iter().map(|(_, version)| *version),
        )),
        Arc::new(
            Decimal128Array::from_iter((0..count).map(|row| first(row).then_some(1250)))
                .with_precision_and_scale(10, 2)
                .unwrap(),
        ),
        Arc::new(Float64Array::from_iter(
            (0..count).map(|row| first(row).then_some(2.0)),
        )),
        Arc::new(BooleanArray::from_iter(
            (0..count).map(|row| first(row).then_some(false)),
        )),
        Arc::new(
            TimestampMicrosecondArray::from_iter((0..count).map(|row| first(row).then_some(1)))
                .with_timezone("UTC"),
        ),
        Arc::new(Date32Array::from_iter(
            (0..count).map(|row| first(row).then_some(1)),
        )),
        Arc::new(StringArray::from_iter(
            (0..count).map(|row| first(row).then_some(r#"{"a":[1,null,"b"]}"#)),
        )),
    ];
    RecordBatch::try_new(table_schema(pipeline), columns).unwrap()
}

fn origin(received_at: i64) -> Origin {
    Origin {
        source: format!("api:/orders#{received_at}"),
        received_at,
    }
}

fn table(aws: &Ministack, pipeline: &Pipeline) -> RecordTable {
    RecordTable::new(&aws.session(), "items".to_owned(), pipeline).unwrap()
}

fn names(puts: &[Put]) -> Vec<&'static str> {
    let name = |put: &Put| match put {
        Put::Stored => "stored",
        Put::Same(_) => "same",
        Put::Newer => "newer",
        Put::Refused { .. } => "refused",
    };
    puts.iter().map(name).collect()
}

#[test]
fn a_record_comes_back_as_it_was_stored() {
    let aws = Ministack::start();
    aws.create_table("items", "id", Some("line#part"));
    let pipeline = pipeline("");
    let table = table(&aws, &pipeline);
    let puts = table
        .put(&rows(&pipeline, &[("a", 1), ("b", 1)]), &origin(1))
        .unwrap();
    assert_eq!(names(&puts), ["stored", "stored"]);
    let get = |path: &str| table.get(&Key::parse(&pipeline, path).unwrap()).unwrap();
    let Some(Record(text)) = get("a,-7,x#y\\\\z") else {
        panic!("it is stored")
    };
    insta::assert_snapshot!(text, @r#"{"id":"a","line":-7,"part":"x#y\\z","version":1,"price":12.50,"weight":2.0,"paid":false,"at":"1970-01-01T00:00:00.000001Z","due":"1970-01-02","extra":{"a":[1,null,"b"]}}"#);
    assert!(get("b,-7,x#y\\\\z").is_some());
    assert_eq!(get("c,-7,x#y\\\\z"), None);
}

#[test]
fn the_newest_version_stays() {
    let aws = Ministack::start();
    aws.create_table("items", "id", Some("line#part"));
    let by_order = pipeline("order_by = \"version\"");
    let orders = table(&aws, &by_order);
    let put = |named: &[(&str, i64)], at| {
        names(&orders.put(&rows(&by_order, named), &origin(at)).unwrap())
    };
    assert_eq!(put(&[("a", 5)], 1), ["stored"]);
    assert_eq!(put(&[("a", 5)], 2), ["same"], "the same version is there");
    assert_eq!(put(&[("a", 4)], 3), ["newer"]);
    assert_eq!(put(&[("a", 6), ("b", 1)], 4), ["stored", "stored"]);
    assert_eq!(
        put(&[("c", 1), ("c", 3), ("c", 2)], 5),
        ["stored", "stored", "newer"],
        "of rows with the same key, the first comes first"
    );

    aws.create_table("arrivals", "id", Some("line#part"));
    let by_arrival = pipeline("");
    let arrivals = RecordTable::new(&aws.session(), "arrivals".to_owned(), &by_arrival).unwrap();
    let put = |at| {
        let rows = rows(&by_arrival, &[("a", 5)]);
        names(&arrivals.put(&rows, &origin(at)).unwrap())
    };
    assert_eq!(put(2), ["stored"]);
    assert_eq!(put(1), ["newer"], "what arrived later is there");
    assert_eq!(put(3), ["stored"]);
}

#[test]
fn many_records_at_once() {
    let aws = Ministack::start();
    aws.create_table("items", "id", Some("line#part"));
    let pipeline = pipeline("order_by = \"version\"");
    let ids: Vec<String> = (0..300).map(|id| format!("{id:04}")).collect();
    let named: Vec<(&str, i64)> = ids.iter().map(|id| (id.as_str(), 1)).collect();
    let batch = rows(&pipeline, &named);
    let table = table(&aws, &pipeline);
    let stored = table.put(&batch, &origin(1)).unwrap();
    assert!(stored.iter().all(|put| *put == Put::Stored));
    let again = table.put(&batch, &origin(1)).unwrap();
    assert_eq!(names(&again), vec!["same"; 300]);
    assert_eq!(aws.items("items").len(), 300);
}

#[test]
fn a_table_that_is_not_there_is_named() {
    let aws = Ministack::start();
    let pipeline = pipeline("");
    let table = table(&aws, &pipeline);
    let error = table
        .put(&rows(&pipeline, &[("a", 1)]), &origin(1))
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("table `items` refused to store 1 records: "),
        "{text}"
    );
    let key = Key::parse(&pipeline, "a,1,b").unwrap();
    assert!(table.get(&key).is_err());
}

fn claim(fingerprint: &str, owner: &str, now: i64) -> Claim {
    Claim {
        entry: "5c1a".to_owned(),
        fingerprint: fingerprint.to_owned(),
        owner: owner.to_owned(),
        now,
        lease_until: now + 10,
        expires_at: now + 1000,
    }
}

#[test]
fn an_answer_is_kept() {
    let aws = Ministack::start();
    aws.create_table("control", "pk", Some("sk"));
    let answers = AnswersTable::new(&aws.session(), "control".to_owned());
    let first = claim("body", "one", 100);
    assert_eq!(answers.claim(&first).unwrap(), Claimed::Ours);
    let meets = |fingerprint, now| answers.claim(&claim(fingerprint, "two", now)).unwrap();
    assert_eq!(meets("body", 101), Claimed::UnderWay { until: 110 });
    assert_eq!(meets("other", 101), Claimed::OtherBody);
    let kept = KeptAnswer(vec![0, 1, 255]);
    answers.complete(&first, &kept).unwrap();
    assert_eq!(meets("body", 105), Claimed::Answered(kept.clone()));
    assert_eq!(meets("body", 500), Claimed::Answered(kept));
    assert_eq!(meets("other", 500), Claimed::OtherBody);
    // TTL deletes within days; what is over counts for nothing.
    assert_eq!(meets("other", 1100), Claimed::Ours);
}

#[test]
fn a_claim_whose_owner_died_is_taken_over() {
    let aws = Ministack::start();
    aws.create_table("control", "pk", Some("sk"));
    let answers = AnswersTable::new(&aws.session(), "control".to_owned());
    let dead = claim("body", "dead", 100);
    assert_eq!(answers.claim(&dead).unwrap(), Claimed::Ours);
    let heir = claim("body", "heir", 110);
    assert_eq!(answers.claim(&heir).unwrap(), Claimed::Ours);
    // Who was thought dead changes nothing any more.
    answers.complete(&dead, &KeptAnswer(vec![1])).unwrap();
    answers.release(&dead).unwrap();
    let third = claim("body", "third", 111);
    assert_eq!(
        answers.claim(&third).unwrap(),
        Claimed::UnderWay { until: 120 }
    );
    answers.release(&heir).unwrap();
    assert_eq!(answers.claim(&third).unwrap(), Claimed::Ours);
}

#[test]
fn lines_reach_the_bucket() {
    let aws = Ministack::start();
    aws.create_bucket("raw");
    let destination = json!({
        "BucketARN": "arn:aws:s3:::raw",
        "RoleARN": "arn:aws:iam::000000000000:role/delivery",
        "Prefix": "in/api/",
    });
    aws.firehose(
        "CreateDeliveryStream",
        json!({
            "DeliveryStreamName": "orders",
            "DeliveryStreamType": "DirectPut",
            "ExtendedS3DestinationConfiguration": destination,
        }),
    );
    let stream = DeliveryStream::new(&aws.session(), "orders".to_owned());
    let lines: Vec<Vec<u8>> = (0..501)
        .map(|id| format!("{{\"id\":{id}}}").into_bytes())
        .collect();
    stream.forward(&lines, &origin(1)).unwrap();
    let mut ids: Vec<i64> = aws
        .keys("raw")
        .iter()
        .flat_map(|key| {
            let text = String::from_utf8(aws.get_object("raw", key)).unwrap();
            assert!(text.ends_with('\n'), "records are lines");
            let ids: Vec<i64> = text
                .lines()
                .map(|line| {
                    serde_json::from_str::<Value>(line).unwrap()["id"]
                        .as_i64()
                        .unwrap()
                })
                .collect();
            ids
        })
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..501).collect::<Vec<_>>());

    let nowhere = DeliveryStream::new(&aws.session(), "nowhere".to_owned());
    let error = nowhere
        .forward(&lines[..1], &origin(1))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("delivery stream `nowhere` refused to take 1 records: "),
        "{error}"
    );
}
