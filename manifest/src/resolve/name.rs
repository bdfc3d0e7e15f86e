//! Names that names of AWS resources are made of.

use crate::problem::{ProblemSink, Span};
use crate::reader::{Written, in_backticks};

/// Lambda functions and IAM roles have names of at most 64 characters. `PROJECT-STAGE-PIPELINE` leaves room for a hyphen
/// and a suffix of 15, such as `dead-letters`.
const MOST_COMBINED: usize = 48;

/// The longest project and pipeline name.
const MOST_NAME: usize = 30;

/// The longest stage.
const MOST_STAGE: usize = 16;

/// Checks a project's name.
pub(super) fn project(name: &Written<String>, sink: &mut ProblemSink) {
    if let Err((message, help)) = check("project name", &name.value, MOST_NAME) {
        sink.report(name.span, message, help);
    }
}

/// Checks a stage that was written in the manifest.
pub(super) fn stage(stage: &Written<String>, sink: &mut ProblemSink) {
    if let Err((message, help)) = check("stage", &stage.value, MOST_STAGE) {
        sink.report(stage.span, message, help);
    }
}

/// Checks a stage of the command line.
pub(super) fn stage_option(stage: &str, sink: &mut ProblemSink) {
    if let Err((message, help)) = check("stage", stage, MOST_STAGE) {
        sink.report_elsewhere(format!("{message} (given by `--stage`)"), help);
    }
}

/// Checks a pipeline's name, also together with the project's and the stage.
pub(super) fn pipeline(name: &Written<String>, project: &str, stage: &str, sink: &mut ProblemSink) {
    if let Err((message, help)) = check("pipeline name", &name.value, MOST_NAME) {
        sink.report(name.span, message, help);
        return;
    }
    let combined = format!("{project}-{stage}-{}", name.value);
    if combined.len() > MOST_COMBINED {
        sink.report(
            name.span,
            format!("`{combined}` is too long: got {} characters, limit {MOST_COMBINED}", combined.len()),
            "shorten the name of the project, the stage or the pipeline: names of functions and roles start with all three",
        );
    }
}

/// Whether a plugin can have this name, which is also that of a file: the fact and the remedy if it cannot.
pub fn check_plugin_name(name: &str) -> Result<(), (String, String)> {
    check("plugin name", name, 64)
}

/// Checks a plugin's name.
pub(super) fn plugin(name: &str, span: Span, sink: &mut ProblemSink) {
    if let Err((message, help)) = check_plugin_name(name) {
        let help = match name.strip_suffix(".wasm") {
            Some(stem) => format!("leave out the ending: `{}`", stem.replace('_', "-")),
            None => help,
        };
        sink.report(span, message, help);
    }
}

/// The fact and the remedy if a name is not made of lower-case letters, digits and single hyphens inside.
fn check(what: &str, name: &str, most: usize) -> Result<(), (String, String)> {
    let words = |name: &str| {
        name.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
    };
    let valid =
        |name: &str| name.starts_with(|first: char| first.is_ascii_lowercase()) && words(name);
    if !valid(name) {
        let plain = plain_form(name);
        let proposal = if valid(&plain) {
            format!(", such as `{plain}`")
        } else {
            String::new()
        };
        return Err((
            format!("{} is not a valid {what}", in_backticks(name)),
            format!(
                "use lower-case letters, digits and single hyphens, starting with a letter{proposal}"
            ),
        ));
    }
    if name.len() > most {
        return Err((
            format!(
                "{what} {} is too long: got {} characters, limit {most}",
                in_backticks(name),
                name.len()
            ),
            "shorten it: names of AWS resources are made of it".to_owned(),
        ));
    }
    Ok(())
}

/// The nearest name that may be valid.
fn plain_form(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        fn refusal(name: &str) -> Option<String> {
            check("stage", name, 16)
                .err()
                .map(|(message, help)| format!("{message}: {help}"))
        }
        for valid in ["a", "dev", "dev-2", "a1-b2-c3", "sixteen-letters1"] {
            assert_eq!(refusal(valid), None, "{valid}");
        }
        for invalid in [
            "",
            "-",
            "Dev",
            "dev-",
            "-dev",
            "a--b",
            "1a",
            "a_b",
            "ä",
            "a b",
            "seventeen-letters",
        ] {
            assert!(refusal(invalid).is_some(), "{invalid}");
        }
        assert_eq!(
            refusal("My Stage_2!").as_deref(),
            Some(
                "`My Stage_2!` is not a valid stage: use lower-case letters, digits and single hyphens, starting with \
                 a letter, such as `my-stage-2`"
            )
        );
    }
}
