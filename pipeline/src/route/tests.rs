//! Objects of a few rows through the router, with limits that these reach, and with crashes.
#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Arc, OnceLock},
};

use arrow_array::{ArrayRef, Int64Array, StringArray, cast::AsArray as _, types::Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::{collection::vec, prelude::*};
use sluice_contract::{
    Stack,
    stack::{Keeps, Sink as Kind},
};

use super::*;
use crate::{
    check::table_schema,
    local::LocalOutputs,
    ports::Brought,
    sink::{Finished, RefusedRow, Settled, Sink, lake::LakeWriter},
};

const MANIFEST: &str = r#"
[project]
name = "routes"
[pipeline.people]
source = { prefix = "in/" }
key = "id"
order_by = "age"
[pipeline.people.fields]
id = "text"
age = "integer"
note = "integer"
[pipeline.people.table]
[pipeline.people.lake]
partition_by = ["id"]
"#;

const TIGHT: RouteLimits = RouteLimits { keys: 3, absent: 2 };

const OPEN_FOLDERS: usize = 2;

fn form() -> ObjectForm {
    ObjectForm {
        format: sluice_contract::stack::Format::Csv,
        header: Default::default(),
        text: Default::default(),
        plugin_sha256: None,
    }
}

fn pipeline() -> &'static Pipeline {
    static STACK: OnceLock<Stack> = OnceLock::new();
    &STACK
        .get_or_init(|| sluice_manifest::load(MANIFEST, "manifest.toml", None).unwrap())
        .pipelines[0]
}

fn table_only() -> Pipeline {
    let mut pipeline = pipeline().clone();
    pipeline.sinks.retain(|sink| sink.keeps() == Keeps::Newest);
    pipeline
}

/// Key, version and, where the plugin made it of the record before, that it did.
type Row = (u8, i64, bool);
type Batch = Vec<Row>;

/// Rows as they leave the checks; `note` is the row's number in the object.
fn checked(batches: &[Batch]) -> Vec<Checked> {
    let (mut first_row, mut first_record) = (0, 0);
    let checked = |batch: &Batch| {
        let mut record = first_record;
        let records: Vec<u64> = (0..batch.len())
            .map(|row| {
                record += u64::from(row > 0 && !batch[row].2);
                record
            })
            .collect();
        let columns: [ArrayRef; 3] = [
            Arc::new(StringArray::from_iter_values(
                batch.iter().map(|row| row.0.to_string()),
            )),
            Arc::new(Int64Array::from_iter_values(batch.iter().map(|row| row.1))),
            Arc::new(Int64Array::from_iter_values(
                first_row..first_row + batch.len() as i64,
            )),
        ];
        let read = distinct(&records) as u64;
        let mut origins = Origins::default();
        for record in &records {
            origins.push(*record, format!("record {record}").as_bytes());
        }
        first_record += read;
        first_row += batch.len() as i64;
        Checked {
            rows: RecordBatch::try_new(table_schema(pipeline()), columns.to_vec()).unwrap(),
            several: read < batch.len() as u64,
            records,
            origins: Some(origins),
            read,
            dropped: 0,
            rejected: Vec::new(),
            remarks: Vec::new(),
            fields: Vec::new(),
        }
    };
    batches.iter().map(checked).collect()
}

fn object(number: u8) -> SourceObject {
    SourceObject {
        uri: format!("object-{number}"),
        size: None,
        version: String::new(),
        stem: format!("stem-{number}"),
        sequencer: String::new(),
        received_at: i64::from(number),
    }
}

/// A table that stores at once what it is given, as DynamoDB does.
struct Items<'a> {
    /// Refuses rows whose number can be divided by it.
    refuses: Option<i64>,
    items: &'a mut BTreeMap<String, Item>,
    arrival: i64,
    stored: u64,
    settled: Settled,
}

/// Version, arrival, ordinal counted backwards, and note.
type Item = (i64, i64, i64, i64);

impl Sink for Items<'_> {
    fn put(
        &mut self,
        rows: &RecordBatch,
        first_ordinal: u64,
        _: &[u64],
    ) -> Result<(), SinkFailure> {
        for (ordinal, (id, version, note)) in (first_ordinal..).zip(values(rows)) {
            self.settled.taken += 1;
            if self.refuses.is_some_and(|number| note % number == 0) {
                self.settled.refused.push(RefusedRow {
                    ordinal,
                    code: "http_422".to_owned(),
                    message: format!("row {note}"),
                });
                continue;
            }
            let item = (version, self.arrival, -(ordinal as i64), note);
            let stored = self.items.entry(id).or_insert(item);
            if *stored > item {
                self.settled.stale.push(ordinal);
            } else {
                *stored = item;
                self.stored += 1;
            }
        }
        Ok(())
    }

    fn settled(&mut self) -> Settled {
        Settled::default()
    }

    fn settle(&mut self) -> Result<Settled, SinkFailure> {
        Ok(std::mem::take(&mut self.settled))
    }

    fn lose(&mut self, _: &[u64]) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Finished, SinkFailure> {
        Ok(Finished {
            rows: self.stored,
            files: Vec::new(),
        })
    }
}

/// What a sink gets wrong, or says that is not so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// Drops a batch's first row without a word.
    Forgets,
    /// Stores every batch twice.
    Repeats,
    /// Says that it took so many rows more.
    Takes(i64),
    /// Says that it has so many rows more.
    Has(i64),
    /// Says that it left a row out.
    LeftOut(u64),
}

/// A sink that cannot be trusted.
struct Liar<'a> {
    sink: Box<dyn Sink + 'a>,
    lie: Lie,
}

impl Sink for Liar<'_> {
    fn put(
        &mut self,
        rows: &RecordBatch,
        first_ordinal: u64,
        records: &[u64],
    ) -> Result<(), SinkFailure> {
        match self.lie {
            Lie::Forgets => self.sink.put(
                &rows.slice(1, rows.num_rows() - 1),
                first_ordinal + 1,
                &records[1..],
            ),
            Lie::Repeats => {
                self.sink.put(rows, first_ordinal, records)?;
                self.sink.put(rows, first_ordinal, records)
            }
            Lie::Takes(_) | Lie::Has(_) | Lie::LeftOut(_) => {
                self.sink.put(rows, first_ordinal, records)
            }
        }
    }

    fn settled(&mut self) -> Settled {
        // It tells all in the end.
        Settled::default()
    }

    fn settle(&mut self) -> Result<Settled, SinkFailure> {
        let mut settled = self.sink.settle()?;
        match self.lie {
            Lie::Takes(more) => settled.taken = settled.taken.wrapping_add_signed(more),
            Lie::LeftOut(ordinal) => settled.stale.push(ordinal),
            Lie::Forgets | Lie::Repeats | Lie::Has(_) => {}
        }
        Ok(settled)
    }

    fn lose(&mut self, ordinals: &[u64]) -> Result<(), SinkFailure> {
        self.sink.lose(ordinals)
    }

    fn finish(self: Box<Self>) -> Result<Finished, SinkFailure> {
        let mut finished = self.sink.finish()?;
        if let Lie::Has(more) = self.lie {
            finished.rows = finished.rows.wrapping_add_signed(more);
        }
        Ok(finished)
    }
}

/// Who brought a record first.
struct Seen<'a> {
    owner_of: &'a mut HashMap<[u8; 16], String>,
    owner: String,
}

impl SeenKeys for Seen<'_> {
    fn register(&mut self, records: &[Brought]) -> Result<Vec<bool>, SinkError> {
        let register = |brought: &Brought| {
            let owner = self.owner_of.entry(brought.key);
            *owner.or_insert_with(|| self.owner.clone()) == self.owner
        };
        Ok(records.iter().map(register).collect())
    }
}

fn values(rows: &RecordBatch) -> Vec<(String, i64, i64)> {
    let number = |column: &str, row: usize| {
        let column = rows.column_by_name(column).unwrap();
        column.as_primitive::<Int64Type>().value(row)
    };
    let ids = rows.column_by_name("id").map(|ids| ids.as_string::<i32>());
    (0..rows.num_rows())
        .map(|row| {
            let id = ids.map_or(String::new(), |ids| ids.value(row).to_owned());
            (id, number("age", row), number("note", row))
        })
        .collect()
}

/// The rows of every Parquet file below a folder, by its path.
fn lake(root: &Path) -> BTreeMap<String, Vec<(i64, i64)>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.join("lake")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let reader =
                ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path).unwrap());
            let rows = reader
                .unwrap()
                .build()
                .unwrap()
                .flat_map(|rows| values(&rows.unwrap()));
            let name = path.strip_prefix(root).unwrap().display().to_string();
            files.insert(name, rows.map(|(_, age, note)| (age, note)).collect());
        }
    }
    files
}

/// What objects leave behind.
struct World {
    folder: tempfile::TempDir,
    items: BTreeMap<String, Item>,
    owner_of: HashMap<[u8; 16], String>,
    /// The table refuses rows whose number can be divided by it.
    refuses: Option<i64>,
    /// Which sink lies, and how.
    liar: Option<(&'static str, Lie)>,
}

impl World {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            items: BTreeMap::new(),
            owner_of: HashMap::new(),
            refuses: None,
            liar: None,
        }
    }

    /// Processes an object, or the first `batches` of it.
    fn run(
        &mut self,
        pipeline: &Pipeline,
        number: u8,
        batches: &[Batch],
        crash_after: Option<usize>,
        all: bool,
    ) -> Option<Result<ObjectReport, RouteError>> {
        let scratch = tempfile::tempdir_in(self.folder.path()).unwrap();
        let object = object(number);
        let mut table = Some(Items {
            refuses: self.refuses,
            items: &mut self.items,
            arrival: object.received_at,
            stored: 0,
            settled: Settled::default(),
        });
        let open = |kind: &Kind| {
            let sink: Box<dyn Sink> = match kind {
                Kind::Table(_) => Box::new(table.take().unwrap()),
                Kind::Lake(lake) => {
                    let lake = LakeWriter::new(pipeline, lake, scratch.path(), &object.stem);
                    Box::new(lake.unwrap().with_open_files(OPEN_FOLDERS))
                }
                Kind::Http(_) => unreachable!("it has tests of its own"),
            };
            let lie = self.liar.filter(|(liar, _)| *liar == kind.name());
            let mut sink = OpenSink::new(
                kind,
                match lie {
                    Some((_, lie)) => Box::new(Liar { sink, lie }),
                    None => sink,
                },
            );
            sink.refuses_late |= self.refuses.is_some();
            sink
        };
        let sinks = pipeline.sinks.iter().map(open).collect();
        let mut seen = Seen {
            owner_of: &mut self.owner_of,
            owner: object.stem.clone(),
        };
        let seen = all.then_some(&mut seen as &mut dyn SeenKeys);
        let mut router = Router::new(
            pipeline,
            &object,
            form(),
            sinks,
            seen,
            scratch.path(),
            TIGHT,
        )
        .unwrap();
        for (number, batch) in checked(batches).into_iter().enumerate() {
            if Some(number) == crash_after {
                return None;
            }
            router.route(batch).unwrap();
        }
        if crash_after.is_some() {
            return None;
        }
        Some(router.finish(None, &mut LocalOutputs::new(self.folder.path())))
    }

    fn done(&mut self, number: u8, batches: &[Batch], all: bool) -> ObjectReport {
        let report = self.run(pipeline(), number, batches, None, all);
        let report = report.unwrap().unwrap();
        assert!(report.adds_up(), "{report:?}");
        report
    }

    #[allow(clippy::type_complexity, reason = "a table and a lake")]
    fn state(&self) -> (BTreeMap<String, Item>, BTreeMap<String, Vec<(i64, i64)>>) {
        (self.items.clone(), lake(self.folder.path()))
    }
}

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let row = (0..9_u8, 0..4_i64, proptest::bool::weighted(0.2));
    vec(vec(row, 0..8), 0..8)
}

fn flat() -> impl Strategy<Value = Vec<Batch>> {
    let row = (0..9_u8, 0..4_i64).prop_map(|(id, age)| (id, age, false));
    vec(vec(row, 0..6), 0..5)
}

/// The rows that must stay of one object: by key, version and number.
fn winners(batches: &[Batch]) -> HashMap<u8, (i64, i64)> {
    let mut winners: HashMap<u8, (i64, i64)> = HashMap::new();
    for (number, (id, age, _)) in (0..).zip(batches.iter().flatten()) {
        let winner = winners.entry(*id).or_insert((*age, number));
        if *age > winner.0 {
            *winner = (*age, number);
        }
    }
    winners
}

fn events() -> impl Strategy<Value = Vec<(u8, Option<usize>)>> {
    vec((0..3_u8, proptest::option::weighted(0.7, 0..5_usize)), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_newest_version_stays_whatever_is_on_disk(batches in batches()) {
        let mut world = World::new();
        let report = world.done(1, &batches, false);
        let winners = winners(&batches);
        let in_table: HashMap<u8, (i64, i64)> = world.items.iter()
            .map(|(id, (age, _, _, note))| (id.parse().unwrap(), (*age, *note)))
            .collect();
        prop_assert_eq!(&in_table, &winners);
        let in_lake: HashMap<u8, (i64, i64)> = lake(world.folder.path()).into_iter()
            .map(|(name, rows)| {
                assert_eq!(rows.len(), 1, "{name}: {rows:?}");
                let id = name.strip_prefix("lake/people/id=").and_then(|name| name.strip_suffix("/stem-1.parquet"));
                (id.unwrap().parse().unwrap(), rows[0])
            })
            .collect();
        prop_assert_eq!(&in_lake, &winners);
        prop_assert_eq!(report.rows, winners.len() as u64);
        // A record is stored where one of its rows is.
        let mut record_of = Vec::new();
        let mut record = 0;
        for batch in &batches {
            record += 1;
            for (row, (_, _, same)) in batch.iter().enumerate() {
                record += u64::from(row > 0 && !same);
                record_of.push(record);
            }
        }
        let stored: Vec<u64> = winners.values().map(|(_, number)| record_of[*number as usize]).collect();
        prop_assert_eq!(report.stored, distinct(&stored) as u64);
    }

    /// As above for a table alone, which has newer versions of some keys.
    #[test]
    fn what_the_table_has_is_a_duplicate(stored in flat(), batches in flat()) {
        let mut world = World::new();
        world.run(&table_only(), 1, &stored, None, false);
        let report = world.run(&table_only(), 0, &batches, None, false).unwrap().unwrap();
        let before = winners(&stored);
        let newer = |(id, (age, _)): &(u8, (i64, i64))| before.get(id).is_none_or(|(known, _)| known < age);
        let expected = winners(&batches).into_iter().filter(newer).count() as u64;
        prop_assert!(report.adds_up());
        prop_assert_eq!((report.stored, report.rows), (expected, expected));
    }

    /// What a sink refuses late is rejected with the rest of its record, and counted once.
    #[test]
    fn what_a_sink_refuses_late_is_rejected(batches in batches(), number in 1..5_i64) {
        let mut world = World::new();
        world.refuses = Some(number);
        let report = world.done(1, &batches, false);
        let mut record_of = Vec::new();
        let mut record = 0;
        for batch in &batches {
            record += 1;
            for (row, (_, _, same)) in batch.iter().enumerate() {
                record += u64::from(row > 0 && !same);
                record_of.push(record);
            }
        }
        let path = world.folder.path().join("rejects/people/stem-1.ndjson");
        let lines = std::fs::read_to_string(path).unwrap_or_default();
        let mut rejected = Vec::new();
        for line in lines.lines() {
            let line: RejectLine<'_> = serde_json::from_str(line).unwrap();
            prop_assert_eq!(line.raw.unwrap(), format!("record {}", line.row - 1));
            for finding in &line.findings {
                let note: usize = finding.message.strip_prefix("row ").unwrap().parse().unwrap();
                prop_assert_eq!((note as i64 % number, &*finding.code), (0, "http_422"));
                rejected.push(record_of[note]);
            }
        }
        prop_assert_eq!(lines.lines().count() as u64, report.rejected);
        prop_assert_eq!(distinct(&rejected) as u64, report.rejected);
        let stored: Vec<u64> = lake(world.folder.path()).into_values().flatten()
            .map(|(_, note)| record_of[note as usize])
            .collect();
        prop_assert!(stored.iter().all(|record| !rejected.contains(record)));
        prop_assert_eq!(distinct(&stored) as u64, report.stored);
    }

    /// Retries that follow at once, and events that come again.
    #[test]
    fn a_crash_changes_nothing(
        objects in vec(batches(), 3),
        all in any::<bool>(),
        crashes in vec((0..3_u8, 0..9_usize, any::<bool>()), 0..6),
    ) {
        let (mut smooth, mut rough) = (World::new(), World::new());
        for (number, batches) in (0..).zip(&objects) {
            let expected = smooth.done(number, batches, all);
            for (_, after, _) in crashes.iter().filter(|crash| crash.0 == number) {
                rough.run(pipeline(), number, batches, Some(*after), all);
            }
            let mut report = rough.done(number, batches, all);
            prop_assert_eq!(&report, &expected);
            // An event of an earlier object, whose ledger entry was not closed.
            for (earlier, _, _) in crashes.iter().filter(|crash| crash.2 && crash.0 <= number) {
                report = rough.done(*earlier, &objects[*earlier as usize], all);
                prop_assert!(report.adds_up());
            }
        }
        prop_assert_eq!(rough.state(), smooth.state());
    }

    /// Attempts of several objects, interleaved and crashed in any order: nothing is lost and nothing is there twice.
    #[test]
    fn every_version_is_brought_by_one_object(objects in vec(flat(), 3), events in events()) {
        let mut world = World::new();
        for (number, crash_after) in events {
            world.run(pipeline(), number, &objects[number as usize], crash_after, true);
        }
        let reports: Vec<_> = (0..).zip(&objects).map(|(number, batches)| world.done(number, batches, true)).collect();
        let mut newest: BTreeMap<String, i64> = BTreeMap::new();
        for (id, age, _) in objects.iter().flatten().flatten() {
            let known = newest.entry(id.to_string()).or_insert(*age);
            *known = (*known).max(*age);
        }
        let in_table: BTreeMap<String, i64> = world.items.iter().map(|(id, item)| (id.clone(), item.0)).collect();
        prop_assert_eq!(&in_table, &newest);
        let mut in_lake: Vec<(String, i64)> = lake(world.folder.path()).into_iter()
            .flat_map(|(name, rows)| {
                let id = name.split(['=', '/']).nth(3).unwrap().to_owned();
                rows.into_iter().map(move |(age, _)| (id.clone(), age))
            })
            .collect();
        prop_assert_eq!(in_lake.len() as u64, reports.iter().map(|report| report.stored).sum::<u64>());
        in_lake.sort();
        let mut once = in_lake.clone();
        once.dedup();
        prop_assert_eq!(&in_lake, &once);
        let newest: Vec<_> = newest.into_iter().collect();
        prop_assert!(newest.iter().all(|version| in_lake.contains(version)), "{:?} of {:?}", in_lake, newest);
    }
}

fn keyless(manifest: &str) -> String {
    manifest
        .replace("key = \"id\"\norder_by = \"age\"\n", "")
        .replace("[pipeline.people.table]\n", "")
}

/// Whatever a sink gets wrong, in either direction, fails the object, and nothing is published.
#[test]
fn a_sink_that_lies_fails_the_object() {
    fn check(lie: Lie, expected: &str) {
        for kind in &pipeline().sinks {
            let mut world = World::new();
            world.liar = Some((kind.name(), lie));
            let batch = vec![(1, 1, false), (2, 1, false)];
            let report = world.run(pipeline(), 1, &[batch], None, false);
            let expected = expected.replace("SINK", kind.name());
            assert_eq!(
                report.unwrap().unwrap_err().to_string(),
                format!(
                    "rows are unaccounted for: {expected}; report it with the object's size and format"
                ),
                "{lie:?}"
            );
            assert!(lake(world.folder.path()).is_empty(), "nothing is published");
        }
    }
    check(Lie::Forgets, "the SINK was given 2, but has 1");
    check(Lie::Repeats, "the SINK was given 2, but has 4");
    check(Lie::Takes(-1), "the SINK was given 2, but has 1");
    check(Lie::Takes(1), "the SINK was given 2, but has 3");
    check(Lie::Has(-1), "the SINK was given 2, but has 1");
    check(Lie::Has(1), "the SINK was given 2, but has 3");
    check(
        Lie::LeftOut(2),
        "the SINK left out row 2, which it was never given",
    );
}

#[test]
fn a_row_that_is_only_said_to_be_left_out_fails_the_object() {
    fn check(name: &'static str, expected: &str) {
        let mut world = World::new();
        world.liar = Some((name, Lie::LeftOut(0)));
        let batch = vec![(1, 1, false), (2, 1, false)];
        let error = world.run(pipeline(), 1, &[batch], None, false);
        let error = error.unwrap().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    check("table", "the table was given 1, but has 2");
    // It keeps all.
    check("lake", "the lake was given 2, but has 1");
}

/// A lake that never has more files open than it may.
struct Watched(LakeWriter);

impl Sink for Watched {
    fn put(
        &mut self,
        rows: &RecordBatch,
        first_ordinal: u64,
        records: &[u64],
    ) -> Result<(), SinkFailure> {
        self.0.put(rows, first_ordinal, records)?;
        assert!(self.0.open_files() <= OPEN_FOLDERS + 40 / OPEN_FOLDERS);
        Ok(())
    }

    fn settled(&mut self) -> Settled {
        self.0.settled()
    }

    fn settle(&mut self) -> Result<Settled, SinkFailure> {
        self.0.settle()
    }

    fn lose(&mut self, ordinals: &[u64]) -> Result<(), SinkFailure> {
        self.0.lose(ordinals)
    }

    fn finish(self: Box<Self>) -> Result<Finished, SinkFailure> {
        Box::new(self.0).finish()
    }
}

/// A router into the lake of a pipeline that has no other sink.
fn router_to_lake(pipeline: &Pipeline, folder: &Path) -> Router<'static> {
    let object = object(1);
    let lake = LakeWriter::new(pipeline, pipeline.lake().unwrap(), folder, &object.stem);
    let lake = Watched(lake.unwrap().with_open_files(OPEN_FOLDERS));
    let sinks = vec![OpenSink::new(&pipeline.sinks[0], Box::new(lake))];
    Router::new(pipeline, &object, form(), sinks, None, folder, TIGHT).unwrap()
}

/// Folders come and go, in order and in disorder, and there is one file of each with its rows in order.
#[test]
fn one_file_a_folder() {
    let orders: [fn(usize) -> usize; 3] =
        [|row| row / 50, |row| row * 7_919 % 40, |row| row / 3 % 40];
    for folder_of in orders {
        let folder = tempfile::tempdir().unwrap();
        let manifest = keyless(MANIFEST);
        let stack = sluice_manifest::load(&manifest, "manifest.toml", None).unwrap();
        let mut router = router_to_lake(&stack.pipelines[0], folder.path());
        let rows: Vec<Row> = (0..2_000)
            .map(|row| (folder_of(row) as u8, 0, false))
            .collect();
        let batches: Vec<Batch> = rows.chunks(4).map(<[Row]>::to_vec).collect();
        for batch in checked(&batches) {
            router.route(batch).unwrap();
        }
        let report = router
            .finish(None, &mut LocalOutputs::new(folder.path()))
            .unwrap();
        let files = lake(folder.path());
        assert_eq!((report.outputs.len(), files.len()), (40, 40));
        for (name, found) in files {
            let expected: Vec<(i64, i64)> = (0..2_000)
                .filter(|row| name == format!("lake/people/id={}/stem-1.parquet", folder_of(*row)))
                .map(|row| (0, row as i64))
                .collect();
            assert_eq!(found, expected, "{name}");
        }
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "scratch is empty but for the lake");
    }
}

#[test]
fn more_folders_than_allowed_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = keyless(&MANIFEST.replace("[\"id\"]", "[\"age\"]"));
    let stack = sluice_manifest::load(&manifest, "manifest.toml", None).unwrap();
    let mut router = router_to_lake(&stack.pipelines[0], folder.path());
    let rows: Vec<Row> = (0..17_000).map(|row| (row as u8, row, false)).collect();
    let error = router.route(checked(&[rows]).remove(0)).unwrap_err();
    assert!(
        error.to_string().contains("more than 16384 lake folders"),
        "{error}"
    );
}
