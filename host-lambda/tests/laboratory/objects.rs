//! Source objects, and what must become of each of their records. The model knows nothing of the program but what its
//! documents promise.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

/// What a pipeline stores, and how it tells versions of a record apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Items and files; `order_by` tells which version is newer.
    TableAndLake,
    /// Files of records without identity.
    Lake,
    /// Items; the object's sequencer tells which version is newer.
    Table,
    /// Files of records of which the first of all objects stays.
    FirstOfAll,
    /// Requests of one record, without identity.
    Http,
    /// Requests of several records, of which the newest version in an object is sent.
    HttpBatches,
}

impl Layout {
    pub(crate) const ALL: [Self; 4] = [
        Self::TableAndLake,
        Self::Lake,
        Self::Table,
        Self::FirstOfAll,
    ];

    /// Those that send records to an API.
    pub(crate) const HTTP: [Self; 2] = [Self::Http, Self::HttpBatches];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TableAndLake => "table+lake",
            Self::Lake => "lake",
            Self::Table => "table",
            Self::FirstOfAll => "dedupe=all",
            Self::Http => "http",
            Self::HttpBatches => "http batches",
        }
    }

    pub(crate) fn has_table(self) -> bool {
        matches!(self, Self::TableAndLake | Self::Table)
    }

    pub(crate) fn has_lake(self) -> bool {
        !self.has_http() && self != Self::Table
    }

    pub(crate) fn has_http(self) -> bool {
        Self::HTTP.contains(&self)
    }

    /// Whether the lake has one version of an object alone.
    fn replaces(self) -> bool {
        self.has_lake() && self != Self::FirstOfAll
    }

    fn has_key(self) -> bool {
        !matches!(self, Self::Lake | Self::Http)
    }

    fn has_order(self) -> bool {
        matches!(
            self,
            Self::TableAndLake | Self::FirstOfAll | Self::HttpBatches
        )
    }

    /// The settings of a pipeline of this layout, with objects of this size.
    pub(crate) fn settings(self, size: Size) -> Value {
        let text = |name: &str, required: bool| {
            json!({
                "name": name, "type": "text", "min_length": null, "max_length": null, "pattern": null, "one_of": [],
                "required": required, "default": null, "pii": false,
            })
        };
        let mut settings: Value =
            serde_json::from_str(include_str!("../settings/lake.json")).unwrap();
        let pipeline = &mut settings["pipeline"];
        pipeline["plugin"] = Value::Null;
        pipeline["source"]["split_mb"] = match size {
            Size::Split => 1.into(),
            Size::Slow => 0.into(),
            Size::Small | Size::Many | Size::Large => 256.into(),
        };
        let fields = pipeline["fields"].as_array_mut().unwrap();
        fields.push(text("mark", true));
        fields.push(text("note", false));
        if !self.has_order() {
            pipeline["order_by"] = Value::Null;
        }
        if self.has_table() {
            pipeline["table"] =
                json!({ "partition_key": "id", "sort_key": [], "indexes": [], "ttl": null });
        }
        if !self.has_key() {
            pipeline["key"] = json!([]);
        }
        if self == Self::FirstOfAll {
            pipeline["dedupe"] = "all".into();
            pipeline["lake"]["reupload"] = "append".into();
        }
        if !self.has_lake() {
            pipeline["lake"] = Value::Null;
        }
        if self.has_http() {
            // It is the API that refuses what is wrong.
            pipeline["fields"][QUANTITY]["min"] = Value::Null;
            pipeline["http"] = json!({
                "url": "https://api.example.com/records",
                "batch": if self == Self::Http { 1 } else { 7 },
                "in_flight": 4, "connect_timeout_ms": 3000, "timeout_ms": TIMEOUT_MS, "retry_seconds": 60,
            });
        }
        settings
    }
}

/// The place of the field that tells whether a record is right.
const QUANTITY: usize = 2;

/// How long a request to an API may take. What is slower has met a fault, or a busy machine.
pub(crate) const TIMEOUT_MS: u64 = 700;

/// Whether an API refuses a record.
pub(crate) fn is_refused(record: &Value) -> bool {
    record["quantity"] == 0
}

/// What must become of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It passes, and no other record of its object replaces it.
    Live,
    /// Its object has another version of it.
    Duplicate,
    /// It is in the rejects.
    Rejected,
}

/// One record.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// Tells it from every other record.
    pub(crate) mark: String,
    pub(crate) id: String,
    /// When it was made: days after the first.
    pub(crate) day: u32,
    pub(crate) fate: Fate,
    note: String,
}

/// One source object.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) key: String,
    /// Orders objects like their uploads.
    pub(crate) sequencer: String,
    pub(crate) records: Vec<Record>,
}

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// A few objects of a few dozen records.
    Small,
    /// As many as make it worth it to compact the folders that they are in.
    Many,
    /// One object whose file is uploaded in several parts.
    Large,
    /// One object that several invocations share.
    Split,
    /// One object of several batches, for which the time is short.
    Slow,
}

/// Bytes of the note of a record of a large object: a few dozen fill one part of an upload.
const LARGE_NOTE_BYTES: usize = 200_000;

/// Bytes of the note of a record of a split object: a few dozen make a megabyte.
const NOTE_BYTES: usize = 15_000;

impl Object {
    /// Makes up the objects of a run.
    pub(crate) fn invent(layout: Layout, size: Size, rng: &mut fastrand::Rng) -> Vec<Self> {
        let numbers = match size {
            Size::Small => 0..3,
            Size::Many => 0..8,
            Size::Large | Size::Split | Size::Slow => 0..1,
        };
        // One more is a newer version of the first.
        let newer = numbers.end;
        let again = match size {
            Size::Small => rng.u32(0..3) == 0,
            Size::Many => true,
            Size::Large | Size::Split | Size::Slow => false,
        };
        numbers
            .chain(again.then_some(newer))
            .map(|number| {
                let records = match size {
                    Size::Small | Size::Many => rng.usize(8..40),
                    Size::Large => 120,
                    Size::Split | Size::Slow => rng.usize(180..260),
                };
                let name = if number == newer { 0 } else { number };
                let ending = if rng.bool() || name == 0 {
                    "csv"
                } else {
                    "ndjson"
                };
                let records = (0..records)
                    .map(|row| Record::invent(number, row, size, rng))
                    .collect();
                let mut object = Self {
                    key: format!("incoming/{name}.{ending}"),
                    sequencer: format!("00{number:02}AED6DCD90281E5"),
                    records,
                };
                if layout.has_http() {
                    object.keep_apart_what_is_refused();
                }
                if matches!(size, Size::Small | Size::Many) {
                    object.find_duplicates(layout);
                }
                object
            })
            .collect()
    }

    /// What an API refuses is no version of anything: it would have replaced others before it was sent.
    fn keep_apart_what_is_refused(&mut self) {
        for record in &mut self.records {
            if record.fate == Fate::Rejected {
                record.id.clone_from(&record.mark);
            }
        }
    }

    /// Of the versions of a key the newest lives; of equal ones the first.
    fn find_duplicates(&mut self, layout: Layout) {
        if !layout.has_key() {
            return;
        }
        let mut newest: HashMap<String, usize> = HashMap::new();
        for index in 0..self.records.len() {
            let record = &self.records[index];
            if record.fate == Fate::Rejected {
                continue;
            }
            let Some(other) = newest.get(&record.id).copied() else {
                newest.insert(record.id.clone(), index);
                continue;
            };
            let replaces = layout.has_order() && record.day > self.records[other].day;
            let (loser, id) = if replaces {
                (other, record.id.clone())
            } else {
                (index, record.id.clone())
            };
            self.records[loser].fate = Fate::Duplicate;
            if replaces {
                newest.insert(id, index);
            }
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = String::new();
        let csv = self.key.ends_with(".csv");
        if csv {
            body.push_str("id,ordered_at,quantity,mark,note\n");
        }
        for Record {
            mark,
            id,
            day,
            fate,
            note,
        } in &self.records
        {
            let at = format!("2026-11-{:02}T10:00:00Z", 22 + day);
            let quantity = if *fate == Fate::Rejected { 0 } else { 1 };
            let line = if csv {
                format!("{id},{at},{quantity},{mark},{note}")
            } else {
                json!({ "id": id, "ordered_at": at, "quantity": quantity, "mark": mark, "note": note })
                    .to_string()
            };
            body.push_str(&line);
            body.push('\n');
        }
        body.into_bytes()
    }

    /// What tells its marks from those of other objects.
    pub(crate) fn marks_begin_with(&self) -> String {
        let mark = &self.records[0].mark;
        mark[..=mark.find('r').expect("a mark names its row")].to_owned()
    }

    /// Whether a newer version of it is among these, which replaces its rows in the lake.
    pub(crate) fn is_replaced(&self, layout: Layout, objects: &[&Object]) -> bool {
        let mut newer = objects.iter().filter(|other| other.key == self.key);
        layout.replaces() && newer.any(|other| other.sequencer > self.sequencer)
    }

    /// Records that pass.
    pub(crate) fn live(&self) -> impl Iterator<Item = &Record> {
        self.records
            .iter()
            .filter(|record| record.fate == Fate::Live)
    }

    /// How many records have a fate.
    pub(crate) fn count(&self, fate: Fate) -> u64 {
        self.records
            .iter()
            .filter(|record| record.fate == fate)
            .count() as u64
    }
}

impl Record {
    fn invent(object: usize, row: usize, size: Size, rng: &mut fastrand::Rng) -> Self {
        let mark = format!("o{object}r{row}");
        let mut note = |bytes: usize| {
            let letters = std::iter::repeat_with(|| rng.char('#'..='~'));
            letters
                // Nothing that ends a field, and nothing that reads like a mark, which begins with an `o`.
                .map(|letter| match letter {
                    ',' | '\\' | 'o' => '#',
                    _ => letter,
                })
                .take(bytes)
                .collect()
        };
        let (day, note) = match size {
            Size::Small | Size::Many => (rng.u32(0..4), String::new()),
            Size::Large => (0, note(LARGE_NOTE_BYTES)),
            // Records of the same key are the same version of it, whichever part has them.
            Size::Split | Size::Slow => (0, note(NOTE_BYTES)),
        };
        // Some keys occur twice in an object, some in several.
        let id = match rng.u32(0..100) {
            0..15 => format!("shared{}", rng.u32(0..8)),
            15..25 => format!("o{object}-again{}", rng.u32(0..4)),
            _ => mark.clone(),
        };
        Self {
            mark,
            id,
            day,
            fate: if rng.u32(0..100) < 12 {
                Fate::Rejected
            } else {
                Fate::Live
            },
            note,
        }
    }
}

/// The marks of the newest version of every key: several where an object has it several times, the first one first.
pub(crate) fn newest<'a>(
    layout: Layout,
    objects: impl Iterator<Item = &'a Object>,
) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut newest: BTreeMap<&str, ((u32, &str), Vec<&str>)> = BTreeMap::new();
    for object in objects {
        for record in object.live() {
            let day = if layout.has_order() { record.day } else { 0 };
            let version = (day, object.sequencer.as_str());
            let (own, marks) = newest.entry(&record.id).or_insert((version, Vec::new()));
            if version > *own {
                *own = version;
                marks.clear();
            }
            if version == *own {
                marks.push(&record.mark);
            }
        }
    }
    let newest = newest.into_iter();
    newest.map(|(id, (_, marks))| (id, marks)).collect()
}

/// The marks of live records, those together of which exactly one is to be in the lake.
pub(crate) fn alternatives<'a>(
    layout: Layout,
    size: Size,
    objects: impl Iterator<Item = &'a Object>,
) -> Vec<Vec<&'a str>> {
    let mut groups: BTreeMap<(&str, u32, &str), Vec<&str>> = BTreeMap::new();
    for object in objects {
        for record in object.live() {
            let group = match layout {
                Layout::FirstOfAll => (record.id.as_str(), record.day, ""),
                Layout::TableAndLake if size != Size::Small => {
                    (record.id.as_str(), record.day, object.key.as_str())
                }
                _ => (record.mark.as_str(), 0, ""),
            };
            groups.entry(group).or_default().push(&record.mark);
        }
    }
    groups.into_values().collect()
}
