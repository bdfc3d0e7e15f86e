//! Steps that make numbers of text.

use serde_json::Value;

use crate::column::{Kind, decimal};
use crate::findings::{Otherwise, Remark};
use crate::mistake::Mistake;
use crate::options::{Options, one_character};
use crate::steps::Step;
use crate::steps::number::{Number, NumberKind};
use crate::steps::numeral::{Currency, Form, Percent};

pub(crate) fn integer(options: &Options<'_>) -> Result<Step, Mistake> {
    of_kind(options, NumberKind::Integer)
}

pub(crate) fn float(options: &Options<'_>) -> Result<Step, Mistake> {
    of_kind(options, NumberKind::Float)
}

pub(crate) fn number(options: &Options<'_>) -> Result<Step, Mistake> {
    of_kind(options, number_kind(options)?)
}

fn of_kind(options: &Options<'_>, kind: NumberKind) -> Result<Step, Mistake> {
    let message = match kind {
        NumberKind::Integer => "the value is not a whole number in the expected form",
        NumberKind::Float => "the value is not a number in the expected form",
        NumberKind::Decimal { .. } => {
            "the value is not a number in the expected form, or has too many digits"
        }
    };
    Ok(Step::Number(Number {
        kind,
        form: form(options)?,
        round: options.flag("round"),
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("bad_number", message),
    }))
}

pub(super) fn number_kind(options: &Options<'_>) -> Result<NumberKind, Mistake> {
    let name = options
        .text("as")
        .ok_or_else(|| format!("`as` is missing: write `{}`", options.example))?;
    match (name.as_str(), decimal(&name)) {
        ("integer", _) => Ok(NumberKind::Integer),
        ("float", _) => Ok(NumberKind::Float),
        (_, Some(Kind::Decimal { precision, scale })) => {
            Ok(NumberKind::Decimal { precision, scale })
        }
        _ => Err(options.wrong("as", format!(
            "`as` is `{name}`: write `integer`, `float` or `decimal(p,s)` with 1 to 38 digits, of which s come after the point"
        ))),
    }
}

/// How numbers are written.
fn form(options: &Options<'_>) -> Result<Form, Mistake> {
    let locale = options.text("locale").unwrap_or_else(|| "plain".into());
    let mut form =
        Form::of(&locale).ok_or_else(|| format!("`locale` is `{locale}`, which is not known"))?;
    if let Some(point) = options.text("point") {
        let read = one_character("point", &point);
        form.point = read.map_err(|mistake| options.wrong("point", mistake))?;
    }
    if let Some(groups) = options.text("group") {
        form.groups = groups.chars().collect();
    }
    let is_odd = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '+' | '(' | ')' | '%');
    if let Some(odd) = form.groups.iter().chain([&form.point]).find(|c| is_odd(c)) {
        return Err(format!(
            "`{odd}` is part of numbers: use another sign as the point and between groups"
        )
        .into());
    }
    if form.groups.contains(&form.point) {
        return Err(format!(
            "`{}` is both the point and what stands between groups: set `point` or `group` to another",
            form.point
        )
        .into());
    }
    form.currency = currency(options)?;
    form.percent = match options.text("percent").as_deref() {
        Some("keep") => Percent::Keep,
        Some("divide") => Percent::Divide,
        _ => Percent::None,
    };
    Ok(form)
}

/// The signs of currencies that may stand beside a number.
fn currency(options: &Options<'_>) -> Result<Currency, Mistake> {
    Ok(match (options.get("currency"), options.texts("currency")) {
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
            if let Some((index, odd)) = signs.iter().enumerate().find(|(_, sign)| is_odd(sign)) {
                let words = format!(
                    "`{odd}` is no sign of a currency: write such as `€` or `EUR`, or `true` for any"
                );
                return Err(options.wrong_item("currency", index, words));
            }
            // `US$` before `$`.
            signs.sort_by_key(|sign| std::cmp::Reverse(sign.len()));
            Currency::Of(signs)
        }
    })
}
