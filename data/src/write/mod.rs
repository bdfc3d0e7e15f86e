//! Rows as bytes. Each format is a file here.

mod csv;
mod ndjson;
mod parquet;

use std::io::{self, Write};

use sluice_contract::stack::{Delimiter, Dialect, Encoding, Pipeline};

use crate::format::DataFormat;
use crate::records::Column;
use crate::row::Row;

/// The mark that tells whoever expects another encoding that this is UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Text is handed on when it is about this long.
const BUFFER: usize = 64 << 10;

/// What takes rows.
pub trait RowWriter {
    /// Writes a row.
    ///
    /// # Errors
    /// Where the outlet takes no more.
    fn write(&mut self, row: &Row) -> io::Result<()>;

    /// Writes what is left, and what comes last.
    ///
    /// # Errors
    /// Where the outlet takes no more.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A writer of rows of a pipeline. Where they may be wrong (`polluted`), Parquet has no types.
///
/// # Errors
/// Where the outlet takes nothing.
pub fn writer<'a>(
    format: DataFormat,
    pipeline: &Pipeline,
    columns: &[Column],
    polluted: bool,
    out: impl Write + Send + 'a,
) -> io::Result<Box<dyn RowWriter + 'a>> {
    Ok(match format {
        DataFormat::Csv => Box::new(csv::CsvWriter::new(pipeline, columns, out)),
        DataFormat::Ndjson => Box::new(ndjson::NdjsonWriter::new(pipeline, columns, out)),
        DataFormat::Parquet => Box::new(parquet::ParquetWriter::new(columns, polluted, out)?),
    })
}

/// What stands between columns.
pub(crate) fn delimiter(dialect: &Dialect) -> char {
    match dialect.delimiter {
        Delimiter::Character(character) => character,
        Delimiter::Auto => Delimiter::CANDIDATES[0],
    }
}

/// What a text begins with that is UTF-8 where its reader is told something else.
fn mark(pipeline: &Pipeline) -> &'static [u8] {
    match pipeline.source.encoding {
        Encoding::Auto => b"",
        Encoding::Known(encoding) if encoding.name() == "UTF-8" => b"",
        Encoding::Known(_) => BYTE_ORDER_MARK,
    }
}
