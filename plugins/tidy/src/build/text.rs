//! Steps that change text: what is taken out of it, put into it or cut off it.

use super::values::pairs;
use crate::findings::{Otherwise, Remark};
use crate::mistake::Mistake;
use crate::options::{Options, one_character};
use crate::steps::Step;
use crate::steps::letters::{Only, OnlyKind};
use crate::steps::literal::{After, Cut, Replace};
use crate::steps::private::Email;

/// The most characters that `pad` and `cut` may speak of.
const MOST_CHARACTERS: usize = 1_000_000;

pub(crate) fn only(options: &Options<'_>) -> Result<Step, Mistake> {
    let kind = match options.needed_text("chars")?.as_str() {
        "digits" => OnlyKind::Digits,
        "letters" => OnlyKind::Letters,
        "letters_digits" => OnlyKind::LettersAndDigits,
        _ => OnlyKind::Ascii,
    };
    let also = options.text("also").unwrap_or_default();
    Ok(Step::Only(Only { kind, also }))
}

pub(crate) fn replace(options: &Options<'_>) -> Result<Step, Mistake> {
    let pairs = pairs(options)?;
    match pairs.iter().any(|(find, _)| find.is_empty()) {
        true => Err(options.wrong(
            "pairs",
            "nothing can stand for an empty text: write what is to be found",
        )),
        false => Ok(Step::Replace(Replace::new(pairs))),
    }
}

pub(crate) fn before(options: &Options<'_>) -> Result<Step, Mistake> {
    options.needed_text("mark").map(Step::Before)
}

pub(crate) fn after(options: &Options<'_>) -> Result<Step, Mistake> {
    Ok(Step::After(After {
        mark: options.needed_text("mark")?,
        remark: Remark::new("no_mark", "the value does not have the mark"),
    }))
}

pub(crate) fn cut(options: &Options<'_>) -> Result<Step, Mistake> {
    options.needed("most")?;
    let most = options.whole("most", 1..=MOST_CHARACTERS)?.unwrap_or(1);
    let end = options.text("end").unwrap_or_default();
    if end.chars().count() >= most {
        let words = format!(
            "`end` has {} characters, which leaves none of {most}: shorten it",
            end.chars().count()
        );
        return Err(options.wrong("end", words));
    }
    let remark = Remark::new("cut_text", "the text was too long, and was cut");
    Ok(Step::Cut(Cut { most, end, remark }))
}

pub(crate) fn pad(options: &Options<'_>) -> Result<Step, Mistake> {
    options.needed("width")?;
    let width = options.whole("width", 1..=1_000)?.unwrap_or(1);
    let with = options.text("with").unwrap_or_else(|| "0".into());
    let with = one_character("with", &with).map_err(|mistake| options.wrong("with", mistake))?;
    Ok(Step::Pad { width, with })
}

pub(crate) fn email(options: &Options<'_>) -> Result<Step, Mistake> {
    Ok(Step::Email(Email {
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("bad_email", "the value is not an e-mail address"),
    }))
}
