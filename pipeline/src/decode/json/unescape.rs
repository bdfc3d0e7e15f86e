//! What is escaped in a JSON text that is known to be valid, but for surrogates, of which a valid one may have halves.

/// Half a character, which is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoneSurrogate;

/// Appends what a string stands for, which is given without its quotes.
pub(super) fn unescape(string: &[u8], out: &mut Vec<u8>) -> Result<(), LoneSurrogate> {
    let mut rest = string;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let (character, length) = escaped(&rest[at..])?;
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[at + length..];
    }
    out.extend_from_slice(rest);
    Ok(())
}

/// Whether some string in a text has half a character.
pub(crate) fn has_lone_surrogate(text: &[u8]) -> bool {
    let mut rest = text;
    // Backslashes stand in strings alone.
    while let Some(at) = memchr::memchr(b'\\', rest) {
        match escaped(&rest[at..]) {
            Ok((_, length)) => rest = &rest[at + length..],
            Err(LoneSurrogate) => return true,
        }
    }
    false
}

/// What the escape at the start of a text stands for, and how long it is.
fn escaped(text: &[u8]) -> Result<(char, usize), LoneSurrogate> {
    let character = match text.get(1) {
        Some(b'u') => {
            let first = hex(&text[2..]).ok_or(LoneSurrogate)?;
            return match char::from_u32(first) {
                Some(character) => Ok((character, 6)),
                None => {
                    let second = text.get(6..).and_then(|rest| rest.strip_prefix(b"\\u"));
                    let units = [first, second.and_then(hex).unwrap_or_default()];
                    let mut pair = char::decode_utf16(units.map(|unit| unit as u16));
                    match pair.next() {
                        Some(Ok(character)) => Ok((character, 12)),
                        _ => Err(LoneSurrogate),
                    }
                }
            };
        }
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(other) => char::from(*other),
        None => return Ok(('\\', 1)),
    };
    Ok((character, 2))
}

fn hex(text: &[u8]) -> Option<u32> {
    let digits = text.get(..4)?;
    digits.iter().try_fold(0, |value, digit| {
        Some(value * 16 + char::from(*digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_string_is_read_back(text: String, ascii: bool) {
            let mut written = serde_json::to_string(&text).unwrap();
            if ascii {
                let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
                written = format!("\"{}\"", units.collect::<String>());
            }
            let mut out = Vec::new();
            unescape(&written.as_bytes()[1..written.len() - 1], &mut out).unwrap();
            prop_assert_eq!(String::from_utf8(out).unwrap(), text);
            prop_assert!(!has_lone_surrogate(written.as_bytes()));
        }

        #[test]
        fn halves_are_found(string in "([a-z]|\\\\u(d83d|de00|0041|D800)|\\\\n|\\\\\\\\){0,9}") {
            let written = format!("\"{string}\"");
            let read: Result<String, _> = serde_json::from_str(&written);
            let mut out = Vec::new();
            let unescaped = unescape(string.as_bytes(), &mut out);
            prop_assert_eq!(unescaped.ok(), read.as_ref().ok().map(|_| ()));
            prop_assert_eq!(has_lone_surrogate(written.as_bytes()), read.is_err());
            if let Ok(read) = read {
                prop_assert_eq!(String::from_utf8(out).unwrap(), read);
            }
        }
    }
}
