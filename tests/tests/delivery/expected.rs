//! What must become of every object in `data`, record by record, wherever a record or its absence can be seen.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sluice_tests::{Lake, Measurements, found};

/// An object, and what becomes of its records.
pub(crate) struct Delivery {
    pub(crate) file: &'static str,
    /// The end of its key.
    pub(crate) key: &'static str,
    pub(crate) packing: Packing,
    read: u64,
    /// Stored, dropped, duplicate and rejected.
    outcomes: [u64; 4],
}

/// How a file becomes an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As it is.
    Plain,
    /// Compressed.
    Gzip,
    /// Compressed, and without its end: what is unreadable counts as one rejected record.
    TornGzip,
}

const fn object(file: &'static str, key: &'static str, read: u64, outcomes: [u64; 4]) -> Delivery {
    Delivery {
        file,
        key,
        packing: Packing::Plain,
        read,
        outcomes,
    }
}

pub(crate) const DELIVERIES: &[Delivery] = &[
    object("visits.csv", "2026/visits.csv", 6, [4, 0, 1, 1]),
    object("app.json", "app.json", 4, [3, 1, 0, 0]),
    object("store.ndjson", "store.ndjson", 2, [2, 0, 0, 0]),
    Delivery {
        packing: Packing::Gzip,
        ..object("phone.csv", "phone.csv.gz", 2, [2, 0, 0, 0])
    },
    // A key with everything in it that is encoded on the way.
    object(
        "late.csv",
        "été 1+1 = 100%/läte & more.csv",
        1,
        [1, 0, 0, 0],
    ),
    object("broken.json", "broken.json", 2, [1, 0, 0, 1]),
    Delivery {
        packing: Packing::TornGzip,
        ..object("torn.csv", "torn.csv.gz", 2, [1, 0, 0, 1])
    },
];

/// The ids of every record that is stored, in order.
pub(crate) const STORED: &[&str] = &[
    "app-1", "app-2", "app-3", "broken-1", "late-1", "phone-1", "phone-2", "store-1", "store-2",
    "torn-1", "visit-1", "visit-2", "visit-3", "visit-5",
];

/// The objects that somebody is told of: too many of their records were rejected.
pub(crate) const ALERTED: &[&str] = &["visits.csv", "broken.json", "torn.csv.gz"];

/// Parts of records, some of them stored and some not, none of which belongs into a log.
pub(crate) const CONTENT: &[&str] = &[
    "example.com",
    "Example.COM",
    "yesterday or so",
    "no usable time",
    "très bien",
];

impl Delivery {
    /// read = stored + dropped + duplicate + rejected, and each as expected.
    pub(crate) fn is_accounted_for(&self, measurements: &Measurements) -> anyhow::Result<()> {
        let line = measurements.of_object(self.key)?;
        let count = |name: &str| {
            line[name]
                .as_u64()
                .with_context(|| format!("no `{name}` in {line}"))
        };
        let outcomes = ["RowsStored", "RowsDropped", "RowsDuplicate", "RowsRejected"].map(count);
        let outcomes = outcomes.into_iter().collect::<anyhow::Result<Vec<u64>>>()?;
        let read = count("RowsRead")?;
        ensure!(
            read == outcomes.iter().sum::<u64>(),
            "the counts do not add up: {line}"
        );
        ensure!(
            read == self.read && outcomes == self.outcomes,
            "`{}` became something else: {line}",
            self.key
        );
        ensure!(
            count("ProcessedItemCount")? == read,
            "items are records: {line}"
        );
        ensure!(count("ETLLatency")? > 0, "nothing takes no time: {line}");
        let errors = u64::from(self.packing == Packing::TornGzip);
        ensure!(
            count("ProcessingErrors")? == errors,
            "a torn object is an error, a rejected record none: {line}"
        );
        Ok(())
    }
}

/// The items are there, and clean.
pub(crate) fn items_are_clean(items: &BTreeMap<String, Value>) -> anyhow::Result<()> {
    let ids: Vec<&str> = items.keys().map(String::as_str).collect();
    ensure!(ids == STORED, "items: {ids:?}");
    let text = |text: &str| json!({ "S": text });
    let number = |number: &str| json!({ "N": number });
    for (id, attribute, expected) in [
        ("visit-1", "email", text("ada.lovelace@example.com")),
        ("visit-1", "channel", text("web")),
        ("visit-1", "country", text("DE")),
        ("visit-1", "rating", number("5")),
        (
            "visit-1",
            "submitted_at",
            text("2026-03-01T09:00:00.000000Z"),
        ),
        (
            "visit-1",
            "comment",
            text("A \"warm\" light, and a long cable"),
        ),
        ("visit-2", "rating", number("4")),
        (
            "visit-2",
            "submitted_at",
            text("2026-03-01T10:30:00.000000Z"),
        ),
        (
            "visit-3",
            "submitted_at",
            text("2026-03-02T06:00:00.000000Z"),
        ),
        ("visit-3", "comment", text("très bien 👍")),
        ("visit-3", "email", Value::Null),
        ("app-1", "email", text("ada@example.com")),
        ("app-2", "rating", number("5")),
        ("app-3", "comment", Value::Null),
        ("store-1", "email", text("edsger@example.com")),
    ] {
        let got = items[id].get(attribute).unwrap_or(&Value::Null);
        ensure!(
            *got == expected,
            "`{attribute}` of `{id}` is {got}, expected {expected}"
        );
    }
    Ok(())
}

/// The lake has the same records, with types, in the folders of their days.
pub(crate) fn lake_is_clean(lake: &Lake) -> anyhow::Result<()> {
    let rows =
        lake.query("select count(*), count(distinct id), min(rating), max(rating) from lake")?;
    ensure!(
        rows == [json!([STORED.len(), STORED.len(), 1, 5])],
        "the lake holds {rows:?}"
    );
    let rows = lake.query(
        "select email, submitted_at::varchar, submitted_at_day::varchar from lake
         where id in ('visit-1', 'visit-3') order by id",
    )?;
    let expected = [
        json!([
            "ada.lovelace@example.com",
            "2026-03-01 09:00:00+00",
            "2026-03-01"
        ]),
        json!([null, "2026-03-02 06:00:00+00", "2026-03-02"]),
    ];
    ensure!(rows == expected, "the lake holds {rows:?}");
    Ok(())
}

/// Every reject keeps what it was, where, why, and by which plugin.
pub(crate) fn rejects_say_why(lake: &Lake, measurements: &Measurements) -> anyhow::Result<()> {
    let rejects = lake.rejects()?;
    let of = |key: &str| {
        let is_of = |reject: &&Value| {
            reject["source"]
                .as_str()
                .is_some_and(|source| source.ends_with(key))
        };
        let mut found = rejects.iter().filter(is_of);
        match (found.next(), found.next()) {
            (Some(reject), None) => Ok(reject),
            _ => Err(anyhow::anyhow!("not one reject of `{key}`: {rejects:?}")),
        }
    };
    ensure!(rejects.len() == 3, "rejects: {rejects:?}");
    of("broken.json")?;
    of("torn.csv.gz")?;

    let reject = of("visits.csv")?;
    ensure!(reject["row"] == 4, "the row of {reject}");
    let raw = reject["raw"]
        .as_str()
        .context("a reject has its raw text")?;
    let expected = "visit-4,yesterday or so,c-4,joan@example.com,web,US,Desk,2,no usable time";
    ensure!(raw.trim_end() == expected, "the raw text of {reject}");
    let findings = found(reject, "/findings")?
        .as_array()
        .context("findings are a list")?;
    let is_reason =
        |finding: &&Value| finding["severity"] == "error" && finding["column"] == "submitted_at";
    let reason = findings
        .iter()
        .find(is_reason)
        .with_context(|| format!("no reason in {reject}"))?;
    let told = |name: &str| reason[name].as_str().is_some_and(|text| !text.is_empty());
    ensure!(told("code") && told("message"), "the reason of {reject}");
    let sha256 = reject["plugin_sha256"].as_str().unwrap_or_default();
    let used = &measurements.of_object("visits.csv")?["PluginSha256"];
    ensure!(
        sha256.len() == 64 && used == sha256,
        "the plugin of {reject}; {used} was used"
    );
    Ok(())
}
