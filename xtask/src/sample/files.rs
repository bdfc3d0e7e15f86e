//! Which files the sample consists of, and what is wrong with each of them.
//!
//! Every file stands for one system that a company has: its web forms, its app, its tills. It has the columns, the
//! spellings and the faults of that system. The content is a function of the seed alone.

use anyhow::Result;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{
    encode::write_csv_record,
    feedback::{CommentStyle, Feedback, pick},
    spelling::{self, DateForm, RatingForm},
};

/// A file before it is compressed.
pub(crate) struct SampleFile {
    /// Its name, whose ending says how it is to be compressed.
    pub(crate) name: &'static str,
    /// Its content.
    pub(crate) content: Vec<u8>,
}

/// 2026-09-01T00:00:00Z, in seconds.
pub(super) const FIRST_SECOND: i64 = 1_788_220_800;
pub(super) const DAY: i64 = 86_400;
pub(super) const STYLE: CommentStyle = CommentStyle {
    quoted_percent: 10,
    emoji_percent: 8,
    blanks_percent: 15,
};
const COLUMNS: [&str; 9] = [
    "id",
    "submitted_at",
    "customer",
    "email",
    "channel",
    "country",
    "product",
    "rating",
    "comment",
];

/// Numbers that payment providers publish for tests.
const CARDS: &[&str] = &[
    "4111 1111 1111 1111",
    "5555-5555-5555-4444",
    "378282246310005",
    "4012888888881881",
];
/// Numbers that regulators keep free for fiction.
const PHONES: &[&str] = &[
    "+1 202-555-0143",
    "+44 20 7946 0958",
    "+49 30 23125 014",
    "(202) 555-0178",
    "+33 1 99 00 12 34",
];

/// All files, made from `seed`.
pub(crate) fn files(seed: u64) -> Result<Vec<SampleFile>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let web = draw_all(&mut rng, 0, 6_000, 0, 14);
    Ok(vec![
        SampleFile {
            name: "app-reviews.json",
            content: app_reviews(&mut rng)?,
        },
        SampleFile {
            name: "branch-offices-utf16.csv",
            content: branch_offices(&mut rng)?,
        },
        SampleFile {
            name: "contact-centre.ndjson",
            content: contact_centre(&mut rng)?,
        },
        SampleFile {
            name: "crm-migration.csv.zst",
            content: crm_migration(&mut rng)?,
        },
        SampleFile {
            name: "damaged.csv",
            content: damaged(&mut rng)?,
        },
        SampleFile {
            name: "late-corrections.csv",
            content: late_corrections(&mut rng, &web)?,
        },
        SampleFile {
            name: "store-tills.csv.gz",
            content: store_tills(&mut rng)?,
        },
        SampleFile {
            name: "web-forms.csv",
            content: web_forms(&mut rng, &web)?,
        },
    ])
}

/// Draws `count` pieces of feedback, numbered from `first`, in the order of time, over `days` days.
fn draw_all(
    rng: &mut impl Rng,
    first: u32,
    count: u32,
    first_day: i64,
    days: i64,
) -> Vec<Feedback> {
    let step = days * DAY / i64::from(count);
    (0..count)
        .map(|index| {
            let at = FIRST_SECOND
                + first_day * DAY
                + i64::from(index) * step
                + rng.random_range(0..step);
            Feedback::draw(rng, first + index, at, STYLE)
        })
        .collect()
}

/// The web shop: a spreadsheet's CSV with a byte order mark and Windows line ends. A form that is sent twice is in it
/// twice, and some left the e-mail or the rating empty.
fn web_forms(rng: &mut impl Rng, feedback: &[Feedback]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    write_csv_record(&mut lines, COLUMNS);
    for one in feedback {
        let date_form = pick(
            rng,
            &[DateForm::Rfc3339, DateForm::Rfc3339, DateForm::Blank],
        );
        let rating_form = pick(
            rng,
            &[
                RatingForm::Digit,
                RatingForm::Digit,
                RatingForm::OutOfFive,
                RatingForm::Missing,
            ],
        );
        let email = if rng.random_bool(0.12) {
            String::new()
        } else {
            one.email.clone()
        };
        let channel = spelling::capitals(rng, one.channel);
        let country = spelling::capitals(rng, one.country);
        let values = [
            one.id.clone(),
            spelling::date(date_form, one.submitted_at)?,
            one.customer.clone(),
            spelling::stray_blanks(rng, email),
            spelling::stray_blanks(rng, channel),
            spelling::stray_blanks(rng, country),
            spelling::stray_blanks(rng, one.product.to_owned()),
            spelling::rating(rating_form, one.rating),
            spelling::stray_blanks(rng, one.comment.clone()),
        ];
        for _ in 0..if rng.random_bool(0.015) { 2 } else { 1 } {
            write_csv_record(&mut lines, values.iter().map(String::as_str));
        }
    }
    let mut content = b"\xef\xbb\xbf".to_vec();
    content.extend(with_windows_line_ends(&lines));
    Ok(content)
}

/// Ends lines with CR LF. Line breaks inside of quotes stay as they are.
fn with_windows_line_ends(lines: &[u8]) -> Vec<u8> {
    let mut quoted = false;
    let mut content = Vec::with_capacity(lines.len() + lines.len() / 64);
    for byte in lines {
        quoted ^= *byte == b'"';
        if *byte == b'\n' && !quoted {
            content.push(b'\r');
        }
        content.push(*byte);
    }
    content
}

/// The app: a JSON array with numbers, nulls and nested members that nobody asked for.
fn app_reviews(rng: &mut impl Rng) -> Result<Vec<u8>> {
    let style = CommentStyle {
        emoji_percent: 35,
        ..STYLE
    };
    let mut content = b"[\n".to_vec();
    for index in 0..3_000_u32 {
        let at = FIRST_SECOND + i64::from(index) * 280 + rng.random_range(0..280);
        let one = Feedback::draw(rng, 1_000_000 + index, at, style);
        let rating = match rng.random_range(0..10) {
            0 => json!(spelling::rating(RatingForm::Stars, one.rating)),
            1 => json!(spelling::rating(RatingForm::OutOfFive, one.rating)),
            2 => Value::Null,
            _ => json!(one.rating),
        };
        let email = if rng.random_bool(0.3) {
            Value::Null
        } else {
            json!(one.email)
        };
        let submitted_at = if rng.random_bool(0.4) {
            json!(one.submitted_at)
        } else {
            json!(spelling::date(DateForm::Rfc3339, one.submitted_at)?)
        };
        let version = format!("{}.{}", rng.random_range(16..=19), rng.random_range(0..5));
        let mut review = json!({
            "id": one.id,
            "submitted_at": submitted_at,
            "customer": one.customer,
            "email": email,
            "channel": "App",
            "country": one.country,
            "product": one.product,
            "rating": rating,
            "comment": one.comment,
            "device": { "os": pick(rng, &["iOS", "Android"]), "version": version },
            "tags": pick(rng, &[&[][..], &["delivery"], &["price", "quality"]]),
        });
        if rng.random_bool(0.05) {
            review
                .as_object_mut()
                .expect("a review is an object")
                .remove("country");
        }
        content.extend_from_slice(if index == 0 { b"  " } else { b",\n  " });
        content.extend(serde_json::to_vec(&review)?);
    }
    content.extend_from_slice(b"\n]\n");
    Ok(content)
}

/// The contact centre: one object a line, local time, and what callers should not have said: card and phone numbers.
fn contact_centre(rng: &mut impl Rng) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    for index in 0..3_000_u32 {
        let at = FIRST_SECOND + 4 * DAY + i64::from(index) * 280 + rng.random_range(0..280);
        let mut one = Feedback::draw(rng, 2_000_000 + index, at, STYLE);
        match rng.random_range(0..20) {
            0 => one
                .comment
                .push_str(&format!(" Card {} was charged.", pick(rng, CARDS))),
            1 | 2 => one
                .comment
                .push_str(&format!(" Call me back on {}.", pick(rng, PHONES))),
            _ => {}
        }
        let form = pick(
            rng,
            &[RatingForm::Word, RatingForm::Digit, RatingForm::Missing],
        );
        let channel = pick(rng, &["Phone", "PHONE", "phone ", "email", "Email"]);
        let call = json!({
            "id": one.id,
            "submitted_at": spelling::date(DateForm::Offset, one.submitted_at)?,
            "customer": one.customer,
            "email": one.email,
            "channel": channel,
            "country": spelling::capitals(rng, one.country),
            "product": one.product,
            "rating": spelling::rating(form, one.rating),
            "comment": one.comment,
            "agent": { "desk": rng.random_range(1..40), "minutes": rng.random_range(1..25) },
        });
        content.extend(serde_json::to_vec(&call)?);
        content.push(b'\n');
    }
    Ok(content)
}

/// The tills: no country, for a till does not ask; continental dates; ratings as words and stars.
fn store_tills(rng: &mut impl Rng) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    let columns = COLUMNS
        .iter()
        .copied()
        .filter(|column| *column != "country");
    write_csv_record(&mut content, columns);
    for one in draw_all(rng, 3_000_000, 6_000, 2, 14) {
        let forms = [
            RatingForm::Word,
            RatingForm::Stars,
            RatingForm::Digit,
            RatingForm::Decimal,
        ];
        let rating_form = pick(rng, &forms);
        let channel = pick(rng, &["store", "Store", "STORE", " store"]);
        let rating = spelling::rating(rating_form, one.rating);
        let rating = spelling::capitals(rng, &rating);
        let values = [
            one.id,
            spelling::date(DateForm::Dots, one.submitted_at)?,
            one.customer,
            if rng.random_bool(0.5) {
                String::new()
            } else {
                one.email
            },
            channel.to_owned(),
            spelling::stray_blanks(rng, one.product.to_owned()),
            rating,
            one.comment,
        ];
        write_csv_record(&mut content, values.iter().map(String::as_str));
    }
    Ok(content)
}

/// The customer database that was given up: headers of its own, countries by name, American dates.
fn crm_migration(rng: &mut impl Rng) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    let columns = [
        "ID",
        "Created At",
        "Customer",
        "E-mail",
        "Channel",
        "Country",
        "Product",
        "Score",
        "Comment",
    ];
    write_csv_record(&mut content, columns);
    for one in draw_all(rng, 4_000_000, 5_000, 5, 10) {
        let date_form = pick(
            rng,
            &[DateForm::English, DateForm::Slashes, DateForm::UnixSeconds],
        );
        let rating_form = pick(rng, &[RatingForm::Digit, RatingForm::Decimal]);
        let country = if rng.random_bool(0.3) {
            one.country_name
        } else {
            one.country
        };
        let channel = spelling::capitals(rng, one.channel);
        let values = [
            one.id,
            spelling::date(date_form, one.submitted_at)?,
            one.customer,
            one.email.to_uppercase(),
            channel,
            country.to_owned(),
            one.product.to_owned(),
            spelling::rating(rating_form, one.rating),
            one.comment,
        ];
        write_csv_record(&mut content, values.iter().map(String::as_str));
    }
    Ok(content)
}

/// Corrections of what the web forms said, with the same `id` and a later time; and a few that were overtaken.
fn late_corrections(rng: &mut impl Rng, web: &[Feedback]) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    write_csv_record(&mut content, COLUMNS);
    for one in web.iter().step_by(19) {
        let shift = if rng.random_bool(0.9) {
            rng.random_range(DAY..3 * DAY)
        } else {
            -DAY
        };
        let rating = (one.rating + 1).min(5);
        let comment = format!("Update: {}", one.comment);
        let values = [
            one.id.as_str(),
            &spelling::date(DateForm::Rfc3339, one.submitted_at + shift)?,
            &one.customer,
            &one.email,
            one.channel,
            one.country,
            one.product,
            &spelling::rating(RatingForm::Digit, rating),
            &comment,
        ];
        write_csv_record(&mut content, values);
    }
    Ok(content)
}

/// The branch offices: UTF-16 with a byte order mark, as an old spreadsheet exports it.
fn branch_offices(rng: &mut impl Rng) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    write_csv_record(&mut lines, COLUMNS);
    for one in draw_all(rng, 5_000_000, 400, 8, 4) {
        let values = [
            one.id.as_str(),
            &spelling::date(DateForm::Dots, one.submitted_at)?,
            &one.customer,
            &one.email,
            "store",
            one.country,
            one.product,
            &spelling::rating(RatingForm::Digit, one.rating),
            &one.comment,
        ];
        write_csv_record(&mut lines, values);
    }
    let text = String::from_utf8(lines)?;
    Ok(std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect())
}

/// What a crash and a careless hand left behind: one fault of every kind among good rows, and a quote that nobody
/// closed near the end.
fn damaged(rng: &mut impl Rng) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    write_csv_record(&mut content, COLUMNS);
    for (index, one) in draw_all(rng, 6_000_000, 60, 9, 2).into_iter().enumerate() {
        let submitted_at = spelling::date(DateForm::Rfc3339, one.submitted_at)?;
        let rating = one.rating.to_string();
        let good = [
            one.id.as_str(),
            &submitted_at,
            &one.customer,
            &one.email,
            one.channel,
            one.country,
            one.product,
            &rating,
            &one.comment,
        ];
        let with = |column: usize, value: &'static str| {
            let mut values = good;
            values[column] = value;
            values
        };
        match index {
            5 => write_csv_record(&mut content, good.into_iter().take(6)),
            10 => write_csv_record(&mut content, good.into_iter().chain(["left", "over"])),
            15 => write_csv_record(&mut content, with(0, "")),
            20 => write_csv_record(&mut content, with(1, "2026-02-30T10:00:00Z")),
            25 => write_csv_record(&mut content, with(7, "11")),
            30 => write_csv_record(&mut content, with(4, "carrier pigeon")),
            35 => write_csv_record(&mut content, with(3, "not an address")),
            40 => {
                write_csv_record(&mut content, good.into_iter().take(8));
                content.pop();
                content.extend_from_slice(b",caf\xe9 latte cup leaks\n");
            }
            45 => content.extend_from_slice(b"\n"),
            56 => {
                write_csv_record(&mut content, good.into_iter().take(8));
                content.pop();
                content.extend_from_slice(b",\"And then it simply\n");
            }
            _ => write_csv_record(&mut content, good),
        }
    }
    Ok(content)
}
