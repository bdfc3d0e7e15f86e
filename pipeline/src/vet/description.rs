//! What a plugin says about itself, against what the manifest wants of it. No record is needed for that.

use sluice_contract::stack::Pipeline;

use super::refusal::Refusal;
use crate::check::Checker;
use crate::columns::ColumnField;
use crate::plugin::{Descriptor, PluginError, PluginVersion, check_fields};

/// The longest name or version of a plugin, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// Checks the description, the configuration, and the columns that the plugin makes; returns what is worth a look.
pub(super) fn check(
    version: &PluginVersion,
    pipeline: Option<&Pipeline>,
    has_samples: bool,
) -> Result<Vec<String>, Refusal> {
    let descriptor = version.descriptor();
    check_itself(descriptor).map_err(|reason| PluginError::Nonsense {
        call: "describes itself",
        reason,
    })?;
    match configure(version, pipeline) {
        // Samples have columns of their own.
        Err(PluginError::Columns { .. }) if has_samples => {}
        answer => answer?,
    }
    match pipeline {
        Some(pipeline) => check_outputs(version, pipeline),
        None => Ok(Vec::new()),
    }
}

/// Whether a plugin takes its configuration, as far as that can be told before an object has come.
pub fn check_settings(version: &PluginVersion, pipeline: &Pipeline) -> Result<(), PluginError> {
    match configure(version, Some(pipeline)) {
        Err(PluginError::Columns { .. }) => Ok(()),
        answer => answer,
    }
}

/// Configures a plugin for the columns that it names. One that names none works with any, such as those of the manifest.
fn configure(version: &PluginVersion, pipeline: Option<&Pipeline>) -> Result<(), PluginError> {
    let inputs = &version.descriptor().inputs;
    let any = pipeline.filter(|_| inputs.is_empty());
    if any.is_none() && inputs.is_empty() {
        return Ok(());
    }
    version.configure(&as_text(inputs, any)).map(drop)
}

/// Whether a description makes sense by itself; what is wrong completes "describes itself wrongly".
fn check_itself(descriptor: &Descriptor) -> Result<(), String> {
    for (what, text) in [("name", &descriptor.name), ("version", &descriptor.version)] {
        if text.trim().is_empty() || text.len() > MAX_NAME_BYTES {
            return Err(format!(
                "its {what} has {} bytes: 1 to {MAX_NAME_BYTES} are allowed, not only blanks",
                text.len()
            ));
        }
    }
    let fields = descriptor.inputs.iter().chain(&descriptor.outputs);
    let mut texts = fields
        .map(|field| &field.name)
        .chain([&descriptor.name, &descriptor.version]);
    if let Some(text) = texts.find(|text| text.contains(char::is_control)) {
        return Err(format!("the name {text:?} has control characters"));
    }
    check_fields("reads", &descriptor.inputs)?;
    check_fields("promises", &descriptor.outputs)?;
    Ok(())
}

/// Checks the columns that the plugin makes of an object that has every column it may wish for.
fn check_outputs(version: &PluginVersion, pipeline: &Pipeline) -> Result<Vec<String>, Refusal> {
    let descriptor = version.descriptor();
    Checker::new(pipeline, &descriptor.outputs)?;
    let mut outputs = descriptor.outputs.clone();
    // A plugin may pass on columns that it does not describe. One that takes no other columns than its own is right
    // to refuse these.
    match version.configure(&as_text(&descriptor.inputs, Some(pipeline))) {
        Ok(transformer) => {
            Checker::new(pipeline, transformer.outputs())?;
            outputs.extend_from_slice(transformer.outputs());
        }
        Err(PluginError::Columns { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let missing = pipeline.fields.iter().filter(|field| {
        field.required
            && field.default.is_none()
            && field.generate.is_none()
            && outputs.iter().all(|output| output.name != field.name)
    });
    let fields: Vec<String> = missing.map(|field| field.name.clone()).collect();
    if !fields.is_empty() && !outputs.is_empty() {
        return Err(Refusal::MissingFields { fields });
    }
    let unknown = descriptor.outputs.iter().filter(|output| {
        pipeline
            .fields
            .iter()
            .all(|field| field.name != output.name)
    });
    Ok(unknown
        .map(|output| {
            format!(
                "its column `{}` is no field of pipeline `{}`, and is left out",
                output.name, pipeline.name
            )
        })
        .collect())
}

/// The columns that an object would have: all are text there.
fn as_text(inputs: &[ColumnField], pipeline: Option<&Pipeline>) -> Vec<ColumnField> {
    let fields = pipeline.iter().flat_map(|pipeline| &pipeline.fields);
    let names = inputs
        .iter()
        .map(|input| &input.name)
        .chain(fields.map(|field| &field.name));
    let mut columns: Vec<ColumnField> = Vec::new();
    for name in names {
        if columns.iter().all(|column| column.name != *name) {
            columns.push(ColumnField::text(name));
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn field(name: &str, logical: &str) -> ColumnField {
        ColumnField {
            name: name.into(),
            logical: logical.into(),
            nullable: false,
        }
    }

    fn check(change: impl FnOnce(&mut Descriptor), expected: &str) {
        let mut descriptor = Descriptor {
            name: "clean".into(),
            version: "1.0.0".into(),
            inputs: vec![field("a", "text")],
            outputs: vec![field("a", "text"), field("b", "decimal(10,2)")],
            config_schema: String::new(),
        };
        change(&mut descriptor);
        let verdict = check_itself(&descriptor).err().unwrap_or_default();
        assert_eq!(verdict, expected);
    }

    #[test]
    fn descriptions() {
        check(|_| {}, "");
        check(
            |d| d.name.clear(),
            "its name has 0 bytes: 1 to 128 are allowed, not only blanks",
        );
        check(
            |d| d.version = " ".into(),
            "its version has 1 bytes: 1 to 128 are allowed, not only blanks",
        );
        check(
            |d| d.name = "x".repeat(1 << 19),
            "its name has 524288 bytes: 1 to 128 are allowed, not only blanks",
        );
        check(
            |d| d.name = "\u{1b}[31mred".into(),
            r#"the name "\u{1b}[31mred" has control characters"#,
        );
        check(
            |d| d.outputs.push(field("b\n", "text")),
            r#"the name "b\n" has control characters"#,
        );
        check(
            |d| d.outputs.push(field("b", "text")),
            "it promises column `b` twice",
        );
        check(
            |d| d.inputs.push(field("a", "text")),
            "it reads column `a` twice",
        );
        check(
            |d| d.outputs[1].logical = "decimal(99,2)".into(),
            "column `b` is of type `decimal(99,2)`, which there is not",
        );
        check(
            |d| d.inputs[0].name.clear(),
            "a column's name has 0 bytes: 1 to 256 are allowed",
        );
        check(
            |d| d.outputs = vec![field("x", "text"); 5_000],
            "it promises 5000 columns: 4096 are allowed",
        );
        check(|d| d.outputs.clear(), "");
    }
}
