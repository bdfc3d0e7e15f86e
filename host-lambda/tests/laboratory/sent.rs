//! Whether every record that is sent to an API is there once, and the results and the counts say what is true.

use std::collections::BTreeMap;

use serde_json::Value;
use sluice_contract::objects::Prefix;

use super::{
    checker::Verdict,
    objects::{Fate, Object},
    site::{Site, Upload},
};

/// What the files say that the sink has made.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// By object and number of the record, what became of it: several where it is told several times.
    outcomes: BTreeMap<(String, u64), Vec<String>>,
    /// How many attempts got each status; 0 is for those without an answer.
    pub(crate) statuses: BTreeMap<u16, u64>,
    findings: Vec<String>,
}

impl Verdict {
    /// Looks for every record at the API, and in what is told of it.
    pub(crate) fn check_sent(&mut self, site: &Site<'_>, uploads: &[Upload<'_>], files: &[String]) {
        let mut stored = site.receiver.stored();
        let told = Told::read(site, files);
        for Upload { object, stem, .. } in uploads {
            for (record, row) in object.records.iter().zip(0..) {
                let expected = u64::from(record.fate == Fate::Live);
                let times = stored.remove(&record.mark).unwrap_or(0);
                self.compare("API", &[&record.mark], expected, times);
                let outcomes = told.outcomes.get(&(stem.clone(), row));
                let outcomes = outcomes.map(|all| all.join(", ")).unwrap_or_default();
                let right = match record.fate {
                    Fate::Live => "stored",
                    Fate::Rejected => "refused",
                    Fate::Duplicate => "",
                };
                if outcomes != right {
                    let mark = &record.mark;
                    self.note(format!("results: {mark}: `{outcomes}`, expected `{right}`"));
                }
            }
        }
        for (mark, times) in stored {
            self.compare("API", &[&mark], 0, times);
        }
        let of_nobody = told.outcomes.keys().filter(|(stem, row)| {
            let has = |upload: &&Upload<'_>| upload.stem == *stem && upload.object.has(*row);
            !uploads.iter().any(|upload| has(&upload))
        });
        for (stem, row) in of_nobody {
            self.note(format!("results: there is no record {row} of {stem}"));
        }
        told.findings
            .into_iter()
            .chain(site.receiver.findings())
            .for_each(|finding| self.note(finding));
    }
}

impl Told {
    /// Reads all files, and compares what they say with each other.
    pub(crate) fn read(site: &Site<'_>, files: &[String]) -> Self {
        let mut told = Self::default();
        for file in files.iter().filter(|file| Prefix::Results.holds(file)) {
            let lines = String::from_utf8(site.aws.get_object(&site.lake, file)).unwrap();
            let lines: Vec<Value> = lines
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            let name = file.rsplit('/').next().unwrap();
            let part = name.trim_end_matches(".ndjson");
            let counts = format!("{}{part}.json", Prefix::Counts.of("orders"));
            if !files.contains(&counts) {
                told.findings.push(format!("counts: there are no {counts}"));
                continue;
            }
            let counts = site.aws.get_object(&site.lake, &counts);
            told.compare(part, &lines, &serde_json::from_slice(&counts).unwrap());
            let stem = part.split('-').next().unwrap();
            for line in &lines {
                let key = (stem.to_owned(), line["row"].as_u64().unwrap());
                let outcome = line["outcome"].as_str().unwrap().to_owned();
                told.outcomes.entry(key).or_default().push(outcome);
            }
        }
        told
    }

    /// Compares the counts of a part with its lines.
    fn compare(&mut self, part: &str, lines: &[Value], counts: &Value) {
        let number = |name: &str| counts[name].as_u64().unwrap_or(u64::MAX);
        let lines_with = |outcome: &str| {
            let lines = lines.iter().filter(|line| line["outcome"] == outcome);
            lines.count() as u64
        };
        let mut attempts = 0;
        for (status, times) in counts["statuses"].as_object().into_iter().flatten() {
            let times = times.as_u64().unwrap();
            attempts += times;
            *self.statuses.entry(status.parse().unwrap()).or_default() += times;
        }
        let outcomes = ["stored", "stale", "refused"];
        let adds_up = outcomes.iter().all(|name| number(name) == lines_with(name))
            && number("rows") == lines.len() as u64
            && number("attempts") == attempts
            && attempts >= number("requests");
        if !adds_up {
            self.findings.push(format!(
                "counts of {part} do not add up: {counts} of {} lines",
                lines.len()
            ));
        }
    }
}

impl Object {
    /// Whether it has a record of this number, counted from 0.
    fn has(&self, row: u64) -> bool {
        row < self.records.len() as u64
    }
}
