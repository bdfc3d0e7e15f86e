//! Where to look: the runbook, the dashboard, the place in the console.

use super::group::Group;
use crate::tell::in_url;

/// What links are made of, besides what is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'a> {
    /// The dashboard's name.
    pub(super) dashboard: &'a str,
    /// Where the runbook is, if the manifest says so.
    pub(super) runbook: Option<&'a str>,
}

/// A link, of which nothing has to be escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) text: &'static str,
    pub(super) href: String,
}

impl Places<'_> {
    /// The links of what is told together.
    pub(super) fn links(&self, group: &Group<'_>) -> Vec<Link> {
        let first = group.first();
        let console = |path: &str| {
            let region = &first.region;
            format!("https://{region}.{}/{path}", domain(region))
        };
        let runbook = self.runbook.map(|url| Link {
            text: "runbook",
            href: format!("{url}#{}", group.words().anchor),
        });
        let dashboard = Link {
            text: "dashboard",
            href: console(&format!(
                "cloudwatch/home?region={}#dashboards:name={}",
                first.region,
                in_url(self.dashboard)
            )),
        };
        let place = first.console.as_ref().map(|path| Link {
            text: "console",
            href: console(path),
        });
        runbook
            .into_iter()
            .chain([dashboard])
            .chain(place)
            .collect()
    }
}

/// The domain of the console in the partition of a region.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "console.amazonaws.cn"
    } else if region.starts_with("us-gov-") {
        "console.amazonaws-us-gov.com"
    } else {
        "console.aws.amazon.com"
    }
}
