//! Personal data that is to be recognisable, or told apart, and no more: `mask`, `hash`; and `email`, which says what an
//! address is.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::findings::{Context, Otherwise, Remark};
use crate::scan::{has_capital, is_beyond_ascii, may_have_blank};
use crate::steps::blanks::{is_blank, trimmed};
use crate::text::{Edit, Text, push};

/// How a value is masked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mask {
    /// The first character of the name and the domain stay.
    Email,
    /// The last two digits stay.
    Phone,
    /// The last four digits stay.
    Card,
    /// So many characters stay at either end.
    All { first: usize, last: usize },
}

/// Digits of a telephone number that stay.
const PHONE_DIGITS: usize = 2;
/// Digits of a card number that stay, as receipts show them.
const CARD_DIGITS: usize = 4;

impl Mask {
    pub(crate) fn apply(self, text: &mut Text) {
        text.edit(|_, value, built| {
            if value.is_empty() {
                return Edit::Same;
            }
            self.push(value, built);
            if built == value {
                built.clear();
                return Edit::Same;
            }
            Edit::Built
        });
    }

    /// Adds a value, masked.
    pub(crate) fn push(self, value: &str, built: &mut String) {
        match self {
            Mask::Email => mask_email(value, built),
            Mask::Phone => mask_digits(value, PHONE_DIGITS, built),
            Mask::Card => mask_digits(value, CARD_DIGITS, built),
            Mask::All { first, last } => mask_all(value, first, last, built),
        }
    }
}

fn mask_email(value: &str, built: &mut String) {
    if let Some((name, domain)) = halves(value)
        && !domain.is_empty()
        && !has_blank(value)
        && let Some(first) = name.chars().next()
    {
        if first != '*' {
            built.push(first);
        }
        built.push_str("***@");
        push(built, domain);
    } else {
        // Nobody knows what it is.
        built.push_str("***");
    }
}

/// Masks all digits but the last `kept`, or all where there are fewer than three times as many: half a short number is
/// most of it. What is masked already counts as a digit, so that masking twice is masking once.
fn mask_digits(value: &str, kept: usize, built: &mut String) {
    let is_digit = |c: char| c.is_numeric() || c == '*';
    let digits = value.chars().filter(|c| is_digit(*c)).count();
    let mut masked = match digits < kept * 3 {
        true => digits,
        false => digits - kept,
    };
    for c in value.chars() {
        if is_digit(c) && masked > 0 {
            masked -= 1;
            built.push('*');
        } else {
            built.push(c);
        }
    }
}

/// Masks all characters but some at the ends, or all where those would be all or all but one.
fn mask_all(value: &str, first: usize, last: usize, built: &mut String) {
    let count = value.chars().count();
    let kept = first.saturating_add(last);
    let (first, last) = if count <= kept { (0, 0) } else { (first, last) };
    for (at, c) in value.chars().enumerate() {
        built.push(if at < first || at + last >= count {
            c
        } else {
            '*'
        });
    }
}

/// A pseudonym: the same for the same text.
pub(crate) struct Hash {
    /// With a salt, HMAC-SHA-256 with it as the key; without one, SHA-256.
    salted: Option<Hmac<Sha256>>,
    /// Hexadecimal digits that are left of 64.
    digits: usize,
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hash")
            .field("digits", &self.digits)
            .finish_non_exhaustive()
    }
}

impl Hash {
    pub(crate) fn new(salt: Option<&str>, digits: usize) -> Hash {
        let salted = salt.map(|salt| {
            Hmac::new_from_slice(salt.as_bytes()).expect("HMAC takes keys of any length")
        });
        Hash { salted, digits }
    }

    /// Makes pseudonyms of all values that are not empty.
    pub(crate) fn apply(&self, text: &mut Text) {
        text.edit(|_, value, built| {
            if value.is_empty() {
                return Edit::Same;
            }
            let digest: [u8; 32] = match &self.salted {
                Some(salted) => salted
                    .clone()
                    .chain_update(value.as_bytes())
                    .finalize()
                    .into_bytes()
                    .into(),
                None => Sha256::digest(value.as_bytes()).into(),
            };
            const HEX: &[u8; 16] = b"0123456789abcdef";
            let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
            built.extend(
                nibbles
                    .take(self.digits)
                    .map(|nibble| char::from(HEX[usize::from(nibble)])),
            );
            Edit::Built
        });
    }
}

/// What is an e-mail address.
#[derive(Debug)]
pub(crate) struct Email {
    pub(crate) otherwise: Otherwise,
    pub(crate) remark: Remark,
}

impl Email {
    /// Leaves addresses, trimmed and with a domain in small letters.
    pub(crate) fn apply<'p>(&'p self, text: &mut Text, context: &mut Context<'_, 'p>) {
        text.edit(|row, value, built| {
            let mut address = trimmed(value);
            if address.len() > 7
                && address
                    .get(..7)
                    .is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"))
            {
                address = &address[7..];
            }
            match halves(address) {
                Some((name, domain)) if is_name(name) && is_domain(domain) => {
                    let is_small = !has_capital(domain.as_bytes());
                    if is_small {
                        let start = address.as_ptr() as usize - value.as_ptr() as usize;
                        return match address.len() == value.len() {
                            true => Edit::Same,
                            false => Edit::Part(start..start + address.len()),
                        };
                    }
                    push(built, address);
                    if let Some(domain) = built.get_mut(name.len()..) {
                        domain.make_ascii_lowercase();
                    }
                    Edit::Built
                }
                _ if is_blank(value) => Edit::Null,
                _ => {
                    context.otherwise(row, self.otherwise, &self.remark);
                    match self.otherwise {
                        Otherwise::Null => Edit::Null,
                        _ => Edit::Same,
                    }
                }
            }
        });
    }
}

/// What is before and after the last `@`.
#[inline]
fn halves(address: &str) -> Option<(&str, &str)> {
    let at = address.bytes().rposition(|byte| byte == b'@')?;
    Some((&address[..at], &address[at + 1..]))
}

#[inline]
fn has_blank(text: &str) -> bool {
    may_have_blank(text.as_bytes()) && text.contains(char::is_whitespace)
}

/// What may stand before the `@`: no blank, no other `@`, nothing that has a meaning in a list of addresses, and points
/// only between other characters.
fn is_name(name: &str) -> bool {
    let (mut before, mut beyond_ascii) = (b'.', false);
    for byte in name.bytes() {
        if ODD_IN_NAMES[usize::from(byte)] || byte == b'.' && before == b'.' {
            return false;
        }
        beyond_ascii |= byte >= 0x80;
        before = byte;
    }
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    before != b'.'
        && name.len() <= 64
        && !(beyond_ascii && may_have_blank(name.as_bytes()) && name.contains(is_odd))
}

/// Bytes of ASCII that cannot be in a name.
static ODD_IN_NAMES: [bool; 256] = {
    let mut odd = [false; 256];
    let mut byte = 0;
    while byte < 0x80 {
        odd[byte] = matches!(
            byte as u8,
            0..=b' '
                | 0x7f
                | b'@'
                | b','
                | b';'
                | b':'
                | b'<'
                | b'>'
                | b'('
                | b')'
                | b'['
                | b']'
                | b'"'
                | b'\\'
        );
        byte += 1;
    }
    odd
};

/// Labels of letters, digits and hyphens with points between them, two at least, the last of which is no number.
pub(crate) fn is_domain(domain: &str) -> bool {
    let is_ascii = !is_beyond_ascii(domain.as_bytes());
    let (mut labels, mut start) = (0, 0);
    let bytes = domain.as_bytes();
    for end in 0..=bytes.len() {
        match bytes.get(end) {
            Some(b'.') | None => {
                let label = &bytes[start..end];
                if label.is_empty()
                    || label.len() > 63
                    || label[0] == b'-'
                    || label[label.len() - 1] == b'-'
                {
                    return false;
                }
                labels += 1;
                start = end + 1;
            }
            Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'-' || *byte >= 0x80 => {}
            Some(_) => return false,
        }
    }
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.len() <= 253
        && labels >= 2
        && top.len() >= 2
        && !top.bytes().all(|byte| byte.is_ascii_digit())
        && (is_ascii
            || domain
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '.')))
}
