//! The inputs of the cases as the corpus of a fuzz target: every case's input is damaged in some places, in ways that
//! files are damaged, and read with the manifest of its case.
//!
//! Whatever comes of it, the reader asks for no more than there is, nothing panics, and every record is accounted for, alike
//! with any number of threads. What is stored is not known here. The same damage is done in every run; `DAMAGES=5000` does
//! more of it.

use std::{
    fs,
    io::{self, Cursor, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use fastrand::Rng;
use libtest_mimic::Failed;
use sluice_contract::stack::Pipeline;
use sluice_pipeline::report::ObjectReport;

use crate::{input_of, manifest_of, process};

/// Damaged copies of each input, where nobody asks for more.
const DAMAGES: u64 = 4;

/// Larger inputs are damaged in their beginning, which is what is read.
const MOST_BYTES: usize = 64 << 10;

/// What formats are made of, and what others put into them.
const TOKENS: &[&[u8]] = &[
    b"\"",
    b"'",
    b",",
    b";",
    b"\t",
    b"\r",
    b"\n",
    b"\r\n",
    b"\0",
    b"\\",
    b"\\\r",
    b"#",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"null",
    b"\\u",
    b"\\ud800",
    b"1e999",
    b"-",
    b"{\"a\":",
    b"]]",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xff",
    b"\xc3",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"PAR1",
    b"sep=;\n",
];

/// Reads the input of a case with some damage, again and again.
pub(crate) fn check(case: &Path) -> Result<(), Failed> {
    let stack = manifest_of(case);
    let pipeline = &stack.pipelines[0];
    let name = input_of(case);
    let mut whole = fs::read(case.join(&name))?;
    whole.truncate(MOST_BYTES);
    let damages = match std::env::var("DAMAGES") {
        Ok(number) => number.parse()?,
        Err(_) => DAMAGES,
    };
    for seed in 0..damages {
        let bytes = damaged(&whole, &mut Rng::with_seed(seed));
        let survived = catch_unwind(AssertUnwindSafe(|| survives(pipeline, &name, &bytes)));
        let wrong = match survived {
            Ok(Ok(())) => continue,
            Ok(Err(wrong)) => wrong,
            Err(_) => "a panic, which is shown above".to_owned(),
        };
        let (_, kept) = tempfile::Builder::new().suffix(&name).tempfile()?.keep()?;
        fs::write(&kept, &bytes)?;
        return Err(format!("{} (damage {seed} of {name}): {wrong}", kept.display()).into());
    }
    Ok(())
}

/// One to four places of it are changed.
fn damaged(whole: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..rng.u8(1..=4) {
        let start = rng.usize(..=bytes.len());
        let end = (start + rng.usize(..=24)).min(bytes.len());
        let piece = bytes[start..end].to_vec();
        match rng.u8(..8) {
            0 if start < end => bytes[start] ^= 1 << rng.u8(..8),
            1 if start < end => bytes[start] = rng.u8(..),
            2 => drop(bytes.drain(start..end)),
            3 => drop(bytes.splice(start..start, piece)),
            4 => {
                let elsewhere = rng.usize(..=bytes.len());
                drop(bytes.splice(elsewhere..elsewhere, piece));
            }
            5 if rng.u8(..4) == 0 => bytes.truncate(start),
            6 if rng.u8(..4) == 0 => {
                let again = bytes.clone();
                bytes.extend_from_slice(&again);
            }
            _ => {
                let token = *rng.choice(TOKENS).expect("there are tokens");
                drop(bytes.splice(start..start, token.iter().copied()));
            }
        }
    }
    bytes
}

fn survives(pipeline: &Pipeline, name: &str, bytes: &[u8]) -> Result<(), String> {
    let one = accounted(pipeline, name, bytes, 1)?;
    let two = accounted(pipeline, name, bytes, 2)?;
    if one != two {
        return Err(format!("with one thread {one:?}\nwith two {two:?}"));
    }
    Ok(())
}

fn accounted(
    pipeline: &Pipeline,
    name: &str,
    bytes: &[u8],
    threads: usize,
) -> Result<ObjectReport, String> {
    let open = || -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Fuelled {
            // An object is opened a few times, and each time read once.
            reads: 2 * bytes.len() + 100,
            bytes: Cursor::new(bytes.to_vec()),
        }))
    };
    let out = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut report = process(pipeline, name, &open, threads, out.path());
    (report.seconds, report.plugin_seconds) = (0.0, 0.0);
    if !report.adds_up() {
        return Err(format!("it does not add up: {report:?}"));
    }
    let rejects =
        fs::read_to_string(out.path().join("rejects/people/object.ndjson")).unwrap_or_default();
    if rejects.lines().count() as u64 != report.rejected {
        return Err(format!("rejects are missing: {report:?}\n{rejects}"));
    }
    Ok(report)
}

/// Bytes that may be asked for so often and no more: a reader that makes no progress is found.
struct Fuelled {
    bytes: Cursor<Vec<u8>>,
    reads: usize,
}

impl Read for Fuelled {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(self.reads > 0, "it is read without end");
        self.reads -= 1;
        // Few at a time, so that whatever is cut is cut everywhere.
        let most = buffer.len().min(7);
        self.bytes.read(&mut buffer[..most])
    }
}
