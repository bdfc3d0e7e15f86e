//! What somebody who mistyped a name probably meant.

/// A remedy for a name that does not exist: the nearest one, or else all of them.
pub(crate) fn suggestion(name: &str, candidates: &[&str]) -> String {
    match nearest(name, candidates) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("use {}", listed(candidates, "or")),
    }
}

/// The candidate with the fewest inserted, deleted, changed or swapped letters, if those are at most a third of the longer
/// name. Case, hyphens and underscores do not count.
pub(crate) fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_', ' '], "");
    let name = plain(name);
    candidates
        .iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&name, &plain(candidate)),
                *candidate,
            )
        })
        .filter(|(distance, candidate)| {
            *distance <= (name.chars().count().max(candidate.chars().count()) / 3).max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `` `a`, `b` and `c` ``, or with any other last word.
pub(crate) fn listed(names: &[&str], last_word: &str) -> String {
    match names {
        [] => String::new(),
        [name] => format!("`{name}`"),
        [first @ .., last] => format!("`{}` {last_word} `{last}`", first.join("`, `")),
    }
}
