//! What the way into a plugin and back costs, as one JSON object a line on standard output:
//!
//! - `{"measure": "boundary", "api", "work", "wasm_ns_per_row", "native_ns_per_row"}` for records of eight fields
//! - `{"measure": "clean-feedback", "messy", "wasm_ns_per_row", "native_ns_per_row"}` for feedback of about 175 bytes
//! - `{"measure": "lifecycle", …}` for compiling, loading, starting, and recovering from a trap, in microseconds
//!
//! Every figure is the best of several rounds in which the contestants take turns. An argument picks one of the measures,
//! and a second one says how many rounds there are.

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use sluice_manifest::stack::Plugin;
use sluice_pipeline::columns::{Column, ColumnField, Values};
use sluice_pipeline::plugin::{Origin, PluginEngine, PluginVersion};
use sluice_plugin_boundary::Boundary;
use sluice_sdk::contract;
use sluice_sdk::{ColumnPlugin, Config, Rows};

/// Rows of a batch: about a megabyte of text, as the record path makes them.
const ROWS: usize = 6000;
fn main() {
    let mut arguments = std::env::args().skip(1);
    let only = arguments.next();
    let rounds = arguments.next().map_or(25, |rounds| {
        rounds.parse().expect("the second argument is a number")
    });
    let wanted = |measure: &str| only.as_deref().is_none_or(|only| only == measure);
    let engine = PluginEngine::new().expect("the sandbox starts");
    if wanted("boundary") {
        boundary(&engine, rounds);
    }
    if wanted("clean-feedback") {
        clean_feedback(&engine, rounds);
    }
    if wanted("lifecycle") {
        lifecycle(&engine, rounds);
    }
}

fn boundary(engine: &PluginEngine, rounds: usize) {
    let boundary = support::component("sluice-plugin-boundary", "sluice_plugin_boundary");
    for api in ["columns", "rows"] {
        for work in ["keep", "one", "all"] {
            let config = [("api", api), ("work", work)];
            let version = engine
                .load(&boundary, &generous(&config))
                .expect("the plugin loads");
            let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let (wasm, native) =
                race::<Boundary>(rounds, &version, &config, &names, &eight_fields());
            println!(
                r#"{{"measure": "boundary", "api": "{api}", "work": "{work}", "wasm_ns_per_row": {wasm:.1}, "native_ns_per_row": {native:.1}}}"#
            );
        }
    }
}

fn clean_feedback(engine: &PluginEngine, rounds: usize) {
    let feedback = support::component("clean-feedback", "clean_feedback");
    let version = engine
        .load(&feedback, &generous(&[]))
        .expect("the plugin loads");
    for messy in [false, true] {
        let names = [
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
        let (wasm, native) = race::<Rows<clean_feedback::Plugin>>(
            rounds,
            &version,
            &[],
            &names,
            &feedback_rows(messy),
        );
        println!(
            r#"{{"measure": "clean-feedback", "messy": {messy}, "wasm_ns_per_row": {wasm:.1}, "native_ns_per_row": {native:.1}}}"#
        );
    }
}

/// The best time of a row through WebAssembly and through the same code outside it.
fn race<P: ColumnPlugin>(
    rounds: usize,
    version: &PluginVersion,
    config: &[(&str, &str)],
    names: &[&str],
    rows: &[Vec<String>],
) -> (f64, f64) {
    let columns: Vec<Column> = (0..names.len())
        .map(|column| text_column(rows, column))
        .collect();
    let schema: Vec<ColumnField> = names.iter().map(|name| column_field(name)).collect();
    let mut transformer = version
        .configure(&schema)
        .expect("the plugin takes the columns");
    let contract_schema = schema.iter().map(|field| contract::Field {
        name: field.name.clone(),
        logical: field.logical.clone(),
        nullable: true,
    });
    let config = config
        .iter()
        .map(|(key, value)| ((*key).to_string(), (*value).to_string()))
        .collect();
    let Ok((mut plugin, _)) = P::configure(contract_schema.collect(), Config::new(config)) else {
        panic!("the plugin takes the columns")
    };
    let origin = origin();
    let contract_origin = contract::Origin {
        pipeline: origin.pipeline.clone(),
        source: origin.source.clone(),
        first_row: 0,
        received_at: origin.received_at,
    };
    let (mut wasm, mut native) = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        let start = Instant::now();
        black_box(
            transformer
                .transform(rows.len(), black_box(&columns), &origin)
                .expect("the plugin answers"),
        );
        wasm = wasm.min(start.elapsed());
        let batch = contract_batch(&columns, rows.len());
        let start = Instant::now();
        let output = plugin.transform(black_box(batch), contract_origin.clone());
        native = native.min(start.elapsed());
        assert!(black_box(output).is_ok());
    }
    (
        wasm.as_nanos() as f64 / rows.len() as f64,
        native.as_nanos() as f64 / rows.len() as f64,
    )
}

fn lifecycle(engine: &PluginEngine, rounds: usize) {
    let component = support::component("clean-feedback", "clean_feedback");
    let plugin = generous(&[]);
    let best = |mut work: Box<dyn FnMut()>| {
        let mut best = Duration::MAX;
        for _ in 0..rounds {
            let start = Instant::now();
            work();
            best = best.min(start.elapsed());
        }
        best.as_nanos() as f64 / 1000.0
    };
    let start = Instant::now();
    let compiled = engine
        .compile(&component, false)
        .expect("the plugin compiles");
    let compile = start.elapsed().as_micros();
    let hash = support::sha256(&compiled);
    let load = best(Box::new(|| {
        black_box(
            engine
                .load_compiled(&compiled, &hash, "", &plugin)
                .expect("the plugin loads"),
        );
    }));
    let version = engine
        .load_compiled(&compiled, &hash, "", &plugin)
        .expect("the plugin loads");
    let schema = [column_field("id")];
    // An instance that was given back would be used again, so they are all kept.
    let mut in_use = Vec::new();
    let start_instance = best(Box::new(|| {
        in_use.push(
            version
                .configure(&schema)
                .expect("the plugin takes the columns"),
        );
    }));

    // A batch of one row that traps, against the same row when it does not: the rest is the fresh instance.
    let evil = support::component("sluice-plugin-evil", "sluice_plugin_evil");
    let evil = engine
        .load(&evil, &generous(&[("evil", "trap")]))
        .expect("the plugin loads");
    let mut transformer = evil
        .configure(&[column_field("value")])
        .expect("the plugin takes the column");
    let row = |value: &str| vec![text_column(&[vec![value.to_string()]], 0)];
    let (good, bad) = (row("good"), row("evil"));
    let mut time = |columns: &[Column], source: usize| {
        let origin = Origin {
            source: source.to_string(),
            ..origin()
        };
        let start = Instant::now();
        black_box(
            transformer
                .transform(1, columns, &origin)
                .expect("the plugin answers"),
        );
        start.elapsed()
    };
    let (mut call, mut recovery) = (Duration::MAX, Duration::MAX);
    for round in 0..rounds {
        let first = time(&good, round);
        call = call.min(first.min(time(&good, round)));
        recovery = recovery.min(time(&bad, round) + time(&good, round));
    }
    let call = call.as_nanos() as f64 / 1000.0;
    let recovery = recovery.as_nanos() as f64 / 1000.0 - 2.0 * call;
    println!(
        r#"{{"measure": "lifecycle", "component_bytes": {}, "compile_us": {compile}, "load_compiled_us": {load:.1}, "start_us": {start_instance:.1}, "call_us": {call:.2}, "recover_us": {recovery:.1}}}"#,
        component.len()
    );
}

fn generous(config: &[(&str, &str)]) -> Plugin {
    let mut plugin = support::plugin(config);
    plugin.limits.batch_timeout_ms = 10_000;
    plugin.limits.memory_mb = 256;
    plugin
}

fn origin() -> Origin {
    Origin {
        pipeline: "measure".into(),
        source: "made.csv".into(),
        first_row: 0,
        received_at: 1_780_315_200_000_000,
    }
}

fn column_field(name: &str) -> ColumnField {
    ColumnField {
        name: name.into(),
        logical: "text".into(),
        nullable: true,
    }
}

fn text_column(rows: &[Vec<String>], column: usize) -> Column {
    let (mut offsets, mut data) = (vec![0], Vec::new());
    for row in rows {
        data.extend_from_slice(row[column].as_bytes());
        offsets.push(data.len() as u32);
    }
    Column {
        values: Values::Bytes { offsets, data },
        validity: Vec::new(),
    }
}

fn contract_batch(columns: &[Column], rows: usize) -> contract::Batch {
    let columns = columns.iter().map(|column| {
        let Values::Bytes { offsets, data } = &column.values else {
            panic!("all columns are text")
        };
        let bytes = contract::BytesColumn {
            offsets: offsets.clone(),
            data: data.clone(),
        };
        contract::Column {
            values: contract::Values::Bytes(bytes),
            validity: Vec::new(),
        }
    });
    contract::Batch {
        rows: rows as u32,
        columns: columns.collect(),
    }
}

/// Records of eight fields of about twelve bytes.
fn eight_fields() -> Vec<Vec<String>> {
    (0..ROWS)
        .map(|row| {
            (0..8)
                .map(|field| format!("value {} of {}", field, row * 7919 % 10_000))
                .collect()
        })
        .collect()
}

/// Feedback; where it is messy, in the proportions of the project's benchmark.
fn feedback_rows(messy: bool) -> Vec<Vec<String>> {
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
