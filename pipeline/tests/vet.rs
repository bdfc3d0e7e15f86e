//! What vetting refuses, each with its whole message, and what it lets pass.
#![allow(clippy::unwrap_used)]

mod support;

use std::fmt::Write;

use sluice_contract::Sha256;
use sluice_contract::stack::{Pipeline, Plugin};
use sluice_pipeline::plugin::{PluginEngine, PluginVersion};
use sluice_pipeline::vet::{Candidate, Samples, Vetted, vet};

/// The fields that `plugins/evil` makes.
const FIELDS: &str = r#"value = "text"
capitals = "text"
length = "integer"
long = "boolean"
share = "float""#;

/// An engine, the component of `plugins/evil`, and the answers so far.
struct Bench {
    engine: PluginEngine,
    component: Vec<u8>,
    answers: String,
}

impl Bench {
    fn new() -> Bench {
        Bench {
            engine: PluginEngine::new().unwrap(),
            component: support::component("sluice-plugin-evil", "sluice_plugin_evil"),
            answers: String::new(),
        }
    }

    /// Vets, and notes the answer.
    fn vet(&mut self, what: &str, candidate: &Candidate<'_>) -> Option<Vetted> {
        let answer = vet(&self.engine, candidate);
        let text = match &answer {
            Ok(vetted) => {
                let trial = &vetted.trial;
                let warnings: String = trial.warnings.iter().map(|w| format!("; {w}")).collect();
                format!(
                    "passes: {} of {} rejected, {:?} before{}",
                    trial.rejected, trial.records, trial.rejected_by_current, warnings
                )
            }
            Err(refusal) => refusal.to_string(),
        };
        writeln!(self.answers, "{what}: {text}").unwrap();
        answer.ok()
    }

    fn current(&self, evil: &str) -> PluginVersion {
        self.engine.load(&self.component, &plugin(evil)).unwrap()
    }
}

fn plugin(evil: &str) -> Plugin {
    support::plugin(&[("evil", evil)])
}

fn fields(fields: &str) -> Pipeline {
    support::pipeline(fields)
}

/// Records, the first `evil` of which are.
fn samples(evil: usize, records: usize) -> Samples {
    let line = |record| {
        let value = if record < evil { "evil" } else { "good" };
        format!("{{\"value\":\"{value}\"}}\n")
    };
    let lines: String = (0..records).map(line).collect();
    Samples::parse(lines.as_bytes()).unwrap()
}

#[test]
fn what_a_plugin_says_of_itself() {
    let mut bench = Bench::new();
    let component = bench.component.clone();
    let (honest, pipeline) = (plugin("none"), fields(FIELDS));
    let mut try_it = |what: &str, component: &[u8]| {
        let candidate = Candidate {
            component,
            plugin: &honest,
            pipeline: Some(&pipeline),
            samples: &[],
            current: None,
        };
        bench.vet(what, &candidate);
    };
    try_it("large", &vec![0; (64 << 20) + 1]);
    try_it("text", b"hello");
    for word in [
        "flood", "many", "twice", "type", "input", "nameless", "control", "novel", "wrong",
        "panic", "honest",
    ] {
        try_it(word, &describing_itself(&component, word));
    }
    insta::assert_snapshot!(bench.answers);
}

/// The component with another description chosen.
fn describing_itself(component: &[u8], word: &str) -> Vec<u8> {
    const HONEST: &[u8; 32] = b"evil-describes-itself=honest....";
    let mut places = (0..component.len() - 32).filter(|at| component[*at..].starts_with(HONEST));
    let at = places.next().unwrap();
    assert_eq!(places.next(), None);
    let mut changed = component.to_vec();
    changed[at..at + 32].copy_from_slice(format!("evil-describes-itself={word:.<10}").as_bytes());
    changed
}

#[test]
fn what_a_plugin_makes() {
    let mut bench = Bench::new();
    let component = bench.component.clone();
    let plugins = [
        "none",
        "configure-refuse",
        "configure-trap",
        "configure-type",
    ];
    for (name, fields) in [
        ("fits", FIELDS),
        ("fewer fields", "capitals = \"text\""),
        (
            "more fields",
            "id = \"text\"\nvalue = \"text\"\nat = \"timestamp\"",
        ),
        (
            "optional fields",
            "id = { type = \"text\", required = false }\nat = { type = \"date\", default = \"2026-01-01\" }",
        ),
        ("other types", "length = \"text\""),
    ] {
        let (plugin, pipeline) = (plugin("none"), support::pipeline(fields));
        let candidate = Candidate {
            component: &component,
            plugin: &plugin,
            pipeline: Some(&pipeline),
            samples: &[],
            current: None,
        };
        bench.vet(name, &candidate);
    }
    for name in plugins {
        let (plugin, set) = (plugin(name), [samples(0, 3)]);
        for samples in [&[][..], &set] {
            let candidate = Candidate {
                component: &component,
                plugin: &plugin,
                pipeline: None,
                samples,
                current: None,
            };
            bench.vet(
                &format!("{name} with {} samples", samples.len()),
                &candidate,
            );
        }
    }
    insta::assert_snapshot!(bench.answers);
}

#[test]
fn what_a_plugin_does_to_samples() {
    let mut bench = Bench::new();
    let (component, pipeline) = (bench.component.clone(), fields(FIELDS));
    // The name of the misbehaviour, evil records, records, and the misbehaviour of the version in use.
    for (name, evil, records, current) in [
        ("none", 1, 100, None),
        ("none", 1, 100, Some("trap")),
        ("trap", 1, 100, None),
        ("trap", 7, 100, Some("none")),
        ("trap", 7, 100, Some("trap")),
        ("loop", 1, 3, None),
        ("loop", 9, 9, None),
        ("trap", 2000, 2000, None),
        ("offsets-overlap", 1, 3, None),
        ("source-repeated", 1, 3, None),
        ("failure", 1, 3, None),
        ("rejected-silently", 1, 100, None),
        ("rejected-silently", 1, 1, None),
        ("rejected-silently", 1, 100, Some("none")),
        ("nan", 1, 20, Some("none")),
        ("nan", 1, 10, Some("none")),
        ("none", 1, 10, Some("nan")),
        ("finding-long", 1, 3, None),
        ("state", 1, 3, None),
        ("company", 1, 3, None),
        ("company", 1, 1, None),
    ] {
        let plugin = plugin(name);
        let set = [samples(0, 0), samples(evil, records)];
        let version = current.map(|name| bench.current(name));
        let candidate = Candidate {
            component: &component,
            plugin: &plugin,
            pipeline: Some(&pipeline),
            samples: &set,
            current: version.as_ref(),
        };
        let vetted = bench.vet(
            &format!("{name}, {evil} of {records} evil, in use {current:?}"),
            &candidate,
        );
        if let Some(vetted) = vetted {
            assert_eq!(vetted.compiled.sha256(), Sha256::of(vetted.compiled.code()));
            let sha256 = Sha256::of(&component);
            let loaded = bench.engine.load_compiled(&vetted.compiled, &plugin);
            assert_eq!(loaded.unwrap().descriptor(), vetted.version.descriptor());
            assert_eq!(vetted.version.sha256(), sha256);
        }
    }
    insta::assert_snapshot!(bench.answers);
}

#[test]
fn the_name_of_an_engine() {
    let (one, other) = (PluginEngine::new().unwrap(), PluginEngine::new().unwrap());
    assert_eq!(one.fingerprint(), other.fingerprint());
    let metered = PluginEngine::metered().unwrap();
    assert_ne!(one.fingerprint(), metered.fingerprint());
    assert_eq!(one.fingerprint().len(), 16);
    assert!(u64::from_str_radix(&one.fingerprint(), 16).is_ok());
}
