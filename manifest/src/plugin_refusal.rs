//! What a plugin finds wrong with its configuration, shown where it stands in the manifest.
//!
//! A plugin answers with a line for each mistake, and a line may start with the path of what it is about, as
//! `docs/plugin-contract.md` has it. Which settings there are, only the plugin knows; here their places are found.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{ProblemSink, Problems, Span};

/// That the plugin of a pipeline refuses its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginRefusal {
    /// The pipeline's name.
    pub pipeline: String,
    /// The plugin's words: a line for each mistake.
    pub message: String,
}

/// All mistakes with their places in a manifest that is otherwise right; `None` where there are none. `path` is what
/// messages call the file.
pub fn plugin_problems(text: &str, path: &str, refusals: &[PluginRefusal]) -> Option<Problems> {
    let (document, _) = DeTable::parse_recoverable(text);
    let mut sink = ProblemSink::new(text);
    for PluginRefusal { pipeline, message } in refusals {
        let settings = Settings::find(document.get_ref(), pipeline);
        for line in message.lines().filter(|line| !line.trim().is_empty()) {
            settings.report(line, &mut sink);
        }
    }
    (!sink.is_empty()).then(|| sink.into_problems(path))
}

/// The `config` of a pipeline's plugin; what is nearest to it where there is none.
struct Settings<'a, 'i> {
    table: Option<&'a DeTable<'i>>,
    /// What is shown of it where a mistake has no place of its own.
    span: Span,
}

impl<'a, 'i> Settings<'a, 'i> {
    fn find(document: &'a DeTable<'i>, pipeline: &str) -> Settings<'a, 'i> {
        let mut settings = Settings {
            table: None,
            span: Span { start: 0, end: 0 },
        };
        let mut table = Some(document);
        for name in ["pipeline", pipeline, "plugin", "config"] {
            let Some((key, value)) = table.and_then(|table| entry(table, name)) else {
                return settings;
            };
            settings.span = key.span().into();
            table = value.get_ref().as_table();
        }
        settings.table = table;
        settings
    }

    /// Reports a line: the fact at its place, and the remedy, if there is one.
    fn report(&self, line: &str, sink: &mut ProblemSink) {
        let (span, words) = match self.place(line, sink) {
            Some((span, words)) => (span, words),
            None => (self.span, line),
        };
        match split_remedy(words) {
            Some((fact, remedy)) => sink.report(span, fact, remedy),
            None => sink.report_broken(span, words),
        }
    }

    /// The place that a line names first, and what it says of it.
    fn place<'l>(&self, line: &'l str, sink: &ProblemSink) -> Option<(Span, &'l str)> {
        let (path, rest) = line.strip_prefix('`')?.split_once('`')?;
        let words = rest.strip_prefix(": ").unwrap_or(line);
        // Some name a key as it is, and not as a path.
        if let Some((key, value)) = self.table.and_then(|table| entry(table, path)) {
            return Some((shown(key.span(), value.span(), sink), words));
        }
        let steps = steps(path)?;
        let [Step::Key(first), others @ ..] = steps.as_slice() else {
            return None;
        };
        let (key, mut value) = entry(self.table?, first)?;
        let mut span = shown(key.span(), value.span(), sink);
        for step in others {
            // As far as the path goes: a plugin may see more in a text than TOML does.
            let (name, next) = match (step, value.get_ref()) {
                (Step::Key(name), DeValue::Table(table)) => match entry(table, name) {
                    Some((key, next)) => (key.span(), next),
                    None => break,
                },
                (Step::Index(index), DeValue::Array(list)) => match list.get(*index) {
                    Some(next) => (next.span(), next),
                    None => break,
                },
                _ => break,
            };
            value = next;
            span = shown(name, value.span(), sink);
        }
        Some((span, words))
    }
}

fn entry<'a, 'i>(
    table: &'a DeTable<'i>,
    name: &str,
) -> Option<(
    &'a Spanned<std::borrow::Cow<'i, str>>,
    &'a Spanned<DeValue<'i>>,
)> {
    table.iter().find(|(key, _)| key.get_ref() == name)
}

/// A value, or its key where the value goes over several lines.
fn shown(key: std::ops::Range<usize>, value: std::ops::Range<usize>, sink: &ProblemSink) -> Span {
    let is_long = sink
        .text()
        .get(value.clone())
        .is_none_or(|text| text.contains('\n'));
    let mut span = Span::from(if is_long { key } else { value });
    // An item of a list has no key.
    if let Some(end) = sink.text()[span.start..span.end].find('\n') {
        span.end = span.start + end;
    }
    span
}

/// A part of a path.
#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

/// The parts of a path such as `signed_up[0].zone`, with keys in quotes where TOML would have them so.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']')?;
            steps.push(Step::Index(index.parse().ok()?));
            rest = after;
            continue;
        }
        rest = match steps.is_empty() {
            true => rest,
            false => rest.strip_prefix('.')?,
        };
        if rest.starts_with('"') {
            let mut quoted = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            steps.push(Step::Key(quoted.next()?.ok()?));
            rest = &rest[quoted.byte_offset()..];
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Key(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    Some(steps)
}

/// The fact and the remedy: what stands before and behind the last colon that is not within backticks.
fn split_remedy(words: &str) -> Option<(&str, &str)> {
    let mut inside = false;
    let colon = words.char_indices().filter(|(at, c)| {
        inside ^= *c == '`';
        !inside && words[*at..].starts_with(": ")
    });
    let at = colon.map(|(at, _)| at).last()?;
    Some((&words[..at], &words[at + 2..]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MANIFEST: &str = r#"[project]
name = "shop"
[pipeline.orders]
source = { prefix = "orders/" }
plugin = { name = "tidy", config = { id = "trimm", "full name" = ["trim", { cut = 0 }] } }
[pipeline.visits.plugin.config]
at = [
    { timestamp = "iso", zone = "Berlin" },
    { map = {
        "a" = "b" } },
]
"#;

    /// What is underlined, and what is said.
    fn check(pipeline: &str, line: &str, expected: &[&str]) {
        let refusal = PluginRefusal {
            pipeline: pipeline.into(),
            message: line.into(),
        };
        let problems = plugin_problems(MANIFEST, "manifest.toml", &[refusal]).unwrap();
        let shown = problems.iter().map(|problem| {
            let span = problem.span().unwrap();
            let at = &MANIFEST[span.start..span.end];
            let help = problem.help().unwrap_or("-");
            format!("{at} | {} | {help}", problem.message())
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected, "{line}");
    }

    #[test]
    fn places() {
        check(
            "orders",
            "`id`: `trimm` is no step: did you mean `trim`?",
            &["\"trimm\" | `trimm` is no step | did you mean `trim`?"],
        );
        check(
            "orders",
            "`\"full name\"[1].cut`: `cut` is `0`, and should be 1 to 9",
            &["0 | `cut` is `0`, and should be 1 to 9 | -"],
        );
        check("visits", "`at[0].zone`: so", &["\"Berlin\" | so | -"]);
        // As the SDKs write it, and a key that is no path.
        check(
            "orders",
            "`id` is `x`, and should be `y`",
            &["\"trimm\" | `id` is `x`, and should be `y` | -"],
        );
        check(
            "orders",
            "`full name`: so",
            &["[\"trim\", { cut = 0 }] | so | -"],
        );
        // Several lines, and paths that go too far.
        check("visits", "`at`: so", &["at | so | -"]);
        check("visits", "`at[1].map`: so", &["map | so | -"]);
        check("visits", "`at[1]`: so", &["{ map = { | so | -"]);
        check("visits", "`at[0].zone.x[7]`: so", &["\"Berlin\" | so | -"]);
        check("visits", "`at[7]`: so", &["at | so | -"]);
        // No place at all.
        check("visits", "so", &["config | so | -"]);
        check(
            "visits",
            "`mode` is missing",
            &["config | `mode` is missing | -"],
        );
        check("visits", "`a`b`: so", &["config | `a`b`: so | -"]);
        check("nothing", "`id`: so: do", &["pipeline | `id`: so | do"]);
    }

    #[test]
    fn a_line_a_mistake() {
        check(
            "visits",
            "`at[0].zone`: second\n\n`at`: first",
            &["at | first | -", "\"Berlin\" | second | -"],
        );
        assert_eq!(plugin_problems(MANIFEST, "manifest.toml", &[]), None);
    }

    #[test]
    fn remedies() {
        assert_eq!(
            split_remedy("a `x: y` b: c `: ` d"),
            Some(("a `x: y` b", "c `: ` d"))
        );
        assert_eq!(split_remedy("a: b: c"), Some(("a: b", "c")));
        assert_eq!(split_remedy("a `b: c`"), None);
    }
}
