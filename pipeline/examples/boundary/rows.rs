//! Rows to measure with, the same every time.

/// Rows of a batch: about a megabyte of text, as the record path makes them.
pub(super) const ROWS: usize = 6000;

/// Records of eight fields of about twelve bytes.
pub(super) fn eight_fields() -> Vec<Vec<String>> {
    (0..ROWS)
        .map(|row| {
            (0..8)
                .map(|field| format!("value {} of {}", field, row * 7919 % 10_000))
                .collect()
        })
        .collect()
}

/// The columns of a contact.
pub(super) const CONTACT: [&str; 6] = ["id", "email", "score", "name", "city", "note"];

/// Contacts: one in ten has two addresses, one in a hundred an address to be left out, and one in fifty is bad, be it the
/// id, the address or the score.
pub(super) fn contacts() -> Vec<Vec<String>> {
    (0..ROWS)
        .map(|row| {
            let name = ["Ada.Lovelace", "hannah.weber", "Émile.Zola", "li"][row % 4];
            let domain = ["Example.com", "mail.example", "post.example.org"][row % 3];
            let mut email = format!("{name}{}@{domain}", row % 97);
            let mut id = format!("C-{row:06}");
            let mut score = (row * 7919 % 1000).to_string();
            match row % 100 {
                3 if row % 200 == 3 => id = " ".into(),
                3 => email = email.replace('@', " at "),
                57 if row % 200 == 57 => score = "n/a".into(),
                57 => email = email.replace('@', "@@"),
                71 => email = format!("{name}@spam.example"),
                at if at % 10 == 5 => email = format!("{email}; office@{domain}"),
                at if at % 10 == 6 => email = format!(" {email}"),
                _ => {}
            }
            let note = [
                "called twice",
                "likes the new catalogue",
                "",
                "moved last year",
            ][row % 4];
            let city = ["Berlin", "Lyon", "Leeds"][row % 3];
            vec![
                id,
                email,
                score,
                format!("Person {row}"),
                city.into(),
                note.into(),
            ]
        })
        .collect()
}

/// The columns of feedback.
pub(super) const FEEDBACK: [&str; 9] = [
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

/// Feedback; where it is messy, in the proportions of the project's benchmark.
pub(super) fn feedback_rows(messy: bool) -> Vec<Vec<String>> {
    // The same numbers every time: a multiplicative generator of Lehmer's.
    let mut state = 20_261_122u64;
    let mut random = |below: usize| {
        state = state * 48_271 % 2_147_483_647;
        state as usize % below
    };
    let comments = [
        "The delivery was two days late but the support desk sorted it out quickly. Would order again.",
        "Works as described, would buy it again for my sister next year.",
        "Genau das, was ich gesucht habe: überaus freundlich, schnelle Lieferung. Gerne wieder!",
        "Setup took five minutes. Battery lasts the whole week, very happy with it so far.",
    ];
    (0..ROWS)
        .map(|row| {
            let (month, day, hour) = (row % 9 + 1, row % 28 + 1, row % 24);
            let (channel, country) = (
                ["web", "email", "app", "store"][row % 4],
                ["DE", "FR", "GB", "US"][row % 4],
            );
            let (rating, comment) = (row % 5 + 1, comments[random(4)]);
            let at = format!("2025-{month:02}-{day:02}T{hour:02}:15:00Z");
            let email = format!("hannah.weber{}@mail.example", row % 97);
            let mut is = |percent: usize| messy && random(100) < percent;
            vec![
                format!("fb-{row:07}"),
                if is(25) {
                    at.replace('T', " ").replace('Z', "")
                } else {
                    at
                },
                format!("C-{:05}", row * 7919 % 40_000),
                if is(30) {
                    email.replace("hannah.w", "Hannah.W")
                } else {
                    email
                },
                match is(20) {
                    true if row % 2 == 0 => channel.to_uppercase(),
                    true => format!(" {channel}"),
                    false => channel.into(),
                },
                match is(40) {
                    true if row % 4 == 0 => format!("{country} "),
                    true => country.to_lowercase(),
                    false => country.into(),
                },
                [
                    "Desk Lamp Nordlys",
                    "Travel Mug",
                    "Noise-Cancelling Headphones",
                ][row % 3]
                    .into(),
                match is(10) {
                    true if row % 2 == 0 => format!("{rating}/5"),
                    true => format!(" {rating} "),
                    false => rating.to_string(),
                },
                match is(35) {
                    true if row % 7 == 0 => format!("{comment} 👍"),
                    true if row % 7 < 3 => {
                        format!("{comment}\n\"Please send a replacement.\", Daniel")
                    }
                    true => comment.replacen(' ', "   ", 2),
                    false => comment.into(),
                },
            ]
        })
        .collect()
}
