//! From the bytes of an object to batches of text columns.
//!
//! An object is decompressed, brought to UTF-8 and cut into records by its format's decoder. A record that cannot be
//! read becomes a [`BrokenRow`] with its raw text; the records around it are not harmed. Nothing here knows what a
//! field should hold.

mod batch;
mod columns;
mod compression;
mod csv;
mod csv_index;
mod csv_scan;
mod encoding;
mod form;
mod json;
mod json_split;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod trickle;
mod window;

use std::{
    io::{self, Cursor, Read},
    sync::{Arc, OnceLock},
};

use sluice_contract::stack::{Format, Pipeline};

pub use batch::{BrokenRow, Damage, TextBatch};
pub use compression::Compression;

use self::{csv::CsvDecoder, form::Form, json::JsonDecoder, window::Window};
use crate::part::{Part, Position};

/// Raw bytes that make a batch, at the least: small enough for the caches, large enough to pay for a plugin call.
const BATCH_BYTES: usize = 1 << 20;

/// What the name of an object says of its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectKind {
    /// The format, by the ending before that of the compression.
    pub format: Format,
    /// The compression, by the last ending.
    pub compression: Compression,
}

impl ObjectKind {
    /// Reads an object's name: `a/b.csv.gz` is gzip-compressed CSV. `None` where the ending is of no known format.
    pub fn of(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let (stem, compression) = match lower.rsplit_once('.')? {
            (stem, "gz" | "gzip") => (stem, Compression::Gzip),
            (stem, "zst" | "zstd") => (stem, Compression::Zstd),
            _ => (lower.as_str(), Compression::None),
        };
        let format = match stem.rsplit_once('.')?.1 {
            "csv" => Format::Csv,
            "tsv" => Format::Tsv,
            "json" => Format::Json,
            "ndjson" | "jsonl" => Format::Ndjson,
            _ => return None,
        };
        Some(Self {
            format,
            compression,
        })
    }
}

/// Whether the raw text of a JSON record ends where the record does. If not, it runs on into whatever follows it.
pub fn is_whole_json(raw: &[u8]) -> bool {
    json_split::is_whole(raw)
}

/// The header of a CSV object as it stands there, without its line break. Empty until it is read, which it is with the
/// first batch; `None` where it is too long to be kept. JSON has none.
pub type HeaderText = Arc<OnceLock<Option<String>>>;

/// Cuts an object, or a part of one, into batches.
pub struct Decoder {
    records: Records,
    form: Form,
    /// What to add to a byte of the text to get one of the object.
    offset: i64,
}

enum Records {
    Csv(CsvDecoder),
    Json(JsonDecoder),
}

impl Decoder {
    /// Starts reading an object. `known_columns` are the names that a JSON record is expected to have; CSV has a header.
    pub fn new(
        kind: ObjectKind,
        pipeline: &Pipeline,
        known_columns: &[String],
        input: Box<dyn Read + Send>,
    ) -> Self {
        Self::whole(kind, pipeline, known_columns, input, BATCH_BYTES)
    }

    fn whole(
        kind: ObjectKind,
        pipeline: &Pipeline,
        known_columns: &[String],
        input: Box<dyn Read + Send>,
        batch_bytes: usize,
    ) -> Self {
        let form = Form::default();
        let plain = compression::decompress(
            kind.compression,
            pipeline.limits.max_expansion,
            input,
            form.clone(),
        );
        let text = encoding::to_utf8(plain, form.clone());
        Self {
            records: Records::of(kind.format, pipeline, known_columns, text, batch_bytes),
            form,
            offset: 0,
        }
    }

    /// Starts reading a part of an object. Where the part has a byte to start from, `input` has the object's bytes from
    /// there on, and `header` is the object's [`header`]; else `input` has all of it, and the records before the part
    /// are read and left out here.
    pub fn part(
        kind: ObjectKind,
        pipeline: &Pipeline,
        known_columns: &[String],
        part: &Part,
        header: &[u8],
        input: Box<dyn Read + Send>,
    ) -> io::Result<Self> {
        Self::of_part(
            kind,
            pipeline,
            known_columns,
            (part, header),
            input,
            BATCH_BYTES,
        )
    }

    fn of_part(
        kind: ObjectKind,
        pipeline: &Pipeline,
        known_columns: &[String],
        (part, header): (&Part, &[u8]),
        input: Box<dyn Read + Send>,
        batch_bytes: usize,
    ) -> io::Result<Self> {
        let end = part.end.map_or(u64::MAX, |end| end.record);
        let Some(byte) = part.start.byte.filter(|byte| *byte > 0) else {
            let mut whole = Self::whole(kind, pipeline, known_columns, input, batch_bytes);
            while whole.position().record < part.start.record
                && whole.skip(part.start.record - whole.position().record)?
            {}
            whole.records.number(part.start.record, end);
            return Ok(whole);
        };
        // What follows is not the start of the object: nothing in it is a byte-order mark.
        let text = Cursor::new(header.to_vec()).chain(input);
        let text = Box::new(text);
        let mut records = Records::of(kind.format, pipeline, known_columns, text, batch_bytes);
        records.number(part.start.record, end);
        Ok(Self {
            records,
            form: Form::default(),
            offset: byte as i64 - header.len() as i64,
        })
    }

    /// Whether it is known that no record follows.
    pub fn is_at_end(&self) -> bool {
        match &self.records {
            Records::Csv(csv) => csv.is_at_end(),
            Records::Json(json) => json.is_at_end(),
        }
    }

    /// Where the next record is.
    pub fn position(&self) -> Position {
        let (record, text) = match &self.records {
            Records::Csv(csv) => (csv.next_record(), csv.consumed()),
            Records::Json(json) => (json.next_record(), json.consumed()),
        };
        let byte = text
            .and_then(|text| text.checked_add_signed(self.offset))
            .and_then(|byte| self.form.byte(byte));
        Position { record, byte }
    }

    /// Passes some records, `most` at the most, without reading what is in them. False at the end of the object.
    fn skip(&mut self, most: u64) -> io::Result<bool> {
        match &mut self.records {
            Records::Csv(csv) => csv.skip(most),
            Records::Json(json) => json.skip(most),
        }
    }

    /// The next records, or `None` at the end of the object. The error is the source's: what came before it is lost to
    /// this attempt, and a new attempt starts over.
    pub fn next_batch(&mut self) -> io::Result<Option<TextBatch>> {
        match &mut self.records {
            Records::Csv(csv) => csv.next_batch(),
            Records::Json(json) => json.next_batch(),
        }
    }

    /// The names of the columns of every batch. Known after the first call of [`Self::next_batch`].
    pub fn columns(&self) -> &[String] {
        match &self.records {
            Records::Csv(csv) => csv.columns(),
            Records::Json(json) => json.columns(),
        }
    }

    /// Where the header's text will be.
    pub fn header_text(&self) -> HeaderText {
        match &self.records {
            Records::Csv(csv) => csv.header_text(),
            Records::Json(_) => HeaderText::default(),
        }
    }

    /// Members of JSON records that turned up too late to become a column.
    pub fn late_columns(&self) -> &[String] {
        match &self.records {
            Records::Csv(_) => &[],
            Records::Json(json) => json.late_columns(),
        }
    }

    /// Why the object could not be read to its end, if it could not. Known after the last batch.
    pub fn damage(&self) -> Option<&Damage> {
        match &self.records {
            Records::Csv(csv) => csv.damage(),
            Records::Json(json) => json.damage(),
        }
    }

    /// Bytes of text read so far, after decompression.
    pub fn decompressed_bytes(&self) -> u64 {
        match &self.records {
            Records::Csv(csv) => csv.decompressed_bytes(),
            Records::Json(json) => json.decompressed_bytes(),
        }
    }
}

impl Records {
    fn of(
        format: Format,
        pipeline: &Pipeline,
        known_columns: &[String],
        text: Box<dyn Read + Send>,
        batch_bytes: usize,
    ) -> Self {
        let limits = &pipeline.limits;
        let lines = format != Format::Json;
        let window = Window::new(text, batch_bytes, limits.max_record_bytes as usize, lines);
        let max_columns = limits.max_columns as usize;
        match format {
            Format::Csv => Self::Csv(CsvDecoder::new(
                window,
                pipeline.source.delimiter as u8,
                max_columns,
            )),
            Format::Tsv => Self::Csv(CsvDecoder::new(window, b'\t', max_columns)),
            Format::Json => Self::Json(JsonDecoder::array(window, known_columns, max_columns)),
            Format::Ndjson => Self::Json(JsonDecoder::lines(window, known_columns, max_columns)),
        }
    }

    fn number(&mut self, first: u64, end: u64) {
        match self {
            Self::Csv(csv) => csv.number(first, end),
            Self::Json(json) => json.number(first, end),
        }
    }
}

/// The text that tells the columns of an object: the header of CSV with its line break, and nothing of other formats.
/// `input` is the object from its first byte on; no more than the longest record is read.
pub fn header(
    kind: ObjectKind,
    pipeline: &Pipeline,
    input: Box<dyn Read + Send>,
) -> io::Result<Vec<u8>> {
    match Decoder::new(kind, pipeline, &[], input).records {
        Records::Csv(mut csv) => csv.header(),
        Records::Json(_) => Ok(Vec::new()),
    }
}

/// The first place between two records that is at least `bytes` behind the start of a part. `None` where there is none
/// before the end, or where the object cannot be entered in the middle. `input` and `header` are as for
/// [`Decoder::part`].
pub fn cut(
    kind: ObjectKind,
    pipeline: &Pipeline,
    part: &Part,
    header: &[u8],
    input: Box<dyn Read + Send>,
    bytes: u64,
) -> io::Result<Option<Position>> {
    cut_by(kind, pipeline, (part, header), input, bytes, BATCH_BYTES)
}

fn cut_by(
    kind: ObjectKind,
    pipeline: &Pipeline,
    (part, header): (&Part, &[u8]),
    input: Box<dyn Read + Send>,
    bytes: u64,
    batch_bytes: usize,
) -> io::Result<Option<Position>> {
    let Some(start) = part.start.byte else {
        return Ok(None);
    };
    let mut decoder = Decoder::of_part(kind, pipeline, &[], (part, header), input, batch_bytes)?;
    while decoder.skip(u64::MAX)? {
        match decoder.position() {
            Position { byte: None, .. } => return Ok(None),
            position @ Position {
                byte: Some(byte), ..
            } if byte >= start + bytes => return Ok(Some(position)),
            _ => {}
        }
    }
    Ok(None)
}
