//! AWS's rules: every rendered stack obeys them, each has an example that breaks it and is found, and the page that lists
//! them is true.

use std::fmt::Write as _;
use std::path::Path;

use sluice_contract::Stack;
use sluice_generator::rules::{self, Broken, Look, RULES, Rule, Severity, Subject, Template};
use sluice_generator::{RenderOptions, Templates, render, view};

/// Which rules a rendered stack breaks, but for those that only warn.
pub(crate) fn check(stack: &Stack, text: &str) -> Vec<String> {
    let template = Template::parse(text).unwrap();
    let broken = rules::check(&Subject {
        stack,
        template: &template,
        access: view::declared_calls(),
        deployed: Some(&template),
    });
    let errors = broken
        .iter()
        .filter(|one| one.rule.severity == Severity::Error);
    errors.map(Broken::text).collect()
}

/// The stack of a pipeline that has everything, and those that have what goes by HTTP, a crawler, and somebody who is told.
const FEEDBACK: &str = include_str!("../../../examples/feedback/manifest.toml");
const BY_HTTP: &str = include_str!("../cases/by-http/manifest.toml");
const CRAWLED: &str = include_str!("../cases/crawled/manifest.toml");
const TOLD: &str = include_str!("../cases/everybody-told/manifest.toml");

/// The example that has what a rule looks at.
fn example_of(rule: &Rule) -> (Stack, Template) {
    let family = rule.name.split('-').next();
    example(match family {
        Some("api" | "delivery") => BY_HTTP,
        Some("crawler") => CRAWLED,
        Some("event") => TOLD,
        _ => FEEDBACK,
    })
}

fn example(manifest: &str) -> (Stack, Template) {
    let stack = sluice_manifest::load(manifest, "manifest.toml", None).unwrap();
    let text = render(&stack, &Templates::embedded(), RenderOptions::default()).unwrap();
    (stack, Template::parse(&text).unwrap())
}

/// A rule that finds nothing in the example that breaks it would find nothing anywhere.
pub(crate) fn every_rule_finds_what_breaks_it() {
    let mut report = String::new();
    for rule in RULES {
        let (mut stack, template) = example_of(rule);
        let mut newer = template.document.clone();
        let mut access = view::declared_calls().clone();
        match &rule.look {
            Look::Template { breaks, .. } | Look::Change { breaks, .. } => breaks(&mut newer),
            Look::Calls { breaks, .. } => breaks(&mut access),
            Look::Meaning { breaks, .. } => breaks(&mut stack),
        }
        let newer = Template::parse(&newer.to_string()).unwrap();
        let broken = rules::check(&Subject {
            stack: &stack,
            template: &newer,
            access: &access,
            deployed: Some(&template),
        });
        let own: Vec<&Broken> = broken
            .iter()
            .filter(|one| one.rule.name == rule.name)
            .collect();
        assert!(!own.is_empty(), "nothing breaks `{}`", rule.name);
        for one in own {
            let severity = one.rule.severity.name();
            writeln!(report, "{severity}: {}\n", one.text()).unwrap();
        }
    }
    insta::assert_snapshot!("rules", report);
}

pub(crate) fn the_examples_break_no_rule() {
    for manifest in [FEEDBACK, BY_HTTP, TOLD] {
        let (stack, template) = example(manifest);
        let broken = rules::check(&Subject {
            stack: &stack,
            template: &template,
            access: view::declared_calls(),
            deployed: Some(&template),
        });
        assert!(broken.is_empty(), "{broken:?}");
    }
}

pub(crate) fn every_rule_has_a_name_of_its_own() {
    let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len());
}

/// `docs/aws-rules.md` is the list. `BLESS` rewrites it.
pub(crate) fn the_page_is_the_list() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/aws-rules.md");
    let mut complaints = Vec::new();
    super::compare(&path, &page(), &mut complaints);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn page() -> String {
    let mut page = String::from(
        "# AWS's rules\n\n\
         What AWS refuses, drops or stops although the template is well-formed. `gen check` and `gen stack` hold every\n\
         stack against this list, which is `generator/src/rules`; an error ends them with exit code 1. Rules of a change\n\
         are checked by `gen check --deployed FILE`. This page is made of the list by a test.\n\n\
         | rule | looks at | if it is broken | source |\n\
         | --- | --- | --- | --- |\n",
    );
    for rule in RULES {
        let looks_at = match rule.severity {
            Severity::Error => rule.look.name().to_owned(),
            Severity::Warning => format!("{}; a warning", rule.look.name()),
        };
        writeln!(
            page,
            "| `{}` | {looks_at} | {} | {} |",
            rule.name, rule.otherwise, rule.source
        )
        .unwrap();
    }
    page
}
