//! Plugins that are not there or of no use. That good ones work is shown end to end.

use sluice_host::aws::PluginStore;
use sluice_manifest::settings::Settings;

use super::ministack::Ministack;

#[test]
fn plugins_of_no_use() {
    let aws = Ministack::start();
    aws.create_bucket("artifacts");
    let settings: Settings = serde_json::from_str(include_str!("../settings/lake.json")).unwrap();
    let store = PluginStore::new(
        aws.runtime(),
        aws.clients().s3().clone(),
        "artifacts".to_owned(),
        "orders",
        settings.pipeline.plugin.unwrap(),
    );
    let check = |expected: &str| {
        let error = store.current().err().unwrap().to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    check("there is no plugin at `s3://artifacts/plugins/orders.wasm` (NoSuchKey");
    aws.put_object("artifacts", "plugins/orders.wasm", b"text".to_vec());
    check(
        "the plugin at `s3://artifacts/plugins/orders.wasm` cannot be used: not a WebAssembly component",
    );
    aws.put_object(
        "artifacts",
        "plugins/orders.wasm",
        b"\0asm\x01\0\0\0".to_vec(),
    );
    check(
        "the plugin at `s3://artifacts/plugins/orders.wasm` cannot be used: a core WebAssembly module",
    );
}
