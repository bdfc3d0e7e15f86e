//! Conditions: what they may say, in one list, and the tests that are made of it.

use serde_json::Value;

use super::moment::literal;
use super::regex::compile;
use crate::column::Kind;
use crate::mistake::Mistake;
use crate::options::Shape::{self, Flag, Scalar, Text, Texts, Whole};
use crate::options::{as_text, check, texts};
use crate::steps::number::plain_decimal;
use crate::steps::rules::{Bound, Condition, Test};
use crate::steps::words::Words;
use sluice_nearest::suggestion;

/// One thing that a condition may say.
pub(crate) struct Saying {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    test: fn(&Said<'_>) -> Result<Test, Mistake>,
}

const fn saying(
    name: &'static str,
    shape: Shape,
    test: fn(&Said<'_>) -> Result<Test, Mistake>,
) -> Saying {
    Saying { name, shape, test }
}

/// All of them.
pub(crate) static SAYINGS: &[Saying] = &[
    saying("empty", Flag, |said| Ok(Test::Empty(said.flag()))),
    saying("is", Texts, |said| match said.kind.is_text() {
        true => Ok(Test::Is(said.words())),
        false => said.bounds().map(|bounds| Test::Among(bounds, true)),
    }),
    saying("is_not", Texts, |said| match said.kind.is_text() {
        true => Ok(Test::IsNot(said.words())),
        false => said.bounds().map(|bounds| Test::Among(bounds, false)),
    }),
    saying("matches", Text, |said| {
        compile(&as_text(said.value)).map(Test::Matches)
    }),
    saying("starts_with", Texts, |said| {
        Ok(Test::StartsWith(said.parts()))
    }),
    saying("ends_with", Texts, |said| Ok(Test::EndsWith(said.parts()))),
    saying("contains", Texts, |said| Ok(Test::Contains(said.parts()))),
    saying("longer_than", Whole, |said| {
        Ok(Test::LongerThan(said.whole()))
    }),
    saying("shorter_than", Whole, |said| {
        Ok(Test::ShorterThan(said.whole()))
    }),
    saying("above", Scalar, |said| said.limit().map(Test::Above)),
    saying("below", Scalar, |said| said.limit().map(Test::Below)),
];

/// What stands beside them, and says how texts are compared.
pub(crate) const IGNORE_CASE: (&str, Shape) = ("ignore_case", Flag);

/// What a condition says, about a column of a kind.
struct Said<'a> {
    name: &'a str,
    value: &'a Value,
    ignore_case: bool,
    kind: Kind,
}

/// Reads a condition about a column of a kind.
pub(crate) fn condition(value: &Value, kind: Kind) -> Result<Condition, Mistake> {
    let table = match value {
        Value::String(word) if word == "empty" => return Ok(Condition::of(Test::Empty(true))),
        Value::String(word) if word == "not_empty" => return Ok(Condition::of(Test::Empty(false))),
        Value::Object(table) => table,
        other => {
            let word = as_text(other);
            return Err(format!(
                "`{word}` is no condition: write `{{ is = \"{word}\" }}` for the value, or `empty` or `not_empty`"
            )
            .into());
        }
    };
    let ignore_case = table
        .get(IGNORE_CASE.0)
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let mut tests = Vec::new();
    for (name, value) in table {
        if name == IGNORE_CASE.0 {
            check(name, value, IGNORE_CASE.1).map_err(|mistake| mistake.at(name))?;
            continue;
        }
        let Some(saying) = SAYINGS.iter().find(|saying| saying.name == name) else {
            let names = SAYINGS.iter().map(|saying| saying.name);
            let names = names.chain([IGNORE_CASE.0]);
            let words = format!("`{name}` is no condition: {}", suggestion(name, names));
            return Err(Mistake::from(words).at(name));
        };
        let said = Said {
            name,
            value,
            ignore_case,
            kind,
        };
        let test = check(name, value, saying.shape).and_then(|()| (saying.test)(&said));
        tests.push(test.map_err(|mistake| mistake.at(name))?);
    }
    match tests.is_empty() {
        true => Err("the condition says nothing: write such as `{ is = \"test\" }`".into()),
        false => Ok(Condition { tests, ignore_case }),
    }
}

impl Said<'_> {
    fn flag(&self) -> bool {
        self.value.as_bool().unwrap_or(true)
    }

    fn whole(&self) -> usize {
        let whole = self.value.as_u64();
        whole
            .and_then(|value| usize::try_from(value).ok())
            .unwrap_or(usize::MAX)
    }

    #[inline(never)]
    fn words(&self) -> Words<()> {
        let words = texts(self.value).into_iter().map(|word| (word, ()));
        Words::new(words, self.ignore_case)
    }

    #[inline(never)]
    fn parts(&self) -> Vec<String> {
        let cased = |text: String| match self.ignore_case {
            true => text.to_lowercase(),
            false => text,
        };
        texts(self.value).into_iter().map(cased).collect()
    }

    /// A limit for values of the column's type.
    fn limit(&self) -> Result<Bound, Mistake> {
        match self.kind {
            Kind::Text | Kind::Json | Kind::Boolean => Err(format!(
                "`{}` compares numbers and dates, and the column is of type `{}` by then: put it behind `number`, `timestamp` or the like",
                self.name,
                self.kind.logical()
            )
            .into()),
            _ => self.bound(as_text(self.value)),
        }
    }

    /// One value or several of the column's type.
    fn bounds(&self) -> Result<Vec<Bound>, Mistake> {
        let texts = texts(self.value).into_iter();
        texts.map(|text| self.bound(text)).collect()
    }

    #[inline(never)]
    fn bound(&self, text: String) -> Result<Bound, Mistake> {
        let (name, kind) = (self.name, self.kind);
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
                literal(&text, kind).ok_or_else(|| wrong("such as `2026-03-01T10:00:00Z`"))?,
            ),
            Kind::Date => {
                Bound::Integer(literal(&text, kind).ok_or_else(|| wrong("such as `2026-03-01`"))?)
            }
            Kind::Boolean => Bound::Boolean(text.parse().map_err(|_| wrong("`true` or `false`"))?),
            Kind::Text | Kind::Json => return Err(wrong("a condition about text").into()),
        })
    }
}
