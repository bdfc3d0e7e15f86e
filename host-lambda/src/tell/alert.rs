//! What people are told when something needs them: what, where, why, and what to do. No record content.
//!
//! What is worth an alert, and its words, are known to the role that tells it.

use sluice_contract::settings::Settings;

/// The longest subject that SNS takes, in ASCII characters.
const MAX_SUBJECT: usize = 100;

/// Something that people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// One line of printable ASCII.
    pub subject: String,
    /// Lines of text.
    pub message: String,
}

/// Writes alerts of one pipeline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alerter<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) lake_bucket: &'a str,
}

impl Alerter<'_> {
    pub(crate) fn place(&self) -> String {
        let Settings {
            project,
            stage,
            pipeline,
            ..
        } = self.settings;
        format!(
            "Pipeline   {} (project {project}, stage {stage})",
            pipeline.name
        )
    }

    pub(crate) fn finish(
        &self,
        what: &str,
        source: &str,
        mut lines: Vec<String>,
        remedy: &str,
    ) -> Alert {
        lines.extend([
            String::new(),
            "What to do".to_owned(),
            format!("  {remedy}"),
            String::new(),
        ]);
        let Settings { project, stage, .. } = self.settings;
        // Of a long name the end tells more than the beginning.
        let head = format!("[{project} {stage}] {what}: ");
        let room = MAX_SUBJECT.saturating_sub(head.len());
        let tail: String = source
            .chars()
            .skip(source.chars().count().saturating_sub(room))
            .collect();
        let printable = |c: char| if (' '..='~').contains(&c) { c } else { '?' };
        Alert {
            subject: (head + &tail)
                .chars()
                .map(printable)
                .take(MAX_SUBJECT)
                .collect(),
            message: lines.join("\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sns_takes_every_subject(source: String) {
            let settings = serde_json::from_str(include_str!("../../tests/settings/lake.json")).unwrap();
            let alerter = Alerter { settings: &settings, lake_bucket: "lake" };
            let subject = alerter.finish("object failed", &source, Vec::new(), "").subject;
            prop_assert!(subject.len() <= MAX_SUBJECT);
            prop_assert!(subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
    }
}
