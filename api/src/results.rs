//! What became of each record of a request, and the answer that says so.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    accounts::Accounts,
    answer::Answer,
    findings::{Findings, Told},
    problem::{NEWER_VERSION, Problem, RECORD_TOO_LARGE, REJECTED},
    record::Record,
};

/// An answer to a batch has at most so many bytes of details: Lambda hands on 6 MB, and what was stored must not be told as
/// a failure because of the length of the answer.
const MOST_DETAIL_BYTES: usize = 4 << 20;

/// What became of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It is stored.
    Stored,
    /// It is on its way into the lake.
    Accepted,
    /// The same version is stored.
    Duplicate,
    /// A newer version is stored.
    Older,
    /// The plugin left it out.
    Dropped,
    /// It was refused.
    Rejected,
}

/// One record of a request.
pub(crate) struct Outcomed {
    pub(crate) outcome: Outcome,
    pub(crate) findings: Findings,
    /// What is stored of it, or what is there in its place: one or several where the plugin made several of it.
    pub(crate) records: Vec<Record>,
    /// Where these are.
    pub(crate) locations: Vec<String>,
}

impl Outcomed {
    fn status(&self) -> u16 {
        match self.outcome {
            Outcome::Stored => 201,
            Outcome::Accepted => 202,
            Outcome::Duplicate | Outcome::Dropped => 200,
            Outcome::Older => NEWER_VERSION.status,
            Outcome::Rejected => self.refusal().of.status,
        }
    }

    /// Why it was refused.
    fn refusal(&self) -> Problem {
        let errors = &self.findings.errors;
        match errors
            .iter()
            .find(|told| told.code == RECORD_TOO_LARGE.code)
        {
            Some(told) => RECORD_TOO_LARGE.because(told.detail.clone()),
            None => REJECTED.because(match errors.first() {
                Some(told) => format!("{}: {}", told.code, told.detail),
                None => "the plugin gave no reason".to_owned(),
            }),
        }
    }
}

/// What became of all of them. Records that are on their way count as stored, and older ones as duplicates.
pub(crate) fn accounts(records: &[Outcomed]) -> Accounts {
    let mut accounts = Accounts::default();
    for record in records {
        accounts.read += 1;
        *match record.outcome {
            Outcome::Stored | Outcome::Accepted => &mut accounts.stored,
            Outcome::Duplicate | Outcome::Older => &mut accounts.duplicate,
            Outcome::Dropped => &mut accounts.dropped,
            Outcome::Rejected => &mut accounts.rejected,
        } += 1;
    }
    accounts
}

#[derive(Serialize)]
struct One<'a> {
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    records: Vec<Box<RawValue>>,
    warnings: &'a [Told],
}

/// The answer to a request with one record.
pub(crate) fn one(record: &Outcomed) -> Answer {
    let Findings { errors, warnings } = &record.findings;
    let problem = match record.outcome {
        Outcome::Rejected => record.refusal().with("errors", json(errors)),
        Outcome::Older => NEWER_VERSION.because("what was sent is older, and was not stored"),
        Outcome::Stored | Outcome::Accepted | Outcome::Duplicate | Outcome::Dropped => {
            let mut records: Vec<Box<RawValue>> = record.records.iter().map(Record::raw).collect();
            let single = (records.len() == 1).then(|| records.remove(0));
            let body = One {
                outcome: record.outcome,
                record: single,
                records,
                warnings,
            };
            let answer = Answer::json(record.status(), text(&body));
            return match record.locations.as_slice() {
                [location] => answer.with("location", location.as_str()),
                _ => answer,
            };
        }
    };
    match warnings.is_empty() {
        true => problem.answer(),
        false => problem.with("warnings", json(warnings)).answer(),
    }
}

#[derive(Serialize)]
struct Several<'a> {
    #[serde(flatten)]
    accounts: Accounts,
    /// Results of which errors, warnings and locations were left out, because the answer would be too long.
    #[serde(skip_serializing_if = "is_zero")]
    without_details: usize,
    results: &'a [Box<RawValue>],
}

#[derive(Serialize)]
struct Result<'a> {
    index: usize,
    status: u16,
    outcome: Outcome,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    locations: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Told],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [Told],
}

/// The answer to a batch. `accepted` is whether its records are on their way, instead of stored.
pub(crate) fn several(records: &[Outcomed], accounts: Accounts, accepted: bool) -> Answer {
    // What was stored before is as good as stored.
    let none_was_taken = accounts.rejected > 0 && accounts.stored + accounts.duplicate == 0;
    let mut bytes = 0;
    let mut without_details = 0;
    let mut all_errors: Vec<&Told> = Vec::new();
    let mut results = Vec::with_capacity(records.len());
    for (index, record) in records.iter().enumerate() {
        let mut result = Result {
            index,
            status: record.status(),
            outcome: record.outcome,
            locations: &record.locations,
            errors: &record.findings.errors,
            warnings: &record.findings.warnings,
        };
        let mut written = text(&result);
        if bytes + written.len() > MOST_DETAIL_BYTES {
            without_details += 1;
            (result.locations, result.errors, result.warnings) = (&[], &[], &[]);
            written = text(&result);
        }
        bytes += written.len();
        if none_was_taken {
            // A problem has all of them in one list.
            all_errors.extend(std::mem::take(&mut result.errors));
            written = text(&result);
        }
        results.push(RawValue::from_string(written).expect("it is JSON"));
    }
    let body = Several {
        accounts,
        without_details,
        results: &results,
    };
    if none_was_taken {
        let Accounts { read, rejected, .. } = accounts;
        let detail = format!("{rejected} of {read} records were refused, and none was stored");
        let members = serde_json::to_value(&body).expect("it is JSON");
        let mut problem = REJECTED.because(detail);
        problem
            .members
            .extend(members.as_object().cloned().unwrap_or_default());
        return problem.with("errors", json(&all_errors)).answer();
    }
    Answer::json(if accepted { 202 } else { 200 }, text(&body))
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers are JSON")
}

fn json(value: &(impl Serialize + ?Sized)) -> serde_json::Value {
    serde_json::to_value(value).expect("texts and numbers are JSON")
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}
