//! What made-up values are made of: the files of the folder `tables`, which are part of the program.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// All of them.
pub(crate) struct Tables {
    pub(crate) countries: Vec<Country>,
    people: BTreeMap<String, People>,
    pub(crate) words: Words,
}

/// A country, and what belongs together in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Country {
    /// ISO 3166-1 alpha-2.
    pub(crate) code: String,
    pub(crate) name: String,
    /// How often it is drawn.
    pub(crate) weight: u32,
    /// Whose names people have.
    people: String,
    /// ISO 639-1.
    pub(crate) language: String,
    /// ISO 4217.
    pub(crate) currency: String,
    /// `{street} {number}`, or the other way round.
    pub(crate) street: String,
    pub(crate) streets: Vec<String>,
    pub(crate) cities: Vec<City>,
}

/// A city. In shapes, `#` is a digit and `@` a capital letter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct City {
    pub(crate) name: String,
    /// A shape.
    pub(crate) postcode: String,
    /// A shape.
    pub(crate) phone: String,
    /// Latitude and longitude in degrees.
    pub(crate) at: [f64; 2],
}

/// What people are called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct People {
    pub(crate) first: Vec<String>,
    pub(crate) last: Vec<String>,
}

/// What does not depend on where somebody lives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) domains: Vec<String>,
    pub(crate) words: Vec<String>,
    pub(crate) products: Vec<String>,
    pub(crate) jobs: Vec<String>,
    pub(crate) company_kinds: Vec<String>,
    /// Sentences in which `{}` is a product.
    pub(crate) openings: Vec<String>,
    pub(crate) details: Vec<String>,
}

impl Tables {
    pub(crate) fn get() -> &'static Tables {
        static TABLES: LazyLock<Tables> = LazyLock::new(Tables::parse);
        &TABLES
    }

    fn parse() -> Self {
        #[derive(Deserialize)]
        struct Countries {
            country: Vec<Country>,
        }
        let countries: Countries = toml::from_str(include_str!("../tables/countries.toml"))
            .expect("a test reads the countries");
        Self {
            countries: countries.country,
            people: toml::from_str(include_str!("../tables/people.toml"))
                .expect("a test reads the people"),
            words: toml::from_str(include_str!("../tables/words.toml"))
                .expect("a test reads the words"),
        }
    }

    /// The people of a country.
    pub(crate) fn people_of(&self, country: &Country) -> &People {
        &self.people[&country.people]
    }
}

/// A name as it stands in an address: small ASCII letters and digits.
pub(crate) fn push_plain(name: &str, out: &mut String) {
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => out.push(letter),
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ą' => out.push('a'),
            'ç' | 'ć' | 'č' => out.push('c'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' => out.push('e'),
            'í' | 'ì' | 'î' | 'ï' => out.push('i'),
            'ł' => out.push('l'),
            'ñ' | 'ń' => out.push('n'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ø' => out.push('o'),
            'ś' | 'š' => out.push('s'),
            'ú' | 'ù' | 'û' => out.push('u'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_lives_somewhere_and_has_a_name() {
        let tables = Tables::get();
        for country in &tables.countries {
            assert!(country.weight > 0, "{}", country.code);
            assert_eq!(country.code.len(), 2);
            assert!(country.street.contains("{street}") && country.street.contains("{number}"));
            assert!(!country.cities.is_empty() && !country.streets.is_empty());
            for name in &tables.people_of(country).last {
                let mut plain = String::new();
                push_plain(name, &mut plain);
                let letters = name.chars().filter(|letter| letter.is_alphabetic()).count();
                assert!(plain.len() >= letters, "{name} loses letters: {plain}");
            }
        }
    }

    /// So that every CSV can hold them, also one that quotes nothing.
    #[test]
    fn nothing_holds_what_separates_columns() {
        for text in [
            include_str!("../tables/countries.toml"),
            include_str!("../tables/people.toml"),
            include_str!("../tables/words.toml"),
        ] {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            let values = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
            for value in values {
                assert!(!value.contains([',', ';', '\t', '|', '"']), "{value}");
            }
        }
    }

    /// RFC 2606 and RFC 6761.
    #[test]
    fn domains_are_reserved() {
        for domain in &Tables::get().words.domains {
            let reserved = ["example.com", "example.org", "example.net"].contains(&domain.as_str())
                || domain.ends_with(".example")
                || domain.ends_with(".test");
            assert!(reserved, "{domain}");
        }
    }
}
