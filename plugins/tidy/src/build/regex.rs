//! Steps and conditions that are regular expressions.

use regex::{Regex, RegexBuilder};

use crate::findings::{Otherwise, Remark};
use crate::mistake::Mistake;
use crate::options::Options;
use crate::steps::Step;
use crate::steps::regex::{Extract, RegexReplace, group_index, group_name};

/// What a compiled expression may take, in bytes: the sandbox is small.
const SIZE_LIMIT: usize = 1 << 20;

pub(crate) fn regex_extract(options: &Options<'_>) -> Result<Step, Mistake> {
    let regex = of_option(options)?;
    let groups = regex.captures_len() - 1;
    let into = options.texts("into").unwrap_or_default();
    if !into.is_empty() && into.len() != groups {
        let words = format!(
            "{} columns, and the expression has {groups} groups: write a column for each `(…)`",
            into.len()
        );
        return Err(options.wrong("into", words));
    }
    if into.is_empty() && groups > 1 {
        let words = format!(
            "the expression has {groups} groups, and the value can be one of them: write `(?:…)` for the others, or `into = [\"first\", …]`"
        );
        return Err(options.wrong("pattern", words));
    }
    Ok(Step::Extract(Extract {
        regex,
        into,
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("no_match", "the value does not have the expected form"),
    }))
}

pub(crate) fn regex_replace(options: &Options<'_>) -> Result<Step, Mistake> {
    let regex = of_option(options)?;
    let with = options.text("with").unwrap_or_default();
    let mut rest = with.replace("$$", "");
    while let Some((_, after)) = rest.split_once('$') {
        if let Some((name, _)) = group_name(after)
            && group_index(&regex, name).is_none()
        {
            let words = format!(
                "`${name}` is no group of the expression: write `${{1}}` for its first `(…)`, and `$$` for a dollar"
            );
            return Err(options.wrong("with", words));
        }
        rest = after.to_owned();
    }
    Ok(Step::RegexReplace(RegexReplace { regex, with }))
}

fn of_option(options: &Options<'_>) -> Result<Regex, Mistake> {
    let pattern = options.needed_text("pattern")?;
    compile(&pattern).map_err(|mistake| options.wrong("pattern", mistake))
}

/// Compiles an expression.
pub(super) fn compile(pattern: &str) -> Result<Regex, Mistake> {
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(SIZE_LIMIT).build().map_err(|error| {
        let reason = match error {
            regex::Error::CompiledTooBig(_) => "it is too large: repeat less often".into(),
            // The last line says what is wrong; the others draw the place.
            error => {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
        };
        format!("`{pattern}` is no regular expression: {reason}").into()
    })
}
