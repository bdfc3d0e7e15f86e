//! `gen plugin bench`: that it measures the right thing. How much that is, no test can know.

use std::fs;

use serde_json::Value;

use crate::{project, run};

#[test]
fn a_plugin_and_one_that_does_nothing_take_turns() {
    let folder = project("evil");
    fs::write(
        folder.path().join("words.csv"),
        "value,other\ngood,1\nbetter,2\n",
    )
    .unwrap();
    let args = "bench evil.wasm --data words.csv --time 0 --format json";
    let (code, out, stderr) = run(&folder, &args.split(' ').collect::<Vec<_>>());
    assert_eq!((code, stderr.as_str()), (0, ""), "{out}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (
            &report["rows"],
            &report["bytes"],
            &report["rounds"],
            &report["data"]
        ),
        (&2.into(), &12.into(), &3.into(), &"words.csv".into())
    );
    let figure = |who: &str, what: &str| report[who][what].as_f64().unwrap();
    for what in [
        "ns_per_row",
        "megabytes_per_second",
        "fuel_per_row",
        "memory_bytes",
    ] {
        assert!(
            figure("plugin", what) > 0.0 && figure("identity", what) > 0.0,
            "{out}"
        );
    }
    assert!(figure("plugin", "fuel_per_row") > figure("identity", "fuel_per_row"));
    assert_eq!(report["plugin"]["name"], "evil");
}

#[test]
fn without_data_rows_are_made_up() {
    let folder = project("clean-feedback");
    let args = "bench clean_feedback.wasm --rows 7 --time 0";
    let (code, out, stderr) = run(&folder, &args.split(' ').collect::<Vec<_>>());
    assert_eq!((code, stderr.as_str()), (0, ""), "{out}");
    assert!(
        out.starts_with("clean-feedback 0.1.0 on 7 rows of made-up values, "),
        "{out}"
    );
    let rejected = out.lines().map(|line| line.split_whitespace().last());
    assert_eq!(
        rejected.skip(1).collect::<Vec<_>>(),
        [Some("rejected"), Some("0"), Some("0")]
    );
}

#[test]
fn what_cannot_be_measured() {
    let folder = project("evil");
    fs::write(folder.path().join("none.csv"), "value\n").unwrap();
    fs::write(folder.path().join("words.txt"), "value\n").unwrap();
    let check = |args: &str, expected: &str| {
        let (code, out, stderr) = run(&folder, &args.split(' ').collect::<Vec<_>>());
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(stderr.contains(expected), "{stderr}");
    };
    check("bench none.wasm", "cannot read the plugin `none.wasm`");
    check(
        "bench none.csv",
        "`none.csv` cannot be measured: not a WebAssembly component",
    );
    check(
        "bench evil.wasm --data none.csv",
        "`none.csv` holds no record that can be read",
    );
    check(
        "bench evil.wasm --data words.txt",
        "`words.txt` is of no known format",
    );
    check("bench evil.wasm --rows 0", "0 is not in 1..");
    check("bench evil.wasm --time=-1", "it is a number of seconds");
    check("bench evil.wasm --pipeline words", "--manifest");
}
