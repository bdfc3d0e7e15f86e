//! What belongs together: things of one kind, of one pipeline, that one message can tell.

use std::collections::BTreeMap;

use sluice_contract::{event::Counts, stack::Occasion};

use super::{
    item::{Item, Site},
    words::{self, Words},
};

/// Things of one kind, of one pipeline. There is at least one, and they are in the order in which they happened.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) occasion: Occasion,
    pub(super) items: Vec<&'a Item>,
}

/// Puts items together that are told as the same.
pub(super) fn groups<'a>(items: impl IntoIterator<Item = (Occasion, &'a Item)>) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<_, Vec<&Item>> = BTreeMap::new();
    for (occasion, item) in items {
        let key = (occasion, item.pipeline.clone(), item.is_test);
        groups.entry(key).or_default().push(item);
    }
    let group = |((occasion, ..), mut items): ((Occasion, _, bool), Vec<&'a Item>)| {
        items.sort_by(|a, b| a.at.cmp(&b.at));
        Group { occasion, items }
    };
    groups.into_iter().map(group).collect()
}

impl Group<'_> {
    pub(super) fn first(&self) -> &Item {
        self.items[0]
    }

    pub(super) fn words(&self) -> Words {
        words::of(self.occasion)
    }

    /// `[shop dev] orders: 3 objects failed`
    pub(super) fn title(&self, site: Site<'_>) -> String {
        let Words { one, many, .. } = self.words();
        let Site { project, stage, .. } = site;
        let test = if self.first().is_test {
            "TEST, nothing happened: "
        } else {
            ""
        };
        let whose = match &self.first().pipeline {
            Some(pipeline) => format!("{pipeline}: "),
            None => String::new(),
        };
        let what = match (self.items.len(), self.first().is_over) {
            (1, true) => format!("{one} is over"),
            (1, false) => one.to_owned(),
            (number, _) => format!("{number} {many}"),
        };
        format!("[{project} {stage}] {test}{whose}{what}")
    }

    /// The counts of all of them.
    pub(super) fn counts(&self) -> Option<Counts> {
        let mut all = self.items.iter().filter_map(|item| item.counts.clone());
        let first = all.next()?;
        Some(all.fold(first, |sum, next| Counts {
            read: sum.read + next.read,
            stored: sum.stored + next.stored,
            dropped: sum.dropped + next.dropped,
            duplicate: sum.duplicate + next.duplicate,
            rejected: sum.rejected + next.rejected,
        }))
    }

    /// The codes of all of them, the most frequent first.
    pub(super) fn codes(&self) -> Vec<(String, u64)> {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for (code, count) in self.items.iter().flat_map(|item| &item.codes) {
            *sums.entry(code).or_default() += count;
        }
        let mut codes: Vec<(String, u64)> = sums
            .into_iter()
            .map(|(code, count)| (code.to_owned(), count))
            .collect();
        codes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        codes
    }
}
