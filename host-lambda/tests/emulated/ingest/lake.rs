//! The lake over several objects: its partitions in the catalog, and an object that is uploaded again.

use std::collections::{BTreeMap, BTreeSet};

use sluice_contract::folder;

use super::*;

/// Rows of the lake's files, by folder.
fn rows(site: &Site) -> BTreeMap<String, usize> {
    let mut rows = BTreeMap::new();
    for key in site.files("lake/orders/") {
        let (folder, _) = key.rsplit_once('/').unwrap();
        let bytes = bytes::Bytes::from(site.aws.get_object("lake", &key));
        let reader =
            parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        let count = usize::try_from(reader.metadata().file_metadata().num_rows()).unwrap();
        let folder = folder.trim_start_matches("lake/orders/");
        *rows.entry(folder.to_owned()).or_default() += count;
    }
    rows
}

/// The partitions of the catalog: their values, where they are, and the columns that they say their files have.
pub(super) fn partitions(site: &Site) -> Vec<(Vec<String>, String, Vec<String>)> {
    let answer = site.aws.glue(
        "GetPartitions",
        json!({ "DatabaseName": "feedback", "TableName": "orders" }),
    );
    let texts = |list: &Value, member: Option<&str>| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        let text = |one: &Value| {
            member
                .map_or(one, |member| &one[member])
                .as_str()
                .unwrap()
                .to_owned()
        };
        list.map(text).collect()
    };
    let partition = |one: &Value| {
        let descriptor = &one["StorageDescriptor"];
        (
            texts(&one["Values"], None),
            descriptor["Location"].as_str().unwrap().to_owned(),
            texts(&descriptor["Columns"], Some("Name")),
        )
    };
    let mut found: Vec<_> = answer["Partitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(partition)
        .collect();
    found.sort();
    found
}

/// The files that an engine reads which asks the catalog, and every file that there is.
fn listed(site: &Site) -> (BTreeSet<String>, BTreeSet<String>) {
    let all: BTreeSet<String> = site.files("lake/orders/").into_iter().collect();
    let mut listed = BTreeSet::new();
    for (values, location, _) in partitions(site) {
        let prefix = location.strip_prefix("s3://lake/").unwrap();
        let folders = prefix.strip_prefix("lake/orders/").unwrap();
        assert_eq!(folder::values(folders).as_ref(), Some(&values));
        let inside = all.iter().filter(|key| key.starts_with(prefix));
        listed.extend(inside.cloned());
    }
    (listed, all)
}

fn by_name() -> Value {
    json!({ "lake": { "partition_by": [{ "field": "id", "transform": "value" }] } })
}

#[test]
fn every_file_is_in_a_partition() {
    let site = Site::new(by_name());
    let names = ["a", "New York", "é", "50%", "a.b", "x=y", "q'[^]{", "\"\""];
    let mut body = "id,ordered_at,quantity\n".to_owned();
    for name in names {
        body += &format!("{name},2026-11-22T10:00:00Z,1\n");
    }
    let event = site.upload("incoming/a.csv", &body);
    assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
    let (read, all) = listed(&site);
    assert_eq!(read, all);
    let stored = names.len() - 1;
    assert_eq!(all.len(), stored, "the empty one is no key: {all:?}");
    let values: BTreeSet<String> = partitions(&site)
        .into_iter()
        .map(|(mut values, ..)| values.remove(0))
        .collect();
    let expected = names[..stored].iter().map(|name| (*name).to_owned());
    assert_eq!(values, expected.collect());

    // Another object brings more to the same folders and to others.
    let event = site.upload("incoming/b.csv", &body.replace("a.b", "more"));
    assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
    let (read, all) = listed(&site);
    assert_eq!(read, all);
    assert_eq!(partitions(&site).len(), stored + 1);
}

#[test]
fn hundreds_of_partitions_at_once() {
    let site = Site::new(by_name());
    let mut body = "id,ordered_at,quantity\n".to_owned();
    for number in 0..250 {
        body += &format!("{number},2026-11-22T10:00:00Z,1\n");
    }
    let event = site.upload("incoming/a.csv", &body);
    assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
    let (read, all) = listed(&site);
    assert_eq!((read.len(), read), (250, all));
}

#[test]
fn a_partition_gets_the_columns_that_the_manifest_has_now() {
    let site = Site::new(json!({}));
    let event = site.upload("incoming/a.csv", GOOD);
    assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
    let before = partitions(&site);
    assert_eq!(before[0].2, ["id", "ordered_at", "quantity"]);

    let mut settings: Value =
        serde_json::from_str(include_str!("../../settings/lake.json")).unwrap();
    let mut fields = settings["pipeline"]["fields"].take();
    fields
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "note", "type": "text", "required": false, "pii": false }));
    let next = Site {
        ingest: site.process_of(json!({ "fields": fields })),
        ..site
    };
    let more = GOOD
        .replace("quantity", "quantity,note")
        .replace(",1\n", ",1,x\n");
    let more = more.replace(",2\n", ",2,\n").replace(",3\n", ",3,y\n");
    let event = next.upload("incoming/b.csv", &more);
    assert_eq!(next.handle(&[(event, 1)]), [] as [usize; 0]);
    let after = partitions(&next);
    assert_eq!(after.len(), before.len());
    for (_, _, columns) in after {
        assert_eq!(columns, ["id", "ordered_at", "quantity", "note"]);
    }
}

/// The event of a version of an object that keeps its versions apart by name alone.
pub(super) fn version(site: &Site, body: &str, order: u32) -> String {
    let etag = site
        .aws
        .put_object("raw", "incoming/a.csv", body.as_bytes().to_vec());
    event(
        "incoming/a.csv",
        body.len(),
        &etag,
        &format!("{order:018X}"),
    )
}

fn tickets(days: &[u32]) -> String {
    let mut body = "id,ordered_at,quantity\n".to_owned();
    for (number, day) in days.iter().enumerate() {
        body += &format!("{number},2026-11-{day}T10:00:00Z,1\n");
    }
    body
}

#[test]
fn an_object_that_is_uploaded_again_replaces_its_rows() {
    let site = Site::new(json!({}));
    for (order, days) in [&[20, 20, 21, 22][..], &[20, 21, 21], &[21, 23]]
        .iter()
        .enumerate()
    {
        let event = version(&site, &tickets(days), u32::try_from(order).unwrap());
        assert_eq!(
            site.handle(&[(event.clone(), 1), (event, 1)]),
            [] as [usize; 0]
        );
        let stored: usize = rows(&site).values().sum();
        assert_eq!(stored, days.len());
    }
    let days = rows(&site).into_keys().collect::<Vec<_>>();
    assert_eq!(
        days,
        ["ordered_at_day=2026-11-21", "ordered_at_day=2026-11-23"]
    );
    let request = site.aws.clients().dynamodb().scan().table_name("control");
    let items = site.aws.run(request.send()).unwrap().items.unwrap();
    let replaced = items.iter().filter(|item| item.contains_key("replaced_by"));
    assert_eq!(
        replaced.count(),
        2,
        "the ledger says which versions are gone"
    );
    let noted = items.iter().filter(|item| item.contains_key("folders"));
    assert_eq!(noted.count(), 1);
}

#[test]
fn an_object_that_holds_nothing_usable_replaces_nothing() {
    let site = Site::new(json!({}));
    let first = version(&site, &tickets(&[20, 21]), 0);
    assert_eq!(site.handle(&[(first, 1)]), [] as [usize; 0]);
    let rejected = "id,ordered_at,quantity\n1,never,1\n";
    for (order, body) in [(1, "x,y\n1,2\n"), (2, ""), (3, rejected)] {
        let event = version(&site, body, order);
        assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
        assert_eq!(rows(&site).values().sum::<usize>(), 2);
    }
}

#[test]
fn versions_are_kept_where_the_manifest_says_so() {
    let lake = json!({ "partition_by": [{ "field": "ordered_at", "transform": "day" }], "reupload": "append" });
    let site = Site::new(json!({ "lake": lake }));
    for (order, days) in [&[20, 21][..], &[20, 22, 23]].iter().enumerate() {
        let event = version(&site, &tickets(days), u32::try_from(order).unwrap());
        assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
    }
    assert_eq!(rows(&site).values().sum::<usize>(), 5);
}
