//! Steps that hide personal data.

use crate::findings::Remark;
use crate::mistake::Mistake;
use crate::options::Options;
use crate::steps::Step;
use crate::steps::private::{Hash, Mask};
use crate::steps::redact::Redact;
use sluice_nearest::suggestion;

pub(crate) fn mask(options: &Options<'_>) -> Result<Step, Mistake> {
    let first = options.whole("keep_first", 0..=100)?;
    let last = options.whole("keep_last", 0..=100)?;
    let kind = options.text("kind").unwrap_or_else(|| "all".into());
    if kind != "all" && (first.is_some() || last.is_some()) {
        return Err(format!(
            "`keep_first` and `keep_last` are for `all`, and the kind is `{kind}`: leave them out"
        )
        .into());
    }
    Ok(Step::Mask(match kind.as_str() {
        "email" => Mask::Email,
        "phone" => Mask::Phone,
        "card" => Mask::Card,
        _ => Mask::All {
            first: first.unwrap_or(0),
            last: last.unwrap_or(0),
        },
    }))
}

pub(crate) fn redact(options: &Options<'_>) -> Result<Step, Mistake> {
    let kinds = options.needed_texts("kinds")?;
    let known = ["email", "card", "phone"];
    let mut kinds_written = kinds.iter().enumerate();
    if let Some((index, odd)) = kinds_written.find(|(_, kind)| !known.contains(&kind.as_str())) {
        let words = format!(
            "`{odd}` is nothing that can be found in text: {}",
            suggestion(odd, known)
        );
        return Err(options.wrong_item("kinds", index, words));
    }
    let has = |kind: &str| kinds.iter().any(|other| other == kind);
    Ok(Step::Redact(Redact {
        emails: has("email"),
        cards: has("card"),
        phones: has("phone"),
        remark: Remark::new("redacted", "personal data in the text was masked"),
    }))
}

pub(crate) fn hash(options: &Options<'_>) -> Result<Step, Mistake> {
    let salt = options.text("salt");
    if salt.as_deref() == Some("") {
        return Err(options.wrong("salt", "`salt` is empty: write any text, or leave it out"));
    }
    let digits = options.whole("digits", 8..=64)?.unwrap_or(64);
    Ok(Step::Hash(Hash::new(salt.as_deref(), digits)))
}
