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
mod json;
mod json_split;
mod window;

use std::{
    io::Read,
    sync::{Arc, OnceLock},
};

use sluice_manifest::stack::{Format, Pipeline};

pub use batch::{BrokenRow, Damage, TextBatch};
pub use compression::Compression;

use self::{csv::CsvDecoder, json::JsonDecoder, window::Window};

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

/// Cuts an object into batches.
pub struct Decoder {
    records: Records,
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
        let limits = &pipeline.limits;
        let text = encoding::to_utf8(compression::decompress(
            kind.compression,
            limits.max_expansion,
            input,
        ));
        let lines = kind.format != Format::Json;
        let window = Window::new(text, BATCH_BYTES, limits.max_record_bytes as usize, lines);
        let max_columns = limits.max_columns as usize;
        let records = match kind.format {
            Format::Csv => Records::Csv(CsvDecoder::new(
                window,
                pipeline.source.delimiter as u8,
                max_columns,
            )),
            Format::Tsv => Records::Csv(CsvDecoder::new(window, b'\t', max_columns)),
            Format::Json => Records::Json(JsonDecoder::array(window, known_columns, max_columns)),
            Format::Ndjson => Records::Json(JsonDecoder::lines(window, known_columns, max_columns)),
        };
        Self { records }
    }

    /// The next records, or `None` at the end of the object. The error is the source's: what came before it is lost to
    /// this attempt, and a new attempt starts over.
    pub fn next_batch(&mut self) -> Result<Option<TextBatch>, std::io::Error> {
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
