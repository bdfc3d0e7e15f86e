//! E-mail addresses: in lower case, without what people and programs put around them.

use std::borrow::Cow;

use crate::scan::any_pair;
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
    const BAD: u8 = 1;
    const CAPITAL: u8 = 2;
    let [first, .., last] = address else {
        return None;
    };
    let flags = any_pair(address, |byte, next| {
        let bad = !is_part(byte) | (is_mark(byte) & is_mark(next));
        (BAD * u8::from(bad)) | (CAPITAL * u8::from(byte.wrapping_sub(b'A') < 26))
    });
    if flags & BAD != 0 || is_mark(*first) || is_mark(*last) {
        return None;
    }
    let (mut at, mut seen) = (address.len(), 0);
    while seen & AT == 0 {
        at = at.checked_sub(1)?;
        seen |= IN_DOMAIN[address[at] as usize];
    }
    if seen != AT | DOT {
        return None;
    }
    // What is before the `@` does not end with one.
    let another = any_pair(&address[..at], |byte, _| u8::from(byte == b'@')) != 0;
    let capitals = flags & CAPITAL != 0 || last.is_ascii_uppercase();
    (!another).then_some(Shape {
        domain: at + 1,
        capitals,
    })
}

const DOT: u8 = 1;
const AT: u8 = 2;
const MISPLACED: u8 = 4;

/// What a byte means in a domain. A table, because a branch for each kind of byte is guessed wrong too often.
static IN_DOMAIN: [u8; 256] = {
    let mut table = [MISPLACED; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | 0x80.. => 0,
            b'.' => DOT,
            b'@' => AT,
            _ => MISPLACED,
        };
        byte += 1;
    }
    table
};

/// Bytes that end a part of an address.
#[inline(always)]
fn is_mark(byte: u8) -> bool {
    (byte == b'.') | (byte == b'@')
}

/// Bytes that an address may have somewhere. Beyond the `@`, fewer will do.
#[inline(always)]
fn is_part(byte: u8) -> bool {
    let (letter, digit) = (
        (byte | 0x20).wrapping_sub(b'a') < 26,
        byte.wrapping_sub(b'0') < 10,
    );
    // `!` to `'`, but not `"`; `*` `+`; `-` `.` `/`; `=`; `@`; `_`; `~`; and all beyond ASCII.
    let sign = ((byte.wrapping_sub(b'!') < 7) & (byte != b'"'))
        | (byte.wrapping_sub(b'*') < 2)
        | (byte.wrapping_sub(b'-') < 3)
        | (byte == b'=')
        | (byte == b'@')
        | (byte == b'_')
        | (byte == b'~');
    letter | digit | sign | (byte >= 0x80)
}

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
