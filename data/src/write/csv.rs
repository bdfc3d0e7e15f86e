//! CSV as the pipeline's source says that it is written.

use std::io::{self, Write};

use sluice_contract::stack::{Header, Pipeline, Quote};

use super::{BUFFER, RowWriter, delimiter, mark};
use crate::records::Column;
use crate::row::{Row, Value};

pub(super) struct CsvWriter<W> {
    out: W,
    line: Vec<u8>,
    /// The cell of each column that is written; `None` where nobody needs it.
    cells: Vec<Option<usize>>,
    delimiter: u8,
    quote: Option<u8>,
    escape: Option<u8>,
    comment: Option<char>,
    trim: bool,
    null_values: Vec<String>,
    /// Which bytes make a cell one that has to be enclosed.
    special: [bool; 256],
}

impl<W: Write> CsvWriter<W> {
    pub(super) fn new(pipeline: &Pipeline, columns: &[Column], out: W) -> Self {
        let dialect = &pipeline.source.dialect;
        // The manifest lets only ASCII through.
        let ascii = |character: char| character as u32 as u8;
        let delimiter = ascii(delimiter(dialect));
        let quote = match dialect.quote {
            None => Some(b'"'),
            Some(Quote::Character(character)) => Some(ascii(character)),
            Some(Quote::None) => None,
        };
        let escape = dialect.escape.map(ascii);
        let mut special = [false; 256];
        for byte in [Some(delimiter), quote, escape, Some(b'\n'), Some(b'\r')] {
            special[usize::from(byte.unwrap_or(b'\n'))] = true;
        }
        let cells = match &dialect.header {
            Header::Present | Header::Absent => (0..columns.len()).map(Some).collect(),
            Header::Named(names) => {
                let cell = |name: &String| columns.iter().position(|column| column.name == *name);
                names.iter().map(cell).collect()
            }
        };
        let mut writer = Self {
            out,
            line: Vec::with_capacity(2 * BUFFER),
            cells,
            delimiter,
            quote,
            escape,
            comment: dialect.comment,
            trim: dialect.trim,
            null_values: dialect.null_values.clone(),
            special,
        };
        writer.line.extend_from_slice(mark(pipeline));
        for number in 1..=dialect.skip_lines {
            let title = format!("line {number} of a title\n");
            writer.line.extend_from_slice(title.as_bytes());
        }
        if dialect.header == Header::Present {
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    writer.line.push(delimiter);
                }
                writer.push(&column.name, at == 0);
            }
            writer.line.push(b'\n');
        }
        writer
    }

    /// Appends a value, enclosed where it must be.
    fn push(&mut self, value: &str, is_first: bool) {
        let bytes = value.as_bytes();
        let begins_comment = |comment| is_first && value.starts_with(comment);
        let special = bytes.iter().any(|byte| self.special[usize::from(*byte)])
            || self.comment.is_some_and(begins_comment)
            || (self.trim && value.trim() != value)
            || self.null_values.iter().any(|null| null == value);
        let Some(quote) = self.quote.filter(|_| special) else {
            self.line.extend_from_slice(bytes);
            return;
        };
        self.line.push(quote);
        for byte in bytes {
            match self.escape {
                Some(escape) if *byte == escape || *byte == quote => self.line.push(escape),
                None if *byte == quote => self.line.push(quote),
                _ => {}
            }
            self.line.push(*byte);
        }
        self.line.push(quote);
    }
}

impl<W: Write> RowWriter for CsvWriter<W> {
    fn write(&mut self, row: &Row) -> io::Result<()> {
        for at in 0..self.cells.len() {
            if at > 0 {
                self.line.push(self.delimiter);
            }
            match self.cells[at].map(|cell| row.value(cell)) {
                None | Some(Value::Null) => {}
                Some(Value::Right(text) | Value::Wrong(text)) => self.push(text, at == 0),
            }
        }
        if row.ragged {
            self.line.push(self.delimiter);
            self.line.extend_from_slice(b"overflow");
        }
        self.line.push(b'\n');
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
