//! Rows as real files have them: with something missing, misspelt or twice. What was done to each is told, together with
//! the code that the pipeline's checks give it.

mod spoil;

use serde::Serialize;

use crate::error::DataError;
use crate::format::DataFormat;
use crate::plan::FieldPlan;
use crate::rng::{Draw, Streams};
use crate::row::Row;

/// What can be wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    MissingValue,
    /// Text in a number, a date that no calendar has.
    Unreadable,
    OutOfRange,
    WrongChoice,
    TooLong,
    TooShort,
    WrongShape,
    /// The row before it once more.
    DuplicateRow,
    /// A cell too many.
    RaggedRow,
}

/// All of them, by the names that the truth calls them.
const WAYS: &[(&str, Way)] = &[
    ("missing_value", Way::MissingValue),
    ("unreadable", Way::Unreadable),
    ("out_of_range", Way::OutOfRange),
    ("wrong_choice", Way::WrongChoice),
    ("too_long", Way::TooLong),
    ("too_short", Way::TooShort),
    ("wrong_shape", Way::WrongShape),
    ("duplicate_row", Way::DuplicateRow),
    ("ragged_row", Way::RaggedRow),
];

/// The ways, as their names.
pub fn ways() -> impl Iterator<Item = &'static str> {
    WAYS.iter().map(|(name, _)| *name)
}

/// What was done to a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// The row's number, from 0, as the pipeline counts.
    pub row: u64,
    /// The field, if it is one field.
    pub field: Option<String>,
    /// The way.
    pub mess: &'static str,
    /// The code of the finding, or `duplicate`.
    pub code: &'static str,
}

/// Which rows are polluted, and how.
#[derive(Debug, Clone)]
pub(crate) struct Mess {
    share: f64,
    streams: Streams,
    /// For each way that is possible, the fields that it is possible of; none for whole rows.
    possible: Vec<(&'static str, Way, Vec<usize>)>,
    format: DataFormat,
}

/// What the fields do not say of what can be broken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    pub(crate) format: DataFormat,
    /// Whether records have an identity, so that there are duplicates.
    pub(crate) has_key: bool,
}

/// What becomes of a row.
pub(crate) enum Fate {
    Clean,
    /// An earlier row stands here again.
    Twice {
        of: u64,
        truth: Truth,
    },
    Spoilt(Truth),
}

impl Mess {
    pub(crate) fn new(
        pipeline: &str,
        fields: &[FieldPlan],
        around: Around,
        share: f64,
        seed: u64,
    ) -> Result<Self, DataError> {
        let format = around.format;
        if !(0.0..=1.0).contains(&share) {
            return Err(DataError::NoShare { share });
        }
        let mut mess = Self {
            share,
            streams: Streams::new(seed, 1),
            possible: Vec::new(),
            format,
        };
        for (name, way) in WAYS {
            let places: Vec<usize> = match way {
                Way::DuplicateRow | Way::RaggedRow => Vec::new(),
                _ => (0..fields.len())
                    .filter(|at| spoil::spoil(format, *way, &fields[*at], None).is_some())
                    .collect(),
            };
            let is_possible = match way {
                Way::DuplicateRow => around.has_key,
                Way::RaggedRow => format == DataFormat::Csv,
                // Without any value, a row is no record.
                Way::MissingValue if fields.len() == 1 => false,
                _ => !places.is_empty(),
            };
            if is_possible {
                mess.possible.push((name, *way, places));
            }
        }
        match mess.possible.is_empty() && share > 0.0 {
            true => Err(DataError::NothingToBreak {
                pipeline: pipeline.to_owned(),
            }),
            false => Ok(mess),
        }
    }

    /// Whether a row is to be polluted, and the rest of its chance.
    fn choose(&self, row: u64) -> Option<Draw> {
        let mut draw = self.streams.of_row(row);
        draw.chance(self.share).then_some(draw)
    }

    /// The nearest clean row before this one, not far away: a till repeats its last receipt.
    fn earlier(&self, row: u64) -> Option<u64> {
        let near = row.saturating_sub(100)..row;
        near.rev().find(|row| self.choose(*row).is_none())
    }

    /// What becomes of a row, of which only the number matters here.
    pub(crate) fn twice(&self, row: u64) -> Option<Fate> {
        let mut draw = self.choose(row)?;
        let (name, way, _) = draw.pick(&self.possible);
        if *way != Way::DuplicateRow {
            return None;
        }
        let of = self.earlier(row)?;
        let truth = Truth {
            row,
            field: None,
            mess: name,
            code: "duplicate",
        };
        Some(Fate::Twice { of, truth })
    }

    /// Pollutes a row, if it is one of those.
    pub(crate) fn apply(&self, number: u64, fields: &[FieldPlan], row: &mut Row) -> Fate {
        if let Some(fate) = self.twice(number) {
            return fate;
        }
        let Some(mut draw) = self.choose(number) else {
            return Fate::Clean;
        };
        let first = draw.below(self.possible.len() as u64) as usize;
        let ways = self
            .possible
            .iter()
            .cycle()
            .skip(first)
            .take(self.possible.len());
        for (name, way, places) in ways {
            let truth = |field: Option<&FieldPlan>, code| Truth {
                row: number,
                field: field.map(|field| field.name.clone()),
                mess: name,
                code,
            };
            match way {
                // There was no clean row before it.
                Way::DuplicateRow => continue,
                Way::RaggedRow => {
                    row.ragged = true;
                    return Fate::Spoilt(truth(None, "ragged_row"));
                }
                _ => {}
            }
            let first = draw.below(places.len() as u64) as usize;
            for place in places.iter().cycle().skip(first).take(places.len()) {
                let has_other = |other: usize| other != *place && row.text(other).is_some();
                if *way == Way::MissingValue && !(0..fields.len()).any(has_other) {
                    continue;
                }
                let field = &fields[*place];
                if let Some((text, code)) = spoil::spoil(self.format, *way, field, row.text(*place))
                {
                    row.spoil(*place, text.as_deref());
                    return Fate::Spoilt(truth(Some(field), code));
                }
            }
        }
        Fate::Clean
    }
}
