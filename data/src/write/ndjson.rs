//! One JSON object a line, with the values plain or as DynamoDB exports them, as the pipeline's source says.

use std::io::{self, Write};

use sluice_contract::field_type::Stored;
use sluice_contract::stack::{Items, Pipeline};

use super::{BUFFER, RowWriter, mark};
use crate::records::Column;
use crate::row::{Row, Value};

pub(super) struct NdjsonWriter<W> {
    out: W,
    line: Vec<u8>,
    members: Vec<Member>,
    items: Items,
}

struct Member {
    /// `"name":`
    label: String,
    form: Form,
}

/// How a value stands in JSON.
#[derive(Clone, Copy)]
enum Form {
    /// In quotes.
    Text,
    /// As it is, which is a number.
    Number,
    /// As it is.
    Boolean,
    /// As it is, which is JSON.
    Document,
}

impl<W: Write> NdjsonWriter<W> {
    pub(super) fn new(pipeline: &Pipeline, columns: &[Column], out: W) -> Self {
        let member = |column: &Column| Member {
            label: format!("{}:", quoted(&column.name)),
            form: match column.kind.stored() {
                Stored::Text | Stored::Timestamp | Stored::Date => Form::Text,
                Stored::Integer | Stored::Float | Stored::Decimal => Form::Number,
                Stored::Boolean => Form::Boolean,
                Stored::Document => Form::Document,
            },
        };
        Self {
            out,
            line: mark(pipeline).to_vec(),
            members: columns.iter().map(member).collect(),
            items: pipeline.source.items,
        }
    }

    fn push_plain(&mut self, row: &Row) {
        self.line.push(b'{');
        for (cell, member) in self.members.iter().enumerate() {
            if cell > 0 {
                self.line.push(b',');
            }
            self.line.extend_from_slice(member.label.as_bytes());
            match (row.value(cell), member.form) {
                (Value::Null, _) => self.line.extend_from_slice(b"null"),
                (Value::Right(text), Form::Number | Form::Boolean | Form::Document) => {
                    self.line.extend_from_slice(text.as_bytes());
                }
                // What is wrong may be no JSON.
                (Value::Right(text), Form::Text) | (Value::Wrong(text), _) => {
                    push_quoted(text, &mut self.line);
                }
            }
        }
        self.line.extend_from_slice(b"}\n");
    }

    fn push_dynamodb(&mut self, row: &Row) {
        self.line.extend_from_slice(br#"{"Item":{"#);
        for (cell, member) in self.members.iter().enumerate() {
            if cell > 0 {
                self.line.push(b',');
            }
            self.line.extend_from_slice(member.label.as_bytes());
            match (row.value(cell), member.form) {
                (Value::Null, _) => self.line.extend_from_slice(br#"{"NULL":true"#),
                (Value::Right(text), Form::Boolean) => {
                    self.line.extend_from_slice(br#"{"BOOL":"#);
                    self.line.extend_from_slice(text.as_bytes());
                }
                (Value::Right(text), Form::Number) => {
                    self.line.extend_from_slice(br#"{"N":"#);
                    push_quoted(text, &mut self.line);
                }
                (Value::Right(text), Form::Text | Form::Document) | (Value::Wrong(text), _) => {
                    self.line.extend_from_slice(br#"{"S":"#);
                    push_quoted(text, &mut self.line);
                }
            }
            self.line.push(b'}');
        }
        self.line.extend_from_slice(b"}}\n");
    }
}

impl<W: Write> RowWriter for NdjsonWriter<W> {
    fn write(&mut self, row: &Row) -> io::Result<()> {
        match self.items {
            Items::Plain => self.push_plain(row),
            Items::DynamodbJson => self.push_dynamodb(row),
        }
        if self.line.len() >= BUFFER {
            self.out.write_all(&self.line)?;
            self.line.clear();
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.write_all(&self.line)?;
        self.out.flush()
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Appends a text as a JSON string.
fn push_quoted(text: &str, line: &mut Vec<u8>) {
    let is_plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        line.push(b'"');
        line.extend_from_slice(text.as_bytes());
        line.push(b'"');
    } else {
        line.extend_from_slice(quoted(text).as_bytes());
    }
}
