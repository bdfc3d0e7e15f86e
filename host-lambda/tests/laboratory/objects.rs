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
}

impl Layout {
    pub(crate) const ALL: [Self; 3] = [Self::TableAndLake, Self::Lake, Self::Table];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TableAndLake => "table+lake",
            Self::Lake => "lake",
            Self::Table => "table",
        }
    }

    pub(crate) fn has_table(self) -> bool {
        self != Self::Lake
    }

    pub(crate) fn has_lake(self) -> bool {
        self != Self::Table
    }

    fn has_order(self) -> bool {
        self == Self::TableAndLake
    }

    /// The settings of a pipeline of this layout.
    pub(crate) fn settings(self, batch_size: usize, max_receive_count: u32) -> Value {
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
        pipeline["source"]["batch_size"] = batch_size.into();
        pipeline["source"]["max_receive_count"] = max_receive_count.into();
        let fields = pipeline["fields"].as_array_mut().unwrap();
        fields.push(text("mark", true));
        fields.push(text("note", false));
        if !self.has_order() {
            pipeline["order_by"] = Value::Null;
        }
        if self.has_table() {
            pipeline["table"] =
                json!({ "partition_key": "id", "sort_key": [], "indexes": [], "ttl": null });
        } else {
            pipeline["key"] = json!([]);
        }
        if !self.has_lake() {
            pipeline["lake"] = Value::Null;
        }
        settings
    }
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
    day: u32,
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
    /// One object whose file is uploaded in several parts.
    Large,
}

/// Bytes of the note of a record of a large object: a few dozen fill one part of an upload.
const NOTE_BYTES: usize = 200_000;

impl Object {
    /// Makes up the objects of a run.
    pub(crate) fn invent(layout: Layout, size: Size, rng: &mut fastrand::Rng) -> Vec<Self> {
        let numbers = match size {
            Size::Small => 0..3,
            Size::Large => 0..1,
        };
        // One more is a newer version of the first.
        let again = size == Size::Small && rng.u32(0..3) == 0;
        numbers
            .chain(again.then_some(3))
            .map(|number| {
                let records = match size {
                    Size::Small => rng.usize(8..40),
                    Size::Large => 120,
                };
                let name = if number == 3 { 0 } else { number };
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
                object.find_duplicates(layout);
                object
            })
            .collect()
    }

    /// Of the versions of a key the newest lives; of equal ones the first.
    fn find_duplicates(&mut self, layout: Layout) {
        if !layout.has_table() {
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
        if size == Size::Large {
            let note = std::iter::repeat_with(|| rng.char('#'..='~'))
                .map(|letter| {
                    if letter == ',' || letter == '\\' {
                        '#'
                    } else {
                        letter
                    }
                })
                .take(NOTE_BYTES);
            return Self {
                id: mark.clone(),
                mark,
                day: 0,
                fate: Fate::Live,
                note: note.collect(),
            };
        }
        // Some keys occur twice in an object, some in several.
        let id = match rng.u32(0..100) {
            0..15 => format!("shared{}", rng.u32(0..8)),
            15..25 => format!("o{object}-again{}", rng.u32(0..4)),
            _ => mark.clone(),
        };
        Self {
            mark,
            id,
            day: rng.u32(0..4),
            fate: if rng.u32(0..100) < 12 {
                Fate::Rejected
            } else {
                Fate::Live
            },
            note: String::new(),
        }
    }
}

/// The mark of the newest version of every key.
pub(crate) fn newest<'a>(
    layout: Layout,
    objects: impl Iterator<Item = &'a Object>,
) -> BTreeMap<&'a str, &'a str> {
    let mut newest: BTreeMap<&str, ((u32, &str), &str)> = BTreeMap::new();
    for object in objects {
        let live = object
            .records
            .iter()
            .filter(|record| record.fate == Fate::Live);
        for record in live {
            let day = if layout.has_order() { record.day } else { 0 };
            let version = (day, object.sequencer.as_str());
            let entry = newest.entry(&record.id).or_insert((version, &record.mark));
            if version > entry.0 {
                *entry = (version, &record.mark);
            }
        }
    }
    newest
        .into_iter()
        .map(|(id, (_, mark))| (id, mark))
        .collect()
}
