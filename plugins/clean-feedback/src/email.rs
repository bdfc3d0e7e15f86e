//! E-mail addresses: in lower case, without what people and programs put around them.

use std::borrow::Cow;

use crate::tidy::trim;

/// What an address turned out to be.
#[derive(Debug, PartialEq)]
pub(crate) enum Email<'a> {
    /// An address.
    Good {
        /// Perhaps still with capitals.
        address: Cow<'a, str>,
        /// Whether it has any.
        capitals: bool,
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

/// Cleans an address. One that only lacks small letters is only looked at.
#[inline]
pub(crate) fn clean(text: &str) -> Email<'_> {
    let text = trim(text);
    match shape(text.as_bytes()) {
        Some(shape) => Email::Good {
            address: Cow::Borrowed(text),
            capitals: shape.capitals,
            disposable: is_disposable(&text[shape.domain..]),
        },
        None => clean_slowly(text),
    }
}

#[inline(never)]
fn clean_slowly(mut text: &str) -> Email<'_> {
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
    for at in [" at ", " [at] ", "[at]", "(at)", " @ ", "@ ", " @"] {
        if address.contains(at) {
            address = address.replacen(at, "@", 1);
        }
    }
    match shape(address.as_bytes()) {
        Some(shape) => {
            let disposable = is_disposable(&address[shape.domain..]);
            Email::Good {
                address: Cow::Owned(address),
                capitals: false,
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

/// The shape of an address.
struct Shape {
    /// Where its domain starts.
    domain: usize,
    capitals: bool,
}

/// The shape of an address that is one: a single `@`, a dot after it, and no empty part between dots.
#[inline]
fn shape(address: &[u8]) -> Option<Shape> {
    // From the end, as if a mark came after it: what is doubled is a mark beside a mark.
    let (mut domain, mut after, mut doubled, mut in_domain) = (address.len(), MARK, 0, 0);
    while in_domain & AT == 0 {
        domain = domain.checked_sub(1)?;
        let kind = KINDS[address[domain] as usize];
        doubled |= kind & after;
        in_domain |= kind;
        after = kind;
    }
    let mut in_local = 0;
    for byte in address[..domain].iter().rev() {
        let kind = KINDS[*byte as usize];
        doubled |= kind & after;
        in_local |= kind;
        after = kind;
    }
    doubled |= after;
    let good =
        doubled & MARK == 0 && in_domain & (LOCAL | BAD | DOT) == DOT && in_local & (AT | BAD) == 0;
    let capitals = (in_domain | in_local) & CAPITAL != 0;
    good.then_some(Shape {
        domain: domain + 1,
        capitals,
    })
}

const MARK: u8 = 1;
const DOT: u8 = 2;
const AT: u8 = 4;
const CAPITAL: u8 = 8;
/// Good before the `@` only.
const LOCAL: u8 = 16;
const BAD: u8 = 32;

/// What a byte means in an address. A table, because a branch for each kind of byte is guessed wrong too often.
static KINDS: [u8; 256] = {
    let mut kinds = [BAD; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | 0x80.. => 0,
            b'A'..=b'Z' => CAPITAL,
            b'.' => MARK | DOT,
            b'@' => MARK | AT,
            b'_' | b'+' | b'%' | b'\'' | b'&' | b'=' | b'!' | b'#' | b'$' | b'*' | b'/' | b'~' => {
                LOCAL
            }
            _ => BAD,
        };
        byte += 1;
    }
    kinds
};

#[inline]
fn is_disposable(domain: &str) -> bool {
    // The first letter rules most addresses out.
    matches!(
        domain.as_bytes()[0] | 0x20,
        b'1' | b'd' | b'f' | b'g' | b'm' | b's' | b't' | b'y'
    ) && DISPOSABLE
        .iter()
        .any(|name| name.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        match (clean(text), expected) {
            (
                Email::Good {
                    address, capitals, ..
                },
                Some(expected),
            ) => {
                assert_eq!(address.to_ascii_lowercase(), expected, "{text:?}");
                assert_eq!(address != expected, capitals, "{text:?}");
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
