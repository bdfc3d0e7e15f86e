//! What the event bus and people are told of objects: at least once, whatever dies or refuses in between.

use serde_json::json;
use sluice_contract::event::What;
use sluice_host::roles::{Handler as _, ingest::Ingest};

use super::{GOOD, Site, environment};
use crate::{
    aws::{
        faults::Fault,
        ministack::{Faults, REGION},
    },
    emulated::inbox::subscribed,
};

const NOTHING: [usize; 0] = [];

/// Gives a site a process whose events are refused.
fn deaf(site: &mut Site) -> Faults {
    let environment = environment(json!({}), &site.inbox, &site.queue, site.scratch.path());
    let (session, faults) = site.aws.session_faulty_at("PutEvents", Fault::Refuse);
    site.ingest = Ingest::new(environment, session);
    faults
}

fn untold(site: &Site) -> usize {
    let items = site.aws.items("control");
    items.iter().filter(|item| item.contains("untold=")).count()
}

#[test]
fn every_end_of_an_object_is_told() {
    let site = Site::new(json!({}));
    assert_eq!(
        site.handle(&[(site.upload("incoming/a.csv", GOOD), 1)]),
        NOTHING
    );
    let events = site.inbox.events(&site.aws);
    let What::ObjectDone(done) = &events[0].what else {
        panic!("told: {events:?}");
    };
    assert_eq!(events.len(), 1);
    assert_eq!(
        (done.object.bucket.as_str(), done.object.key.as_str()),
        ("raw", "incoming/a.csv")
    );
    assert_eq!(
        (done.counts.read, done.counts.stored, done.counts.duplicate),
        (3, 2, 1)
    );
    assert!(done.object.ledger_id.ends_with(&done.object.version));
    let head = &events[0].head;
    assert_eq!(
        (head.project.as_str(), head.pipeline.as_str()),
        ("shop", "orders")
    );

    let body = format!("{GOOD}c,yesterday,1\nd,2026-11-22T11:00:00Z,0\n");
    assert_eq!(
        site.handle(&[(site.upload("incoming/b.csv", &body), 1)]),
        NOTHING
    );
    assert_eq!(
        site.inbox.kinds(&site.aws),
        ["Object Done", "Records Rejected"]
    );

    assert_eq!(
        site.handle(&[(site.upload("incoming/c.csv", "x\n1\n"), 1)]),
        NOTHING
    );
    assert_eq!(site.inbox.kinds(&site.aws), ["Object Refused"]);
    assert_eq!(untold(&site), 0, "{:?}", site.aws.items("control"));
}

#[test]
fn a_failure_is_told_with_the_last_attempt() {
    let site = Site::new(json!({}));
    let event = site.upload("incoming/a.csv", GOOD);
    let delete = site
        .aws
        .clients()
        .dynamodb()
        .delete_table()
        .table_name("items");
    site.aws.run(delete.send()).unwrap();
    assert_eq!(site.handle(&[(event.clone(), 1)]), [0]);
    assert_eq!(site.inbox.events(&site.aws), []);
    assert_eq!(site.handle(&[(event, 3)]), [0]);
    let events = site.inbox.events(&site.aws);
    let What::ObjectFailed(failed) = &events[0].what else {
        panic!("told: {events:?}");
    };
    assert_eq!((events.len(), failed.attempts), (1, 3));
    assert!(
        failed.reason.message.contains("table `items`"),
        "{failed:?}"
    );
    assert_eq!(site.alerts().len(), 1);
    assert_eq!(untold(&site), 0);
}

/// Of an attempt that ends between the ledger and the bus, the next one tells, with the same id; and the object is not read
/// again.
#[test]
fn what_could_not_be_told_is_told_later() {
    let mut site = Site::new(json!({}));
    let faults = deaf(&mut site);
    let event = site.upload("incoming/a.csv", GOOD);
    assert_eq!(site.handle(&[(event.clone(), 1)]), [0]);
    assert_eq!(site.inbox.events(&site.aws), []);
    assert_eq!(untold(&site), 1);
    assert_eq!(site.aws.items("items").len(), 2, "it is stored");
    drop(faults);

    site.ingest = site.process_of(json!({}));
    let before = site.files("lake/");
    assert_eq!(site.handle(&[(event.clone(), 2)]), NOTHING);
    assert_eq!(site.inbox.kinds(&site.aws), ["Object Done"]);
    assert_eq!(site.files("lake/"), before);
    assert_eq!(untold(&site), 0);
    assert_eq!(site.handle(&[(event, 3)]), NOTHING);
    assert_eq!(site.inbox.events(&site.aws), [], "it is told once");
}

/// Nor is an event of a failure lost, though its message comes again only when somebody redrives it.
#[test]
fn a_failure_that_could_not_be_told_is_told_when_the_object_comes_again() {
    let mut site = Site::new(json!({}));
    let event = site.upload("incoming/a.csv", GOOD);
    let faults = deaf(&mut site);
    let delete = site
        .aws
        .clients()
        .dynamodb()
        .delete_table()
        .table_name("items");
    site.aws.run(delete.send()).unwrap();
    assert_eq!(site.handle(&[(event.clone(), 3)]), [0]);
    assert_eq!(site.inbox.events(&site.aws), []);
    drop(faults);
    site.aws.create_table("items", "id", None);
    site.ingest = site.process_of(json!({}));
    assert_eq!(site.handle(&[(event, 1)]), NOTHING);
    assert_eq!(
        site.inbox.kinds(&site.aws),
        ["Object Done", "Object Failed"]
    );
    assert_eq!(untold(&site), 0);
}

#[test]
fn alerts_that_nobody_hears_wait() {
    let site = Site::new(json!({}));
    let sns = site.aws.clients().sns();
    let delete = sns.delete_topic().topic_arn(&site.inbox.topic);
    site.aws.run(delete.send()).unwrap();
    let event = site.upload("incoming/a.xlsx", "x");
    assert_eq!(site.handle(&[(event.clone(), 1)]), [0]);
    assert_eq!(untold(&site), 1);
    subscribed(
        &site.aws,
        &format!("arn:aws:sqs:{REGION}:000000000000:alerts-inbox"),
    );
    assert_eq!(site.handle(&[(event, 2)]), NOTHING);
    assert_eq!(site.alerts().len(), 1);
    assert_eq!(untold(&site), 0);
}

/// An object in parts is told as one, by whoever does the last of them.
#[test]
fn an_object_in_parts_is_told_as_a_whole() {
    let source = json!({
        "prefix": "incoming/", "via": "s3", "batch_size": 1, "max_receive_count": 3, "delimiter": ",",
        "split_mb": 1,
    });
    // Without a key, so that nothing has to be stored a record at a time.
    let change = json!({ "source": source, "table": null, "key": [], "order_by": null });
    let site = Site::new(change);
    let row = |row: u32| format!("{row:060},2026-11-22T10:00:00Z,1\n");
    let body = "id,ordered_at,quantity\n".to_owned() + &(0..20_000).map(row).collect::<String>();
    let parts = site.to_the_end(site.upload("incoming/a.csv", &body));
    assert!(parts > 1, "{parts} parts");
    let events = site.inbox.events(&site.aws);
    let [event] = &events[..] else {
        panic!("told: {events:?}");
    };
    let What::ObjectDone(done) = &event.what else {
        panic!("told: {event:?}");
    };
    assert_eq!(done.counts.read, 20_000);
    assert_eq!(untold(&site), 0);
}
