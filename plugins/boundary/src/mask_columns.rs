//! The worked example of the plugin scaffolds, over whole columns and by hand: what the same thing row by row is measured
//! against. It does as an author would who cares for nothing but speed, and so it spells out the layout of columns, but for nulls.

use sluice_sdk::contract::{
    Batch, BytesColumn, Column, Descriptor, Field, Finding, OutColumn, Output, Severity, Values,
};
use sluice_sdk::{ColumnPlugin, Config, Failure, Nulls, Origin, is_blank};

/// Masks the e-mail addresses of columns `id`, `email` and `score`, all of them text.
pub struct MaskColumns {
    id: usize,
    email: usize,
    score: usize,
    /// Input columns that go through untouched.
    passed: Vec<u32>,
    drop_domains: Vec<String>,
    keep_first: bool,
}

/// Output columns.
const ID: u32 = 0;
const EMAIL: u32 = 1;
const SCORE: u32 = 2;

impl ColumnPlugin for MaskColumns {
    fn describe() -> Descriptor {
        Descriptor {
            name: "mask-columns".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            inputs: ["id", "email", "score"]
                .map(|name| field(name, "text"))
                .into(),
            outputs: outputs(),
            config_schema: String::new(),
        }
    }

    fn configure(schema: Vec<Field>, config: Config) -> Result<(Self, Vec<Field>), Failure> {
        let find = |name: &str| {
            let column = schema.iter().position(|field| field.name == name);
            column.ok_or_else(|| Failure {
                code: "no_column".into(),
                message: format!("there is no column `{name}`"),
            })
        };
        let (id, email, score) = (find("id")?, find("email")?, find("score")?);
        let drop_domains = config
            .list("drop_domains")
            .map(str::to_ascii_lowercase)
            .collect();
        let keep_first = config.parse("keep_first", true, "`true` or `false`")?;
        let (mut passed, mut fields) = (Vec::new(), outputs());
        for (index, field) in schema.into_iter().enumerate() {
            if ![id, email, score].contains(&index) && field.name != "domain" {
                passed.push(index as u32);
                fields.push(field);
            }
        }
        let plugin = MaskColumns {
            id,
            email,
            score,
            passed,
            drop_domains,
            keep_first,
        };
        Ok((plugin, fields))
    }

    fn transform(&mut self, batch: Batch, _origin: Origin) -> Result<Output, Failure> {
        let rows = batch.rows as usize;
        let ids = bytes(&batch.columns[self.id]);
        let emails = bytes(&batch.columns[self.email]);
        let scores = bytes(&batch.columns[self.score]);
        let mut out = Masked::with_capacity(rows, emails.data.len());

        for row in 0..rows {
            if trim(value(ids, row)).is_empty() {
                out.rejected.push(row as u32);
                out.find(
                    row,
                    ID,
                    Severity::Error,
                    "missing_id",
                    "the record has no id",
                );
                continue;
            }
            let score = trim(value(scores, row));
            let parsed = parse(score);
            if parsed.is_none() && !score.is_empty() {
                let message = "the score is not a whole number";
                out.find(row, SCORE, Severity::Warning, "bad_score", message);
            }
            let mut any = false;
            for part in value(emails, row).split(|byte| *byte == b';') {
                let address = trim(part);
                if address.is_empty() {
                    continue;
                }
                any = true;
                let Some((name, domain)) = split(address) else {
                    out.find(
                        row,
                        EMAIL,
                        Severity::Warning,
                        "bad_email",
                        "an address is not valid",
                    );
                    out.push_row(row, parsed);
                    out.push_nulls();
                    continue;
                };
                if self.is_dropped(domain) {
                    continue;
                }
                out.push_row(row, parsed);
                out.push_address(if self.keep_first { name } else { &[] }, domain);
            }
            if !any {
                out.push_row(row, parsed);
                out.push_nulls();
            }
        }
        Ok(out.finish(rows, self.id, &self.passed))
    }
}

impl MaskColumns {
    fn is_dropped(&self, domain: &[u8]) -> bool {
        self.drop_domains
            .iter()
            .any(|dropped| dropped.as_bytes().eq_ignore_ascii_case(domain))
    }
}

/// The output of a batch, as it grows.
struct Masked {
    source_rows: Vec<u32>,
    email_ends: Vec<u32>,
    emails: Vec<u8>,
    domain_ends: Vec<u32>,
    domains: Vec<u8>,
    /// Of both, which are null together.
    address_nulls: Nulls,
    scores: Vec<i64>,
    score_nulls: Nulls,
    rejected: Vec<u32>,
    findings: Vec<Finding>,
}

impl Masked {
    fn with_capacity(rows: usize, email_bytes: usize) -> Masked {
        let ends = || {
            let mut ends = Vec::with_capacity(rows + rows / 4 + 1);
            ends.push(0);
            ends
        };
        Masked {
            source_rows: Vec::with_capacity(rows + rows / 4),
            email_ends: ends(),
            emails: Vec::with_capacity(email_bytes + 8 * rows),
            domain_ends: ends(),
            domains: Vec::with_capacity(email_bytes),
            address_nulls: Nulls::default(),
            scores: Vec::with_capacity(rows + rows / 4),
            score_nulls: Nulls::default(),
            rejected: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn push_row(&mut self, row: usize, score: Option<i64>) {
        if score.is_none() {
            let row = self.scores.len();
            self.score_nulls.push(row..row + 1);
        }
        self.source_rows.push(row as u32);
        self.scores.push(score.unwrap_or(0));
    }

    fn push_nulls(&mut self) {
        let row = self.email_ends.len() - 1;
        self.address_nulls.push(row..row + 1);
        self.email_ends.push(self.emails.len() as u32);
        self.domain_ends.push(self.domains.len() as u32);
    }

    /// Keeps the first character of `name`.
    fn push_address(&mut self, name: &[u8], domain: &[u8]) {
        let first = match name.first() {
            None => 0,
            Some(..0x80) => 1,
            Some(..0xe0) => 2,
            Some(..0xf0) => 3,
            Some(_) => 4,
        };
        self.emails
            .extend(name[..first].iter().map(u8::to_ascii_lowercase));
        self.emails.extend_from_slice(b"***@");
        self.emails
            .extend(domain.iter().map(u8::to_ascii_lowercase));
        self.email_ends.push(self.emails.len() as u32);
        self.domains
            .extend(domain.iter().map(u8::to_ascii_lowercase));
        self.domain_ends.push(self.domains.len() as u32);
    }

    fn find(&mut self, row: usize, column: u32, severity: Severity, code: &str, message: &str) {
        self.findings.push(Finding {
            row: row as u32,
            column: Some(column),
            severity,
            code: code.into(),
            message: message.into(),
        });
    }

    fn finish(self, batch_rows: usize, id: usize, passed: &[u32]) -> Output {
        let rows = self.source_rows.len();
        let in_order = self.source_rows.iter().copied().eq(0..batch_rows as u32);
        let source_rows = (!in_order).then_some(self.source_rows);
        let null_addresses = self.address_nulls.finish(rows);
        let text = |offsets, data| {
            OutColumn::Replace(Column {
                values: Values::Bytes(BytesColumn { offsets, data }),
                validity: null_addresses.clone(),
            })
        };
        let mut columns = vec![
            OutColumn::Keep(id as u32),
            text(self.email_ends, self.emails),
            OutColumn::Replace(Column {
                values: Values::Integers(self.scores),
                validity: self.score_nulls.finish(rows),
            }),
            text(self.domain_ends, self.domains),
        ];
        columns.extend(passed.iter().map(|index| OutColumn::Keep(*index)));
        Output {
            rows: rows as u32,
            columns,
            source_rows,
            rejected: self.rejected,
            findings: self.findings,
        }
    }
}

fn outputs() -> Vec<Field> {
    [
        ("id", "text"),
        ("email", "text"),
        ("score", "integer"),
        ("domain", "text"),
    ]
    .map(|(name, logical)| field(name, logical))
    .into()
}

fn field(name: &str, logical: &str) -> Field {
    Field {
        name: name.into(),
        logical: logical.into(),
        nullable: true,
    }
}

fn bytes(column: &Column) -> &BytesColumn {
    match &column.values {
        Values::Bytes(bytes) => bytes,
        _ => panic!("the column is text"),
    }
}

/// The value of a row; empty where it is null.
#[inline]
fn value(column: &BytesColumn, row: usize) -> &[u8] {
    &column.data[column.offsets[row] as usize..column.offsets[row + 1] as usize]
}

#[inline]
fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

/// A whole number: digits, perhaps with a sign before them.
fn parse(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let mut number = 0i64;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_sub(i64::from(digit))?;
    }
    if negative {
        Some(number)
    } else {
        number.checked_neg()
    }
}

/// What is before and after the `@` of a valid address.
fn split(address: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = None;
    for (index, byte) in address.iter().enumerate() {
        if *byte == b'@' {
            if at.is_some() {
                return None;
            }
            at = Some(index);
        } else if is_blank(*byte) {
            return None;
        }
    }
    let (name, domain) = (&address[..at?], &address[at? + 1..]);
    (!name.is_empty() && !domain.is_empty()).then_some((name, domain))
}
