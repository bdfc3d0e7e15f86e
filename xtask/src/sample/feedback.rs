//! One believable piece of feedback, as it truly is: what every export then spells in its own way.
//!
//! All randomness comes from the generator that is handed in, so the same seed makes the same customers, who come back
//! with the same address and country.

use rand::Rng;

use super::words::{
    CHANNELS, COUNTRIES, Country, EMOJI, FIRST_NAMES, LAST_NAMES, MAIL_DOMAINS, PRODUCTS,
};

/// A piece of feedback.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Feedback {
    /// `fb-0000001`
    pub(crate) id: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) submitted_at: i64,
    /// `C-00421`
    pub(crate) customer: String,
    /// Written as the customer does, some with capitals.
    pub(crate) email: String,
    /// `web`, `app`, `email`, `store` or `phone`.
    pub(crate) channel: &'static str,
    /// ISO 3166-1 alpha-2.
    pub(crate) country: &'static str,
    /// The country's name in English.
    pub(crate) country_name: &'static str,
    pub(crate) product: &'static str,
    /// 1 to 5.
    pub(crate) rating: u8,
    pub(crate) comment: String,
}

/// How a comment is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommentStyle {
    /// How many of a hundred hold quotation marks and line breaks.
    pub(crate) quoted_percent: u32,
    /// How many of a hundred hold an emoji.
    pub(crate) emoji_percent: u32,
    /// How many of a hundred hold a run of blanks.
    pub(crate) blanks_percent: u32,
}

impl Feedback {
    /// Draws feedback number `number`, submitted at `submitted_at`.
    pub(crate) fn draw(
        rng: &mut impl Rng,
        number: u32,
        submitted_at: i64,
        style: CommentStyle,
    ) -> Self {
        let customer = rng.random_range(0..40_000_u32);
        let country = country_of(customer);
        let product = pick(rng, PRODUCTS);
        let rating = draw_rating(rng);
        Self {
            id: format!("fb-{number:07}"),
            submitted_at,
            customer: format!("C-{customer:05}"),
            email: email_of(customer),
            channel: by_share(
                rng.random_range(0..100),
                CHANNELS.iter().map(|(channel, share)| (*channel, *share)),
            ),
            country: country.code,
            country_name: country.name,
            product,
            rating,
            comment: draw_comment(rng, country, product, rating, style),
        }
    }
}

/// Most people are content, and those who write are often not.
fn draw_rating(rng: &mut impl Rng) -> u8 {
    by_share(
        rng.random_range(0..100),
        [(1, 14), (2, 9), (3, 15), (4, 26), (5, 36)].into_iter(),
    )
}

fn draw_comment(
    rng: &mut impl Rng,
    country: &Country,
    product: &str,
    rating: u8,
    style: CommentStyle,
) -> String {
    let mood = match rating {
        1 | 2 => 0,
        3 => 1,
        _ => 2,
    };
    let mut comment = pick(rng, country.language.openings[mood]).replace("{}", product);
    let details = country.language.details[mood];
    let (first, count) = (
        rng.random_range(0..details.len()),
        rng.random_range(0..=3.min(details.len())),
    );
    for detail in details.iter().cycle().skip(first).take(count) {
        comment.push(' ');
        comment.push_str(detail);
    }
    if rng.random_range(0..100) < style.blanks_percent {
        comment = comment.replacen(' ', "   ", 2);
    }
    if rng.random_range(0..100) < style.emoji_percent {
        comment.push(' ');
        comment.push_str(pick(rng, EMOJI[mood]));
    }
    if rng.random_range(0..100) < style.quoted_percent {
        let detail = pick(rng, details);
        let line_end = if rng.random_bool(0.3) { "\r\n" } else { "\n" };
        comment = format!(
            "{comment}{line_end}\"{detail}\", {}",
            pick(rng, FIRST_NAMES)
        );
    }
    comment
}

/// A customer stays in one country.
fn country_of(customer: u32) -> &'static Country {
    by_share(
        customer % 100,
        COUNTRIES.iter().map(|country| (country, country.share)),
    )
}

/// A customer keeps one address, in ASCII.
fn email_of(customer: u32) -> String {
    let first = FIRST_NAMES[customer as usize % FIRST_NAMES.len()];
    let last = LAST_NAMES[customer as usize / 7 % LAST_NAMES.len()];
    let domain = MAIL_DOMAINS[customer as usize / 3 % MAIL_DOMAINS.len()];
    let address = format!(
        "{}.{}{}@{domain}",
        unaccented(first),
        unaccented(last),
        customer % 97
    );
    // Three in ten write their name as on paper.
    if customer % 10 < 3 {
        address
    } else {
        address.to_lowercase()
    }
}

fn unaccented(name: &str) -> String {
    let plain = name.chars().map(|letter| match letter {
        'é' | 'è' | 'ë' => 'e',
        'á' => 'a',
        'í' | 'ı' => 'i',
        'ó' | 'ø' | 'ö' => 'o',
        'ü' => 'u',
        letter => letter,
    });
    plain.filter(char::is_ascii_alphabetic).collect()
}

/// The entry on which `ticket` (0 to 99) falls, where every entry holds `share` tickets of a hundred.
fn by_share<T>(ticket: u32, mut entries: impl Iterator<Item = (T, u32)>) -> T {
    let mut passed = 0;
    entries
        .find_map(|(entry, share)| {
            passed += share;
            (ticket < passed).then_some(entry)
        })
        .expect("shares add up to a hundred")
}

pub(super) fn pick<T: Copy>(rng: &mut impl Rng, of: &[T]) -> T {
    of[rng.random_range(0..of.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        assert_eq!(
            COUNTRIES.iter().map(|country| country.share).sum::<u32>(),
            100
        );
        assert_eq!(CHANNELS.iter().map(|(_, share)| share).sum::<u32>(), 100);
    }

    #[test]
    fn a_customer_keeps_country_and_address() {
        assert_eq!(country_of(4_217).code, country_of(4_217).code);
        assert_eq!(email_of(0), "Ana.Andersen0@example.com");
    }
}
