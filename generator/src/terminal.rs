//! How a subcommand answers: results go to standard output, everything said to a person goes to standard error.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use clap::ValueEnum;
use sluice_pipeline::shown::{in_lines, in_one_line};

use crate::failure::Failure;

/// How an answer is written, as `--format` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Writes a result to standard output. A reader that has seen enough is not an error.
pub(crate) fn write_result(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Other(
            anyhow::Error::new(error).context("cannot write to standard output"),
        )),
        _ => Ok(()),
    }
}

/// Says something to the person at the terminal: `error`, `warning` or `note`, and what. Whatever is in it, a terminal shows
/// it, and does nothing else.
pub(crate) fn say(label: &str, text: &str) {
    let text = harmless(text);
    if colour_on(&io::stderr()) {
        let colour = match label {
            "error" => "31",
            "warning" => "33",
            _ => "36",
        };
        eprintln!("\u{1b}[1;{colour}m{label}\u{1b}[0m: {text}");
    } else {
        eprintln!("{label}: {text}");
    }
}

/// A text of several lines, in which names of files, messages of plugins and other things from outside may be, without what a
/// terminal takes for commands.
pub(crate) fn harmless(text: &str) -> String {
    let pieces: Vec<String> = text.split('\t').map(in_lines).collect();
    pieces.join("\t")
}

/// A path in one line.
pub(crate) fn shown_path(path: impl AsRef<Path>) -> String {
    in_one_line(&path.as_ref().display().to_string())
}

/// Whether a stream should be coloured: it is a terminal, and `NO_COLOR` (<https://no-color.org>) is not set.
pub(crate) fn colour_on(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
