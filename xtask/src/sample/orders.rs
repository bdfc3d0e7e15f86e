//! Orders as shops and a marketplace export them: an order with its items in one record, in the currency of its buyer, and
//! what is corrected later. The content is a function of the seed alone.

use anyhow::Result;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{
    encode::write_json_lines,
    feedback::{Feedback, pick},
    files::{DAY, FIRST_SECOND, STYLE, SampleFile},
    spelling::{self, DateForm},
    words::PRODUCTS,
};

/// An order, as it truly is.
#[derive(Debug, Clone)]
struct Order {
    /// `SO-100042`
    id: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    ordered_at: i64,
    updated_at: i64,
    status: &'static str,
    email: String,
    country: &'static str,
    items: Vec<Item>,
}

#[derive(Debug, Clone)]
struct Item {
    sku: String,
    product: &'static str,
    quantity: u32,
    /// In hundredths of the buyer's currency.
    price: u64,
}

/// All files, made from `seed`.
pub(super) fn files(seed: u64) -> Result<Vec<SampleFile>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let webshop = draw_all(&mut rng, "SO", 260);
    let marketplace = draw_all(&mut rng, "MP", 140);
    Ok(vec![
        SampleFile {
            name: "corrections.ndjson",
            content: corrections(&mut rng, &webshop)?,
        },
        SampleFile {
            name: "marketplace.json",
            content: marketplace_export(&mut rng, &marketplace)?,
        },
        SampleFile {
            name: "webshop.ndjson.gz",
            content: webshop_export(&mut rng, &webshop)?,
        },
    ])
}

/// Draws orders in the order of time, over the last days of one month and the first of the next.
fn draw_all(rng: &mut impl Rng, prefix: &str, count: u32) -> Vec<Order> {
    let step = 14 * DAY / i64::from(count);
    let first = FIRST_SECOND + 23 * DAY;
    (0..count)
        .map(|number| {
            let at = first + i64::from(number) * step + rng.random_range(0..step);
            let buyer = Feedback::draw(rng, number, at, STYLE);
            let items = rng.random_range(1..=4);
            Order {
                id: format!("{prefix}-{}", 100_000 + number),
                ordered_at: at,
                updated_at: at + rng.random_range(60..DAY),
                status: pick(rng, &["paid", "shipped", "shipped", "shipped"]),
                email: buyer.email,
                country: buyer.country,
                items: (0..items).map(|_| Item::draw(rng, buyer.country)).collect(),
            }
        })
        .collect()
}

impl Item {
    fn draw(rng: &mut impl Rng, country: &str) -> Item {
        let number = rng.random_range(0..PRODUCTS.len());
        // A product costs the same in every order, in euros.
        let euros = 990 + (number as u64 * 7 % 20) * 1_370;
        let (_, percent) = currency(country);
        let price = euros * percent / 100;
        Item {
            sku: format!("sku-{:04}", 1_000 + number),
            product: PRODUCTS[number],
            quantity: pick(rng, &[1, 1, 1, 2, 3]),
            price,
        }
    }
}

/// The currency that a buyer pays in, and how many of it are a hundred euros.
fn currency(country: &str) -> (&'static str, u64) {
    match country {
        "US" => ("USD", 109),
        "GB" => ("GBP", 85),
        "PL" => ("PLN", 427),
        "JP" => ("JPY", 16_400),
        "BR" => ("BRL", 588),
        "IN" => ("INR", 9_260),
        _ => ("EUR", 100),
    }
}

/// The shop of the house: numbers as numbers, members within members; an order of a tester, and carts without items.
fn webshop_export(rng: &mut impl Rng, orders: &[Order]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for (number, order) in orders.iter().enumerate() {
        let mut line = webshop_order(order)?;
        match number {
            17 => line["status"] = json!("TEST"),
            61 | 190 => line["items"] = json!([]),
            _ if rng.random_bool(0.03) => line["shipping"] = Value::Null,
            _ => {}
        }
        lines.push(line);
    }
    Ok(write_json_lines(&lines)?)
}

fn webshop_order(order: &Order) -> Result<Value> {
    let items = order.items.iter().enumerate();
    let items: Vec<Value> = items
        .map(|(index, item)| {
            json!({
                "line": index + 1,
                "sku": item.sku,
                "name": item.product,
                "quantity": item.quantity,
                "price": item.price as f64 / 100.0,
            })
        })
        .collect();
    Ok(json!({
        "order_id": order.id,
        "ordered_at": spelling::date(DateForm::Rfc3339, order.ordered_at)?,
        "updated_at": spelling::date(DateForm::Rfc3339, order.updated_at)?,
        "status": order.status,
        "customer": { "email": order.email },
        "shipping": { "country": order.country, "express": order.items.len() > 3 },
        "currency": currency(order.country).0,
        "items": items,
    }))
}

/// The marketplace: one array, other names, amounts as text with the currency's sign, times in seconds; and an order in a
/// currency that nobody knows.
fn marketplace_export(rng: &mut impl Rng, orders: &[Order]) -> Result<Vec<u8>> {
    let mut content = b"[\n".to_vec();
    for (number, order) in orders.iter().enumerate() {
        let (currency, _) = currency(order.country);
        let lines = order.items.iter().enumerate();
        let lines: Vec<Value> = lines
            .map(|(index, item)| {
                let mut line = json!({
                    "line": (index + 1).to_string(),
                    "sku": item.sku.to_uppercase(),
                    "name": item.product.replacen(' ', "  ", 1),
                    "price": format!("{currency} {}", with_groups(item.price)),
                });
                // One is not worth a word.
                if item.quantity > 1 {
                    line["quantity"] = json!(item.quantity.to_string());
                }
                line
            })
            .collect();
        let order = json!({
            "orderNumber": order.id.to_lowercase(),
            "placedAt": order.ordered_at,
            "changedAt": order.updated_at,
            "status": spelling::capitals(rng, order.status),
            "contact": order.email.to_uppercase(),
            "shipTo": order.country.to_lowercase(),
            "currency": if number == 77 { "XAU" } else { currency },
            "lines": lines,
        });
        content.extend_from_slice(if number == 0 { b"  " } else { b",\n  " });
        content.extend(serde_json::to_vec(&order)?);
    }
    content.extend_from_slice(b"\n]\n");
    Ok(content)
}

/// `1,234.50`
fn with_groups(hundredths: u64) -> String {
    let (whole, cents) = (hundredths / 100, hundredths % 100);
    match whole / 1_000 {
        0 => format!("{whole}.{cents:02}"),
        thousands => format!("{thousands},{:03}.{cents:02}", whole % 1_000),
    }
}

/// What the shop corrects some days later: items that come back, orders that are cancelled, prices that were wrong. One
/// correction was overtaken: the order has changed since.
fn corrections(rng: &mut impl Rng, orders: &[Order]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for (number, order) in orders.iter().enumerate().skip(3).step_by(11) {
        let mut order = order.clone();
        order.updated_at += rng.random_range(2 * DAY..5 * DAY);
        match number % 3 {
            0 => {
                order.status = "cancelled";
                order.items.iter_mut().for_each(|item| item.quantity = 0);
            }
            1 => {
                order.status = "returned";
                order.items[0].quantity = 0;
            }
            _ => order.items[0].price -= 500,
        }
        if number == 58 {
            order.updated_at = order.ordered_at;
        }
        lines.push(webshop_order(&order)?);
    }
    Ok(write_json_lines(&lines)?)
}
