//! `gen replay rejects`: rejects files turned back into files that can be ingested.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use sluice_contract::shell::word;
use sluice_pipeline::route::RejectLine;

use super::files::{ReplayFile, ReplayFiles, Skipped};
use crate::failure::Failure;
use crate::project;
use crate::terminal::{Format, write_result};

/// Turns rejects files back into files to ingest
///
/// Records are written byte for byte, in their order, into one file for each format and header. A record that may run on
/// into the next, such as one with an open quote, gets a file to itself. Nothing is corrected: replay once the plugin or
/// the manifest is, or correct the files by hand.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  aws s3 cp --recursive s3://LAKE-BUCKET/rejects/feedback rejects
  gen replay rejects rejects/*.ndjson --out replayed --manifest manifest.toml
  gen replay rejects rejects/*.ndjson --out replayed --code rating_out_of_range --code missing_id
  gen replay rejects rejects/*.ndjson --out replayed --format json | jq .skipped

Exit codes:
  0  done, also where some records cannot be replayed
  1  a file is no rejects file, or the command line or the manifest is wrong
  2  anything else went wrong")]
pub(crate) struct RejectsArgs {
    /// Rejects files: NDJSON, as under `rejects/` in the lake bucket
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where the files go: a folder that is empty or does not exist yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only records that have a reason with this code; may be given several times
    #[arg(long = "code", value_name = "CODE")]
    codes: Vec<String>,
    /// The manifest, which says where the files must be uploaded to
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// The pipeline that the rejects are of; needed where the manifest has several
    #[arg(long, value_name = "NAME", requires = "manifest")]
    pipeline: Option<String>,
    /// How to print what was done; `json` is
    /// `{"read": …, "replayed": …, "files": […], "skipped": {REASON: …}, "upload": …}`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What was done. `read` is `replayed` and all of `skipped`.
#[derive(Debug, Serialize)]
struct Summary {
    /// Lines of all rejects files.
    read: u64,
    /// Records in the new files.
    replayed: u64,
    files: Vec<ReplayFile>,
    /// Records that were left out, by reason.
    skipped: BTreeMap<Skipped, u64>,
    /// The command that puts the files in.
    upload: Option<String>,
}

pub(super) fn run(args: &RejectsArgs) -> Result<ExitCode, Failure> {
    let destination = destination(args)?;
    let summary = replay(args, &destination)?;
    match args.format {
        Format::Text => write_result(&text(&summary, args))?,
        Format::Json => {
            let json = serde_json::to_string_pretty(&summary).map_err(anyhow::Error::from)?;
            write_result(&format!("{json}\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Where to upload to. Which bucket that is, a manifest does not know.
fn destination(args: &RejectsArgs) -> Result<String, Failure> {
    let Some(manifest) = &args.manifest else {
        return Ok("s3://RAW-BUCKET/PREFIX/".to_owned());
    };
    let stack = project::load(manifest, None)?;
    let pipeline = match (&args.pipeline, stack.pipelines.as_slice()) {
        (Some(name), _) => project::pipeline(&stack, name)?,
        (None, [only]) => only,
        (None, _) => {
            let message =
                "the manifest has several pipelines; name the one of the rejects with --pipeline";
            return Err(Failure::Input(message.to_owned()));
        }
    };
    Ok(format!("s3://RAW-BUCKET/{}", pipeline.source.prefix))
}

fn replay(args: &RejectsArgs, destination: &str) -> Result<Summary, Failure> {
    let out = &args.out;
    let existing = out.exists();
    if existing && std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::Input(format!(
            "the folder `{}` is not empty\nhelp: name a new one, so that nothing but the replayed files is uploaded",
            out.display()
        )));
    }
    let unwritable = |error: std::io::Error| {
        Failure::Input(format!("`{}` cannot be written: {error}", out.display()))
    };
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(parent).map_err(unwritable)?;
    // Files appear when all of them are complete.
    let unfinished = tempfile::Builder::new()
        .prefix(".replay-")
        .tempdir_in(parent)
        .map_err(unwritable)?;
    let mut files = ReplayFiles::new(unfinished.path());
    let mut skipped = BTreeMap::new();
    let mut read = 0;
    for path in &args.files {
        read += replay_file(path, &args.codes, &mut files, &mut skipped)?;
    }
    let files = files.finish().map_err(unwritable)?;
    if !files.is_empty() {
        std::fs::create_dir_all(out).map_err(unwritable)?;
    }
    for file in &files {
        let finished = out.join(&file.name);
        std::fs::rename(unfinished.path().join(&file.name), finished).map_err(unwritable)?;
    }
    Ok(Summary {
        read,
        replayed: files.iter().map(|file| file.records).sum(),
        upload: (!files.is_empty()).then(|| {
            format!(
                "aws s3 cp --recursive {} {}",
                word(&out.display().to_string()),
                word(destination)
            )
        }),
        files,
        skipped,
    })
}

/// Replays one rejects file; returns how many lines it has.
fn replay_file(
    path: &Path,
    codes: &[String],
    files: &mut ReplayFiles,
    skipped: &mut BTreeMap<Skipped, u64>,
) -> Result<u64, Failure> {
    let unreadable =
        |error| Failure::Input(format!("`{}` cannot be read: {error}", path.display()));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut input = BufReader::new(File::open(path).map_err(unreadable)?);
    let (mut text, mut number) = (Vec::new(), 0);
    loop {
        text.clear();
        if input.read_until(b'\n', &mut text).map_err(unreadable)? == 0 {
            return Ok(number);
        }
        number += 1;
        let wrong = |why: String| {
            Failure::Input(format!(
                "`{}` line {number} is no reject: {why}\nhelp: give files from under `rejects/` of the lake bucket or of \
                 `gen run`",
                path.display()
            ))
        };
        let line: RejectLine<'_> =
            serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        let raw = line
            .raw_text()
            .map_err(|error| wrong(format!("`raw_base64`: {error}")))?;
        let header = line
            .header_text()
            .map_err(|error| wrong(format!("`header_base64`: {error}")))?;
        let chosen = codes.is_empty()
            || line
                .findings
                .iter()
                .any(|finding| codes.iter().any(|code| *code == finding.code));
        let left_out = if chosen {
            files
                .add(&line, (&header, &raw), &stem)
                .context("a replayed file cannot be written")?
        } else {
            Some(Skipped::OtherCode)
        };
        if let Some(reason) = left_out {
            *skipped.entry(reason).or_default() += 1;
        }
    }
}

fn text(summary: &Summary, args: &RejectsArgs) -> String {
    let Summary {
        read,
        replayed,
        files,
        skipped,
        upload,
    } = summary;
    let mut text = format!("replayed {replayed} of {read} rejected records\n");
    for file in files {
        let path = args.out.join(&file.name);
        let records = if file.records == 1 {
            "record"
        } else {
            "records"
        };
        text.push_str(&format!(
            "  {}: {} {records}, {} bytes\n",
            path.display(),
            file.records,
            file.bytes
        ));
    }
    if !skipped.is_empty() {
        text.push_str("left out:\n");
    }
    for (reason, records) in skipped {
        text.push_str(&format!("  {records}: {}\n", explained(*reason)));
    }
    if let Some(upload) = upload {
        text.push_str("put them in, RAW-BUCKET being the stack's output `RawBucket`:\n");
        text.push_str(&format!("  {upload}\n"));
    }
    text
}

fn explained(reason: Skipped) -> &'static str {
    match reason {
        Skipped::OtherCode => "without a reason of the given codes",
        Skipped::Truncated => {
            "too long, so that only the beginning was kept; the object has the whole record"
        }
        Skipped::NoText => "no record, but a defect of the object, such as its sudden end",
        Skipped::NoHeader => {
            "the object's header is longer than 4 KiB and was not kept; the object has it"
        }
        Skipped::NoFormat => "written by a version of Sluice that did not note the format",
    }
}
