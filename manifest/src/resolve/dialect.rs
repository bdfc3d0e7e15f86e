//! How a pipeline's CSV and TSV are written: single characters that do not get in each other's way, and the columns'
//! names where objects have none.

use super::declared::DeclaredFields;
use super::number::number;
use crate::manifest::{Source, WrittenHeader};
use crate::nearest::{listed, nearest};
use crate::problem::ProblemSink;
use crate::reader::{Given, Written, in_backticks};
use sluice_contract::stack::{Delimiter, Dialect, Header, Quote};

/// The most columns that a manifest names.
const MOST_COLUMNS: usize = 16_384;

/// How the text of a source is written.
pub(super) fn dialect(source: &Source, sink: &mut ProblemSink) -> Dialect {
    let dialect = Dialect {
        delimiter: delimiter(&source.delimiter, sink).unwrap_or_default(),
        quote: quote(&source.quote, sink),
        escape: character(&source.escape, "`escape`", r"`'\'`", sink),
        comment: character(&source.comment, "`comment`", "`\"#\"`", sink),
        header: header(&source.header, sink),
        skip_lines: number(&source.skip_lines, "`skip_lines`", 0..=1000, 0, sink),
        trim: source.trim.value().copied().unwrap_or(false),
        null_values: null_values(source, sink),
    };
    refuse_equal_characters(source, &dialect, sink);
    dialect
}

/// Whether a character can have a meaning in CSV: one byte that is no part of what people write, nor the end of a line.
fn can_be_special(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '\r' | '\n' | '\0')
}

fn only_character(text: &str) -> Option<char> {
    let mut characters = text.chars();
    let only = characters.next().filter(|_| characters.next().is_none());
    only.filter(|c| can_be_special(*c))
}

/// One ASCII character that cannot be taken for a part of a value or the end of a line.
fn delimiter(given: &Given<String>, sink: &mut ProblemSink) -> Option<Delimiter> {
    let written = given.written()?;
    if written.value == Delimiter::AUTO {
        return Some(Delimiter::Auto);
    }
    let delimiter = only_character(&written.value).filter(|c| *c != '"');
    if delimiter.is_none() {
        sink.report(
            written.span,
            format!("{} cannot separate columns", in_backticks(&written.value)),
            r#"use one ASCII character that is no letter, digit, quote or line break, such as `";"`, `"|"` or `"\t"`, or `"auto"`"#,
        );
    }
    delimiter.map(Delimiter::Character)
}

fn quote(given: &Given<String>, sink: &mut ProblemSink) -> Option<Quote> {
    let written = given.written()?;
    if written.value == Quote::NONE {
        return Some(Quote::None);
    }
    let quote = only_character(&written.value).filter(|c| *c != ' ' && *c != '\t');
    if quote.is_none() {
        sink.report(
            written.span,
            format!("{} cannot enclose a field", in_backticks(&written.value)),
            r#"use one ASCII character that is no letter, digit, blank or line break, such as `"'"`, or `"none"`"#,
        );
    }
    quote.map(Quote::Character)
}

fn character(
    given: &Given<String>,
    key: &str,
    example: &str,
    sink: &mut ProblemSink,
) -> Option<char> {
    let written = given.written()?;
    let character = only_character(&written.value).filter(|c| *c != ' ' && *c != '\t');
    if character.is_none() {
        sink.report(
            written.span,
            format!("{key} cannot be {}", in_backticks(&written.value)),
            format!(
                "use one ASCII character that is no letter, digit, blank or line break, such as {example}"
            ),
        );
    }
    character
}

/// Of two keys that name the same character, neither could be told from the other.
fn refuse_equal_characters(source: &Source, dialect: &Dialect, sink: &mut ProblemSink) {
    let delimiters = match dialect.delimiter {
        Delimiter::Auto => Delimiter::CANDIDATES.to_vec(),
        Delimiter::Character(delimiter) => vec![delimiter],
    };
    let quote = match dialect.quote {
        None => Some('"'),
        Some(Quote::None) => None,
        Some(Quote::Character(quote)) => Some(quote),
    };
    let mut taken: Vec<(&str, char)> = (delimiters.into_iter())
        .map(|delimiter| ("`delimiter`", delimiter))
        .collect();
    let keys = [
        ("`quote`", &source.quote, quote),
        ("`escape`", &source.escape, dialect.escape),
        ("`comment`", &source.comment, dialect.comment),
    ];
    for (key, given, character) in keys {
        let Some(character) = character else { continue };
        if let Some(written) = given.written()
            && let Some((other, _)) = taken.iter().find(|(_, taken)| *taken == character)
        {
            let help = match (key, *other) {
                ("`escape`", "`quote`") => {
                    "doubled quotes are understood without it: leave `escape` out"
                }
                _ => "choose another one for either of them",
            };
            sink.report(
                written.span,
                format!("{key} is the same character as {other}"),
                help,
            );
        }
        taken.push((key, character));
    }
}

fn null_values(source: &Source, sink: &mut ProblemSink) -> Vec<String> {
    let Some(written) = source.null_values.written() else {
        return Vec::new();
    };
    for value in &written.value.0 {
        if value.value.is_empty() {
            sink.report(
                value.span,
                "an empty field is no value anyway",
                "leave the empty text out of `null_values`",
            );
        }
    }
    let values = written.value.0.iter().map(|value| value.value.clone());
    values.collect()
}

fn header(given: &Given<WrittenHeader>, sink: &mut ProblemSink) -> Header {
    let Some(written) = given.written() else {
        return Header::Present;
    };
    let names = match &written.value {
        WrittenHeader::Present(true) => return Header::Present,
        WrittenHeader::Present(false) => return Header::Absent,
        WrittenHeader::Names(names) => names,
    };
    let named = names.iter().any(|name| !name.value.is_empty());
    if !named && sink.is_clean_at(written.span) {
        sink.report(
            written.span,
            "`header` names no column",
            "name the columns in their order, or write `false` where they are the fields in theirs",
        );
    }
    if names.len() > MOST_COLUMNS {
        sink.report(
            written.span,
            format!(
                "`header` has {} columns, allowed are {MOST_COLUMNS}",
                names.len()
            ),
            "name fewer",
        );
    }
    for (number, name) in names.iter().enumerate() {
        check_name(name, &names[..number], sink);
    }
    Header::Named(names.iter().map(|name| name.value.clone()).collect())
}

fn check_name(name: &Written<String>, before: &[Written<String>], sink: &mut ProblemSink) {
    let text = &name.value;
    let shown = in_backticks(text);
    if text.chars().any(char::is_control) {
        sink.report(
            name.span,
            format!("column {shown} has a control character in its name"),
            "leave it out",
        );
    } else if text.trim() != text {
        sink.report(
            name.span,
            format!("column {shown} has a blank at an end of its name"),
            "leave it out; a column that nobody needs is called `\"\"`",
        );
    } else if !text.is_empty() && before.iter().any(|other| other.value == *text) {
        sink.report(
            name.span,
            format!("`header` names column {shown} twice"),
            "a column that nobody needs is called `\"\"`",
        );
    }
}

/// Whether a pipeline without a plugin finds its required fields among the columns that the manifest names.
pub(super) fn check_header(
    source: &Given<Source>,
    has_plugin: bool,
    declared: &DeclaredFields<'_>,
    sink: &mut ProblemSink,
) {
    let header = source.value().and_then(|source| source.header.written());
    let Some(written) = header else { return };
    let WrittenHeader::Names(names) = &written.value else {
        return;
    };
    if has_plugin || declared.unreadable || !sink.is_clean_at(written.span) {
        return;
    }
    let given = || names.iter().map(|name| name.value.as_str());
    for field in declared
        .fields
        .iter()
        .filter_map(|field| field.field.as_ref())
    {
        let needed = field.required && field.default.is_none();
        if !needed || given().any(|name| name == field.name) {
            continue;
        }
        let strangers =
            given().filter(|name| declared.fields.iter().all(|field| field.name != *name));
        let help = match nearest(&field.name, strangers) {
            Some(meant) => format!("is it the column `{meant}`? Both must be called the same"),
            None => format!(
                "name its column, which now are {}, or give it `required = false`",
                listed(given().filter(|name| !name.is_empty()).take(8), "and")
            ),
        };
        sink.report(
            written.span,
            format!(
                "field `{}` is required, but no column in `header` is called so",
                field.name
            ),
            help,
        );
    }
}
