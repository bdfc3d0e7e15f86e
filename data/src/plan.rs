//! What a run makes: one maker a field, decided from the manifest's meaning before the first row, with everything that
//! cannot be made as an error.

use sluice_contract::fake::Fake;
use sluice_contract::field_type::{FieldType, TypeName};
use sluice_contract::stack::{Field, PartitionTransform, Pipeline};

use crate::error::DataError;
use crate::kind;
use crate::limits::{Limits, Unquoted};
use crate::maker::{Maker, TRIES};
use crate::pattern::Pattern;
use crate::person::Person;
use crate::range::{self, Narrow};
use crate::rng::Streams;
use crate::tables::Tables;

/// How often a guess is tried before it is believed.
const REHEARSALS: u64 = 64;

/// How many of them must succeed.
const ENOUGH: u64 = 16;

/// The share of values that an optional field lacks.
const MISSING: f64 = 0.08;

/// How the values of a field are made, and what they must be.
#[derive(Debug, Clone)]
pub(crate) struct FieldPlan {
    pub(crate) name: String,
    pub(crate) kind: FieldType,
    pub(crate) maker: Maker,
    pub(crate) limits: Limits,
    /// The share of records that lack it.
    pub(crate) missing: f64,
    /// Whether a record without it is rejected.
    pub(crate) needed: bool,
}

/// What the plan of a field depends on beside the field.
pub(crate) struct Surroundings<'a> {
    pub(crate) pipeline: &'a Pipeline,
    /// The lots of each country.
    pub(crate) weights: &'a [u32],
    pub(crate) streams: &'a Streams,
    /// What a cell may not be, where nothing encloses it.
    pub(crate) unquoted: Option<&'a Unquoted>,
}

impl FieldPlan {
    pub(crate) fn new(field: &Field, around: &Surroundings<'_>) -> Result<Self, DataError> {
        let limits = Limits::of(&field.kind, around.unquoted);
        let needed = field.required && field.default.is_none() && field.generate.is_none();
        // What would be filled in is given, so that whoever reads the records need not fill it.
        let is_given = field.generate.is_some() || around.pipeline.key.contains(&field.name);
        let missing = match needed || is_given {
            true => 0.0,
            false => MISSING,
        };
        let maker = maker(field, &limits, around)?;
        Ok(Self {
            name: field.name.clone(),
            kind: field.kind.clone(),
            maker,
            limits,
            missing,
            needed,
        })
    }
}

/// The lots of each country: none for those that a field of the pipeline rules out.
pub(crate) fn weights(pipeline: &Pipeline) -> Vec<u32> {
    let countries = &Tables::get().countries;
    let mut weights: Vec<u32> = countries.iter().map(|country| country.weight).collect();
    for field in &pipeline.fields {
        let kind = field.fake.or_else(|| guess(field));
        let Some(kind) = kind.filter(|kind| kind::of_country(*kind)) else {
            continue;
        };
        let limits = Limits::of(&field.kind, None);
        let allowed: Vec<u32> = countries
            .iter()
            .zip(&weights)
            .map(|(country, weight)| {
                let value = match kind {
                    Fake::CountryName => &country.name,
                    Fake::Language => &country.language,
                    Fake::Currency => &country.currency,
                    _ => &country.code,
                };
                if limits.allow(value) { *weight } else { 0 }
            })
            .collect();
        // Where nothing is left, the field is no country, or two fields contradict each other.
        if allowed.iter().any(|weight| *weight > 0) {
            weights = allowed;
        }
    }
    weights
}

fn guess(field: &Field) -> Option<Fake> {
    Fake::guess(&field.name, field.kind.type_name())
}

fn maker(field: &Field, limits: &Limits, around: &Surroundings<'_>) -> Result<Maker, DataError> {
    match &field.kind {
        FieldType::Text { .. } => text(field, limits, around),
        FieldType::Integer { min, max, one_of } => {
            if !one_of.is_empty() {
                let is_within = |value: &&i64| {
                    min.is_none_or(|min| **value >= min) && max.is_none_or(|max| **value <= max)
                };
                let values = one_of.iter().filter(is_within);
                return Ok(Maker::Choice(values.map(i64::to_string).collect()));
            }
            range::whole(
                field,
                min.map(i128::from),
                max.map(i128::from),
                narrow(field, around),
            )
        }
        FieldType::Decimal { min, max, .. } => {
            range::whole(field, *min, *max, narrow(field, around))
        }
        FieldType::Float { min, max } => range::float(field, *min, *max),
        FieldType::Boolean => Ok(Maker::Boolean),
        FieldType::Timestamp { min, max } => {
            let (least, most) = range::moments(field, *min, *max, narrow(field, around));
            Ok(Maker::Moment { least, most })
        }
        FieldType::Date { min, max } => {
            let (least, most) = range::days(field, *min, *max);
            Ok(Maker::Day { least, most })
        }
        FieldType::Json => Ok(Maker::Json {
            // A record is a level itself, and what quotes nothing has no place for a document.
            flat: around.pipeline.limits.max_depth < 3 || around.unquoted.is_some(),
        }),
    }
}

/// Whether few values are wanted of a field, because each is a folder of the lake.
fn narrow(field: &Field, around: &Surroundings<'_>) -> Narrow {
    let partitions = around
        .pipeline
        .lake()
        .map_or(&[][..], |lake| &lake.partition_by);
    let mut own = partitions
        .iter()
        .filter(|partition| partition.field == field.name)
        .map(|partition| partition.transform);
    let order = around.pipeline.order_by.as_ref() == Some(&field.name);
    match own.find_map(|transform| match transform {
        PartitionTransform::Value => Some(Narrow::Values),
        PartitionTransform::Hour => Some(Narrow::Hours),
        PartitionTransform::Year | PartitionTransform::Month | PartitionTransform::Day => None,
    }) {
        Some(narrow) => narrow,
        None if order && field.kind.type_name() == TypeName::Integer => Narrow::Versions,
        None => Narrow::No,
    }
}

/// A text: of its kind, if that is ever allowed; one of the choices; what the pattern says; or words.
fn text(field: &Field, limits: &Limits, around: &Surroundings<'_>) -> Result<Maker, DataError> {
    if let Some(kind) = field.fake {
        let maker = Maker::Kind(kind);
        if rehearse(&maker, limits, around, TRIES) == 0 {
            return Err(DataError::KindNeverFits {
                field: field.name.clone(),
                kind: kind.name(),
            });
        }
        return Ok(maker);
    }
    if let Some(kind) = guess(field) {
        let maker = Maker::Kind(kind);
        if rehearse(&maker, limits, around, 1) >= ENOUGH {
            return Ok(maker);
        }
    }
    if !limits.one_of.is_empty() {
        let allowed = limits.one_of.iter().filter(|value| limits.allow(value));
        let allowed: Vec<String> = allowed.cloned().collect();
        return match allowed.is_empty() {
            true => Err(no_value(field)),
            false => Ok(Maker::Choice(allowed)),
        };
    }
    let pattern = match &field.kind {
        FieldType::Text { pattern, .. } => pattern.as_deref(),
        _ => None,
    };
    let maker = match pattern {
        Some(pattern) => Maker::Pattern(Pattern::parse(pattern).ok_or_else(|| no_value(field))?),
        None => Maker::Words(match narrow(field, around) {
            Narrow::Values => 12,
            Narrow::No | Narrow::Hours | Narrow::Versions => usize::MAX,
        }),
    };
    match rehearse(&maker, limits, around, TRIES) {
        0 => Err(no_value(field)),
        _ => Ok(maker),
    }
}

fn no_value(field: &Field) -> DataError {
    DataError::NoValue {
        field: field.name.clone(),
    }
}

/// How many of a few rows a maker finds a value for, within so many tries.
fn rehearse(maker: &Maker, limits: &Limits, around: &Surroundings<'_>, tries: u32) -> u64 {
    let rows = 0..REHEARSALS;
    let found = rows.filter(|row| {
        let mut draw = around.streams.of_row(*row);
        let person = Person::draw(&mut draw, around.weights);
        let mut text = String::new();
        maker
            .push(limits, &person, &mut draw, tries, &mut text)
            .is_ok()
    });
    found.count() as u64
}

/// How many values a kind has that is a fact about the country alone, as far as countries are drawn.
pub(crate) fn country_values(kind: Fake, weights: &[u32]) -> Option<usize> {
    if !matches!(kind, Fake::Country | Fake::CountryName) {
        return None;
    }
    Some(weights.iter().filter(|weight| **weight > 0).count())
}
