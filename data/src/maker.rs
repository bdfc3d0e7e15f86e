//! How the values of one field are made. What it does is decided once, when the run is planned.

use std::fmt::Write as _;

use sluice_contract::fake::Fake;
use sluice_contract::literal;

use crate::kind::{self, Spread};
use crate::limits::Limits;
use crate::pattern::Pattern;
use crate::person::Person;
use crate::rng::Draw;
use crate::tables::Tables;

/// How often a text is made anew that the field does not allow.
pub(crate) const TRIES: u32 = 200;

/// How the values of a field are made.
#[derive(Debug, Clone)]
pub(crate) enum Maker {
    /// One of these.
    Choice(Vec<String>),
    /// A text of a kind.
    Kind(Fake),
    /// A text that a regular expression matches.
    Pattern(Pattern),
    /// Words; of so many of them, where there are few.
    Words(usize),
    /// A whole number, or a decimal as a number of units.
    Whole {
        least: i128,
        most: i128,
        /// Digits after the point.
        scale: u8,
        spread: Spread,
    },
    Float {
        least: f64,
        most: f64,
        spread: Spread,
    },
    Boolean,
    /// Microseconds since 1970-01-01T00:00:00Z.
    Moment {
        least: i64,
        most: i64,
    },
    /// Days since 1970-01-01.
    Day {
        least: i32,
        most: i32,
    },
    /// A small document, or a number where there is no room for one.
    Json {
        flat: bool,
    },
}

/// No text was found that the field allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotFound;

impl Maker {
    /// Appends a value. Texts are made anew until the field allows one, so many times.
    pub(crate) fn push(
        &self,
        limits: &Limits,
        person: &Person,
        draw: &mut Draw,
        tries: u32,
        out: &mut String,
    ) -> Result<(), NotFound> {
        let start = out.len();
        let mut person = *person;
        for attempt in 0..tries {
            let is_text = self.push_once(limits, &person, draw, attempt, out);
            if !is_text || limits.allow(&out[start..]) {
                return Ok(());
            }
            out.truncate(start);
            if let Maker::Kind(_) = self {
                person = person.other(draw, attempt < tries / 2);
            }
        }
        Err(NotFound)
    }

    /// Appends something, and says whether it is a text that the field may not allow.
    fn push_once(
        &self,
        limits: &Limits,
        person: &Person,
        draw: &mut Draw,
        attempt: u32,
        out: &mut String,
    ) -> bool {
        let start = out.len();
        match self {
            Maker::Choice(values) => {
                out.push_str(draw.text(values));
                return false;
            }
            Maker::Kind(kind) => {
                kind::push_text(*kind, person, draw, out);
                if kind::may_be_cut(*kind) {
                    fit(start, limits, draw, out);
                }
            }
            Maker::Pattern(pattern) => {
                // A text that must be long gets longer repetitions, in the second half of the attempts.
                let more = match attempt < TRIES / 2 {
                    true => limits.least.min(limits.most.min(64)),
                    false => limits.least.saturating_mul(2),
                };
                pattern.push(draw, u32::try_from(more).unwrap_or(u32::MAX), out);
                if attempt % 2 == 1 {
                    fit(start, limits, draw, out);
                }
            }
            Maker::Words(few) => {
                let words = &Tables::get().words.words;
                let words = &words[..words.len().min(*few)];
                out.push_str(draw.text(words));
                if *few == usize::MAX {
                    for _ in 0..draw.below(3) {
                        out.push(' ');
                        out.push_str(draw.text(words));
                    }
                }
                fit(start, limits, draw, out);
            }
            Maker::Whole {
                least,
                most,
                scale,
                spread,
            } => {
                let value = match spread {
                    Spread::Even => draw.between(*least, *most),
                    Spread::Degrees(place) => {
                        let degrees = near(person, *place, draw) * 10_f64.powi(i32::from(*scale));
                        (degrees.round() as i128).clamp(*least, *most)
                    }
                    Spread::Low | Spread::Ratings => {
                        let span = (most - least) as f64;
                        (least + (spread.draw(draw) * span).round() as i128).clamp(*least, *most)
                    }
                };
                push_whole(value, *scale, out);
                return false;
            }
            Maker::Float {
                least,
                most,
                spread,
            } => {
                let value = match spread {
                    Spread::Degrees(place) => near(person, *place, draw),
                    Spread::Even | Spread::Low | Spread::Ratings => {
                        let share = spread.draw(draw);
                        // Each of the bounds may be so great that their distance is none.
                        least * (1.0 - share) + most * share
                    }
                };
                push_float(value, *least, *most, out);
                return false;
            }
            Maker::Boolean => {
                out.push_str(if draw.below(2) == 0 { "true" } else { "false" });
                return false;
            }
            Maker::Moment { least, most } => {
                push_moment(
                    draw.between((*least).into(), (*most).into()) as i64,
                    *least,
                    out,
                );
                return false;
            }
            Maker::Day { least, most } => {
                let day = draw.between((*least).into(), (*most).into()) as i32;
                out.push_str(&literal::date_text(day));
                return false;
            }
            Maker::Json { flat } => {
                let score = draw.below(100);
                let _ = match flat {
                    true => write!(out, "{score}"),
                    false => {
                        let word = draw.text(&Tables::get().words.words);
                        write!(
                            out,
                            r#"{{"source":"{word}","score":{score},"checked":true}}"#
                        )
                    }
                };
                return false;
            }
        }
        true
    }

    /// How many different values there are, where they are few enough to have seen all of them soon.
    pub(crate) fn few(&self) -> Option<usize> {
        match self {
            Maker::Choice(values) => Some(values.len()),
            Maker::Boolean => Some(2),
            Maker::Whole { least, most, .. } => usize::try_from(most - least + 1)
                .ok()
                .filter(|count| *count <= 10_000),
            Maker::Kind(_)
            | Maker::Pattern(_)
            | Maker::Words(_)
            | Maker::Float { .. }
            | Maker::Moment { .. }
            | Maker::Day { .. }
            | Maker::Json { .. } => None,
        }
    }
}

/// Appends a whole number or a decimal.
pub(crate) fn push_whole(value: i128, scale: u8, out: &mut String) {
    match scale {
        0 => {
            let _ = write!(out, "{value}");
        }
        scale => out.push_str(&literal::decimal_text(value, scale)),
    }
}

/// Appends a point in time, of whole seconds where they are not before `least`.
pub(crate) fn push_moment(micros: i64, least: i64, out: &mut String) {
    let whole = micros - micros.rem_euclid(1_000_000);
    let text = literal::timestamp_text(if whole >= least { whole } else { micros });
    match text.strip_suffix(".000000Z") {
        Some(seconds) => {
            out.push_str(seconds);
            out.push('Z');
        }
        None => out.push_str(&text),
    }
}

/// Appends a number of two digits after the point, or as many as it needs to stay within its bounds.
fn push_float(value: f64, least: f64, most: f64, out: &mut String) {
    let rounded = (value * 100.0).round() / 100.0;
    let value = match rounded.is_finite() && (least..=most).contains(&rounded) {
        true => rounded,
        false => value.clamp(least, most),
    };
    // Zero has no sign.
    let _ = write!(out, "{}", value + 0.0);
}

/// A latitude or a longitude within about ten kilometres of the city.
fn near(person: &Person, place: usize, draw: &mut Draw) -> f64 {
    let degrees = person.city.at[place] + draw.fraction() * 0.2 - 0.1;
    (degrees * 10_000.0).round() / 10_000.0
}

/// Makes a text long enough with words, and short enough without its end.
fn fit(start: usize, limits: &Limits, draw: &mut Draw, out: &mut String) {
    let mut length = out[start..].chars().count();
    while length < limits.least {
        let word = draw.text(&Tables::get().words.words);
        out.push(' ');
        out.push_str(word);
        length += 1 + word.len();
    }
    if length > limits.most {
        let text = &out[start..];
        let end = text.char_indices().nth(limits.most).map(|(at, _)| at);
        out.truncate(start + end.unwrap_or(text.len()));
        // A text does not end with a blank.
        while out.len() > start && out.ends_with(' ') {
            out.pop();
            out.push('a');
        }
    }
}
