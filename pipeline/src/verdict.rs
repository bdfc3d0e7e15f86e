//! Whether an object is one of its pipeline's at all: of one whose columns nobody asks for, every row would be empty, or
//! rejected for the same reason.
//!
//! What is said of it never shows a name that nobody asked for. Where an object has no header, its first record stands in
//! that place.

use std::collections::HashMap;

use serde_json::value::RawValue;
use sluice_contract::{
    format::Layout,
    stack::{Delimiter, Pipeline},
};

use crate::{
    check::Checked,
    columns::ColumnField,
    decode::{BadRow, Batch, ObjectKind, Raw, Refusal},
    plugin::PluginError,
    wanted::{Wanted, plain},
};

/// No column of an object is asked for.
const NO_MATCHING_COLUMN: &str = "no_matching_column";

/// No member of a record is asked for.
const NO_MATCHING_MEMBER: &str = "no_matching_member";

/// No column that the plugin returns is a field.
pub(crate) const NO_MATCHING_OUTPUT: &str = "no_matching_output";

/// Refuses an object whose header has these columns where nobody asks for any of them.
pub(crate) fn of_columns(
    pipeline: &Pipeline,
    kind: ObjectKind,
    wanted: &Wanted,
    columns: &[ColumnField],
) -> Result<Option<Refusal>, PluginError> {
    let has_header = kind.format.layout().has_header();
    if !has_header || columns.is_empty() || columns.iter().any(|column| wanted.has(&column.name)) {
        return Ok(None);
    }
    let asked = wanted.of(columns)?;
    if asked.columns.contains(&true) || !asked.is_certain {
        return Ok(None);
    }
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let of = wanted.what();
    let none = match names.len() {
        1 => format!("its only column is not {of}"),
        columns => format!("none of its {columns} columns is {of}"),
    };
    Ok(Some(Refusal {
        code: NO_MATCHING_COLUMN,
        message: format!("{none}: {}", guess(pipeline, kind, wanted, &names)),
    }))
}

/// What probably is the matter with a header of which nobody asks for any name.
fn guess(pipeline: &Pipeline, kind: ObjectKind, wanted: &Wanted, names: &[&str]) -> String {
    if names[0].trim_start().starts_with('<') {
        return "it begins like HTML or XML, as the error page of a server does".to_owned();
    }
    if let Layout::Separated { delimiter, .. } = kind.format.layout() {
        let own = delimiter.unwrap_or(match pipeline.source.dialect.delimiter {
            Delimiter::Character(own) => own,
            Delimiter::Auto => Delimiter::CANDIDATES[0],
        });
        let header = names.join(&own.to_string());
        for other in Delimiter::CANDIDATES
            .into_iter()
            .filter(|other| *other != own)
        {
            let named = |name: &str| wanted.has(name.trim().trim_matches('"'));
            let fitting = header.split(other).filter(|name| named(name)).count();
            if header.contains(other) && fitting > 0 {
                let remedy = match (delimiter, other) {
                    (Some(_), _) => "give the object a name that ends in `.csv`".to_owned(),
                    (None, '\t') => "give the object a name that ends in `.tsv`".to_owned(),
                    (None, other) => format!("say `delimiter = \"{other}\"` of the source"),
                };
                let between = match other {
                    '\t' => "by tabs".to_owned(),
                    other => format!("by `{other}`"),
                };
                return format!("separated {between}, it would have {fitting} of them: {remedy}");
            }
        }
    }
    let alike = |field: &&str| names.iter().any(|name| plain(name) == plain(field));
    let fields = || pipeline.fields.iter().map(|field| field.name.as_str());
    if let Some(field) = fields().find(alike) {
        return format!(
            "but for case, blanks or punctuation, one is called `{field}`; names must be the same, unless a plugin such as \
             `tidy` finds them"
        );
    }
    let of_a_record = |name: &&str| {
        name.chars().any(|c| c == '@') || name.chars().next().is_some_and(|c| c.is_ascii_digit())
    };
    let records = names.iter().filter(|name| of_a_record(name)).count();
    if records > 0 {
        return format!(
            "its first line looks like a record ({records} of {} begin with a digit or have `@`), so that the header may \
             be missing: name the columns with `header` of the source",
            names.len()
        );
    }
    "its first line may be no header (`skip_lines` and `header` of the source say where that is), the columns may have other \
     names, or the delimiter may be another"
        .to_owned()
}

/// Whether records passed that have no value for any field.
pub(crate) fn is_all_null(checked: &Checked) -> bool {
    checked.rows.num_rows() > 0 && !checked.fields.iter().any(|field| field.has_values)
}

/// Refuses an object whose columns nobody asks for but by chance, where no value of its first records reaches a field.
pub(crate) fn of_chance(wanted: &Wanted) -> Refusal {
    Refusal {
        code: NO_MATCHING_COLUMN,
        message: format!(
            "no value of its first records reaches a field, and no column is surely {}: the plugin's settings have a text \
             that is the same as the name of one, and its first line may be no header",
            wanted.what()
        ),
    }
}

/// Refuses an object where no column that its plugin returns is a field.
pub(crate) fn of_outputs(pipeline: &Pipeline, outputs: &[ColumnField]) -> Option<Refusal> {
    let is_field = |name: &str| pipeline.fields.iter().any(|field| field.name == name);
    if outputs.iter().any(|output| is_field(&output.name)) {
        return None;
    }
    Some(Refusal {
        code: NO_MATCHING_OUTPUT,
        message: format!(
            "none of the {} columns that the plugin makes of it is a field of the manifest: correct the plugin's settings, \
             or the names of the fields",
            outputs.len()
        ),
    })
}

/// Takes those records for broken ones of which nobody asks for any member. Says how many these are.
///
/// Only of formats whose records name their members one by one: elsewhere all records have all columns.
pub(crate) fn break_strangers(batch: &mut Batch, wanted: &Wanted) -> Result<usize, PluginError> {
    if batch.has_header || batch.rows == 0 {
        return Ok(0);
    }
    let named: Vec<bool> = (batch.fields.iter())
        .map(|field| wanted.has(&field.name))
        .collect();
    let has_any = |batch: &Batch, asked: &[bool], row: usize| {
        let mut columns = batch.columns.iter().zip(asked);
        columns.any(|(column, asked)| *asked && column.is_valid(row))
    };
    let empty: Vec<usize> = (0..batch.rows)
        .filter(|row| !has_any(batch, &named, *row))
        .collect();
    if empty.is_empty() {
        return Ok(0);
    }
    let asked = wanted.of(&batch.fields)?;
    if !asked.is_certain {
        return Ok(0);
    }
    let strange: Vec<usize> = empty
        .into_iter()
        .filter(|row| !has_any(batch, &asked.columns, *row))
        // A member that is null is there all the same.
        .filter(|row| {
            members(batch, *row).is_some_and(|names| !names.iter().any(|name| wanted.has(name)))
        })
        .collect();
    let message = format!("no member of the record is {}", wanted.what());
    let strange: Vec<BadRow> = (strange.into_iter())
        .map(|row| BadRow {
            row,
            code: NO_MATCHING_MEMBER,
            message: message.clone(),
        })
        .collect();
    let strangers = strange.len();
    batch.break_rows(strange);
    Ok(strangers)
}

/// The names of a record's members; `None` where its text does not say.
fn members(batch: &Batch, row: usize) -> Option<Vec<String>> {
    match &batch.raw {
        Raw::Text { .. } => {
            let raw = batch.raw_record(row);
            let members: HashMap<String, &RawValue> = serde_json::from_slice(&raw).ok()?;
            Some(members.into_keys().collect())
        }
        Raw::Columns => Some(
            batch
                .fields
                .iter()
                .map(|field| field.name.clone())
                .collect(),
        ),
    }
}

/// Refuses an object of whose first records, which are `records`, nobody asks for any member.
pub(crate) fn of_strangers(wanted: &Wanted, records: u64) -> Refusal {
    let none = match records {
        1 => "no member of its first record".to_owned(),
        records => format!("no member of any of its first {records} records"),
    };
    Refusal {
        code: NO_MATCHING_MEMBER,
        message: format!(
            "{none} is {}: the members may have other names, or the records may be inside of another object, as `records` and `items` of the source can say",
            wanted.what()
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use sluice_contract::Stack;

    use super::*;

    const MANIFEST: &str = r#"
[project]
name = "people"
[pipeline.people]
source = { prefix = "in/" }
lake = true
[pipeline.people.fields]
id = { type = "text", required = false }
"full name" = { type = "text", required = false }
"#;

    fn judged(object: &str, columns: &[&str]) -> Option<String> {
        let stack: Stack = sluice_manifest::load(MANIFEST, "manifest.toml", None).unwrap();
        let pipeline = &stack.pipelines[0];
        let columns: Vec<ColumnField> =
            columns.iter().map(|name| ColumnField::text(name)).collect();
        let wanted = Wanted::new(pipeline, None);
        let kind = ObjectKind::of(object).unwrap();
        let refusal = of_columns(pipeline, kind, &wanted, &columns).unwrap();
        refusal.map(|refusal| refusal.message)
    }

    #[test]
    fn one_column_that_is_a_field_is_enough() {
        assert_eq!(judged("a.csv", &["x", "full name"]), None);
        assert_eq!(judged("a.csv", &[]), None);
        assert!(judged("a.csv", &["x", "Full Name"]).is_some());
    }

    proptest! {
        #[test]
        fn what_stands_in_the_place_of_a_header_is_never_shown(
            cells in proptest::collection::vec("[a-z]{3,12}@example\\.[a-z]{2}|[0-9]{5,19}|[A-Z]{4}[0-9<>;\t ]{4,30}", 1..6)
        ) {
            let names: Vec<&str> = cells.iter().map(String::as_str).collect();
            let message = judged("a.csv", &names).unwrap();
            for cell in &cells {
                prop_assert!(!message.contains(cell.trim()), "{message}");
            }
        }
    }
}
