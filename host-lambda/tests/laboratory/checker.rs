//! Whether every record of every object is exactly once where it belongs, and the ledger says so.

use std::collections::BTreeMap;

use super::{
    objects::{Fate, Layout, Object, Size, alternatives, newest},
    site::{Site, Upload},
};

/// What is wrong after a run.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Records that are nowhere.
    pub(crate) lost: u64,
    /// Records that are not there yet: their object is not done, and a message about it still waits.
    pub(crate) unfinished: u64,
    /// Records that are somewhere twice, or where they do not belong.
    pub(crate) doubled: u64,
    /// One sentence about each of them, and about every entry of the ledger that says something else.
    pub(crate) findings: Vec<String>,
    /// What the marks of objects begin with that are not done.
    open: Vec<String>,
}

/// Looks for every record of the objects. `waiting` are bodies of messages that were given up.
pub(crate) fn check(
    site: &Site<'_>,
    layout: Layout,
    size: Size,
    uploads: &[Upload<'_>],
    waiting: &[String],
) -> Verdict {
    let mut verdict = Verdict {
        open: open(site, uploads, waiting),
        ..Verdict::default()
    };
    let files = site.files();
    let objects: Vec<&Object> = uploads.iter().map(|upload| upload.object).collect();
    let in_lake = marks_in_lake(site, &files);
    if layout.has_lake() {
        let left = objects.iter().copied();
        let left = left.filter(|object| !object.is_replaced(layout, &objects));
        verdict.check_lake(alternatives(layout, size, left), &in_lake);
        verdict.check_catalog(site, &files);
    } else if !in_lake.is_empty() {
        verdict.note(format!("lake: there are {} records", in_lake.len()));
    }
    verdict.check_rejects(site, &objects, &files);
    if layout.has_table() {
        verdict.check_table(site, layout, &objects);
    }
    if layout.has_http() {
        verdict.check_sent(site, uploads, &files);
    }
    verdict.check_ledger(site, layout, uploads, &in_lake, &files);
    verdict
}

impl Verdict {
    /// Adds what another look has found.
    pub(crate) fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.unfinished += other.unfinished;
        self.doubled += other.doubled;
        self.findings.extend(other.findings);
    }

    pub(crate) fn check_lake(
        &mut self,
        alternatives: Vec<Vec<&str>>,
        in_lake: &BTreeMap<String, u64>,
    ) {
        let mut strangers = in_lake.clone();
        for marks in alternatives {
            let times = marks
                .iter()
                .map(|mark| strangers.remove(*mark).unwrap_or(0))
                .sum();
            self.compare("lake", &marks, 1, times);
        }
        for (mark, times) in strangers {
            self.compare("lake", &[&mark], 0, times);
        }
    }

    /// Who asks the catalog finds every file.
    fn check_catalog(&mut self, site: &Site<'_>, files: &[String]) {
        let partitions = site.partitions();
        let is_known = |file: &&String| partitions.iter().any(|place| file.starts_with(place));
        let mut lake = files.iter().filter(|file| file.starts_with("lake/"));
        if let Some(file) = lake.find(|file| !is_known(file)) {
            self.note(format!("catalog: no partition has {file}: {partitions:?}"));
        }
    }

    fn check_rejects(&mut self, site: &Site<'_>, objects: &[&Object], files: &[String]) {
        let mut found: BTreeMap<(String, u64), u64> = BTreeMap::new();
        for file in files.iter().filter(|file| file.starts_with("rejects/")) {
            for reject in site.rejects(file) {
                *found.entry(reject).or_default() += 1;
            }
        }
        for object in objects {
            for (record, row) in object.records.iter().zip(1..) {
                let times = found.remove(&(record.mark.clone(), row)).unwrap_or(0);
                let expected = u64::from(record.fate == Fate::Rejected);
                self.compare("rejects", &[&record.mark], expected, times);
            }
        }
        for ((mark, row), times) in found {
            self.compare(&format!("rejects, row {row}"), &[&mark], 0, times);
        }
    }

    fn check_table(&mut self, site: &Site<'_>, layout: Layout, objects: &[&Object]) {
        let mut found: BTreeMap<String, String> = site.items().into_iter().collect();
        for (id, marks) in newest(layout, objects.iter().copied()) {
            // With a lake, of equal records in two parts it is the one that is there.
            let right = |mark: &str| {
                if layout.has_lake() {
                    marks.contains(&mark)
                } else {
                    marks[0] == mark
                }
            };
            match found.remove(id) {
                None => self.compare("table", &marks[..1], 1, 0),
                Some(other) if !right(&other) => {
                    let place = format!("table, where there is {other}");
                    self.compare(&place, &marks[..1], 1, 0);
                }
                Some(_) => {}
            }
        }
        for (id, mark) in found {
            self.compare(&format!("table, as {id}"), &[&mark], 0, 1);
        }
    }

    fn check_ledger(
        &mut self,
        site: &Site<'_>,
        layout: Layout,
        uploads: &[Upload<'_>],
        in_lake: &BTreeMap<String, u64>,
        files: &[String],
    ) {
        let mut ledger = site.ledger();
        let objects: Vec<&Object> = uploads.iter().map(|upload| upload.object).collect();
        for Upload {
            object, ledger_key, ..
        } in uploads
        {
            let entries = ledger.remove(ledger_key).unwrap_or_default();
            let open = entries.iter().filter(|entry| entry.status != "done");
            for entry in open {
                let why = entry.reason.as_deref().unwrap_or("it does not say why");
                self.note(format!("ledger: {} is {}: {why}", object.key, entry.status));
            }
            if entries.iter().any(|entry| entry.is_untold) {
                self.note(format!("ledger: of {} something is untold", object.key));
            }
            // The entry of the first part tells of the whole.
            let whole = entries.iter().find(|entry| entry.is_whole);
            let Some(report) = whole.and_then(|entry| entry.report.as_ref()) else {
                self.note(format!("ledger: nothing of {}", object.key));
                continue;
            };
            let told = [
                report.read,
                report.stored,
                report.duplicate,
                report.rejected,
                report.dropped,
            ];
            let [live, duplicate, rejected] =
                [Fate::Live, Fate::Duplicate, Fate::Rejected].map(|fate| object.count(fate));
            let passed = live + duplicate;
            let is_replaced = object.is_replaced(layout, &objects);
            // Without a lake, a record is superfluous where another object's newer one came first.
            let stored = if is_replaced {
                live
            } else if layout.has_lake() {
                let found = object
                    .live()
                    .filter(|record| in_lake.contains_key(&record.mark));
                found.count() as u64
            } else if layout.has_http() {
                live
            } else {
                report.stored.min(live)
            };
            let read = object.records.len() as u64;
            if told != [read, stored, passed - stored, rejected, 0] {
                self.note(format!(
                    "ledger: {} has read, stored, duplicate, rejected, dropped {told:?}; there are {live} to store, of \
                     which {stored} are, {duplicate} duplicates, {rejected} to reject",
                    object.key
                ));
            }
            for output in report
                .outputs
                .iter()
                .filter(|output| !files.contains(output))
                .filter(|output| !(is_replaced && output.starts_with("lake/")))
            {
                self.note(format!("ledger: {output} does not exist"));
            }
        }
        for source in ledger.into_keys() {
            self.note(format!("ledger: {source} is no object of this run"));
        }
    }

    /// Compares how often one of these marks is in a place with how often it should be.
    pub(crate) fn compare(&mut self, place: &str, marks: &[&str], expected: u64, found: u64) {
        if expected == found {
            return;
        }
        let missing = expected.saturating_sub(found);
        let is_open = |mark: &&str| self.open.iter().any(|open| mark.starts_with(open.as_str()));
        if marks.iter().any(is_open) {
            self.unfinished += missing;
        } else {
            self.lost += missing;
        }
        self.doubled += found.saturating_sub(expected);
        let marks = marks.join(" or ");
        self.note(format!(
            "{place}: {marks}: found {found}, expected {expected}"
        ));
    }

    pub(crate) fn note(&mut self, finding: String) {
        self.findings.push(finding);
    }
}

/// What the marks of those objects begin with that are not done, and about which a message still waits.
fn open(site: &Site<'_>, uploads: &[Upload<'_>], waiting: &[String]) -> Vec<String> {
    let ledger = site.ledger();
    let is_open = |upload: &&Upload<'_>| {
        let entries = ledger.get(&upload.ledger_key);
        let is_done =
            entries.is_some_and(|entries| entries.iter().all(|entry| entry.status == "done"));
        !is_done && waiting.iter().any(|body| body.contains(&upload.version))
    };
    let open = uploads.iter().filter(is_open);
    open.map(|upload| upload.object.marks_begin_with())
        .collect()
}

/// How often each mark is in the lake.
pub(crate) fn marks_in_lake(site: &Site<'_>, files: &[String]) -> BTreeMap<String, u64> {
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for file in files.iter().filter(|file| file.starts_with("lake/")) {
        for mark in site.marks(file) {
            *found.entry(mark).or_default() += 1;
        }
    }
    found
}
