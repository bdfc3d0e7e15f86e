//! Records that were kept to try plugins on: the columns of text that a plugin would be given, and how they are stored.
//!
//! As NDJSON, one record a line: an object of column name to text or null, in the order of the columns.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::columns::{Column, ColumnField, TextBuilder, Values};
use crate::decode::{Batch, Raw};

/// The longest text of a sample set, in bytes.
const MAX_BYTES: usize = 256 << 20;

/// Records that were kept to try plugins on: columns of text.
#[derive(Clone, PartialEq)]
pub struct Samples {
    names: Vec<String>,
    columns: Vec<Column>,
    rows: usize,
}

/// Why stored samples cannot be read. What is in them is not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SamplesError {
    /// A line is something else.
    #[error(
        "line {line} of the samples is no JSON object of text and nulls (at character {character})"
    )]
    Line {
        /// The line, from 1.
        line: usize,
        /// Where in it, from 1.
        character: usize,
    },
    /// A line has other columns than the first one.
    #[error("line {line} of the samples has other columns than the first one")]
    Columns {
        /// The line, from 1.
        line: usize,
    },
    /// There are too many of them.
    #[error("samples too large: got {bytes} bytes, limit {limit} bytes")]
    TooLarge {
        /// Their length.
        bytes: usize,
        /// The longest that is read.
        limit: usize,
    },
}

impl Samples {
    /// Keeps the first records of a batch, `most` of them at the most, as text.
    pub fn of(batch: &Batch, most: usize) -> Samples {
        let rows = batch.rows.min(most);
        let columns = batch.columns.iter().zip(&*batch.fields);
        let text = |(column, field): (&Column, &ColumnField)| match column.values {
            Values::Bytes { .. } => column.slice(0..rows),
            Values::Integers(_) | Values::Floats(_) | Values::Booleans(_) => {
                let mut texts = TextBuilder::default();
                for row in 0..rows {
                    let value = column.json(row, &field.logical);
                    let text = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    texts.push_option((!value.is_null()).then_some(text.as_bytes()));
                }
                texts.finish()
            }
        };
        Samples {
            names: batch
                .fields
                .iter()
                .map(|field| field.name.clone())
                .collect(),
            columns: columns.map(text).collect(),
            rows,
        }
    }

    /// Adds records that follow, which may have other columns: what a record has no column for is null.
    pub fn append(&mut self, next: Samples) {
        let rows = self.rows + next.rows;
        let mut joined: Vec<TextBuilder> = Vec::new();
        let mut add = |at: usize, column: &Column, from: usize, rows: usize| {
            if joined.len() <= at {
                joined.resize_with(at + 1, TextBuilder::default);
            }
            joined[at].pad(from);
            (0..rows).for_each(|row| joined[at].push_option(column.bytes(row)));
        };
        for (at, column) in self.columns.iter().enumerate() {
            add(at, column, 0, self.rows);
        }
        for (name, column) in next.names.iter().zip(&next.columns) {
            let known = self.names.iter().position(|known| known == name);
            let at = known.unwrap_or_else(|| {
                self.names.push(name.clone());
                self.names.len() - 1
            });
            add(at, column, self.rows, next.rows);
        }
        let finish = |builder: &mut TextBuilder| {
            builder.pad(rows);
            builder.finish()
        };
        self.columns = joined.iter_mut().map(finish).collect();
        self.rows = rows;
    }

    /// Records as they are written by hand: each a text or null for every one of these columns.
    pub fn of_texts<'a>(
        columns: &[String],
        rows: impl IntoIterator<Item = Vec<Option<&'a str>>>,
    ) -> Samples {
        let mut builders: Vec<TextBuilder> = Vec::new();
        builders.resize_with(columns.len(), TextBuilder::default);
        let mut count = 0;
        for row in rows {
            assert_eq!(row.len(), columns.len(), "a value for each column");
            for (builder, value) in builders.iter_mut().zip(row) {
                builder.push_option(value.map(str::as_bytes));
            }
            count += 1;
        }
        Samples {
            names: columns.to_vec(),
            columns: builders
                .into_iter()
                .map(|mut builder| builder.finish())
                .collect(),
            rows: count,
        }
    }

    /// How many records there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The names of their columns.
    pub fn columns(&self) -> &[String] {
        &self.names
    }

    /// As they are stored.
    pub fn to_ndjson(&self) -> Vec<u8> {
        let names: Vec<serde_json::Value> = self.names.iter().cloned().map(Into::into).collect();
        let mut ndjson = Vec::new();
        for row in 0..self.rows {
            ndjson.push(b'{');
            for (index, (name, column)) in names.iter().zip(&self.columns).enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let value = column.bytes(row).map(String::from_utf8_lossy);
                let value = value.map_or(serde_json::Value::Null, |value| {
                    serde_json::Value::String(value.into_owned())
                });
                ndjson.extend_from_slice(format!("{comma}{name}:{value}").as_bytes());
            }
            ndjson.extend_from_slice(b"}\n");
        }
        ndjson
    }

    /// Reads what [`to_ndjson`](Samples::to_ndjson) wrote.
    pub fn parse(ndjson: &[u8]) -> Result<Samples, SamplesError> {
        if ndjson.len() > MAX_BYTES {
            return Err(SamplesError::TooLarge {
                bytes: ndjson.len(),
                limit: MAX_BYTES,
            });
        }
        let mut names: Option<Vec<String>> = None;
        let mut builders: Vec<TextBuilder> = Vec::new();
        let mut rows = 0;
        for (index, text) in ndjson.split(|byte| *byte == b'\n').enumerate() {
            if text.trim_ascii().is_empty() {
                continue;
            }
            let line = index + 1;
            // serde_json's own words may quote the record.
            let Members(members) =
                serde_json::from_slice(text).map_err(|error| SamplesError::Line {
                    line,
                    character: error.column(),
                })?;
            let first = match &mut names {
                Some(names) => names,
                None => {
                    builders.resize_with(members.len(), TextBuilder::default);
                    names.insert(members.iter().map(|(name, _)| name.clone()).collect())
                }
            };
            if !first.iter().eq(members.iter().map(|(name, _)| name)) {
                return Err(SamplesError::Columns { line });
            }
            for (builder, (_, value)) in builders.iter_mut().zip(&members) {
                builder.push_option(value.as_deref().map(str::as_bytes));
            }
            rows += 1;
        }
        Ok(Samples {
            names: names.unwrap_or_default(),
            columns: builders
                .into_iter()
                .map(|mut builder| builder.finish())
                .collect(),
            rows,
        })
    }

    /// What `configure` is told of them.
    pub fn schema(&self) -> Vec<ColumnField> {
        let names = self.names.iter();
        names.map(|name| ColumnField::text(name)).collect()
    }

    /// What `transform` is given.
    pub fn values(&self) -> &[Column] {
        &self.columns
    }

    /// Some of the records, in this order; the same one several times, if it is named so.
    pub fn pick(&self, rows: &[usize]) -> Samples {
        let columns = self.columns.iter().map(|column| {
            let mut picked = TextBuilder::default();
            for row in rows {
                picked.push_option(column.bytes(*row));
            }
            picked.finish()
        });
        Samples {
            names: self.names.clone(),
            columns: columns.collect(),
            rows: rows.len(),
        }
    }

    /// As the checks of the manifest's fields want them. The records' raw text is not known.
    pub fn batch(&self) -> Batch {
        Batch {
            rows: self.rows,
            fields: self.schema().into(),
            columns: self.columns.clone(),
            raw: Raw::Text {
                text: Vec::new(),
                spans: vec![(0, 0); self.rows],
            },
            has_header: true,
            ..Batch::default()
        }
    }
}

impl fmt::Debug for Samples {
    /// Without the records, which do not belong into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Samples")
            .field("columns", &self.names)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// The members of a JSON object in their order.
struct Members(Vec<(String, Option<String>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of text and nulls")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str =
        "{\"z\":\"1\",\"a\":null,\"ü\\\"\":\"\"}\n{\"z\":null,\"a\":\"é\\n\",\"ü\\\"\":\"x\"}\n";

    #[test]
    fn what_is_written_is_read() {
        let samples = Samples::parse(TEXT.as_bytes()).unwrap();
        assert_eq!(samples.rows(), 2);
        assert_eq!(samples.columns(), ["z", "a", "ü\""]);
        assert_eq!(samples.to_ndjson(), TEXT.as_bytes());
        assert_eq!(samples.values()[1].bytes(0), None);
        assert_eq!(samples.values()[1].bytes(1), Some("é\n".as_bytes()));
        assert_eq!(samples.values()[2].bytes(0), Some(&b""[..]));
        let second = samples.pick(&[1]);
        assert_eq!(Samples::parse(&second.to_ndjson()), Ok(second));
        assert_eq!(Samples::parse(b"").unwrap().rows(), 0);
    }

    #[test]
    fn a_batch_is_cut() {
        let batch = Samples::parse(TEXT.as_bytes()).unwrap().batch();
        for (most, rows) in [(0, 0), (1, 1), (2, 2), (9, 2)] {
            let samples = Samples::of(&batch, most);
            assert_eq!(samples.rows(), rows);
            let lines: String = TEXT.split_inclusive('\n').take(rows).collect();
            assert_eq!(String::from_utf8(samples.to_ndjson()).unwrap(), lines);
        }
    }

    #[test]
    fn records_with_other_columns_are_added() {
        let of = |text: &str| Samples::parse(text.as_bytes()).unwrap();
        let mut samples = of("{\"a\":\"1\",\"b\":null}\n");
        samples.append(of("{\"c\":\"2\",\"a\":\"3\"}\n{\"c\":null,\"a\":\"4\"}\n"));
        let all = "{\"a\":\"1\",\"b\":null,\"c\":null}\n{\"a\":\"3\",\"b\":null,\"c\":\"2\"}\n{\"a\":\"4\",\"b\":null,\"c\":null}\n";
        assert_eq!(String::from_utf8(samples.to_ndjson()).unwrap(), all);
        let mut none = of("");
        none.append(samples);
        assert_eq!(String::from_utf8(none.to_ndjson()).unwrap(), all);
    }

    #[test]
    fn what_is_wrong_is_told_without_the_record() {
        let check = |text: &str| Samples::parse(text.as_bytes()).unwrap_err().to_string();
        insta::assert_snapshot!(check("{\"a\":\"1\"}\n{\"a\":12345}\n"), @"line 2 of the samples is no JSON object of text and nulls (at character 10)");
        insta::assert_snapshot!(check("{\"a\":\"1\"}\n\n{\"b\":\"secret\"}\n"), @"line 3 of the samples has other columns than the first one");
        insta::assert_snapshot!(check("[1]"), @"line 1 of the samples is no JSON object of text and nulls (at character 0)");
        assert!(!format!("{:?}", Samples::parse(TEXT.as_bytes()).unwrap()).contains('é'));
    }
}
