//! Versions as `ingest` loads them: those that were tampered with or are gone, those of another engine, and those that
//! have to prove themselves.

use std::collections::BTreeSet;

use serde_json::json;
use sluice_contract::{
    Sha256,
    control::plugin::{self, VersionStatus},
};
use sluice_host::{
    plugins::{FailedTrial, Flip, PluginStore, Trial},
    tell::Untold,
};

use super::{component::evil, press::Press};

/// The message of a store without any usable version.
fn refusal(store: &PluginStore) -> String {
    store.current().err().unwrap().to_string()
}

/// The sha256 of the version that a store uses, and whether people are to be told that it is not the right one.
fn used(store: &PluginStore) -> (Sha256, Option<bool>) {
    let current = store.current().unwrap();
    let tell = current.unused.map(|unused| unused.tell);
    (current.version.sha256(), tell)
}

fn compiled_key(press: &Press, sha256: Sha256) -> String {
    let engine = press.store().engine().unwrap().fingerprint();
    press.files().compiled_key(&engine, sha256)
}

/// What is told of a trial that failed.
fn nothing(_: &FailedTrial) -> Untold {
    Untold::default()
}

#[test]
fn none_was_published() {
    let press = Press::new(json!({}));
    assert_eq!(
        refusal(&press.store()),
        "there is no plugin at `s3://artifacts/plugins/orders.wasm` (none was published); upload it with \
         `aws s3 cp PLUGIN.wasm s3://artifacts/plugins/orders.wasm`"
    );
}

#[test]
fn changed_code_is_never_loaded() {
    let press = Press::new(json!({}));
    let first = press.put(&evil('1'));
    let running = press.store();
    assert_eq!(used(&running), (first, None));
    let second = press.put(&evil('2'));
    // Machine code of the right kind, and yet not what was published.
    let other = press
        .aws
        .get_object("artifacts", &compiled_key(&press, first));
    press
        .aws
        .put_object("artifacts", &compiled_key(&press, second), other);

    // Whoever runs keeps what it has, whoever starts takes the version before, and one of them tells.
    assert_eq!(used(&running), (first, Some(true)));
    assert_eq!(used(&running), (first, None));
    let started = press.store();
    assert_eq!(used(&started), (first, Some(false)));
    assert_eq!(used(&started), (first, None));

    // The same upload puts it right.
    assert_eq!(press.put(&evil('2')), second);
    assert_eq!(used(&running), (second, None));
    assert_eq!(used(&press.store()), (second, None));
}

#[test]
fn a_plugin_that_is_the_only_one_is_missed() {
    let press = Press::new(json!({}));
    let only = press.put(&evil('1'));
    press
        .aws
        .put_object("artifacts", &compiled_key(&press, only), b"text".to_vec());
    let store = press.store();
    for _ in 0..2 {
        let message = refusal(&store);
        assert!(
            message.contains("cannot be used: the compiled plugin has sha256"),
            "{message}"
        );
    }
}

#[test]
fn another_engine_compiles_for_itself() {
    let press = Press::new(json!({}));
    let sha256 = press.put(&evil('1'));
    let mut version = press.registry().pointer().unwrap().unwrap().version;
    version.engine = "0123456789abcdef".to_owned();
    let flip = press
        .registry()
        .flip(&version, "F", None, |_| "{}".to_owned())
        .unwrap();
    assert_eq!(flip, Flip::Flipped { previous: None });
    assert_eq!(used(&press.store()), (sha256, None));

    let component = press.files().component_key(sha256);
    press.aws.put_object("artifacts", &component, evil('2'));
    let message = refusal(&press.store());
    assert!(
        message.starts_with(&format!(
            "the published plugin `s3://artifacts/{component}` has sha256"
        )),
        "{message}"
    );
    let delete = press
        .aws
        .clients()
        .s3()
        .delete_object()
        .bucket("artifacts")
        .key(&component);
    press.aws.run(delete.send()).unwrap();
    let message = refusal(&press.store());
    assert!(message.contains("is not there (NoSuchKey"), "{message}");

    // Uploaded anew, it is compiled for this engine, and everything is in its place again.
    press.aws.put_object("artifacts", &component, evil('2'));
    let mut later = press.upload(&evil('1'));
    later["detail"]["object"]["sequencer"] = json!("FF");
    press.publish(&later).unwrap();
    assert_eq!(press.aws.get_object("artifacts", &component), evil('1'));
    assert_eq!(used(&press.store()), (sha256, None));
}

/// A pipeline whose new versions prove themselves on three objects.
fn on_probation() -> Press {
    Press::new(json!({ "canary": { "objects": 3, "max_rejected": 0.05 } }))
}

fn goes(objects_left: i64) -> Trial {
    Trial::Goes { objects_left }
}

/// Brings the first version into use, and proves it.
fn proved(press: &Press, store: &PluginStore) -> Sha256 {
    let good = press.put(&evil('1'));
    assert_eq!(used(store).0, good);
    for expected in [goes(2), goes(1), Trial::Passed, Trial::None] {
        assert_eq!(
            store.record(good, 100, 5, false, nothing).unwrap(),
            expected
        );
    }
    good
}

#[test]
fn a_bad_version_goes_by_itself() {
    let press = on_probation();
    let store = press.store();
    let good = proved(&press, &store);
    let event = press.upload(&evil('2'));
    press.publish(&event).unwrap();
    let bad = Sha256::of(evil('2'));
    assert_eq!(used(&store).0, bad);
    let other = press.store();
    assert_eq!(used(&other).0, bad);
    // What an object did that was begun with another version says nothing of this one.
    assert_eq!(
        store.record(good, 9, 9, false, nothing).unwrap(),
        Trial::None
    );
    assert_eq!(store.record(bad, 100, 5, false, nothing).unwrap(), goes(2));
    let Trial::Failed(failed) = store.record(bad, 10, 9, false, nothing).unwrap() else {
        panic!("14 of 110 are too many");
    };
    assert_eq!(failed.version.sha256, bad);
    assert_eq!(failed.restored.as_ref().unwrap().sha256, good);
    assert_eq!((failed.count.read, failed.count.rejected), (110, 14));
    // Nobody ends it twice.
    assert_eq!(
        other.record(bad, 10, 10, false, nothing).unwrap(),
        Trial::None
    );
    assert_eq!(used(&store), (good, None));
    assert_eq!(used(&other), (good, None));
    let record = press.registry().version(bad).unwrap().unwrap();
    assert_eq!(record.status, VersionStatus::RolledBack);
    assert_eq!(store.version(bad).unwrap().sha256(), bad);

    // It stays out until it is uploaded anew, and has to prove itself once more.
    press.publish(&event).unwrap();
    assert_eq!(press.in_use(), Some(good));
    press.put(&evil('2'));
    assert_eq!(used(&store).0, bad);
    let record = press.registry().version(bad).unwrap().unwrap();
    assert_eq!(record.status, VersionStatus::Good);
    let Trial::Failed(failed) = store.record(bad, 0, 0, true, nothing).unwrap() else {
        panic!("it failed on an object");
    };
    assert!(failed.failed_object);
    assert_eq!(press.in_use(), Some(good));
    // What `gen replay plugin` shows is what is stored.
    let declared: BTreeSet<_> = plugin::ATTRIBUTES.iter().copied().collect();
    let stored = press.aws.attributes("control");
    assert!(stored.is_subset(&declared), "{stored:?}");
}

#[test]
fn what_has_not_proved_itself_is_nothing_to_go_back_to() {
    let press = on_probation();
    let store = press.store();
    let good = proved(&press, &store);
    press.put(&evil('2'));
    press.put(&evil('3'));
    let pointer = press.registry().pointer().unwrap().unwrap();
    assert_eq!(pointer.version.sha256, Sha256::of(evil('3')));
    assert_eq!(pointer.previous, Some(good));
}

#[test]
fn a_first_version_that_does_badly_stays() {
    let press = on_probation();
    let only = press.put(&evil('1'));
    let store = press.store();
    assert_eq!(used(&store).0, only);
    let Trial::Failed(failed) = store.record(only, 10, 10, false, nothing).unwrap() else {
        panic!("all were rejected");
    };
    assert_eq!(failed.restored, None);
    assert_eq!(used(&store), (only, None));
    assert_eq!(
        store.record(only, 10, 10, false, nothing).unwrap(),
        Trial::None
    );
    let record = press.registry().version(only).unwrap().unwrap();
    assert_eq!(record.status, VersionStatus::Good);
}
