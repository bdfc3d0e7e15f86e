//! From the bytes of an object to batches of columns.
//!
//! An object is decompressed, brought to UTF-8 and cut into records by the reader of its format. A record that cannot be
//! read becomes a [`BrokenRow`] with its raw text; the records around it are not harmed. Nothing here knows what a
//! field should hold.

mod batch;
#[cfg(test)]
mod buffers;
mod compression;
mod csv;
mod encoding;
mod form;
mod format;
pub(crate) mod json;
mod known;
mod magic;
mod parquet;
#[cfg(test)]
mod parts;
mod peeked;
#[cfg(test)]
mod pollution;
mod reader;
mod refusal;
mod text;
#[cfg(test)]
mod trickle;
mod typed;
mod window;
mod xlsx;

use std::{
    io::{self, Cursor},
    sync::{Arc, OnceLock},
};

use sluice_contract::{
    format::Entry,
    stack::{Format, Pipeline, Source},
};

pub(crate) use batch::BadRow;
pub use batch::{Batch, BrokenRow, Damage, Raw};
pub use compression::Compression;
pub use form::Form;
pub use known::KnownColumn;
pub use reader::Input;
pub use refusal::Refusal;

use self::{
    format::{Opening, Start, open},
    reader::RecordReader,
};
use crate::{
    columns::ColumnField,
    part::{Part, Position},
};

/// Raw bytes that make a batch, at the least: small enough for the caches, large enough to pay for a plugin call.
const BATCH_BYTES: usize = 1 << 20;

/// The same for a pipeline: less where its records are sent slowly.
fn batch_bytes(pipeline: &Pipeline) -> usize {
    let http = pipeline.http().and_then(|http| http.batch_bytes());
    http.unwrap_or(BATCH_BYTES)
}

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
        let (compression, format) = read_name(name);
        format.map(|format| Self {
            format,
            compression,
        })
    }

    /// The same of an object of this source, which may say what format names without such an ending mean.
    pub fn in_source(name: &str, source: &Source) -> Option<Self> {
        let (compression, format) = read_name(name);
        format.or(source.format).map(|format| Self {
            format,
            compression,
        })
    }
}

/// What the endings of a name say.
fn read_name(name: &str) -> (Compression, Option<Format>) {
    let lower = name.to_ascii_lowercase();
    let (stem, compression) = match lower.rsplit_once('.') {
        Some((stem, "gz" | "gzip")) => (stem, Compression::Gzip),
        Some((stem, "zst" | "zstd")) => (stem, Compression::Zstd),
        _ => (lower.as_str(), Compression::None),
    };
    let ending = stem.rsplit_once('.').map(|(_, ending)| ending);
    (compression, ending.and_then(Format::of_ending))
}

/// Whether the raw text of a JSON record ends where the record does. If not, it runs on into whatever follows it.
pub fn is_whole_json(raw: &[u8]) -> bool {
    json::is_whole(raw)
}

/// What comes before the records of a CSV object, as it stands there and without the last line break. Empty until it is
/// read, which it is with the first batch; `None` where it is too long to be kept. JSON has none.
pub type HeaderText = Arc<OnceLock<Option<Vec<u8>>>>;

/// Cuts an object, or a part of one, into batches.
pub struct Decoder {
    records: Box<dyn RecordReader>,
    form: Form,
    /// What to add to a byte of the text to get one of the object.
    offset: u64,
}

impl Decoder {
    /// Starts reading an object. `known_columns` are those that are asked for, where records have no header that tells theirs:
    /// there is always room for them.
    pub fn new(
        kind: ObjectKind,
        pipeline: &Pipeline,
        known_columns: &[KnownColumn],
        input: impl Into<Input>,
    ) -> Self {
        let batch_bytes = batch_bytes(pipeline);
        Self::whole(kind, pipeline, known_columns, input.into(), batch_bytes)
    }

    fn whole(
        kind: ObjectKind,
        pipeline: &Pipeline,
        known_columns: &[KnownColumn],
        input: Input,
        batch_bytes: usize,
    ) -> Self {
        let form = Form::default();
        let opening = Opening {
            pipeline,
            known_columns,
            batch_bytes,
            start: Start::Object(kind.compression),
            form: form.clone(),
            input,
        };
        Self {
            records: open(kind.format, opening),
            form,
            offset: 0,
        }
    }

    /// Reads records that are in memory, as UTF-8 and not compressed.
    pub fn of_text(
        format: Format,
        pipeline: &Pipeline,
        known_columns: &[KnownColumn],
        text: Vec<u8>,
    ) -> Self {
        let form = Form::default();
        let opening = Opening {
            pipeline,
            known_columns,
            batch_bytes: BATCH_BYTES,
            start: Start::Text,
            form: form.clone(),
            input: Input::Stream(Box::new(Cursor::new(text))),
        };
        Self {
            records: open(format, opening),
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
        known_columns: &[KnownColumn],
        part: &Part,
        header: &[u8],
        input: impl Into<Input>,
    ) -> io::Result<Self> {
        Self::of_part(
            kind,
            pipeline,
            known_columns,
            (part, header),
            input.into(),
            batch_bytes(pipeline),
        )
    }

    fn of_part(
        kind: ObjectKind,
        pipeline: &Pipeline,
        known_columns: &[KnownColumn],
        (part, header): (&Part, &[u8]),
        input: Input,
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
        let opening = Opening {
            pipeline,
            known_columns,
            batch_bytes,
            start: Start::Behind(header),
            form: Form::default(),
            input,
        };
        let mut records = open(kind.format, opening);
        records.number(part.start.record, end);
        Ok(Self {
            records,
            form: Form::default(),
            offset: byte,
        })
    }

    /// Whether it is known that no record follows.
    pub fn is_at_end(&self) -> bool {
        self.records.is_at_end()
    }

    /// Where the next record is.
    pub fn position(&self) -> Position {
        let text = self.records.consumed();
        let byte = text.and_then(|text| self.form.byte(self.offset + text));
        Position {
            record: self.records.next_record(),
            byte,
        }
    }

    /// Passes some records, `most` at the most, without reading what is in them. False at the end of the object.
    fn skip(&mut self, most: u64) -> io::Result<bool> {
        self.records.skip(most)
    }

    /// The next records, or `None` at the end of the object. The error is the source's: what came before it is lost to
    /// this attempt, and a new attempt starts over.
    pub fn next_batch(&mut self) -> io::Result<Option<Batch>> {
        self.records.next_batch()
    }

    /// The columns of the batches so far: text, where the format knows no types. Known after the first call of
    /// [`Self::next_batch`]. Records that have no header may bring more with each batch.
    pub fn columns(&self) -> Arc<[ColumnField]> {
        self.records.columns()
    }

    /// Where the header's text will be.
    pub fn header_text(&self) -> HeaderText {
        self.records.header_text()
    }

    /// Members of JSON records that became no column because there are as many as may be.
    pub fn late_columns(&self) -> &[String] {
        self.records.late_columns()
    }

    /// How the object's bytes stand for its text. Known after the first batch.
    pub fn form(&self) -> Form {
        self.form.clone()
    }

    /// What was noticed about the object, each by a short stable name. Known after the first batch.
    pub fn remarks(&self) -> impl Iterator<Item = &'static str> {
        self.form.remarks()
    }

    /// Why the object could not be read to its end, if it could not. Known after the last batch.
    pub fn damage(&self) -> Option<&Damage> {
        self.records.damage()
    }

    /// Why nothing of the object is to be stored, if that is so. Known after the first call of [`Self::next_batch`], which
    /// gives no batch then.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.records.refusal()
    }

    /// Bytes of text read so far, after decompression.
    pub fn decompressed_bytes(&self) -> u64 {
        self.records.decompressed_bytes()
    }
}

/// What tells the columns of an object and how its records are written: the header of CSV, and nothing of formats without
/// one. It is a text that a reader of the format understands, but not always the object's own. `input` is the object from its
/// first byte on; no more than the longest record is read.
pub fn header(
    kind: ObjectKind,
    pipeline: &Pipeline,
    input: impl Into<Input>,
) -> io::Result<Vec<u8>> {
    Decoder::new(kind, pipeline, &[], input).records.header()
}

/// The first place between two records that is at least `bytes` behind the start of a part. `None` where there is none
/// before the end, or where the object is refused, or cannot be entered in the middle. `known_columns`, `input` and `header`
/// are as for [`Decoder::part`].
pub fn cut(
    kind: ObjectKind,
    pipeline: &Pipeline,
    known_columns: &[KnownColumn],
    part: &Part,
    header: &[u8],
    input: impl Into<Input>,
    bytes: u64,
) -> io::Result<Option<Position>> {
    let input = input.into();
    let which = (part, header);
    cut_by(
        kind,
        pipeline,
        known_columns,
        which,
        input,
        bytes,
        BATCH_BYTES,
    )
}

fn cut_by(
    kind: ObjectKind,
    pipeline: &Pipeline,
    known_columns: &[KnownColumn],
    (part, header): (&Part, &[u8]),
    input: Input,
    bytes: u64,
    batch_bytes: usize,
) -> io::Result<Option<Position>> {
    let Some(start) = part.start.byte else {
        return Ok(None);
    };
    match kind.format.layout().entry() {
        Entry::AnyRecord => {}
        Entry::FromStart => return Ok(None),
    }
    let which = (part, header);
    let mut decoder = Decoder::of_part(kind, pipeline, known_columns, which, input, batch_bytes)?;
    while decoder.skip(u64::MAX)? {
        match decoder.position() {
            Position { byte: None, .. } => return Ok(None),
            position @ Position {
                byte: Some(byte), ..
            } if byte >= start + bytes => return Ok(Some(position)),
            Position { byte: Some(_), .. } => {}
        }
    }
    Ok(None)
}
