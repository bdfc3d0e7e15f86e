//! Role `catalog`: new files of the lake, and a crawler that runs or does already.

use serde_json::{Value, json};
use sluice_host::{
    events::QueueBatch,
    roles::{
        Handler as _,
        catalog::{Catalog, CatalogEnvironment},
    },
};

use super::ministack::Ministack;

/// Handles messages with these ids; gives those that are to come again.
fn handle(catalog: &Catalog, ids: &[&str]) -> Vec<String> {
    let message = |id: &&str| {
        json!({
            "messageId": id, "body": "{}",
            "attributes": { "ApproximateReceiveCount": "1" },
        })
    };
    let records: Vec<Value> = ids.iter().map(message).collect();
    let batch: QueueBatch = serde_json::from_value(json!({ "Records": records })).unwrap();
    let Ok(answer) = catalog.handle(batch, "request");
    let failures = answer.batch_item_failures.into_iter();
    failures.map(|failure| failure.item_identifier).collect()
}

#[test]
fn however_many_files_there_are_the_crawler_is_started_once() {
    let aws = Ministack::start();
    aws.create_catalog_table("shop", "orders");
    let settings: Value = serde_json::from_str(include_str!("../settings/lake.json")).unwrap();
    let catalog = Catalog::new(
        CatalogEnvironment {
            settings: serde_json::from_value(settings).unwrap(),
            crawler: "orders".to_owned(),
        },
        aws.session(),
    );
    let none: [&str; 0] = [];
    assert_eq!(
        handle(&catalog, &["1", "2"]),
        ["1", "2"],
        "there is no crawler"
    );
    aws.glue(
        "CreateCrawler",
        json!({
            "Name": "orders", "Role": "crawler", "DatabaseName": "shop",
            "Targets": { "CatalogTargets": [{ "DatabaseName": "shop", "Tables": ["orders"] }] },
        }),
    );
    assert_eq!(handle(&catalog, &["1", "2", "3"]), none);
    // It runs, and may have passed the folders of what comes now.
    assert_eq!(handle(&catalog, &["4", "5"]), ["5"]);
}
