//! Which reader reads which layout. A format of a layout that is here needs nothing but its row in the contract.

use std::io::Read;

use sluice_contract::{
    format::{Format, Layout},
    stack::Pipeline,
};

use super::{
    compression::{self, Compression, CompressionLimits, Contents},
    csv::Csv,
    encoding,
    form::Form,
    json::Json,
    known::KnownColumn,
    parquet::ParquetRows,
    reader::{Input, RecordReader},
    text::{TextFormat, TextRecords},
    typed::TypedRecords,
    window::Window,
    xlsx::Workbook,
};

/// What a reader is made of.
pub(super) struct Opening<'a> {
    pub(super) pipeline: &'a Pipeline,
    /// Columns that are asked for, where records have no header.
    pub(super) known_columns: &'a [KnownColumn],
    /// Bytes of text that make a batch, at the least.
    pub(super) batch_bytes: usize,
    /// Where to read from.
    pub(super) start: Start<'a>,
    pub(super) form: Form,
    pub(super) input: Input,
}

/// Where in an object the input begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start<'a> {
    /// At its first byte. Its name says that it is compressed so.
    Object(Compression),
    /// At the first byte of a text that is known to be one: nothing in it is a byte-order mark, nor compressed.
    Text,
    /// Behind a record. The object's [`header`](super::header) is known.
    Behind(&'a [u8]),
}

/// The reader of an object's records.
pub(super) fn open(format: Format, opening: Opening<'_>) -> Box<dyn RecordReader> {
    match format.layout() {
        Layout::Separated { delimiter, quote } => {
            let (known, form) = (opening.known_columns, opening.form.clone());
            let mut csv = Csv::new((delimiter, quote), opening.pipeline, known, form);
            if let Start::Behind(prelude) = opening.start {
                csv.enter(prelude);
            }
            text(format, csv, opening)
        }
        Layout::JsonLines => {
            let json = Json::lines(opening.known_columns, opening.pipeline);
            text(format, json, opening)
        }
        Layout::JsonValues => {
            let json = Json::values(opening.known_columns, opening.pipeline);
            text(format, json, opening)
        }
        Layout::ColumnFile => Box::new(TypedRecords::<ParquetRows>::new(opening)),
        Layout::Workbook => Box::new(TypedRecords::<Workbook>::new(opening)),
    }
}

fn text<F: TextFormat + 'static>(
    format: Format,
    reader: F,
    opening: Opening<'_>,
) -> Box<dyn RecordReader> {
    let limits = &opening.pipeline.limits;
    let input = opening.input.into_stream();
    let text: Box<dyn Read + Send> = match opening.start {
        Start::Text | Start::Behind(_) => input,
        Start::Object(named) => {
            let limits = CompressionLimits::of(opening.pipeline);
            let form = opening.form.clone();
            let plain = compression::decompress(named, Contents::Text, limits, input, form);
            let encoding = opening.pipeline.source.encoding;
            encoding::to_utf8(plain, encoding, opening.form)
        }
    };
    let window = Window::new(
        text,
        opening.batch_bytes,
        limits.max_record_bytes as usize,
        format.layout().is_lines(),
    );
    Box::new(TextRecords::new(reader, window, format.layout()))
}
