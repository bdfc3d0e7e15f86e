//! The values of each kind: one arm a kind, as the compiler demands of whoever adds one to the list.

use std::fmt::Write as _;

use sluice_contract::fake::Fake;

use crate::person::Person;
use crate::rng::Draw;
use crate::tables::Tables;

/// Letters that postcodes of every country may have.
const POSTCODE_LETTERS: &[u8] = b"ABEGHJLNPRSTXY";

/// Appends a text of a kind. Kinds that are numbers or dates append nothing: their fields have no text.
pub(crate) fn push_text(kind: Fake, person: &Person, draw: &mut Draw, out: &mut String) {
    let words = &Tables::get().words;
    match kind {
        Fake::Uuid => push_uuid(draw.between(0, i128::MAX) as u128, out),
        Fake::FirstName => out.push_str(person.first),
        Fake::LastName => out.push_str(person.last),
        Fake::Name => push_all(&[person.first, " ", person.last], out),
        Fake::Username => person.push_login(out),
        Fake::Email => {
            person.push_login(out);
            push_all(&["@", draw.text(&words.domains)], out);
        }
        Fake::Phone => push_shape(&person.city.phone, draw, out),
        Fake::Street => {
            let shape = person.country.street.as_str();
            let (before, rest) = shape.split_once('{').unwrap_or((shape, ""));
            out.push_str(before);
            for part in rest.split('{') {
                let (name, after) = part.split_once('}').unwrap_or(("", part));
                match name {
                    "number" => push_number(person.house, out),
                    _ => out.push_str(person.street),
                }
                out.push_str(after);
            }
        }
        Fake::City => out.push_str(&person.city.name),
        Fake::Postcode => push_shape(&person.city.postcode, draw, out),
        Fake::Country => out.push_str(&person.country.code),
        Fake::CountryName => out.push_str(&person.country.name),
        Fake::Language => out.push_str(&person.country.language),
        Fake::Currency => out.push_str(&person.country.currency),
        Fake::Company => {
            let name = draw.text(&Tables::get().people_of(person.country).last);
            push_all(&[name, " ", draw.text(&words.company_kinds)], out);
        }
        Fake::Job => out.push_str(draw.text(&words.jobs)),
        Fake::Product => out.push_str(person.product),
        Fake::Url => {
            let (domain, page) = (draw.text(&words.domains), draw.text(&words.words));
            push_all(&["https://", domain, "/", page], out);
        }
        Fake::Ip => {
            // RFC 5737.
            let block = draw.pick(&["192.0.2.", "198.51.100.", "203.0.113."]);
            out.push_str(block);
            push_number(1 + draw.below(254) as u32, out);
        }
        Fake::Comment => {
            let opening = draw.text(&words.openings);
            let (before, after) = opening.split_once("{}").unwrap_or((opening, ""));
            push_all(&[before, person.product, after], out);
            let first = draw.below(words.details.len() as u64) as usize;
            let details = words.details.iter().cycle().skip(first);
            for detail in details.take(draw.below(4) as usize) {
                push_all(&[" ", detail], out);
            }
        }
        Fake::Word => out.push_str(draw.text(&words.words)),
        Fake::Latitude
        | Fake::Longitude
        | Fake::Rating
        | Fake::Age
        | Fake::Quantity
        | Fake::Price
        | Fake::BirthDate
        | Fake::Recent => {}
    }
}

/// How the numbers of a kind are spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Spread {
    /// All alike.
    Even,
    /// The low ones more often.
    Low,
    /// As people rate: they are content, or they would not write.
    Ratings,
    /// Near the city, by the place of the degree in its pair.
    Degrees(usize),
}

/// The least and the greatest number of a kind, and how they are spread; `None` where the kind is no number.
pub(crate) fn numbers(kind: Fake) -> Option<(i64, i64, Spread)> {
    match kind {
        Fake::Latitude => Some((-90, 90, Spread::Degrees(0))),
        Fake::Longitude => Some((-180, 180, Spread::Degrees(1))),
        Fake::Rating => Some((1, 5, Spread::Ratings)),
        Fake::Age => Some((18, 90, Spread::Even)),
        Fake::Quantity => Some((1, 20, Spread::Low)),
        Fake::Price => Some((1, 1000, Spread::Low)),
        Fake::Uuid
        | Fake::FirstName
        | Fake::LastName
        | Fake::Name
        | Fake::Username
        | Fake::Email
        | Fake::Phone
        | Fake::Street
        | Fake::City
        | Fake::Postcode
        | Fake::Country
        | Fake::CountryName
        | Fake::Language
        | Fake::Currency
        | Fake::Company
        | Fake::Job
        | Fake::Product
        | Fake::Url
        | Fake::Ip
        | Fake::Comment
        | Fake::Word
        | Fake::BirthDate
        | Fake::Recent => None,
    }
}

impl Spread {
    /// A share of the way from the least to the greatest number, 0 to 1.
    pub(crate) fn draw(self, draw: &mut Draw) -> f64 {
        match self {
            Spread::Even => draw.fraction(),
            Spread::Low => draw.fraction() * draw.fraction(),
            Spread::Ratings => {
                let lots = [14_u32, 9, 15, 26, 36];
                draw.weighted(lots.into_iter()) as f64 / 4.0
            }
            // Whoever knows the city does not ask.
            Spread::Degrees(_) => 0.5,
        }
    }
}

/// Whether a text of a kind is still one when its end is missing.
pub(crate) fn may_be_cut(kind: Fake) -> bool {
    matches!(
        kind,
        Fake::FirstName
            | Fake::LastName
            | Fake::Name
            | Fake::Street
            | Fake::City
            | Fake::CountryName
            | Fake::Company
            | Fake::Job
            | Fake::Product
            | Fake::Comment
            | Fake::Word
    )
}

/// Whether the kind is a fact about the country alone, so that a field may rule countries out.
pub(crate) fn of_country(kind: Fake) -> bool {
    matches!(
        kind,
        Fake::Country | Fake::CountryName | Fake::Language | Fake::Currency
    )
}

/// Appends a text of a kind that no other number gives; `None` where the kind has none.
pub(crate) fn push_distinct(
    kind: Fake,
    number: u128,
    person: &Person,
    draw: &mut Draw,
    out: &mut String,
) {
    let mut code = String::new();
    push_code(number, DISTINCT_CODE, &mut code);
    match kind {
        Fake::Uuid => push_uuid(number, out),
        Fake::Email => {
            person.push_login(out);
            push_all(
                &[".", &code, "@", draw.text(&Tables::get().words.domains)],
                out,
            );
        }
        Fake::Url => {
            push_all(
                &[
                    "https://",
                    draw.text(&Tables::get().words.domains),
                    "/",
                    &code,
                ],
                out,
            );
        }
        _ => {
            person.push_login(out);
            push_all(&[".", &code], out);
        }
    }
}

/// Characters of a code that tells texts apart.
pub(crate) const DISTINCT_CODE: u32 = 7;

/// How many distinct texts of a kind there are; 0 where they cannot be told apart by a number.
pub(crate) fn distinct(kind: Fake) -> u128 {
    match kind {
        Fake::Uuid => 1 << 120,
        Fake::Email | Fake::Username | Fake::Url => 36_u128.pow(DISTINCT_CODE),
        _ => 0,
    }
}

/// Appends a number as so many digits and small letters.
pub(crate) fn push_code(number: u128, length: u32, out: &mut String) {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    for place in (0..length).rev() {
        let digit = number / 36_u128.saturating_pow(place) % 36;
        out.push(char::from(DIGITS[digit as usize]));
    }
}

/// Appends a UUID of version 4 with 122 bits of a number.
pub(crate) fn push_uuid(number: u128, out: &mut String) {
    let upper = number >> 74 & ((1 << 48) - 1);
    let (middle, lower) = (number >> 62 & 0xfff, number & ((1 << 62) - 1));
    let _ = write!(
        out,
        "{:08x}-{:04x}-4{middle:03x}-{:04x}-{:012x}",
        upper >> 16,
        upper & 0xffff,
        0x8000 | lower >> 48,
        lower & ((1 << 48) - 1)
    );
}

fn push_shape(shape: &str, draw: &mut Draw, out: &mut String) {
    for character in shape.chars() {
        match character {
            '#' => out.push(char::from(b'0' + draw.below(10) as u8)),
            '@' => out.push(char::from(*draw.pick(POSTCODE_LETTERS))),
            other => out.push(other),
        }
    }
}

fn push_number(number: u32, out: &mut String) {
    let _ = write!(out, "{number}");
}

fn push_all(parts: &[&str], out: &mut String) {
    parts.iter().for_each(|part| out.push_str(part));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    fn one(kind: Fake, row: u64) -> String {
        let mut draw = Streams::new(7, 0).of_row(row);
        let weights = vec![1; Tables::get().countries.len()];
        let person = Person::draw(&mut draw, &weights);
        let mut text = String::new();
        push_text(kind, &person, &mut draw, &mut text);
        text
    }

    #[test]
    fn every_kind_makes_what_its_types_need() {
        for kind in Fake::ALL {
            let is_text = kind
                .suits()
                .contains(&sluice_contract::field_type::TypeName::Text);
            for row in 0..200 {
                let text = one(*kind, row);
                assert_eq!(!text.is_empty(), is_text, "{}: {text}", kind.name());
                assert_eq!(text.trim(), text, "{}", kind.name());
            }
        }
    }

    #[test]
    fn a_record_is_about_one_person() {
        let mut draw = Streams::new(1, 0).of_row(0);
        let weights: Vec<u32> = Tables::get()
            .countries
            .iter()
            .map(|country| u32::from(country.code == "DE"))
            .collect();
        let person = Person::draw(&mut draw, &weights);
        let mut phone = String::new();
        push_text(Fake::Phone, &person, &mut draw, &mut phone);
        assert!(phone.starts_with("+49 "), "{phone}");
        let mut street = String::new();
        push_text(Fake::Street, &person, &mut draw, &mut street);
        assert!(
            street.ends_with(|last: char| last.is_ascii_digit()),
            "{street}"
        );
    }

    #[test]
    fn uuids_have_version_and_variant() {
        for number in [0, 1, u128::MAX, 1 << 119, 12_345_678_901_234_567_890] {
            let mut uuid = String::new();
            push_uuid(number, &mut uuid);
            assert_eq!(uuid.len(), 36, "{uuid}");
            assert_eq!(&uuid[14..15], "4");
            assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        }
    }

    #[test]
    fn different_numbers_have_different_uuids() {
        let uuid = |number| {
            let mut uuid = String::new();
            push_uuid(number, &mut uuid);
            uuid
        };
        let all: std::collections::BTreeSet<String> = (0..120).map(|bit| uuid(1 << bit)).collect();
        assert_eq!(all.len(), 120);
    }
}
