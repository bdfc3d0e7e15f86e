//! The whole of a pipeline that fills a lake, and of those who hear of it, as the example `orders-lake` has them: files in S3,
//! SNS, SQS, the function and `tidy`, Parquet, the catalog, Athena on the newest data; PagerDuty and Slack.

mod people;
mod receiver;

use std::{collections::BTreeMap, fs, process::Command, time::Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use sluice_tests::{
    Deployment, Lake, Manifest, eventually, example_data, generate, on_a_cloud, rendered, run, tool,
};

use crate::people::{People, an_alarm_rings, nothing_waits};

/// An order of which an item is sent back some days later.
const RETURNED: &str = "SO-100025";

/// Its items: line, quantity, worth in euros, status.
const BOUGHT: [[&str; 4]; 3] = [
    ["1", "3", "194.64", "paid"],
    ["2", "3", "483.14", "paid"],
    ["3", "1", "37.40", "paid"],
];
const AFTERWARDS: [[&str; 4]; 3] = [
    ["1", "0", "0.00", "returned"],
    ["2", "3", "483.14", "returned"],
    ["3", "1", "37.40", "returned"],
];

#[test]
fn orders_come_to_everybody_and_people_hear_of_it() {
    on_a_cloud(|cloud| {
        let people = People::start(cloud)?;
        let template = Manifest::example("orders-lake")?.render(cloud.folder())?;
        ensure!(
            template == rendered("orders-lake")?,
            "the committed template is not what `gen stack` renders"
        );
        for text in ["KEY", &people.pagerduty.url] {
            let is_there = template.contains(&format!("\"{text}\""));
            ensure!(!is_there, "a secret is in the template");
        }
        let stack = Deployment::new(cloud, "orders", &template)?;
        stack.allow_settings(&[
            "OrdersIngestRole",
            "OrdersPublishRole",
            "OrdersCompactRole",
            "NotifyRole",
        ])?;
        let component = cloud.folder().join("tidy.wasm");
        let file = component.to_str().context("paths of tests are UTF-8")?;
        generate(&["plugin", "export", "tidy", "-o", file])?;
        stack.publish(&component, "OrdersPluginTo")?;

        let orders = Orders::of(&stack)?;
        the_newest_version_is_seen(&orders, &people)?;
        what_is_uploaded_again_is_there_once(&orders, &people)?;
        many_files_become_few(&orders, &people)?;
        an_object_is_refused_and_mended(&orders, &people)?;
        an_alarm_rings(&stack, &people)?;
        what_is_tried_is_harmless(&stack, &people)?;
        nothing_waits(&stack)
    });
}

/// The stack, and those who ask it.
struct Orders<'a> {
    stack: &'a Deployment<'a>,
    lake: Lake<'a>,
    /// `database.table`
    table: String,
    /// What the view of the newest versions selects.
    latest: String,
}

impl<'a> Orders<'a> {
    fn of(stack: &'a Deployment<'a>) -> anyhow::Result<Self> {
        let table = stack.output("OrdersAthenaTable")?.to_owned();
        let lake = Lake::new(stack.cloud(), stack.output("LakeBucket")?, "orders");
        let latest = latest(stack, &table)?;
        Ok(Self {
            stack,
            lake,
            table,
            latest,
        })
    }

    /// Uploads a file of the example, under its name.
    fn bring(&self, name: &str) -> anyhow::Result<()> {
        self.bring_as(name, name)
    }

    /// Uploads a file of the example under another name.
    fn bring_as(&self, file: &str, name: &str) -> anyhow::Result<()> {
        let files = example_data("orders-lake")?;
        let found = files.iter().find(|found| found.ends_with(file));
        let found = found.with_context(|| format!("the example has no `{file}`"))?;
        self.stack.drop_file(found, "OrdersUploadTo", name)
    }

    /// Where the catalog leads queries, by month.
    fn partitions(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let table = self.table.split_once('.');
        let (database, name) = table.context("a table is in a database")?;
        let ask = ["glue", "get-partitions", "--database-name", database];
        let aws = self.stack.cloud().aws();
        let answer = aws.call(&[&ask[..], &["--table-name", name]].concat())?;
        let partitions = answer["Partitions"].as_array().context("a list")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let places = partitions.iter().map(|partition| {
            let place = &partition["StorageDescriptor"]["Location"];
            (text(&partition["Values"][0]), text(place))
        });
        Ok(places.collect())
    }

    /// How many files the lake bucket has under a name.
    fn files(&self, prefix: &str) -> anyhow::Result<usize> {
        let bucket = self.stack.output("LakeBucket")?;
        let list = [
            "s3api",
            "list-objects-v2",
            "--bucket",
            bucket,
            "--prefix",
            prefix,
        ];
        let answer = self.stack.cloud().aws().call(&list)?;
        Ok(answer["Contents"].as_array().map_or(0, Vec::len))
    }

    /// Waits until Athena answers so. Says how long that took since the upload.
    fn eventually(&self, awaited: &str, sql: &str, expected: &[Vec<&str>]) -> anyhow::Result<()> {
        let start = Instant::now();
        eventually(awaited, || {
            let rows = self.lake.athena(sql)?;
            ensure!(rows == expected, "Athena answers {rows:?}");
            Ok(())
        })?;
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("{seconds:6.1} s from the upload until a query sees it: {awaited}");
        Ok(())
    }

    /// The items of an order in their newest versions.
    fn items(&self) -> String {
        let latest = &self.latest;
        format!(
            "select line, quantity, total_eur, status from ({latest}) newest where order_id = '{RETURNED}' order by line"
        )
    }
}

/// What the view of Athena's selects, of the table by its whole name. The emulator has no views, and no columns that tell of
/// files, by which the view tells versions of one moment apart.
fn latest(stack: &Deployment, table: &str) -> anyhow::Result<String> {
    let (database, name) = table.split_once('.').context("a table is in a database")?;
    let view = format!("{name}_latest");
    let ask = ["glue", "get-table", "--database-name", database];
    let answer = (stack.cloud().aws()).call(&[&ask[..], &["--name", &view]].concat())?;
    let text = answer["Table"]["ViewOriginalText"].as_str();
    let text = text.with_context(|| format!("`{view}` is no view: {answer}"))?;
    let encoded = text
        .trim_start_matches("/* Presto View: ")
        .trim_end_matches(" */");
    let decode = [
        "-c",
        "import base64, sys; print(base64.b64decode(sys.argv[1]).decode())",
        encoded,
    ];
    let definition: Value =
        serde_json::from_str(&run(Command::new(tool("python")?).args(decode))?)?;
    let sql = definition["originalSql"]
        .as_str()
        .with_context(|| format!("the view selects nothing: {definition}"))?;
    ensure!(
        definition["schema"] == database,
        "the view is of another database: {definition}"
    );
    let plain = sql
        .replace(", \"$file_modified_time\" DESC, \"$path\" DESC", "")
        .replace(&format!("FROM \"{name}\""), &format!("FROM {table}"));
    ensure!(!plain.contains('$'), "the view selects {sql}");
    Ok(plain)
}

/// Orders come, and then what became of one of them; and Slack hears that each object is done.
fn the_newest_version_is_seen(orders: &Orders, people: &People) -> anyhow::Result<()> {
    let rows = |items: &[[&'static str; 4]]| -> Vec<Vec<&'static str>> {
        items.iter().map(|item| item.to_vec()).collect()
    };
    orders.bring("webshop.ndjson.gz")?;
    orders.eventually("an order is in the lake", &orders.items(), &rows(&BOUGHT))?;
    orders.bring("corrections.ndjson")?;
    orders.eventually(
        "a correction is the newest version",
        &orders.items(),
        &rows(&AFTERWARDS),
    )?;
    for name in ["webshop.ndjson.gz", "corrections.ndjson"] {
        let done = ["object done", name];
        people.posted("Slack hears of an object that is done", &done)?;
    }
    // Both versions stay, for those who ask for them.
    let table = &orders.table;
    let sql = format!("select count(*) from {table} where order_id = '{RETURNED}'");
    let versions = orders.lake.athena(&sql)?;
    ensure!(versions == [["6"]], "the lake has {versions:?}");

    let partitions = orders.partitions()?;
    let months: Vec<&str> = partitions.keys().map(String::as_str).collect();
    ensure!(
        months == ["2026-09", "2026-10"],
        "the catalog has the partitions {months:?}"
    );
    Ok(())
}

/// Corrections come in many small files. A look at the folders makes few files of them, of which every item's newest version is
/// in one, and queries are led there, until more corrections come.
fn many_files_become_few(orders: &Orders, people: &People) -> anyhow::Result<()> {
    const MANY: [&str; 4] = ["a", "b", "c", "d"];
    for name in MANY {
        orders.bring_as("corrections.ndjson", &format!("again-{name}.ndjson"))?;
    }
    for name in MANY {
        let done = ["object done".to_owned(), format!("again-{name}.ndjson")];
        let done = done.each_ref().map(String::as_str);
        people.posted("Slack hears of all corrections", &done)?;
    }
    let queue = orders.stack.output("OrdersCompactQueueUrl")?;
    let look = r#"{"walk":{"quiet_minutes":0}}"#;
    let send = ["sqs", "send-message", "--queue-url", queue];
    let aws = orders.stack.cloud().aws();
    aws.call(&[&send[..], &["--message-body", look]].concat())?;
    eventually("queries are led to few files", || {
        let partitions = orders.partitions()?;
        let is_led = |place: &String| place.contains("/compacted/orders/ordered_at_month=");
        ensure!(partitions.values().all(is_led), "{partitions:?}");
        Ok(())
    })?;
    ensure!(
        orders.files("compacted/orders/")? == 2,
        "a folder has more than one file"
    );
    let newest = "select count(*), count(distinct order_id || '/' || line) from compacted";
    let made = orders.lake.query_compacted(newest)?;
    let all = "select count(distinct order_id || '/' || line || ordered_at_month) from lake";
    let kept = orders.lake.query(all)?;
    ensure!(
        made[0][0] == made[0][1] && made[0][0] == kept[0][0],
        "made {made:?} of {kept:?} items"
    );
    orders.bring_as("corrections.ndjson", "again-e.ndjson")?;
    eventually("queries read the folders themselves again", || {
        let partitions = orders.partitions()?;
        let is_own = |place: &String| place.contains("/lake/orders/ordered_at_month=");
        ensure!(partitions.values().all(is_own), "{partitions:?}");
        Ok(())
    })
}

/// The marketplace mends its export: an order in a currency that nobody knew. The rest of it is not there twice.
fn what_is_uploaded_again_is_there_once(orders: &Orders, people: &People) -> anyhow::Result<()> {
    let table = &orders.table;
    let sql = format!(
        "select count(*), count(distinct order_id || '/' || line), count(distinct order_id) from {table} where order_id like 'MP-%'"
    );
    orders.bring("marketplace.json")?;
    let of_marketplace = ["object done", "marketplace.json", "unknown_value"];
    people.posted("Slack hears what was rejected", &of_marketplace)?;
    let before = orders.lake.athena(&sql)?;
    let files = example_data("orders-lake")?;
    let file = files.iter().find(|file| file.ends_with("marketplace.json"));
    let text = fs::read_to_string(file.context("the marketplace has a file")?)?;
    ensure!(text.matches("XAU").count() > 0, "every currency is known");
    let mended = orders.stack.cloud().folder().join("marketplace.json");
    fs::write(&mended, text.replace("XAU", "EUR"))?;
    orders
        .stack
        .drop_file(&mended, "OrdersUploadTo", "marketplace.json")?;
    eventually("the newer version is in the place of the older", || {
        let after = orders.lake.athena(&sql)?;
        let [rows, items, orders_before] = &before[0][..] else {
            anyhow::bail!("Athena answers {before:?}");
        };
        ensure!(
            rows == items && orders_before == "139",
            "before: {before:?}"
        );
        let [rows, items, orders_after] = &after[0][..] else {
            anyhow::bail!("Athena answers {after:?}");
        };
        ensure!(rows == items && orders_after == "140", "after: {after:?}");
        Ok(())
    })
}

/// An object that is none of the pipeline's, and the right one in its place.
fn an_object_is_refused_and_mended(orders: &Orders, people: &People) -> anyhow::Result<()> {
    let file = orders.stack.cloud().folder().join("a.ndjson");
    let drop_in = |text: &str| {
        fs::write(&file, text)?;
        orders.stack.drop_file(&file, "OrdersUploadTo", "a.ndjson")
    };
    drop_in("{\"nobody\": \"knows\"}\n")?;
    let awaited = "PagerDuty hears of a refused object";
    let sent = people.paged(awaited, "trigger", "incoming/a.ndjson")?;
    ensure!(sent["routing_key"] == "KEY", "sent: {sent}");
    ensure!(sent["payload"]["class"] == "refused", "sent: {sent}");
    people.posted(
        "Slack hears of it too",
        &["object refused", "incoming/a.ndjson"],
    )?;
    drop_in(
        r#"{"order_id": "SO-1", "ordered_at": 1790000000, "updated_at": 1790000000, "status": "paid", "currency": "EUR", "items": [{"line": 1, "sku": "x", "price": 1}]}"#,
    )?;
    people.paged("the incident is closed", "resolve", "incoming/a.ndjson")?;
    Ok(())
}

/// What `gen alert test` prints tells PagerDuty, marked as what it is.
fn what_is_tried_is_harmless(stack: &Deployment, people: &People) -> anyhow::Result<()> {
    let said = stack.generate_and_run(&["alert", "test"], &[])?;
    ensure!(said.contains("FailedEntryCount"), "it said {said}");
    let sent = people.paged("PagerDuty hears of a test", "trigger", "2026-11-22.csv")?;
    let summary = sent["payload"]["summary"].as_str().unwrap_or_default();
    ensure!(
        summary.contains("TEST, nothing happened"),
        "the summary: {summary}"
    );
    ensure!(sent["payload"]["severity"] == "info", "sent: {sent}");
    stack.generate_and_run(&["alert", "test"], &["--over"])?;
    people.paged("the test is over", "resolve", "2026-11-22.csv")?;
    Ok(())
}
