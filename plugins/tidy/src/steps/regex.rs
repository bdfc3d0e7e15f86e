//! Regular expressions: `regex_extract`, `regex_replace`. Searching takes time that is linear in the text, whatever the
//! expression is.

use regex::{CaptureLocations, Regex};

use crate::findings::{Context, Otherwise, Remark};
use crate::steps::blanks::is_blank;
use crate::text::{Edit, Text, TextBuilder};

/// What an expression finds in a value.
#[derive(Debug)]
pub(crate) struct Extract {
    pub(crate) regex: Regex,
    /// The columns that get its groups; where there are none, the value becomes the first group, or all that is found.
    pub(crate) into: Vec<String>,
    pub(crate) otherwise: Otherwise,
    pub(crate) remark: Remark,
}

impl Extract {
    /// Leaves what is found in a value.
    pub(crate) fn apply<'p>(&'p self, text: &mut Text, context: &mut Context<'_, 'p>) {
        let group = usize::from(self.regex.captures_len() > 1);
        let mut groups = self.regex.capture_locations();
        text.edit(|row, value, _| {
            let found = self.regex.captures_read(&mut groups, value).is_some();
            match groups.get(group) {
                Some((start, end)) if found => Edit::Part(start..end),
                // The expression fits, and the group has no part in it.
                None if found => Edit::Null,
                _ => self.not_found(row, value, context),
            }
        });
    }

    /// The groups of every value, a column for each.
    pub(crate) fn columns<'p>(
        &'p self,
        text: &mut Text,
        context: &mut Context<'_, 'p>,
    ) -> Vec<Text> {
        let mut builders: Vec<TextBuilder> = Vec::new();
        builders.resize_with(self.into.len(), TextBuilder::default);
        let mut groups = self.regex.capture_locations();
        for row in 0..text.rows() {
            let value = text.value(row);
            let found = !text.is_null(row) && self.find(value, &mut groups);
            for (index, builder) in builders.iter_mut().enumerate() {
                let group = groups.get(index + 1).filter(|_| found);
                builder.push(group.map(|(start, end)| &value[start..end]));
            }
            if !found && !is_blank(value) {
                context.otherwise(row, self.otherwise, &self.remark);
            }
        }
        builders.into_iter().map(TextBuilder::finish).collect()
    }

    fn find(&self, value: &str, groups: &mut CaptureLocations) -> bool {
        self.regex.captures_read(groups, value).is_some()
    }

    fn not_found<'p>(
        &'p self,
        row: usize,
        value: &str,
        context: &mut Context<'_, 'p>,
    ) -> Edit<'static> {
        if is_blank(value) {
            return Edit::Null;
        }
        context.otherwise(row, self.otherwise, &self.remark);
        match self.otherwise {
            Otherwise::Keep => Edit::Same,
            Otherwise::Null | Otherwise::Reject | Otherwise::Drop => Edit::Null,
        }
    }
}

/// What stands for all that an expression finds.
#[derive(Debug)]
pub(crate) struct RegexReplace {
    pub(crate) regex: Regex,
    /// With `$1` or `${name}` for groups.
    pub(crate) with: String,
}

impl RegexReplace {
    pub(crate) fn apply(&self, text: &mut Text) {
        let mut groups = self.regex.capture_locations();
        text.edit(|_, value, built| {
            if !self.regex.is_match(value) {
                return Edit::Same;
            }
            let (mut at, mut copied) = (0, 0);
            while let Some(found) = self.regex.captures_read_at(&mut groups, value, at) {
                built.push_str(&value[copied..found.start()]);
                expand(&self.with, &self.regex, &groups, value, built);
                copied = found.end();
                at = match found.is_empty() {
                    false => found.end(),
                    // An empty find is not found at the same place again.
                    true => match value[found.end()..].chars().next() {
                        Some(next) => found.end() + next.len_utf8(),
                        None => break,
                    },
                };
            }
            built.push_str(&value[copied..]);
            if built == value {
                built.clear();
                return Edit::Same;
            }
            Edit::Built
        });
    }
}

/// Writes a replacement: `$1`, `$name` and `${name}` are groups, and `$$` is a `$`.
fn expand(with: &str, regex: &Regex, groups: &CaptureLocations, value: &str, built: &mut String) {
    let mut rest = with;
    while let Some((before, after)) = rest.split_once('$') {
        built.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            built.push('$');
            rest = after;
            continue;
        }
        let Some((name, after)) = group_name(after) else {
            built.push('$');
            rest = after;
            continue;
        };
        if let Some((start, end)) = group_index(regex, name).and_then(|index| groups.get(index)) {
            built.push_str(&value[start..end]);
        }
        rest = after;
    }
    built.push_str(rest);
}

/// The name of a group behind a `$`, and what follows it.
pub(crate) fn group_name(text: &str) -> Option<(&str, &str)> {
    if let Some(braced) = text.strip_prefix('{') {
        return braced.split_once('}');
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Which group a name or a number means.
pub(crate) fn group_index(regex: &Regex, name: &str) -> Option<usize> {
    match name.parse::<usize>() {
        Ok(index) => (index < regex.captures_len()).then_some(index),
        Err(_) => regex
            .capture_names()
            .position(|of_group| of_group == Some(name)),
    }
}
