//! What the values of one record have in common: somebody in a city.

use crate::rng::Draw;
use crate::tables::{City, Country, Tables, push_plain};

/// Somebody, who is drawn before the record's first value.
#[derive(Clone, Copy)]
pub(crate) struct Person<'a> {
    /// The lots of each country.
    weights: &'a [u32],
    pub(crate) country: &'static Country,
    pub(crate) city: &'static City,
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    /// Behind the name in addresses, where it is not 0.
    pub(crate) number: u32,
    pub(crate) street: &'static str,
    pub(crate) house: u32,
    /// What they bought and write about.
    pub(crate) product: &'static str,
}

impl<'a> Person<'a> {
    /// Draws somebody. `weights` has the lots of each country.
    pub(crate) fn draw(draw: &mut Draw, weights: &'a [u32]) -> Self {
        let tables = Tables::get();
        let country = &tables.countries[draw.weighted(weights.iter().copied())];
        let city = draw.pick(&country.cities);
        Self::living(draw, weights, country, city)
    }

    /// Somebody else: of the same city at first, and of anywhere where nobody there will do.
    pub(crate) fn other(&self, draw: &mut Draw, nearby: bool) -> Self {
        match nearby {
            true => Self::living(draw, self.weights, self.country, self.city),
            false => Self::draw(draw, self.weights),
        }
    }

    fn living(
        draw: &mut Draw,
        weights: &'a [u32],
        country: &'static Country,
        city: &'static City,
    ) -> Self {
        let tables = Tables::get();
        let people = tables.people_of(country);
        Self {
            weights,
            country,
            city,
            first: draw.text(&people.first),
            last: draw.text(&people.last),
            number: draw.below(200).saturating_sub(100) as u32,
            street: draw.text(&country.streets),
            house: 1 + draw.below(180) as u32,
            product: draw.text(&tables.words.products),
        }
    }

    /// `ana.silva27`
    pub(crate) fn push_login(&self, out: &mut String) {
        push_plain(self.first, out);
        out.push('.');
        push_plain(self.last, out);
        if self.number > 0 {
            out.push_str(&self.number.to_string());
        }
    }
}
