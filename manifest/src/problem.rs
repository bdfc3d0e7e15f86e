//! What is wrong with a manifest, and where: collected while it is read, and shown all at once as rustc would.
//!
//! Other texts that are written by hand in TOML or JSON, such as the golden cases of plugins, are reported in the same way.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

/// A part of the manifest's text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Span {
        Span {
            start: range.start,
            end: range.end,
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    message: String,
    span: Option<Span>,
    help: Option<String>,
}

impl Problem {
    /// The fact, in lower case and without a final period.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What it is about.
    #[cfg(test)]
    pub(crate) fn span(&self) -> Option<Span> {
        self.span
    }

    /// The remedy. Mistakes in TOML itself have none, nor have some that plugins tell.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// Everything that is wrong with one manifest, in the order of its lines. Never empty.
///
/// `Display` shows it without colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    path: String,
    text: String,
    problems: Vec<Problem>,
}

impl Problems {
    /// The problems, in the order of the manifest's lines.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.problems.iter()
    }

    /// What is shown to a person, each problem with the line it is in, with or without terminal colours. It ends with a
    /// line break.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut out = String::new();
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                out.push('\n');
            }
            let title = Level::ERROR.primary_title(&problem.message);
            let group = match problem.span {
                Some(span) if span.start < self.text.len() => title.element(
                    Snippet::source(&self.text)
                        .path(&self.path)
                        .annotation(AnnotationKind::Primary.span(span.start..span.end)),
                ),
                Some(_) => {
                    let (line, column) = self.position(problem).expect("it has a span");
                    title.element(Origin::path(&self.path).line(line).char_column(column))
                }
                None => title.element(Origin::path(&self.path)),
            };
            let mut report = vec![group];
            if let Some(help) = &problem.help {
                report.push(annotate_snippets::Group::with_title(
                    Level::HELP.secondary_title(help),
                ));
            }
            out.push_str(&renderer.render(&report));
            out.push('\n');
        }
        out
    }

    /// A list of `{message, file, line, column, help}`. Lines and columns (in characters) count from 1; they are null
    /// for a problem that is not in the file, `help` is null where there is no remedy.
    pub fn to_json(&self) -> Value {
        self.problems
            .iter()
            .map(|problem| {
                let (line, column) = self.position(problem).unzip();
                json!({
                    "message": problem.message,
                    "file": self.path,
                    "line": line,
                    "column": column,
                    "help": problem.help,
                })
            })
            .collect()
    }

    /// Line and column of a problem's start, counted from 1.
    fn position(&self, problem: &Problem) -> Option<(usize, usize)> {
        let before = &self.text[..problem.span?.start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Some((
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        ))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

/// Where problems are collected while a manifest is read and resolved.
pub struct ProblemSink<'t> {
    text: &'t str,
    /// What the text is called in a sentence.
    document: &'static str,
    problems: Vec<Problem>,
}

impl<'t> ProblemSink<'t> {
    /// For the text of a manifest.
    pub(crate) fn new(text: &'t str) -> Self {
        ProblemSink::of("the manifest", text)
    }

    /// For a text that sentences call `document`, such as `the manifest`.
    pub fn of(document: &'static str, text: &'t str) -> Self {
        ProblemSink {
            text,
            document,
            problems: Vec::new(),
        }
    }

    /// The text that problems are in.
    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// What the text is called in a sentence.
    pub(crate) fn document(&self) -> &'static str {
        self.document
    }

    /// Notes a fact about a part of the text, and the remedy.
    pub fn report(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Some(span), message.into(), Some(help.into()));
    }

    /// Notes a fact about what was given beside the text, and the remedy.
    pub(crate) fn report_elsewhere(&mut self, message: impl Into<String>, help: impl Into<String>) {
        self.push(None, message.into(), Some(help.into()));
    }

    /// Whether there is nothing to complain about.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether nothing within a part of the text has been reported.
    pub(crate) fn is_clean_at(&self, span: Span) -> bool {
        let inside = |other: Span| span.start <= other.start && other.end <= span.end;
        !self
            .problems
            .iter()
            .any(|problem| problem.span.is_some_and(inside))
    }

    /// Everything that was reported, in the order of the text.
    pub fn into_problems(self, path: &str) -> Problems {
        let mut problems = self.problems;
        problems.sort_by_key(|problem| problem.span);
        Problems {
            path: path.to_owned(),
            text: self.text.to_owned(),
            problems,
        }
    }

    /// Notes that the text is not well-formed at a place, in the words of whoever parsed it.
    pub fn report_broken(&mut self, span: Span, message: impl Into<String>) {
        self.push(Some(span), message.into(), None);
    }

    fn push(&mut self, span: Option<Span>, message: String, help: Option<String>) {
        let problem = Problem {
            message,
            span,
            help,
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Notes that the text is not TOML. The parser reports whatever it stumbles over after a mistake; of the errors in one
/// line, the first is the mistake.
pub fn report_syntax(error: &toml::de::Error, sink: &mut ProblemSink) {
    let span = Span::from(error.span().unwrap_or(0..0));
    let line = |span: Span| sink.text[..span.start].matches('\n').count();
    if sink
        .problems
        .iter()
        .filter_map(|problem| problem.span)
        .any(|other| line(other) == line(span))
    {
        return;
    }
    let (message, help) = match error.message() {
        message if message.contains("escape") => (
            message.to_owned(),
            Some("in single quotes, `\\` is an ordinary character".to_owned()),
        ),
        "duplicate key" => (
            "duplicate key".to_owned(),
            Some("leave one of them out".to_owned()),
        ),
        _ if lacks_value(sink.text, span) => (
            "there is no value after the `=`".to_owned(),
            Some("write one, or leave out the key".to_owned()),
        ),
        message => match bare_word(sink.text, span) {
            Some(word) => (
                format!("`{word}` is not a value"),
                Some(format!("write text in quotes: `\"{word}\"`")),
            ),
            None => (message.to_owned(), None),
        },
    };
    sink.push(Some(span), message, help);
}

/// Whether a line ends after its `=`.
fn lacks_value(text: &str, span: Span) -> bool {
    let line_ends = text[span.start..]
        .trim_start_matches([' ', '\t', '\r'])
        .starts_with('\n');
    line_ends
        && text[..span.start]
            .trim_end_matches([' ', '\t'])
            .ends_with('=')
}

/// The word at a span that stands where a value should, which the parser takes for a misspelt number or boolean.
fn bare_word(text: &str, span: Span) -> Option<&str> {
    let word = text.get(span.start..span.end)?;
    let before = text[..span.start].trim_end_matches([' ', '\t']);
    let is_value = before.ends_with(['=', '[', ',']) && !before.ends_with("[[");
    let is_word = word.starts_with(char::is_alphabetic)
        && word.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_value && is_word).then_some(word)
}
