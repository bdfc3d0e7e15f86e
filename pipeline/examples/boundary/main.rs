//! What the way into a plugin and back costs, as one JSON object a line on standard output:
//!
//! - `{"measure": "boundary", "api", "work", "wasm_ns_per_row", "native_ns_per_row"}` for records of eight fields
//! - `{"measure": "worked-example", "plugin", "wasm_ns_per_row", "native_ns_per_row"}` for the worked example of the
//!   plugin scaffolds on contacts of about 65 bytes: row by row, in whole columns by hand, and as any other component
//! - `{"measure": "clean-feedback", "messy", "wasm_ns_per_row", "native_ns_per_row"}` for feedback of about 175 bytes
//! - `{"measure": "lifecycle", …}` for compiling, loading, starting, and recovering from a trap, in microseconds
//!
//! Every figure is the best of several rounds in which the contestants take turns. An argument picks one of the measures,
//! a number says how many rounds there are, and files are components that take part in the worked example: whatever they
//! are written in, their answer is compared with that of Rust. Only `tidy.wasm` is measured as it is: its configuration
//! comes near the example, and no nearer.

mod rows;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use sluice_contract::Sha256;
use sluice_contract::stack::Plugin;
use sluice_pipeline::columns::{Column, ColumnField, Values};
use sluice_pipeline::plugin::{Origin, OutColumn, PluginEngine, Transformer, TrustedCompiled};
use sluice_plugin_boundary::Boundary;
use sluice_sdk::contract;
use sluice_sdk::{ColumnPlugin, Config, Rows};

use self::rows::{CONTACT, FEEDBACK, ROWS, contacts, eight_fields, feedback_rows};

fn main() {
    let (mut only, mut rounds, mut files) = (None, 25, Vec::new());
    for argument in std::env::args().skip(1) {
        if let Ok(number) = argument.parse() {
            rounds = number;
        } else if argument.ends_with(".wasm") {
            files.push(argument);
        } else {
            only = Some(argument);
        }
    }
    let wanted = |measure: &str| only.as_deref().is_none_or(|only| only == measure);
    let engine = PluginEngine::new().expect("the sandbox starts");
    if wanted("boundary") {
        boundary(&engine, rounds);
    }
    if wanted("worked-example") {
        worked_example(&engine, rounds, &files);
    }
    if wanted("clean-feedback") {
        clean_feedback(&engine, rounds);
    }
    if wanted("lifecycle") {
        lifecycle(&engine, rounds);
    }
}

fn boundary(engine: &PluginEngine, rounds: usize) {
    let component = support::component("sluice-plugin-boundary", "sluice_plugin_boundary");
    let data = Data::new(&["a", "b", "c", "d", "e", "f", "g", "h"], &eight_fields());
    for work in ["keep", "one", "all"] {
        let mut contestants = Vec::new();
        for api in ["columns", "rows"] {
            let config = [("api", api), ("work", work)];
            contestants.push(data.in_wasm(engine, &component, &config));
            contestants.push(data.natively::<Boundary>(&config));
        }
        let times = race(rounds, contestants);
        for (api, times) in ["columns", "rows"].iter().zip(times.chunks(2)) {
            println!(
                r#"{{"measure": "boundary", "api": "{api}", "work": "{work}", "wasm_ns_per_row": {:.1}, "native_ns_per_row": {:.1}}}"#,
                times[0], times[1]
            );
        }
    }
}

/// What the plugin without code is told, to do about the same as the worked example.
const TIDY: [(&str, &str); 3] = [
    (
        "email",
        r#"[{"explode": ";"}, "trim", "lower", "email", {"drop_if": {"ends_with": "@spam.example"}}, {"mask": "email"}]"#,
    ),
    ("id", r#"{"required": "missing_id"}"#),
    ("score", "integer"),
];

fn worked_example(engine: &PluginEngine, rounds: usize, files: &[String]) {
    let by_row = support::component("mask-emails", "mask_emails");
    let by_column = support::component("sluice-plugin-boundary", "sluice_plugin_boundary");
    let data = Data::new(&CONTACT, &contacts());
    let config = [("drop_domains", "spam.example")];
    let columns_config = [("api", "mask-columns"), config[0]];
    let mut contestants = vec![
        data.in_wasm(engine, &by_row, &config),
        data.natively::<Rows<mask_emails::Plugin>>(&config),
        data.in_wasm(engine, &by_column, &columns_config),
        data.natively::<Boundary>(&columns_config),
    ];
    let expected = data.answer(engine, &by_row, &config);
    let same = data.answer(engine, &by_column, &columns_config) == expected;
    assert!(same, "rows and columns by hand give the same answer");
    for file in files {
        let component = std::fs::read(file).expect("the component can be read");
        if file.ends_with("tidy.wasm") {
            contestants.push(data.in_wasm(engine, &component, &TIDY));
            continue;
        }
        let same = data.answer(engine, &component, &config) == expected;
        assert!(same, "{file} gives another answer than Rust");
        contestants.push(data.in_wasm(engine, &component, &config));
    }
    let times = race(rounds, contestants);
    let print = |plugin: &str, wasm: f64, native: f64| {
        println!(
            r#"{{"measure": "worked-example", "plugin": "{plugin}", "wasm_ns_per_row": {wasm:.1}, "native_ns_per_row": {native:.1}}}"#
        );
    };
    print("rows", times[0], times[1]);
    print("columns by hand", times[2], times[3]);
    for (file, time) in files.iter().zip(&times[4..]) {
        let name = std::path::Path::new(file).file_stem().unwrap_or_default();
        print(&name.to_string_lossy(), *time, times[1]);
    }
}

fn clean_feedback(engine: &PluginEngine, rounds: usize) {
    let component = support::component("clean-feedback", "clean_feedback");
    for messy in [false, true] {
        let data = Data::new(&FEEDBACK, &feedback_rows(messy));
        let times = race(
            rounds,
            vec![
                data.in_wasm(engine, &component, &[]),
                data.natively::<Rows<clean_feedback::Plugin>>(&[]),
            ],
        );
        println!(
            r#"{{"measure": "clean-feedback", "messy": {messy}, "wasm_ns_per_row": {:.1}, "native_ns_per_row": {:.1}}}"#,
            times[0], times[1]
        );
    }
}

/// Cleans a batch and says how long that took.
type Contestant<'a> = Box<dyn FnMut() -> Duration + 'a>;

/// The best time of each for a row, in nanoseconds.
fn race(rounds: usize, mut contestants: Vec<Contestant<'_>>) -> Vec<f64> {
    let mut best = vec![Duration::MAX; contestants.len()];
    for _ in 0..rounds {
        for (best, contestant) in best.iter_mut().zip(&mut contestants) {
            *best = contestant().min(*best);
        }
    }
    best.iter()
        .map(|best| best.as_nanos() as f64 / ROWS as f64)
        .collect()
}

/// A batch of text.
struct Data {
    schema: Vec<ColumnField>,
    columns: Vec<Column>,
}

impl Data {
    fn new(names: &[&str], rows: &[Vec<String>]) -> Data {
        Data {
            schema: names.iter().map(|name| column_field(name)).collect(),
            columns: (0..names.len())
                .map(|column| text_column(rows, column))
                .collect(),
        }
    }

    fn transformer(
        &self,
        engine: &PluginEngine,
        component: &[u8],
        config: &[(&str, &str)],
    ) -> Transformer {
        let version = engine
            .load(component, &generous(config))
            .expect("the plugin loads");
        version
            .configure(&self.schema)
            .expect("the plugin takes the columns")
    }

    /// What a component makes of the batch, whichever way it says so: the output rows, each with its source row, the
    /// rejected rows, and the findings.
    fn answer(
        &self,
        engine: &PluginEngine,
        component: &[u8],
        config: &[(&str, &str)],
    ) -> impl PartialEq + use<> {
        let answer = self
            .transformer(engine, component, config)
            .transform(ROWS, &self.columns, &origin())
            .expect("the plugin answers");
        let in_order = (0..answer.rows as u32).collect();
        let sources = answer.source_rows.unwrap_or(in_order);
        let mut rows = Vec::new();
        for (row, source) in sources.into_iter().enumerate() {
            if answer.rejected.contains(&source) {
                continue;
            }
            let cells = answer.columns.iter().map(|column| match column {
                OutColumn::Keep(index) => cell(&self.columns[*index], source as usize),
                OutColumn::Replace(column) => cell(column, row),
            });
            rows.push((source, cells.collect::<Vec<_>>()));
        }
        (rows, answer.rejected, answer.findings)
    }

    /// Through WebAssembly.
    fn in_wasm(
        &self,
        engine: &PluginEngine,
        component: &[u8],
        config: &[(&str, &str)],
    ) -> Contestant<'_> {
        let mut transformer = self.transformer(engine, component, config);
        Box::new(move || {
            let start = Instant::now();
            let answer = transformer.transform(ROWS, black_box(&self.columns), &origin());
            black_box(answer.expect("the plugin answers"));
            start.elapsed()
        })
    }

    /// The same code outside of it.
    fn natively<P: ColumnPlugin>(&self, config: &[(&str, &str)]) -> Contestant<'_> {
        let schema = self.schema.iter().map(|field| contract::Field {
            name: field.name.clone(),
            logical: field.logical.clone(),
            nullable: field.nullable,
        });
        let config = config
            .iter()
            .map(|(key, value)| ((*key).to_string(), (*value).to_string()))
            .collect();
        let Ok((mut plugin, _)) = P::configure(schema.collect(), Config::new(config)) else {
            panic!("the plugin takes the columns")
        };
        Box::new(move || {
            let batch = contract_batch(&self.columns, ROWS);
            let origin = contract::Origin {
                pipeline: origin().pipeline,
                source: origin().source,
                first_row: 0,
                received_at: origin().received_at,
            };
            let start = Instant::now();
            let output = plugin.transform(black_box(batch), origin);
            let time = start.elapsed();
            assert!(black_box(output).is_ok());
            time
        })
    }
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
    let (hash, of_component) = (compiled.sha256(), Sha256::of(&component));
    // As the host does it: with the hash of what it has fetched.
    let load_kept = || {
        let code = compiled.code().to_vec();
        #[allow(
            unsafe_code,
            reason = "compiled code that was kept is what is measured"
        )]
        // SAFETY: the code was compiled above.
        let kept = unsafe { TrustedCompiled::kept(code, hash, of_component) };
        kept.and_then(|kept| engine.load_compiled(&kept, &plugin))
            .expect("the plugin loads")
    };
    let load = best(Box::new(|| {
        black_box(load_kept());
    }));
    let version = load_kept();
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

/// A value in bytes; `None` where it is null.
fn cell(column: &Column, row: usize) -> Option<Vec<u8>> {
    match &column.values {
        Values::Integers(values) if column.is_valid(row) => Some(values[row].to_le_bytes().into()),
        _ => column.bytes(row).map(<[u8]>::to_vec),
    }
}
