//! The words for each occasion, the same in every channel.

use sluice_contract::stack::Occasion;

/// How bad something is, as PagerDuty knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    Critical,
    Error,
    Warning,
    Info,
}

impl Severity {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// What is said of an occasion.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// Of one: `object failed`.
    pub(super) one: &'static str,
    /// Of several, behind their number: `objects failed`.
    pub(super) many: &'static str,
    pub(super) severity: Severity,
    /// The heading in the runbook, as a link names it.
    pub(super) anchor: &'static str,
}

/// The words for an occasion.
pub(super) fn of(occasion: Occasion) -> Words {
    let words = |one, many, severity, anchor| Words {
        one,
        many,
        severity,
        anchor,
    };
    match occasion {
        Occasion::Failed => words(
            "object failed",
            "objects failed",
            Severity::Error,
            "dead-letters",
        ),
        Occasion::Refused => words(
            "object refused",
            "objects refused",
            Severity::Error,
            "refused-objects",
        ),
        Occasion::Damaged => words(
            "object damaged",
            "objects damaged",
            Severity::Warning,
            "alerts",
        ),
        Occasion::Rejected => words(
            "records rejected",
            "objects with rejected records",
            Severity::Warning,
            "rejects",
        ),
        Occasion::Done => words("object done", "objects done", Severity::Info, "one-object"),
        Occasion::PluginPublished => words(
            "plugin published",
            "plugins published",
            Severity::Info,
            "plugins",
        ),
        Occasion::PluginRefused => words(
            "new plugin refused",
            "new plugins refused",
            Severity::Warning,
            "plugins",
        ),
        Occasion::PluginRolledBack => words(
            "new plugin rolled back",
            "new plugins rolled back",
            Severity::Error,
            "plugins",
        ),
        Occasion::Alarm => words("alarm", "alarms", Severity::Critical, "alarms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_anchor_is_a_heading_of_the_runbook() {
        let runbook = include_str!("../../../../docs/operations.md");
        let headings = runbook.lines().filter_map(|line| line.strip_prefix("## "));
        let anchors: Vec<String> = headings
            .map(|heading| heading.to_lowercase().replace(' ', "-").replace('\'', ""))
            .collect();
        for occasion in Occasion::ALL {
            let anchor = of(occasion).anchor;
            assert!(
                anchors.iter().any(|own| own == anchor),
                "`#{anchor}` leads nowhere"
            );
        }
    }
}
