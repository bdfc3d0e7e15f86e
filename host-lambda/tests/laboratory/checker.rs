//! Whether every record of every object is exactly once where it belongs, and the ledger says so.

use std::collections::BTreeMap;

use super::{
    objects::{Fate, Layout, Object, newest},
    site::{Site, Upload},
};

/// What is wrong after a run.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Records that are nowhere.
    pub(crate) lost: u64,
    /// Records that are somewhere twice, or where they do not belong.
    pub(crate) doubled: u64,
    /// One sentence about each of them, and about every entry of the ledger that says something else.
    pub(crate) findings: Vec<String>,
}

/// Looks for every record of the objects.
pub(crate) fn check(site: &Site<'_>, layout: Layout, uploads: &[Upload<'_>]) -> Verdict {
    let mut verdict = Verdict::default();
    let files = site.files();
    let objects: Vec<&Object> = uploads.iter().map(|upload| upload.object).collect();
    verdict.check_lake(site, layout, &objects, &files);
    verdict.check_rejects(site, &objects, &files);
    if layout.has_table() {
        verdict.check_table(site, layout, &objects);
    }
    verdict.check_ledger(site, layout, uploads, &files);
    verdict
}

impl Verdict {
    /// Adds what another look has found.
    pub(crate) fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.findings.extend(other.findings);
    }

    fn check_lake(
        &mut self,
        site: &Site<'_>,
        layout: Layout,
        objects: &[&Object],
        files: &[String],
    ) {
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for file in files.iter().filter(|file| file.starts_with("lake/")) {
            for mark in site.marks(file) {
                *found.entry(mark).or_default() += 1;
            }
        }
        for record in objects.iter().flat_map(|object| &object.records) {
            let times = found.remove(&record.mark).unwrap_or(0);
            let expected = u64::from(layout.has_lake() && record.fate == Fate::Live);
            self.compare(&format!("lake: {}", record.mark), expected, times);
        }
        for (mark, times) in found {
            self.compare(&format!("lake: {mark} of nobody"), 0, times);
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
                self.compare(&format!("rejects: {}", record.mark), expected, times);
            }
        }
        for ((mark, row), times) in found {
            self.compare(&format!("rejects: {mark} as row {row}"), 0, times);
        }
    }

    fn check_table(&mut self, site: &Site<'_>, layout: Layout, objects: &[&Object]) {
        let mut found: BTreeMap<String, String> = site.items().into_iter().collect();
        for (id, mark) in newest(layout, objects.iter().copied()) {
            match found.remove(id) {
                None => self.compare(&format!("table: {mark}"), 1, 0),
                Some(other) if other != mark => {
                    self.compare(
                        &format!("table: {mark}, instead of which there is {other}"),
                        1,
                        0,
                    );
                }
                Some(_) => {}
            }
        }
        for (id, mark) in found {
            self.compare(&format!("table: {mark} as {id}"), 0, 1);
        }
    }

    fn check_ledger(
        &mut self,
        site: &Site<'_>,
        layout: Layout,
        uploads: &[Upload<'_>],
        files: &[String],
    ) {
        let mut ledger = site.ledger();
        for Upload {
            object, ledger_key, ..
        } in uploads
        {
            let entries = ledger.remove(ledger_key).unwrap_or_default();
            let mut told = [0; 5];
            for entry in &entries {
                let Some(report) = entry.report.as_ref().filter(|_| entry.status == "done") else {
                    self.note(format!("ledger: {} is {}", object.key, entry.status));
                    continue;
                };
                let counts = [
                    report.read,
                    report.stored,
                    report.duplicate,
                    report.rejected,
                    report.dropped,
                ];
                told.iter_mut()
                    .zip(counts)
                    .for_each(|(sum, count)| *sum += count);
                for output in &report.outputs {
                    if !files.contains(output) {
                        self.note(format!("ledger: {output} does not exist"));
                    }
                }
            }
            let [live, duplicate, rejected] =
                [Fate::Live, Fate::Duplicate, Fate::Rejected].map(|fate| object.count(fate));
            let [
                read,
                told_stored,
                told_duplicate,
                told_rejected,
                told_dropped,
            ] = told;
            // Without a lake, a record is superfluous where another object's newer one came first.
            let stored_right = if layout.has_lake() {
                told_stored == live
            } else {
                told_stored <= live && told_stored + told_duplicate == live + duplicate
            };
            let right = read == object.records.len() as u64
                && stored_right
                && told_rejected == rejected
                && read == told_stored + told_duplicate + told_rejected
                && told_dropped == 0;
            if !right || entries.is_empty() {
                self.note(format!(
                    "ledger: {} has read, stored, duplicate, rejected, dropped {told:?}; \
                     there are {live} to store, {duplicate} duplicates, {rejected} to reject",
                    object.key
                ));
            }
        }
        for source in ledger.into_keys() {
            self.note(format!("ledger: {source} is no object of this run"));
        }
    }

    fn compare(&mut self, what: &str, expected: u64, found: u64) {
        if expected == found {
            return;
        }
        self.lost += expected.saturating_sub(found);
        self.doubled += found.saturating_sub(expected);
        self.note(format!("{what}: found {found}, expected {expected}"));
    }

    fn note(&mut self, finding: String) {
        self.findings.push(finding);
    }
}
