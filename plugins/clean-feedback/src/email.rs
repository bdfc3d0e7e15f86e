//! E-mail addresses: in lower case, without what people and programs put around them.

use std::borrow::Cow;

/// What an address turned out to be.
#[derive(Debug, PartialEq)]
pub(crate) enum Email<'a> {
    /// An address.
    Good {
        /// In lower case.
        address: Cow<'a, str>,
        /// Whether its provider gives throw-away mailboxes.
        disposable: bool,
    },
    /// Nothing there.
    Absent,
    /// Something else.
    Bad,
}

/// Providers of throw-away mailboxes.
const DISPOSABLE: [&str; 12] = [
    "10minutemail.com",
    "dispostable.com",
    "fakeinbox.com",
    "getnada.com",
    "guerrillamail.com",
    "mailinator.com",
    "sharklasers.com",
    "temp-mail.org",
    "tempmail.com",
    "throwawaymail.com",
    "trashmail.com",
    "yopmail.com",
];

/// Cleans an address. One that is clean already is only looked at.
#[inline]
pub(crate) fn clean(text: &str) -> Email<'_> {
    match domain_of_clean(text.as_bytes()) {
        Some(at) => Email::Good {
            address: Cow::Borrowed(text),
            disposable: is_disposable(&text[at..]),
        },
        None => clean_slowly(text),
    }
}

#[inline(never)]
fn clean_slowly(text: &str) -> Email<'_> {
    let mut text = text.trim();
    if is_absent(text) {
        return Email::Absent;
    }
    if let (Some(open), Some(close)) = (text.rfind('<'), text.rfind('>'))
        && open < close
    {
        text = &text[open + 1..close];
    }
    if text
        .get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"))
    {
        text = &text[7..];
        text = text.split('?').next().unwrap_or_default();
    }
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '.' | ',' | ';' | ':' | '"' | '\'' | '(' | ')' | '<' | '>'
            )
    };
    let mut address = text.trim_matches(ends).to_lowercase();
    for at in [" at ", "[at]", "(at)", " @ ", "@ ", " @"] {
        if address.contains(at) {
            address = address.replacen(at, "@", 1);
        }
    }
    match domain_of_clean(address.as_bytes()) {
        Some(at) => {
            let disposable = is_disposable(&address[at..]);
            Email::Good {
                address: Cow::Owned(address),
                disposable,
            }
        }
        None => Email::Bad,
    }
}

fn is_absent(text: &str) -> bool {
    ["", "-", "n/a", "na", "none", "null", "unknown"]
        .iter()
        .any(|absent| text.eq_ignore_ascii_case(absent))
}

/// Where the domain of an address starts that needs no cleaning: lower case, one `@`, no empty part between dots.
#[inline]
fn domain_of_clean(address: &[u8]) -> Option<usize> {
    let (mut at, mut dots, mut before) = (0, 0, b'.');
    for (i, byte) in address.iter().enumerate() {
        match CLASSES[*byte as usize] {
            Class::Plain => {}
            Class::Dot if before != b'.' && before != b'@' => dots += usize::from(at > 0),
            Class::At if at == 0 && before != b'.' => at = i + 1,
            // Beyond the `@` these are no part of a name.
            Class::Local if at == 0 => {}
            _ => return None,
        }
        before = *byte;
    }
    (at > 0 && dots > 0 && before != b'.' && before != b'@').then_some(at)
}

#[derive(Clone, Copy)]
enum Class {
    Other,
    Plain,
    Local,
    Dot,
    At,
}

/// What a byte of an address may be. Letters beyond ASCII are allowed on both sides.
static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | 0x80.. => Class::Plain,
            b'_' | b'+' | b'%' | b'\'' | b'&' | b'=' | b'!' | b'#' | b'$' | b'*' | b'/' | b'~' => {
                Class::Local
            }
            b'.' => Class::Dot,
            b'@' => Class::At,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

#[inline]
fn is_disposable(domain: &str) -> bool {
    // The lengths of all of them, and the last letters, rule nearly every address out at once.
    (11..=17).contains(&domain.len()) && DISPOSABLE.contains(&domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        match (clean(text), expected) {
            (Email::Good { address, .. }, Some(expected)) => {
                assert_eq!(address, expected, "{text:?}")
            }
            (Email::Bad, None) => {}
            (found, _) => panic!("{text:?}: {found:?}"),
        }
    }

    #[test]
    fn addresses() {
        check("ada@example.com", Some("ada@example.com"));
        check("  Ada@Example.COM ", Some("ada@example.com"));
        check("mailto:ada@example.com?subject=Hi", Some("ada@example.com"));
        check("Ada Lovelace <ada@example.com>", Some("ada@example.com"));
        check("ada@example.com.", Some("ada@example.com"));
        check("ada [at] example.com", Some("ada@example.com"));
        check("ada[at]example.com", Some("ada@example.com"));
        check("ada at example.com", Some("ada@example.com"));
        check(
            "ada+news@mail.example.co.uk",
            Some("ada+news@mail.example.co.uk"),
        );
        check("jürgen@müller.de", Some("jürgen@müller.de"));
        check("ada@example", None);
        check("ada@@example.com", None);
        check("ada@exam ple.com", None);
        check(".ada@example.com", Some("ada@example.com"));
        check("a..b@example.com", None);
        check("ada@.com", None);
        check("@example.com", None);
        check("call me", None);
    }

    #[test]
    fn absent_and_disposable() {
        for text in ["", "  ", "N/A", "null", "-"] {
            assert_eq!(clean(text), Email::Absent, "{text:?}");
        }
        for domain in DISPOSABLE {
            assert!(is_disposable(domain), "{domain}");
        }
        assert!(matches!(
            clean("X@Mailinator.com"),
            Email::Good {
                disposable: true,
                ..
            }
        ));
        assert!(matches!(
            clean("x@example.com"),
            Email::Good {
                disposable: false,
                ..
            }
        ));
    }
}
