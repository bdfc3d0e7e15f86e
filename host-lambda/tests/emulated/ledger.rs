//! Claims on objects.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_host::aws::ControlTable;
use sluice_pipeline::{
    ports::{Claim, Ledger, SourceObject},
    report::ObjectReport,
};

use super::ministack::Ministack;

fn object(version: &str) -> SourceObject {
    SourceObject {
        uri: "s3://raw/incoming/a.csv".to_owned(),
        size: Some(1),
        version: version.to_owned(),
        stem: "stem".to_owned(),
        sequencer: String::new(),
        received_at: 1_795_341_600_000_000,
    }
}

fn ledger(aws: &Ministack, owner: &str) -> ControlTable {
    ControlTable::new(
        aws.runtime(),
        aws.clients().dynamodb().clone(),
        "control".to_owned(),
        owner.to_owned(),
        60,
    )
}

fn granted(pinned: Option<&str>) -> Claim {
    Claim::Granted {
        pinned_plugin: pinned.map(str::to_owned),
    }
}

fn report() -> ObjectReport {
    let source = object("1").uri;
    ObjectReport {
        source,
        pipeline: "orders".to_owned(),
        read: 3,
        stored: 2,
        rejected: 1,
        ..ObjectReport::default()
    }
}

#[test]
fn one_of_two_attempts_gets_an_object() {
    let aws = Ministack::start();
    aws.create_table("control", "pk", Some("sk"));
    let (mut ours, mut theirs) = (ledger(&aws, "ours"), ledger(&aws, "theirs"));
    assert_eq!(
        ours.claim(&object("1"), "orders", Some("sha1")).unwrap(),
        granted(Some("sha1"))
    );
    assert_eq!(
        ours.claim(&object("1"), "orders", Some("sha1")).unwrap(),
        granted(Some("sha1")),
        "asked twice by the SDK"
    );
    assert_eq!(
        theirs.claim(&object("1"), "orders", Some("sha1")).unwrap(),
        Claim::Busy
    );
    assert_eq!(
        theirs.claim(&object("2"), "orders", None).unwrap(),
        granted(None),
        "another version"
    );
    assert_eq!(
        theirs.claim(&object("1"), "returns", None).unwrap(),
        granted(None),
        "another pipeline"
    );

    ours.close(&object("1"), &report()).unwrap();
    assert_eq!(
        theirs.claim(&object("1"), "orders", Some("sha1")).unwrap(),
        Claim::Done
    );
    assert_eq!(
        ours.claim(&object("1"), "orders", Some("sha1")).unwrap(),
        Claim::Done
    );
    ours.close(&object("1"), &report()).unwrap();
}

#[test]
fn a_failed_attempt_gives_way_to_the_next() {
    let aws = Ministack::start();
    aws.create_table("control", "pk", Some("sk"));
    let (mut ours, mut theirs) = (ledger(&aws, "ours"), ledger(&aws, "theirs"));
    ours.claim(&object("1"), "orders", Some("sha1")).unwrap();
    ours.fail(&object("1"), "orders", "the table is throttled")
        .unwrap();
    assert_eq!(
        theirs.claim(&object("1"), "orders", Some("sha2")).unwrap(),
        granted(Some("sha1")),
        "of the first attempt"
    );
    let error = ours.close(&object("1"), &report()).unwrap_err().to_string();
    assert_eq!(
        error,
        "control table `control` refused to close `s3://raw/incoming/a.csv`: another attempt has taken over"
    );
    theirs.close(&object("1"), &report()).unwrap();
    let entry = aws.items("control").join("\n");
    assert!(
        entry.contains("status=\"done\"")
            && entry.contains("attempts=2")
            && !entry.contains("throttled"),
        "{entry}"
    );
}

#[test]
fn a_dead_attempt_gives_way_when_its_lease_ends() {
    let aws = Ministack::start();
    aws.create_table("control", "pk", Some("sk"));
    let (mut ours, mut theirs) = (ledger(&aws, "ours"), ledger(&aws, "theirs"));
    ours.claim(&object("1"), "orders", None).unwrap();
    assert_eq!(
        theirs.claim(&object("1"), "orders", None).unwrap(),
        Claim::Busy
    );
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let request = aws
        .clients()
        .dynamodb()
        .update_item()
        .table_name("control")
        .key("pk", text("object#s3://raw/incoming/a.csv#1"))
        .key("sk", text("ledger#orders"))
        .update_expression("SET lease_until = :past")
        .expression_attribute_values(":past", AttributeValue::N("1000".to_owned()));
    aws.run(request.send()).unwrap();
    assert_eq!(
        theirs.claim(&object("1"), "orders", None).unwrap(),
        granted(None)
    );
    assert!(ours.fail(&object("1"), "orders", "late").is_err());
}

#[test]
fn a_control_table_that_is_not_there() {
    let aws = Ministack::start();
    let error = ledger(&aws, "ours")
        .claim(&object("1"), "orders", None)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(
            "control table `control` refused to claim `s3://raw/incoming/a.csv`: ResourceNotFound"
        ),
        "{error}"
    );
}
