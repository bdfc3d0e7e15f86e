//! Keys that differ in every row without being remembered: each row's number is shuffled, and the result is written as
//! values of the key's fields.

use sluice_contract::fake::Fake;
use sluice_contract::field_type::FieldType;
use sluice_contract::literal;
use sluice_contract::stack::Pipeline;

use crate::error::DataError;
use crate::kind;
use crate::maker::{self, Maker};
use crate::pattern::{Distinct, Pattern};
use crate::person::Person;
use crate::plan::FieldPlan;
use crate::range;
use crate::rng::{Draw, Shuffle};

/// The most keys that a run can have.
const MOST: u128 = 1 << 120;

/// The longest code that stands for a key.
const LONGEST_CODE: u32 = 12;

/// The key of a pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    shuffle: Shuffle,
    parts: Vec<KeyPart>,
}

#[derive(Debug, Clone)]
pub(crate) struct KeyPart {
    /// The field's place.
    pub(crate) field: usize,
    form: Form,
    /// How many values it has.
    count: u128,
}

/// How a number becomes a value.
#[derive(Debug, Clone)]
enum Form {
    Kind(Fake),
    Pattern(Distinct),
    /// So many digits and small letters.
    Code(u32),
    Choice(Vec<String>),
    Whole {
        least: i128,
        scale: u8,
    },
    /// Milliseconds from here on.
    Moment(i64),
    Day(i32),
}

impl Key {
    /// The key for so many rows; `None` where records have no identity.
    pub(crate) fn new(
        pipeline: &Pipeline,
        plans: &[FieldPlan],
        rows: u64,
        seed: u64,
    ) -> Result<Option<Self>, DataError> {
        let mut parts: Vec<KeyPart> = Vec::new();
        for name in &pipeline.key {
            let field = pipeline.fields.iter().position(|field| field.name == *name);
            let Some(field) = field else { continue };
            if let Some((form, count)) = form(pipeline, field, &plans[field]) {
                parts.push(KeyPart { field, form, count });
            }
        }
        if pipeline.key.is_empty() {
            return Ok(None);
        }
        // One field that always differs is enough, and leaves the others to what they mean.
        let is_folder = |part: &KeyPart| {
            let partitions = pipeline.lake().map_or(&[][..], |lake| &lake.partition_by);
            let name = &pipeline.fields[part.field].name;
            partitions.iter().any(|partition| partition.field == *name)
        };
        let wanted = u128::from(rows);
        let enough = parts.iter().filter(|part| part.count >= wanted);
        if let Some(one) = enough.max_by_key(|part| (!is_folder(part), part.count)) {
            parts = vec![one.clone()];
        }
        let values = parts
            .iter()
            .fold(1_u128, |all, part| all.saturating_mul(part.count))
            .min(MOST);
        if values < wanted {
            return Err(DataError::KeyTooSmall {
                fields: pipeline.key.clone(),
                values,
                rows,
            });
        }
        Ok(Some(Self {
            shuffle: Shuffle::new(values, seed),
            parts,
        }))
    }

    /// Which fields tell this row from all others, and the number that each is to stand for.
    pub(crate) fn of_row(&self, row: u64) -> impl Iterator<Item = (&KeyPart, u128)> {
        let mut number = self.shuffle.of(u128::from(row));
        self.parts.iter().map(move |part| {
            let own = number % part.count;
            number /= part.count;
            (part, own)
        })
    }
}

impl KeyPart {
    /// Appends the value that stands for a number.
    pub(crate) fn push(&self, number: u128, person: &Person, draw: &mut Draw, out: &mut String) {
        match &self.form {
            Form::Kind(kind) => kind::push_distinct(*kind, number, person, draw, out),
            Form::Pattern(distinct) => distinct.push(number, out),
            Form::Code(length) => kind::push_code(number, *length, out),
            Form::Choice(values) => out.push_str(&values[number as usize]),
            Form::Whole { least, scale } => {
                maker::push_whole(least + number as i128, *scale, out);
            }
            Form::Moment(least) => {
                let micros = least + number as i64 * 1000;
                let text = literal::timestamp_text(micros);
                out.push_str(text.strip_suffix("000Z").unwrap_or(&text));
                out.push('Z');
            }
            Form::Day(least) => out.push_str(&literal::date_text(least + number as i32)),
        }
    }
}

/// How a field can tell records apart, and how many.
fn form(pipeline: &Pipeline, field: usize, plan: &FieldPlan) -> Option<(Form, u128)> {
    let declared = &pipeline.fields[field];
    let span = |least: i128, most: i128| (most - least + 1) as u128;
    Some(match &declared.kind {
        FieldType::Text { pattern, .. } => return text(plan, pattern.as_deref(), declared.fake),
        FieldType::Integer { min, max, one_of } => {
            if let (Maker::Choice(values), false) = (&plan.maker, one_of.is_empty()) {
                (Form::Choice(values.clone()), values.len() as u128)
            } else {
                let bounds = (min.map(i128::from), max.map(i128::from));
                let (least, most) = range::distinct(declared, bounds.0, bounds.1);
                (Form::Whole { least, scale: 0 }, span(least, most))
            }
        }
        FieldType::Decimal {
            scale, min, max, ..
        } => {
            let (least, most) = range::distinct(declared, *min, *max);
            let scale = *scale;
            (Form::Whole { least, scale }, span(least, most))
        }
        FieldType::Timestamp { .. } => {
            let Maker::Moment { least, most } = plan.maker else {
                return None;
            };
            // Whole milliseconds.
            let first = least.div_euclid(1000) + i64::from(least.rem_euclid(1000) != 0);
            let last = most.div_euclid(1000);
            if first > last {
                return None;
            }
            (Form::Moment(first * 1000), span(first.into(), last.into()))
        }
        FieldType::Date { min, max } => {
            let Maker::Day { least, most } = plan.maker else {
                return None;
            };
            // A year is short for a key.
            let first = min.unwrap_or(least - 20_000).max(*literal::DATES.start());
            let last = max.unwrap_or(most).min(*literal::DATES.end());
            (Form::Day(first), span(first.into(), last.into()))
        }
        FieldType::Float { .. } | FieldType::Boolean | FieldType::Json => return None,
    })
}

fn text(plan: &FieldPlan, pattern: Option<&str>, fake: Option<Fake>) -> Option<(Form, u128)> {
    let limits = &plan.limits;
    if let Maker::Choice(values) = &plan.maker {
        return Some((Form::Choice(values.clone()), values.len() as u128));
    }
    if !limits.one_of.is_empty() {
        let values: Vec<String> = limits.one_of.clone();
        let count = values.len() as u128;
        return Some((Form::Choice(values), count));
    }
    if let Some(kind) = fake {
        return match kind::distinct(kind) {
            0 => None,
            count => Some((Form::Kind(kind), count)),
        };
    }
    if let Maker::Kind(kind) = plan.maker
        && pattern.is_none()
        && limits.most > 100
        && kind::distinct(kind) > 0
    {
        return Some((Form::Kind(kind), kind::distinct(kind)));
    }
    if let Some(pattern) = pattern {
        let distinct = Pattern::parse(pattern)?.distinct(limits.least, limits.most)?;
        // What a pattern says of the places around characters may rule some texts out.
        let holds = (0..100).all(|number| {
            let mut text = String::new();
            distinct.push(distinct.count / 100 * number % distinct.count, &mut text);
            limits.allow(&text)
        });
        let count = distinct.count;
        return holds.then_some((Form::Pattern(distinct), count));
    }
    let uuid = 36;
    if (limits.least..=limits.most).contains(&uuid) {
        return Some((Form::Kind(Fake::Uuid), kind::distinct(Fake::Uuid)));
    }
    let longest = limits.most.min(limits.least.max(LONGEST_CODE as usize));
    let length = u32::try_from(longest).ok()?;
    let count = 36_u128.checked_pow(length).unwrap_or(MOST).min(MOST);
    Some((Form::Code(length), count))
}
