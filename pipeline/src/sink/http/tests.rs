//! The sink over a receiver in memory that keeps its promise: what comes under a key that it knows gets the same answer and
//! changes nothing. Everything else about it may go wrong.
#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard},
    time::SystemTime,
};

use arrow_array::{ArrayRef, Int64Array, StringArray};
use proptest::prelude::*;
use serde_json::{Value, json};
use sluice_courier::{Answer, Lost, Request, Sent};

use super::*;
use crate::check::table_schema;

/// A clock that jumps over every wait.
#[derive(Clone)]
struct Jumping {
    start: Instant,
    jumped: Arc<Mutex<Duration>>,
}

impl Jumping {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            jumped: Arc::default(),
        }
    }
}

impl Clock for Jumping {
    fn now(&self) -> Instant {
        self.start + *self.jumped.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) {
        *self.jumped.lock().unwrap() += duration;
    }
}

/// What may go wrong, in hundredths.
#[derive(Debug, Clone, Copy, Default)]
struct Faults {
    /// The request does not come.
    lost: u8,
    /// The answer does not come.
    unanswered: u8,
    /// The server has no time.
    busy: u8,
}

/// The receiver.
#[derive(Clone)]
struct Receiver(Arc<Mutex<Inside>>);

struct Inside {
    random: fastrand::Rng,
    faults: Faults,
    /// Whether it says what is wrong with each record of a batch.
    tells: bool,
    answers: HashMap<String, (Vec<u8>, Answer)>,
    /// How often each id was stored.
    stored: BTreeMap<i64, u32>,
    requests: u32,
    most_records: usize,
}

impl Receiver {
    fn new(seed: u64, faults: Faults, tells: bool) -> Self {
        Self(Arc::new(Mutex::new(Inside {
            random: fastrand::Rng::with_seed(seed),
            faults,
            tells,
            answers: HashMap::new(),
            stored: BTreeMap::new(),
            requests: 0,
            most_records: 0,
        })))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }
}

impl Carrier for Receiver {
    fn carry(
        &self,
        request: &Request,
        _: &[(String, String)],
        _: Duration,
    ) -> Result<Answer, Lost> {
        let mut inside = self.inside();
        inside.requests += 1;
        let fault = inside.random.u8(..100);
        let Faults {
            lost,
            unanswered,
            busy,
        } = inside.faults;
        if fault < lost {
            return Err(gone(Sent::No));
        }
        if fault < lost + busy {
            return Ok(Answer {
                status: [429, 503][usize::from(fault % 2)],
                retry_after: Some(Duration::from_secs(1)),
                body: Vec::new(),
            });
        }
        let answer = inside.take(request);
        if fault < lost + busy + unanswered {
            return Err(gone(Sent::Maybe));
        }
        Ok(answer)
    }
}

fn gone(sent: Sent) -> Lost {
    Lost {
        sent,
        reason: "gone".to_owned(),
    }
}

impl Inside {
    fn take(&mut self, request: &Request) -> Answer {
        if let Some((body, answer)) = self.answers.get(&request.idempotency_key) {
            assert_eq!(body, &request.body, "a key stands for one body");
            return answer.clone();
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let answer = match body.as_array() {
            Some(records) => self.take_all(records),
            None => {
                let (status, code) = verdict(&body);
                self.store(&body);
                answer(status, json!({ "code": code }))
            }
        };
        let kept = (request.body.clone(), answer.clone());
        self.answers.insert(request.idempotency_key.clone(), kept);
        answer
    }

    fn take_all(&mut self, records: &[Value]) -> Answer {
        self.most_records = self.most_records.max(records.len());
        if self.tells {
            records.iter().for_each(|record| self.store(record));
            let result = |record| {
                let (status, code) = verdict(record);
                json!({ "status": status, "code": code })
            };
            let results: Vec<Value> = records.iter().map(result).collect();
            return answer(200, json!({ "results": results }));
        }
        // All of them or none.
        if let Some((status, code)) = records
            .iter()
            .map(verdict)
            .find(|(status, _)| *status >= 400)
        {
            return answer(status, json!({ "code": code }));
        }
        records.iter().for_each(|record| self.store(record));
        answer(200, json!({}))
    }

    fn store(&mut self, record: &Value) {
        if verdict(record).0 < 300 {
            *self
                .stored
                .entry(record["id"].as_i64().unwrap())
                .or_default() += 1;
        }
    }
}

fn answer(status: u16, body: Value) -> Answer {
    Answer {
        status,
        retry_after: None,
        body: body.to_string().into_bytes(),
    }
}

/// Multiples of seven are wrong, and multiples of eleven are old.
fn verdict(record: &Value) -> (u16, &'static str) {
    let id = record["id"].as_i64().unwrap();
    match (id % 7, id % 11) {
        (0, _) => (422, "a_multiple_of_seven"),
        (_, 0) => (409, "newer_version"),
        _ => (201, "fine"),
    }
}

fn pipeline(batch: u32, in_flight: u32) -> Pipeline {
    let manifest = format!(
        "[project]\nname = \"sending\"\n[pipeline.p]\nsource = {{ prefix = \"in/\" }}\nkey = \"id\"\n\
         http = {{ url = \"http://localhost/p\", batch = {batch}, in_flight = {in_flight}, retry_seconds = 3600 }}\n\
         fields = {{ id = \"integer\", note = {{ type = \"text\", required = false }} }}\n"
    );
    let mut stack = sluice_manifest::load(&manifest, "manifest.toml", None).unwrap();
    stack.pipelines.remove(0)
}

fn rows(pipeline: &Pipeline, ids: &[i64]) -> RecordBatch {
    let notes = ids.iter().map(|id| (id % 2 == 0).then(|| format!("n{id}")));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(ids.to_vec())),
        Arc::new(StringArray::from_iter(notes)),
    ];
    RecordBatch::try_new(table_schema(pipeline), columns).unwrap()
}

fn open(receiver: &Receiver, pipeline: &Pipeline, scratch: &Path) -> HttpSink {
    let clock = Jumping::new();
    let http = pipeline.http().unwrap();
    let destination = Destination {
        url: http.url.clone(),
        authorization: Authorization::None,
        authorities: None,
        deadline: clock.start + Duration::from_secs(1 << 20),
    };
    let object = SourceObject {
        uri: "s3://raw/a.csv".to_owned(),
        size: None,
        version: "1".to_owned(),
        stem: "part".to_owned(),
        sequencer: String::new(),
        received_at: 0,
    };
    HttpSink::over(
        receiver.clone(),
        clock,
        pipeline,
        http,
        destination,
        &object,
        scratch,
    )
    .unwrap()
}

/// Sends these ids in batches of `at_once`; what the sink says of them.
fn send(
    sink: &mut HttpSink,
    pipeline: &Pipeline,
    ids: &[i64],
    at_once: usize,
) -> Result<Settled, SinkFailure> {
    let mut all = Settled::default();
    let mut add = |settled: Settled| {
        all.taken += settled.taken;
        all.stale.extend(settled.stale);
        all.refused.extend(settled.refused);
    };
    put(sink, pipeline, ids, at_once, &mut add)?;
    add(sink.settle()?);
    all.stale.sort_unstable();
    all.refused.sort_by_key(|row| row.ordinal);
    Ok(all)
}

fn put(
    sink: &mut HttpSink,
    pipeline: &Pipeline,
    ids: &[i64],
    at_once: usize,
    mut settled: impl FnMut(Settled),
) -> Result<(), SinkFailure> {
    let mut first = 0;
    for ids in ids.chunks(at_once) {
        let numbers: Vec<u64> = (first..first + ids.len() as u64)
            .map(|ordinal| ordinal + 100)
            .collect();
        sink.put(&rows(pipeline, ids), first, &numbers)?;
        first += ids.len() as u64;
        settled(sink.settled());
    }
    Ok(())
}

fn check_accounts(ids: &[i64], settled: &Settled) {
    let ordinals = |wanted: fn(i64) -> bool| {
        let of = ids.iter().zip(0_u64..).filter(move |(id, _)| wanted(**id));
        of.map(|(_, ordinal)| ordinal).collect::<Vec<_>>()
    };
    assert_eq!(settled.taken, ids.len() as u64);
    assert_eq!(settled.stale, ordinals(|id| id % 7 != 0 && id % 11 == 0));
    let refused: Vec<u64> = settled.refused.iter().map(|row| row.ordinal).collect();
    assert_eq!(refused, ordinals(|id| id % 7 == 0));
    assert!(settled.refused.iter().all(|row| row.code == "http_422"));
}

fn good(ids: &[i64]) -> BTreeMap<i64, u32> {
    let good = ids.iter().filter(|id| **id % 7 != 0 && **id % 11 != 0);
    good.map(|id| (*id, 1)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_record_is_stored_once_and_accounted_for(
        seed in any::<u64>(), rows in 0..120_i64, batch in 1..20_u32, in_flight in 1..6_u32, at_once in 1..40_usize,
        lost in 0..20_u8, unanswered in 0..20_u8, busy in 0..20_u8, tells: bool, killed in 0..120_usize,
    ) {
        let pipeline = pipeline(batch, in_flight);
        let faults = Faults { lost, unanswered, busy };
        let receiver = Receiver::new(seed, faults, tells);
        let ids: Vec<i64> = (1..=rows).collect();
        let scratch = tempfile::tempdir().unwrap();
        // An attempt that dies half-way, with requests on their way.
        let mut first = open(&receiver, &pipeline, scratch.path());
        put(&mut first, &pipeline, &ids[..killed.min(ids.len())], at_once, |_| {}).unwrap();
        drop(first);

        let mut sink = open(&receiver, &pipeline, scratch.path());
        let settled = send(&mut sink, &pipeline, &ids, at_once).unwrap();
        check_accounts(&ids, &settled);
        let finished = Box::new(sink).finish().unwrap();
        let stored = good(&ids);
        prop_assert_eq!(finished.rows, stored.len() as u64);
        let inside = receiver.inside();
        prop_assert!(inside.most_records <= batch as usize);
        prop_assert_eq!(&inside.stored, &stored);
        let results = std::fs::read_to_string(&finished.files[0].path).unwrap();
        let mut seen: Vec<u64> = results
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["row"].as_u64().unwrap())
            .collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (100..100 + ids.len() as u64).collect::<Vec<_>>());
    }
}

#[test]
fn files_say_what_was_answered() {
    let pipeline = pipeline(3, 1);
    let receiver = Receiver::new(1, Faults::default(), true);
    let scratch = tempfile::tempdir().unwrap();
    let mut sink = open(&receiver, &pipeline, scratch.path());
    let _ = send(&mut sink, &pipeline, &[5, 6, 7, 11], 2).unwrap();
    let finished = Box::new(sink).finish().unwrap();
    let names: Vec<&str> = finished.files.iter().map(|file| &*file.name).collect();
    assert_eq!(names, ["results/p/part.ndjson", "counts/p/part.json"]);
    let read = |index: usize| std::fs::read_to_string(&finished.files[index].path).unwrap();
    insta::assert_snapshot!(read(0), @r#"
    {"row":100,"outcome":"stored","status":201,"attempts":1,"ms":0}
    {"row":101,"outcome":"stored","status":201,"attempts":1,"ms":0}
    {"row":102,"outcome":"refused","status":422,"attempts":1,"ms":0,"code":"http_422"}
    {"row":103,"outcome":"stale","status":409,"attempts":1,"ms":0}
    "#);
    insta::assert_snapshot!(read(1), @r#"
    {
      "rows": 4,
      "stored": 2,
      "stale": 1,
      "refused": 1,
      "requests": 2,
      "attempts": 2,
      "statuses": {
        "200": 2
      },
      "ms": {
        "p50": 0,
        "p90": 0,
        "p99": 0,
        "most": 0
      }
    }
    "#);
}

#[test]
fn a_fault_of_the_request_refuses_no_record() {
    struct Closed;
    impl Carrier for Closed {
        fn carry(&self, _: &Request, _: &[(String, String)], _: Duration) -> Result<Answer, Lost> {
            Ok(answer(403, json!({ "message": "Forbidden" })))
        }
    }
    let pipeline = pipeline(1, 2);
    let clock = Jumping::new();
    let http = pipeline.http().unwrap();
    let destination = Destination {
        url: "https://api.example.com/p?token=hidden".to_owned(),
        authorization: Authorization::None,
        authorities: None,
        deadline: clock.start + Duration::from_secs(60),
    };
    let object = SourceObject {
        uri: "a".to_owned(),
        size: None,
        version: String::new(),
        stem: String::new(),
        sequencer: String::new(),
        received_at: 0,
    };
    let scratch = tempfile::tempdir().unwrap();
    let mut sink = HttpSink::over(
        Closed,
        clock,
        &pipeline,
        http,
        destination,
        &object,
        scratch.path(),
    )
    .unwrap();
    let error = send(&mut sink, &pipeline, &[1, 2, 3], 3).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the API at https://api.example.com/p refused to take 1 record: HTTP status 403: it does not let this sender in; \
         see `auth`"
    );
}

#[test]
fn a_panic_is_a_failure_and_not_waited_for() {
    struct Panics;
    impl Carrier for Panics {
        fn carry(&self, _: &Request, _: &[(String, String)], _: Duration) -> Result<Answer, Lost> {
            panic!("a defect")
        }
    }
    let pipeline = pipeline(1, 2);
    let clock = Jumping::new();
    let http = pipeline.http().unwrap();
    let destination = Destination {
        url: "https://api.example.com/p".to_owned(),
        authorization: Authorization::None,
        authorities: None,
        deadline: clock.start + Duration::from_secs(60),
    };
    let object = SourceObject {
        uri: "a".to_owned(),
        size: None,
        version: String::new(),
        stem: String::new(),
        sequencer: String::new(),
        received_at: 0,
    };
    let scratch = tempfile::tempdir().unwrap();
    let mut sink = HttpSink::over(
        Panics,
        clock,
        &pipeline,
        http,
        destination,
        &object,
        scratch.path(),
    )
    .unwrap();
    let error = send(&mut sink, &pipeline, &[1, 2, 3], 3).unwrap_err();
    assert!(error.to_string().contains("a defect of Sluice"), "{error}");
}

#[test]
fn rows_of_one_record_have_names_of_their_own() {
    let names: Vec<String> = rows_of(10, &[3, 4, 3, 3, 5])
        .map(|id| id.to_string())
        .collect();
    assert_eq!(names, ["3", "4", "3.1", "3.2", "5"]);
}

#[test]
fn rows_of_one_record_are_sent_and_answered_for_one_by_one() {
    for (batch, requests) in [(1, 5), (4, 2)] {
        let pipeline = pipeline(batch, 2);
        let receiver = Receiver::new(1, Faults::default(), true);
        // A plugin made three rows of a record, and the API does not want one of them.
        let ids = [1, 6, 7, 8, 9];
        let records = [3, 4, 4, 4, 5];
        for attempt in 0..2 {
            let scratch = tempfile::tempdir().unwrap();
            let mut sink = open(&receiver, &pipeline, scratch.path());
            sink.put(&rows(&pipeline, &ids), 0, &records).unwrap();
            let mut settled = sink.settle().unwrap();
            settled.refused.extend(sink.settled().refused);
            let refused: Vec<u64> = settled.refused.iter().map(|row| row.ordinal).collect();
            // All of the record is then a reject, though others of its rows are at the API.
            assert_eq!(refused, [2], "attempt {attempt}");
            let finished = Box::new(sink).finish().unwrap();
            let text = std::fs::read_to_string(&finished.files[0].path).unwrap();
            let mut lines: Vec<(u64, bool)> = text
                .lines()
                .map(|line| {
                    let line: Value = serde_json::from_str(line).unwrap();
                    (line["row"].as_u64().unwrap(), line["outcome"] == "stored")
                })
                .collect();
            lines.sort_unstable();
            let expected = [(3, true), (4, false), (4, true), (4, true), (5, true)];
            assert_eq!(lines, expected);
        }
        let inside = receiver.inside();
        assert_eq!(inside.answers.len(), requests);
        assert_eq!(inside.stored, good(&ids), "each row is stored once");
    }
}

#[test]
fn versions_of_one_record_do_not_race() {
    let pipeline = pipeline(4, 4);
    let receiver = Receiver::new(1, Faults::default(), true);
    let scratch = tempfile::tempdir().unwrap();
    let mut sink = open(&receiver, &pipeline, scratch.path());
    // Each batch has the same key once more.
    let settled = send(&mut sink, &pipeline, &[1, 1, 1, 1], 1).unwrap();
    assert_eq!(settled.taken, 4);
    let inside = receiver.inside();
    assert_eq!((inside.requests, inside.most_records), (4, 1));
}

#[test]
fn what_is_sent_together_does_not_depend_on_the_answers() {
    let pipeline = pipeline(4, 4);
    let ids = [1, 2, 3, 2, 4, 5, 1, 6, 8, 9];
    let receiver = Receiver::new(1, Faults::default(), true);
    let scratch = tempfile::tempdir().unwrap();
    let requests = |wait: bool| {
        let mut sink = open(&receiver, &pipeline, scratch.path());
        for (ordinal, id) in ids.iter().enumerate() {
            let ordinal = ordinal as u64;
            sink.put(&rows(&pipeline, &[*id]), ordinal, &[ordinal])
                .unwrap();
            while wait && sink.crew.is_busy() {
                sink.take_one().unwrap();
            }
        }
        let _ = sink.settle().unwrap();
        receiver.inside().answers.len()
    };
    let first = requests(true);
    assert_eq!(
        (first, requests(false)),
        (3, 3),
        "another attempt makes the same requests"
    );
    // Each as often as it was in the object.
    let stored: u32 = receiver.inside().stored.values().sum();
    assert_eq!(stored, ids.len() as u32);
}
