//! Which files to read, and which pipeline each belongs to.

use std::path::{Path, PathBuf};

use sluice_contract::{
    Stack,
    stack::{Pipeline, Reupload},
};
use sluice_pipeline::{decode::ObjectKind, ports::SourceObject, shown::in_one_line};

use crate::failure::Failure;
use crate::project;
use crate::record_files;
use crate::terminal::say;

/// A file to process.
pub(super) struct Input<'a> {
    pub(super) path: PathBuf,
    pub(super) object: SourceObject,
    pub(super) kind: ObjectKind,
    pub(super) pipeline: &'a Pipeline,
}

/// Finds the files, in the order of their names below each folder. What is of no known format is an error where it was
/// named, and skipped with a word where its folder was.
pub(super) fn find<'a>(
    paths: &[PathBuf],
    stack: &'a Stack,
    pipeline: Option<&str>,
) -> Result<Vec<Input<'a>>, Failure> {
    let chosen = pipeline
        .map(|name| project::pipeline(stack, name))
        .transpose()?;
    let mut inputs = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut files = Vec::new();
            walk(path, &mut files)?;
            for file in files {
                match what_is(&file, stack, chosen)? {
                    File::Records(kind, pipeline) => inputs.push(input(file, kind, pipeline)?),
                    File::Ignored => skipped(&file, "its name says that it holds no records"),
                    File::Unknown => skipped(&file, "not a format that Sluice reads"),
                }
            }
        } else {
            match what_is(path, stack, chosen)? {
                File::Records(kind, pipeline) => {
                    inputs.push(input(path.clone(), kind, pipeline)?);
                }
                File::Ignored => skipped(path, "its name says that it holds no records"),
                File::Unknown => {
                    let message = record_files::unknown(path);
                    return input_error(format!(
                        "{message}\nhelp: `format` of the source says what other names mean"
                    ));
                }
            }
        }
    }
    if inputs.is_empty() {
        return input_error(
            "there is nothing to read: no file of a known format was found".to_owned(),
        );
    }
    Ok(inputs)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let context = |error| {
        Failure::Input(format!(
            "the folder `{}` cannot be read: {error}",
            folder.display()
        ))
    };
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(context)? {
        entries.push(entry.map_err(context)?.path());
    }
    entries.sort();
    for path in entries {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            walk(&path, files)?;
        } else if !hidden {
            files.push(path);
        }
    }
    Ok(())
}

/// What a file is to the pipeline that it belongs to.
enum File<'a> {
    Records(ObjectKind, &'a Pipeline),
    Ignored,
    Unknown,
}

fn what_is<'a>(
    path: &Path,
    stack: &'a Stack,
    chosen: Option<&'a Pipeline>,
) -> Result<File<'a>, Failure> {
    let name = path.to_string_lossy().replace('\\', "/");
    let pipeline = match (chosen, stack.pipelines.as_slice()) {
        (Some(pipeline), _) | (None, [pipeline]) => Some(pipeline),
        (None, pipelines) => {
            let fits = |pipeline: &&Pipeline| name.contains(pipeline.source.prefix.as_str());
            let mut fitting = pipelines.iter().filter(fits);
            fitting.next().filter(|_| fitting.next().is_none())
        }
    };
    let Some(pipeline) = pipeline else {
        // Whoever it belongs to, it cannot be read.
        if ObjectKind::of(&name).is_none() {
            return Ok(File::Unknown);
        }
        return input_error(format!(
            "`{name}` could belong to several pipelines or none; name one with --pipeline"
        ));
    };
    let source = &pipeline.source;
    let key = name
        .find(&source.prefix)
        .map_or(name.as_str(), |at| &name[at..]);
    if source.ignores(key) {
        return Ok(File::Ignored);
    }
    let kind = ObjectKind::in_source(&name, source);
    Ok(kind.map_or(File::Unknown, |kind| File::Records(kind, pipeline)))
}

fn skipped(path: &Path, reason: &str) {
    let name = in_one_line(&path.display().to_string());
    say("note", &format!("skipped `{name}`: {reason}"));
}

fn input<'a>(
    path: PathBuf,
    kind: ObjectKind,
    pipeline: &'a Pipeline,
) -> Result<Input<'a>, Failure> {
    if !pipeline.formats.contains(&kind.format) {
        return input_error(format!(
            "`{}` is {}, which pipeline `{}` does not take; add it to its `formats`",
            path.display(),
            kind.format.name(),
            pipeline.name
        ));
    }
    let metadata = std::fs::metadata(&path)
        .map_err(|error| Failure::Input(format!("`{}` cannot be read: {error}", path.display())))?;
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let modified = modified.unwrap_or_default();
    let uri = path.display().to_string();
    let version = format!("{}-{}", metadata.len(), modified.as_nanos());
    let object = SourceObject {
        size: Some(metadata.len()),
        // A file that was edited replaces what was made of it before, unless the lake is to have both.
        stem: match pipeline.lake().map(|lake| lake.reupload) {
            Some(Reupload::Append) => SourceObject::stem_of(&uri, &version),
            Some(Reupload::Replace) | None => SourceObject::stem_of(&uri, ""),
        },
        version,
        sequencer: String::new(),
        received_at: i64::try_from(modified.as_micros()).unwrap_or(i64::MAX),
        uri,
    };
    Ok(Input {
        path,
        object,
        kind,
        pipeline,
    })
}

fn input_error<T>(message: String) -> Result<T, Failure> {
    Err(Failure::Input(message))
}
