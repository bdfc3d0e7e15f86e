//! The records of a run, each a function of the seed and its number: rows can be made in any order, twice, and only as far
//! as a field, so that what must be known before the first row costs a pass over the rows and no memory for them.

use sluice_contract::field_type::{FieldType, TypeName};
use sluice_contract::stack::{Header, Pipeline, Quote};

use crate::error::DataError;
use crate::format::DataFormat;
use crate::key::Key;
use crate::limits::Unquoted;
use crate::maker::{self, Maker, TRIES};
use crate::mess::{Around, Fate, Mess, Truth};
use crate::person::Person;
use crate::plan::{self, FieldPlan, Surroundings};
use crate::rank::{DenseRank, Ranks};
use crate::ranking;
use crate::rng::{Draw, Streams};
use crate::row::Row;
use crate::version;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many records.
    pub rows: u64,
    /// What all chance comes from.
    pub seed: u64,
    /// How they are written, which decides what can be written at all.
    pub format: DataFormat,
    /// The share of records that are polluted, 0 to 1.
    pub mess: Option<f64>,
    /// Columns of ranks.
    pub ranks: Vec<DenseRank>,
}

/// A column of the result.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: FieldType,
}

/// A rank, and where it goes.
#[derive(Debug, Clone)]
pub(crate) struct RankPlan {
    pub(crate) asked: DenseRank,
    /// The field that is ranked.
    pub(crate) field: usize,
    /// The cell that gets the rank.
    pub(crate) cell: usize,
    pub(crate) ranks: Ranks,
}

/// The records of a pipeline.
pub struct Records {
    fields: Vec<FieldPlan>,
    columns: Vec<Column>,
    /// In which order the fields of a row are made.
    order: Vec<usize>,
    /// The field that says which version of a record is the newest, where it is a time.
    version: Option<usize>,
    key: Option<Key>,
    ranks: Vec<RankPlan>,
    mess: Option<Mess>,
    weights: Vec<u32>,
    streams: Streams,
    rows: u64,
}

impl Records {
    /// Decides how each field is made.
    ///
    /// # Errors
    /// Where a field or the key cannot be made, or an option does not fit the pipeline.
    pub fn new(pipeline: &Pipeline, options: &Options) -> Result<Self, DataError> {
        let streams = Streams::new(options.seed, 0);
        let weights = plan::weights(pipeline);
        let unquoted = unquoted(pipeline, options.format);
        let ranks = ranking::plan(pipeline, options)?;
        let around = Surroundings {
            pipeline,
            weights: &weights,
            streams: &streams,
            unquoted: unquoted.as_ref(),
        };
        let fields = pipeline.fields.iter();
        let mut fields: Vec<FieldPlan> = fields
            .map(|field| FieldPlan::new(field, &around))
            .collect::<Result<_, _>>()?;
        // A line with nothing on it is no record, nor is a JSON object of which nobody wants anything.
        if fields.iter().all(|field| field.missing > 0.0) {
            fields[0].missing = 0.0;
        }
        let key = Key::new(pipeline, &fields, options.rows, options.seed)?;
        let mess = options.mess.map(|share| {
            let around = Around {
                format: options.format,
                has_key: !pipeline.key.is_empty(),
            };
            Mess::new(&pipeline.name, &fields, around, share, options.seed)
        });
        let version = pipeline.order_by.as_ref().and_then(|name| {
            let is_time =
                |plan: &FieldPlan| matches!(plan.maker, Maker::Moment { .. } | Maker::Day { .. });
            let place = fields.iter().position(|plan| plan.name == *name);
            place.filter(|place| is_time(&fields[*place]))
        });
        let ranked = |place: &usize| ranks.iter().any(|rank| rank.cell == *place);
        let mut order: Vec<usize> = (0..fields.len()).filter(|place| !ranked(place)).collect();
        // The newest version is later than whatever else is in the record.
        order.sort_by_key(|place| Some(*place) == version);
        let mut columns: Vec<Column> = pipeline
            .fields
            .iter()
            .map(|field| Column {
                name: field.name.clone(),
                kind: field.kind.clone(),
            })
            .collect();
        let added = ranks.iter().filter(|rank| rank.cell >= fields.len());
        columns.extend(added.map(|rank| Column {
            name: rank.asked.column.clone(),
            kind: ranking::kind(),
        }));
        Ok(Self {
            fields,
            columns,
            order,
            version,
            key,
            ranks,
            mess: mess.transpose()?,
            weights,
            streams,
            rows: options.rows,
        })
    }

    /// The columns of every row: the fields, and behind them the ranks that are no fields.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows have to be made beforehand, at the most, to know the ranks.
    pub fn rows_to_learn(&self) -> u64 {
        if self.ranks.is_empty() { 0 } else { self.rows }
    }

    /// Learns which values occur in the fields that are ranked. `on_row` is called for every row that is made for that.
    ///
    /// # Errors
    /// Where a row cannot be made, or a declared field does not allow all ranks.
    pub fn learn(&mut self, mut on_row: impl FnMut()) -> Result<(), DataError> {
        let Some(last) = self.ranks.iter().map(|rank| rank.field).max() else {
            return Ok(());
        };
        let mut ranks = std::mem::take(&mut self.ranks);
        let mut row = Row::default();
        for number in 0..self.rows {
            let number = match self.mess.as_ref().and_then(|mess| mess.twice(number)) {
                Some(Fate::Twice { of, .. }) => of,
                _ => number,
            };
            self.make(number, Some(last), &mut row)?;
            for rank in &mut ranks {
                rank.ranks.note(row.text(rank.field));
            }
            on_row();
            // A closed set is soon complete.
            if ranks.iter().all(|rank| self.is_complete(rank)) {
                break;
            }
        }
        for rank in &mut ranks {
            let plan = &self.fields[rank.field];
            let count = rank.ranks.settle(&plan.kind);
            if let Some(declared) = self.fields.get(rank.cell) {
                ranking::check(&rank.asked, &declared.kind, count)?;
            }
        }
        self.ranks = ranks;
        Ok(())
    }

    fn is_complete(&self, rank: &RankPlan) -> bool {
        let plan = &self.fields[rank.field];
        let (values, has_null) = rank.ranks.noted();
        let nulls = has_null || plan.missing == 0.0;
        nulls && self.few_values(plan).is_some_and(|few| values >= few)
    }

    /// How many values a field has, where that is a small number that will be met soon.
    fn few_values(&self, plan: &FieldPlan) -> Option<usize> {
        match &plan.maker {
            Maker::Kind(kind) => plan::country_values(*kind, &self.weights),
            other => other.few(),
        }
    }

    /// Makes a row, and says what was done to it if it was polluted.
    ///
    /// # Errors
    /// Where no value is found for a field.
    pub fn fill(&self, number: u64, row: &mut Row) -> Result<Option<Truth>, DataError> {
        let twice = self.mess.as_ref().and_then(|mess| mess.twice(number));
        if let Some(Fate::Twice { of, truth }) = twice {
            self.make_ranked(of, row)?;
            return Ok(Some(truth));
        }
        self.make_ranked(number, row)?;
        let Some(mess) = &self.mess else {
            return Ok(None);
        };
        Ok(match mess.apply(number, &self.fields, row) {
            Fate::Spoilt(truth) => Some(truth),
            Fate::Clean | Fate::Twice { .. } => None,
        })
    }

    fn make_ranked(&self, number: u64, row: &mut Row) -> Result<(), DataError> {
        self.make(number, None, row)?;
        for rank in &self.ranks {
            let value = rank.ranks.of(row.text(rank.field));
            let (start, text) = row.open();
            maker::push_whole(value.into(), 0, text);
            row.close(rank.cell, start);
        }
        Ok(())
    }

    /// Makes the values of a row, or those up to a field.
    fn make(&self, number: u64, last: Option<usize>, row: &mut Row) -> Result<(), DataError> {
        row.clear(self.columns.len());
        let mut draw = self.streams.of_row(number);
        let person = Person::draw(&mut draw, &self.weights);
        let key = self.key.as_ref();
        let own: Vec<_> = key.map_or_else(Vec::new, |key| key.of_row(number).collect());
        let mut latest = i64::MIN;
        for place in &self.order {
            let plan = &self.fields[*place];
            if plan.missing > 0.0 && draw.chance(plan.missing) {
                continue;
            }
            let (start, text) = row.open();
            if let Some((part, number)) = own.iter().find(|(part, _)| part.field == *place) {
                self.push_key(part, *number, plan, person, &mut draw, text)?;
            } else if self.version == Some(*place) {
                version::push(&plan.maker, latest, &mut draw, text);
            } else {
                let made = plan
                    .maker
                    .push(&plan.limits, &person, &mut draw, TRIES, text);
                made.map_err(|_| no_value(plan))?;
            }
            if self.version.is_some() {
                latest = latest.max(version::moment(&plan.maker, &text[start..]));
            }
            row.close(*place, start);
            if last == Some(*place) {
                break;
            }
        }
        Ok(())
    }

    /// A value of the key. Its number makes it differ; what surrounds that is made anew until the field allows it.
    fn push_key(
        &self,
        part: &crate::key::KeyPart,
        number: u128,
        plan: &FieldPlan,
        mut person: Person,
        draw: &mut Draw,
        text: &mut String,
    ) -> Result<(), DataError> {
        let start = text.len();
        for _ in 0..TRIES {
            part.push(number, &person, draw, text);
            let is_text = plan.kind.type_name() == TypeName::Text;
            if !is_text || plan.limits.allow(&text[start..]) {
                return Ok(());
            }
            text.truncate(start);
            person = person.other(draw, false);
        }
        Err(no_value(plan))
    }
}

fn no_value(plan: &FieldPlan) -> DataError {
    DataError::NoValue {
        field: plan.name.clone(),
    }
}

/// What a cell may not be, where CSV encloses nothing.
fn unquoted(pipeline: &Pipeline, format: DataFormat) -> Option<Unquoted> {
    let dialect = &pipeline.source.dialect;
    if format != DataFormat::Csv || dialect.quote != Some(Quote::None) {
        return None;
    }
    let delimiter = crate::write::delimiter(dialect);
    Some(Unquoted {
        forbidden: [Some(delimiter), dialect.escape, Some('\n'), Some('\r')]
            .into_iter()
            .flatten()
            .collect(),
        comment: dialect.comment,
        null_values: dialect.null_values.clone(),
    })
}

/// Whether the columns of CSV are named by the manifest, so that none can be added.
pub(crate) fn has_own_header(pipeline: &Pipeline) -> bool {
    pipeline.source.dialect.header == Header::Present
}
