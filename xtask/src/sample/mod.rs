//! Believable customer feedback and orders, made from a seed: the examples' data and the benchmark's rows.
//!
//! The committed files are compared with what the seed makes by content, not by compressed bytes, so that a newer
//! compressor is no reason to commit them again.

mod encode;
mod feedback;
mod files;
mod orders;
mod spelling;
mod words;

use std::{
    fs,
    io::{Read, Write},
    path::Path,
};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder, read::MultiGzDecoder};

pub(crate) use encode::write_csv_record;
pub(crate) use feedback::{CommentStyle, Feedback};
use files::SampleFile;

use crate::program::repository;

/// The seed of the committed files.
const SEED: u64 = 1;

/// Makes the files of an example from a seed.
type Files = fn(u64) -> Result<Vec<SampleFile>>;

/// Where the committed files are, and what makes them.
const FOLDERS: [(&str, Files); 2] = [
    ("examples/feedback/data", files::files),
    ("examples/orders-lake/data", orders::files),
];

/// Writes the files that are missing or differ, and names them.
pub(crate) fn run() -> Result<()> {
    for (name, files) in FOLDERS {
        let folder = repository().join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
        for file in files(SEED)? {
            let path = folder.join(file.name);
            if content_of(&path).is_ok_and(|content| content == file.content) {
                eprintln!("{name}/{}: unchanged", file.name);
            } else {
                fs::write(&path, compressed(&file)?)
                    .with_context(|| format!("cannot write `{}`", path.display()))?;
                eprintln!("{name}/{}: written", file.name);
            }
        }
    }
    Ok(())
}

/// Compressed as the name says, without the time of the day.
fn compressed(file: &SampleFile) -> Result<Vec<u8>> {
    if file.name.ends_with(".gz") {
        let mut encoder = GzBuilder::new()
            .mtime(0)
            .write(Vec::new(), Compression::best());
        encoder.write_all(&file.content)?;
        Ok(encoder.finish()?)
    } else if file.name.ends_with(".zst") {
        Ok(zstd::encode_all(file.content.as_slice(), 19)?)
    } else {
        Ok(file.content.clone())
    }
}

/// What a file says once it is decompressed.
fn content_of(path: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(path)?;
    let mut content = Vec::new();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => MultiGzDecoder::new(bytes.as_slice())
            .read_to_end(&mut content)
            .map(|_| content),
        Some("zst") => zstd::decode_all(bytes.as_slice()),
        _ => Ok(bytes),
    }
    .with_context(|| format!("cannot read `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn committed_files_are_what_the_seed_makes() {
        for (folder, files) in FOLDERS {
            are_what_the_seed_makes(&repository().join(folder), files);
        }
    }

    fn are_what_the_seed_makes(folder: &Path, files: Files) {
        let mut expected: Vec<_> = files(SEED).unwrap();
        let mut committed: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        expected.sort_by_key(|file| file.name);
        committed.sort();
        assert_eq!(expected.len(), committed.len(), "{committed:?}");
        for (file, path) in expected.iter().zip(committed) {
            assert_eq!(path.file_name().unwrap(), file.name);
            let same = content_of(&path).unwrap() == file.content;
            assert!(
                same,
                "`{}` differs from what the seed makes: run `cargo xtask sample`",
                path.display()
            );
        }
    }

    #[test]
    fn another_seed_makes_other_files() {
        for (_, files) in FOLDERS {
            assert!(files(1).unwrap()[0].content != files(2).unwrap()[0].content);
        }
    }
}
