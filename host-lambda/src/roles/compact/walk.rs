//! A look at all folders: which files there are, where queries are led to, and what does not fit together.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use sluice_contract::{
    compaction::{Folder, Order, Walk},
    objects::Prefix,
};

use super::{
    Compact, Failure, STAYS_SECONDS, before,
    generation::{Generation, is_of},
};
use crate::aws::StoredFile;

/// After so long, the rest of the folders is left to a message.
const LONGEST: Duration = Duration::from_secs(600);

/// What is known of folders before their files are.
struct Known {
    /// The generation that each partition leads to that does not lead to the folder itself.
    led: BTreeMap<String, String>,
    /// Folders with a generation that can be removed, unless it is the one that is read.
    old: BTreeMap<String, BTreeSet<String>>,
}

/// Folders that have to be dealt with, as files come.
struct Look<'a> {
    role: &'a Compact,
    known: Known,
    quiet_minutes: u32,
    /// The folder whose files come.
    folder: Option<(String, Generation)>,
    wanted: Vec<String>,
    seen: u64,
}

impl Compact {
    /// Sends a message for every folder that has to be dealt with.
    pub(super) fn walk(&self, walk: &Walk) -> Result<(), Failure> {
        let pipeline = &self.pipeline().name;
        let begun = Instant::now();
        let prefix = Prefix::Lake.of(pipeline);
        let mut look = Look {
            known: self.known()?,
            role: self,
            quiet_minutes: walk.quiet_minutes,
            folder: None,
            wanted: Vec::new(),
            seen: 0,
        };
        let after = match walk.after.as_str() {
            "" => String::new(),
            after => prefix.clone() + after,
        };
        let mut last = walk.after.clone();
        let mut goes_on = false;
        self.files.each(&prefix, &after, |file| {
            let name = &file.name[prefix.len()..];
            // Only between two folders.
            if begun.elapsed() > LONGEST && look.is_another(name) {
                goes_on = true;
                return false;
            }
            name.clone_into(&mut last);
            look.take(name, &file);
            true
        })?;
        look.end();
        look.end_of_walk(&walk.after, goes_on.then_some(last.as_str()));
        let (seen, wanted) = (look.seen, look.wanted);
        for name in &wanted {
            let order = Order::Folder(Folder {
                name: name.clone(),
                quiet_minutes: walk.quiet_minutes,
            });
            self.queue.send(&order.written())?;
        }
        if goes_on {
            let order = Order::Walk(Walk {
                after: last,
                quiet_minutes: walk.quiet_minutes,
            });
            self.queue.send(&order.written())?;
        }
        tracing::info!(
            pipeline,
            folders = seen,
            to_do = wanted.len(),
            "looked at the lake's folders"
        );
        Ok(())
    }

    /// What partitions, items and files that were made say.
    fn known(&self) -> Result<Known, Failure> {
        let prefix = Prefix::Compacted.of(&self.pipeline().name);
        let places = self.catalog.places()?;
        let led: BTreeMap<String, String> = places
            .iter()
            .filter_map(|place| parts(place.strip_prefix(&prefix)?))
            .collect();
        let limit = before(STAYS_SECONDS);
        let mut old: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        self.files.each(&prefix, "", |file| {
            let name = &file.name[prefix.len()..];
            let place = &name[..name.rfind('/').map_or(0, |at| at + 1)];
            if let Some((folder, generation)) = parts(place)
                && file.stored_at < limit
            {
                old.entry(folder).or_default().insert(generation);
            }
            true
        })?;
        // A partition that no item knows of would not be led back when the folder changes.
        let folders: Vec<&str> = led.keys().map(String::as_str).collect();
        let items = self.compacted.generations(&folders)?;
        let led = led.into_iter().map(|(folder, generation)| {
            let is_known = items.get(&folder).and_then(Option::as_ref) == Some(&generation);
            let generation = if is_known { generation } else { String::new() };
            (folder, generation)
        });
        Ok(Known {
            led: led.collect(),
            old,
        })
    }
}

impl Look<'_> {
    /// Whether a file is of another folder than the one before it.
    fn is_another(&self, name: &str) -> bool {
        self.folder
            .as_ref()
            .is_none_or(|(folder, _)| folder != folder_of(name))
    }

    fn take(&mut self, name: &str, file: &StoredFile) {
        if self.is_another(name) {
            self.end();
            let generation = Generation::new(self.role.pipeline());
            self.folder = Some((folder_of(name).to_owned(), generation));
        }
        if let Some((_, generation)) = &mut self.folder {
            generation.add(file);
        }
    }

    /// All files of a folder have come.
    fn end(&mut self) {
        let Some((folder, generation)) = self.folder.take() else {
            return;
        };
        if folder.is_empty() {
            return;
        }
        self.seen += 1;
        let is_quiet = generation.newest <= before(i64::from(self.quiet_minutes) * 60);
        let is_wanted = generation.is_worth_it() && is_quiet;
        let fingerprint = generation.fingerprint();
        let led = self.known.led.remove(&folder);
        let old = self.known.old.remove(&folder).unwrap_or_default();
        let fits = match &led {
            Some(generation) => is_of(generation, &fingerprint),
            None => !is_wanted,
        };
        let is_swept = old
            .iter()
            .all(|generation| led.as_ref() == Some(generation));
        if !(fits && is_swept) {
            self.wanted.push(folder);
        }
    }

    /// Folders without a file that something is known of, as far as this look went.
    fn end_of_walk(&mut self, after: &str, last: Option<&str>) {
        let folders = self.known.led.keys().chain(self.known.old.keys());
        let without: BTreeSet<String> = folders
            .filter(|folder| folder.as_str() > folder_of(after) || after.is_empty())
            .filter(|folder| last.is_none_or(|last| folder.as_str() <= folder_of(last)))
            .cloned()
            .collect();
        self.wanted.extend(without);
    }
}

/// The folder of a file; empty or with a `/` at its end.
fn folder_of(name: &str) -> &str {
    &name[..name.rfind('/').map_or(0, |at| at + 1)]
}

/// Folder and generation of a place, which ends in `/`.
fn parts(place: &str) -> Option<(String, String)> {
    let place = place.strip_suffix('/').unwrap_or(place);
    let at = place.rfind('/')? + 1;
    Some((place[..at].to_owned(), place[at..].to_owned()))
}
