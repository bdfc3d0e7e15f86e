//! Keys of objects as S3's own notifications write them: like the values of an HTML form.
//!
//! EventBridge writes keys as they are, so that they must not come through here.

/// A key that cannot have come from S3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedKey {
    /// `%` without two hexadecimal digits.
    #[error("the object's key has a `%` without two hexadecimal digits at byte {at}")]
    Escape {
        /// Where, counted from 0.
        at: usize,
    },
    /// Not UTF-8, which every key is.
    #[error("the object's key is not UTF-8 once decoded")]
    NotUtf8,
}

/// Undoes `application/x-www-form-urlencoded`: `+` is a blank, `%C3%A9` is `é`.
pub fn decode_key(encoded: &str) -> Result<String, MalformedKey> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let bytes = encoded.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let escape = bytes.get(at + 1..at + 3).and_then(hexadecimal);
                decoded.push(escape.ok_or(MalformedKey::Escape { at })?);
                at += 2;
            }
            other => decoded.push(*other),
        }
        at += 1;
    }
    String::from_utf8(decoded).map_err(|_| MalformedKey::NotUtf8)
}

/// The value of two hexadecimal digits.
fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let value = char::from(*high).to_digit(16)? * 16 + char::from(*low).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys() {
        fn check(encoded: &str, expected: Result<&str, MalformedKey>) {
            assert_eq!(
                decode_key(encoded),
                expected.map(str::to_owned),
                "{encoded}"
            );
        }
        check("incoming/feedback.csv", Ok("incoming/feedback.csv"));
        check("incoming/red+flower.csv", Ok("incoming/red flower.csv"));
        check("a%2Bb%25.csv", Ok("a+b%.csv"));
        check("caf%C3%a9/%F0%9F%98%80.json", Ok("café/😀.json"));
        check("", Ok(""));
        check("a%2", Err(MalformedKey::Escape { at: 1 }));
        check("a%", Err(MalformedKey::Escape { at: 1 }));
        check("100%25%zz", Err(MalformedKey::Escape { at: 6 }));
        check("%+1", Err(MalformedKey::Escape { at: 0 }));
        check("%C3", Err(MalformedKey::NotUtf8));
    }

    /// The encoding that S3 uses, as strict as can be.
    fn encode(key: &str) -> String {
        key.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                    char::from(byte).to_string()
                }
                b' ' => "+".to_owned(),
                other => format!("%{other:02X}"),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn every_key_is_read_back(key: String) {
            prop_assert_eq!(decode_key(&encode(&key)), Ok(key));
        }

        #[test]
        fn nothing_panics(text: String) {
            let _ = decode_key(&text);
        }

        #[test]
        fn escapes_never_panic(text in "[%+a-fA-F0-9é]{0,12}") {
            let _ = decode_key(&text);
        }
    }
}
