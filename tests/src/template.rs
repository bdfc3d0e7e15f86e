//! A template as data, for what the emulated cloud accepts and then forgets.

use anyhow::{Context, ensure};
use serde_json::Value;

/// A CloudFormation template.
#[derive(Debug)]
pub struct Template(Value);

impl Template {
    /// Reads a rendered template.
    ///
    /// # Errors
    /// Where it is not JSON.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(Self(
            serde_json::from_str(text).context("a template is JSON")?,
        ))
    }

    /// The properties of one resource.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn properties(&self, logical_id: &str) -> anyhow::Result<&Value> {
        let resource = self.0["Resources"].get(logical_id);
        Ok(
            &resource.with_context(|| format!("the template has no resource `{logical_id}`"))?["Properties"],
        )
    }

    /// Logical ids and properties of all resources of a type.
    ///
    /// # Errors
    /// Where there is none: a check of no resource proves nothing.
    pub fn of_type(&self, kind: &str) -> anyhow::Result<Vec<(&str, &Value)>> {
        let resources = self.0["Resources"]
            .as_object()
            .context("a template has resources")?;
        let of_type = resources
            .iter()
            .filter(|(_, resource)| resource["Type"] == kind);
        let found: Vec<_> = of_type
            .map(|(id, resource)| (id.as_str(), &resource["Properties"]))
            .collect();
        ensure!(!found.is_empty(), "the template has no `{kind}`");
        Ok(found)
    }
}

/// The value at a JSON pointer.
///
/// # Errors
/// Where there is none; the whole value is part of the message.
pub fn found<'a>(value: &'a Value, pointer: &str) -> anyhow::Result<&'a Value> {
    value
        .pointer(pointer)
        .with_context(|| format!("nothing at `{pointer}` in {value}"))
}
