//! What is said about a record: where in it, by which short name, and a sentence without anything that is personal.

use serde::Serialize;
use serde_json::Value;
use sluice_contract::stack::Pipeline;
use sluice_pipeline::{check::RejectFinding, plugin::Severity, shown::shown};

use crate::body::Members;

/// A finding as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Told {
    /// A JSON pointer (RFC 6901) into the body.
    pub(crate) pointer: String,
    pub(crate) code: String,
    pub(crate) detail: String,
}

/// What is said about one record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Why it was refused.
    pub(crate) errors: Vec<Told>,
    /// What was noticed besides.
    pub(crate) warnings: Vec<Told>,
}

/// Tells findings about one record.
pub(crate) struct Teller<'a> {
    /// Where the record is in the body: empty, or `/3`.
    at: String,
    /// The values of personal fields, in lower case.
    personal: Vec<String>,
    findings: &'a mut Findings,
}

impl<'a> Teller<'a> {
    /// About the record with these members, which is item `index` of a batch.
    pub(crate) fn new(
        pipeline: &Pipeline,
        members: &Members<'_>,
        index: Option<usize>,
        findings: &'a mut Findings,
    ) -> Self {
        Self {
            at: index.map(|index| format!("/{index}")).unwrap_or_default(),
            personal: personal(pipeline, members),
            findings,
        }
    }

    /// What the plugin, a check or a sink says. `rejected` is whether the record was.
    pub(crate) fn tell(&mut self, finding: &RejectFinding, rejected: bool) {
        let told = Told {
            pointer: match &finding.column {
                Some(column) => format!("{}/{}", self.at, escaped(column)),
                None => self.at.clone(),
            },
            code: finding.code.clone(),
            detail: self.without_values(&finding.message),
        };
        let is_error = match finding.severity {
            Severity::Error => rejected,
            Severity::Warning | Severity::Info => false,
        };
        match is_error {
            true => self.findings.errors.push(told),
            false => self.findings.warnings.push(told),
        }
    }

    /// That the record was refused for a reason of the request.
    pub(crate) fn refuse(&mut self, code: &str, detail: &str) {
        self.findings.errors.push(Told {
            pointer: self.at.clone(),
            code: code.to_owned(),
            detail: detail.to_owned(),
        });
    }

    /// That nobody has any use for a member.
    pub(crate) fn ignored(&mut self, name: &str) {
        // A name that looks like somebody's address is not shown.
        let pointer = match shown(name) == name {
            true => format!("{}/{}", self.at, escaped(name)),
            false => self.at.clone(),
        };
        self.findings.warnings.push(Told {
            pointer,
            code: "ignored".to_owned(),
            detail: "no field is called so, and nothing reads it".to_owned(),
        });
    }

    /// A message of which somebody promised that it holds no value. Of personal ones, that is made sure.
    fn without_values(&self, message: &str) -> String {
        let lower = message.to_lowercase();
        match self.personal.iter().any(|value| lower.contains(value)) {
            true => "the reason is not shown, because it holds personal data".to_owned(),
            false => message.to_owned(),
        }
    }
}

/// The values of personal fields that can be recognised in a sentence.
fn personal(pipeline: &Pipeline, members: &Members<'_>) -> Vec<String> {
    let is_personal = |name: &str| {
        let mut fields = pipeline.fields.iter();
        fields.any(|field| field.pii && plain(&field.name) == plain(name))
    };
    if !pipeline.fields.iter().any(|field| field.pii) {
        return Vec::new();
    }
    let mut values = Vec::new();
    for (_, value) in members.iter().filter(|(name, _)| is_personal(name)) {
        let value = match serde_json::from_str(value.get()).unwrap_or_default() {
            Value::String(text) => text.trim().to_lowercase(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => continue,
        };
        // A single character is in every sentence.
        if value.chars().count() > 1 {
            values.push(value);
        }
    }
    values
}

/// A name as plugins compare them.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// A name as a step of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use sluice_pipeline::plugin::Words;

    use super::*;
    use crate::body;

    #[test]
    fn personal_values_are_never_shown() {
        let pipeline = crate::tests::pipeline("");
        let text = r#"{"E-Mail": " Ann@Example.com ", "name": "Zoe"}"#;
        let Ok(body::Piece {
            what: body::What::Object(members),
            ..
        }) = body::one(text, "")
        else {
            panic!("an object")
        };
        let mut findings = Findings::default();
        let mut teller = Teller::new(&pipeline, &members, Some(3), &mut findings);
        for message in ["`ann@example.com` is taken", "no address at Zoe's"] {
            let finding = RejectFinding {
                column: Some("email".to_owned()),
                severity: Severity::Error,
                code: "taken".to_owned(),
                message: message.to_owned(),
                words: Words::Plugin,
            };
            teller.tell(&finding, true);
        }
        let details: Vec<&str> = findings
            .errors
            .iter()
            .map(|told| told.detail.as_str())
            .collect();
        let hidden = "the reason is not shown, because it holds personal data";
        assert_eq!(details, [hidden, "no address at Zoe's"]);
        assert_eq!(findings.errors[0].pointer, "/3/email");
    }
}
