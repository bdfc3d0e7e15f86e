//! A rendered template as the rules look at it. It knows how CloudFormation writes references, and no service.

use serde_json::Value;

/// A CloudFormation template, and how long its text is.
#[derive(Debug, Clone)]
pub struct Template {
    /// What it says.
    pub document: Value,
    /// The length of the text that is sent to CloudFormation, in bytes.
    pub bytes: usize,
}

impl Template {
    /// The template of this text.
    ///
    /// # Errors
    ///
    /// The text is not JSON.
    pub fn parse(text: &str) -> Result<Template, serde_json::Error> {
        Ok(Template {
            document: serde_json::from_str(text)?,
            bytes: text.len(),
        })
    }

    /// The definitions of a section, such as `Resources`, by their logical ids.
    pub(super) fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        let members = self.document[name].as_object().into_iter().flatten();
        members.map(|(id, definition)| (id.as_str(), definition))
    }

    /// The properties of the resources of a type, by their logical ids.
    pub(super) fn of_type(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.section("Resources")
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(id, resource)| (id, &resource["Properties"]))
    }

    /// The properties of one resource; null where there is none.
    pub(super) fn properties(&self, id: &str) -> &Value {
        &self.document["Resources"][id]["Properties"]
    }
}

/// The resource whose ARN, or other attribute, a value is.
pub(super) fn attribute_of(value: &Value) -> Option<&str> {
    value["Fn::GetAtt"][0].as_str()
}

/// The properties of a resource of this type, and the first of them, to be changed by an example that breaks a rule.
pub(super) fn first_of_type<'a>(template: &'a mut Value, kind: &str) -> &'a mut Value {
    let resources = template["Resources"].as_object_mut();
    let found = resources
        .into_iter()
        .flat_map(|resources| resources.values_mut())
        .find(|resource| resource["Type"] == kind);
    &mut found.expect("an example has every type that its rules look at")["Properties"]
}
