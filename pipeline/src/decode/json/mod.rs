//! JSON records as columns of text.
//!
//! A text value enters unescaped, any other as it is written, nested ones included; a missing member and `null` are
//! null. Columns are the names that the pipeline knows, and those that the first batch adds; what turns up later has no
//! column and is reported.

mod split;

use std::{collections::HashMap, fmt, io, sync::Arc};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use self::split::{ArrayState, Order, Piece};
use super::{
    HeaderText,
    batch::BrokenRow,
    text::{Found, Passed, Text, TextFormat},
    window::Window,
};
use crate::columns::{Column, ColumnField, TextBuilder};

/// How many late names are remembered.
const MAX_LATE_COLUMNS: usize = 100;

pub(super) use self::split::is_whole;

/// Finds and reads records in JSON text.
pub(super) struct Json {
    order: Order,
    members: Members,
    /// The columns, once no more are added.
    fields: Option<Arc<[ColumnField]>>,
}

/// The columns, while they are built.
struct Members {
    fields: Vec<ColumnField>,
    by_name: HashMap<String, usize>,
    builders: Vec<TextBuilder>,
    max_columns: usize,
    /// Whether a new name still becomes a column.
    open: bool,
    late: Vec<String>,
}

impl Json {
    /// One array of records, or records one after the other.
    pub(super) fn values(known: &[String], max_columns: usize) -> Self {
        Self::new(Order::Values(ArrayState::Start), known, max_columns)
    }

    /// One record a line.
    pub(super) fn lines(known: &[String], max_columns: usize) -> Self {
        Self::new(Order::Lines, known, max_columns)
    }

    fn new(order: Order, known: &[String], max_columns: usize) -> Self {
        let mut members = Members {
            fields: Vec::new(),
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
            order,
            members,
            fields: None,
        }
    }
}

impl TextFormat for Json {
    fn read(&mut self, text: Text<'_>, most: u64, found: &mut Found) -> usize {
        let (bytes, limit) = (text.bytes, text.max_record_bytes);
        let mut at = 0;
        while found.count() < most {
            let row = found.spans.len();
            let (start, end, problem) = match self.order.next_piece(bytes, at, text.ended) {
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
                Piece::Record { start, end } => {
                    (start, end, self.members.read(&bytes[start..end], row).err())
                }
            };
            at = end;
            match problem {
                None => found.spans.push((start as u32, end as u32)),
                Some((code, message)) => {
                    let broken = BrokenRow::new(row, code, message, &bytes[start..end]);
                    found.broken.push(broken);
                }
            }
        }
        at
    }

    fn pass(&mut self, text: Text<'_>, most: u64) -> Passed {
        let mut passed = Passed {
            records: 0,
            bytes: 0,
        };
        while passed.records < most {
            match self.order.next_piece(text.bytes, passed.bytes, text.ended) {
                Piece::Incomplete { start } => {
                    passed.bytes = start;
                    break;
                }
                Piece::Record { end, .. } | Piece::Broken { end, .. } => passed.bytes = end,
            }
            passed.records += 1;
        }
        passed
    }

    fn give_up(&mut self, window: &mut Window) -> io::Result<BrokenRow> {
        let Text {
            bytes,
            max_record_bytes: limit,
            ..
        } = window.text();
        let mut broken = BrokenRow::new(0, "record_too_large", String::new(), bytes);
        broken.raw_bytes = window.skip_line()?;
        // What follows the line is read again.
        broken.raw.truncate(broken.raw_bytes as usize);
        broken.message = format!(
            "record too large: got {} bytes up to the end of its first line, limit {limit} bytes",
            broken.raw_bytes
        );
        if let Order::Values(state @ (ArrayState::First | ArrayState::Comma)) = &mut self.order {
            *state = ArrayState::Value;
        }
        Ok(broken)
    }

    fn take_columns(&mut self, rows: usize) -> Vec<Column> {
        if self.fields.is_none() {
            self.members.open = false;
            self.fields = Some(self.members.fields.as_slice().into());
        }
        self.members.finish(rows)
    }

    fn fields(&self) -> Arc<[ColumnField]> {
        self.fields.clone().unwrap_or_default()
    }

    fn late_columns(&self) -> &[String] {
        &self.members.late
    }

    fn awaits_header(&self) -> bool {
        false
    }

    fn header_text(&self) -> HeaderText {
        HeaderText::default()
    }

    fn can_be_entered(&self) -> bool {
        self.order == Order::Lines
    }
}

impl Members {
    /// The column of a name; a new one while columns may be added.
    fn column(&mut self, name: &str) -> Option<usize> {
        if let Some(column) = self.by_name.get(name) {
            return Some(*column);
        }
        if !self.open || self.fields.len() == self.max_columns {
            if self.late.len() < MAX_LATE_COLUMNS && !self.late.iter().any(|late| late == name) {
                self.late.push(name.to_owned());
            }
            return None;
        }
        let column = self.fields.len();
        self.fields.push(ColumnField::text(name));
        self.by_name.insert(name.to_owned(), column);
        self.builders.push(TextBuilder::default());
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
        let finish = |builder: &mut TextBuilder| {
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
