//! What somebody who mistyped a name probably meant, and how names are listed in a sentence.

/// Names that share fewer letters at their start have nothing in common.
const LEAST_COMMON_START: usize = 3;

/// The candidate that is so like `name` that it was probably meant: the one with the fewest inserted, deleted, changed
/// or swapped letters, if those are at most a third of the longer name; else the only one that starts with `name` or
/// that `name` starts with, such as `min` of `minimum`. Case does not count.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let candidates: Vec<(String, &str)> = candidates
        .into_iter()
        .map(|candidate| (candidate.to_lowercase(), candidate))
        .collect();
    let alike = candidates
        .iter()
        .map(|(lower, candidate)| (strsim::damerau_levenshtein(&name, lower), lower, *candidate))
        .filter(|(distance, lower, _)| {
            *distance <= (name.chars().count().max(lower.chars().count()) / 3).max(1)
        })
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., candidate)| candidate);
    let mut longer = candidates.iter().filter(|(lower, _)| {
        name.len().min(lower.len()) >= LEAST_COMMON_START
            && (lower.starts_with(&name) || name.starts_with(lower))
    });
    alike.or_else(|| {
        longer
            .next()
            .filter(|_| longer.next().is_none())
            .map(|(_, candidate)| *candidate)
    })
}

/// `` `a`, `b` and `c` ``, or with any other last word.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>, last_word: &str) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.pop() {
        None => String::new(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} {last_word} {last}", names.join(", ")),
    }
}

/// A remedy for a name that does not exist: the nearest one, or else all of them.
pub fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(name, candidates.clone()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("use {}", listed(candidates, "or")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names() {
        fn check(name: &str, expected: Option<&str>) {
            assert_eq!(
                nearest(name, ["rating", "submitted_at", "id", "Comment"]),
                expected,
                "{name}"
            );
        }
        check("ratng", Some("rating"));
        check("RATING", Some("rating"));
        check("comment", Some("Comment"));
        check("submited-at", Some("submitted_at"));
        check("di", Some("id"));
        check("submitted", Some("submitted_at"));
        check("ratings_of_all", Some("rating"));
        check("colour", None);
        check("", None);
    }

    #[test]
    fn lists_of_names() {
        assert_eq!(listed([], "and"), "");
        assert_eq!(listed(["a"], "and"), "`a`");
        assert_eq!(listed(["a", "b", "c"], "or"), "`a`, `b` or `c`");
    }
}
