//! The kinds of made-up values: one row each, and nothing else in the product lists them.
//!
//! `fake` in a manifest names one, and `gen data` makes it; the host never hears of it. A row says what the kind is called,
//! which types of fields it suits, and which names of fields are taken for it where the manifest says nothing.

use crate::field_type::TypeName;

/// Makes the enum and its lists of the rows below, so that neither can lack a kind.
macro_rules! fakes {
    ($($kind:ident $name:literal [$($suits:ident),+] [$($guessed:literal),*] $about:literal;)+) => {
        /// What a made-up value is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fake {
            $(#[doc = $about] $kind,)+
        }

        impl Fake {
            /// All of them, in the order in which they are listed to people.
            pub const ALL: &'static [Fake] = &[$(Fake::$kind),+];

            /// All of them, by their names in a manifest.
            pub const NAMES: &'static [(&'static str, Fake)] = &[$(($name, Fake::$kind)),+];

            /// Its name in a manifest.
            pub fn name(self) -> &'static str {
                match self {
                    $(Fake::$kind => $name,)+
                }
            }

            /// The types of fields that it suits.
            pub fn suits(self) -> &'static [TypeName] {
                match self {
                    $(Fake::$kind => &[$(TypeName::$suits),+],)+
                }
            }

            /// What it is, as people are told.
            pub fn about(self) -> &'static str {
                match self {
                    $(Fake::$kind => $about,)+
                }
            }

            /// Names of fields that mean it, in lower case, with `_` between their words.
            pub fn guessed_from(self) -> &'static [&'static str] {
                match self {
                    $(Fake::$kind => &[$($guessed),*],)+
                }
            }
        }
    };
}

fakes! {
    Uuid "uuid" [Text] ["uuid", "guid"] "a random UUID (version 4)";
    FirstName "first_name" [Text] ["first_name", "firstname", "given_name", "forename"] "a given name, as the country has them";
    LastName "last_name" [Text] ["last_name", "lastname", "surname", "family_name"] "a family name, as the country has them";
    Name "name" [Text] ["name", "full_name", "fullname", "contact"] "given name and family name";
    Username "username" [Text] ["username", "user_name", "login", "nickname"] "made of the name: `ana.silva27`";
    Email "email" [Text] ["email", "e_mail", "mail", "email_address", "mail_address"] "made of the name, at a domain that is reserved for examples";
    Phone "phone" [Text] ["phone", "phone_number", "telephone", "tel", "mobile", "mobile_phone", "fax"] "of the city, from the numbers that its country keeps free for fiction, or one that nobody can have";
    Street "street" [Text] ["street", "address", "street_address", "address_line"] "street and number, as the country writes them";
    City "city" [Text] ["city", "town"] "a large city of the country";
    Postcode "postcode" [Text] ["postcode", "postal_code", "postalcode", "zip", "zip_code", "zipcode", "plz"] "of the city, in the shape that the country's have";
    Country "country" [Text] ["country", "country_code"] "ISO 3166-1 alpha-2, some more often than others: `DE`";
    CountryName "country_name" [Text] ["country_name"] "the country in English: `Germany`";
    Language "language" [Text] ["language", "lang", "language_code"] "ISO 639-1, of the country: `de`";
    Currency "currency" [Text] ["currency", "currency_code"] "ISO 4217, of the country: `EUR`";
    Latitude "latitude" [Float, Decimal] ["latitude", "lat"] "degrees, near the city";
    Longitude "longitude" [Float, Decimal] ["longitude", "lon", "lng", "long"] "degrees, near the city";
    Company "company" [Text] ["company", "company_name", "employer", "organisation", "organization", "supplier", "vendor"] "a company that does not exist";
    Job "job" [Text] ["job", "job_title", "profession", "occupation"] "what somebody works as";
    Product "product" [Text] ["product", "product_name", "article", "item"] "a thing from a shop";
    Url "url" [Text] ["url", "uri", "website", "homepage", "link"] "`https://`, at a domain that is reserved for examples";
    Ip "ip" [Text] ["ip", "ip_address", "ipaddress", "client_ip"] "an IPv4 address from the blocks for documentation";
    Comment "comment" [Text] ["comment", "comments", "feedback", "text", "message", "note", "notes", "remark", "review", "description", "body", "content", "summary"] "one to four sentences about a product";
    Word "word" [Text] ["word", "tag", "label"] "one word";
    Rating "rating" [Integer, Float, Decimal] ["rating", "stars", "score"] "1 to 5, the high ones more often";
    Age "age" [Integer] ["age"] "18 to 90";
    Quantity "quantity" [Integer, Float, Decimal] ["quantity", "qty", "count"] "1 to 20, the low ones more often";
    Price "price" [Integer, Float, Decimal] ["price", "amount", "cost", "total", "revenue"] "1 to 1,000, the low ones more often";
    BirthDate "birth_date" [Date, Timestamp] ["birth_date", "birthdate", "birthday", "date_of_birth", "dob", "born"] "of somebody who is 18 to 85 in the year 2025";
    Recent "recent" [Date, Timestamp] [] "within the year 2025";
}

impl Fake {
    /// The kind of this name.
    pub fn of(name: &str) -> Option<Fake> {
        let mut names = Fake::NAMES.iter();
        names
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| *kind)
    }

    /// What a field of this name and type probably is: the longest of the known names that it is or ends with, such as
    /// `email` of `billingEmail`.
    pub fn guess(field: &str, field_type: TypeName) -> Option<Fake> {
        let name = words(field);
        let is_meant = |known: &str| {
            let before = name.strip_suffix(known);
            before.is_some_and(|before| before.is_empty() || before.ends_with('_'))
        };
        let known = Fake::ALL.iter().flat_map(|kind| {
            let names = kind.guessed_from().iter();
            names.map(move |known| (*known, *kind))
        });
        let (_, kind) = known
            .filter(|(known, _)| is_meant(known))
            .max_by_key(|(known, _)| known.len())?;
        kind.suits().contains(&field_type).then_some(kind)
    }

    /// The kinds that suit a type.
    pub fn of_type(field_type: TypeName) -> Vec<Fake> {
        let kinds = Fake::ALL.iter().copied();
        kinds
            .filter(|kind| kind.suits().contains(&field_type))
            .collect()
    }
}

/// A name in lower case, with `_` between its words: `Billing E-Mail` and `billingEMail` are `billing_e_mail`.
fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut after_small = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            words.push('_');
            after_small = false;
            continue;
        }
        if letter.is_uppercase() && after_small {
            words.push('_');
        }
        after_small = !letter.is_uppercase();
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &str, field_type: TypeName, expected: Option<Fake>) {
        assert_eq!(Fake::guess(field, field_type), expected, "{field}");
    }

    #[test]
    fn names_are_guessed_by_their_end() {
        check("email", TypeName::Text, Some(Fake::Email));
        check("Billing E-Mail", TypeName::Text, Some(Fake::Email));
        check("customerEmail", TypeName::Text, Some(Fake::Email));
        check("company name", TypeName::Text, Some(Fake::Company));
        check("customer_name", TypeName::Text, Some(Fake::Name));
        check("ZIP", TypeName::Text, Some(Fake::Postcode));
        check("username", TypeName::Text, Some(Fake::Username));
        check("rating", TypeName::Integer, Some(Fake::Rating));
        check("rating", TypeName::Text, None);
        check("country_rank", TypeName::Integer, None);
        check("capacity", TypeName::Text, None);
        check("id", TypeName::Text, None);
    }

    #[test]
    fn no_name_means_two_kinds() {
        let mut names: Vec<&str> = Fake::ALL
            .iter()
            .flat_map(|kind| kind.guessed_from().iter().copied())
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
