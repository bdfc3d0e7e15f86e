//! Ratings: stars from 1 to 5, however they are written.

use crate::tidy::trim;

/// What a rating turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rating {
    /// A number of stars; also one out of range, which is for the manifest to refuse.
    Stars(i64),
    /// Nothing there.
    Absent,
    /// Something else.
    Unreadable,
}

/// Reads a rating.
#[inline]
pub(crate) fn parse(text: &str) -> Rating {
    match trim(text).as_bytes() {
        [digit @ b'1'..=b'5', b'/', b'5'] | [digit @ b'0'..=b'9'] => {
            Rating::Stars(i64::from(digit - b'0'))
        }
        [] => Rating::Absent,
        _ => parse_slowly(text),
    }
}

#[inline(never)]
fn parse_slowly(text: &str) -> Rating {
    let text = text.trim().to_lowercase();
    let stars = text
        .chars()
        .filter(|c| matches!(c, '★' | '⭐' | '🌟' | '*'))
        .count();
    if stars > 0 && text.chars().all(|c| "★⭐🌟*☆✩ \u{fe0f}".contains(c)) {
        return Rating::Stars(stars as i64);
    }
    let words = text.trim_end_matches(['!', '.']);
    let words = [
        "stars",
        "star",
        "points",
        "sterne",
        "stern",
        "étoiles",
        "estrellas",
    ]
    .iter()
    .find_map(|unit| words.strip_suffix(unit))
    .unwrap_or(words)
    .trim();
    if let Some(stars) = named(words) {
        return stars;
    }
    if let Some(percent) = words.strip_suffix('%') {
        return out_of(percent, "100");
    }
    for between in ["/", " out of ", " of ", " von ", " sur "] {
        if let Some((value, best)) = words.split_once(between) {
            return out_of(value, best);
        }
    }
    match words.replace(',', ".").parse::<f64>() {
        Ok(value) if value.abs() < 1e9 => Rating::Stars((value + 0.5).floor() as i64),
        _ => Rating::Unreadable,
    }
}

/// Scales a rating to five stars, halves up, and at least one star: nobody can give none.
fn out_of(value: &str, best: &str) -> Rating {
    let number = |text: &str| {
        text.trim()
            .replace(',', ".")
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
    };
    match (number(value), number(best)) {
        (Some(value), Some(best)) if best > 0.0 && (0.0..=best).contains(&value) => {
            Rating::Stars(((value / best * 5.0 + 0.5).floor() as i64).max(1))
        }
        _ => Rating::Unreadable,
    }
}

fn named(word: &str) -> Option<Rating> {
    Some(Rating::Stars(match word {
        "" | "-" | "n/a" | "na" | "none" | "null" | "no rating" | "not rated" => {
            return Some(Rating::Absent);
        }
        "one" | "eins" | "un" | "uno" | "terrible" | "awful" | "very bad" | "very poor" => 1,
        "two" | "zwei" | "deux" | "dos" | "bad" | "poor" => 2,
        "three" | "drei" | "trois" | "tres" | "ok" | "okay" | "average" | "neutral" | "fair" => 3,
        "four" | "vier" | "quatre" | "cuatro" | "good" => 4,
        "five" | "fünf" | "cinq" | "cinco" | "excellent" | "perfect" | "very good" | "great" => 5,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: i64) {
        assert_eq!(parse(text), Rating::Stars(expected), "{text:?}");
    }

    #[test]
    fn numbers_words_and_stars() {
        check("5", 5);
        check(" 3 ", 3);
        check("7", 7);
        check("4.5", 5);
        check("3,4", 3);
        check("4.0", 4);
        check("Five", 5);
        check("4/5", 4);
        check("8/10", 4);
        check("4 out of 5", 4);
        check("80%", 4);
        check("0%", 1);
        check("★★★★☆", 4);
        check("⭐️⭐️⭐️", 3);
        check("***", 3);
        check("4 stars", 4);
        check("Excellent!", 5);
        check("zwei Sterne", 2);
        check("-3", -3);
    }

    #[test]
    fn absent_and_unreadable() {
        for text in ["", " ", "N/A", "none", "-"] {
            assert_eq!(parse(text), Rating::Absent, "{text:?}");
        }
        for text in ["meh", "6/5", "4/0", "NaN", "inf", "1e99", "five-ish", "☆☆"] {
            assert_eq!(parse(text), Rating::Unreadable, "{text:?}");
        }
    }
}
