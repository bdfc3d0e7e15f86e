//! JSON records as columns of text.
//!
//! A text value enters unescaped, any other as it is written, nested ones included; a missing member and `null` are
//! null. Columns are the names that the pipeline knows, and those that the first batch adds; what turns up later has no
//! column and is reported.

use std::{collections::HashMap, fmt, io};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    batch::{BrokenRow, Damage, TextBatch},
    columns::ColumnBuilder,
    json_split::{ArrayState, Layout, Piece},
    window::Window,
};
use crate::columns::Column;

/// How many late names are remembered.
const MAX_LATE_COLUMNS: usize = 100;

/// Cuts JSON into batches.
pub(super) struct JsonDecoder {
    window: Window,
    layout: Layout,
    members: Members,
    next_record: u64,
    /// The record before which the part ends.
    end_record: u64,
}

/// The columns, while they are built.
struct Members {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    builders: Vec<ColumnBuilder>,
    max_columns: usize,
    /// Whether a new name still becomes a column.
    open: bool,
    late: Vec<String>,
}

impl JsonDecoder {
    pub(super) fn array(window: Window, known: &[String], max_columns: usize) -> Self {
        Self::new(window, Layout::Array(ArrayState::Start), known, max_columns)
    }

    pub(super) fn lines(window: Window, known: &[String], max_columns: usize) -> Self {
        Self::new(window, Layout::Lines, known, max_columns)
    }

    fn new(window: Window, layout: Layout, known: &[String], max_columns: usize) -> Self {
        let mut members = Members {
            names: Vec::new(),
            by_name: HashMap::new(),
            builders: Vec::new(),
            max_columns: max_columns.max(known.len()),
            open: true,
            late: Vec::new(),
        };
        known.iter().for_each(|name| {
            members.column(name);
        });
        Self {
            window,
            layout,
            members,
            next_record: 0,
            end_record: u64::MAX,
        }
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.members.names
    }

    pub(super) fn late_columns(&self) -> &[String] {
        &self.members.late
    }

    pub(super) fn damage(&self) -> Option<&Damage> {
        self.window.damage()
    }

    pub(super) fn decompressed_bytes(&self) -> u64 {
        self.window.bytes()
    }

    /// Whether nothing is left to read.
    pub(super) fn is_at_end(&self) -> bool {
        self.window.is_empty()
    }

    /// The number of the next record.
    pub(super) fn next_record(&self) -> u64 {
        self.next_record
    }

    /// Bytes of text before the next record; `None` where what comes before it decides how it is read.
    pub(super) fn consumed(&self) -> Option<u64> {
        (self.layout == Layout::Lines).then(|| self.window.consumed())
    }

    /// Numbers records from `first` on, and ends before record `end`.
    pub(super) fn number(&mut self, first: u64, end: u64) {
        (self.next_record, self.end_record) = (first, end);
    }

    /// Passes records without reading what is in them: some, and no more than `most`. False at the end.
    pub(super) fn skip(&mut self, most: u64) -> io::Result<bool> {
        if most == 0 {
            return Ok(false);
        }
        self.window.fill()?;
        loop {
            let (mut records, mut at) = (0, 0);
            let (text, ended) = (self.window.text(), self.window.ended());
            while records < most {
                match self.layout.next_piece(text, at, ended) {
                    Piece::Incomplete { start } => {
                        at = start;
                        break;
                    }
                    Piece::Record { end, .. } | Piece::Broken { end, .. } => at = end,
                }
                records += 1;
            }
            self.window.pass(at);
            self.next_record += records;
            if records > 0 {
                return Ok(true);
            }
            if self.window.ended() {
                return Ok(false);
            }
            if at > 0 {
                self.window.fill()?;
            } else if !self.window.grow()? {
                self.skip_oversized(&mut TextBatch::default())?;
                self.next_record += 1;
                return Ok(true);
            }
        }
    }

    pub(super) fn next_batch(&mut self) -> io::Result<Option<TextBatch>> {
        let mut batch = TextBatch {
            first_record: self.next_record,
            ..TextBatch::default()
        };
        if self.next_record == self.end_record {
            return Ok(None);
        }
        self.window.fill()?;
        loop {
            let consumed = self.read_records(&mut batch);
            let raw = self.window.take(consumed);
            if batch.spans.len() + batch.broken.len() > 0 {
                batch.raw = raw;
                break;
            }
            if self.window.ended() {
                return Ok(None);
            }
            if consumed > 0 {
                self.window.fill()?;
            } else if !self.window.grow()? {
                self.skip_oversized(&mut batch)?;
                break;
            }
        }
        batch.rows = batch.spans.len();
        batch.columns = self.members.finish(batch.rows);
        self.members.open = false;
        self.next_record += batch.records();
        Ok(Some(batch))
    }

    fn skip_oversized(&mut self, batch: &mut TextBatch) -> io::Result<()> {
        let limit = self.window.max_record_bytes;
        let mut broken = BrokenRow::new(0, "record_too_large", String::new(), self.window.text());
        broken.raw_bytes = self.window.skip_line()?;
        // What follows the line is read again.
        broken.raw.truncate(broken.raw_bytes as usize);
        broken.message = format!(
            "record too large: got {} bytes up to the end of its first line, limit {limit} bytes",
            broken.raw_bytes
        );
        batch.broken.push(broken);
        if let Layout::Array(state @ (ArrayState::First | ArrayState::Comma)) = &mut self.layout {
            *state = ArrayState::Value;
        }
        Ok(())
    }

    /// Reads all complete records. Returns where the first incomplete one starts.
    fn read_records(&mut self, batch: &mut TextBatch) -> usize {
        let (text, ended) = (self.window.text(), self.window.ended());
        let limit = self.window.max_record_bytes;
        let most = self.end_record - self.next_record;
        let mut at = 0;
        while batch.count() < most {
            let (start, end, problem) = match self.layout.next_piece(text, at, ended) {
                Piece::Incomplete { start } => return start,
                Piece::Broken {
                    start,
                    end,
                    code,
                    message,
                } => (start, end, Some((code, message.to_owned()))),
                Piece::Record { start, end } if end - start > limit => {
                    let message = format!(
                        "record too large: got {} bytes, limit {limit} bytes",
                        end - start
                    );
                    (start, end, Some(("record_too_large", message)))
                }
                Piece::Record { start, end } => (
                    start,
                    end,
                    self.members
                        .read(&text[start..end], batch.spans.len())
                        .err(),
                ),
            };
            at = end;
            match problem {
                None => batch.spans.push((start as u32, end as u32)),
                Some((code, message)) => {
                    batch.broken.push(BrokenRow::new(
                        batch.spans.len(),
                        code,
                        message,
                        &text[start..end],
                    ));
                }
            }
        }
        at
    }
}

impl Members {
    /// The column of a name; a new one while columns may be added.
    fn column(&mut self, name: &str) -> Option<usize> {
        if let Some(column) = self.by_name.get(name) {
            return Some(*column);
        }
        if !self.open || self.names.len() == self.max_columns {
            if self.late.len() < MAX_LATE_COLUMNS && !self.late.iter().any(|late| late == name) {
                self.late.push(name.to_owned());
            }
            return None;
        }
        let column = self.names.len();
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), column);
        self.builders.push(ColumnBuilder::default());
        Some(column)
    }

    /// Reads one record as row `row`, or leaves the columns as they were.
    fn read(&mut self, text: &[u8], row: usize) -> Result<(), (&'static str, String)> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let outcome = RecordSeed { members: self, row }
            .deserialize(&mut reader)
            .and_then(|()| reader.end());
        if let Err(error) = outcome {
            self.builders
                .iter_mut()
                .for_each(|builder| builder.truncate(row));
            return Err(match (std::str::from_utf8(text), text.first()) {
                (Err(error), _) => (
                    "invalid_utf8",
                    format!("not UTF-8 at byte {} of the record", error.valid_up_to()),
                ),
                (_, Some(b'{')) => ("bad_json", explain(&error)),
                _ => ("not_an_object", "a record must be a JSON object".to_owned()),
            });
        }
        self.builders
            .iter_mut()
            .for_each(|builder| builder.pad(row + 1));
        Ok(())
    }

    fn finish(&mut self, rows: usize) -> Vec<Column> {
        let finish = |builder: &mut ColumnBuilder| {
            builder.pad(rows);
            builder.finish()
        };
        self.builders.iter_mut().map(finish).collect()
    }
}

/// What is wrong with a record, without what is in it.
fn explain(error: &serde_json::Error) -> String {
    let place = format!(
        "at line {} column {} of the record",
        error.line(),
        error.column()
    );
    match error.classify() {
        serde_json::error::Category::Eof => "the record ends too early".to_owned(),
        serde_json::error::Category::Data => format!("a member is named twice, {place}"),
        _ => format!("not valid JSON {place}"),
    }
}

struct RecordSeed<'a> {
    members: &'a mut Members,
    row: usize,
}

impl<'de> DeserializeSeed<'de> for RecordSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RecordSeed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(column) = map.next_key_seed(NameSeed(self.members))? {
            let value: &RawValue = map.next_value()?;
            let Some(column) = column else { continue };
            let builder = &mut self.members.builders[column];
            if builder.rows() > self.row {
                return Err(serde::de::Error::custom("duplicate member"));
            }
            builder.pad(self.row);
            match value.get().as_bytes() {
                b"null" => builder.push_null(),
                [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => builder.push(inner),
                [b'"', ..] => {
                    let text: String =
                        serde_json::from_str(value.get()).map_err(serde::de::Error::custom)?;
                    builder.push(text.as_bytes());
                }
                other => builder.push(other),
            }
        }
        Ok(())
    }
}

struct NameSeed<'a>(&'a mut Members);

impl<'de> DeserializeSeed<'de> for NameSeed<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.column(name))
    }
}
