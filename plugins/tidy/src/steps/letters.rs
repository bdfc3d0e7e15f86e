//! Letters: `lower`, `upper`, `title`, `nfc`, `nfkc`, `strip_accents`, `only`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::scan::{
    has_capital, has_small, is_beyond_ascii, is_beyond_latin, may_have_capitals_beyond,
    may_have_small_beyond,
};
use crate::text::{Edit, Text};

/// Small letters.
pub(crate) fn lower(text: &mut Text) {
    text.map_ascii(has_capital, str::make_ascii_lowercase);
    text.edit_suspects(may_have_capitals_beyond, |_, value, built| {
        if value.contains('Σ') {
            // Its small letter depends on where it stands in the word.
            built.push_str(&value.to_lowercase());
        } else {
            value.chars().for_each(|c| push_small(c, built));
        }
        unless_same(value, built)
    });
}

/// Capitals.
pub(crate) fn upper(text: &mut Text) {
    text.map_ascii(has_small, str::make_ascii_uppercase);
    text.edit_suspects(may_have_small_beyond, |_, value, built| {
        for c in value.chars() {
            match c.is_ascii() {
                true => built.push(c.to_ascii_uppercase()),
                false => built.extend(c.to_uppercase()),
            }
        }
        unless_same(value, built)
    });
}

/// Words with a capital and small letters.
pub(crate) fn title(text: &mut Text) {
    text.edit(|_, value, built| {
        if is_title(value) {
            return Edit::Same;
        }
        let mut inside = false;
        for c in value.chars() {
            if inside {
                push_small(c, built);
            } else {
                push_capital(c, built);
            }
            inside = goes_on(c, inside);
        }
        unless_same(value, built)
    });
}

/// Whether a word goes on behind a character. An apostrophe belongs to a word and opens none, and so does an accent that is
/// a character of its own.
#[inline]
fn goes_on(c: char, inside: bool) -> bool {
    match c {
        '\'' | '\u{2019}' => inside,
        '\0'..='\x7f' => c.is_ascii_alphanumeric(),
        '\u{c0}'..='\u{ff}' => !matches!(c, '×' | '÷'),
        _ => c.is_alphanumeric() || is_combining_mark(c),
    }
}

/// Whether letters of ASCII and of U+00C0 to U+00FF, and no others, are as they should be.
fn is_title(value: &str) -> bool {
    let mut inside = false;
    if !is_beyond_ascii(value.as_bytes()) {
        let mut is_wrong = false;
        for byte in value.bytes() {
            let is_small = byte.wrapping_sub(b'a') < 26;
            let is_capital = byte.wrapping_sub(b'A') < 26;
            is_wrong |= if inside { is_capital } else { is_small };
            inside =
                is_small | is_capital | (byte.wrapping_sub(b'0') < 10) | (inside & (byte == b'\''));
        }
        return !is_wrong;
    }
    for c in value.chars() {
        let is_right = match c {
            'a'..='z' | 'à'..='ö' | 'ø'..='þ' => inside,
            'A'..='Z' | 'À'..='Ö' | 'Ø'..='Þ' => !inside,
            '\0'..='\x7f' => true,
            _ => false,
        };
        if !is_right {
            return false;
        }
        inside = goes_on(c, inside);
    }
    true
}

#[inline]
fn push_small(c: char, built: &mut String) {
    match c.is_ascii() {
        true => built.push(c.to_ascii_lowercase()),
        false => built.extend(c.to_lowercase()),
    }
}

/// Of a letter that is several as capitals, such as a ligature, the first is one.
#[inline]
fn push_capital(c: char, built: &mut String) {
    if c.is_ascii() {
        return built.push(c.to_ascii_uppercase());
    }
    let mut capitals = c.to_uppercase();
    built.extend(capitals.next());
    built.extend(capitals.flat_map(char::to_lowercase));
}

/// Unicode's form C: one character for a letter and its accents.
pub(crate) fn nfc(text: &mut Text) {
    text.edit_suspects(is_beyond_latin, |_, value, built| {
        built.extend(value.nfc());
        unless_same(value, built)
    });
}

/// Unicode's form KC: the same, and plain characters for ligatures, full-width forms and the like.
pub(crate) fn nfkc(text: &mut Text) {
    text.edit_suspects(is_beyond_ascii, |_, value, built| {
        built.extend(value.nfkc());
        unless_same(value, built)
    });
}

/// Latin and Greek letters without their accents.
pub(crate) fn strip_accents(text: &mut Text) {
    text.edit_suspects(is_beyond_ascii, |_, value, built| {
        let mut of_letter = false;
        let plain = value.nfd().filter(|c| {
            let is_accent = ('\u{300}'..='\u{36f}').contains(c);
            if !is_accent {
                of_letter = *c < '\u{400}';
            }
            !(is_accent && of_letter)
        });
        built.extend(plain.nfc());
        unless_same(value, built)
    });
}

/// Which characters `only` leaves.
#[derive(Debug)]
pub(crate) struct Only {
    pub(crate) kind: OnlyKind,
    /// These stay too.
    pub(crate) also: String,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum OnlyKind {
    Digits,
    Letters,
    LettersAndDigits,
    Ascii,
}

impl Only {
    /// Leaves those, and nothing else.
    pub(crate) fn apply(&self, text: &mut Text) {
        let stays = |c: char| {
            (match self.kind {
                OnlyKind::Digits => c.is_ascii_digit(),
                OnlyKind::Letters => c.is_alphabetic(),
                OnlyKind::LettersAndDigits => c.is_alphanumeric(),
                OnlyKind::Ascii => matches!(c, ' '..='~'),
            }) || self.also.contains(c)
        };
        text.edit(|_, value, built| {
            if value.chars().all(stays) {
                return Edit::Same;
            }
            built.extend(value.chars().filter(|c| stays(*c)));
            Edit::Built
        });
    }
}

fn unless_same(value: &str, built: &mut String) -> Edit<'static> {
    if built == value {
        built.clear();
        return Edit::Same;
    }
    Edit::Built
}
