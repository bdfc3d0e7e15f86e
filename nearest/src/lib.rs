//! What somebody who mistyped a name probably meant, and how names are listed in a sentence.
//!
//! The manifest and the plugin `tidy` answer in the same way, and the plugin is small: so all that is generic is a
//! collecting of names.

/// Names that share fewer letters at their start have nothing in common.
const LEAST_COMMON_START: usize = 3;

/// The candidate that is so like `name` that it was probably meant: the one with the fewest inserted, deleted, changed
/// or swapped letters, if those are at most a third of the longer name; else the only one that starts with `name` or
/// that `name` starts with, such as `min` of `minimum`. Case, hyphens, underscores and blanks do not count.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    nearest_of(name, &candidates)
}

/// `` `a`, `b` and `c` ``, or with any other last word.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>, last_word: &str) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    listed_of(&names, last_word)
}

/// A remedy for a name that does not exist: the nearest one, or else all of them.
pub fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    match nearest_of(name, &candidates) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("use {}", listed_of(&candidates, "or")),
    }
}

#[inline(never)]
fn nearest_of<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let name = plain(name);
    let letters = name.chars().count();
    let (mut best, mut best_distance) = (None, usize::MAX);
    // Candidates of which one is the start of the other.
    let (mut longer, mut longer_ones) = (None, 0);
    for candidate in candidates {
        let other = plain(candidate);
        let distance = strsim::damerau_levenshtein(&name, &other);
        if distance <= (letters.max(other.chars().count()) / 3).max(1) && distance < best_distance {
            (best, best_distance) = (Some(*candidate), distance);
        }
        if name.len().min(other.len()) >= LEAST_COMMON_START
            && (other.starts_with(&name) || name.starts_with(&other))
        {
            (longer, longer_ones) = (Some(*candidate), longer_ones + 1);
        }
    }
    best.or_else(|| longer.filter(|_| longer_ones == 1))
}

/// A name without what people write differently.
fn plain(name: &str) -> String {
    name.to_lowercase().replace(['-', '_', ' '], "")
}

#[inline(never)]
fn listed_of(names: &[&str], last_word: &str) -> String {
    match names {
        [] => String::new(),
        [name] => format!("`{name}`"),
        [first @ .., last] => format!("`{}` {last_word} `{last}`", first.join("`, `")),
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
        check("Submitted At", Some("submitted_at"));
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

    #[test]
    fn suggestions() {
        assert_eq!(
            suggestion("lowr", ["lower", "upper"]),
            "did you mean `lower`?"
        );
        assert_eq!(
            suggestion("x", ["lower", "upper"]),
            "use `lower` or `upper`"
        );
    }
}
