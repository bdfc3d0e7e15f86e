//! Claims on objects and on parts of them.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_contract::{
    Sha256,
    control::{lake, ledger},
};
use sluice_host::aws::{Claim, LakeBucket, LakeVersions, LedgerEntry, Settled};
use sluice_pipeline::{
    part::{Part, Position},
    ports::{SinkError, SourceObject},
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

/// The entry of a part, as one attempt sees it.
fn entry_of(
    aws: &Ministack,
    owner: &str,
    version: &str,
    part: Part,
    pipeline: &str,
) -> LedgerEntry {
    LedgerEntry::new(
        &aws.session(),
        "control".to_owned(),
        object(version),
        part,
        pipeline.to_owned(),
        owner.to_owned(),
        60,
    )
}

fn entry(aws: &Ministack, owner: &str) -> LedgerEntry {
    entry_of(aws, owner, "1", Part::WHOLE, "orders")
}

fn plugin(name: &str) -> Option<Sha256> {
    Some(Sha256::of(name))
}

fn granted(plugin: Option<Sha256>) -> Claim {
    Claim::Granted {
        plugin,
        next: None,
        sealed: false,
        taken_over: false,
        untold: None,
    }
}

fn position(record: u64) -> Position {
    Position {
        record,
        byte: Some(record * 10),
    }
}

fn from(record: u64) -> Part {
    Part {
        start: position(record),
        end: None,
    }
}

fn report() -> ObjectReport {
    ObjectReport {
        source: object("1").uri,
        pipeline: "orders".to_owned(),
        read: 3,
        stored: 2,
        rejected: 1,
        seconds: 0.25,
        ..ObjectReport::default()
    }
}

fn with_control_table() -> Ministack {
    let aws = Ministack::start();
    aws.create_table("control", "pk", Some("sk"));
    aws
}

#[test]
fn one_of_two_attempts_gets_an_object() {
    let aws = with_control_table();
    let (ours, theirs) = (entry(&aws, "ours"), entry(&aws, "theirs"));
    assert_eq!(ours.claim(plugin("one")).unwrap(), granted(plugin("one")));
    assert_eq!(
        ours.claim(plugin("one")).unwrap(),
        granted(plugin("one")),
        "asked twice by the SDK"
    );
    assert_eq!(theirs.claim(plugin("one")).unwrap(), Claim::Busy);
    let another = |version, pipeline| entry_of(&aws, "theirs", version, Part::WHOLE, pipeline);
    assert_eq!(another("2", "orders").claim(None).unwrap(), granted(None));
    assert_eq!(another("1", "returns").claim(None).unwrap(), granted(None));

    ours.close(&report(), None, None).unwrap();
    assert_eq!(
        theirs.claim(plugin("one")).unwrap(),
        Claim::Done { untold: None }
    );
    assert_eq!(
        ours.claim(plugin("one")).unwrap(),
        Claim::Done { untold: None }
    );
    ours.close(&report(), None, None).unwrap();
}

#[test]
fn a_failed_attempt_gives_way_to_the_next() {
    let aws = with_control_table();
    let (ours, theirs) = (entry(&aws, "ours"), entry(&aws, "theirs"));
    ours.claim(plugin("one")).unwrap();
    ours.fail("the table is throttled", false, None).unwrap();
    assert_eq!(
        theirs.claim(plugin("two")).unwrap(),
        granted(plugin("one")),
        "of the first attempt"
    );
    let error = ours.close(&report(), None, None).unwrap_err().to_string();
    assert_eq!(
        error,
        "control table `control` refused to close `s3://raw/incoming/a.csv`: another attempt has taken over"
    );
    theirs.close(&report(), None, None).unwrap();
    let entry = aws.items("control").join("\n");
    assert!(
        entry.contains("status=\"done\"")
            && entry.contains("attempts=2")
            && !entry.contains("throttled"),
        "{entry}"
    );
}

#[test]
fn a_plugin_that_failed_is_not_held_on_to() {
    let aws = with_control_table();
    let (ours, theirs) = (entry(&aws, "ours"), entry(&aws, "theirs"));
    ours.claim(plugin("one")).unwrap();
    ours.fail("the plugin failed on 2000 rows", true, None)
        .unwrap();
    assert_eq!(theirs.claim(plugin("two")).unwrap(), granted(plugin("two")));
}

#[test]
fn a_dead_attempt_gives_way_when_its_lease_ends() {
    let aws = with_control_table();
    let (ours, theirs) = (entry(&aws, "ours"), entry(&aws, "theirs"));
    ours.claim(None).unwrap();
    assert_eq!(theirs.claim(None).unwrap(), Claim::Busy);
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
    let taken_over = Claim::Granted {
        plugin: None,
        next: None,
        sealed: false,
        taken_over: true,
        untold: None,
    };
    assert_eq!(theirs.claim(None).unwrap(), taken_over);
    assert_eq!(theirs.claim(None).unwrap(), granted(None), "put off");
    assert!(ours.fail("late", false, None).is_err());
    assert!(ours.hand_over(&from(7)).is_err());
}

/// What has to be told of an object.
fn untold(report: &ObjectReport) -> Result<String, SinkError> {
    Ok(format!("{} records", report.read))
}

#[test]
fn what_has_to_be_told_waits_until_it_is() {
    let aws = with_control_table();
    let ours = entry(&aws, "ours");
    ours.claim(None).unwrap();
    ours.fail("killed", false, Some("it failed")).unwrap();
    let theirs = entry(&aws, "theirs");
    let Claim::Granted { untold, .. } = theirs.claim(None).unwrap() else {
        panic!("a failed attempt gives way");
    };
    assert_eq!(untold.as_deref(), Some("it failed"));
    theirs.close(&report(), None, Some("it is done")).unwrap();
    // Whoever comes later with what has been told before strikes nothing else.
    ours.told("it failed").unwrap();
    let left = |text: Option<&str>| Claim::Done {
        untold: text.map(str::to_owned),
    };
    assert_eq!(ours.claim(None).unwrap(), left(Some("it is done")));
    ours.told("it is done").unwrap();
    assert_eq!(ours.claim(None).unwrap(), left(None));
    ours.told("it is done").unwrap();
}

#[test]
fn an_object_in_parts_is_closed_once_when_all_are_done() {
    let aws = with_control_table();
    let first = entry(&aws, "first");
    let second = entry_of(&aws, "second", "1", from(7), "orders");
    let third = entry_of(&aws, "third", "1", from(9), "orders");
    first.claim(plugin("one")).unwrap();
    first.hand_over(&from(7)).unwrap();
    first.seal(None).unwrap();
    first.fail("killed", false, None).unwrap();
    assert_eq!(
        first.claim(plugin("two")).unwrap(),
        Claim::Granted {
            plugin: plugin("one"),
            next: Some(from(7)),
            sealed: true,
            taken_over: false,
            untold: None,
        },
        "a later attempt ends where the first did"
    );
    second.claim(plugin("one")).unwrap();
    second.seal(Some(&from(9))).unwrap();
    second.close(&report(), Some(&from(9)), None).unwrap();
    assert_eq!(second.settle(untold).unwrap(), Settled::Nothing);
    third.claim(plugin("one")).unwrap();
    third.close(&report(), None, None).unwrap();
    let nothing = third.settle(untold).unwrap();
    assert_eq!(nothing, Settled::Nothing, "the first part is not done");
    first.close(&report(), Some(&from(7)), None).unwrap();
    assert_eq!(
        entry(&aws, "again").claim(None).unwrap(),
        Claim::Done { untold: None }
    );
    let Settled::Now {
        report,
        untold: text,
    } = first.settle(untold).unwrap()
    else {
        panic!("all parts are done");
    };
    assert_eq!((report.read, report.stored, report.rejected), (9, 6, 3));
    let left = Settled::Before {
        untold: text.clone(),
    };
    assert_eq!(third.settle(untold).unwrap(), left, "it is closed once");
    third.whole_told("something else").unwrap();
    assert_eq!(third.settle(untold).unwrap(), left);
    third.whole_told(&text).unwrap();
    assert_eq!(third.settle(untold).unwrap(), Settled::Nothing);
    assert_eq!(
        entry(&aws, "again").claim(None).unwrap(),
        Claim::Done { untold: None }
    );
}

/// What scripts may ask for is what entries hold, and nothing is stored that they cannot ask for.
#[test]
fn entries_hold_what_is_declared() {
    let aws = with_control_table();
    let sha = Some(Sha256::of(b"1"));
    let parted = entry(&aws, "parted");
    parted.claim(sha).unwrap();
    parted.seal(Some(&from(7))).unwrap();
    parted.close(&report(), Some(&from(7)), None).unwrap();
    let failed = entry_of(&aws, "failed", "1", from(7), "orders");
    failed.claim(sha).unwrap();
    failed.fail("killed", false, Some("told")).unwrap();
    let running = entry_of(&aws, "running", "2", Part::WHOLE, "orders");
    running.claim(sha).unwrap();
    let newer = SourceObject {
        received_at: object("1").received_at + 1,
        ..object("2")
    };
    let versions = |object: &SourceObject| {
        LakeVersions::new(
            &aws.session(),
            "control".to_owned(),
            "orders".to_owned(),
            object,
        )
    };
    aws.create_bucket("lake");
    let lake = LakeBucket::new(&aws.session(), "lake".to_owned());
    versions(&object("1"))
        .note("1", "old", &["day=1/", ""])
        .unwrap();
    assert_eq!(versions(&newer).replace(&lake, &|_| Ok(())).unwrap(), 2);
    // What it looked for is stored only now.
    let late = ["lake/orders/day=1/old.parquet", "lake/orders/old.parquet"];
    for key in late {
        aws.put_object("lake", key, b"late".to_vec());
    }
    let nobody = |_: &[&str]| Ok(());
    let folders = ["day=1/", ""];
    let stay = |version: &SourceObject| {
        let withdrawn = versions(version).withdraw(&lake, "old", &folders, &nobody);
        withdrawn.unwrap();
        aws.keys("lake")
    };
    assert_eq!(stay(&newer), late, "it is the newest itself");
    assert_eq!(stay(&object("1")), [] as [&str; 0]);
    versions(&newer).note("1", "new", &["day=2/"]).unwrap();
    let declared = ledger::ATTRIBUTES.iter().copied().collect();
    assert_eq!(aws.attributes_of("control", "object#"), declared);
    let declared = lake::ATTRIBUTES.iter().copied().collect();
    assert_eq!(aws.attributes_of("control", "name#"), declared);
}

#[test]
fn a_control_table_that_is_not_there() {
    let aws = Ministack::start();
    let error = entry(&aws, "ours").claim(None).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "control table `control` refused to claim `s3://raw/incoming/a.csv`: ResourceNotFound"
        ),
        "{error}"
    );
}
