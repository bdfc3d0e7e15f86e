//! The sha256 that tells one plugin, one file or one text from every other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Digest as _;

/// A sha256. As text, in control tables, reports, keys of objects and messages alike, it is 64 lower-case hexadecimal
/// digits; upper-case ones are read, too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

/// A text is no sha256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSha256;

impl Sha256 {
    /// Of these bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Sha256 {
        Sha256(sha2::Sha256::digest(bytes).into())
    }

    /// Of these pieces, one after the other. It does not tell where one ends and the next begins.
    pub fn of_pieces<T: AsRef<[u8]>>(pieces: impl IntoIterator<Item = T>) -> Sha256 {
        let mut digest = sha2::Sha256::new();
        for piece in pieces {
            digest.update(piece);
        }
        Sha256(digest.finalize().into())
    }

    /// Its first hexadecimal digits: a short name, where few things have to be told apart.
    ///
    /// # Panics
    /// Where more than all 64 are asked for.
    pub fn prefix(&self, digits: usize) -> String {
        self.to_string()[..digits].to_owned()
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Sha256 {
    type Err = NotSha256;

    fn from_str(text: &str) -> Result<Sha256, NotSha256> {
        let nibble = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            b'A'..=b'F' => Ok(digit - b'A' + 10),
            _ => Err(NotSha256),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(NotSha256);
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Ok(Sha256(bytes))
    }
}

impl fmt::Display for NotSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sha256 has 64 hexadecimal digits")
    }
}

impl std::error::Error for NotSha256 {}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sha256, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of no bytes, as `sha256sum` says it.
    const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn check(text: &str, expected: Result<Sha256, NotSha256>) {
        assert_eq!(text.parse(), expected, "{text}");
    }

    #[test]
    fn texts() {
        check(OF_NOTHING, Ok(Sha256::of("")));
        check(&OF_NOTHING.to_uppercase(), Ok(Sha256::of("")));
        check(&OF_NOTHING[1..], Err(NotSha256));
        check(&format!("{OF_NOTHING}5"), Err(NotSha256));
        check(&format!("{}é", &OF_NOTHING[2..]), Err(NotSha256));
        check(&OF_NOTHING.replace('e', "g"), Err(NotSha256));
        check("", Err(NotSha256));
        assert_eq!(Sha256::of("").to_string(), OF_NOTHING);
        assert_eq!(Sha256::of("").prefix(4), "e3b0");
    }

    #[test]
    fn pieces_are_one_text() {
        assert_eq!(Sha256::of_pieces(["ab", "", "c"]), Sha256::of("abc"));
    }
}
