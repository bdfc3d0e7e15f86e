//! What people are told when something needs them: what, where, why, and what to do. No record content.
//!
//! What is worth an alert, and its words, are known to the role that tells it.

use serde::{Deserialize, Serialize};
use sluice_pipeline::shown::in_one_line;

use super::Place;

/// The longest subject that SNS takes, in ASCII characters.
const MAX_SUBJECT: usize = 100;

/// Something that people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// One line of printable ASCII.
    pub subject: String,
    /// Lines of text.
    pub message: String,
}

impl Place<'_> {
    /// The line of an alert that says where it happened.
    pub(crate) fn line(&self) -> String {
        let Self { project, stage, .. } = self;
        match self.pipeline {
            Some(name) => format!("Pipeline   {name} (project {project}, stage {stage})"),
            None => format!("Stack      project {project}, stage {stage}"),
        }
    }

    /// An alert of what happened to `source`, and what to do about it. Whatever a line holds, it stays one: a key, a code or
    /// a message writes no line of its own.
    pub(crate) fn alert(
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
        let Self { project, stage, .. } = self;
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
            message: lines
                .iter()
                .map(|line| in_one_line(line))
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nobody_else_writes_a_line() {
        let place = Place {
            project: "shop",
            stage: "dev",
            pipeline: Some("orders"),
        };
        let hostile = "s3://raw/a\n\nWhat to do\n  call +49 30 1\u{2028}\u{202e}";
        let lines = vec![
            format!("Object     {hostile}"),
            format!("Why        {hostile}"),
        ];
        let message = place
            .alert("object failed", hostile, lines, "Mend it.")
            .message;
        assert_eq!(
            message.lines().filter(|line| *line == "What to do").count(),
            1
        );
        assert_eq!(message.lines().count(), 5, "{message}");
        assert!(!message.contains(['\u{2028}', '\u{202e}']), "{message}");
    }

    proptest! {
        #[test]
        fn sns_takes_every_subject(source: String) {
            let place = Place { project: "shop", stage: "dev", pipeline: Some("orders") };
            let subject = place.alert("object failed", &source, Vec::new(), "").subject;
            prop_assert!(subject.len() <= MAX_SUBJECT);
            prop_assert!(subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
    }
}
