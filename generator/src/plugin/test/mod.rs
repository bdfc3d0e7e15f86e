//! `gen plugin test`: runs a plugin's golden cases in the runtime that it will have, and says what came out differently.
//!
//! Beyond what is expected of each row, it finds out whether the answer to a row is always the same, and what a row costs.

mod compare;
mod report;
mod trial;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use sluice_contract::stack::{Plugin, PluginLimits};
use sluice_pipeline::plugin::{PluginEngine, PluginError, PluginVersion};

use self::compare::{Difference, What};
use self::report::CaseReport;
use super::cases::{Blessing, Case, CaseText, Cases, bless};
use super::given;
use super::paint::Paint;
use crate::compiled;
use crate::failure::Failure;
use crate::terminal::{self, Format, colour_on, write_result};

/// Names of the files that a plugin's folder may have its cases in.
const CASE_FILES: [&str; 2] = ["cases.toml", "cases.ndjson"];

/// Tests a plugin with golden cases
///
/// A case says which rows go in, and what is expected to come out. The plugin runs in its sandbox with the manifest's
/// default limits, as it will on AWS. A row's answer must be the same when the row is given again, also alone to a fresh
/// instance. What a row costs is counted in fuel, WebAssembly's instructions, which is the same on every machine.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  gen plugin test mask-emails
  gen plugin test mask-emails --filter domain
  gen plugin test mask-emails --bless
  gen plugin test mask_emails.wasm --cases mask-emails/cases.toml --format json | jq .cases

Exit codes:
  0  every case passed
  1  a case failed, or what was given is wrong
  2  anything else went wrong

How cases are written is in docs/plugin-tests.md.")]
pub(crate) struct TestArgs {
    /// Folder of the plugin, which is built first, or a component, or the name of a plugin that comes with gen
    #[arg(value_name = "PLUGIN")]
    plugin: PathBuf,
    /// The cases, TOML or NDJSON [default: cases.toml or cases.ndjson in the folder, or beside the component]
    #[arg(long, value_name = "FILE")]
    cases: Option<PathBuf>,
    /// Write what comes out into the file of the cases, as what is expected from now on
    #[arg(long)]
    bless: bool,
    /// How the answer is written to standard output; `json` is
    /// `{"ok", "plugin": {…}, "cases": [{"name", "ok", "differences", "fuel_per_row", "memory_bytes"}, …]}`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Show on standard error what the plugin writes to its log
    #[arg(long)]
    log: bool,
    /// Only the cases whose names have this in them
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

/// Runs the cases, and says how they went.
pub(crate) fn run(args: &TestArgs) -> Result<ExitCode, Failure> {
    let path = case_file(args)?;
    let file = CaseText::open(&path).map_err(|error| unreadable(&path, &error))?;
    let cases = match (file.read(), args.format) {
        (Ok(cases), _) => cases,
        (Err(problems), Format::Text) => return Err(Failure::Manifest(problems)),
        (Err(problems), Format::Json) => {
            let answer = json!({ "ok": false, "problems": problems.to_json() });
            write_result(&format!("{answer:#}\n"))?;
            return Ok(ExitCode::from(1));
        }
    };
    let chosen = choose(&cases, args.filter.as_deref())?;
    let version = load(&args.plugin, &cases)?;
    let mut reports = Vec::new();
    for index in &chosen {
        reports.push(test(&version, &cases.cases[*index], args.log)?);
    }
    let blessed = if args.bless {
        bless_cases(&file, &cases, &chosen, &reports)
    } else {
        None
    };
    let Some(text) = blessed else {
        return say(args, &file, &version, &reports, "");
    };
    let before = &file.text;
    // What was written is read again, and what still differs, blessing cannot mend.
    let after = CaseText {
        path: file.path.clone(),
        form: file.form,
        text,
    };
    let again = after.read().map_err(|problems| {
        let defect = anyhow::anyhow!("the cases would be written wrongly, and stay as they are");
        Failure::Other(defect.context(problems.to_string()))
    })?;
    std::fs::write(&path, &after.text).map_err(|error| {
        Failure::Other(anyhow::anyhow!(
            "cannot write `{}`: {error}",
            path.display()
        ))
    })?;
    let reports: Vec<CaseReport> = chosen
        .iter()
        .zip(reports)
        .map(|(index, report)| again_after(&again.cases[*index], report))
        .collect();
    warn_of_failures(&reports);
    let changes = Paint {
        colour: args.format == Format::Text && colour_on(&io::stdout()),
    }
    .lines(&after.path, before, &after.text);
    say(args, &after, &version, &reports, &changes)
}

/// Where the cases are.
fn case_file(args: &TestArgs) -> Result<PathBuf, Failure> {
    if let Some(cases) = &args.cases {
        return Ok(cases.clone());
    }
    let folder = if args.plugin.is_dir() {
        args.plugin.as_path()
    } else {
        args.plugin.parent().unwrap_or(Path::new(""))
    };
    let found = CASE_FILES.map(|name| folder.join(name));
    let found = found.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| {
        let plugin = args.plugin.display();
        Failure::Input(if args.plugin.exists() {
            let place = if args.plugin.is_dir() { "in" } else { "beside" };
            format!("there is no `cases.toml` {place} `{plugin}`\nhelp: write one, or say with --cases where the cases are")
        } else {
            format!("there is no `{plugin}`\nhelp: give a plugin's folder or a component; `gen plugin new` makes a plugin to start from")
        })
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    Failure::Input(format!("cannot read the cases `{path}`: {error}"))
}

/// The numbers of the cases that are asked for.
fn choose(cases: &Cases, filter: Option<&str>) -> Result<Vec<usize>, Failure> {
    let filter = filter.unwrap_or_default();
    let all = cases.cases.iter().enumerate();
    let chosen = all.filter(|(_, case)| case.name.contains(filter));
    let chosen: Vec<usize> = chosen.map(|(index, _)| index).collect();
    if chosen.is_empty() {
        return Err(Failure::Input(format!(
            "no case has `{filter}` in its name; there are {}",
            cases.cases.len()
        )));
    }
    Ok(chosen)
}

/// Builds and loads the plugin, for an engine that counts.
fn load(path: &Path, cases: &Cases) -> Result<PluginVersion, Failure> {
    let component = given::component(path)?;
    let plugin = Plugin {
        name: "test".to_owned(),
        config: BTreeMap::new(),
        wasi: cases.wasi,
        samples: 0,
        refresh_seconds: 5,
        canary: None,
        limits: start_limits(cases),
    };
    let engine = PluginEngine::metered().map_err(anyhow::Error::from)?;
    compiled::load(&engine, &component, &plugin)
        .map_err(|error| Failure::Input(format!("`{}`: {error}", path.display())))
}

/// The plugin describes itself within the widest limits of all cases.
fn start_limits(cases: &Cases) -> PluginLimits {
    let most = cases.cases.iter().map(|case| case.limits.memory_mb).max();
    let limits = PluginLimits::default();
    PluginLimits {
        memory_mb: most.unwrap_or(limits.memory_mb),
        ..limits
    }
}

/// Runs a case. Only what is no fault of the plugin's ends it all.
fn test<'a>(
    version: &PluginVersion,
    case: &'a Case,
    shows_log: bool,
) -> Result<CaseReport<'a>, Failure> {
    match trial::run(version, case, shows_log) {
        Ok(trial) => Ok(CaseReport {
            case,
            differences: compare::compare(case, &trial),
            trial: Some(trial),
        }),
        Err(error @ PluginError::Engine { .. }) => Err(anyhow::Error::from(error).into()),
        Err(error) => {
            let reason = error.to_string();
            Ok(CaseReport {
                case,
                trial: None,
                differences: vec![Difference {
                    row: None,
                    out: None,
                    what: What::Broken { reason },
                }],
            })
        }
    }
}

/// The text of the file with what came out; `None` where nothing of it would change.
fn bless_cases(
    file: &CaseText,
    cases: &Cases,
    chosen: &[usize],
    reports: &[CaseReport],
) -> Option<String> {
    let blessings: BTreeMap<usize, Blessing> = chosen
        .iter()
        .zip(reports)
        .filter_map(|(index, report)| {
            let trial = report.trial.as_ref()?;
            let blessing = compare::blessing(report.case, trial, &report.differences)?;
            Some((*index, blessing))
        })
        .collect();
    let text = bless(file, cases, &blessings);
    (text != file.text).then_some(text)
}

/// A row that makes the plugin fail may be meant to, and hardly ever is.
fn warn_of_failures(reports: &[CaseReport]) {
    let rows = reports.iter().flat_map(|report| {
        let answers = report
            .trial
            .as_ref()
            .and_then(|trial| trial.answers.as_ref().ok());
        let rows = answers.into_iter().flatten().enumerate();
        let failed = rows.filter(|(_, answer)| answer.failed());
        failed.map(|(row, _)| format!("row {} of `{}`", row + 1, report.case.name))
    });
    let rows: Vec<String> = rows.collect();
    let first = match rows.as_slice() {
        [] => return,
        [one] => one.clone(),
        [one, others @ ..] => format!("{one} and {} more", others.len()),
    };
    let what =
        format!("the plugin fails on {first}, and that is expected of it now; see the findings");
    terminal::say("warning", &what);
}

/// The report of a case whose expectations were written anew.
fn again_after<'a>(case: &'a Case, report: CaseReport<'_>) -> CaseReport<'a> {
    match report.trial {
        Some(trial) => CaseReport {
            case,
            differences: compare::compare(case, &trial),
            trial: Some(trial),
        },
        None => CaseReport {
            case,
            trial: None,
            differences: report.differences,
        },
    }
}

/// Says how the cases went, and what was written about them.
fn say(
    args: &TestArgs,
    file: &CaseText,
    version: &PluginVersion,
    reports: &[CaseReport],
    changes: &str,
) -> Result<ExitCode, Failure> {
    let failed = reports.iter().filter(|report| !report.passed()).count();
    match args.format {
        Format::Text => {
            let paint = Paint {
                colour: colour_on(&io::stdout()),
            };
            write_result(&in_words(file, version, reports, changes, paint))?;
        }
        Format::Json => {
            let mut answer = json!({
                "ok": failed == 0,
                "plugin": report::plugin_json(version),
                "cases": reports.iter().map(CaseReport::json).collect::<Vec<_>>(),
            });
            if args.bless {
                answer["changes"] = json!(changes);
            }
            write_result(&format!("{answer:#}\n"))?;
        }
    }
    let (number, cases) = (
        reports.len(),
        if reports.len() == 1 { "case" } else { "cases" },
    );
    if failed == 0 {
        eprintln!("{number} {cases} passed");
        Ok(ExitCode::SUCCESS)
    } else {
        eprintln!("{failed} of {number} {cases} failed");
        Ok(ExitCode::from(1))
    }
}

fn in_words(
    file: &CaseText,
    version: &PluginVersion,
    reports: &[CaseReport],
    changes: &str,
    paint: Paint,
) -> String {
    let descriptor = version.descriptor();
    let mut text = format!(
        "{} {}, cases of {}\n",
        super::paint::printable(&descriptor.name),
        super::paint::printable(&descriptor.version),
        file.path
    );
    let widths = reports
        .iter()
        .map(|report| report.case.name.chars().count());
    let width = widths.max().unwrap_or_default().min(60);
    if reports.iter().any(|report| !report.passed()) {
        text.push_str(&format!(
            "  a difference is {} -> {}\n",
            paint.bad("what is expected"),
            paint.good("what came out")
        ));
    }
    for report in reports {
        text.push_str(&report.text(&file.path, width, paint));
    }
    if !changes.is_empty() {
        text.push_str(&format!("blessed:\n{changes}"));
    }
    text
}
