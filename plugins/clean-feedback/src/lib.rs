//! Cleans customer feedback: finds the columns whatever an export calls them, trims and normalises, parses ratings and
//! dates, masks card and phone numbers, and points out what looks wrong.
//!
//! | what | becomes of it |
//! | --- | --- |
//! | nothing but an id, or nothing at all | dropped |
//! | id or customer `test`, `TEST-17`, `test user` | dropped, unless `keep_tests = "true"` |
//! | no id, no date, or a date that nobody can read | rejected |
//! | an e-mail address, country or rating that nobody can read | null, with a warning |
//! | a channel or a number out of range | passed on for the manifest's checks |
//!
//! It deliberately does not check what the manifest's `fields` check after it.

mod channel;
mod comment;
mod country;
mod date;
mod email;
mod mask;
mod rating;
mod scan;
mod settings;
mod tidy;
mod verdict;

use sluice_sdk::{Column, Outcome, Row};

use crate::comment::Text;
use crate::email::Email;
use crate::rating::Rating;
use crate::settings::Settings;
use crate::tidy::{is_tidy, push_tidy, trim};

sluice_sdk::plugin! {
    name: "clean-feedback",
    config: Settings,
    clean: clean,
    fields: {
        ID = text("id").required().aliases(&["feedback id", "ticket id", "ticket", "record id", "reference", "ref"]),
        SUBMITTED_AT = timestamp("submitted_at").required().aliases(&[
            "submitted", "created at", "created", "submission date", "date", "timestamp", "time", "received",
        ]),
        CUSTOMER = text("customer").aliases(&["customer id", "client", "client id", "account", "user id", "user"]),
        EMAIL = text("email").aliases(&["email address", "mail", "contact"]),
        CHANNEL = text("channel").aliases(&["source", "via", "medium"]),
        COUNTRY = text("country").aliases(&["country code", "nation", "land", "pays"]),
        PRODUCT = text("product").aliases(&["product name", "item", "article", "sku"]),
        RATING = integer("rating").aliases(&["score", "stars", "csat"]),
        COMMENT = text("comment").aliases(&["comments", "feedback", "message", "review", "text", "body", "remarks"]),
    }
}

/// More than a day ahead of its arrival is no matter of time zones.
const DAY: i64 = 86_400_000_000;
/// 2000-01-01: nobody gave feedback through these channels before.
const ANCIENT: i64 = 946_684_800_000_000;

fn clean(row: &mut Row, settings: &Settings) -> Outcome {
    let id = trim(row.text(ID));
    let customer = trim(row.text(CUSTOMER));
    if row.text(SUBMITTED_AT).is_empty() && is_blank(row) {
        return Outcome::Drop;
    }
    if !settings.keep_tests && (is_test(id) || is_test(customer)) {
        return Outcome::Drop;
    }
    if id.is_empty() {
        return row.reject(ID, "missing_id", "the record has no id");
    }
    row.set_text(ID, id);
    if let Err(outcome) = clean_date(row, settings) {
        return outcome;
    }
    clean_customer(row, customer);
    clean_email(row);
    clean_channel(row, settings);
    clean_country(row);
    set_tidy(row, PRODUCT, trim(row.text(PRODUCT)));
    let rating = clean_rating(row);
    clean_comment(row, settings, rating);
    Outcome::Keep
}

/// Whether a record says nothing besides its id.
fn is_blank(row: &Row) -> bool {
    [
        SUBMITTED_AT,
        CUSTOMER,
        EMAIL,
        CHANNEL,
        COUNTRY,
        PRODUCT,
        RATING,
        COMMENT,
    ]
    .iter()
    .all(|column| row.text(*column).trim().is_empty())
}

/// Whether an id or a customer is somebody trying things out: `test`, alone or before something that is no letter.
fn is_test(value: &str) -> bool {
    match value.as_bytes() {
        [
            b't' | b'T',
            b'e' | b'E',
            b's' | b'S',
            b't' | b'T',
            rest @ ..,
        ] => !rest.first().is_some_and(|byte| byte.is_ascii_alphabetic()),
        _ => false,
    }
}

// Each field has a function of its own, which is not merged into one large one: the compiler of the sandbox keeps the
// values of a small function in registers.

#[inline(never)]
fn clean_date(row: &mut Row, settings: &Settings) -> Result<(), Outcome> {
    let text = row.text(SUBMITTED_AT);
    match date::parse(text, settings.order) {
        Some(microseconds) => {
            row.set_timestamp(SUBMITTED_AT, microseconds);
            if microseconds > row.received_at().saturating_add(DAY) {
                row.warn(
                    SUBMITTED_AT,
                    "future_date",
                    "the date is more than a day after the record arrived",
                );
            } else if microseconds < ANCIENT {
                row.warn(
                    SUBMITTED_AT,
                    "ancient_date",
                    "the date is before the year 2000",
                );
            }
            Ok(())
        }
        None if text.trim().is_empty() => {
            Err(row.reject(SUBMITTED_AT, "missing_date", "the record has no date"))
        }
        None => Err(row.reject(
            SUBMITTED_AT,
            "bad_date",
            "the date is in no form that this plugin knows",
        )),
    }
}

/// Customer numbers are compared as keys: in capitals, `c-17` and `C-17` are the same customer. Names stay as they are.
#[inline(never)]
fn clean_customer(row: &mut Row, customer: &str) {
    let seen = customer
        .bytes()
        .fold(0, |seen, byte| seen | KINDS[byte as usize]);
    if seen & ODD != 0 || customer.is_empty() {
        set_tidy(row, CUSTOMER, customer);
    } else if seen == DIGIT | SMALL {
        row.build_text(CUSTOMER, |text| text.push_uppercase(customer));
    } else {
        row.set_text(CUSTOMER, customer);
    }
}

const DIGIT: u8 = 1;
const SMALL: u8 = 2;
const ODD: u8 = 4;

/// What the bytes of a customer's number are. Capitals and signs are nothing special.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' => SMALL,
            0..=b' ' | 0x7f.. => ODD,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

#[inline(never)]
fn clean_email(row: &mut Row) {
    match email::clean(row.text(EMAIL)) {
        Email::Good {
            address,
            capitals,
            disposable,
        } => {
            if capitals {
                row.build_text(EMAIL, |text| text.push_lowercase(&address));
            } else {
                row.set_text(EMAIL, &address);
            }
            if disposable {
                row.warn(
                    EMAIL,
                    "disposable_email",
                    "the address is of a provider of throw-away mailboxes",
                );
            }
        }
        Email::Absent => row.set_null(EMAIL),
        Email::Bad => {
            row.set_null(EMAIL);
            row.warn(
                EMAIL,
                "bad_email",
                "the e-mail address is not one, and was left out",
            );
        }
    }
}

#[inline(never)]
fn clean_channel(row: &mut Row, settings: &Settings) {
    let channel = channel::clean(row.text(CHANNEL), &settings.channels);
    if channel.is_empty() {
        row.set_null(CHANNEL);
    } else {
        row.set_text(CHANNEL, &channel);
    }
}

#[inline(never)]
fn clean_country(row: &mut Row) {
    let text = row.text(COUNTRY);
    match country::code(text) {
        Some(code) => row.set_text(COUNTRY, code),
        None => {
            row.set_null(COUNTRY);
            if !text.trim().is_empty() {
                row.warn(
                    COUNTRY,
                    "unknown_country",
                    "the country is none that this plugin knows, and was left out",
                );
            }
        }
    }
}

#[inline(never)]
fn clean_rating(row: &mut Row) -> Option<i64> {
    match rating::parse(row.text(RATING)) {
        Rating::Stars(stars) => {
            row.set_integer(RATING, stars);
            Some(stars)
        }
        Rating::Absent => None,
        Rating::Unreadable => {
            row.warn(
                RATING,
                "bad_rating",
                "the rating is in no form that this plugin knows, and was left out",
            );
            None
        }
    }
}

#[inline(never)]
fn clean_comment(row: &mut Row, settings: &Settings, rating: Option<i64>) {
    let comment = comment::clean(row.text(COMMENT), settings.max_comment_characters);
    match &comment.text {
        Text::Clean("") => row.set_null(COMMENT),
        Text::Clean(text) => row.set_text(COMMENT, text),
        Text::Untidy(text) => {
            row.build_text(COMMENT, |out| push_tidy(text, |piece| out.push_str(piece)))
        }
        Text::Changed(text) => row.set_text(COMMENT, text),
    }
    if comment.cards > 0 {
        row.info(COMMENT, "masked_card", "a card number was masked");
    }
    if comment.phones > 0 {
        row.info(COMMENT, "masked_phone", "a phone number was masked");
    }
    if comment.cut {
        row.warn(
            COMMENT,
            "comment_cut",
            "the comment was too long, and was cut",
        );
    }
    if comment.shouting {
        row.info(COMMENT, "shouting", "the comment is in capitals");
    }
    if verdict::contradicts(row.text(COMMENT), rating) {
        row.warn(
            RATING,
            "rating_contradicts_comment",
            "the rating says one thing and the comment another",
        );
    }
}

/// Sets text without blanks at its ends, tidied; or null.
#[inline(never)]
fn set_tidy(row: &mut Row, column: Column, trimmed: &str) {
    if trimmed.is_empty() {
        row.set_null(column);
    } else if is_tidy(trimmed) {
        row.set_text(column, trimmed);
    } else {
        row.build_text(column, |text| {
            push_tidy(trimmed, |piece| text.push_str(piece))
        });
    }
}

#[cfg(test)]
mod tests;
