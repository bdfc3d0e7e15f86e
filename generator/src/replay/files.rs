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
}

/// Writes records into files.
pub(super) struct ReplayFiles {
    folder: PathBuf,
    files: Vec<ReplayFile>,
    /// The file of a format and header.
    shared: HashMap<(Format, Option<String>), usize>,
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

    /// Writes the record of a line, whose text is `raw`, and says why it cannot where that is so. A new file's name
    /// starts with `stem`.
    pub(super) fn add(
        &mut self,
        line: &RejectLine<'_>,
        raw: &[u8],
        stem: &str,
    ) -> io::Result<Option<Skipped>> {
        if line.raw_bytes.is_some() {
            return Ok(Some(Skipped::Truncated));
        }
        let has = |code: &str| line.findings.iter().any(|finding| finding.code == code);
        if raw.is_empty() || has("trailing_comma") && raw == b"]" {
            return Ok(Some(Skipped::NoText));
        }
        let Some(format) = line.format else {
            return Ok(Some(Skipped::NoFormat));
        };
        let header = line.header.as_deref().filter(|header| !header.is_empty());
        if format.layout().has_header() && header.is_none() {
            return Ok(Some(Skipped::NoHeader));
        }
        // These end with their line, and a return before its break belongs to them.
        let to_line_end = has("unclosed_quote") || has("text_after_quote");
        let alone = match format.layout() {
            Layout::Separated(_) => has("unclosed_quote"),
            Layout::JsonValues => !is_whole_json(raw) || has("trailing_garbage"),
            Layout::JsonLines => false,
        };
        let key = (format, header.map(str::to_owned));
        let number = match self.shared.get(&key) {
            Some(number) if !alone => *number,
            _ => {
                // By itself, a record is its own file, unless it would pass for an array. What stood behind an array may
                // well be one.
                let array = format.layout() == Layout::JsonValues
                    && (!alone || raw.starts_with(b"[") && !has("trailing_garbage"));
                let number = self.start(stem, format, array);
                if !alone {
                    self.shared.insert(key, number);
                }
                if let Some(header) = header {
                    self.write_line(number, header.as_bytes(), false)?;
                }
                number
            }
        };
        match format.layout() {
            Layout::Separated(_) => self.write_line(number, raw, to_line_end)?,
            Layout::JsonLines => self.write_line(number, raw, true)?,
            Layout::JsonValues => {
                let first = self.files[number].records == 0;
                if self.files[number].array {
                    self.write(number, if first { b"[\n" } else { b",\n" })?;
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

    fn start(&mut self, stem: &str, format: Format, array: bool) -> usize {
        let ending = format.ending();
        let number = self.files.len();
        self.files.push(ReplayFile {
            name: format!("{stem}-{}.{ending}", number + 1),
            records: 0,
            bytes: 0,
            array,
        });
        number
    }

    /// Writes a line. A return at its end would pass for a part of the line break, unless it is `part_of_line` anyway.
    fn write_line(&mut self, number: usize, text: &[u8], part_of_line: bool) -> io::Result<()> {
        self.write(number, text)?;
        let needs_return = text.ends_with(b"\r") && !part_of_line;
        self.write(number, if needs_return { b"\r\n" } else { b"\n" })
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
        // What looks like a byte-order mark, or like compressed data, must not be the beginning of a file.
        let odd_start = entry.bytes == 0 && !bytes.first().is_some_and(u8::is_ascii_graphic);
        if odd_start {
            file.write_all(b"\n")?;
        }
        file.write_all(bytes)?;
        entry.bytes += bytes.len() as u64 + u64::from(odd_start);
        Ok(())
    }
}
