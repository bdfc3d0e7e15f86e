//! Role `compact` beside `ingest`: what queries read that ask the catalog, whatever happens to folders at the same time.

use std::collections::BTreeMap;

use arrow_array::{Array as _, cast::AsArray as _};
use sluice_contract::stack::Pipeline;
use sluice_host::{
    aws::{CatalogTable, CompactedFolders},
    roles::compact::{Compact, CompactEnvironment},
};

use super::{
    lake::{partitions, version},
    *,
};

/// The role, and the queue that it sends messages to.
struct Compacting<'a> {
    site: &'a Site,
    role: Compact,
    queue: String,
}

fn compacted() -> Value {
    json!({ "lake": { "partition_by": [{ "field": "ordered_at", "transform": "day" }], "compact": "daily" } })
}

fn pipeline() -> Pipeline {
    let mut settings: Value =
        serde_json::from_str(include_str!("../../settings/lake.json")).unwrap();
    let pipeline = settings["pipeline"].as_object_mut().unwrap();
    pipeline.extend(compacted().as_object().unwrap().clone());
    serde_json::from_value(settings["pipeline"].take()).unwrap()
}

impl<'a> Compacting<'a> {
    fn of(site: &'a Site) -> Self {
        let queue = site
            .aws
            .sqs("CreateQueue", json!({ "QueueName": "compact" }))["QueueUrl"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut settings: Value =
            serde_json::from_str(include_str!("../../settings/lake.json")).unwrap();
        settings["pipeline"] = serde_json::to_value(pipeline()).unwrap();
        let environment = CompactEnvironment {
            settings: serde_json::from_value(settings).unwrap(),
            lake_bucket: "lake".to_owned(),
            catalog_database: "feedback".to_owned(),
            control_table: "control".to_owned(),
            queue: queue.clone(),
            scratch: site.scratch.path().join("compact"),
        };
        Self {
            site,
            role: Compact::new(environment, site.aws.session()),
            queue,
        }
    }

    /// Whether a message is done with.
    fn obey(&self, body: &str) -> bool {
        let batch = json!({ "Records": [
            { "messageId": "1", "body": body, "attributes": { "ApproximateReceiveCount": "1" } },
        ]});
        let Ok(answer) = self
            .role
            .handle(serde_json::from_value(batch).unwrap(), "request");
        answer.batch_item_failures.is_empty()
    }

    /// A day: a look at all folders, and what follows from it. Gives the folders that were dealt with.
    fn day(&self) -> Vec<String> {
        assert!(self.obey(r#"{"walk":{"quiet_minutes":0}}"#));
        let mut folders = Vec::new();
        loop {
            let request = json!({ "QueueUrl": self.queue, "MaxNumberOfMessages": 10 });
            let answer = self.site.aws.sqs("ReceiveMessage", request);
            let Some(messages) = answer["Messages"].as_array().filter(|all| !all.is_empty()) else {
                folders.sort();
                return folders;
            };
            for message in messages {
                let body = message["Body"].as_str().unwrap();
                // Queues bring messages twice.
                assert!(self.obey(body) && self.obey(body), "{body}");
                let order: Value = serde_json::from_str(body).unwrap();
                folders.push(order["folder"]["name"].as_str().unwrap().to_owned());
                let receipt = &message["ReceiptHandle"];
                let request = json!({ "QueueUrl": self.queue, "ReceiptHandle": receipt });
                self.site.aws.sqs("DeleteMessage", request);
            }
        }
    }
}

/// What queries read: files, and how often each id.
fn read(site: &Site) -> (Vec<String>, BTreeMap<String, usize>) {
    let all = site.aws.keys("lake");
    let (mut files, mut ids) = (Vec::new(), BTreeMap::new());
    for (_, location, _) in partitions(site) {
        let place = location.strip_prefix("s3://lake/").unwrap();
        for file in all.iter().filter(|key| key.starts_with(place)) {
            let bytes = bytes::Bytes::from(site.aws.get_object("lake", file));
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
            for batch in reader.build().unwrap() {
                let batch = batch.unwrap();
                let column = batch.column_by_name("id").unwrap().as_string::<i32>();
                for row in 0..column.len() {
                    *ids.entry(column.value(row).to_owned()).or_default() += 1;
                }
            }
            files.push(file.clone());
        }
    }
    (files, ids)
}

/// An object with these ids, each on both days.
fn bring(site: &Site, key: &str, ids: &[&str]) {
    let mut body = "id,ordered_at,quantity\n".to_owned();
    for id in ids {
        body += &format!("{id}-20,2026-11-20T10:00:00Z,1\n{id}-21,2026-11-21T10:00:00Z,1\n");
    }
    let event = site.upload(&format!("incoming/{key}.csv"), &body);
    assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
}

fn once<'i>(ids: impl IntoIterator<Item = &'i str>) -> BTreeMap<String, usize> {
    let days = ids
        .into_iter()
        .flat_map(|id| [format!("{id}-20"), format!("{id}-21")]);
    days.map(|id| (id, 1)).collect()
}

const LONG: std::time::Duration = std::time::Duration::from_secs(600);

const DAY_20: &str = "ordered_at_day=2026-11-20/";
const DAY_21: &str = "ordered_at_day=2026-11-21/";

#[test]
fn many_files_become_few_until_the_folder_changes() {
    let site = Site::new(compacted());
    let compacting = Compacting::of(&site);
    let names = ["a", "b", "c"];
    names.iter().for_each(|name| bring(&site, name, &[name]));
    assert_eq!(compacting.day(), [] as [&str; 0], "there are too few");
    bring(&site, "d", &["d"]);
    let own = site.files("lake/orders/");
    assert_eq!(compacting.day(), [DAY_20, DAY_21]);
    let (files, ids) = read(&site);
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(
        files
            .iter()
            .all(|file| file.starts_with("compacted/orders/"))
    );
    assert_eq!(ids, once(["a", "b", "c", "d"]));
    assert_eq!(site.files("lake/orders/"), own, "they stay");
    assert_eq!(compacting.day(), [] as [&str; 0], "nothing has changed");

    // One of the folders changes.
    let body = "id,ordered_at,quantity\ne-20,2026-11-20T10:00:00Z,1\na-20,2026-11-20T11:00:00Z,7\n";
    let event = site.upload("incoming/e.csv", body);
    assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
    let (files, ids) = read(&site);
    assert_eq!(files.len(), 5 + 1);
    assert_eq!((ids["e-20"], ids["a-20"], ids["a-21"]), (1, 2, 1));
    assert_eq!(compacting.day(), [DAY_20]);
    let (files, ids) = read(&site);
    assert_eq!(files.len(), 2);
    let [mut expected, of_e] = [once(["a", "b", "c", "d"]), once(["e"])];
    expected.extend(of_e.into_iter().filter(|(id, _)| id == "e-20"));
    assert_eq!(ids, expected, "of a key, the newest version");
}

#[test]
fn what_leaves_a_folder_leaves_its_few_files() {
    let site = Site::new(compacted());
    let compacting = Compacting::of(&site);
    ["b", "c", "d"]
        .iter()
        .for_each(|name| bring(&site, name, &[name]));
    let both = "id,ordered_at,quantity\na-20,2026-11-20T10:00:00Z,1\na-21,2026-11-21T10:00:00Z,1\n";
    let first = version(&site, both, 1);
    assert_eq!(site.handle(&[(first, 1)]), [] as [usize; 0]);
    assert_eq!(compacting.day(), [DAY_20, DAY_21]);
    assert_eq!(read(&site).1, once(["a", "b", "c", "d"]));
    let second = version(
        &site,
        "id,ordered_at,quantity\na-21,2026-11-21T10:00:00Z,2\n",
        2,
    );
    assert_eq!(site.handle(&[(second, 1)]), [] as [usize; 0]);
    let mut expected = once(["a", "b", "c", "d"]);
    expected.remove("a-20");
    assert_eq!(read(&site).1, expected);
    assert_eq!(
        compacting.day(),
        [DAY_21],
        "the other has too few files by now"
    );
    assert_eq!(read(&site).1, expected);
}

#[test]
fn who_changes_a_folder_meanwhile_is_heard() {
    let site = Site::new(compacted());
    let compacting = Compacting::of(&site);
    ["a", "b", "c", "d"]
        .iter()
        .for_each(|name| bring(&site, name, &[name]));
    let pipeline = pipeline();
    let session = site.aws.session();
    let folders = CompactedFolders::new(&session, "control".to_owned(), "orders".to_owned());
    let lake = pipeline.lake().unwrap();
    let catalog = CatalogTable::new(&session, "feedback".to_owned(), "lake", &pipeline, lake);
    // Somebody is at a folder, which changes before it is done.
    let begun = folders.begin(DAY_20).unwrap();
    bring(&site, "e", &["e"]);
    assert!(!folders.finish(&catalog, &begun, "what-was-made").unwrap());
    assert_eq!(read(&site).1, once(["a", "b", "c", "d", "e"]));
    // Two are at it, and only the second is done.
    let [first, second] = [(); 2].map(|()| folders.begin(DAY_20).unwrap());
    assert!(!folders.finish(&catalog, &first, "first").unwrap());
    assert!(folders.finish(&catalog, &second, "second").unwrap());
    let places = catalog.places().unwrap();
    let place = format!("compacted/orders/{DAY_20}second/");
    assert!(places.contains(&place), "{places:?}");
    // Nobody made anything, which the next look finds.
    assert_eq!(compacting.day(), [DAY_20, DAY_21]);
    assert_eq!(read(&site).1, once(["a", "b", "c", "d", "e"]));
    // What an attempt left behind that died is not among what the next one makes.
    let (files, _) = read(&site);
    let left = files[0].replace("/0.parquet", "/1.parquet");
    let content = site.aws.get_object("lake", &files[0]);
    site.aws.put_object("lake", &left, content);
    folders.open(&catalog, DAY_20).unwrap();
    assert_eq!(compacting.day(), [DAY_20]);
    assert_eq!(read(&site).1, once(["a", "b", "c", "d", "e"]));

    // A partition leads to what no item knows of.
    let nowhere = format!("compacted/orders/{DAY_21}nowhere/");
    assert!(catalog.point(DAY_21, &nowhere, LONG).unwrap());
    assert_eq!(compacting.day(), [DAY_21]);
    assert_eq!(read(&site).1, once(["a", "b", "c", "d", "e"]));
    assert!(
        !catalog
            .point("ordered_at_day=2026-01-01/", "x/", LONG)
            .unwrap(),
        "there is none"
    );
}

#[test]
fn what_cannot_be_compacted_stays_and_is_told() {
    let site = Site::new(compacted());
    let compacting = Compacting::of(&site);
    ["a", "b", "c", "d"]
        .iter()
        .for_each(|name| bring(&site, name, &[name]));
    let damaged = format!("lake/orders/{DAY_20}damaged.parquet");
    site.aws.put_object("lake", &damaged, b"PAR1".to_vec());
    let order = |name: &str| format!(r#"{{"folder":{{"name":"{name}","quiet_minutes":0}}}}"#);
    assert!(!compacting.obey(&order(DAY_20)));
    assert!(compacting.obey(&order(DAY_21)));
    let mut places: Vec<String> = partitions(&site).into_iter().map(|(_, at, _)| at).collect();
    places.sort();
    assert_eq!(places[1], format!("s3://lake/lake/orders/{DAY_20}"));
    assert!(places[0].starts_with("s3://lake/compacted/"), "{places:?}");
    // A folder to which something was written in the last hour is left alone.
    assert!(compacting.obey(&format!(r#"{{"folder":{{"name":"{DAY_20}"}}}}"#)));
    assert!(!compacting.obey("{}"));
    assert!(!compacting.obey(r#"{"folder":{}}"#));
    assert!(!compacting.obey(&order("")) && !compacting.obey(&order("ordered_at_day=2026-11-20")));
}
