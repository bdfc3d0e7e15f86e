//! `gen check`: says whether a manifest is right, and if not, everything that is wrong with it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use sluice_contract::{Stack, stack::Sink};

use crate::failure::Failure;
use crate::plugin_settings;
use crate::project;
use crate::render::{RenderOptions, Templates, render};
use crate::rules::{self, Broken, Room, Severity, Subject, Template};
use crate::terminal::{Format, say, write_result};
use crate::view;

/// Checks a manifest
///
/// Reports every mistake at once, with the line it is in and what to do about it. A manifest without mistakes is rendered
/// in memory, and its template is held against the rules of AWS that a deployment would run into: docs/aws-rules.md lists
/// them.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen check manifest.toml
  gen check manifest.toml --stage prod
  gen check manifest.toml --format json | jq '.problems[].message'
  gen check manifest.toml --deployed out/stack.json      may this follow what is deployed?

Exit codes:
  0  the manifest is right, and AWS would take its stack
  1  it is not, or a file cannot be read
  2  anything else went wrong")]
pub(crate) struct CheckArgs {
    /// The manifest, a TOML file
    #[arg(value_name = "MANIFEST")]
    manifest: PathBuf,
    /// The stage to check it for, instead of the manifest's own
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// The template that is deployed now: what may not change in one step is reported, too
    #[arg(long, value_name = "FILE")]
    deployed: Option<PathBuf>,
    /// How the answer is written to standard output; the problems of `text` go to standard error, and `json` is
    /// `{"ok", "problems": [{"message", "file", "line", "column", "help"}, …], "rules": [{"rule", "severity", "place",
    /// "message", "help", …}, …], "room": [{"what", "got", "limit"}, …]}`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Checks, and says so.
pub(crate) fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let stack = match project::load(&args.manifest, args.stage.as_deref()) {
        Ok(stack) => stack,
        Err(Failure::Manifest(problems)) if args.format == Format::Json => {
            write_json(&json!({ "ok": false, "problems": problems.to_json(), "rules": [] }))?;
            return Ok(ExitCode::from(1));
        }
        Err(failure) => return Err(failure),
    };
    // What a plugin finds wrong is told together with what AWS would.
    let settings = match plugin_settings::check(&stack, &args.manifest) {
        Ok(()) => None,
        Err(Failure::Manifest(problems)) => Some(problems),
        Err(failure) => return Err(failure),
    };
    let deployed = args.deployed.as_deref().map(deployed).transpose()?;
    let rendered = render(&stack, &Templates::embedded(), RenderOptions::default())
        .map_err(anyhow::Error::new)?;
    let template = Template::parse(&rendered).map_err(anyhow::Error::new)?;
    let broken = rules::check(&Subject {
        stack: &stack,
        template: &template,
        access: view::declared_calls(),
        deployed: deployed.as_ref(),
    });
    let ok = !is_refused(&broken) && settings.is_none();
    match args.format {
        Format::Text => {
            if let Some(problems) = settings {
                say_broken(&broken);
                return Err(Failure::Manifest(problems));
            }
            say_broken(&broken);
            if ok {
                write_result(&summary(&stack, &template.room()))?;
            }
        }
        Format::Json => write_json(&json!({
            "ok": ok,
            "problems": settings.map_or_else(|| json!([]), |problems| problems.to_json()),
            "rules": broken.iter().map(Broken::to_json).collect::<Vec<_>>(),
            "room": template.room().iter().map(room_json).collect::<Vec<_>>(),
        }))?,
    }
    Ok(ExitCode::from(u8::from(!ok)))
}

/// Whether a broken rule forbids the deployment.
pub(crate) fn is_refused(broken: &[Broken]) -> bool {
    broken
        .iter()
        .any(|one| one.rule.severity == Severity::Error)
}

/// Tells the person at the terminal of every broken rule.
pub(crate) fn say_broken(broken: &[Broken]) {
    for one in broken {
        say(one.rule.severity.name(), &one.text());
    }
}

/// The template that is deployed now.
fn deployed(path: &Path) -> Result<Template, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        let path = path.display();
        Failure::Input(format!(
            "cannot read the template `{path}`: {error}\nhelp: give the file that `gen stack` wrote"
        ))
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    Template::parse(&text).map_err(|error| wrong(&error))
}

fn write_json(answer: &Value) -> Result<(), Failure> {
    write_result(&format!("{answer}\n"))
}

fn room_json(room: &Room) -> Value {
    json!({ "what": room.what, "got": room.got, "limit": room.limit })
}

/// One line for the project, one for each pipeline, and how much of what AWS allows is used.
fn summary(stack: &Stack, room: &[Room]) -> String {
    let mut text = format!("{} is right for stage {}\n", stack.project, stack.stage);
    for pipeline in &stack.pipelines {
        let cleaned = pipeline
            .plugin
            .as_ref()
            .map_or(String::new(), |plugin| format!(" → {}", plugin.name));
        let sinks: Vec<&str> = pipeline.sinks.iter().map(Sink::name).collect();
        let sinks = sinks.join(", ");
        text.push_str(&format!(
            "  {}: {}{cleaned} → {} fields → {sinks}\n",
            pipeline.name,
            pipeline.source.prefix,
            pipeline.fields.len(),
        ));
    }
    let used = room
        .iter()
        .map(|room| format!("{} of {} {}", room.got, room.limit, room.what));
    let used: Vec<String> = used.collect();
    let _ = writeln!(text, "  template: {}", used.join(", "));
    text
}
