//! Files that hold rejected records as they stood in their objects, so that reading them gives the same records again.
//!
//! Records go into one file for each format and header, in their order. A record that may run on into what follows it
//! has a file to itself: next to others it could swallow them.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use sluice_contract::format::{Format, Layout};
use sluice_pipeline::{decode::is_whole_json, route::RejectLine};

/// Why a reject cannot be replayed from its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Skipped {
    /// It has none of the codes that were asked for.
    OtherCode,
    /// Only the beginning of its text was kept.
    Truncated,
    /// It stands for a defect of the object, and is no record.
    NoText,
    /// It is CSV, and its header was not kept.
    NoHeader,
    /// The line does not say what format it is in.
    NoFormat,
}

/// A file with records.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ReplayFile {
    /// Its name.
    pub(super) name: String,
    /// Records in it.
    pub(super) records: u64,
    /// Its length in bytes.
    pub(super) bytes: u64,
    /// Whether its records are the elements of an array, which is still open.
    #[serde(skip)]
    array: bool,
    /// Whether a byte-order mark begins it, so that it is UTF-8 whatever `encoding` of the source says.
    #[serde(skip)]
    marked: bool,
    /// Whether a broken record may begin it, which must not be taken for a byte-order mark or another kind of file.
    #[serde(skip)]
    guarded: bool,
}

/// What the records of a file have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FileKind {
    format: Format,
    /// Empty where there is none.
    header: Vec<u8>,
    /// Whether the text was in another encoding, and is in UTF-8 here.
    converted: bool,
}

/// Writes records into files.
pub(super) struct ReplayFiles {
    folder: PathBuf,
    files: Vec<ReplayFile>,
    /// The file of a kind of record.
    shared: HashMap<FileKind, usize>,
    /// The file that was written last, and which one that is. One at a time is open, however many there are.
    open: Option<(usize, BufWriter<File>)>,
}

impl ReplayFiles {
    /// Writes into an empty folder.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            files: Vec::new(),
            shared: HashMap::new(),
            open: None,
        }
    }

    /// Writes the record of a line, whose text is `raw` behind the object's `header`, and says why it cannot where that is
    /// so. A new file's name starts with `stem`.
    pub(super) fn add(
        &mut self,
        line: &RejectLine<'_>,
        (header, raw): (&[u8], &[u8]),
        stem: &str,
    ) -> io::Result<Option<Skipped>> {
        if line.raw_bytes.is_some() {
            return Ok(Some(Skipped::Truncated));
        }
        let has = |code: &str| line.findings.iter().any(|finding| finding.code == code);
        if raw.is_empty() || has("trailing_comma") && raw == b"]" {
            return Ok(Some(Skipped::NoText));
        }
        let Some(format) = line.format.map(Format::of_rejects) else {
            return Ok(Some(Skipped::NoFormat));
        };
        if format.layout().has_header() && header.is_empty() {
            return Ok(Some(Skipped::NoHeader));
        }
        let alone = match format.layout() {
            Layout::Separated { .. } => has("unclosed_quote"),
            Layout::JsonValues => !is_whole_json(raw) || has("trailing_garbage"),
            Layout::JsonLines | Layout::ColumnFile | Layout::Workbook => false,
        };
        let kind = FileKind {
            format,
            header: header.to_vec(),
            converted: line.encoding.is_some(),
        };
        let number = match self.shared.get(&kind) {
            Some(number) if !alone => *number,
            _ => {
                // What stood behind an array, or closes one, begins its file itself.
                let outside = alone && (raw.starts_with(b"]") || has("trailing_garbage"));
                let array = format.layout() == Layout::JsonValues && !outside;
                let number = self.start(stem, &kind, array);
                if !header.is_empty() {
                    self.write_line(number, header)?;
                }
                if !alone {
                    self.shared.insert(kind, number);
                }
                number
            }
        };
        match format.layout() {
            Layout::Separated { .. }
            | Layout::JsonLines
            | Layout::ColumnFile
            | Layout::Workbook => self.write_line(number, raw)?,
            Layout::JsonValues => {
                let first = self.files[number].records == 0;
                if self.files[number].array {
                    // How far the line of a broken record is indented tells where the next one may begin.
                    let before: &[u8] = match (first, alone) {
                        (true, true) => b"[",
                        (true, false) => b"[\n",
                        (false, _) => b",\n",
                    };
                    self.write(number, before)?;
                }
                self.write(number, raw)?;
                // Whatever followed would become part of it.
                self.files[number].array &= !alone;
            }
        }
        self.files[number].records += 1;
        Ok(None)
    }

    /// Completes the files.
    pub(super) fn finish(mut self) -> io::Result<Vec<ReplayFile>> {
        for number in 0..self.files.len() {
            if self.files[number].array {
                self.write(number, b"\n]\n")?;
            }
        }
        if let Some((_, mut last)) = self.open.take() {
            last.flush()?;
        }
        Ok(self.files)
    }

    fn start(&mut self, stem: &str, kind: &FileKind, array: bool) -> usize {
        let ending = kind.format.ending();
        let number = self.files.len();
        self.files.push(ReplayFile {
            name: format!("{stem}-{}.{ending}", number + 1),
            records: 0,
            bytes: 0,
            array,
            marked: kind.converted,
            guarded: !kind.format.layout().has_header(),
        });
        number
    }

    /// Writes a line. A return at its end is there only where it is a part of the line break.
    fn write_line(&mut self, number: usize, text: &[u8]) -> io::Result<()> {
        self.write(number, text)?;
        self.write(number, b"\n")
    }

    fn write(&mut self, number: usize, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.open {
            Some((open, file)) if *open == number => file,
            open => {
                if let Some((_, mut before)) = open.take() {
                    before.flush()?;
                }
                let path = self.folder.join(&self.files[number].name);
                let file = File::options().create(true).append(true).open(path)?;
                &mut open.insert((number, BufWriter::new(file))).1
            }
        };
        let entry = &mut self.files[number];
        let before: &[u8] = match entry.bytes {
            0 if entry.marked => "\u{feff}".as_bytes(),
            0 if entry.guarded && !matches!(bytes.first(), Some(b'{' | b'[')) => b"\n",
            _ => b"",
        };
        file.write_all(before)?;
        file.write_all(bytes)?;
        entry.bytes += (before.len() + bytes.len()) as u64;
        Ok(())
    }
}
